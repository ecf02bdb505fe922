package sheet

import (
	"slices"

	"pharmacy/internal/catalogue"
)

// A group's code stands in the column "atc", and that of a variant with another
// one in "variant_atc". Tables of others have one column, in which the rows of a
// group differ: salbutamol has one code as an inhaler and another as tablets.

// rowCode is the code that a row with a variant has in the column "atc".
type rowCode struct{ variant, code string }

// finishCodes gives the groups and variants their codes, after all rows. If the
// rows of a group agree, theirs is the group's code. Otherwise the group keeps
// its code, or gets the most frequent one if that is not among them and no other
// variant has it, and each variant whose row has another code gets it for its
// own.
func (m *merge) finishCodes() {
	separate := m.seen[column{field: fieldOwnATC}] != ""
	for at, codes := range m.codes {
		g := &m.c.Groups[at]
		mixed := slices.ContainsFunc(g.Variants, func(v catalogue.Variant) bool { return v.ATC != "" })
		said := m.said[statement{ofGroup, g.ID, column{field: fieldATC}}].text != "" // by a row without a variant
		usual, agreed := mostFrequent(codes)
		switch {
		case said:
		case agreed && (separate || !mixed):
			g.ATC = usual
			continue
		case g.ATC == "" || len(codes) == len(g.Variants) && !slices.ContainsFunc(codes, func(c rowCode) bool { return c.code == g.ATC }):
			g.ATC = usual
		}
		for _, c := range codes {
			v := &g.Variants[m.at["variant "+c.variant]]
			switch {
			case separate && v.ATC != "":
			case c.code == g.ATC:
				v.ATC = ""
			default:
				v.ATC = c.code
			}
		}
	}
}

// mostFrequent returns the code that most rows have, the first of several, and
// reports whether all have it.
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
