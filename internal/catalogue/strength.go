package catalogue

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Strength is a strength that was read: an amount of each active substance and,
// for a concentration, the amount of the medicine that contains them.
type Strength struct {
	amounts []quantity
	per     quantity // zero if the amounts are those of a dosage unit
}

// quantity is a number in plain decimal notation, which is "" in a per of one
// unit, with a unit.
type quantity struct{ number, unit string }

func (q quantity) String() string {
	if q.number == "" {
		return q.unit
	}
	return q.number + " " + q.unit
}

// units are the units of strengths, with their kinds and their sizes in the
// smallest unit of the kind, as powers of ten.
var units = map[string]struct{ kind, power int }{
	"microgram": {mass, 0}, "micrograms": {mass, 0}, "mg": {mass, 3}, "g": {mass, 6}, "kg": {mass, 9},
	"unit": {activity, 0}, "units": {activity, 0}, "million units": {activity, 6},
	"mmol": {substance, 0}, "%": {percent, 0},
	"ml": {volume, 0}, "l": {volume, 3}, "dose": {dose, 0}, "doses": {dose, 0}, "hour": {hour, 0}, "hours": {hour, 0},
}

// The kinds of units. Those from volume on measure the medicine and not a
// substance in it. unknownKind sorts after all others.
const (
	mass = iota
	activity
	substance
	percent
	volume
	dose
	hour
	unknownKind
)

// spellings are other spellings of units in tables, folded by foldUnit. They
// are recognized where a number is ambiguous.
var spellings = func() map[string]string {
	all := map[string]string{}
	for unit, words := range map[string]string{
		"mg":            "mgr milligram milligrams milligramme milligrammes miligram میلیگرم ملیگرم ملغ ملغم ملجم مجم مليغرام مليجرام ميليغرام ميليجرام",
		"g":             "gr gm gram grams gramme grammes گرم غ غم جم غرام جرام",
		"ml":            "cc millilitre millilitres milliliter milliliters mililitre میلیلیتر مل مليلتر ميليلتر سیسی",
		"%":             "٪ percent yüzde درصد",
		"micrograms":    "mcg µg μg ug mikrogram میکروگرم مكغ ميكروغرام ميكروجرام",
		"units":         "iu ui u ie ünite üniteler واحد وحدة وحدات",
		"million units": "millioniu mu miu milyonünite میلیونواحد مليونوحدة",
		"mmol":          "میلیمول مليمول",
	} {
		for word := range strings.FieldsSeq(words) {
			all[foldUnit(word)] = unit
		}
	}
	for unit := range units {
		all[foldUnit(unit)] = unit
	}
	return all
}()

// foldUnit returns a unit in small letters of usual width without dots, spaces
// and invisible characters, and with variants of Arabic letters unified.
func foldUnit(s string) string {
	return strings.Map(func(r rune) rune {
		if '！' <= r && r <= '～' {
			r += '!' - '！'
		}
		switch {
		case r == '.' || unicode.IsSpace(r) || format(r):
			return -1
		case r == 'İ':
			return 'i'
		case r == 'ي' || r == 'ى':
			return 'ی'
		case r == 'ك':
			return 'ک'
		}
		return unicode.ToLower(r)
	}, s)
}

// UnitSpelling returns the unit of strengths that a text denotes or begins
// with: "units" for "IU" or "IU anti-Xa". It is "" if there is none.
func UnitSpelling(s string) string {
	const longest = 64 // longer than any unit, in bytes
	if len(s) <= longest {
		if unit := spellings[foldUnit(s)]; unit != "" {
			return unit
		}
	}
	first, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return spellings[foldUnit(first[:min(len(first), longest)])]
}

// RespellUnits returns a strength as the catalogue file spells it, as "500 mg/5
// ml" for "500MG/5ML" or "500 میلی‌گرم", if all of its units are known in
// another case or another script. Otherwise it returns it unchanged, as "500
// mcg", "µg" and "gr", which may be grams or grains. The numbers remain as they are.
func RespellUnits(s string) string {
	var b strings.Builder
	done := 0
	for _, p := range parts(s) {
		unit := p.unit
		if _, known := units[unit]; !known {
			word := strings.ContainsFunc(unit, func(r rune) bool { return r > unicode.MaxASCII && !strings.ContainsRune("µμ", r) })
			if unit = spellings[foldUnit(unit)]; unit == "" || !word && !strings.EqualFold(unit, p.unit) {
				return s
			}
		}
		if p.number == "" && p.after != '/' {
			return s
		}
		end := p.at + len(p.number)
		b.WriteString(s[done:end])
		if p.number != "" && (unit != p.unit || strings.HasPrefix(s[end:], " ")) {
			b.WriteByte(' ')
		}
		b.WriteString(unit)
		done = end + strings.Index(s[end:], p.unit) + len(p.unit)
	}
	b.WriteString(s[done:])
	return b.String()
}

// KnownStrengthUnit reports whether unit is a known unit of strengths.
func KnownStrengthUnit(unit string) bool {
	_, known := units[unit]
	return known
}

// DecimalUnit reports whether three decimals are usual before a unit of
// strengths, and groups of thousands are not: 3.125 mg.
func DecimalUnit(unit string) bool {
	switch UnitSpelling(unit) {
	case "mg", "g", "ml", "%":
		return true
	}
	return false
}

// A part is a part of the text of a strength, between slashes and plus signs.
type part struct {
	after  rune // '/', '+', or 0 for the first part
	at     int  // of the number in the text
	number string
	unit   string // what follows the number, trimmed
}

// parts returns the parts of a strength. There is at least one.
func parts(s string) []part {
	var all []part
	after, from := rune(0), 0
	add := func(to int) {
		text := strings.TrimLeftFunc(s[from:to], unicode.IsSpace)
		p := part{after: after, at: to - len(text)}
		var rest string
		p.number, rest = CutNumber(text)
		p.unit = strings.TrimSpace(rest)
		all = append(all, p)
	}
	for i, r := range s {
		if r == '/' || r == '+' || r == '＋' {
			add(i)
			if after = r; r == '＋' {
				after = '+'
			}
			from = i + utf8.RuneLen(r)
		}
	}
	add(len(s))
	return all
}

var errStrength = errors.New("not a strength: write it as in \"500 mg\" or \"2.5 mg/5 ml\"")

// maxDigits bounds the digits of a number in a strength, so that different
// numbers are different floating-point numbers.
const maxDigits = 15

// ReadStrength reads a strength as written in the catalogue file, such as "500
// mg", "2.5 mg/5 ml" or "20 mg/12.5 mg". The amounts of a combination are
// separated by slashes or plus signs: "10 mg + 10 mg/5 ml" is "10 mg/10 mg/5
// ml". A point always marks decimals, a comma is an error, and so are
// separators between thousands. Digits may be of any script.
func ReadStrength(s string) (Strength, error) {
	var strength Strength
	all := parts(s)
	sum := slices.ContainsFunc(all, func(p part) bool { return p.after == '+' })
	for first := true; len(all) > 0; first = false {
		n := 1
		for n < len(all) && all[n].after == '/' {
			n++
		}
		term, err := readTerm(all[:n])
		if err != nil {
			return Strength{}, err
		}
		all = all[n:]
		// In a sum, each term is an amount of one substance, and what a slash
		// divides must be clear: each term has the same per, or only the last
		// term has one.
		if sum && (len(term.amounts) > 1 || units[term.amounts[0].unit].kind >= volume) || !first && strength.per != term.per && (strength.per != (quantity{}) || len(all) > 0) {
			return Strength{}, errStrength
		}
		strength.amounts = append(strength.amounts, term.amounts...)
		strength.per = term.per
	}
	return strength, nil
}

// readTerm reads parts that only slashes separate.
func readTerm(all []part) (Strength, error) {
	var term Strength
	for i, p := range all {
		u, known := units[p.unit]
		if !known {
			return Strength{}, errStrength
		}
		q := quantity{unit: p.unit}
		if p.number != "" {
			var err error
			if q.number, err = ParseNumber(p.number); err != nil {
				return Strength{}, err
			}
			if len(q.number) > maxDigits {
				return Strength{}, fmt.Errorf("the number %s is too long", p.number)
			}
		}
		switch {
		case i > 0 && i == len(all)-1 && (q.number == "" || u.kind >= volume):
			if q.number == "0" {
				return Strength{}, errStrength
			}
			term.per = q
		case q.number == "":
			return Strength{}, errStrength
		default:
			term.amounts = append(term.amounts, q)
		}
	}
	return term, nil
}

// ParseNumber reads a number as written in the catalogue file, and returns it
// in plain decimal notation. A point always marks decimals, a comma is an
// error, and so are separators between thousands. Digits may be of any script.
func ParseNumber(s string) (string, error) {
	form, ok := scanNumber(s)
	if !ok || form.group != 0 || form.point == ',' {
		return "", fmt.Errorf("%q is not a number: write the digits 0 to 9, a point for decimals and nothing between thousands", s)
	}
	return form.plain(), nil
}

// String returns the strength in canonical form, such as "50 units" or "2.5
// mg/5 ml", with plain decimal numbers. ReadStrength returns an equal Strength
// for it.
func (s Strength) String() string {
	var b strings.Builder
	for i, q := range s.amounts {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(q.String())
	}
	if s.per.unit != "" {
		b.WriteByte('/')
		b.WriteString(s.per.String())
	}
	return b.String()
}

// StrengthText returns a strength as it is to be shown: in canonical form if it
// can be read, and otherwise as written.
func StrengthText(s string) string {
	if strength, err := ReadStrength(s); err == nil {
		return strength.String()
	}
	return s
}

// StrengthWords returns a strength as it is to be found: in canonical form if
// it can be read, and otherwise as written but without the numbers that have
// another value to some reader.
func StrengthWords(s string) string {
	if strength, err := ReadStrength(s); err == nil {
		return strength.String()
	}
	var b strings.Builder
	done := 0
	for at, number := range Numbers(s) {
		b.WriteString(s[done:at])
		_, _, ambiguous := Readings(number)
		if plain, err := ParseNumber(number); err == nil && !ambiguous {
			b.WriteString(plain)
		}
		done = at + len(number)
	}
	b.WriteString(s[done:])
	return b.String()
}

// ObserveStrength learns from the numbers with units in a strength, as
// [Notation.Observe] does.
func (n *Notation) ObserveStrength(s string) {
	for _, p := range parts(s) {
		if p.measured() {
			n.observe(p.number, p.decimal())
		}
	}
}

// measured reports whether the part is a number with something like a unit:
// words, and no further number.
func (p part) measured() bool {
	return p.number != "" && strings.ContainsFunc(p.unit, func(r rune) bool { return unicode.IsLetter(r) || r == '%' || r == '٪' || r == '％' }) &&
		!strings.ContainsFunc(p.unit, isDigit)
}

// decimal reports whether three decimals are usual for the part. They are not for
// 1.000 mg, which is a thousand to some and nobody's usual way to write one.
func (p part) decimal() bool {
	form, ok := scanNumber(p.number)
	return DecimalUnit(p.unit) && !(ok && form.ambiguous && form.fraction == "000")
}

// whole reports whether the part is measured or has no number.
func (p part) whole() bool {
	return p.measured() || p.number == "" && !strings.ContainsFunc(p.unit, isDigit)
}

// groupedUnit reports whether groups of thousands are usual before a unit of
// strengths: 50,000 units.
func groupedUnit(unit string) bool { return UnitSpelling(unit) != "" && !DecimalUnit(unit) }

// ReadStrength returns a strength with its numbers in plain decimal notation.
// The numbers of one strength have one notation: "12.5 mg/1.250 units" has
// decimals. Before mg, g, ml and %, and before an unknown unit, an ambiguous
// number is not read as thousands because of numbers of other units or other
// strengths: the error would be thousandfold.
//
// A strength that is not throughout numbers with units, such as "2 x 2,5 mg",
// remains as written, unless it has an ambiguous number; then only a given
// notation can tell.
//
// The error is one of [Notation.Read].
func (n Notation) ReadStrength(s string) (string, error) {
	all := parts(s)
	if slices.ContainsFunc(all, func(p part) bool { return !p.whole() }) {
		return n.readNumbers(s)
	}
	var decimals Notation // of this strength before units that have decimals
	var own Notation
	if !n.given {
		for _, p := range all {
			if p.measured() {
				own.observe(p.number, p.decimal())
				if DecimalUnit(p.unit) {
					decimals.observe(p.number, true)
				}
			}
		}
		if own.silent() {
			n.undecided |= own.undecided
		} else {
			n = own
		}
	}
	var b strings.Builder
	done := 0
	for _, p := range all {
		if !p.measured() {
			continue
		}
		form, ok := scanNumber(p.number)
		if !ok {
			continue
		}
		// 1.000 mg has decimals beside 1.491 mg.
		decimal := p.decimal() || DecimalUnit(p.unit) && (own.decimal|own.undecided)&signOf(form.point) != 0
		plain, err := n.read(p.number, form, decimal)
		if a := (*AmbiguousError)(nil); errors.As(err, &a) {
			// The catalogue file cannot have a comma, and so the strength is unclear.
			a.InText = UnitSpelling(p.unit) == "" || DecimalUnit(p.unit) && !decimal && form.point == ','
		}
		if err != nil {
			return "", err
		}
		if form.ambiguous && plain == form.grouped() && !n.given && !groupedUnit(p.unit) && decimals.grouping&signOf(form.point) == 0 {
			return "", form.ambiguity(p.number)
		}
		b.WriteString(s[done:p.at])
		b.WriteString(plain)
		done = p.at + len(p.number)
	}
	b.WriteString(s[done:])
	return b.String(), nil
}

// readNumbers is ReadStrength for a text that is not throughout numbers with
// units.
func (n Notation) readNumbers(s string) (string, error) {
	doubtful := false
	for _, number := range Numbers(s) {
		form, ok := scanNumber(number)
		if !ok || !form.ambiguous {
			continue
		}
		if !n.given {
			err := form.ambiguity(number)
			err.InText = true
			return "", err
		}
		doubtful = true
	}
	if !doubtful {
		return s, nil
	}
	var b strings.Builder
	done := 0
	for at, number := range Numbers(s) {
		form, ok := scanNumber(number)
		if !ok {
			continue
		}
		plain, err := n.read(number, form, false)
		if err != nil {
			return "", err
		}
		b.WriteString(s[done:at])
		b.WriteString(plain)
		done = at + len(number)
	}
	b.WriteString(s[done:])
	return b.String(), nil
}

// UnambiguousStrength returns a strength with a further zero after each number
// that would otherwise be ambiguous where it is not known that a point marks
// decimals, as [Unambiguous] does.
func UnambiguousStrength(s string) string {
	var b strings.Builder
	done := 0
	for _, p := range parts(s) {
		if p.measured() {
			end := p.at + len(p.number)
			b.WriteString(s[done:p.at])
			b.WriteString(Unambiguous(p.number))
			done = end
		}
	}
	b.WriteString(s[done:])
	return b.String()
}

// Measure is a numeric form of a strength for comparison: 5 mg sorts before
// 10 mg, and 250 mg before 1 g.
type Measure struct {
	kind    int       // of the first amount; measures of different kinds are not comparable
	amounts []float64 // of each substance, divided by the per if there is one
	kinds   []int     // of each amount and, if there is one, of the per
	first   float64   // the first amount before that division
	text    string    // of an unreadable strength
}

// MeasureOf returns the measure of a strength, read as by ReadStrength. The
// measure of an unreadable strength sorts after all others.
func MeasureOf(strength string) Measure {
	s, err := ReadStrength(strength)
	if err != nil {
		return Measure{kind: unknownKind, text: strength}
	}
	return s.Measure()
}

// Measure returns the measure of the strength.
func (s Strength) Measure() Measure {
	m := Measure{kind: units[s.amounts[0].unit].kind, first: s.amounts[0].size()}
	per := 1.0
	if s.per.unit != "" {
		per = s.per.size()
	}
	for _, q := range s.amounts {
		m.amounts = append(m.amounts, q.size()/per)
		m.kinds = append(m.kinds, units[q.unit].kind)
	}
	if s.per.unit != "" {
		m.kinds = append(m.kinds, units[s.per.unit].kind)
	}
	return m
}

// size returns the quantity in the smallest unit of its kind. Per gram divides
// by grams, as per ml divides by millilitres.
func (q quantity) size() float64 {
	number, power := q.number, units[q.unit].power
	if number == "" {
		number = "1"
		if q.unit == "g" {
			power = 0
		}
	}
	// Exact: 0.0007 g is 700 micrograms.
	size, err := strconv.ParseFloat(number+"e"+strconv.Itoa(power), 64)
	if err != nil {
		panic(err) // the number was read, and is not out of range
	}
	return size
}

// Known reports whether the strength was readable.
func (m Measure) Known() bool { return m.kind != unknownKind }

// Exceeds reports whether m has at least as much of every substance as o, and
// more of one. It is false if m and o are not comparable.
func (m Measure) Exceeds(o Measure) bool {
	if m.kind != o.kind || m.kind == unknownKind {
		return false
	}
	more := false
	for i := range max(len(m.amounts), len(o.amounts)) {
		a, b := 0.0, 0.0
		if i < len(m.amounts) {
			a = m.amounts[i]
		}
		if i < len(o.amounts) {
			b = o.amounts[i]
		}
		if a < b {
			return false
		}
		more = more || a > b
	}
	return more
}

// Compare returns -1, 0 or +1 if m sorts before, with or after o. It is 0 only
// if both are the same strength: the same amounts, in any units and however
// written, in the same volume. 5 mg/ml and 10 mg/2 ml differ.
func (m Measure) Compare(o Measure) int {
	return cmp.Or(
		cmp.Compare(m.kind, o.kind),
		slices.Compare(m.amounts, o.amounts),
		cmp.Compare(m.first, o.first),
		slices.Compare(m.kinds, o.kinds),
		cmp.Compare(m.text, o.text),
	)
}
