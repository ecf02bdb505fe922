package sheet

import (
	"fmt"
	"slices"
	"strings"

	"pharmacy/internal/catalogue"
)

// Change is a category, group or variant that was added, changed or removed, or
// a changed currency.
type Change struct {
	Kind  string // "category", "group", "variant" or "currency"
	ID    string // "" for the currency
	Added bool
	What  string // the changed fields, as in "price 2.40 → 2.60"; "" if added or removed
}

// Changes returns what a catalogue adds and changes to another one, in the order
// of the new one; [Removed] returns what it lacks. unchanged counts what is equal
// in both, by kind.
func Changes(before, after *catalogue.Catalogue) (changes []Change, unchanged map[string]int) {
	columns := columnsOf(after)
	for _, c := range columnsOf(before) {
		if !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	unchanged = map[string]int{}
	if before.Currency != after.Currency && len(before.Groups) > 0 {
		changes = append(changes, Change{Kind: "currency", What: brief(before.Currency) + " → " + brief(after.Currency)})
	}
	note := func(kind, id string, added bool, what []string, was, is func(column) string) {
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
		note("category", c.ID, old == nil, nil,
			func(col column) string { return col.field.category.cell(old, col.lang) }, func(col column) string { return col.field.category.cell(c, col.lang) })
	}
	groups := map[string]*catalogue.Group{}
	variants := map[string]*catalogue.Variant{}
	homes := map[string]string{} // the group of each variant
	for i := range before.Groups {
		g := &before.Groups[i]
		groups[g.ID] = g
		for j := range g.Variants {
			variants[g.Variants[j].ID] = &g.Variants[j]
			homes[g.Variants[j].ID] = g.ID
		}
	}
	for i := range after.Groups {
		g := &after.Groups[i]
		old := groups[g.ID]
		note("group", g.ID, old == nil, nil,
			func(col column) string { return col.field.group.cell(old, col.lang) }, func(col column) string { return col.field.group.cell(g, col.lang) })
		for j := range g.Variants {
			v := &g.Variants[j]
			old := variants[v.ID]
			var moved []string
			if home := homes[v.ID]; old != nil && home != g.ID {
				moved = append(moved, fmt.Sprintf("%s %s → %s", fieldGroup.name, brief(home), brief(g.ID)))
			}
			note("variant", v.ID, old == nil, moved,
				func(col column) string { return col.field.variant.cell(old, col.lang) }, func(col column) string { return col.field.variant.cell(v, col.lang) })
		}
	}
	return changes, unchanged
}

// Removed returns the categories, groups and variants of a catalogue that another
// one does not have, by kind and id.
func Removed(before, after *catalogue.Catalogue) []Change {
	has := map[Change]bool{}
	each(after, func(c Change) { has[c] = true })
	var removed []Change
	each(before, func(c Change) {
		if !has[c] {
			removed = append(removed, c)
		}
	})
	return removed
}

// each calls f with the kind and id of every category, group and variant.
func each(c *catalogue.Catalogue, f func(Change)) {
	for i := range c.Categories {
		f(Change{Kind: "category", ID: c.Categories[i].ID})
	}
	for i := range c.Groups {
		f(Change{Kind: "group", ID: c.Groups[i].ID})
		for j := range c.Groups[i].Variants {
			f(Change{Kind: "variant", ID: c.Groups[i].Variants[j].ID})
		}
	}
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
