package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/catalogue/sheet"
	"pharmacy/internal/supply"
)

// checkRestore returns an error for arguments and flags of import that say how to
// read a table, beside --restore.
func checkRestore(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return errors.New("import: --restore takes back one catalogue file")
	}
	var err error
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Changed && !slices.Contains([]string{"restore", "output", "dry-run"}, f.Name) {
			err = fmt.Errorf("import: give --restore or --%s, not both: --%[1]s is for tables", f.Name)
		}
	})
	return err
}

// restore replaces the catalogue file to with an older one, which is the file that
// was kept beside from if old is "", and prints what it changes in from.
func (a *app) restore(ctx context.Context, c *config, old, from, to string, dryRun bool) error {
	name := old
	if name == "" {
		var err error
		if name, err = catfile.Previous(from); err != nil {
			return err
		}
	}
	content, err := readInput(ctx, name)
	if old == "" && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no %s, which is what the last import replaced: name the catalogue file to take back, as in pharmacy import --restore OLD.json", name)
	}
	if err != nil {
		return err
	}
	restored, faults, err := catfile.Parse(content)
	if err != nil {
		var lines []string
		for _, f := range faults {
			if f.Severity == catfile.Error {
				lines = append(lines, fmt.Sprintf("%s: %s:%s", f.Severity, name, f))
			}
		}
		list(a.stderr, lines, maxFaultsShown, dryRun)
		return fmt.Errorf("%s has %s; nothing was written", name, count(int64(len(lines)), "fault"))
	}

	present, err := a.present(ctx, from)
	if err != nil {
		return err
	}
	changes, left := sheet.Changes(present, restored)
	removed := sheet.Removed(present, restored)
	lines := changeLines(changes)
	for _, r := range removed {
		lines = append(lines, fmt.Sprintf("removed  %s %s", r.Kind, r.ID))
	}
	if len(lines) == 0 && differ(present, restored) {
		lines = append(lines, "changed  the order of categories, groups or variants")
	}
	list(a.stdout, lines, maxChangesShown, dryRun)
	added, changed := tally(changes)
	gone := map[string]int{}
	for _, r := range removed {
		gone[r.Kind]++
	}
	fmt.Fprintf(a.stdout, "Added %s; changed %s; removed %s; left %s.\n", kinds(added), kinds(changed), kinds(gone), kinds(left))

	updated, err := a.nextUpdated(ctx, c, from, to, present.Updated)
	if err != nil {
		return err
	}
	if content, err = catfile.SetUpdated(content, updated); err != nil {
		return err
	}
	return a.replaceCatalogue(ctx, to, content, updated, dryRun)
}

// present reads the catalogue that is to be replaced. It returns an empty one if
// there is no file, or one with faults, which is a reason to take another back.
func (a *app) present(ctx context.Context, path string) (*catalogue.Catalogue, error) {
	content, err := readFile(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return new(catalogue.Catalogue), nil
	}
	if err != nil {
		return nil, err
	}
	c, _, err := catfile.Parse(content)
	if err != nil {
		fmt.Fprintf(a.stderr, "warning: %s:%v: what it has cannot be compared\n", path, err)
		return new(catalogue.Catalogue), nil
	}
	return c, nil
}

// differ reports whether two catalogues differ in more than their updated times.
func differ(a, b *catalogue.Catalogue) bool {
	x, y := *a, *b
	x.Updated, y.Updated = time.Time{}, time.Time{}
	return catfile.Hash(&x) != catfile.Hash(&y)
}

// list prints at most limit lines and the number of the others, or all lines.
func list(w io.Writer, lines []string, limit int, all bool) {
	for i, line := range lines {
		if i == limit && !all {
			fmt.Fprintf(w, "… and %d more: --dry-run lists all\n", len(lines)-i)
			return
		}
		fmt.Fprintln(w, line)
	}
}

// changeLines returns a line for each change.
func changeLines(changes []sheet.Change) []string {
	lines := make([]string, len(changes))
	for i, c := range changes {
		what := c.Kind
		if c.ID != "" {
			what += " " + c.ID
		}
		if c.Added {
			lines[i] = "added    " + what
		} else {
			lines[i] = "changed  " + what + ": " + c.What
		}
	}
	return lines
}

// tally counts changes by kind.
func tally(changes []sheet.Change) (added, changed map[string]int) {
	added, changed = map[string]int{}, map[string]int{}
	for _, c := range changes {
		if c.Added {
			added[c.Kind]++
		} else {
			changed[c.Kind]++
		}
	}
	return added, changed
}

// nextUpdated returns the updated time for what replaces the catalogue in the file
// from, which was updated at present, and the file to. It is later than now, than
// both and, with Redis, than what the fleet serves, which would win otherwise: even
// than times that are ahead of the clock, if by no more than a day.
func (a *app) nextUpdated(ctx context.Context, c *config, from, to string, present time.Time) (time.Time, error) {
	now := time.Now()
	latest := now
	consider := func(t time.Time) {
		if t.After(latest) && catalogue.CheckUpdated(t, now) == nil {
			latest = t
		}
	}
	consider(present)
	if to != from {
		if info, err := os.Stat(to); err == nil && info.Mode().IsRegular() {
			content, err := readFile(ctx, to)
			if err != nil {
				return time.Time{}, err
			}
			if replaced, _, err := catfile.Parse(content); err == nil {
				consider(replaced.Updated)
			}
		}
	}
	if c.RedisURL.raw != "" {
		published, err := publishedUpdated(ctx, c.RedisURL, now)
		if err != nil {
			fmt.Fprintf(a.stderr, "warning: cannot ask Redis at %s how late the catalogue of the fleet is (%v): if it is ahead of the clock, it is served on\n", c.RedisURL, err)
		}
		consider(published)
	}
	updated := latest.UTC().Truncate(time.Second).Add(time.Second)
	if err := catalogue.CheckUpdated(updated, now); err != nil {
		return time.Time{}, fmt.Errorf("%s: updated: %w; nothing was written", to, err)
	}
	return updated, nil
}

// publishedUpdated returns the updated time of the catalogue that a fleet serves.
func publishedUpdated(ctx context.Context, u redisURL, now time.Time) (time.Time, error) {
	client, err := patientClient(u.raw)
	if err != nil {
		return time.Time{}, err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return supply.PublishedUpdated(now, func(key string, n int) ([]byte, error) {
		return client.GetRange(ctx, key, 0, int64(n)-1).Bytes()
	})
}

// replaceCatalogue replaces the catalogue file at path, unless dryRun is set, and
// prints how to take the old one back.
func (a *app) replaceCatalogue(ctx context.Context, path string, content []byte, updated time.Time, dryRun bool) error {
	if dryRun {
		fmt.Fprintf(a.stdout, "Dry run: %s was not written.\n", path)
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w; nothing was written", context.Cause(ctx))
	}
	previous, err := catfile.ReplaceFile(path, content)
	if err != nil {
		return fmt.Errorf("%w; nothing was written", err)
	}
	fmt.Fprintf(a.stdout, "Wrote %s, updated %s.", path, updated.Format(time.RFC3339))
	if previous != "" {
		fmt.Fprintf(a.stdout, " What it replaced is in %s; to take that back: pharmacy import --restore --catalogue %s", previous, path)
	}
	fmt.Fprintln(a.stdout)
	return nil
}
