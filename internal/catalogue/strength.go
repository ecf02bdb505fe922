package catalogue

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Measure is a numeric form of a strength for comparison: 5 mg sorts before
// 10 mg, and 250 mg before 1 g.
type Measure struct {
	kind    int        // measures of different kinds are not comparable
	amounts [3]float64 // of each substance, divided by the last unit if there is one ("/5 ml")
	first   float64    // the first amount before that division
	text    string
}

// units are the units of strengths, with their kinds and their sizes in the
// smallest unit of the kind.
var units = map[string]struct {
	kind int
	size float64
}{
	"microgram": {0, 1}, "micrograms": {0, 1}, "mg": {0, 1e3}, "g": {0, 1e6}, "kg": {0, 1e9},
	"unit": {1, 1}, "units": {1, 1}, "million units": {1, 1e6},
	"mmol": {2, 1}, "%": {3, 1}, "ml": {4, 1}, "l": {4, 1e3}, "dose": {5, 1}, "doses": {5, 1}, "hour": {6, 1}, "hours": {6, 1},
}

// unknownKind sorts after all known kinds.
const unknownKind = 7

// MeasureOf returns the measure of a strength such as "2.5 mg/5 ml". The
// measure of an unreadable strength sorts after all others.
func MeasureOf(strength string) Measure {
	m := Measure{kind: unknownKind, text: strength}
	n := 0
	per := 1.0
	parts := strings.Split(strength, "/")
	for i, part := range parts {
		number, unit := splitNumber(part)
		u, known := units[unit]
		if !known {
			m.kind = unknownKind
			break
		}
		size := u.size
		if unit == "g" && number < 0 {
			size = 1 // "per gram" divides by grams, as "per ml" divides by millilitres
		}
		if last := i > 0 && i == len(parts)-1; last && (number < 0 || u.kind >= 4) {
			per = size * max(number, 0)
			if number < 0 {
				per = size
			}
			break
		}
		if number < 0 {
			m.kind = unknownKind
			break
		}
		if i == 0 {
			m.kind, m.first = u.kind, number*size
		}
		if n < len(m.amounts) {
			m.amounts[n] = number * size
			n++
		}
	}
	if per > 0 {
		for i := range m.amounts {
			m.amounts[i] /= per
		}
	}
	return m
}

// splitNumber splits "2.5 mg" or "2.5mg" into number and unit. The number is
// -1 if there is none.
func splitNumber(s string) (float64, string) {
	s = strings.TrimSpace(s)
	end := 0
	for end < len(s) && (s[end] == '.' || (s[end] >= '0' && s[end] <= '9')) {
		end++
	}
	unit := strings.TrimSpace(s[end:])
	number, err := strconv.ParseFloat(s[:end], 64)
	if err != nil {
		return -1, unit
	}
	return number, unit
}

// Known reports whether the strength was readable.
func (m Measure) Known() bool { return m.kind != unknownKind }

// KnownStrengthUnit reports whether unit is a known unit of strengths.
func KnownStrengthUnit(unit string) bool {
	_, known := units[unit]
	return known
}

// Exceeds reports whether m has at least as much of every substance as o, and
// more of one. It is false if m and o are not comparable.
func (m Measure) Exceeds(o Measure) bool {
	if m.kind != o.kind || m.kind == unknownKind {
		return false
	}
	more := false
	for i := range m.amounts {
		if m.amounts[i] < o.amounts[i] {
			return false
		}
		more = more || m.amounts[i] > o.amounts[i]
	}
	return more
}

// Compare returns -1, 0 or +1 if m sorts before, with or after o.
func (m Measure) Compare(o Measure) int {
	return cmp.Or(
		cmp.Compare(m.kind, o.kind),
		slices.Compare(m.amounts[:], o.amounts[:]),
		cmp.Compare(m.first, o.first),
		cmp.Compare(m.text, o.text),
	)
}
