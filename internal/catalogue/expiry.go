package catalogue

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
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
// (its last day) or as a day, in the Gregorian or the Solar Hijri calendar. The
// zero Expiry is one that was not given. An Expiry that was given but cannot be
// read is not Known but Unreadable.
type Expiry struct {
	year       int16 // as written; its range tells the calendar; 0 when unknown
	month, day uint8 // day is 0 when a month was given
	text       string
}

// The plausible years of an expiry. Medicines last for a few years, so that
// the two ranges, and with them the calendars, cannot be confused.
const (
	firstGregorian, lastGregorian   = 2000, 2099
	firstSolarHijri, lastSolarHijri = 1380, 1430
)

// Known reports whether there is a date.
func (e Expiry) Known() bool { return e.year != 0 }

// Unreadable reports whether an expiry was given that is not a date. Text
// returns it. Such a variant may have expired.
func (e Expiry) Unreadable() bool { return !e.Known() && e.text != "" }

// Text returns the original text of a legacy expiry that is not a valid date,
// such as "2027/02/31", or "".
func (e Expiry) Text() string { return e.text }

// WithoutText returns the date that the expiry counts as: 2027-02 for
// "2027/02/31".
func (e Expiry) WithoutText() Expiry {
	e.text = ""
	return e
}

// SolarHijri reports whether the date was given in the Solar Hijri calendar.
func (e Expiry) SolarHijri() bool { return e.Known() && e.year <= lastSolarHijri }

// Last returns the last day of use. It is meaningless if the expiry is
// unknown.
func (e Expiry) Last() Day {
	year, month, day := int(e.year), int(e.month), int(e.day)
	switch {
	case e.SolarHijri() && day == 0:
		return lastOfSolarHijri(year, month)
	case e.SolarHijri():
		return dayOfSolarHijri(year, month, day)
	case day == 0:
		return dayOf(year, month+1, 0)
	}
	return dayOf(year, month, day)
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

// String formats the expiry as in the catalogue file, in the calendar in which
// it was given: "2028-06", "2028-06-30" or "1407-03". It returns the original
// text if that is not a valid date, and "" if there is none.
func (e Expiry) String() string {
	switch {
	case e.text != "":
		return e.text
	case !e.Known():
		return ""
	}
	return formatDate(int(e.year), int(e.month), int(e.day))
}

// formatDate formats a date, or a month if day is 0.
func formatDate(year, month, day int) string {
	if day == 0 {
		return fmt.Sprintf("%04d-%02d", year, month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}

// ErrExpiryForm is returned by ParseExpiry and ParseOldExpiry for text that
// does not have the form of a date.
var ErrExpiryForm = errors.New("the expiry is not a date: write YYYY-MM or YYYY-MM-DD")

// ParseExpiry parses a date as printed on a pack: YYYY-MM, which means the last
// day of the month, or YYYY-MM-DD. The separator may be a slash, month and day
// may have one digit, and the digits may be of any script. Years from 2000 to
// 2099 are Gregorian, and years from 1380 to 1430 Solar Hijri, as in Iran.
//
// It returns ErrExpiryForm for text in another form. For a date that does not
// exist, is implausible or can be read in several ways, the error says which
// dates may be meant.
func ParseExpiry(s string) (Expiry, error) {
	e, err := parseExpiry(s)
	if err != nil {
		return Expiry{}, err
	}
	return e, nil
}

// ParseOldExpiry parses an expiry of the legacy file format, which may hold
// dates that do not exist. It is like ParseExpiry, except that, with an error
// other than ErrExpiryForm, which is then a warning for the operator, it returns
// an expiry that keeps the text. It counts as the last day of its month if that
// exists, as in 2027/02/31, and is otherwise Unreadable.
func ParseOldExpiry(s string) (Expiry, error) {
	e, err := parseExpiry(s)
	switch {
	case err == nil || errors.Is(err, ErrExpiryForm):
		return e, err
	case e.Known():
		err = fmt.Errorf("%w; until then it counts as %s", err, e.Last())
	default:
		err = fmt.Errorf("%w; until then the variant cannot be ordered", err)
	}
	e.text = strings.TrimSpace(s)
	return e, err
}

// parseExpiry implements ParseExpiry. If only the day does not exist, it
// returns the month with the error.
func parseExpiry(s string) (Expiry, error) {
	parts, separator := splitDate(s)
	switch n := len(parts); {
	case n == 0:
		return Expiry{}, ErrExpiryForm
	case len(parts[0]) == 4:
		e, err := expiryOf(parts)
		if err == nil && separator == '.' {
			return Expiry{}, fmt.Errorf("the date is written with dots: write %s", e)
		}
		return e, err
	case len(parts[n-1]) == 4:
		return Expiry{}, yearLast(parts)
	}
	return Expiry{}, errors.New("the year has only two digits: write it in full, as in 2028-06 or 1407-03")
}

// splitDate splits a date of two or three numbers at its separators, and
// converts its digits to 0 to 9. It returns nil for other text. At most one of
// the numbers, the first or the last, has four digits; the others have one or
// two.
func splitDate(s string) (parts []string, separator byte) {
	s = WesternDigits(s)
	at := strings.IndexAny(s, "-/.")
	if at < 0 {
		return nil, 0
	}
	separator = s[at]
	parts = strings.Split(s, string(separator))
	if len(parts) > 3 {
		return nil, 0
	}
	for i, part := range parts {
		end := i == 0 || i == len(parts)-1 && len(parts[0]) < 4
		if n := len(part); n == 0 || n == 3 || n > 4 || n == 4 && !end || strings.Trim(part, "0123456789") != "" {
			return nil, 0
		}
	}
	return parts, separator
}

// expiryOf returns the expiry with a year, month and, optionally, day. If only
// the day does not exist, it returns the month with the error.
func expiryOf(parts []string) (Expiry, error) {
	year, _ := strconv.Atoi(parts[0])
	month, _ := strconv.Atoi(parts[1])
	e := Expiry{year: int16(year), month: uint8(month)}
	last := 0
	switch {
	case month < 1 || month > 12:
		return Expiry{}, noMonth(parts)
	case year >= firstGregorian && year <= lastGregorian:
		_, _, last = dayOf(year, month+1, 0).Date()
	case year >= firstSolarHijri && year <= lastSolarHijri:
		last = int(lastOfSolarHijri(year, month)-dayOfSolarHijri(year, month, 1)) + 1
	default:
		return Expiry{}, implausible(year, month)
	}
	if len(parts) == 2 {
		return e, nil
	}
	day, _ := strconv.Atoi(parts[2])
	if day < 1 || day > last {
		return e, fmt.Errorf("there is no day %d in %s, which has %d days: correct it, or write %s for the last day", day, e, last, e)
	}
	e.day = uint8(day)
	return e, nil
}

// noMonth returns the error for a date whose month does not exist.
func noMonth(parts []string) error {
	month, _ := strconv.Atoi(parts[1])
	if len(parts) == 3 {
		if last, _ := strconv.Atoi(parts[2]); last >= 1 && last <= 12 {
			if e, err := expiryOf([]string{parts[0], parts[2], parts[1]}); err == nil {
				return fmt.Errorf("there is no month %d: correct it, or write %s if %d is the day", month, e, month)
			}
		}
	} else if month > 12 && month <= 31 {
		return fmt.Errorf("there is no month %d: correct it or, if %d is the day, write YYYY-MM-DD", month, month)
	}
	return fmt.Errorf("there is no month %d: correct it", month)
}

// implausible returns the error for a month in a year of no supported calendar.
func implausible(year, month int) error {
	const remedy = "write the Gregorian date"
	lunar := func() string { return during(dayOfLunarHijri(year, month), dayOfLunarHijri(year, month+1)-1) }
	solar := func(year int) string { return during(dayOfSolarHijri(year, month, 1), lastOfSolarHijri(year, month)) }
	buddhist := year - 543  // as in Thailand
	imperial := year - 1180 // Iran's calendar in 1976 to 1978, with years since Cyrus
	switch {
	case year > lastSolarHijri && year < 1500:
		return fmt.Errorf("%04d-%02d may be lunar Hijri (about %s) or Solar Hijri (%s): %s", year, month, lunar(), solar(year), remedy)
	case imperial >= firstSolarHijri && imperial <= lastSolarHijri:
		return fmt.Errorf("%04d-%02d may be of the Buddhist era (%s) or of the imperial calendar of Iran (%s): %s", year, month, formatDate(buddhist, month, 0), solar(imperial), remedy)
	case buddhist >= firstGregorian && buddhist <= lastGregorian:
		return fmt.Errorf("%04d-%02d may be of the Buddhist era (%s): %s", year, month, formatDate(buddhist, month, 0), remedy)
	}
	return fmt.Errorf("the year %04d is implausible: write one from %d to %d or, in the Solar Hijri calendar, from %d to %d",
		year, firstGregorian, lastGregorian, firstSolarHijri, lastSolarHijri)
}

// yearLast returns the error for a date that ends with its year. Whether its
// first number is the day or the month depends on the country.
func yearLast(parts []string) error {
	year := parts[len(parts)-1]
	var readings []string
	orders := [][]string{{year, parts[0]}}
	if len(parts) == 3 {
		orders = [][]string{{year, parts[1], parts[0]}, {year, parts[0], parts[1]}}
	}
	for _, order := range orders {
		if e, err := expiryOf(order); err == nil && (len(readings) == 0 || readings[0] != e.String()) {
			readings = append(readings, e.String())
		}
	}
	switch len(readings) {
	case 0:
		return errors.New("the year does not come first: write YYYY-MM or YYYY-MM-DD")
	case 1:
		return fmt.Errorf("the year does not come first: write %s", readings[0])
	}
	return fmt.Errorf("the year does not come first: write %s or %s, whichever is meant", readings[0], readings[1])
}

// during formats the months from first to last, which are at most two:
// "2066-07/08" or "2023-12/2024-01".
func during(first, last Day) string {
	y, m, _ := first.Date()
	lastY, lastM, _ := last.Date()
	text := formatDate(y, m, 0)
	switch {
	case lastY != y:
		return text + "/" + formatDate(lastY, lastM, 0)
	case lastM != m:
		return fmt.Sprintf("%s/%02d", text, lastM)
	}
	return text
}
