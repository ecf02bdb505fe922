package catalogue

import (
	"errors"
	"fmt"
	"time"
)

// Day is a calendar day, counted from 1 January 1970, in UTC.
type Day int32

const secondsPerDay = 24 * 60 * 60

// DayOf returns the day of t in UTC.
func DayOf(t time.Time) Day {
	s := t.Unix()
	d := s / secondsPerDay
	if s%secondsPerDay < 0 {
		d--
	}
	return Day(d)
}

// dayOf returns the day of a date. It normalizes out-of-range values as
// time.Date does.
func dayOf(year, month, day int) Day {
	return DayOf(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC))
}

// Date returns the day's calendar date.
func (d Day) Date() (year, month, day int) {
	y, m, dd := time.Unix(int64(d)*secondsPerDay, 0).UTC().Date()
	return y, int(m), dd
}

// String formats the day as in 2028-06-30.
func (d Day) String() string {
	y, m, day := d.Date()
	return fmt.Sprintf("%04d-%02d-%02d", y, m, day)
}

// Expiry is the last day on which a variant may be used, given as a month
// (its last day) or as a day. The zero Expiry is unknown.
type Expiry struct {
	year       int16 // 0 when the day is unknown
	month, day uint8 // day is 0 when a month was given
	text       string
}

// Known reports whether there is a date.
func (e Expiry) Known() bool { return e.year != 0 }

// Text returns the original text of a legacy expiry that is not a valid date,
// such as "2027/02/31", or "".
func (e Expiry) Text() string { return e.text }

// Last returns the last day of use. It is meaningless if the expiry is
// unknown.
func (e Expiry) Last() Day {
	if e.day != 0 {
		return dayOf(int(e.year), int(e.month), int(e.day))
	}
	return dayOf(int(e.year), int(e.month)+1, 0)
}

// MonthOnly reports whether the expiry has a month but no day.
func (e Expiry) MonthOnly() bool { return e.day == 0 }

// Expired reports whether the last day of use is before the given day. It is
// false if the expiry is unknown.
func (e Expiry) Expired(day Day) bool { return e.Known() && e.Last() < day }

// DaysLeft returns the number of days that remain after the given day: 0 on
// the last day of use, negative later. ok is false if the expiry is unknown.
func (e Expiry) DaysLeft(day Day) (days int, ok bool) {
	if !e.Known() {
		return 0, false
	}
	return int(e.Last() - day), true
}

// String formats the expiry as in the catalogue file: "2028-06" or
// "2028-06-30". It returns the original text if that is not a valid date, and
// "" if there is none.
func (e Expiry) String() string {
	switch {
	case e.text != "":
		return e.text
	case !e.Known():
		return ""
	case e.day == 0:
		return fmt.Sprintf("%04d-%02d", e.year, e.month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", e.year, e.month, e.day)
}

// ErrExpiryForm is returned by ParseExpiry for text that does not have the
// form of a date.
var ErrExpiryForm = errors.New("the expiry is not a date: write YYYY-MM or YYYY-MM-DD")

// ParseExpiry parses YYYY-MM or YYYY-MM-DD. It returns ErrExpiryForm for text
// in another form, and another error for a date that does not exist or whose
// year is not between 2000 and 2199.
func ParseExpiry(s string) (Expiry, error) {
	year, month, day, ok := splitDate(s, '-')
	if !ok || (len(s) != len("2028-06") && len(s) != len("2028-06-30")) {
		return Expiry{}, ErrExpiryForm
	}
	e, exact := expiryOf(year, month, day)
	if !exact {
		return Expiry{}, fmt.Errorf("the date %s does not exist: write one between 2000-01 and 2199-12", s)
	}
	return e, nil
}

// ParseOldExpiry parses YYYY/MM or YYYY/MM/DD, the legacy file format. It
// accepts a date that does not exist: the expiry keeps the text, and falls
// back to the last day of the month if the month exists. doubt is then a
// warning for the operator; otherwise it is "".
func ParseOldExpiry(s string) (e Expiry, doubt string, err error) {
	year, month, day, ok := splitDate(s, '/')
	if !ok {
		return Expiry{}, "", errors.New("the expiry is not a date: write YYYY-MM, YYYY-MM-DD, YYYY/MM or YYYY/MM/DD")
	}
	e, exact := expiryOf(year, month, day)
	if exact {
		return e, "", nil
	}
	e.text = s
	if e.Known() {
		return e, fmt.Sprintf("the date %s does not exist: using %s; correct it", s, e.Last()), nil
	}
	return e, fmt.Sprintf("the date %s does not exist: the expiry counts as unknown; correct it", s), nil
}

// expiryOf returns the expiry of a date; day is 0 for a month. If the month
// exists but the day does not, it returns the month and false.
func expiryOf(year, month, day int) (Expiry, bool) {
	if year < 2000 || year > 2199 || month < 1 || month > 12 {
		return Expiry{}, false
	}
	e := Expiry{year: int16(year), month: uint8(month)}
	switch _, _, last := dayOf(year, month+1, 0).Date(); {
	case day == 0:
		return e, true
	case day < 0 || day > last:
		return e, false
	}
	e.day = uint8(day)
	return e, true
}

// splitDate splits "2028/6" or "2028/06/30" at the separator. A day written
// as 00 is returned as -1, because 0 means no day.
func splitDate(s string, sep byte) (year, month, day int, ok bool) {
	var parts [3]int
	n, width := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9' && width < 4:
			parts[n] = parts[n]*10 + int(c-'0')
			width++
		case c == sep && n < 2 && (width == 4) == (n == 0) && width > 0 && width != 3:
			n, width = n+1, 0
		default:
			return 0, 0, 0, false
		}
	}
	if n == 0 || width == 0 || width > 2 {
		return 0, 0, 0, false
	}
	if n == 2 && parts[2] == 0 {
		parts[2] = -1
	}
	return parts[0], parts[1], parts[2], true
}
