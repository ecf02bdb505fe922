package catalogue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// File gives the bytes of a catalogue file, with a line for each category,
// group and variant. They have been read again: what has faults or is not
// equal is an error.
func File(c *Catalogue) ([]byte, error) {
	w := writer{lines: true}
	w.catalogue(c, "")
	data := append(w.b, '\n')
	again, _, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("what would be written has faults, so nothing was: %w", err)
	}
	if contentHash(again) != contentHash(c) {
		return nil, errors.New("what would be written is not read as it was meant, so nothing was")
	}
	return data, nil
}

// WriteFile writes the [File] of a catalogue in the place of another in one
// step: whoever reads meanwhile reads one of the two, and with any error the
// old one stays. A link stays, and what it leads to is replaced; the mode of
// the old file is kept.
func WriteFile(path string, c *Catalogue) (err error) {
	data, err := File(c)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s is not a file", path)
		}
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Chmod(mode); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	// The new name lasts only once its directory is written, too. Not every
	// file system can be asked for that.
	if dir, openErr := os.Open(filepath.Dir(path)); openErr == nil {
		_ = dir.Sync()
		dir.Close()
	}
	return nil
}

// Change is one category, group or variant that one catalogue has and
// another has not, or has otherwise.
type Change struct {
	Kind  string // "category", "group" or "variant"
	ID    string
	Added bool
	What  string // how it was changed, as in "price 2.40 → 2.60"
}

// Changes compares a catalogue with what a table made of it. left counts what
// is in both and equal, by kind.
func Changes(before, after *Catalogue) (changes []Change, left map[string]int) {
	columns := columnsOf(after)
	for _, c := range columnsOf(before) {
		if !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	left = map[string]int{}
	note := func(kind, id string, added bool, was, is func(column) string) {
		var what []string
		if !added {
			for _, c := range columns {
				if a, b := was(c), is(c); a != b {
					what = append(what, fmt.Sprintf("%s %s → %s", c, brief(a), brief(b)))
				}
			}
			if len(what) == 0 {
				left[kind]++
				return
			}
		}
		changes = append(changes, Change{kind, id, added, strings.Join(what, ", ")})
	}
	categories := map[string]*Category{}
	for i := range before.Categories {
		categories[before.Categories[i].ID] = &before.Categories[i]
	}
	for i := range after.Categories {
		c := &after.Categories[i]
		old := categories[c.ID]
		note("category", c.ID, old == nil,
			func(col column) string { return categoryCell(old, col) }, func(col column) string { return categoryCell(c, col) })
	}
	groups := map[string]*Group{}
	variants := map[string]*Variant{}
	for i := range before.Groups {
		g := &before.Groups[i]
		groups[g.ID] = g
		for j := range g.Variants {
			variants[g.Variants[j].ID] = &g.Variants[j]
		}
	}
	for i := range after.Groups {
		g := &after.Groups[i]
		old := groups[g.ID]
		note("group", g.ID, old == nil,
			func(col column) string { return groupCell(old, col) }, func(col column) string { return groupCell(g, col) })
		for j := range g.Variants {
			v := &g.Variants[j]
			old := variants[v.ID]
			note("variant", v.ID, old == nil,
				func(col column) string { return variantCell(old, col) }, func(col column) string { return variantCell(v, col) })
		}
	}
	return changes, left
}

// brief shows a cell in a list of changes.
func brief(s string) string {
	if s == "" {
		return "(none)"
	}
	if r := []rune(s); len(r) > 40 {
		s = string(r[:39]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
