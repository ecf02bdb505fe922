package catalogue

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Equivalents are the packs and brands of one medicine with the same strength
// and the same dosage form: what differs is how much is in the pack, who makes
// it, and the price. They are no advice: whether one may be given for another
// is a pharmacist's decision.
type Equivalents struct {
	Strength string   // as the first of them writes it
	Form     string   // id of the dosage form
	First    *Variant // the first of them in the file
	// Variants has two at least, the lowest price of a unit first. Those that
	// are priced by another unit, or whose unit price is unknown, come last.
	Variants []*Variant
	// Cheapest is how many at the beginning share the lowest price of a unit,
	// before it is rounded as UnitPrice rounds it. It is 0 where all that are
	// priced cost the same, or are priced by different units.
	Cheapest int
}

// Equivalents returns the sets of variants that are alike in strength and form,
// in the order of the file. Left out is what has expired on the day, what has
// no strength or form, and what has no other like it.
//
// Strengths are the same if they are written alike, or are the same amount of
// one substance: 1 g and 1000 mg. 5 mg/ml and 10 mg/2 ml are not, for an
// ampoule of one holds twice as much of the substance as one of the other.
//
// Only variants of the group itself are compared, not those of another group
// with the same ATC code: WHO gives one code to all combinations of a kind
// (N02BE51 is paracetamol with whatever else), so that the code alone does not
// say that two medicines are the same.
func (g *Group) Equivalents(day Day) []Equivalents {
	type key struct{ strength, form string }
	at := map[key]int{}
	var sets []Equivalents
	for i := range g.Variants {
		v := &g.Variants[i]
		if v.Strength == "" || v.Form == "" || v.Expiry.Expired(day) {
			continue
		}
		k := key{strengthKey(v.Strength), v.Form}
		n, found := at[k]
		if !found {
			n = len(sets)
			at[k] = n
			sets = append(sets, Equivalents{Strength: v.Strength, Form: v.Form, First: v})
		}
		sets[n].Variants = append(sets[n].Variants, v)
	}
	sets = slices.DeleteFunc(sets, func(e Equivalents) bool { return len(e.Variants) < 2 })
	for i := range sets {
		sets[i].order()
	}
	return sets
}

// order puts the cheapest first, and counts how many those are.
func (e *Equivalents) order() {
	// The unit that most of them are priced by comes first: of these it can be
	// said which is the cheapest.
	units := map[string]int{}
	for _, v := range e.Variants {
		if _, per, ok := v.UnitPrice(); ok {
			units[per]++
		}
	}
	slices.SortStableFunc(e.Variants, func(a, b *Variant) int {
		_, perX, okX := a.UnitPrice()
		_, perY, okY := b.UnitPrice()
		x, _, _ := a.ExactUnitPrice() // of large packs the rounded prices may be the same
		y, _, _ := b.ExactUnitPrice()
		switch {
		case okX != okY:
			if okX {
				return -1
			}
			return 1
		case perX != perY:
			return cmp.Or(cmp.Compare(units[perY], units[perX]), strings.Compare(perX, perY))
		}
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.Pack.Amount, b.Pack.Amount))
	})
	lowest, _, ok := e.Variants[0].ExactUnitPrice()
	if !ok || len(units) > 1 {
		return
	}
	n := slices.IndexFunc(e.Variants, func(v *Variant) bool {
		price, _, ok := v.ExactUnitPrice()
		return ok && price > lowest
	})
	e.Cheapest = max(n, 0) // they are in order: none is dearer where all cost the same
}

// strengthKey is equal for strengths that are the same amount.
func strengthKey(strength string) string {
	number, unit := splitNumber(strength)
	if u, known := units[unit]; known && number >= 0 {
		return strconv.Itoa(u.kind) + " " + strconv.FormatFloat(number*u.size, 'g', 12, 64)
	}
	return strings.Join(strings.Fields(strings.ToLower(strength)), " ")
}
