package sheet

import (
	"slices"

	"pharmacy/internal/catalogue"
)

// The column "atc" has the code of a row's variant: salbutamol has one code as an
// inhaler and another as tablets. A group's code is that of its variants which
// have no own one; Write names own codes in "variant_atc" too.

// rowCode is the code that a row with a variant has in the column "atc".
type rowCode struct {
	variant, code string
	row, at       int
}

// finishCodes gives the groups and variants their codes, after all rows. The code
// of a group changes only if that changes no variant without a row: if the rows
// have one code, for all variants without an own one, or if the group is new.
// Otherwise each variant whose row has another code gets it for its own.
func (m *merge) finishCodes(base *catalogue.Catalogue) {
	known := map[string]bool{} // groups of the base
	for i := range base.Groups {
		known[base.Groups[i].ID] = true
	}
	separate := m.seen[column{field: fieldOwnATC}] != ""
	for at, codes := range m.codes {
		g := &m.c.Groups[at]
		if !slices.ContainsFunc(codes, func(c rowCode) bool { return c.code != g.ATCOf(&g.Variants[m.at["variant "+c.variant]]) }) {
			continue
		}
		own := func(c rowCode) bool { return separate && g.Variants[m.at["variant "+c.variant]].ATC != "" }
		shared := slices.Collect(func(yield func(rowCode) bool) { // those that may be the group's
			for _, c := range codes {
				if !own(c) && !yield(c) {
					return
				}
			}
		})
		usual, agreed := mostFrequent(shared)
		rows := map[string]bool{}
		for _, c := range codes {
			rows[c.variant] = true
		}
		others := slices.ContainsFunc(g.Variants, func(v catalogue.Variant) bool { return v.ATC == "" && !rows[v.ID] })
		said := m.said[statement{ofGroup, g.ID, column{field: fieldATC}}].text != "" // by a row without a variant
		kept := slices.ContainsFunc(shared, func(c rowCode) bool { return c.code == g.ATC })
		if !said && usual != "" && !kept && (g.ATC == "" && !known[g.ID] || !others) && (agreed || catalogue.IsATC(usual)) {
			g.ATC = usual
		}
		for _, c := range codes {
			v := &g.Variants[m.at["variant "+c.variant]]
			switch m.row = (row{number: c.row}); {
			case own(c) && c.code != v.ATC && c.code != g.ATC:
				m.repeat("code", c.at, "the variant has the code %q here and %q in %q: write one, or remove a column", c.code, v.ATC, m.seen[column{field: fieldOwnATC}])
			case own(c):
			case c.code == g.ATC:
				v.ATC = ""
			case !catalogue.IsATC(c.code):
				m.warnOnce("atc "+c.code, c.at, "%q is not an ATC code, and not that of the group: it is ignored", c.code)
			default:
				v.ATC = c.code
			}
		}
	}
}

// mostFrequent returns the code that most rows have, the first of several, and
// reports whether all have it. It is "" if there are none.
func mostFrequent(codes []rowCode) (code string, all bool) {
	counts := map[string]int{}
	for _, c := range codes {
		counts[c.code]++
	}
	for _, c := range codes {
		if counts[c.code] > counts[code] {
			code = c.code
		}
	}
	return code, len(counts) == 1
}
