package render

import (
	"strings"
	"testing"
	"time"
)

// nowruz has, for each year from 1900 to 2100, the day of March on which the Solar
// Hijri year began, relative to 20 March. The leap years are those published by
// the University of Tehran's calendar centre and implemented by ICU.
const nowruz = "11221122112211221122112211221112111211121112111211" +
	"12111211121111111111111111111111111111111111110111" +
	"01110111011101110111011101110011001100110011001100" +
	"11001100110001000100010001000100010001000100000000" + "1"

func TestNowruz(t *testing.T) {
	for i, digit := range nowruz {
		year := 1900 + i
		if y, m, d := solarHijri(year, 3, 20+int(digit-'0')); y != year-621 || m != 1 || d != 1 {
			t.Errorf("Nowruz of %d: %d-%d-%d, want %d-1-1", year, y, m, d, year-621)
		}
	}
}

// Every day of two centuries follows the day before it. Months have their fixed
// lengths, except Esfand.
func TestSolarHijriDays(t *testing.T) {
	length := func(y, m int) int {
		switch {
		case m <= 6:
			return 31
		case m < 12:
			return 30
		}
		return newYear(y+1) - newYear(y) - 336
	}
	day := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
	y, m, d := solarHijri(1900, 1, 1)
	if y != 1278 || m != 10 || d != 11 {
		t.Fatalf("1900-01-01: %d-%d-%d, want 1278-10-11", y, m, d)
	}
	for ; day.Year() <= 2100; day = day.AddDate(0, 0, 1) {
		if gy, gm, gd := solarHijri(day.Year(), int(day.Month()), day.Day()); gy != y || gm != m || gd != d {
			t.Fatalf("%s: %d-%d-%d, want %d-%d-%d", day.Format(time.DateOnly), gy, gm, gd, y, m, d)
		}
		if n := length(y, m); n < 29 || n > 31 {
			t.Fatalf("month %d-%d has %d days", y, m, n)
		}
		if d++; d > length(y, m) {
			m, d = m+1, 1
		}
		if m > 12 {
			y, m = y+1, 1
		}
	}
}

func TestSolarHijri(t *testing.T) {
	for _, c := range []struct{ gregorian, want [3]int }{
		{[3]int{2027, 8, 31}, [3]int{1406, 6, 9}},
		{[3]int{2027, 8, 1}, [3]int{1406, 5, 10}},
		{[3]int{2025, 3, 20}, [3]int{1403, 12, 30}}, // leap
		{[3]int{2025, 3, 21}, [3]int{1404, 1, 1}},
		{[3]int{2026, 3, 20}, [3]int{1404, 12, 29}},
		{[3]int{2026, 3, 21}, [3]int{1405, 1, 1}},
		{[3]int{1979, 2, 11}, [3]int{1357, 11, 22}},
		{[3]int{2000, 2, 29}, [3]int{1378, 12, 10}},
		{[3]int{2100, 12, 31}, [3]int{1479, 10, 10}},
	} {
		y, m, d := solarHijri(c.gregorian[0], c.gregorian[1], c.gregorian[2])
		if got := [3]int{y, m, d}; got != c.want {
			t.Errorf("%v: %v, want %v", c.gregorian, got, c.want)
		}
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct {
		lang             string
		year, month, day int
		wantMonth        string
		wantDate         string
		wantExpiryMonth  string
		wantExpiryDay    string
	}{
		{"fa", 2027, 8, 31, "اوت ۲۰۲۷", "۹ شهریور ۱۴۰۶", "اوت ۲۰۲۷ (تا ۹ شهریور ۱۴۰۶)", "۳۱ اوت ۲۰۲۷ (۹ شهریور ۱۴۰۶)"},
		{"fa", 2028, 2, 5, "فوریهٔ ۲۰۲۸", "۱۶ بهمن ۱۴۰۶", "فوریهٔ ۲۰۲۸ (تا ۱۰ اسفند ۱۴۰۶)", "۵ فوریهٔ ۲۰۲۸ (۱۶ بهمن ۱۴۰۶)"},
		{"fa", 2025, 3, 20, "مارس ۲۰۲۵", "۳۰ اسفند ۱۴۰۳", "مارس ۲۰۲۵ (تا ۱۱ فروردین ۱۴۰۴)", "۲۰ مارس ۲۰۲۵ (۳۰ اسفند ۱۴۰۳)"},
		{"en", 2027, 8, 31, "August 2027", "31 August 2027", "August 2027", "31 August 2027"},
		{"tr", 2027, 8, 31, "Ağustos 2027", "31 Ağustos 2027", "Ağustos 2027", "31 Ağustos 2027"},
		{"ar", 2027, 8, 31, "أغسطس 2027", "31 أغسطس 2027", "أغسطس 2027", "31 أغسطس 2027"},
		// Not dates: formatted as numbers, without a panic or another day.
		{"fa", 2027, 13, 1, "۲۰۲۷-۱۳", "۲۰۲۷-۱۳-۰۱", "۲۰۲۷-۱۳", "۲۰۲۷-۱۳-۰۱"},
		{"en", 2027, 2, 31, "February 2027", "2027-02-31", "February 2027", "2027-02-31"},
		{"tr", 2027, 0, 0, "2027-00", "2027-00-00", "2027-00", "2027-00-00"},
	} {
		l := locale(t, c.lang)
		for _, got := range []struct{ call, got, want string }{
			{"Month", l.month(c.year, c.month), c.wantMonth},
			{"Date", l.Date(c.year, c.month, c.day), c.wantDate},
			{"Expiry, month only", both(l.Expiry(c.year, c.month, 0, true)), c.wantExpiryMonth},
			{"Expiry, day", both(l.Expiry(c.year, c.month, c.day, false)), c.wantExpiryDay},
		} {
			if got.got != got.want {
				t.Errorf("%s %d-%d-%d: %s: %q, want %q", c.lang, c.year, c.month, c.day, got.call, got.got, got.want)
			}
		}
	}
}

func TestSolarHijriExpiry(t *testing.T) {
	for _, c := range []struct {
		lang             string
		year, month, day int
		wantMonth        string
		wantDay          string
	}{
		{"fa", 2024, 8, 21, "مرداد ۱۴۰۳ (تا ۲۱ اوت ۲۰۲۴)", "۳۱ مرداد ۱۴۰۳ (۲۱ اوت ۲۰۲۴)"},
		{"en", 2024, 8, 21, "Mordad 1403 (until 21 August 2024)", "31 Mordad 1403 (21 August 2024)"},
		{"tr", 2024, 8, 21, "Mordad 1403 (21 Ağustos 2024 tarihine kadar)", "31 Mordad 1403 (21 Ağustos 2024)"},
		{"ar", 2024, 8, 21, "مرداد 1403 (حتى 21 أغسطس 2024)", "31 مرداد 1403 (21 أغسطس 2024)"},
		{"en", 2025, 3, 20, "Esfand 1403 (until 20 March 2025)", "30 Esfand 1403 (20 March 2025)"},
		{"tr", 2025, 3, 20, "Esfend 1403 (20 Mart 2025 tarihine kadar)", "30 Esfend 1403 (20 Mart 2025)"},
		{"ar", 2025, 3, 20, "إسفند 1403 (حتى 20 مارس 2025)", "30 إسفند 1403 (20 مارس 2025)"},
		{"en", 2027, 2, 31, "2027-02-31", "2027-02-31"}, // not a date
	} {
		l := locale(t, c.lang)
		if got := both(l.SolarHijriExpiry(c.year, c.month, c.day, true)); got != c.wantMonth {
			t.Errorf("%s, month only: %q, want %q", c.lang, got, c.wantMonth)
		}
		if got := both(l.SolarHijriExpiry(c.year, c.month, c.day, false)); got != c.wantDay {
			t.Errorf("%s, day: %q, want %q", c.lang, got, c.wantDay)
		}
	}
}

// both joins an expiry and its aside.
func both(text, aside string) string { return strings.TrimSuffix(text+" "+aside, " ") }
