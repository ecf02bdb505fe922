package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// updated is the time that the catalogue claims; raise it with its content.
const updated = "2026-11-27T00:00:00Z"

// variant is one line of the catalogue.
type variant struct {
	id                    string
	form, strength, class string
	pack                  pack
	cents                 int // 0 when no price is known
	expiry                string
	line                  int
}

// variants gives what a group is sold as, in the order of its source.
func (g *group) variants() []variant {
	var all []variant
	for _, pr := range g.products {
		prices := g.prices(pr)
		for i, pk := range pr.packs {
			v := variant{
				id:       variantID(g.id, pr, pk),
				form:     pr.form,
				strength: pr.strength,
				class:    pr.class,
				pack:     pk,
				cents:    prices[i],
				line:     pr.line,
			}
			if hash(v.id, "unpriced")%100 == 0 {
				v.cents = 0
			}
			v.expiry = expiry(v.id)
			all = append(all, v)
		}
	}
	return all
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

func variantID(group string, pr product, pk pack) string {
	strength := strings.ReplaceAll(strings.ToLower(pr.strength), " ", "")
	strength = strings.ReplaceAll(strength, "%", "pct")
	strength = strings.Trim(notSlug.ReplaceAllString(strength, "-"), "-")
	amount := strings.ReplaceAll(pk.amount, ".", "-")
	if pk.unit != forms[pr.form].unit {
		if pk.amount == "1" {
			amount += pk.unit
		} else {
			amount += unitPlurals[pk.unit]
		}
	}
	return group + "-" + pr.form + "-" + strength + "-" + amount
}

// hash is a well-mixed number that depends only on its arguments.
func hash(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	// FNV leaves the low bits of short texts alike; these two steps spread
	// them.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return x
}

// fraction is a number from 0 up to 1 that depends only on its arguments.
func fraction(parts ...string) float64 { return float64(hash(parts...)>>11) / (1 << 53) }

// dearForms cost more than a box of tablets, whatever is in them: the lowest
// and highest price in euros of the smallest pack.
var dearForms = map[string][2]float64{
	"inhaler": {5, 35}, "inhalation-powder": {9, 42}, "inhalation-capsule": {12, 45}, "nebuliser-solution": {4, 14},
	"nasal-spray": {3, 14}, "eye-drops": {3, 14}, "eye-ear-drops": {3, 12}, "transdermal-patch": {8, 40}, "medicated-plaster": {6, 30},
	"vaginal-ring": {10, 25}, "implant": {90, 180}, "intrauterine-system": {80, 160}, "enema": {4, 15},
	"solution-for-injection": {3, 16}, "powder-for-injection": {4, 24}, "solution-for-infusion": {4, 28}, "emulsion-for-injection": {5, 25},
	"prefilled-syringe": {6, 32}, "prefilled-pen": {9, 34}, "cartridge": {8, 30},
}

// dearKinds are the beginnings of ATC codes whose medicines are mostly
// biologics or new, with what that multiplies a price by.
var dearKinds = []struct {
	atc   string
	times float64
}{
	{"L01F", 14}, {"L01E", 10}, {"L01", 4}, {"L02", 3}, {"L03", 6}, {"L04AB", 8}, {"L04AC", 10}, {"L04AA", 5}, {"L04", 3},
	{"B01AF", 4}, {"B01AE", 4}, {"B03XA", 6}, {"B02", 3}, {"H01", 4}, {"H05", 4}, {"J05", 3}, {"J06", 4}, {"J07", 1.5},
	{"A10BJ", 1.5}, {"A10BK", 4}, {"A10BH", 3}, {"M05BX", 3}, {"R03DX", 6}, {"C10AX13", 6}, {"C10AX14", 6}, {"N02CD", 6}, {"N02CX", 5},
}

// swallowed are the forms that are compared with one another, with what they
// cost beside a plain tablet. Every other form is compared with itself alone.
var swallowed = map[string]float64{
	"tablet": 1, "capsule": 1.05, "chewable-tablet": 1.1, "gastro-resistant-tablet": 1.15, "gastro-resistant-capsule": 1.15,
	"orodispersible-tablet": 1.25, "sublingual-tablet": 1.25, "prolonged-release-tablet": 1.3, "prolonged-release-capsule": 1.3,
	"effervescent-tablet": 1.4,
}

// kin names the forms with which a form's prices are in line.
func kin(form string) string {
	if swallowed[form] > 0 {
		return "tablet"
	}
	return form
}

// prices gives the invented prices in cents of a product's packs. Among the
// products of kindred forms a bigger pack costs more and is cheaper by the
// unit, and a higher strength costs more.
func (g *group) prices(pr product) []int {
	// A box of ten times as many tablets costs some five times as much; of
	// what is dear, nearly ten times.
	low, high, growth := 1.5, 8.0, 0.7
	if f, dear := dearForms[pr.form]; dear {
		low, high, growth = f[0], f[1], 0.9
	}
	// Most are cheap, a few are dear.
	spread := fraction(g.id, kin(pr.form), "price")
	base := low * math.Pow(high/low, spread*math.Sqrt(spread))
	for _, k := range dearKinds {
		if strings.HasPrefix(g.atc, k.atc) {
			base *= k.times
			break
		}
	}
	var family []product
	at := -1
	// Ten tablets are as much as ten capsules; ampoules and millilitres are
	// not comparable.
	measure := func(p product, pk pack) string {
		if swallowed[p.form] > 0 {
			return "piece"
		}
		return pk.unit
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
			if s, found := smallest[unit]; !found || pk.value() < s {
				smallest[unit] = pk.value()
			}
		}
	}

	// Rounding could make neighbours such as 98 and 100 cost the same, or
	// the bigger one dearer by the unit. Then the whole family is made a
	// little dearer.
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
				euros := first * math.Pow(pk.value()/smallest[measure(p, pk)], growth)
				cents[i] = append(cents[i], 5*max(1, int(math.Round(euros*20))))
			}
		}
		if inLine(family, cents) {
			return cents[at]
		}
		base *= 1.03
	}
}

// inLine reports whether, of two packs in one unit of one form and strength,
// the bigger costs more and costs less by the unit, and whether a pack of a
// higher strength of the form costs more than the same of a lower.
func inLine(family []product, cents [][]int) bool {
	for i, p := range family {
		for j, q := range family {
			if p.form != q.form {
				continue
			}
			for k, a := range p.packs {
				for l, b := range q.packs {
					switch {
					case a.unit != b.unit:
					case p.strength == q.strength && a.value() < b.value():
						if cents[i][k] >= cents[j][l] || float64(cents[i][k])*b.value() <= float64(cents[j][l])*a.value() {
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

// active is roughly the active amount of a faultless strength in milligrams,
// or how much of it is in a millilitre, gram, dose or hour where the strength
// says that.
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

// expiry invents a date: mostly a month from 2028 to 2031, some of 2027,
// some with a day.
func expiry(id string) string {
	n := hash(id, "expiry")
	year := 2028 + int(n%4)
	if n/4%100 < 3 {
		year = 2027
	}
	month := time.Month(1 + n/400%12)
	if n/4800%100 >= 15 {
		return fmt.Sprintf("%04d-%02d", year, month)
	}
	last := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return fmt.Sprintf("%04d-%02d-%02d", year, month, 1+int(n/480000)%last)
}

// writeCatalogue writes the catalogue with one variant a line, so that a
// change of one record is a change of few lines.
func writeCatalogue(b *bytes.Buffer, categories []*category) {
	fmt.Fprintf(b, "{\n\"updated\": %s,\n\"currency\": \"EUR\",\n\"categories\": [\n", quote(updated))
	for i, c := range categories {
		fmt.Fprintf(b, "  {\"id\": %s, \"name\": %s", quote(c.id), texts(c.name))
		if len(c.synonyms) > 0 {
			fmt.Fprintf(b, ", \"synonyms\": [%s]", quotes(c.synonyms))
		}
		fmt.Fprintf(b, "}%s\n", comma(i, len(categories)))
	}
	b.WriteString("],\n\"groups\": [\n")
	groups := slices.Concat(collect(categories)...)
	for i, g := range groups {
		fmt.Fprintf(b, "{\"id\": %s, \"category\": %s, \"atc\": %s,\n  \"name\": %s,\n  \"description\": %s,\n", quote(g.id), quote(g.category), quote(g.atc), texts(g.name), texts(g.use))
		writeList(b, "synonyms", g.synonyms)
		writeList(b, "distinct_from", g.distinct)
		b.WriteString("  \"variants\": [\n")
		variants := g.variants()
		for j, v := range variants {
			price := "null"
			if v.cents > 0 {
				price = fmt.Sprintf("\"%d.%02d\"", v.cents/100, v.cents%100)
			}
			fmt.Fprintf(b, "    {\"id\": %s, \"brand\": \"\", \"form\": %s, \"strength\": %s, \"pack\": {\"amount\": %s, \"unit\": %s}, \"price\": %s, \"class\": %s, \"expiry\": %s}%s\n",
				quote(v.id), quote(v.form), quote(v.strength), v.pack.amount, quote(v.pack.unit), price, quote(v.class), quote(v.expiry), comma(j, len(variants)))
		}
		fmt.Fprintf(b, "  ]}%s\n", comma(i, len(groups)))
	}
	b.WriteString("]}\n")
}

func writeList(b *bytes.Buffer, name string, list []string) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "  %s: [%s],\n", quote(name), quotes(list))
}

func quotes(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	return strings.Join(quoted, ", ")
}

// placed is a group with the id of its category.
type placed struct {
	*group
	category string
}

func collect(categories []*category) [][]placed {
	all := make([][]placed, len(categories))
	for i, c := range categories {
		for _, g := range c.groups {
			all[i] = append(all[i], placed{g, c.id})
		}
	}
	return all
}

func comma(i, n int) string {
	if i < n-1 {
		return ","
	}
	return ""
}

// texts writes a text by language in the languages' fixed order.
func texts(t map[string]string) string {
	var parts []string
	for _, lang := range languages {
		parts = append(parts, quote(lang)+": "+quote(t[lang]))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(s) // a string into memory cannot fail
	return strings.TrimSuffix(b.String(), "\n")
}
