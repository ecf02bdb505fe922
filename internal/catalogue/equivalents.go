package catalogue

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Equivalents is a set of packs and brands of one medicine that have the same
// strength and dosage form and differ in pack size, manufacturer and price.
// It is not advice: only a pharmacist decides whether one may be substituted
// for another.
type Equivalents struct {
	Strength string   // as written for First
	Form     string   // id of the dosage form
	First    *Variant // the first variant of the set in file order
	// Variants has at least two elements, the lowest unit price first.
	// Variants priced by another unit, or without a unit price, come last.
	Variants []*Variant
	// Cheapest is the number of leading Variants that share the lowest exact
	// unit price. It is 0 if all priced variants cost the same, or if they are
	// priced by different units.
	Cheapest int
}

// Equivalents returns the sets of variants with equal strength and form, in
// file order. It omits variants that have expired on the given day or whose
// expiry is unreadable, variants without a strength or form, and sets of one.
//
// Two strengths are equal if they are written alike or denote the same amounts:
// 1 g and 1000 mg, 10 mg + 5 mg and 10 mg/5 mg. 5 mg/ml and 10 mg/2 ml differ,
// because an ampoule of one holds twice as much of the substance as one of the
// other.
//
// Variants of different groups are never compared, even if the groups share
// an ATC code: WHO assigns one code to all combinations of a kind (N02BE51 is
// paracetamol with any other substance), so a code does not identify a
// medicine.
func (g *Group) Equivalents(day Day) []Equivalents {
	type key struct{ strength, form string }
	at := map[key]int{}
	var sets []Equivalents
	for i := range g.Variants {
		v := &g.Variants[i]
		if v.Strength == "" || v.Form == "" || v.Expiry.Expired(day) || v.Expiry.Unreadable() {
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

// order sorts Variants by unit price and sets Cheapest.
func (e *Equivalents) order() {
	// Variants priced by the most common unit come first: only prices by the
	// same unit can be compared.
	units := map[string]int{}
	for _, v := range e.Variants {
		if _, per, ok := v.UnitPrice(); ok {
			units[per]++
		}
	}
	slices.SortStableFunc(e.Variants, func(a, b *Variant) int {
		_, perX, okX := a.UnitPrice()
		_, perY, okY := b.UnitPrice()
		x, _, _ := a.ExactUnitPrice() // rounded prices of large packs may coincide
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
	e.Cheapest = max(n, 0) // -1 if all cost the same
}

// strengthKey returns a key that is the same for equal strengths.
func strengthKey(strength string) string {
	if m := MeasureOf(strength); m.Known() {
		return fmt.Sprint(m.amounts, m.first, m.kinds)
	}
	return strings.Join(strings.Fields(strings.ToLower(strength)), " ")
}
