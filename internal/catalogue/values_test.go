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
		{"2.4000", 0, false, ""},
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

func TestExpiry(t *testing.T) {
	tests := []struct {
		in, out   string
		last      string // "" if unknown
		monthOnly bool
		doubtful  bool
		ok        bool
	}{
		{"2028-06", "2028-06", "2028-06-30", true, false, true},
		{"2028-02", "2028-02", "2028-02-29", true, false, true},
		{"2027-12", "2027-12", "2027-12-31", true, false, true},
		{"2028-02-29", "2028-02-29", "2028-02-29", false, false, true},
		{"2027-02-29", "", "", false, false, false},
		{"2028-13", "", "", false, false, false},
		{"2028-00", "", "", false, false, false},
		{"2028-06-00", "", "", false, false, false},
		{"2028-6", "", "", false, false, false},
		{"2028-06-3", "", "", false, false, false},
		{"28-06", "", "", false, false, false},
		{"1999-12", "", "", false, false, false},
		{"2200-01", "", "", false, false, false},
		{"2028", "", "", false, false, false},
		{"2028-06-30T00", "", "", false, false, false},
		{"۲۰۲۸-۰۶", "", "", false, false, false},
		{"2027/08", "2027-08", "2027-08-31", true, false, true},
		{"2027/8", "2027-08", "2027-08-31", true, false, true},
		{"2027/02/28", "2027-02-28", "2027-02-28", false, false, true},
		{"2027/2/3", "2027-02-03", "2027-02-03", false, false, true},
		{"2027/02/31", "2027/02/31", "2027-02-28", true, true, true},
		{"2027/02/00", "2027/02/00", "2027-02-28", true, true, true},
		{"2027/02/99", "2027/02/99", "2027-02-28", true, true, true},
		{"2027/13", "2027/13", "", true, true, true},
		{"1406/05", "1406/05", "", true, true, true},
		{"2027/08/", "", "", false, false, false},
		{"2027/08/1/1", "", "", false, false, false},
		{"/08", "", "", false, false, false},
		{"2027/123", "", "", false, false, false},
		{"08/2027", "", "", false, false, false},
	}
	for _, test := range tests {
		var e Expiry
		var doubt string
		var err error
		if strings.Contains(test.in, "/") {
			e, doubt, err = ParseOldExpiry(test.in)
		} else {
			e, err = ParseExpiry(test.in)
		}
		if (err == nil) != test.ok || (doubt != "") != test.doubtful {
			t.Errorf("%q: error %v, doubt %q", test.in, err, doubt)
			continue
		}
		if err != nil {
			continue
		}
		last := ""
		if e.Known() {
			last = e.Last().String()
		}
		if e.String() != test.out || last != test.last || e.MonthOnly() != test.monthOnly || (e.Text() != "") != test.doubtful {
			t.Errorf("%q: formatted %q, last day %q, month only %v, text %q", test.in, e, last, e.MonthOnly(), e.Text())
		}
	}
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
