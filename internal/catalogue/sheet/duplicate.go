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
	d := duplicates{merge: m, ids: map[string]string{}, known: map[string]bool{}, names: map[string]string{}, brands: map[string]string{}, keys: map[string]string{}}
	for i := range base.Categories {
		d.add("category", base.Categories[i].ID)
	}
	before := make(map[string]*catalogue.Group, len(base.Groups))
	for i := range base.Groups {
		g := &base.Groups[i]
		before[g.ID] = g
		d.add("group", g.ID)
		for _, name := range g.Name.All() {
			d.names[foldText(name)] = g.ID
		}
		for _, synonym := range g.Synonyms {
			d.names[foldText(synonym)] = g.ID
		}
		for _, brand := range g.Brands {
			d.brands[foldText(brand)] = g.ID
		}
		for j := range g.Variants {
			v := &g.Variants[j]
			d.add("variant", v.ID)
			if m.rows[v.ID] != 0 {
				d.keys[v.ID] = v.AlikeKey()
			}
		}
	}
	for i := range m.c.Categories {
		d.alikeID("category", m.c.Categories[i].ID, fieldCategory, 0)
	}
	for i := range m.c.Groups {
		g := &m.c.Groups[i]
		first := 0 // row of the group's first variant
		for j := range g.Variants {
			if row := m.rows[g.Variants[j].ID]; row != 0 && (first == 0 || row < first) {
				first = row
			}
		}
		if !d.alikeID("group", g.ID, fieldGroup, first) {
			d.groupNames(g, before[g.ID], first)
		}
		if first > 0 {
			d.variants(g)
		}
	}
	if d.more > 0 {
		m.row = row{}
		m.fault(catfile.Warning, -1, "%d more variants are like others: \"pharmacy check\" tells of them", d.more)
	}
}

// duplicates is the state of finishDuplicates.
type duplicates struct {
	*merge
	ids           map[string]string // of the base, by kind and AlikeID
	known         map[string]bool   // kinds and ids of the base
	names, brands map[string]string // ids of the base's groups, by folded name or synonym, and by brand
	keys          map[string]string // AlikeKey of the base's variants that have rows
	alike, more   int               // warnings of alike variants, listed and not
}

func (d *duplicates) add(kind, id string) {
	d.ids[kind+" "+catalogue.AlikeID(id)] = id
	d.known[kind+" "+id] = true
}

// alikeID reports whether an id is new and like one of the base, which is a fault.
func (d *duplicates) alikeID(kind, id string, f *field, row int) bool {
	other := d.ids[kind+" "+catalogue.AlikeID(id)]
	if d.known[kind+" "+id] || other == "" {
		return false
	}
	d.duplicate(f, row, fmt.Sprintf("the %s %q is new, but the catalogue has %q, which differs only by case or leading zeros", kind, id, other))
	return true
}

// groupNames checks that a group that is new or renamed has no name of another
// one. before is nil if it is new.
func (d *duplicates) groupNames(g, before *catalogue.Group, row int) {
	for _, name := range g.Name.All() {
		key := foldText(name)
		other := d.names[key]
		what := "the name %q of the group %q is also one of the group %q"
		switch {
		case before != nil && hasText(before.Name, name):
			continue
		case before == nil && other == "":
			other, what = d.brands[key], "the name %q of the group %q is a brand of the group %q"
		}
		if other != "" && other != g.ID {
			d.duplicate(fieldGroup, row, fmt.Sprintf(what, name, g.ID, other))
			return
		}
	}
}

// variants checks the new variants of a group, and those that a row has changed.
func (d *duplicates) variants(g *catalogue.Group) {
	var old map[string][]string // ids of the base's variants by AlikeKey
	now := map[string]string{}  // of new ones
	other := func(key, id string) string {
		for _, other := range old[key] {
			if other != id {
				return other
			}
		}
		return ""
	}
	for j := range g.Variants {
		v := &g.Variants[j]
		row := d.rows[v.ID]
		isNew := !d.known["variant "+v.ID]
		if row == 0 || isNew && d.alikeID("variant", v.ID, fieldID, row) {
			continue
		}
		key := v.AlikeKey()
		if !isNew && d.keys[v.ID] == key {
			continue
		}
		if old == nil {
			old = map[string][]string{}
			for k := range g.Variants {
				if other := &g.Variants[k]; d.known["variant "+other.ID] {
					key := other.AlikeKey()
					old[key] = append(old[key], other.ID)
				}
			}
		}
		switch same := other(key, v.ID); {
		case isNew && same != "":
			d.duplicate(fieldID, row, fmt.Sprintf("the variant %q is new, but the group %q has %q with the same form, strength, pack and brand", v.ID, g.ID, same))
		case same != "":
			d.warn(row, "the variants %q and %q are now alike: they have the same form, strength, pack and brand, and a customer cannot tell them apart", same, v.ID)
		case !isNew:
		case now[key] != "":
			d.warn(row, "the variants %q and %q are alike: they have the same form, strength, pack and brand, and a customer cannot tell them apart", now[key], v.ID)
		default:
			now[key] = v.ID
			if other := d.lessKnown(g, v); other != "" {
				d.warn(row, "the variant %q is new, and nothing that the table says of it tells it from %q: add what is missing of form, strength, pack and brand", v.ID, other)
			}
		}
	}
}

// lessKnown returns the id of a variant of the base of which a new one of the same
// group says less and nothing else, or "".
func (d *duplicates) lessKnown(g *catalogue.Group, v *catalogue.Variant) string {
	if v.Form != "" && v.Strength != "" && v.Pack.Amount > 0 && v.Pack.Unit != "" {
		return ""
	}
	for k := range g.Variants {
		other := &g.Variants[k]
		if !d.known["variant "+other.ID] {
			continue
		}
		filled := *v
		if filled.Form == "" {
			filled.Form = other.Form
		}
		if filled.Strength == "" {
			filled.Strength = other.Strength
		}
		if filled.Brand == "" {
			filled.Brand = other.Brand
		}
		if filled.Pack.Amount == 0 || filled.Pack.Unit == "" && filled.Pack.Amount == other.Pack.Amount {
			filled.Pack = other.Pack
		}
		if filled.AlikeKey() == other.AlikeKey() {
			return other.ID
		}
	}
	return ""
}

// warn lists the first warnings of alike variants and counts the others.
func (d *duplicates) warn(at int, format string, args ...any) {
	if d.alike == maxRepeated {
		d.more++
		return
	}
	d.alike++
	d.row = row{number: at}
	d.fault(catfile.Warning, -1, format, args...)
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
