package render

import (
	"strconv"
	"strings"

	"golang.org/x/text/currency"
)

// Number formats n in the language's digits, with grouping of thousands.
func (l *Locale) Number(n int) string {
	if -1000 < n && n < 1000 {
		return l.Digits(strconv.Itoa(n))
	}
	return l.number(strconv.Itoa(n))
}

// Digits replaces the ASCII digits of s with the language's own.
func (l *Locale) Digits(s string) string {
	if l.zero == '0' {
		return s
	}
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return l.zero + r - '0'
		}
		return r
	}, s)
}

// number formats a decimal such as "-1234.50" in the language's notation. It
// keeps all digits of the fraction.
func (l *Locale) number(s string) string {
	whole, fraction, hasFraction := strings.Cut(s, ".")
	var b strings.Builder
	b.Grow(3 * len(s))
	if strings.HasPrefix(whole, "-") {
		b.WriteByte('-')
		whole = whole[1:]
	}
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(l.group)
		}
		b.WriteRune(l.zero + rune(whole[i]-'0'))
	}
	if hasFraction {
		b.WriteString(l.decimal)
		b.WriteString(l.Digits(fraction))
	}
	return b.String()
}

// Money formats an amount in thousandths of a currency (ISO 4217), rounded half
// away from zero to the currency's decimals in CLDR. A currency without a name
// in the language is denoted by its code: "2.40 XXX".
func (l *Locale) Money(thousandths int64, code string) string {
	return l.money(thousandths, code, decimals(code))
}

// decimals returns the number of a currency's decimals: at most three, and two
// for an unknown currency.
func decimals(code string) int {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return 2
	}
	scale, _ := currency.Standard.Rounding(unit)
	return min(scale, 3)
}

func (l *Locale) money(thousandths int64, code string, decimals int) string {
	amount := l.number(decimal(thousandths, decimals))
	if m, ok := l.vocabulary.Currencies[code]; ok {
		return m.text(amount)
	}
	if code == "" {
		return amount
	}
	return amount + noBreak + code
}

// decimal formats thousandths with 0 to 3 decimals, rounded half away from
// zero.
func decimal(thousandths int64, decimals int) string {
	sign, n := "", uint64(thousandths)
	if thousandths < 0 {
		sign, n = "-", -n // right for the least integer too
	}
	unit := [...]uint64{1000, 100, 10, 1}[decimals]
	n = (n + unit/2) / unit
	s := strconv.FormatUint(n, 10)
	if decimals > 0 {
		if missing := decimals + 1 - len(s); missing > 0 {
			s = strings.Repeat("0", missing) + s
		}
		s = s[:len(s)-decimals] + "." + s[len(s)-decimals:]
	}
	if n == 0 {
		return s
	}
	return sign + s
}

// UnitPrice formats the price of a unit of measure: "€0.12 per tablet",
// "€1.20 per 100 ml". per is a pack unit, or an amount of one. A price that would
// round to zero is shown in thousandths.
func (l *Locale) UnitPrice(thousandths int64, code, per string) string {
	n := decimals(code)
	if thousandths != 0 && strings.Trim(decimal(thousandths, n), "-0.") == "" {
		n = 3
	}
	return l.vocabulary.UnitPrice.text(l.money(thousandths, code, n), l.per(per))
}

func (l *Locale) per(s string) string {
	number, unit := cutNumber(s)
	id, known := packUnit(unit)
	if !known {
		return l.isolate(s)
	}
	if number == "" {
		return l.vocabulary.Packs[id].each
	}
	amount, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return l.isolate(s)
	}
	return l.Pack(amount, unit).Text
}
