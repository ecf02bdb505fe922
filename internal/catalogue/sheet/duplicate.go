package sheet

import (
	"fmt"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

// A spreadsheet changes ids: 000123 becomes 123, and an id at the beginning of a
// cell a capital letter. Such a row would not change its variant but add it
// again.

// finishDuplicates checks, after all rows, that nothing new seems to be something
// that the base has under another id.
func (m *merge) finishDuplicates(base *catalogue.Catalogue) {
	ids := map[string]string{} // of the base, by kind and AlikeID
	key := func(kind, id string) string { return kind + " " + catalogue.AlikeID(id) }
	known := map[string]bool{} // kind and id
	add := func(kind, id string) {
		ids[key(kind, id)] = id
		known[kind+" "+id] = true
	}
	for i := range base.Categories {
		add("category", base.Categories[i].ID)
	}
	for i := range base.Groups {
		add("group", base.Groups[i].ID)
		for j := range base.Groups[i].Variants {
			add("variant", base.Groups[i].Variants[j].ID)
		}
	}
	// alikeID reports whether an id is new and like one of the base.
	alikeID := func(kind, id string, f *field, row int) bool {
		other := ids[key(kind, id)]
		if known[kind+" "+id] || other == "" {
			return false
		}
		m.duplicate(f, row, fmt.Sprintf("the %s %q is new, but the catalogue has %q, which differs only by case or leading zeros", kind, id, other))
		return true
	}
	for i := range m.c.Categories {
		id := m.c.Categories[i].ID
		alikeID("category", id, fieldCategory, 0)
	}
	for i := range m.c.Groups {
		g := &m.c.Groups[i]
		first := 0 // row of the group's first variant
		for j := range g.Variants {
			if row := m.rows[g.Variants[j].ID]; row != 0 && (first == 0 || row < first) {
				first = row
			}
		}
		alikeID("group", g.ID, fieldGroup, first)
		var old, now map[string]string // ids of variants by AlikeKey
		for j := range g.Variants {
			v := &g.Variants[j]
			if known["variant "+v.ID] || alikeID("variant", v.ID, fieldID, m.rows[v.ID]) {
				continue
			}
			if old == nil {
				old, now = map[string]string{}, map[string]string{}
				for k := range g.Variants {
					if other := &g.Variants[k]; known["variant "+other.ID] {
						old[other.AlikeKey()] = other.ID
					}
				}
			}
			key := v.AlikeKey()
			switch other := now[key]; {
			case old[key] != "":
				m.duplicate(fieldID, m.rows[v.ID], fmt.Sprintf("the variant %q is new, but the group %q has %q with the same form, strength, pack and brand", v.ID, g.ID, old[key]))
			case other != "":
				if m.alike++; m.alike == 1 {
					m.row = row{number: m.rows[v.ID]}
					m.fault(catfile.Warning, -1, "the variants %q and %q are alike: they have the same form, strength, pack and brand, and a customer cannot tell them apart", other, v.ID)
				}
			default:
				now[key] = v.ID
			}
		}
	}
	if m.alike > 1 {
		m.row = row{}
		m.fault(catfile.Warning, -1, "%d more new variants are like others of the table: \"pharmacy check\" names them", m.alike-1)
	}
}

// alikeVariant returns the id of a variant of the base that a spreadsheet may have
// changed to id, or "".
func (m *merge) alikeVariant(id string) string {
	if m.alikeIDs == nil {
		m.alikeIDs = make(map[string]string, len(m.home))
		for known := range m.home {
			m.alikeIDs[catalogue.AlikeID(known)] = known
		}
	}
	return m.alikeIDs[catalogue.AlikeID(id)]
}

// duplicate records that a new id seems to be another one's. row is 0 if it is
// not known.
func (m *merge) duplicate(f *field, at int, message string) {
	m.row = row{number: at}
	col := -1
	for i, c := range m.columns {
		if c == (column{field: f}) {
			col = i
		}
	}
	if m.options.AllowDuplicates {
		m.fault(catfile.Warning, col, "%s", message)
		return
	}
	m.fault(catfile.Error, col, "%s: write that id or, if it is another product, import with --allow-duplicates", message)
}
