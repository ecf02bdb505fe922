package search

import (
	"strconv"
	"strings"
)

// unitNames maps the folded form of a unit to its spellings in the four
// languages: the abbreviations and names of CLDR's unit data, and those on
// packages and prescriptions. A spelling marked ~ is also a letter, a word or
// part of a name, and is a unit only after a number or another unit.
var unitNames = map[string]string{
	"mg": `mg, mgr, mgs, milligram, milligrams, milligramme, milligrammes, milli gram, milli grams,
		miligram, miligrams, mili gram, میلیگرم, میلی گرم, میلی گرام, ملی گرم,
		ملغ, ملغم, ملجم, ~ملج, ~مجم, ~مغ, مليغرام, مليجرام, ملي غرام, ملي جرام, ميليغرام, ميليجرام, ميلي غرام, ميلي جرام,
		ملليغرام, ملليجرام, مللي غرام, مللي جرام, ميلليغرام, ميلليجرام`,
	"mcg": `mcg, mcgs, μg, ug, mkg, microgram, micrograms, microgramme, microgrammes, micro gram, micro grams, mikrogram, mikro gram,
		میکروگرم, میکرو گرم, میکروگرام, مكغ, مكغم, مكجم, ميكروغرام, ميكروجرام, ميكرو غرام, ميكرو جرام, ميكغ, ~مکگ`,
	"ng":    `ng, nanogram, nanograms, نانوگرم, نانو گرم, نانوغرام, نانوجرام`,
	"g":     `~g, ~gr, ~gm, ~gms, ~gram, ~grams, ~gramme, ~grammes, ~گرم, ~گرام, ~غ, ~غم, ~جم, ~غرام, ~غرامات, ~جرام, ~جرامات`,
	"kg":    `kg, kilogram, kilograms, کیلوگرم, کیلو گرم, كغ, كغم, كجم, كيلوغرام, كيلوجرام`,
	"ml":    `ml, mls, millilitre, millilitres, milliliter, milliliters, mililitre, mili litre, میلیلیتر, میلی لیتر, ~مل, ~ملل, مليلتر, ملي لتر, ميليلتر, ميلي لتر, ملليلتر, مللي لتر, cc, ~سی سی, ~سیسی`,
	"l":     `~l, ~lt, ~ltr, ~litre, ~litres, ~liter, ~liters, ~لیتر, ~لتر`,
	"units": `units, unit, iu, ~i u, ~ui, ~u, ~ie, ünite, ~واحد, ~وحدة, ~وحدات, ~ود, یونیت, آی یو, ای یو`,
	"mmol":  `mmol, millimole, millimoles, milimol, mili mol, میلیمول, میلی مول, مليمول, ملي مول, ميليمول, ميلي مول, ممول`,
	"meq":   `meq, میلی اکی والان, ملي مكافئ, ميلي مكافئ`,
	"%":     `%, percent, per cent, yüzde, درصد, بالمئة, بالمائة, في المئة, في المائة`,
	"dose":  `~dose, ~doses, ~doz, ~دوز, ~جرعة, ~جرعات, ~puff, ~puffs, ~پاف`,
	"hour":  `~hour, ~hours, ~hr, ~hrs, ~h, ~saat, ~ساعت, ~ساعة, ~ساعات`,

	"million":       `~million, ~milyon, ~میلیون, ~مليون, ~ملايين`,
	"thousand":      `~thousand, ~bin, ~هزار, ~ألف, ~آلاف`,
	"million units": `miu, ~mu`,
}

// internationals are words for "international" next to "units". Folding drops
// them.
var internationals = map[string]bool{
	"international": true, "uluslararasi": true, "بینالمللی": true, "المللی": true, "بین": true, "دولیه": true,
}

// partUnits are common abbreviations of units to their prefix: "500 milli" may
// mean mg or ml.
var partUnits = map[string]bool{}

// An alias is one spelling of a unit.
type alias struct {
	form  string
	bound bool // only after a number or a unit
}

var (
	unitAliases = map[string]alias{}   // by folded pieces, separated by spaces
	aliasStarts = map[string]int{}     // by first piece: maximum number of pieces
	unitPrefix  = map[string]bool{}    // prefixes of units, for queries still being typed
	unitForms   = map[string]unitBase{ // measures that compare by value
		"ng": {"mcg", 1}, "mcg": {"mcg", 1e3}, "mg": {"mcg", 1e6}, "g": {"mcg", 1e9}, "kg": {"mcg", 1e12},
		"ml": {"ml", 1e3}, "l": {"ml", 1e6},
		"units": {"units", 1e3}, "mmol": {"mmol", 1e3}, "meq": {"meq", 1e3},
		"%": {"%", 1e3}, "dose": {"dose", 1e3}, "hour": {"hour", 1e3},
	}
)

// unitBase is the base unit in which quantities are compared, and the size of a
// unit in thousandths of the base unit.
type unitBase struct {
	name   string
	factor int64
}

func init() {
	for form, list := range unitNames {
		for name := range strings.SplitSeq(list, ",") {
			name, bound := strings.CutPrefix(strings.TrimSpace(name), "~")
			ps := split(clean(name))
			texts := make([]string, len(ps))
			for i, p := range ps {
				texts[i] = p.text
			}
			unitAliases[strings.Join(texts, " ")] = alias{form, bound}
			aliasStarts[texts[0]] = max(aliasStarts[texts[0]], len(texts))
			if form == "%" || form == "million" || form == "thousand" {
				continue
			}
			joined := []rune(strings.Join(texts, ""))
			for n := range joined {
				unitPrefix[string(joined[:n+1])] = true
			}
		}
	}
	for _, s := range []string{"milli", "mili", "میلی", "ملی", "مللی", "micro", "mikro", "میکرو"} {
		partUnits[s] = true
	}
}

// foldUnits applies rule 10. The result contains no adjacent pieces that
// together are a unit, so folding is idempotent.
func foldUnits(ps []piece) []piece {
	out := ps[:0:0]
	last := func() piece {
		if len(out) == 0 {
			return piece{}
		}
		return out[len(out)-1]
	}
	for i := 0; i < len(ps); {
		a, n := aliasAt(ps[i:], last().kind == number || last().kind == unit)
		if n == 0 {
			out = append(out, ps[i])
			i++
			continue
		}
		p := piece{text: a.form, kind: unit, tight: ps[i].tight, apart: ps[i].apart}
		i += n
		switch {
		case p.text == "%":
			// The sign may stand before its number: one behind a number is
			// that number's, a further one the next number's.
			runs := 1
			for i < len(ps) {
				a, n := aliasAt(ps[i:], true)
				if n == 0 || a.form != "%" {
					break
				}
				i += n
				runs++
			}
			if last().kind == number {
				out = append(out, p)
				runs--
			}
			if runs == 0 || last().text == "%" && (i == len(ps) || ps[i].kind != number) {
				continue
			}
			if i < len(ps) && ps[i].kind == number {
				out = append(out, ps[i])
				i++
			}
		case p.text == "units":
			for internationals[last().text] {
				out = out[:len(out)-1]
			}
			for i < len(ps) && internationals[ps[i].text] {
				i++
			}
			if i < len(ps) {
				ps[i].joined = false
			}
		case a.form == "million units":
			out = append(out, piece{text: "million", kind: unit, tight: p.tight})
			p = piece{text: "units", kind: unit}
		}
		out = append(out, p)
	}
	return out
}

// aliasAt returns the longest spelling of a unit that ps begins with, and its
// count of pieces, or zero.
func aliasAt(ps []piece, measured bool) (alias, int) {
	if ps[0].joined {
		return alias{}, 0
	}
	for n := min(aliasStarts[ps[0].text], len(ps)); n > 0; n-- {
		key := ps[0].text
		whole := ps[0].kind != number
		for _, p := range ps[1:n] {
			key += " " + p.text
			whole = whole && p.kind != number
		}
		if !whole || n < len(ps) && ps[n].joined {
			continue
		}
		if a, ok := unitAliases[key]; ok && (measured || !a.bound) {
			return a, n
		}
	}
	// A unit may have a joiner where none of its spellings has one.
	whole, n := ps[0].text, 1
	for ; n < len(ps) && ps[n].joined; n++ {
		whole += ps[n].text
	}
	if a, ok := unitAliases[whole]; ok && n > 1 && (measured || !a.bound) {
		return a, n
	}
	return alias{}, 0
}

// A quantity is a measured amount in a form that compares by value.
type quantity struct {
	base  string
	milli int64 // thousandths of the base
}

func (q quantity) key() string { return strconv.FormatInt(q.milli, 10) + q.base }

// measure returns the quantity value × scale × unit. It is false if the unit is
// unknown or the quantity is not exactly representable.
func measure(value string, scale int64, unit string) (quantity, bool) {
	base, ok := unitForms[unit]
	if !ok {
		return quantity{}, false
	}
	whole, frac, _ := strings.Cut(value, ".")
	if len(whole) > 12 || len(frac) > 6 {
		return quantity{}, false
	}
	n, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil {
		return quantity{}, false
	}
	factor := base.factor * scale
	for range len(frac) {
		if factor%10 == 0 {
			factor /= 10
		} else if n%10 == 0 {
			n /= 10
		} else {
			return quantity{}, false
		}
	}
	if n != 0 && factor > (1<<62)/n {
		return quantity{}, false
	}
	return quantity{base.name, n * factor}, true
}
