package sheet

import (
	"fmt"
	"pharmacy/internal/catalogue"
	"slices"
	"strings"
)

// Change is a category, group or variant that was added or changed.
type Change struct {
	Kind  string // "category", "group" or "variant"
	ID    string
	Added bool
	What  string // the changed fields, as in "price 2.40 → 2.60"; "" if added
}

// Changes returns what changed between a catalogue and the one that [Table.Merge]
// returned for it. unchanged counts what is equal in both, by kind.
func Changes(before, after *catalogue.Catalogue) (changes []Change, unchanged map[string]int) {
	columns := columnsOf(after)
	for _, c := range columnsOf(before) {
		if !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	unchanged = map[string]int{}
	note := func(kind, id string, added bool, was, is func(column) string) {
		var what []string
		if !added {
			for _, c := range columns {
				if a, b := was(c), is(c); a != b {
					what = append(what, fmt.Sprintf("%s %s → %s", c, brief(a), brief(b)))
				}
			}
			if len(what) == 0 {
				unchanged[kind]++
				return
			}
		}
		changes = append(changes, Change{kind, id, added, strings.Join(what, ", ")})
	}
	categories := map[string]*catalogue.Category{}
	for i := range before.Categories {
		categories[before.Categories[i].ID] = &before.Categories[i]
	}
	for i := range after.Categories {
		c := &after.Categories[i]
		old := categories[c.ID]
		note("category", c.ID, old == nil,
			func(col column) string { return col.field.category.cell(old, col.lang) }, func(col column) string { return col.field.category.cell(c, col.lang) })
	}
	groups := map[string]*catalogue.Group{}
	variants := map[string]*catalogue.Variant{}
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
			func(col column) string { return col.field.group.cell(old, col.lang) }, func(col column) string { return col.field.group.cell(g, col.lang) })
		for j := range g.Variants {
			v := &g.Variants[j]
			old := variants[v.ID]
			note("variant", v.ID, old == nil,
				func(col column) string { return col.field.variant.cell(old, col.lang) }, func(col column) string { return col.field.variant.cell(v, col.lang) })
		}
	}
	return changes, unchanged
}

// brief returns a cell quoted and shortened for a list of changes.
func brief(s string) string {
	if s == "" {
		return "(none)"
	}
	if r := []rune(s); len(r) > 40 {
		s = string(r[:39]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
