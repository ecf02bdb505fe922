package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/catalogue/sheet"
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

// restoreFlag is a flag without a value, whose value is taken for the name of the
// file that belongs after it.
type restoreFlag bool

func (f *restoreFlag) String() string   { return strconv.FormatBool(bool(*f)) }
func (f *restoreFlag) Type() string     { return "bool" }
func (f *restoreFlag) IsBoolFlag() bool { return true }

func (f *restoreFlag) Set(s string) error {
	value, err := strconv.ParseBool(s)
	if err != nil {
		return fmt.Errorf("write a space before the name of a file: --restore %s", shellWord(s))
	}
	*f = restoreFlag(value)
	return nil
}

// restorePrevious takes back what the last import replaced.
func (a *app) restorePrevious(ctx context.Context, c *config, e edit) error {
	name, err := catfile.Previous(e.from)
	if err != nil {
		return err
	}
	err = a.restore(ctx, c, name, e)
	if missing := (*fs.PathError)(nil); errors.As(err, &missing) && missing.Path == name && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no %s, which is what the last import replaced: name the catalogue file to take back, as in pharmacy import --restore OLD.json", name)
	}
	return err
}

// restore replaces a catalogue file with the older one of the given name, and
// prints what that changes.
func (a *app) restore(ctx context.Context, c *config, name string, e edit) error {
	content, err := readInput(ctx, name)
	if err != nil {
		return err
	}
	if err := e.read(ctx); err != nil {
		return err
	}
	if seemsTable(content) {
		return fmt.Errorf("%s is no catalogue file, but seems to be a table: import merges that without --restore; nothing was written", name)
	}
	var faults []catfile.Fault
	restored, err := await(ctx, func() (r *catalogue.Catalogue, err error) {
		r, faults, err = catfile.Parse(content)
		return r, err
	})
	if err != nil && ctx.Err() != nil {
		return unwritten(ctx, err)
	}
	if err != nil {
		wrong := 0
		var lines []string
		for _, f := range faults {
			if f.Severity == catfile.Error {
				wrong += f.Count()
				lines = append(lines, fmt.Sprintf("%s: %s:%s", f.Severity, name, f))
			}
		}
		a.listFaults(lines, e.dryRun)
		return hasFaults(name, wrong, false)
	}

	present, err := compute(ctx, func() *catalogue.Catalogue { return a.present(e) })
	if err != nil {
		return err
	}
	lines, err := compute(ctx, func() []string { return restoredLines(present, restored, e.dryRun) })
	if err != nil {
		return err
	}
	published := a.fleetUpdated(ctx, c)
	if published.After(present.Updated) {
		fmt.Fprintf(a.stderr, "note: the fleet serves a later catalogue (%s) than %s (%s): the list is of changes in the file\n",
			updatedText(published), e.from, updatedText(present.Updated))
	}
	updated, err := updatedAfter(e, present.Updated, restored.Updated, published)
	if err != nil {
		return err
	}
	if content, err = await(ctx, func() ([]byte, error) { return catfile.SetUpdated(content, updated) }); err != nil {
		return unwritten(ctx, err)
	}
	return a.replace(ctx, e, content, updated, lines)
}

// seemsTable reports whether a file begins as a workbook or with the head of a
// table does.
func seemsTable(content []byte) bool {
	first, _ := utf8.DecodeRune(bytes.TrimLeft(content, "\ufeff \t\r\n"))
	return first == '"' || unicode.IsLetter(first)
}

// restoredLines returns the lines about what a restored catalogue changes in the
// present one.
func restoredLines(present, restored *catalogue.Catalogue, all bool) []string {
	changes, left := sheet.Changes(present, restored)
	lines := changeLines(changes)
	gone := map[string]int{}
	for _, r := range sheet.Removed(present, restored) {
		lines = append(lines, fmt.Sprintf("removed  %s %s", r.Kind, r.ID))
		gone[r.Kind]++
	}
	if len(lines) == 0 && differ(present, restored) {
		lines = append(lines, "changed  the order of categories, groups or variants")
	}
	added, changed := tally(changes)
	return append(shorten(lines, maxChangesShown, all),
		fmt.Sprintf("Added %s; changed %s; removed %s; left %s.", kinds(added), kinds(changed), kinds(gone), kinds(left)))
}

// present returns the catalogue that is to be replaced. It returns an empty one if
// there is no file, or one with faults, which is a reason to take another back.
func (a *app) present(e edit) *catalogue.Catalogue {
	if e.base == nil {
		return new(catalogue.Catalogue)
	}
	c, _, err := catfile.Parse(e.base)
	if err != nil {
		fmt.Fprintf(a.stderr, "warning: %s:%v: what it has cannot be compared\n", e.from, err)
		return new(catalogue.Catalogue)
	}
	return c
}

// differ reports whether two catalogues differ in more than their updated times.
func differ(a, b *catalogue.Catalogue) bool {
	x, y := *a, *b
	x.Updated, y.Updated = time.Time{}, time.Time{}
	return catfile.Hash(&x) != catfile.Hash(&y)
}
