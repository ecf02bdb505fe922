package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/catalogue/sheet"
	"pharmacy/internal/supply"
)

// maxChangesShown bounds the printed list of changes, without --dry-run.
const maxChangesShown = 100

// edit is the change of a catalogue file by import.
type edit struct {
	from, to string // the files that are read and written, which may be the same
	base     []byte // content of from; nil if there is none
	was      []byte // content of to, likewise
	dryRun   bool
}

// read reads both files.
func (e *edit) read(ctx context.Context) (err error) {
	read := func(path string) ([]byte, error) {
		content, err := readFile(ctx, path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return content, err
	}
	if e.base, err = read(e.from); err != nil {
		return err
	}
	if e.was = e.base; e.to != e.from {
		e.was, err = read(e.to)
	}
	return err
}

// replace replaces the file, unless it is a dry run, then prints lines, and at last
// what it did and how to take it back. What it prints may be cut off by its reader,
// and the file may not.
func (a *app) replace(ctx context.Context, e edit, content []byte, updated time.Time, lines []string) error {
	write := catfile.ReplaceFile
	if e.dryRun {
		write = catfile.CheckReplace
	}
	var done catfile.Replaced
	err := context.Cause(ctx)
	if err == nil {
		done, err = write(e.to, content, e.was)
	}
	for _, line := range lines {
		fmt.Fprintln(a.stdout, line)
	}
	at := updated.Format(time.RFC3339)
	switch {
	case err != nil:
		return fmt.Errorf("%w; nothing was written", err)
	case e.dryRun:
		fmt.Fprintf(a.stdout, "Dry run: %s was not written; updated would be %s.\n", e.to, at)
		return nil
	}
	path := e.to
	if done.Path != filepath.Clean(path) {
		path += " (" + done.Path + ")"
	}
	fmt.Fprintf(a.stdout, "Wrote %s, updated %s.", path, at)
	if done.Previous != "" {
		fmt.Fprintf(a.stdout, " What it replaced is in %s; to take that back: pharmacy import --restore --catalogue %s", done.Previous, shellWord(e.to))
	}
	fmt.Fprintln(a.stdout)
	return nil
}

var plainWord = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// shellWord returns s as a shell reads it as one word.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// updatedAfter returns the updated time for what replaces the file of e, later than
// now and the given times: even than those that are ahead of the clock, if by no
// more than a day.
func updatedAfter(e edit, times ...time.Time) (time.Time, error) {
	now := time.Now()
	latest := now
	if e.to != e.from && e.was != nil {
		if replaced, _, err := catfile.Parse(e.was); err == nil {
			times = append(times, replaced.Updated)
		}
	}
	for _, t := range times {
		if t.After(latest) && catalogue.CheckUpdated(t, now) == nil {
			latest = t
		}
	}
	updated := latest.UTC().Truncate(time.Second).Add(time.Second)
	if err := catalogue.CheckUpdated(updated, now); err != nil {
		return time.Time{}, fmt.Errorf("%s: updated: %w; nothing was written", e.to, err)
	}
	return updated, nil
}

// fleetUpdated returns the updated time of the catalogue that the fleet serves, or
// zero if there is none. If its Redis does not tell, it prints a warning.
func (a *app) fleetUpdated(ctx context.Context, c *config) time.Time {
	if c.RedisURL.raw == "" {
		return time.Time{}
	}
	published, err := publishedUpdated(ctx, c.RedisURL, time.Now())
	if err != nil {
		fmt.Fprintf(a.stderr, "warning: cannot ask Redis at %s how late the catalogue of the fleet is (%v): if it is ahead of the clock, it is served on\n", c.RedisURL, err)
	}
	return published
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

// updatedText formats an updated time, which may be missing, in a message.
func updatedText(t time.Time) string {
	if t.IsZero() {
		return "without an updated time"
	}
	return "updated " + t.UTC().Format(time.RFC3339)
}

// beginsAsJSON reports whether a file seems to be a catalogue file.
func beginsAsJSON(content []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(content, "\ufeff \t\r\n"), []byte("{"))
}

// shorten returns at most limit lines and the number of the others, or all lines.
func shorten(lines []string, limit int, all bool) []string {
	if all || len(lines) <= limit {
		return lines
	}
	return append(lines[:limit:limit], fmt.Sprintf("… and %d more: --dry-run lists all", len(lines)-limit))
}

// listFaults prints the faults of a file that is imported.
func (a *app) listFaults(lines []string, all bool) {
	for _, line := range shorten(lines, maxFaultsShown, all) {
		fmt.Fprintln(a.stderr, line)
	}
}

// hasFaults returns the error for a file with n faults, or more.
func hasFaults(name string, n int, more bool) error {
	faults := count(int64(n), "fault")
	if more {
		faults = "more than " + faults
	}
	return fmt.Errorf("%s has %s; nothing was written", name, faults)
}

// compute returns what f returns, which takes long, unless ctx ends first.
func compute[T any](ctx context.Context, f func() T) (T, error) {
	result, err := await(ctx, func() (T, error) { return f(), nil })
	return result, unwritten(ctx, err)
}

// unwritten adds to the error of a command that was ended what that means.
func unwritten(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w; nothing was written", context.Cause(ctx))
	}
	return err
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

// kinds formats counts, such as "1 category, 2 groups, 3 variants" or "nothing".
func kinds(n map[string]int) string {
	var parts []string
	for _, kind := range []struct{ one, many string }{{"currency", "currencies"}, {"category", "categories"}, {"group", "groups"}, {"variant", "variants"}} {
		switch n[kind.one] {
		case 0:
		case 1:
			parts = append(parts, "1 "+kind.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n[kind.one], kind.many))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
