package render

import (
	"math"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
)

// Strength formats a strength such as "500 mg", "2.5 mg/5 ml", "20 mg/12.5 mg"
// or "25 micrograms/hour" in the language's digits and words, with a no-break
// space between value and unit and in the language's direction. Its numbers are
// plain decimals, as in the canonical text of a strength. If it cannot parse any
// part, it returns the whole strength as written, so that a dose never mixes two
// systems of digits.
func (l *Locale) Strength(s string) Isolate {
	if text, ok := l.strength(s); ok {
		return Isolate{Text: text, Dir: l.dir}
	}
	return asWritten(s)
}

func (l *Locale) strength(s string) (string, bool) {
	var b strings.Builder
	for first := true; ; first = false {
		quantity, rest, more := strings.Cut(s, "/")
		number, unit := cutNumber(strings.TrimSpace(quantity))
		switch {
		case unit == "%" && number != "":
			b.WriteString(l.vocabulary.Percent.text(l.number(number)))
		case l.vocabulary.Strengths[unit] == "" || first && number == "":
			return "", false
		default:
			if number != "" {
				b.WriteString(l.number(number))
				b.WriteString(noBreak)
			}
			b.WriteString(l.vocabulary.Strengths[unit])
		}
		if !more {
			return b.String(), true
		}
		b.WriteByte('/')
		s = rest
	}
}

// cutNumber splits a quantity into number and unit. The number is "" if s does
// not begin with a plain decimal.
func cutNumber(s string) (number, unit string) {
	end, points := 0, 0
	for end < len(s) && ('0' <= s[end] && s[end] <= '9' || s[end] == '.') {
		if s[end] == '.' {
			points++
		}
		end++
	}
	if end == 0 || points > 1 || s[0] == '.' || s[end-1] == '.' {
		return "", s
	}
	return s[:end], strings.TrimLeft(s[end:], " "+noBreak)
}

// Pack formats the content of a pack, "20 tablets", in the plural form for the
// amount by CLDR's rules. The unit is singular or plural, in English; an unknown
// unit is returned as written.
func (l *Locale) Pack(amount float64, unit string) Isolate {
	digits := strconv.FormatFloat(amount, 'f', -1, 64)
	id, ok := packUnit(unit)
	if !ok || amount < 0 || math.IsNaN(amount) || math.IsInf(amount, 0) {
		return l.unknownPack(digits, unit)
	}
	forms := l.vocabulary.Packs[id].forms
	return Isolate{Text: forms[l.decimalCategory(digits)].text(l.number(digits)), Dir: l.dir}
}

// unknownPack formats a pack with an unknown unit. It uses the language's digits
// only if the unit has the language's direction.
func (l *Locale) unknownPack(digits, unit string) Isolate {
	if direction(unit) == l.dir {
		digits = l.Digits(digits)
	}
	return asWritten(strings.TrimRight(digits+noBreak+unit, noBreak))
}

// decimalCategory returns the plural category of a plain decimal, by its
// operands (UTS #35, part 3, "Plural Operand Meanings").
func (l *Locale) decimalCategory(digits string) plural.Form {
	whole, fraction, _ := strings.Cut(digits, ".")
	v := len(fraction)
	// The rules look no further than the last seven digits of the whole.
	return plural.Cardinal.MatchPlural(l.tag, lastDigits(whole), v, v, lastDigits(fraction), lastDigits(fraction))
}

func lastDigits(s string) int {
	n, _ := strconv.Atoi(s[max(0, len(s)-7):]) // digits only, or empty: 0
	return n
}
