package main

import (
	"fmt"
	"hash/fnv"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"pharmacy/internal/catalogue"
)

// updated is the catalogue's Updated time. Raise it when the content changes.
var updated = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)

// newCatalogue returns the catalogue with the given categories, in order.
func newCatalogue(categories []*category) *catalogue.Catalogue {
	c := &catalogue.Catalogue{Updated: updated, Currency: "EUR"}
	for _, cat := range categories {
		c.Categories = append(c.Categories, cat.Category)
		for _, g := range cat.groups {
			g.Variants = g.variants()
			c.Groups = append(c.Groups, g.Group)
		}
	}
	return c
}

// variants returns the variants of a group, in source order.
func (g *group) variants() []catalogue.Variant {
	var all []catalogue.Variant
	for _, pr := range g.products {
		prices := g.prices(pr)
		for i, pk := range pr.packs {
			id := variantID(g.ID, pr, pk)
			v := catalogue.Variant{ID: id, Form: pr.form, Strength: pr.strength, Pack: pk, Class: pr.class, Expiry: expiry(id)}
			if hash(id, "unpriced")%100 != 0 {
				v.Price = catalogue.Price{Amount: catalogue.Amount(prices[i]) * 10, Known: true}
			}
			all = append(all, v)
		}
	}
	return all
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

func variantID(group string, pr product, pk catalogue.Pack) string {
	strength := strings.ReplaceAll(strings.ToLower(pr.strength), " ", "")
	strength = strings.ReplaceAll(strength, "%", "pct")
	strength = strings.Trim(notSlug.ReplaceAllString(strength, "-"), "-")
	number := strconv.FormatFloat(pk.Amount, 'f', -1, 64)
	amount := strings.ReplaceAll(number, ".", "-")
	if pk.Unit != forms[pr.form].unit {
		if number == "1" {
			amount += pk.Unit
		} else {
			amount += unitPlurals[pk.Unit]
		}
	}
	return group + "-" + pr.form + "-" + strength + "-" + amount
}

// hash returns a well-mixed hash of its arguments.
func hash(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	// FNV mixes the low bits of short texts poorly.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return x
}

// fraction returns a hash of its arguments in the range [0, 1).
func fraction(parts ...string) float64 { return float64(hash(parts...)>>11) / (1 << 53) }

// dearForms are the forms that cost more than tablets, with the lowest and
// highest price of the smallest pack, in euros.
var dearForms = map[string][2]float64{
	"inhaler": {5, 35}, "inhalation-powder": {9, 42}, "inhalation-capsule": {12, 45}, "nebuliser-solution": {4, 14},
	"nasal-spray": {3, 14}, "eye-drops": {3, 14}, "eye-ear-drops": {3, 12}, "transdermal-patch": {8, 40}, "medicated-plaster": {6, 30},
	"vaginal-ring": {10, 25}, "implant": {90, 180}, "intrauterine-system": {80, 160}, "enema": {4, 15},
	"solution-for-injection": {3, 16}, "powder-for-injection": {4, 24}, "solution-for-infusion": {4, 28}, "emulsion-for-injection": {5, 25},
	"prefilled-syringe": {6, 32}, "prefilled-pen": {9, 34}, "cartridge": {8, 30},
}

// dearKinds are prefixes of ATC codes of expensive medicines, mostly biologics
// and new ones, with their price factors.
var dearKinds = []struct {
	atc   string
	times float64
}{
	{"L01F", 14}, {"L01E", 10}, {"L01", 4}, {"L02", 3}, {"L03", 6}, {"L04AB", 8}, {"L04AC", 10}, {"L04AA", 5}, {"L04", 3},
	{"B01AF", 4}, {"B01AE", 4}, {"B03XA", 6}, {"B02", 3}, {"H01", 4}, {"H05", 4}, {"J05", 3}, {"J06", 4}, {"J07", 1.5},
	{"A10BJ", 1.5}, {"A10BK", 4}, {"A10BH", 3}, {"M05BX", 3}, {"R03DX", 6}, {"C10AX13", 6}, {"C10AX14", 6}, {"N02CD", 6}, {"N02CX", 5},
}

// swallowed are the forms whose prices are comparable with one another, with
// their price relative to a plain tablet. Every other form is comparable only
// with itself.
var swallowed = map[string]float64{
	"tablet": 1, "capsule": 1.05, "chewable-tablet": 1.1, "gastro-resistant-tablet": 1.15, "gastro-resistant-capsule": 1.15,
	"orodispersible-tablet": 1.25, "sublingual-tablet": 1.25, "prolonged-release-tablet": 1.3, "prolonged-release-capsule": 1.3,
	"effervescent-tablet": 1.4,
}

// kin returns the family of forms whose prices are comparable with a form's.
func kin(form string) string {
	if swallowed[form] > 0 {
		return "tablet"
	}
	return form
}

// prices returns invented prices for the packs of a product, in cents. Within a
// family of forms a bigger pack costs more but less per unit, and a higher
// strength costs more.
func (g *group) prices(pr product) []int {
	// Ten times as many tablets cost about five times as much; of expensive
	// forms, nearly ten times.
	low, high, growth := 1.5, 8.0, 0.7
	if f, dear := dearForms[pr.form]; dear {
		low, high, growth = f[0], f[1], 0.9
	}
	// Most medicines are cheap, a few are expensive.
	spread := fraction(g.ID, kin(pr.form), "price")
	base := low * math.Pow(high/low, spread*math.Sqrt(spread))
	for _, k := range dearKinds {
		if strings.HasPrefix(g.ATC, k.atc) {
			base *= k.times
			break
		}
	}
	var family []product
	at := -1
	// Tablets and capsules are comparable; ampoules and millilitres are not.
	measure := func(p product, pk catalogue.Pack) string {
		if swallowed[p.form] > 0 {
			return "piece"
		}
		return pk.Unit
	}
	smallest, weakest := map[string]float64{}, math.Inf(1)
	for _, other := range g.products {
		if kin(other.form) != kin(pr.form) {
			continue
		}
		if other.form == pr.form && other.line == pr.line {
			at = len(family)
		}
		family = append(family, other)
		if other.active > 0 {
			weakest = min(weakest, other.active)
		}
		for _, pk := range other.packs {
			unit := measure(other, pk)
			if s, found := smallest[unit]; !found || pk.Amount < s {
				smallest[unit] = pk.Amount
			}
		}
	}

	// Rounding may make neighbouring packs such as 98 and 100 cost the same, or
	// the bigger one more per unit. Then raise the prices of the whole family.
	cents := make([][]int, len(family))
	for {
		for i, p := range family {
			first := base
			if p.active > 0 {
				first *= math.Pow(p.active/weakest, 0.3)
			}
			if times, found := swallowed[p.form]; found {
				first *= times
			}
			cents[i] = cents[i][:0]
			for _, pk := range p.packs {
				euros := first * math.Pow(pk.Amount/smallest[measure(p, pk)], growth)
				cents[i] = append(cents[i], 5*max(1, int(math.Round(euros*20))))
			}
		}
		if inLine(family, cents) {
			return cents[at]
		}
		base *= 1.03
	}
}

// inLine reports whether the prices of each form are consistent: a bigger pack
// of the same strength and unit costs more but less per unit, and a higher
// strength in the same pack costs more.
func inLine(family []product, cents [][]int) bool {
	for i, p := range family {
		for j, q := range family {
			if p.form != q.form {
				continue
			}
			for k, a := range p.packs {
				for l, b := range q.packs {
					switch {
					case a.Unit != b.Unit:
					case p.strength == q.strength && a.Amount < b.Amount:
						if cents[i][k] >= cents[j][l] || float64(cents[i][k])*b.Amount <= float64(cents[j][l])*a.Amount {
							return false
						}
					case a == b && 0 < p.active && p.active < q.active && cents[i][k] >= cents[j][l]:
						return false
					}
				}
			}
		}
	}
	return true
}

// active returns the approximate amount of active ingredient of a valid
// strength in milligrams, per millilitre, gram, dose or hour if the strength is
// relative to one.
func active(strength string) float64 {
	parts := strings.Split(strength, "/")
	value, unit, _ := strings.Cut(parts[0], " ")
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return 0
	}
	v *= strengthUnits[unit]
	if len(parts) > 1 {
		value, unit, written := strings.Cut(parts[len(parts)-1], " ")
		if n, err := strconv.ParseFloat(value, 64); written && err == nil && n > 0 && (perUnits[unit] || perUnits[strings.TrimSuffix(unit, "s")]) && unit != "g" {
			v /= n
		}
	}
	return v
}

// expiry returns an invented date: mostly a month from 2028 to 2031, some in
// 2027, some with a day.
func expiry(id string) catalogue.Expiry {
	n := hash(id, "expiry")
	year := 2028 + int(n%4)
	if n/4%100 < 3 {
		year = 2027
	}
	month := time.Month(1 + n/400%12)
	date := fmt.Sprintf("%04d-%02d", year, month)
	if n/4800%100 < 15 {
		last := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
		date += fmt.Sprintf("-%02d", 1+int(n/480000)%last)
	}
	e, err := catalogue.ParseExpiry(date)
	if err != nil {
		panic(err) // the date exists
	}
	return e
}
