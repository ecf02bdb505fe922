package catalogue

import (
	"errors"
	"fmt"
	"time"
)

// Day is a calendar day, counted from 1 January 1970, in UTC.
type Day int32

const secondsPerDay = 24 * 60 * 60

// DayOf returns the day of a moment in UTC.
func DayOf(t time.Time) Day {
	s := t.Unix()
	d := s / secondsPerDay
	if s%secondsPerDay < 0 {
		d--
	}
	return Day(d)
}

// dayOf returns the day of a date. Month 13 and day 0 mean what they mean to
// time.Date.
func dayOf(year, month, day int) Day {
	return DayOf(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC))
}

// Date returns the day's calendar date.
func (d Day) Date() (year, month, day int) {
	y, m, dd := time.Unix(int64(d)*secondsPerDay, 0).UTC().Date()
	return y, int(m), dd
}

// String writes the day as in 2028-06-30.
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

// Text returns the words of the replaced application's file when they are not
// a date that exists, such as "2027/02/31"; else "".
func (e Expiry) Text() string { return e.text }

// Last returns the last day of use; for an unknown expiry it means nothing.
func (e Expiry) Last() Day {
	if e.day != 0 {
		return dayOf(int(e.year), int(e.month), int(e.day))
	}
	return dayOf(int(e.year), int(e.month)+1, 0)
}

// MonthOnly reports whether the date was given as a month.
func (e Expiry) MonthOnly() bool { return e.day == 0 }

// Expired reports whether the last day of use is before the given day. An
// unknown expiry never is.
func (e Expiry) Expired(day Day) bool { return e.Known() && e.Last() < day }

// DaysLeft returns how many days remain after the given one: 0 on the last
// day, negative later. It is false when the expiry is unknown.
func (e Expiry) DaysLeft(day Day) (int, bool) {
	if !e.Known() {
		return 0, false
	}
	return int(e.Last() - day), true
}

// String writes the expiry as in the catalogue file: "2028-06",
// "2028-06-30", or its text; "" when it is unknown.
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

// ErrExpiryForm is the error of ParseExpiry for what is no date in its form.
var ErrExpiryForm = errors.New("the expiry is not a date: write YYYY-MM or YYYY-MM-DD")

// ParseExpiry reads YYYY-MM or YYYY-MM-DD. A date that does not exist is an
// error, and so is a year before 2000 or after 2199.
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

// ParseOldExpiry reads YYYY/MM or YYYY/MM/DD as the replaced application
// wrote it. Of a date that does not exist the words are kept; when its
// month exists, the month's last day counts. doubt tells of that.
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
		return e, fmt.Sprintf("the date %s does not exist: %s is taken; correct it", s, e.Last()), nil
	}
	return e, fmt.Sprintf("the date %s does not exist: the expiry counts as unknown; correct it", s), nil
}

// expiryOf makes an expiry of numbers; day is 0 when there is none. If the
// month exists but not the day, it gives the month, and false.
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

// splitDate splits "2028/6" or "2028/06/30" at the separator. A day that is
// written as 00 comes out as -1, since 0 stands for none.
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
