package catalogue

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

// notation returns the notation that is seen in, or named by, a text: "point",
// "comma", or numbers.
func notation(t *testing.T, seen string) Notation {
	t.Helper()
	n, err := ParseNotation(seen)
	if err != nil {
		for number := range strings.SplitSeq(seen, "|") {
			n.Observe(number)
		}
	}
	return n
}

func TestNumbers(t *testing.T) {
	for s, want := range map[string]string{
		// Without a separator, or with signs that have one meaning.
		"12": "12", "1000": "1000", "007": "7", "0": "0", "2.40": "2.4", "2,40": "2.4", "2,4": "2.4", "2.5000": "2.5", "12,0": "12",
		"۲٫۴۰": "2.4", "٢٫٤٠": "2.4", "۲.۴۰": "2.4", "۱۲۳": "123", "१२": "12", "１２．５": "12.5", "1٫250": "1.25", "𝟏𝟐": "12",
		"1.234,50": "1234.5", "1,234.50": "1234.5", "۱٬۲۳۴٫۵۰": "1234.5", "1 234,50": "1234.5", "1\u202f234,5": "1234.5", "1\u00a0234.567": "1234.567",
		"1,234,567": "1234567", "1.234.567": "1234567", "1'234.50": "1234.5", "1’234": "1234", "1 234": "1234", "1٬250": "1250", "12 345 678": "12345678",
		"1.234٫5": "1234.5", "۱،۲۳۴٫۵": "1234.5", "\u200e۲٫۴۰\u200f": "2.4", " 2.40 ": "2.4", "1,234.567": "1234.567", "1.234,567": "1234.567",
		// A zero in front or more than three digits before the sign decide, and so
		// does any other number of digits after it.
		"0.125": "0.125", "0,125": "0.125", "0.000": "0", "00.125": "0.125", "1234.567": "1234.567", "1234,567": "1234.567", "1.2500": "1.25", "1,25": "1.25",
		// Not numbers.
		"": "", ".": "", "-1": "", "+1": "", "1e3": "", "€2": "", "2.4.0": "", "1,23,456": "", ".5": "", "5,": "", "5.": "", "two": "", "1 2": "", "۲/۴۰": "", "12:30": "",
		"1.000,000,0": "", "0.000.000": "", "1 234'567": "", "1٫250٫000": "", "1234 567": "", "1..5": "", "1 234 56": "", "0x10": "", "NaN": "", "½": "", "²": "", "\xff": "", "1\xff": "",
		// Ambiguous.
		"1.250": "?1.25 1250", "1,234": "?1.234 1234", "۱,۲۳۴": "?1.234 1234", "۱،۲۳۴": "?1.234 1234", "999.000": "?999 999000", "12.500": "?12.5 12500",
	} {
		got, err := Notation{}.Read(s, false)
		if a := (*AmbiguousError)(nil); errors.As(err, &a) {
			got = "?" + a.Decimal + " " + a.Grouped
			if a.Number != s {
				t.Errorf("the ambiguous number is %q, want %q", a.Number, s)
			}
		}
		if got != want || (err == nil) != (want != "" && want[0] != '?') {
			t.Errorf("%q is %q, %v; want %q", s, got, err, want)
		}
	}
	_, err := Notation{}.Read("1.250", false)
	if err == nil || err.Error() != "ambiguous number: 1.250 may be 1250 or 1.25" {
		t.Errorf("%v", err)
	}
}

func TestNotation(t *testing.T) {
	const none, refused, contradiction = "", "?", "!"
	for _, test := range []struct {
		seen, number string
		plain, usual string // the value where three decimals are not, and are, usual
	}{
		{none, "1.250", refused, "1.25"},
		{none, "1,250", refused, "1.25"},
		// Other numbers of the source say what the sign is.
		{"12.5", "1.250", "1.25", "1.25"},
		{"0.125", "1.250", "1.25", "1.25"},
		{"1,250.50", "1.250", "1.25", "1.25"},
		{"1,000,000", "1.250", "1.25", "1.25"},
		{"1.250,50", "1.250", "1250", "1250"},
		{"1.000.000", "1.250", "1250", "1250"},
		{"1.000.000", "1,250", "1.25", "1.25"},
		{"2,40", "1,250", "1.25", "1.25"},
		{"2,40|1 000", "1,250", "1.25", "1.25"},
		// Decimals after the other sign: a table is compiled from two sources, or
		// the number is grouped.
		{"2,40", "1.250", "1250", refused},
		{"12.5", "1,250", "1250", refused},
		// Evidence that contradicts itself is none. A table that is compiled from two
		// sources has decimals after both signs.
		{"2,40|12.5", "1.250", refused, "1.25"},
		{"2,40|12.5", "1,250", refused, "1.25"},
		{"1.000.000|12.5", "1.250", refused, refused},
		{"1.000.000|1,000,000", "1.250", refused, refused},
		// These are no evidence.
		{"1.250|12.500|100|1 000|1٬000|2٫5|x", "1.250", refused, "1.25"},
		// Not both signs mark decimals.
		{"1.250|1,250", "1.250", refused, refused},
		{"12.500|1,250", "1,250", refused, refused},
		{"1.250|1,250|12.5", "1.250", "1.25", "1.25"},
		{"1.250|1,250|12.5", "1,250", "1250", refused},
		// A given notation decides and is not contradicted.
		{"point", "1.250", "1.25", "1.25"},
		{"point", "1,250", "1250", "1250"},
		{"point", "1,250.5", "1250.5", "1250.5"},
		{"point", "2,40", contradiction, contradiction},
		{"point", "0,125", contradiction, contradiction},
		{"point", "1.000.000", contradiction, contradiction},
		{"point", "1.250,50", contradiction, contradiction},
		{"point", "۲٫۵", "2.5", "2.5"},
		{"comma", "1.250", "1250", "1250"},
		{"comma", "1,250", "1.25", "1.25"},
		{"comma", "2.5", contradiction, contradiction},
		{"comma", "1,000,000", contradiction, contradiction},
		{"comma", "1 000,5", "1000.5", "1000.5"},
	} {
		n := notation(t, test.seen)
		for usual, want := range map[bool]string{false: test.plain, true: test.usual} {
			got, err := n.Read(test.number, usual)
			switch a := (*AmbiguousError)(nil); {
			case errors.As(err, &a):
				got = refused
			case errors.Is(err, ErrNotation):
				got = contradiction
			case err != nil:
				t.Errorf("%s: %v", test.number, err)
			}
			if got != want {
				t.Errorf("%s beside %q, three decimals usual %v: %q, want %q", test.number, test.seen, usual, got, want)
			}
		}
	}
	for _, name := range []string{"point", "comma"} {
		if n := notation(t, name); n.String() != name {
			t.Errorf("%s is %s", name, n)
		}
	}
	if n, err := ParseNotation("."); err == nil || n != (Notation{}) || n.String() != "" {
		t.Errorf("%v, %v", n, err)
	}
	given := notation(t, "point")
	if given.Observe("2,40"); given != notation(t, "point") {
		t.Error("a given notation has learnt")
	}
}

func TestReadStrength(t *testing.T) {
	for s, want := range map[string]string{
		"500 mg": "500 mg", "500mg": "500 mg", "0.050 %": "0.05 %", "2.5 mg/5 ml": "2.5 mg/5 ml", "2.50 mg / 5 ml": "2.5 mg/5 ml", ".5 mg": "0.5 mg",
		"50.000 units": "50 units", "50.125 units": "50.125 units", "1.500 mg": "1.5 mg", "400000 units": "400000 units", "1.2 million units": "1.2 million units",
		"10000 units/ml": "10000 units/ml", "100 micrograms/dose": "100 micrograms/dose", "1 %/0.1 %": "1 %/0.1 %", "400 mg/57 mg/5 ml": "400 mg/57 mg/5 ml",
		"۵۰۰ mg": "500 mg", "٢٫٥ mg": "2.5 mg", "2.5\u00a0mg": "2.5 mg", "0.4 mg/g": "0.4 mg/g", "5 mg/1 ml": "5 mg/1 ml",
		// Combinations.
		"10 mg + 10 mg": "10 mg/10 mg", "10mg+10mg": "10 mg/10 mg", "5 mg+10 mg": "5 mg/10 mg", "۵ mg + ۱۰ mg": "5 mg/10 mg", "5 mg ＋ 10 mg": "5 mg/10 mg",
		"10 mg + 10 mg/5 ml": "10 mg/10 mg/5 ml", "1 mg + 2 mg + 3.0 mg": "1 mg/2 mg/3 mg", "20 mg/ml + 5 micrograms/ml": "20 mg/5 micrograms/ml",
		"0.02 % + 3 %": "0.02 %/3 %", "10 mg + 5 mg + 1 mg/ml": "10 mg/5 mg/1 mg/ml",
		// Not readable, or not only in one way.
		"": "", "mg": "", "500": "", "500 MG": "", "400 IU": "", "forte": "", "10-20 mg": "", "5 mg/": "", "5 mg//5 ml": "", "mg/5 ml": "", "5 mg/5 drops": "", "5. mg": "",
		"1,000 mg": "", "2,5 mg": "", "1.2.3 mg": "", "1.000.000 units": "", "1 000 mg": "", "1٬000 mg": "", "-5 mg": "", "5 mg extra": "", "10 mg/0 ml": "",
		"+5 mg": "", "5 mg+": "", "5 mg++5 mg": "", "10 mg/ml + 5 mg": "", "1 mg/ml + 2 mg/5 ml": "", "1 mg + 2 mg/ml + 3 mg/ml": "", "1 mg/2 mg + 3 mg": "", "10 mg + ml": "", "10 mg + 5 ml": "",
		"1234567890123456 mg": "",
	} {
		strength, err := ReadStrength(s)
		got := ""
		if err == nil {
			got = strength.String()
		}
		if got != want {
			t.Errorf("%q is %q, %v; want %q", s, got, err, want)
		}
		if shown := StrengthText(s); err == nil && shown != want || err != nil && shown != s {
			t.Errorf("%q is shown as %q", s, shown)
		}
	}
}

// A number in a strength that cannot be read is not found by a value that it
// may not have.
func TestStrengthWords(t *testing.T) {
	for s, want := range map[string]string{
		"50.000 units": "50 units", "10 mg + 10 mg": "10 mg/10 mg", "500mg": "500 mg",
		"10 MG": "10 MG", "2.50 MG": "2.5 MG", "3.125 MG": " MG", "۵ MG/5 ML": "5 MG/5 ML", "3.125 MG / 5 ML": " MG / 5 ML",
		"1.000 mg x 2": " mg x 2", "2x1.000 mg": "2x mg", "2 x 1,000 mg": "2 x  mg", "D3 500.000 IU": "D3  IU", "1.000-2.000 mg": "- mg", "1.000": "", "0.125 MG x 2": "0.125 MG x 2",
		"400.000 IU": " IU", "1,250 mg": " mg", "2,5 mg": " mg", "1.000.000 IU": " IU", "1 000 mg": " mg", "400000 IU": "400000 IU",
		"vitamin B12 forte": "vitamin B12 forte", "H1 500 mg": "H1 500 mg", "2CH à 30CH": "2CH à 30CH", "forte": "forte", "": "",
	} {
		if got := StrengthWords(s); got != want {
			t.Errorf("%q is found as %q, want %q", s, got, want)
		}
	}
}

func TestStrengthsInNotations(t *testing.T) {
	const refused, contradiction = "?", "!"
	for _, test := range []struct{ seen, in, want string }{
		{"", "500 mg", "500 mg"},
		{"", "1,00 mg", "1 mg"},
		{"", "3.125 mg", "3.125 mg"},
		{"", "9,121 MG", "9.121 MG"},
		{"", "1.250 میلی\u200cگرم", "1.25 میلی\u200cگرم"},
		{"", "10.125%", "10.125%"},
		{"", "50.000 units", refused},
		{"", "50.000 IU", refused},
		{"", "50.000 I.U.", refused},
		{"", "50.000 ünite", refused},
		{"", "50.000 ÜNİTE", refused},
		{"", "۵۰.۰۰۰ واحد", refused},
		{"", "50.000 IU anti-Xa", refused},
		{"", "1.200 million IU", refused},
		{"", "1.000 micrograms", refused},
		{"", "5 mg + 1.000 micrograms", refused},
		{"", "1.000 mcg/dose", refused},
		{"", "50 000 units", "50000 units"},
		{"", "50٬000 units", "50000 units"},
		{"", "1.000.000 units", "1000000 units"},
		{"", "12.5 mg/1.250 units", "12.5 mg/1.25 units"},
		{"", "0,069 mg / 11,200 UI", "0.069 mg / 11.2 UI"},
		{"", "10 mg + 10 mg", "10 mg + 10 mg"},
		{"", "۱۰ mg＋۲٫۵ mg", "10 mg＋2.5 mg"},
		{"2,5", "50.000 units", "50000 units"},
		{"12.5", "50.000 units", "50 units"},
		{"2,5", "3.125 mg", refused},
		{"2,5|12.5", "3.125 mg", "3.125 mg"},
		// Thousands before mg, g, ml and % are seen only before such a unit in the
		// same strength.
		{"1.250,5", "3.125 mg", refused},
		{"1.000.000", "3.125 mg", refused},
		{"1.000.000", "3,125 mg", "3.125 mg"},
		{"1.000.000", "50.000 IU", "50000 IU"},
		{"1.000.000", "3.125 %", refused},
		{"1.000.000", "3.125 spoons", refused},
		{"", "3.125 mg/1.000.000 IU", refused},
		{"", "1.000.000 IU + 3.125 mg", refused},
		{"", "3.125 mg/1.250,5 mg", "3125 mg/1250.5 mg"},
		// Not both signs mark decimals.
		{"1.250|1,250", "1.250 mg", refused},
		{"", "1.250 mg + 1,250 mg", refused},
		{"", "1.250 mg + 50,000.5 IU", "1.25 mg + 50000.5 IU"},
		// Wide letters.
		{"", "50.000 ＩＵ", refused},
		{"", "５０．０００ ＩＵ", refused},
		{"", "３．１２５ ｍｇ", "3.125 ｍｇ"},
		{"", "３．１２５％", "3.125％"},
		{"1.000.000|12.5", "3.125 mg", refused},
		{"point", "50.000 units", "50 units"},
		{"comma", "50.000 units", "50000 units"},
		{"comma", "3.125 mg", "3125 mg"},
		{"comma", "2.5 mg", contradiction},
		{"point", "2,5 spoons", contradiction},
		// What has no ambiguous number is not refused.
		{"2,5", "3,124 spoons", "3.124 spoons"},
		{"", "forte", "forte"},
		{"", "2CH à 30CH / 4DH", "2CH à 30CH / 4DH"},
		{"", "2 x 2,5 mg", "2 x 2,5 mg"},
		{"", "2x2.50 mg", "2x2.50 mg"},
		{"", "1.000.000 IU x 2", "1.000.000 IU x 2"},
		{"", "۲/۵ میلی\u200cگرم", "۲/۵ میلی\u200cگرم"},
		{"", "2/2,5 mg", "2/2,5 mg"},
		// Only a given notation tells what is not a number with a known unit.
		{"", "3,124 spoons", refused},
		{"", "1.250", refused},
		{"2.5", "1.250", refused},
		{"", "2,222 mg (3 DH)", refused},
		{"", "au moins 1.000 UI", refused},
		{"", "1.000 mg x 2", refused},
		{"", "2x1.000 mg", refused},
		{"", "2x 1.000 mg", refused},
		{"", "D3 50.000 IU", refused},
		{"", "D3 500.000 IU", refused},
		{"", "Vitamin D3 50.000 IU", refused},
		{"", "مقدار50.000 units", refused},
		{"", "50.000 IU x 2", refused},
		{"", "50.000 IU per 2 ml", refused},
		{"", "1.000-2.000 mg", refused},
		{"", "2.5 mg/1.000 x 2", refused},
		{"", "5/1.000 mg", refused},
		{"comma", "2,222 mg (3 DH)", "2.222 mg (3 DH)"},
		{"comma", "D3 50.000 IU x 2,5", "D3 50000 IU x 2.5"},
		{"point", "1.000-2.500 mg", "1-2.5 mg"},
		{"point", "2,5 x 1.000 mg", contradiction},
		{"point", "2,5 x 1 mg", "2,5 x 1 mg"},
	} {
		n := notation(t, test.seen)
		got, err := n.ReadStrength(test.in)
		a := (*AmbiguousError)(nil)
		switch {
		case errors.As(err, &a):
			got = refused
		case errors.Is(err, ErrNotation):
			got = contradiction
		case err != nil:
			t.Errorf("%q: %v", test.in, err)
		}
		if got != test.want {
			t.Errorf("%q beside %q is %q, %v; want %q", test.in, test.seen, got, err, test.want)
		}
	}
}

func TestUnambiguous(t *testing.T) {
	for s, want := range map[string]string{"1.125": "1.1250", "0.125": "0.125", "2.40": "2.40", "1000": "1000", "1234.567": "1234.567"} {
		if got := Unambiguous(s); got != want {
			t.Errorf("%q is written as %q, want %q", s, got, want)
		}
	}
	for s, want := range map[string]string{"50.125 units": "50.1250 units", "3.125 mg": "3.1250 mg", "0.125 mg": "0.125 mg", "1 mg + 50.125 units/2.125 doses": "1 mg + 50.1250 units/2.1250 doses", "forte": "forte"} {
		if got := UnambiguousStrength(s); got != want {
			t.Errorf("%q is written as %q, want %q", s, got, want)
		}
	}
}

// The reading of a number is a plain decimal, the same in either notation, and
// one of the two readings if there are two.
func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"1.250", "1,234.50", "۱٬۲۳۴٫۵۰", "1 234,5", "0.125", ".5", "1'000", "\u200e12\u200f", "\xff1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		number, rest := CutNumber(s)
		if number+rest != s {
			t.Fatalf("%q is cut into %q and %q", s, number, rest)
		}
		decimal, grouped, ambiguous := Readings(s)
		for _, n := range []Notation{{}, notation(t, "point"), notation(t, "comma"), notation(t, "2,40"), notation(t, "1.000.000|12.5")} {
			for _, usual := range []bool{false, true} {
				got, err := n.Read(s, usual)
				if err != nil {
					continue
				}
				if _, err := strconv.ParseFloat(got, 64); err != nil && !errors.Is(err, strconv.ErrRange) || strings.Trim(got, "0123456789.") != "" {
					t.Fatalf("%q is read as %q: %v", s, got, err)
				}
				if ambiguous && got != decimal && got != grouped {
					t.Fatalf("%q is read as %q, but may be %q or %q", s, got, decimal, grouped)
				}
				if again, err := (Notation{}).Read(Unambiguous(got), false); again != got || err != nil {
					t.Fatalf("%q is read as %q, written as %q and read again as %q, %v", s, got, Unambiguous(got), again, err)
				}
			}
		}
	})
}

// The canonical text of a strength is read again as the same strength, and so
// is what is written to a table.
func FuzzReadStrength(f *testing.F) {
	for _, seed := range []string{"500 mg", "2.5 mg/5 ml", "10 mg + 10 mg/5 ml", "۵ mg ＋ ۱۰ mg", "50.000 units", "20 mg/ml + 5 micrograms/ml", ".5 mg", "1 000 mg", "1.000 foo/2,5 mg", "+/+"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		StrengthWords(s)
		for _, n := range []Notation{{}, notation(t, "point"), notation(t, "2,40")} {
			if read, err := n.ReadStrength(s); err == nil && len(parts(read)) != len(parts(s)) {
				t.Fatalf("%q is read as %q", s, read)
			}
		}
		strength, err := ReadStrength(s)
		if err != nil {
			if StrengthText(s) != s || MeasureOf(s).Known() {
				t.Fatalf("%q cannot be read, but is shown as %q", s, StrengthText(s))
			}
			return
		}
		text := strength.String()
		again, err := ReadStrength(text)
		if err != nil || again.String() != text {
			t.Fatalf("%q is %q and again %q, %v", s, text, again, err)
		}
		if MeasureOf(s).Compare(MeasureOf(text)) != 0 || strengthKey(s) != strengthKey(text) || StrengthWords(s) != text {
			t.Fatalf("%q and %q differ: %+v, %+v", s, text, MeasureOf(s), MeasureOf(text))
		}
		cell := UnambiguousStrength(text)
		for _, seen := range []string{"", "point", "2,40", "1.000.000", "1.250,5|1,250", "1,250|1.250"} {
			if read, err := notation(t, seen).ReadStrength(cell); err != nil || read != text {
				t.Fatalf("%q is written as %q and read beside %q as %q, %v", text, cell, seen, read, err)
			}
		}
	})
}

// The numbers in a text stand where they are said to, in order, and none with
// two readings is left out.
func FuzzNumbers(f *testing.F) {
	for _, seed := range []string{"2x1.000 mg", "D3 500.000 IU", "B12 forte", ".5, 1 250.000-2٫5", "مقدار50.000", "x.5\xff1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		done := 0
		for at, number := range Numbers(s) {
			if at < done || number == "" || !strings.HasPrefix(s[at:], number) {
				t.Fatalf("%q has the number %q at %d after %d", s, number, at, done)
			}
			noneLeft(t, s[done:at])
			done = at + len(number)
		}
		noneLeft(t, s[done:])
	})
}

// noneLeft checks that a text has no ambiguous number.
func noneLeft(t *testing.T, s string) {
	t.Helper()
	for i := range s {
		number, _ := CutNumber(s[i:])
		if _, _, ambiguous := Readings(number); ambiguous {
			t.Fatalf("the number %q is left out before %q", number, s[i+len(number):])
		}
	}
}

func TestNumbersOfTexts(t *testing.T) {
	for s, want := range map[string]string{
		"500 mg": "500", "2x1.000 mg": "2|1.000", "2x10 mg": "2", "D3 500.000 IU": "500.000", "B12": "", "B12.5": "12.5", "1 250.000 units": "1 250.000", "1'250.000 units": "1'250.000",
		"مقدار50.000 units": "50.000", "1.000-2.000 mg": "1.000|2.000", ".5 and ۲٫۵.": ".5|۲٫۵", "no.5": "5", "": "", "...": "", "2/5": "2|5",
	} {
		var all []string
		for at, number := range Numbers(s) {
			if s[at:at+len(number)] != number {
				t.Errorf("%q: %q is not at %d", s, number, at)
			}
			all = append(all, number)
		}
		if got := strings.Join(all, "|"); got != want {
			t.Errorf("%q has the numbers %q, want %q", s, got, want)
		}
	}
}
