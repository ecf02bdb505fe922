package render

import (
	"cmp"
	"fmt"
	"strconv"
	"time"
)

// month formats a month of the Gregorian calendar: "August 2027".
func (l *Locale) month(year, month int) string {
	if month < 1 || month > 12 {
		return l.Digits(fmt.Sprintf("%04d-%02d", year, month))
	}
	return l.vocabulary.Months[month-1] + " " + l.Digits(strconv.Itoa(year))
}

// Date formats a Gregorian date: "31 August 2027". In Persian it converts the
// date to the Solar Hijri calendar: "۹ شهریور ۱۴۰۶".
func (l *Locale) Date(year, month, day int) string {
	if !isDate(year, month, day) {
		return l.Digits(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
	}
	if l.code == "fa" {
		y, m, d := solarHijri(year, month, day)
		return l.dayMonthYear(d, l.vocabulary.SolarHijriMonths[m-1], y)
	}
	return l.gregorian(year, month, day)
}

func (l *Locale) gregorian(year, month, day int) string {
	return l.dayMonthYear(day, l.vocabulary.Months[month-1], year)
}

func (l *Locale) dayMonthYear(day int, month string, year int) string {
	return l.Digits(strconv.Itoa(day)) + " " + month + " " + l.Digits(strconv.Itoa(year))
}

// Expiry formats an expiry date as printed on the pack: a month if monthOnly is
// true, ignoring day, and a day otherwise. In Persian it also returns an aside
// with the last day in the Solar Hijri calendar, such as "اوت ۲۰۲۷" and
// "(تا ۹ شهریور ۱۴۰۶)": a Gregorian month spans two Solar Hijri months, so only
// its last day can be converted.
func (l *Locale) Expiry(year, month, day int, monthOnly bool) (text, aside string) {
	if monthOnly {
		text, day = l.month(year, month), lastDay(year, month)
	}
	switch {
	case !isDate(year, month, day):
		return cmp.Or(text, l.Date(year, month, day)), ""
	case l.code == "fa" && monthOnly:
		return text, l.vocabulary.ExpiryMonth.text(l.Date(year, month, day))
	case l.code == "fa":
		return l.gregorian(year, month, day), l.vocabulary.ExpiryDay.text(l.Date(year, month, day))
	}
	return cmp.Or(text, l.gregorian(year, month, day)), ""
}

// SolarHijriExpiry formats an expiry date that is printed on the pack in the
// Solar Hijri calendar, and its last day in the Gregorian one: "Mordad 1403" and
// "(until 21 August 2024)". The arguments are the last day, Gregorian; monthOnly
// is as for Expiry.
func (l *Locale) SolarHijriExpiry(year, month, day int, monthOnly bool) (text, aside string) {
	if !isDate(year, month, day) {
		return l.Date(year, month, day), ""
	}
	y, m, d := solarHijri(year, month, day)
	name := l.vocabulary.SolarHijriMonths[m-1]
	if monthOnly {
		return name + " " + l.Digits(strconv.Itoa(y)), l.vocabulary.ExpiryMonth.text(l.gregorian(year, month, day))
	}
	return l.dayMonthYear(d, name, y), l.vocabulary.ExpiryDay.text(l.gregorian(year, month, day))
}

func isDate(year, month, day int) bool {
	return 1 <= month && month <= 12 && 1 <= day && day <= lastDay(year, month)
}

func lastDay(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// solarHijri converts a Gregorian date to Iran's civil calendar: six months
// of 31 days, five of 30, and Esfand of 29, in leap years 30.
func solarHijri(year, month, day int) (y, m, d int) {
	days := int(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	y = year - 621
	if newYear(y) > days {
		y--
	}
	n := days - newYear(y) // days since Nowruz
	if n < 6*31 {
		return y, n/31 + 1, n%31 + 1
	}
	n -= 6 * 31
	return y, n/30 + 7, n%30 + 1
}

// newYear returns the day of Nowruz of a Solar Hijri year, in days since
// 1970-01-01. It uses a leap year cycle of 33 years, which agrees with the
// official calendar, set by the equinox in Tehran, from 1900 to 2100.
func newYear(y int) int {
	const firstDay = -492268 // 1 Farvardin 1
	return firstDay + 365*(y-1) + (8*y+21)/33
}
