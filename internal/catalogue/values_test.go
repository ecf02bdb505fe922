package catalogue

import (
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
)

var today = dayOf(2026, 11, 23)

func TestParseAmount(t *testing.T) {
	tests := []struct {
		in   string
		want Amount
		ok   bool
		out  string // canonical form
	}{
		{"2.40", 2400, true, "2.40"},
		{"2.4", 2400, true, "2.40"},
		{"22", 22000, true, "22.00"},
		{"0.125", 125, true, "0.125"},
		{"0.001", 1, true, "0.001"},
		{"007.5", 7500, true, "7.50"},
		{"1000000000", 1_000_000_000_000, true, "1000000000.00"},
		{"0", 0, true, "0.00"},
		{"1000000000.001", 0, false, ""},
		{"1000000001", 0, false, ""},
		{"99999999999999999999999999", 0, false, ""},
		{"2.4001", 0, false, ""},
		{"2.4000", 2400, true, "2.40"},
		{"1.2500", 1250, true, "1.25"},
		{"1.1250000", 1125, true, "1.125"},
		{"1.12501", 0, false, ""},
		{"-2", 0, false, ""},
		{"+2", 0, false, ""},
		{"", 0, false, ""},
		{".", 0, false, ""},
		{".5", 0, false, ""},
		{"5.", 0, false, ""},
		{"1,5", 0, false, ""},
		{"1 000", 0, false, ""},
		{"1e3", 0, false, ""},
		{"۲", 0, false, ""},
		{"1.2.3", 0, false, ""},
		{"NaN", 0, false, ""},
	}
	for _, test := range tests {
		got, err := ParseAmount(test.in)
		if got != test.want || (err == nil) != test.ok {
			t.Errorf("ParseAmount(%q) = %d, %v", test.in, got, err)
		}
		if test.ok && got.String() != test.out {
			t.Errorf("%q is formatted as %q, want %q", test.in, got, test.out)
		}
	}
	if got := Amount(-1234).String(); got != "-1.234" {
		t.Errorf("Amount(-1234) is formatted as %q", got)
	}
}

func FuzzParseAmount(f *testing.F) {
	for _, seed := range []string{"2.40", "1000000000", "0.001", "-1", "1e3", "9.9999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAmount(s)
		if err != nil {
			return
		}
		// The value is exactly the number parsed.
		want, ok := new(big.Rat).SetString(s)
		if !ok || want.Cmp(big.NewRat(int64(a), 1000)) != 0 {
			t.Errorf("ParseAmount(%q) = %d", s, a)
		}
		if again, err := ParseAmount(a.String()); err != nil || again != a {
			t.Errorf("%q is formatted as %q and parsed as %d, %v", s, a, again, err)
		}
	})
}

func TestParseExpiry(t *testing.T) {
	for _, test := range []struct {
		in, out   string
		last      string
		monthOnly bool
	}{
		{"2028-06", "2028-06", "2028-06-30", true},
		{"2028-02", "2028-02", "2028-02-29", true},
		{"2027-12", "2027-12", "2027-12-31", true},
		{"2028-02-29", "2028-02-29", "2028-02-29", false},
		{"2028-6", "2028-06", "2028-06-30", true},
		{"2028-6-3", "2028-06-03", "2028-06-03", false},
		{"2027/08", "2027-08", "2027-08-31", true},
		{"2027/8", "2027-08", "2027-08-31", true},
		{"2027/2/28", "2027-02-28", "2027-02-28", false},
		{"2000-01", "2000-01", "2000-01-31", true},
		{"2099-12", "2099-12", "2099-12-31", true},
		// Digits of other scripts, and the marks that bidirectional text contains.
		{"۲۰۲۸-۰۶", "2028-06", "2028-06-30", true},
		{"٢٠٢٨/٠٦/٣٠", "2028-06-30", "2028-06-30", false},
		{"२०२८-०६", "2028-06", "2028-06-30", true},
		{"２０２８-０６", "2028-06", "2028-06-30", true},
		{"𝟚𝟘𝟚𝟠-𝟘𝟞", "2028-06", "2028-06-30", true},
		{" \u200f۱۴۰۳/۰۵\u200e ", "1403-05", "2024-08-21", true},
		// The Solar Hijri calendar. Nowruz of 1403 was on 20 March 2024 and that of
		// 1404 on 21 March 2025: 1403 was a leap year.
		{"1403-01-01", "1403-01-01", "2024-03-20", false},
		{"1403/05/31", "1403-05-31", "2024-08-21", false},
		{"1403/06", "1403-06", "2024-09-21", true},
		{"1403/7", "1403-07", "2024-10-21", true},
		{"1403/07/30", "1403-07-30", "2024-10-21", false},
		{"1403-12", "1403-12", "2025-03-20", true},
		{"1403-12-30", "1403-12-30", "2025-03-20", false},
		{"1404-12", "1404-12", "2026-03-20", true},
		{"1407/03", "1407-03", "2028-06-20", true},
		{"1408-12-30", "1408-12-30", "2030-03-20", false},
		{"1380-01", "1380-01", "2001-04-20", true},
		{"1430-12", "1430-12", "2052-03-19", true},
	} {
		e, err := ParseExpiry(test.in)
		if err != nil || !e.Known() || e.Unreadable() || e.Text() != "" {
			t.Errorf("%q: %+v, %v", test.in, e, err)
			continue
		}
		if e.String() != test.out || e.Last().String() != test.last || e.MonthOnly() != test.monthOnly || e.SolarHijri() != (test.out < "15") {
			t.Errorf("%q: formatted %q, last day %s, month only %v, Solar Hijri %v", test.in, e, e.Last(), e.MonthOnly(), e.SolarHijri())
		}
		if again, err := ParseExpiry(e.String()); again != e || err != nil {
			t.Errorf("%q is formatted as %q and parsed as %v, %v", test.in, e, again, err)
		}
		if old, err := ParseOldExpiry(test.in); old != e || err != nil {
			t.Errorf("%q: legacy %v, %v", test.in, old, err)
		}
	}
}

func TestExpiryRefused(t *testing.T) {
	const form = "the expiry is not a date: write YYYY-MM or YYYY-MM-DD"
	for _, test := range []struct {
		in, want string
		old      string // the last day it counts as in a legacy file, or ""
	}{
		{"2027-02-29", "there is no day 29 in 2027-02, which has 28 days: correct it, or write 2027-02 for the last day", "2027-02-28"},
		{"2027/02/31", "there is no day 31 in 2027-02, which has 28 days: correct it, or write 2027-02 for the last day", "2027-02-28"},
		{"2027/02/00", "there is no day 0 in 2027-02, which has 28 days: correct it, or write 2027-02 for the last day", "2027-02-28"},
		{"1403-07-31", "there is no day 31 in 1403-07, which has 30 days: correct it, or write 1403-07 for the last day", "2024-10-21"},
		{"1404/12/30", "there is no day 30 in 1404-12, which has 29 days: correct it, or write 1404-12 for the last day", "2026-03-20"},
		{"2028-13", "there is no month 13: correct it or, if 13 is the day, write YYYY-MM-DD", ""},
		{"2028/13", "there is no month 13: correct it or, if 13 is the day, write YYYY-MM-DD", ""},
		{"1403/13", "there is no month 13: correct it or, if 13 is the day, write YYYY-MM-DD", ""},
		{"2028-32", "there is no month 32: correct it", ""},
		{"2028-00", "there is no month 0: correct it", ""},
		{"2027-13-40", "there is no month 13: correct it", ""},
		{"2027/13/40", "there is no month 13: correct it", ""},
		{"2027/13/5", "there is no month 13: correct it, or write 2027-05-13 if 13 is the day", ""},
		{"0228-06", "the year 0228 is implausible: write one from 2000 to 2099 or, in the Solar Hijri calendar, from 1380 to 1430", ""},
		{"1379-12", "the year 1379 is implausible", ""},
		{"1500-01", "the year 1500 is implausible", ""},
		{"1999-12", "the year 1999 is implausible", ""},
		{"2100-01", "the year 2100 is implausible", ""},
		{"2643-01", "the year 2643 is implausible", ""},
		// Jumada al-awwal 1445 was from 15 November to 13 December 2023.
		{"1445-05", "1445-05 may be lunar Hijri (about 2023-11/12) or Solar Hijri (2066-07/08): write the Gregorian date", ""},
		{"1445/05/20", "1445-05 may be lunar Hijri (about 2023-11/12) or Solar Hijri (2066-07/08): write the Gregorian date", ""},
		{"1431-01", "1431-01 may be lunar Hijri (about 2009-12/2010-01) or Solar Hijri (2052-03/04): write the Gregorian date", ""},
		{"1450-12", "1450-12 may be lunar Hijri (about 2029-04/05) or Solar Hijri (2072-02/03): write the Gregorian date", ""},
		{"1499-12", "1499-12 may be lunar Hijri (about 2076-10/11) or Solar Hijri (2121-02/03): write the Gregorian date", ""},
		{"2571/06", "2571-06 may be of the Buddhist era (2028-06) or of the imperial calendar of Iran (2012-08/09): write the Gregorian date", ""},
		{"2550-06", "2550-06 may be of the Buddhist era (2007-06): write the Gregorian date", ""},
		{"28/06/2028", "the year does not come first: write 2028-06-28", ""},
		{"6/5/2028", "the year does not come first: write 2028-05-06 or 2028-06-05, whichever is meant", ""},
		{"06/06/2028", "the year does not come first: write 2028-06-06", ""},
		{"31/05/1403", "the year does not come first: write 1403-05-31", ""},
		{"05/1403", "the year does not come first: write 1403-05", ""},
		{"30.06.2028", "the year does not come first: write 2028-06-30", ""},
		{"40/06/2028", "the year does not come first: write YYYY-MM or YYYY-MM-DD", ""},
		{"2028.06", "the date is written with dots: write 2028-06", ""},
		{"28-06", "the year has only two digits: write it in full", ""},
		{"28/06/28", "the year has only two digits: write it in full", ""},
		{"2028", form, form},
		{"20280630", form, form},
		{"46905", form, form},
		{"Jun-28", form, form},
		{"2028-06-30T00", form, form},
		{"2028-06/30", form, form},
		{"2027/08/", form, form},
		{"/08", form, form},
		{"-2028-06", form, form},
		{"2027/08/1/1", form, form},
		{"2027/123", form, form},
		{"2027-2028", form, form},
		{"28-2027-06", form, form},
		{"02028-06", form, form},
		{"", form, form},
	} {
		e, err := ParseExpiry(test.in)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || e != (Expiry{}) || errors.Is(err, ErrExpiryForm) != (test.want == form) {
			t.Errorf("%q: %v, error %v, want %s", test.in, e, err, test.want)
		}
		e, doubt := ParseOldExpiry(test.in)
		switch {
		case test.old == form:
			if !errors.Is(doubt, ErrExpiryForm) || e != (Expiry{}) {
				t.Errorf("%q: legacy %v, error %v", test.in, e, doubt)
			}
		case doubt == nil || !strings.HasPrefix(doubt.Error(), test.want) || e.Text() != test.in || e.String() != test.in || e.Known() != (test.old != "") || e.Unreadable() == e.Known():
			t.Errorf("%q: legacy %+v, doubt %v", test.in, e, doubt)
		case e.Known() && (e.Last().String() != test.old || !e.MonthOnly() || e.WithoutText().String() != strings.ReplaceAll(test.in[:len("2027-02")], "/", "-")):
			t.Errorf("%q: legacy %s, without text %s", test.in, e.Last(), e.WithoutText())
		}
	}
}

// Every day of the plausible years follows the day before it.
func TestExpiryDays(t *testing.T) {
	for _, years := range [][2]int{{1380, 1430}, {2000, 2099}} {
		var last Day
		days := 0
		for y := years[0]; y <= years[1]; y++ {
			for m := 1; m <= 12; m++ {
				for d := 1; ; d++ {
					e, err := ParseExpiry(formatDate(y, m, d))
					if err != nil {
						break
					}
					if last != 0 && e.Last() != last+1 {
						t.Fatalf("%s is %s, the day before it %s", e, e.Last(), last)
					}
					last = e.Last()
					days++
				}
				if month, err := ParseExpiry(formatDate(y, m, 0)); err != nil || month.Last() != last {
					t.Errorf("the last day of %s is %s, want %s; %v", month, month.Last(), last, err)
				}
			}
		}
		// Both calendars have 97 leap years in 400 years or 8 in 33.
		if n := years[1] - years[0] + 1; days/n != 365 || days%n < n/5 || days%n > n/4+1 {
			t.Errorf("%d days in %d years", days, n)
		}
	}
}

func FuzzParseExpiry(f *testing.F) {
	for _, s := range []string{"2028-06", "1403/05/31", "2027/02/31", "2571/06", "۱۴۴۵/۰۵", "28.06.2028", "2027-13-5", "06/05/2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ParseExpiry(s)
		if e.Known() != (err == nil) || e.Text() != "" {
			t.Fatalf("%q: %+v, %v", s, e, err)
		}
		if err == nil {
			if again, err := ParseExpiry(e.String()); again != e || err != nil {
				t.Errorf("%q is formatted as %q and parsed as %v, %v", s, e, again, err)
			}
			if y, _, _ := e.Last().Date(); y < 2000 || y > 2099 {
				t.Errorf("%q is %s", s, e.Last())
			}
		}
		old, doubt := ParseOldExpiry(s)
		if (doubt == nil) != (err == nil) || err == nil && old != e {
			t.Errorf("%q: %v, legacy %v, %v", s, e, old, doubt)
		}
		if errors.Is(err, ErrExpiryForm) == (old.Known() || old.Unreadable()) {
			t.Errorf("%q: legacy %+v, error %v", s, old, err)
		}
		if again, _ := ParseOldExpiry(old.String()); again != old {
			t.Errorf("%q is formatted as %q and parsed as %+v, was %+v", s, old, again, old)
		}
	})
}

func TestExpired(t *testing.T) {
	month, _ := ParseExpiry("2027-08")
	for _, test := range []struct {
		on      Day
		expired bool
		left    int
	}{
		{dayOf(2027, 8, 1), false, 30}, {dayOf(2027, 8, 31), false, 0}, {dayOf(2027, 9, 1), true, -1}, {dayOf(2026, 8, 31), false, 365},
	} {
		left, ok := month.DaysLeft(test.on)
		if month.Expired(test.on) != test.expired || left != test.left || !ok {
			t.Errorf("on %s: expired %v, %d days left, %v", test.on, month.Expired(test.on), left, ok)
		}
	}
	var unknown Expiry
	if _, ok := unknown.DaysLeft(today); ok || unknown.Expired(today) || unknown.String() != "" {
		t.Error("an unknown expiry is reported as known")
	}
}

func TestDay(t *testing.T) {
	tehran := time.FixedZone("", 3*3600+1800)
	for _, test := range []struct {
		at   time.Time
		want string
	}{
		{time.Unix(0, 0), "1970-01-01"},
		{time.Unix(-1, 0), "1969-12-31"},
		{time.Date(2026, 11, 23, 23, 59, 59, 999, time.UTC), "2026-11-23"},
		{time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), "2026-11-24"},
		{time.Date(2026, 11, 24, 3, 0, 0, 0, tehran), "2026-11-23"},
	} {
		if got := DayOf(test.at).String(); got != test.want {
			t.Errorf("DayOf(%v) = %s, want %s", test.at, got, test.want)
		}
	}
	if y, m, d := dayOf(2028, 2, 29).Date(); y != 2028 || m != 2 || d != 29 {
		t.Errorf("date %d-%d-%d", y, m, d)
	}
}

func TestClass(t *testing.T) {
	if new(Variant).Class != Prescription {
		t.Error("a variant without a class is not a prescription medicine")
	}
	for _, c := range []Class{Prescription, General, Pharmacist, Controlled} {
		again, err := ParseClass(c.String())
		if again != c || err != nil {
			t.Errorf("%s is parsed as %s, %v", c, again, err)
		}
		if c.Orderable() != (c == General || c == Pharmacist) {
			t.Errorf("%s: orderable %v", c, c.Orderable())
		}
	}
	if c, err := ParseClass("General"); err == nil || c.Orderable() {
		t.Errorf("class %s, error %v", c, err)
	}
	if Class(9).Orderable() {
		t.Error("an unknown class is orderable")
	}
}

// A strength that is not read, and has a number that may be a thousand times as
// much, is not sold.
func TestOrderableByStrength(t *testing.T) {
	for strength, want := range map[string]Reason{
		"400.000 IU": ReasonStrength, "1,250 mg": ReasonStrength, "2x50.000 IU": ReasonStrength, "۴۰۰.۰۰۰ واحد": ReasonStrength, "400،000 IU": ReasonStrength, "1,250mg": ReasonStrength,
		"5 mg/1.000 IU": ReasonStrength, "B12 1.000": ReasonStrength, "1.250-2.500 mg": ReasonStrength, "5 mg + 1,250 mg": ReasonStrength, "12.500": ReasonStrength, "5.000\u200b IU": ReasonStrength, "4\u200f00.0\u200f00 IU": ReasonStrength,
		"": ReasonNone, "500 mg": ReasonNone, "3.125 mg": ReasonNone, "2.5 mg/5 ml": ReasonNone, "۲.۵ mg": ReasonNone,
		"400000 IU": ReasonNone, "400 000 IU": ReasonNone, "1.000.000 IU": ReasonNone, "2,5 mg": ReasonNone, "0.125 mcg": ReasonNone, "0,125 mg": ReasonNone,
		"1.2500 IU": ReasonNone, "1.25 IU": ReasonNone, "400٫000 IU": ReasonNone, "two": ReasonNone, "1:1000": ReasonNone, "1000.500 mg x": ReasonNone, "µg": ReasonNone, "500 µg": ReasonNone,
	} {
		v := Variant{Class: General, Price: Price{1000, true}, Strength: strength}
		if ok, got := v.Orderable(0); got != want || ok != (want == ReasonNone) {
			t.Errorf("%q: orderable %v, %q, want %q", strength, ok, got, want)
		}
	}
	// The cost is paid for each card.
	for _, strength := range []string{"500 mg", "2.5 mg/5 ml", "400000 IU", "10 mg + 12.5 mg/5 ml"} {
		v := Variant{Class: General, Price: Price{1000, true}, Strength: strength}
		if n := testing.AllocsPerRun(10, func() { v.Orderable(0) }); n != 0 {
			t.Errorf("%q: %v allocations", strength, n)
		}
	}
}

func TestOrderable(t *testing.T) {
	fresh, old := Expiry{year: 2026, month: 11}, Expiry{year: 2026, month: 10}
	price := Price{1000, true}
	tests := []struct {
		name string
		v    Variant
		want Reason
	}{
		{"general", Variant{Class: General, Price: price, Expiry: fresh}, ReasonNone},
		{"pharmacist", Variant{Class: Pharmacist, Price: price, Expiry: fresh}, ReasonNone},
		{"unknown expiry", Variant{Class: General, Price: price}, ReasonNone},
		{"zero", Variant{}, ReasonPrescription},
		{"prescription", Variant{Class: Prescription, Price: price, Expiry: fresh}, ReasonPrescription},
		{"controlled and expired", Variant{Class: Controlled, Price: price, Expiry: old}, ReasonControlled},
		{"expired", Variant{Class: General, Price: price, Expiry: old}, ReasonExpired},
		{"expired in the Solar Hijri calendar", Variant{Class: General, Price: price, Expiry: mustParseOld(t, "1403/05")}, ReasonExpired},
		{"good in the Solar Hijri calendar", Variant{Class: General, Price: price, Expiry: mustParseOld(t, "1405/09")}, ReasonNone},
		{"impossible day", Variant{Class: General, Price: price, Expiry: mustParseOld(t, "2027/02/31")}, ReasonNone},
		{"unreadable expiry", Variant{Class: General, Price: price, Expiry: mustParseOld(t, "2571/06")}, ReasonUnreadable},
		{"unreadable expiry and no price", Variant{Class: Pharmacist, Expiry: mustParseOld(t, "2028/13")}, ReasonUnreadable},
		{"controlled with an unreadable expiry", Variant{Class: Controlled, Price: price, Expiry: mustParseOld(t, "0228/06")}, ReasonControlled},
		{"expired with an unclear strength", Variant{Class: General, Price: price, Expiry: old, Strength: "400.000 IU"}, ReasonExpired},
		{"unclear strength and no price", Variant{Class: General, Expiry: fresh, Strength: "400.000 IU"}, ReasonStrength},
		{"no price", Variant{Class: General, Expiry: fresh}, ReasonNoPrice},
	}
	for _, test := range tests {
		ok, reason := test.v.Orderable(today)
		if reason != test.want || ok != (test.want == ReasonNone) {
			t.Errorf("%s: %v, %q", test.name, ok, reason)
		}
	}
}

func TestUnitPrice(t *testing.T) {
	tests := []struct {
		price Price
		pack  Pack
		want  Amount
		per   string
	}{
		{Price{2400, true}, Pack{20, "tablet"}, 120, "tablet"},
		{Price{1000, true}, Pack{3, "vial"}, 333, "vial"},
		{Price{2000, true}, Pack{3, "dose"}, 667, "dose"},
		{Price{2400, true}, Pack{200, "ml"}, 1200, "100 ml"},
		{Price{2400, true}, Pack{2.5, "ml"}, 96000, "100 ml"},
		{Price{3000, true}, Pack{30, "g"}, 10000, "100 g"},
		{Price{}, Pack{30, "g"}, 0, ""},
		{Price{3000, true}, Pack{}, 0, ""},
		{Price{3000, true}, Pack{10, ""}, 0, ""},
	}
	for _, test := range tests {
		v := Variant{Price: test.price, Pack: test.pack}
		got, per, ok := v.UnitPrice()
		if got != test.want || per != test.per || ok != (test.per != "") {
			t.Errorf("%v for %v: %d per %q, %v", test.price, test.pack, got, per, ok)
		}
	}
}

func TestParsePrice(t *testing.T) {
	for in, want := range map[string]Price{"2.40": {2400, true}, "1.250": {1250, true}, "0.001": {1, true}, "0": {}, "0.00": {}, "1,250": {}, "": {}, "-1": {}} {
		got, err := ParsePrice(in)
		if got != want || (err == nil) != want.Known || errors.Is(err, ErrZeroPrice) != (strings.Trim(in, "0.") == "" && in != "") {
			t.Errorf("ParsePrice(%q) = %v, %v", in, got, err)
		}
	}
}

// Equal strengths compare equal however they are written, and no others do.
func TestMeasureOfEqualStrengths(t *testing.T) {
	sets := [][]string{
		{"500 mg", "0.5 g", "500mg", "0.500 g", "500000 micrograms", "۵۰۰ mg"}, {"0.0007 g", "700 micrograms", "0.7 mg"},
		{"10 mg/10 mg", "10 mg + 10 mg", "10mg+10mg", "10 mg＋0.01 g", "۱۰ mg + ۱۰ mg"}, {"10 mg", "10 mg "}, {"10 mg/5 mg"}, {"5 mg/10 mg"},
		{"10 mg/10 mg/5 ml", "10 mg + 10 mg/5 ml", "10 mg/5 ml + 10 mg/5 ml"}, {"10 mg/10 mg/10 mg/10 mg/5 ml"}, {"10 mg/10 mg/10 mg/20 mg/5 ml"},
		{"50 units", "50.000 units", "50 unit"}, {"50000 units", "0.05 million units"},
		{"5 mg/ml", "5 mg/1 ml", "0.005 g/ml"}, {"10 mg/2 ml"}, {"5 mg/g"}, {"5 mg/dose"}, {"10 mg/5 units"}, {"10 mg/5 micrograms"}, {"1 %"}, {"1 mmol"},
		{"50.000 IU"}, {"50 IU"}, {"forte"}, {"1,000 mg"},
	}
	for i, set := range sets {
		for j, other := range sets {
			for _, a := range set {
				for _, b := range other {
					if c := MeasureOf(a).Compare(MeasureOf(b)); (c == 0) != (i == j) || c != -MeasureOf(b).Compare(MeasureOf(a)) {
						t.Errorf("%q and %q compare as %d", a, b, c)
					}
				}
			}
		}
	}
	if five, ten := MeasureOf("5 mg + 5 mg"), MeasureOf("10 mg/5 mg"); !ten.Exceeds(five) || five.Exceeds(ten) || ten.Exceeds(ten) {
		t.Error("10 mg + 5 mg does not exceed 5 mg + 5 mg, or the reverse")
	}
}

func TestMeasureOrder(t *testing.T) {
	// In ascending order.
	strengths := []string{
		"50 micrograms", "75 micrograms", "0.5 mg", "1 mg", "2.5 mg", "5 mg/80 mg", "5 mg/160 mg", "10 mg", "250 mg", "1 g",
		"50.000 units", "100 units", "2000 units", "50000 units", "1 million units", "10 mmol", "0.05 %", "10 %", "forte",
	}
	for i := 1; i < len(strengths); i++ {
		a, b := MeasureOf(strengths[i-1]), MeasureOf(strengths[i])
		if a.Compare(b) >= 0 {
			t.Errorf("%q does not sort before %q: %+v, %+v", strengths[i-1], strengths[i], a, b)
		}
	}
	concentrations := []string{"0.4 mg/g", "120 mg/5 ml", "250 mg/5 ml", "125 mg/31.25 mg/2.5 ml", "100 mg/ml", "1 g/10 ml", "0.5 g/ml"}
	for i := 1; i < len(concentrations); i++ {
		a, b := MeasureOf(concentrations[i-1]), MeasureOf(concentrations[i])
		if a.Compare(b) >= 0 {
			t.Errorf("%q does not sort before %q: %+v, %+v", concentrations[i-1], concentrations[i], a, b)
		}
	}
}

// mustParseOld returns an expiry as read from a legacy file.
func mustParseOld(t *testing.T, s string) Expiry {
	t.Helper()
	e, err := ParseOldExpiry(s)
	if errors.Is(err, ErrExpiryForm) {
		t.Fatal(err)
	}
	return e
}

func TestCheckLeaflet(t *testing.T) {
	for _, address := range []string{
		"https://example.org", "http://example.org/", "HTTPS://Example.ORG/a%20b?c=d&e#f", "http://example.org:8080/l.pdf",
		"https://xn--mgbcd.example/", "https://\u0645\u062b\u0627\u0644.example/\u0628\u0631\u0648\u0634\u0648\u0631", "https://192.0.2.1/x", "https://[2001:db8::1]/x", "https://a_b.example/",
		"https://example.org./", "https://example.org:1/", "https://example.org:65535/", "https://example.org:/", "https://[::1]:8080/", "https://example.org/%d9%85%200",
		"https://example.org/\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "https://\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example/", "https://" + strings.Repeat("a", 63) + ".example/", "https://" + strings.Repeat("\u0645", 40) + ".example/",
	} {
		if err := CheckLeaflet(address); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, address := range []string{
		"", "leaflet.pdf", "/leaflet?a=1", "//evil", "//evil.example/x", "https://", "https:///x", "https:", "https:example.org", "https:/example.org",
		"https://?x", "https://#x", "https://:80/", "https://./", "https://exa mple.org/", "https://example.org/a b", " https://example.org", "https://example.org/\n",
		"https://example.org/\x00", "https://example.org/\u00a0", "https://example.org/\u202etxt", "https://example.org/\u200f", "https://example.org:x/", "https://example.org/%zz",
		"https://user@example.org/", "https://user:password@example.org/", "https://@example.org/", "javascript:alert(1)", "JavaScript:alert(1)", "javascript://example.org/%0aalert(1)",
		"data:text/html,x", "ftp://example.org/", "mailto:a@example.org", "https://\"onclick=/", "https://<b>/", "https://example.org\\@evil.example/",
		"https://example..org/", "https://.example.org/", "https://example.org../", "https://-.example.org/", "https://example.__/", "https://\u064b.example/", "https://" + strings.Repeat("a", 64) + ".example/",
		"https://example.org:0/", "https://example.org:00/", "https://example.org:65536/", "https://example.org:99999999999999999999/", "https://example.org:-1/",
		"https://example.org/%00", "https://example.org/?q=%00", "https://example%00.org/", "https://example.org/\u200bx", "https://exa\u200bmple.org/", "https://example.org/\ufeff", "\ufeffhttps://example.org/", "https://example.org/#\u2060",
	} {
		if err := CheckLeaflet(address); err == nil {
			t.Errorf("%q: no error", address)
		}
	}
}

func TestCheckUpdated(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for ahead, ok := range map[time.Duration]bool{0: true, -10 * 365 * 24 * time.Hour: true, 24 * time.Hour: true, 24*time.Hour + 1: false, 36 * 365 * 24 * time.Hour: false} {
		if err := CheckUpdated(now.Add(ahead), now); (err == nil) != ok {
			t.Errorf("%v ahead: %v", ahead, err)
		}
	}
	if CheckUpdated(time.Time{}, now) != nil || CheckUpdated(time.Date(9998, 1, 1, 0, 0, 0, 0, time.UTC), now) == nil {
		t.Error("no time is refused, or the latest one accepted")
	}
}
