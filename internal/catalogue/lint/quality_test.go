package lint

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pharmacy/data"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/search"

	"pharmacy/internal/catalogue/catfile"
)

// sound is a catalogue without findings, with one fact per line. The test cases
// change it.
//
//go:embed testdata/sound.json
var sound string

var now = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func testWords() Words {
	known := func(all ...string) func(string) bool {
		return func(s string) bool { return slices.Contains(all, s) }
	}
	return Words{Form: known("tablet", "capsule", "oral-solution"), Unit: known("tablet", "capsule", "ml")}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func findings(t *testing.T, data string) []catfile.Fault {
	t.Helper()
	_, faults, err := Check([]byte(data), now, testWords())
	if err != nil {
		t.Fatalf("%v\n%s", err, lines(faults))
	}
	return faults
}

func TestSoundCatalogueHasNoFinding(t *testing.T) {
	if found := findings(t, sound); len(found) > 0 {
		t.Error(lines(found))
	}
}

func TestQualityRules(t *testing.T) {
	en := func(name string) string { return `"en": "` + name + `"` }
	used, strength, price := `"en": "Used for inflammation."`, `"strength": "10 mg"`, `"price": "8.00"`
	const p3 = "groups[0].variants[3]."
	tests := []struct {
		old, new string
		want     string // rule and path, or "" for no finding
	}{
		// Text.
		{"ایبوپروفن", "ایبوprofن", "mixed-script groups[1].name.fa"},
		{"İbuprofen", "İbuprоfen", "mixed-script groups[1].name.tr"}, // a Cyrillic o
		{"دلتاکورتیزون", "دلتاkورتیزون", "mixed-script groups[0].synonyms[1]"},
		{"دلتازون", "دلتاzون", "mixed-script groups[0].brands[1]"},
		{"مسکن", "مسkن", "mixed-script categories[0].synonyms[1]"},
		{`"brand": "Brand"`, `"brand": "Brаnd"`, "mixed-script groups[0].variants[5].brand"},
		{"ایبوپروفن", "اکسيد", "mixed-script groups[1].name.fa"}, // Persian kaf, Arabic yeh
		{"ایبوپروفن", "دارو (Ibuprofen)", ""},
		{"İbuprofen", "İbuprofen و", "foreign-script groups[1].name.tr"},
		{used, en("Ибупрофен"), "foreign-script groups[0].description.en"},
		{used, en("A β blocker"), ""},
		{"برای التهاب", "براي التهاب", "foreign-letter groups[0].description.fa"},
		{"يُستعمل", "یُستعمل", "foreign-letter groups[0].description.ar"},
		{used, en("Pain 💊."), "emoji groups[0].description.en"},
		{used, en("Pain \u2764\ufe0f."), "emoji groups[0].description.en"},
		{used, en("© Brand™ at 37 °C"), ""},
		{used, en("<b>Pain</b>"), "markup groups[0].description.en"},
		{used, en("Pain &amp; fever"), "markup groups[0].description.en"},
		{used, en("Pain & fever; x < 5 and y > 3"), ""},
		{used, en("Pain \u202e"), "invisible groups[0].description.en"},
		{used, en("Pain \x7f"), "invisible groups[0].description.en"},
		{"ایبوپروفن", "ایبو\\u0000پروفن", "invisible groups[1].name.fa"},
		{`"brand": "Brand"`, `"brand": "Br\u0000and"`, "invisible groups[0].variants[5].brand"},
		{strength, `"strength": "10 mg\u200b"`, "invisible " + p3 + "strength unknown-unit " + p3 + "strength"},
		{strength, `"strength": "1\u200f0 mg"`, "bad-number " + p3 + "strength invisible " + p3 + "strength"},
		{`"form": "oral-solution"`, `"form": "oral-solution\ufeff"`, "invisible groups[0].variants[5].form unknown-form groups[0].variants[5].form"},
		{`"unit": "ml"`, `"unit": "ml\u200b"`, "invisible groups[0].variants[5].pack.unit unknown-unit groups[0].variants[5].pack.unit"},
		// Doses in text.
		{used, en("About 2.0 mg."), "trailing-zero groups[0].description.en"},
		{used, en("About .5 mg."), "leading-zero groups[0].description.en"},
		{used, en("About 500mg."), "no-space groups[0].description.en"},
		{used, en("About 50 µg."), "misread-unit groups[0].description.en"},
		{used, en("About 50 μg."), "misread-unit groups[0].description.en"}, // a Greek mu
		{used, en("About 50 mcg."), "misread-unit groups[0].description.en"},
		{used, en("About 50 IU."), "misread-unit groups[0].description.en"},
		{used, en("About 5 U."), "misread-unit groups[0].description.en"},
		{used, en("From 10 mg to 1,500 mg; 2.5 mg, 10.05 mg, 100 units; version 2.0; B12, H1; 5-HT3."), ""},
		{"برای التهاب", "برای ۲٫۰ میلی\u200cگرم", "trailing-zero groups[0].description.fa"},
		// Strengths.
		{strength, `"strength": "2.0 mg"`, "trailing-zero " + p3 + "strength"},
		{strength, `"strength": "1.50 mg"`, "trailing-zero " + p3 + "strength"},
		{strength, `"strength": "12.5 mg/1.0 ml"`, "trailing-zero " + p3 + "strength"},
		{strength, `"strength": ".5 mg"`, "leading-zero " + p3 + "strength"},
		{strength, `"strength": "500"`, "missing-unit " + p3 + "strength"},
		{strength, `"strength": "10/20 mg"`, "missing-unit " + p3 + "strength"},
		{strength, `"strength": "mg"`, "missing-value " + p3 + "strength"},
		{strength, `"strength": "10mg"`, "no-space " + p3 + "strength"},
		{strength, `"strength": "10%"`, "no-space " + p3 + "strength"},
		{strength, `"strength": "100 µg"`, "misread-unit " + p3 + "strength"},
		{strength, `"strength": "100 μg"`, "misread-unit " + p3 + "strength"},
		{strength, `"strength": "100 mcg"`, "misread-unit " + p3 + "strength"},
		{strength, `"strength": "100 IU"`, "misread-unit " + p3 + "strength"},
		{strength, `"strength": "100 U/ml"`, "misread-unit " + p3 + "strength"},
		{strength, `"strength": "10 MG"`, "unknown-unit " + p3 + "strength"},
		{strength, `"strength": "10 mg/spoon"`, "unknown-unit " + p3 + "strength"},
		{strength, `"strength": "2,5 mg"`, "bad-number " + p3 + "strength"},
		{strength, `"strength": "۱۰ mg"`, "bad-number " + p3 + "strength"},
		// A separator before exactly three digits: no reading is preferred.
		{strength, `"strength": "400.000 units"`, "ambiguous-number " + p3 + "strength"},
		{strength, `"strength": "400.000 IU"`, "ambiguous-number " + p3 + "strength misread-unit " + p3 + "strength"},
		{strength, `"strength": "50.125 units"`, "ambiguous-number " + p3 + "strength"},
		{strength, `"strength": "1.500 mg"`, "ambiguous-number " + p3 + "strength"},
		{strength, `"strength": "5 mg + 1.250 mg"`, "ambiguous-number " + p3 + "strength"},
		{strength, `"strength": "1,250 mg"`, "ambiguous-number " + p3 + "strength"},
		{strength, `"strength": "۱،۲۵۰ mg"`, "ambiguous-number " + p3 + "strength"},
		{strength, `"strength": "3.125 mg"`, ""},
		{strength, `"strength": "10.125 %"`, ""},
		{strength, `"strength": "0.125 micrograms"`, ""},
		{strength, `"strength": "0.500 mg"`, "trailing-zero " + p3 + "strength"},
		{strength, `"strength": "1000.500 mg"`, "trailing-zero " + p3 + "strength"},
		{strength, `"strength": "1.000.000 units"`, "bad-number " + p3 + "strength"},
		{strength, `"strength": "1 000 mg"`, "bad-number " + p3 + "strength"},
		{used, en("About 1.000 mg."), "ambiguous-number groups[0].description.en"},
		{used, en("About 0.500 mg."), "trailing-zero groups[0].description.en"},
		// Combinations.
		{strength, `"strength": "10 mg + 10 mg"`, ""},
		{strength, `"strength": "10 mg ＋ 10 mg/5 ml"`, ""},
		{strength, `"strength": "10mg+10 mg"`, "no-space " + p3 + "strength"},
		{strength, `"strength": "10 mg/ml + 10 mg"`, "unreadable-strength " + p3 + "strength"},
		{strength, `"strength": "10 micrograms/ml"`, ""},
		{strength, `"strength": "5 mg/325 mg"`, ""},
		{strength, `"strength": "10 million units"`, ""},
		{strength, `"strength": "100 mg"`, ""},
		// Names.
		{"Ibuprofen", "PREDNISONE", "duplicate-name groups[1].name.en"},
		{"ایبوپروفن", "پردنيزون", "duplicate-name groups[1].name.fa mixed-script groups[1].name.fa"},
		{"Ibuprofen", "Prednisones", "look-alike groups[1].name.en"},
		{"Ibuprofen", "Prednison", "look-alike groups[1].name.en"},
		{"Ibuprofen", "Predmisone", "look-alike groups[1].name.en"},
		{"Ibuprofen", "Prednisnoe", "look-alike groups[1].name.en"},
		{"Ibuprofen", "Predn1s0ne", "look-alike groups[1].name.en"},
		{"Ibuprofen", "Prednisolone", ""},
		{`"ibuprofen", "category"`, `"ibuprofen", "distinct_from": ["prednisone", "predni"], "category"`, "unknown-group groups[1].distinct_from[1]"},
		// Dates and prices.
		{`"2098-06"`, `"1407/05"`, ""},
		{`"5.00"`, `"50.00"`, "price-outlier groups[0].variants[1].price price-pack groups[0].variants[2].price price-strength groups[0].variants[3].price"},
		{`"12.00"`, `"1.20"`, "price-outlier groups[0].variants[2].price"},
		{`"12.00"`, `"30.00"`, "price-pack groups[0].variants[2].price"},
		{`"12.00"`, `"14.00"`, ""},
		{`"5.00"`, `"2.50"`, "price-pack groups[0].variants[1].price"},
		{price, `"price": "2.40"`, "price-strength " + p3 + "price"},
		{price, `"price": "4.80"`, ""},
		{`"9.00", "class": "prescription"},
  {"id": "p-s`, `"1.00", "class": "prescription"},
  {"id": "p-s`, "price-strength groups[0].variants[4].price"},
		{price, `"price": "0"`, "missing-price " + p3 + "price"},
		// Missing or unknown values.
		{`, "tr": "İbuprofen"`, ``, "missing-language groups[1].name"},
		{`, "tr": "Ağrı", "ar": "الألم"`, ``, "missing-language categories[0].name"},
		{`"tr": "Yangı için kullanılır.", `, ``, "missing-language groups[0].description"},
		{`, "class": "general"`, ``, "missing-class groups[1].variants[0]"},
		{`"class": "general"`, `"class": ""`, "missing-class groups[1].variants[0].class"},
		{`"class": "general"`, `"class": null`, "missing-class groups[1].variants[0].class"},
		{`, "atc": "M01AE01"`, ``, "missing-atc groups[1]"},
		{"M01AE01", "M01AE1", "bad-atc groups[1].atc"},
		{"M01AE01", "m01ae01", "bad-atc groups[1].atc"},
		{"M01AE01", "E01AE01", "bad-atc groups[1].atc"},
		{"M01AE01", "M01A", "bad-atc groups[1].atc"},
		{`{"id": "i-1"`, `{"id": "i-1", "atc": "M02AA13"`, ""},
		{`{"id": "i-1"`, `{"id": "i-1", "atc": "M02AA"`, "bad-atc groups[1].variants[0].atc"},
		{`"ibuprofen", "category": "pain", "atc": "M01AE01",`, `"ibuprofen", "category": "pain",`, "missing-atc groups[1]"},
		// What a customer or a spreadsheet cannot tell apart.
		{`"amount": 30, "unit": "tablet"}, "price": "5.00"`, `"amount": 20, "unit": "Tablet"}, "price": "4.00"`, "alike-variants groups[0].variants[1].id unknown-unit groups[0].variants[1].pack.unit"},
		{`"5 mg", "pack": {"amount": 30, "unit": "tablet"}, "price": "5.00"`, `"5 mg", "pack": {"amount": 20, "unit": "tablet"}, "manufacturer": "Other", "price": "4.00"`, "alike-variants groups[0].variants[1].id"},
		{`"5 mg", "pack": {"amount": 30, "unit": "tablet"}, "price": "5.00"`, `"5 mg", "brand": "Own", "pack": {"amount": 20, "unit": "tablet"}, "price": "4.00"`, ""},
		{`"p-5-30"`, `"P-5-20"`, "alike-id groups[0].variants[1].id"},
		{`"i-1"`, `"P-5-20"`, "alike-id groups[1].variants[0].id"},
		{`"ibuprofen", "category"`, `"Prednisone", "category"`, "alike-id groups[1].id"},
		{`"form": "capsule"`, `"form": "kapsul"`, "unknown-form groups[0].variants[4].form"},
		{`"unit": "capsule"`, `"unit": "kapsul"`, "unknown-unit groups[0].variants[4].pack.unit"},
	}
	for _, test := range tests {
		data := strings.Replace(sound, test.old, test.new, 1)
		if data == sound {
			t.Errorf("%s does not occur", test.old)
			continue
		}
		var got []string
		for _, f := range findings(t, data) {
			got = append(got, f.Rule+" "+f.Path)
			// The position is that of the changed text or of its parent.
			if line := strings.Split(data, "\n")[f.Line-1]; !strings.Contains(line, strings.Split(test.new, "\n")[0]) && test.new != "" && !strings.HasPrefix(f.Rule, "price-") {
				t.Errorf("%s: line %d is %s", test.new, f.Line, line)
			}
			if f.Severity != catfile.Warning {
				t.Errorf("%s: %v", test.new, f)
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s → %s: found %q, want %q", test.old, test.new, got, test.want)
		}
	}
}

// The advice on a strength is never a thousand times its other reading.
func TestAmbiguousStrengthsHaveBothReadings(t *testing.T) {
	for strength, want := range map[string]string{
		"400.000 IU":       `"400.000 IU" may be 400 or 400000: write 400 units or 400000 units`,
		"50.125 units":     `"50.125 units" may be 50.125 or 50125: write 50.125 units or 50125 units`,
		"1.500 mg":         `"1.500 mg" may be 1.5 or 1500: write 1.5 mg or 1500 mg`,
		"1,250 mg":         `"1,250 mg" may be 1.25 or 1250: write 1.25 mg or 1250 mg`,
		"5 mg/2.000 doses": `"2.000 doses" may be 2 or 2000: write 2 doses or 2000 doses`,
		"1.000 foo":        `"1.000 foo" may be 1 or 1000: write 1 foo or 1000 foo`,
		"1.000":            `"1.000" may be 1 or 1000: write 1 or 1000`,
		"2.0 mg":           `"2.0 mg" has a trailing zero, and the point is easily missed: write 2 mg`,
		".50 mg":           `".50 mg" has a trailing zero, and the point is easily missed: write 0.5 mg`,
		"1.000.000 IU":     `"1.000.000 IU": write the digits 0 to 9, a point for decimals and nothing between thousands`,
	} {
		var all []string
		for _, f := range findings(t, strings.Replace(sound, `"strength": "10 mg"`, `"strength": "`+strength+`"`, 1)) {
			all = append(all, f.Message)
		}
		if !slices.Contains(all, want) {
			t.Errorf("%s: %q, want %q", strength, all, want)
		}
		for _, message := range all {
			if strings.Contains(message, "trailing zero") && !strings.Contains(want, "trailing zero") {
				t.Errorf("%s: %s", strength, message)
			}
		}
	}
}

// What is advised for a strength is what was written.
func TestAdviceOnStrengths(t *testing.T) {
	const missing = " is not a value and a unit as in \"500 mg\""
	for strength, want := range map[string][]string{
		"5 kIU":            {`"kIU" is misread: write 5000 units`},
		"0.5 KIU":          {`"KIU" is misread: write 500 units`},
		"0.001 kU":         {`"kU" is misread: write 1 unit`},
		"5 MIU":            {`"MIU" is misread: write 5 million units`},
		"1.2 MU":           {`"MU" is misread: write 1.2 million units`},
		"5 mIU":            {`"mIU" may be thousandths or millions of units: write the number of units in full`},
		"5 mg/kU":          {`"kU" is misread: write the number of units in full, as in 5000 units`},
		"5 IU":             {`"IU" is misread: write micrograms or units`},
		"50.000 kIU":       {`"50.000 kIU" may be 50 or 50000: write 50000 units or 50000000 units`, `"kIU" is misread: write the number of units in full, as in 5000 units`},
		"1.000-2.000 mg":   {`"1.000" in "1.000-2.000 mg" may be 1 or 1000`, `"2.000" in "1.000-2.000 mg" may be 2 or 2000`, `"1.000-2.000 mg"` + missing},
		"2x1.000 mg":       {`"1.000" in "2x1.000 mg" may be 1 or 1000`, `"2x1.000 mg"` + missing},
		"1.000 mg x 2":     {`"1.000" in "1.000 mg x 2" may be 1 or 1000`, `"1.000 mg x 2"` + missing},
		"D3 500.000 IU":    {`"500.000" in "D3 500.000 IU" may be 500 or 500000`, `"D3 500.000 IU"` + missing},
		"10-20 mg":         {`"10-20 mg"` + missing},
		"400.000IU":        {`"400.000IU" may be 400 or 400000: write 400 units or 400000 units`, `"IU" is misread: write micrograms or units`, `"400.000IU" has no space between value and unit`},
		"1.000 units":      {`"1.000 units" may be 1 or 1000: write 1 unit or 1000 units`},
		"1.000 IU anti-Xa": {`"1.000 IU anti-Xa" may be 1 or 1000: write 1 unit anti-Xa or 1000 units anti-Xa`, `the unit "IU anti-Xa" is not known: write mg, g, micrograms, units, mmol, % or ml, in small letters`},
		"2.50mg":           {`"2.50mg" has a trailing zero, and the point is easily missed: write 2.5 mg`, `"2.50mg" has no space between value and unit: write "2.5 mg"`},
		"5foo":             {`the unit "foo" is not known: write mg, g, micrograms, units, mmol, % or ml, in small letters`, `"5foo" has no space between value and unit`},
		"10mg":             {`"10mg" has no space between value and unit: write "10 mg"`},
		".5 mcg":           {`".5 mcg" has no zero before the point, which is easily missed: write 0.5 micrograms`, `"mcg" is misread: write micrograms or units`},
	} {
		var all []string
		for _, f := range findings(t, strings.Replace(sound, `"strength": "10 mg"`, `"strength": "`+strength+`"`, 1)) {
			all = append(all, f.Message)
		}
		if !slices.Equal(all, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", strength, all, want)
		}
	}
}

// A number in a text is read whole, and both its readings are named.
func TestAdviceOnTexts(t *testing.T) {
	for text, want := range map[string][]string{
		"Günde 2x1.000 mg alınır": {`"1.000 mg" may be 1 or 1000: write 1 mg or 1000 mg`},
		"2x50.000 units":          {`"50.000 units" may be 50 or 50000: write 50 units or 50000 units`},
		"2x50.000 IU":             {`"50.000 IU" may be 50 or 50000: write 50 units or 50000 units`, `"50.000 IU" is misread: write micrograms or units`},
		"مقدار50.000 units":       {`"50.000 units" may be 50 or 50000: write 50 units or 50000 units`},
		"D3 500.000 units":        {`"500.000 units" may be 500 or 500000: write 500 units or 500000 units`},
		"۵۰.۰۰۰ units":            {`"۵۰.۰۰۰ units" may be 50 or 50000: write 50 units or 50000 units`},
		"1 250.000 units":         {`"1 250.000 units" has a trailing zero, and the point is easily missed: write 1250 units`},
		"1'250.000 units":         {`"1'250.000 units" has a trailing zero, and the point is easily missed: write 1250 units`},
		"1.250.000 units":         nil,
		"1,250.00 mg":             {`"1,250.00 mg" has a trailing zero, and the point is easily missed: write 1250 mg`},
		"2.0 mg, 3.0 mg":          {`"2.0 mg" has a trailing zero, and the point is easily missed: write 2 mg`},
		"2.0 gün":                 {`"2.0 g" has a trailing zero, and the point is easily missed: write 2 mg and not 2.0 mg`},
		"15 kIU":                  {`"15 kIU" is misread: write 15000 units`},
		"3 MU daily":              {`"3 MU" is misread: write 3 million units`},
		"3 mU daily":              {`"3 mU" may be thousandths or millions of units: write the number of units in full`},
		"1.500 kU":                {`"1.500 kU" is misread: write the number of units in full, as in 5000 units`},
	} {
		var all []string
		for _, f := range findings(t, strings.Replace(sound, `"en": "Used for inflammation."`, `"en": "`+text+`"`, 1)) {
			if f.Rule != "foreign-script" && f.Rule != "mixed-script" {
				all = append(all, f.Message)
			}
		}
		slices.Sort(all)
		if slices.Sort(want); !slices.Equal(all, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", text, all, want)
		}
	}
}

// A price of a combination is compared with that of the same combination,
// however written.
func TestPricesOfCombinations(t *testing.T) {
	data := strings.NewReplacer(`"strength": "5 mg"`, `"strength": "5 mg + 5 mg"`).Replace(sound)
	data = strings.Replace(data, `"strength": "5 mg + 5 mg"`, `"strength": "0.005 g/5 mg"`, 1)
	if data = strings.Replace(data, `"12.00"`, `"1.20"`, 1); !strings.Contains(data, `"1.20"`) {
		t.Fatal("the price does not occur")
	}
	if found := findings(t, data); len(found) != 1 || found[0].Rule != "price-outlier" {
		t.Error(lines(found))
	}
}

func TestDistinctGroupsAreNotTold(t *testing.T) {
	data := strings.Replace(sound, `"Ibuprofen"`, `"Prednison"`, 1)
	for _, group := range []string{`"prednisone", `, `"ibuprofen", `} {
		other := map[string]string{`"prednisone", `: "ibuprofen", `"ibuprofen", `: "prednisone"}[group]
		if found := findings(t, strings.Replace(data, group, group+`"distinct_from": ["`+other+`"], `, 1)); len(found) > 0 {
			t.Error(lines(found))
		}
	}
}

// What makes a file unusable is told with its rule and place.
func TestErrorsHaveRules(t *testing.T) {
	for _, test := range []struct{ old, new, want string }{
		{`"2098-06"`, `"2027/02/31"`, "impossible-date groups[0].variants[0].expiry"},
		{`"2098-06"`, `"1445/05"`, "impossible-date groups[0].variants[0].expiry"},
		{`"2098-06"`, `"2571/06"`, "impossible-date groups[0].variants[0].expiry"},
		{`"2098-06"`, `"28/06/2028"`, "impossible-date groups[0].variants[0].expiry"},
		{`"2098-06"`, `"soon"`, "bad-date groups[0].variants[0].expiry"},
		{`"updated": "2026-01-01T00:00:00Z", "currency"`, `"updated": "2062-11-01T08:00:00Z", "currency"`, "future-time updated"},
		{`"updated": "2026-01-01T00:00:00Z", "currency"`, `"updated": "2026-11-24T00:00:01Z", "currency"`, "future-time updated"},
		{`"updated": "2026-01-01T00:00:00Z", "currency"`, `"updated": "2026-11-24T00:00:00Z", "currency"`, ""},
		{`"atc": "M01AE01"`, `"atc": "M01AE01", "leaflet": "//evil"`, "bad-leaflet groups[1].leaflet"},
	} {
		data := strings.Replace(sound, test.old, test.new, 1)
		_, faults, err := Check([]byte(data), now, testWords())
		var got []string
		for _, f := range faults {
			got = append(got, f.Rule+" "+f.Path)
			if line := strings.Split(data, "\n")[f.Line-1]; f.Severity != catfile.Error || !strings.Contains(line, test.new) {
				t.Errorf("%s: %s in line %s", test.new, f, line)
			}
		}
		if strings.Join(got, " ") != test.want || (err == nil) != (test.want == "") {
			t.Errorf("%s: found %q, want %q; %v", test.new, got, test.want, err)
		}
	}
}

// Quality findings do not hide errors, and errors do not hide findings.
func TestQualityBesideErrors(t *testing.T) {
	data := strings.NewReplacer(`"8.00"`, `"eight"`, `"20 mg"`, `"20mg"`).Replace(sound)
	c, faults, err := Check([]byte(data), now, testWords())
	if c != nil || err == nil || len(faults) != 2 || faults[0].Rule != "bad-price" || faults[0].Severity != catfile.Error || faults[1].Rule != "no-space" {
		t.Errorf("%v\n%s", err, lines(faults))
	}
	if _, faults, err = Check([]byte(data[:len(data)/2]), now, Words{}); err == nil || len(faults) != 1 {
		t.Errorf("truncated file: %v\n%s", err, lines(faults))
	}
	// Without words, none are reported as unknown.
	if _, faults, err := Check([]byte(strings.ReplaceAll(sound, "capsule", "kapsul")), now, Words{}); err != nil || len(faults) > 0 {
		t.Errorf("%v\n%s", err, lines(faults))
	}
}

// The replaced application's file has many findings, and none is an error.
func TestQualityOfTheOldFile(t *testing.T) {
	_, faults, err := Check(read(t, "../catfile/testdata/old.json"), now, testWords())
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]int{}
	for _, f := range faults {
		rules[f.Rule]++
		if f.Line == 0 || f.Column == 0 || f.Rule == "" {
			t.Errorf("finding without a position or rule: %+v", f)
		}
	}
	for _, rule := range []string{"emoji", "markup", "impossible-date", "missing-language", "no-space"} {
		if rules[rule] == 0 {
			t.Errorf("no %s among\n%s", rule, lines(faults))
		}
	}
	if rules["missing-class"] != 1 || rules["missing-atc"] != 0 {
		t.Errorf("legacy file: %d missing-class and %d missing-atc findings", rules["missing-class"], rules["missing-atc"])
	}
	if all := lines(faults); !strings.Contains(all, "medicine_groups.Painkillers.medicines.201.name_en: the emoji") {
		t.Error(all)
	}
}

func TestDemonstrationHasNoFinding(t *testing.T) {
	_, faults, err := Check(data.Medicines, time.Now(), Words{})
	if err != nil || len(faults) > 0 {
		t.Errorf("%v\n%s", err, lines(faults))
	}
}

func TestFindingsOfARuleAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"groups": [{"id": "a", "name": "A", "atc": "A01AA01", "variants": [`)
	for i := range 5000 {
		fmt.Fprintf(&b, `{"id": "a-%d", "class": "general", "strength": "5mg"},`, i)
	}
	b.WriteString(`{"id": "last", "class": "general", "strength": "2.0 mg"}]}]}`)
	found := findings(t, b.String())
	rules := map[string]int{}
	for _, f := range found {
		rules[f.Rule]++
	}
	if rules["no-space"] != maxPerRule+1 || rules["trailing-zero"] != 1 {
		t.Errorf("%v", rules)
	}
	if last := found[len(found)-1]; last.Message != "4800 more of this rule are not listed" || last.Rule != "no-space" {
		t.Errorf("last finding: %v", last)
	}
}

// The index finds exactly the pairs that comparing all names finds.
// Of more look-alikes than are listed, the first in the file are, each time.
func TestTheSameLookAlikesAreListedEachTime(t *testing.T) {
	var groups []string
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 600 {
		name := make([]byte, 12)
		for at := range name {
			name[at] = byte('a' + r.IntN(26))
		}
		other := strings.Replace(string(name), string(name[5]), "", 1)
		groups = append(groups,
			fmt.Sprintf(`{"id": "a%d", "name": {"en": "%s"}, "variants": []}`, i, name),
			fmt.Sprintf(`{"id": "b%d", "name": {"en": "%s"}, "variants": []}`, i, other))
	}
	file := `{"groups": [` + strings.Join(groups, ",\n") + `]}`
	alike := func() (paths []string) {
		for _, f := range findings(t, file) {
			if f.Rule == "look-alike" {
				paths = append(paths, f.Path)
			}
		}
		return paths
	}
	listed := alike()
	if len(listed) < maxPerRule {
		t.Fatalf("%d look-alikes are listed", len(listed))
	}
	var want []string
	for i := range maxPerRule {
		want = append(want, fmt.Sprintf("groups[%d].name.en", 2*i+1))
	}
	if got := listed[:maxPerRule]; !slices.Equal(got, want) {
		t.Errorf("listed are %q, want %q", got, want)
	}
	if again := alike(); !slices.Equal(again, listed) {
		t.Errorf("listed again are %q, want %q", again, listed)
	}
}

func TestLookAlikesAreThoseOfAllPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var names []string
	for range 200 {
		b := []byte("abcabca")
		for i := range b {
			b[i] = "abcd"[r.IntN(4)]
		}
		names = append(names, string(b[:4+r.IntN(4)]))
	}
	var b strings.Builder
	b.WriteString(`{"groups": [`)
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id": "g%d", "name": {"en": %q, "fa": "ا", "tr": "x", "ar": "ا"}, "atc": "A01AA01", "variants": []}`, i, name)
	}
	b.WriteString(`]}`)
	d := catfile.ReadDocument([]byte(b.String()), now)
	c := d.Catalogue
	for i := range c.Groups { // English only
		c.Groups[i].Name = catalogue.Text{}.With("en", c.Groups[i].Name.In("en"))
	}
	q := &quality{Document: d, c: c, counts: map[string]int{}}
	q.lookAlikes()

	want := map[string]int{}
	slices.Sort(names)
	folded := slices.Compact(names)
	want["duplicate-name"] = 200 - len(folded)
	for i, a := range folded {
		for _, b := range folded[:i] {
			if len(a) >= shortName && len(b) >= shortName && distance(a, b) == 1 {
				want["look-alike"]++
			}
		}
	}
	if search.Fold(names[0]) != names[0] || want["look-alike"] < 20 || want["duplicate-name"] == 0 {
		t.Fatalf("the names are not a useful test: %v", want)
	}
	if q.counts["duplicate-name"] != want["duplicate-name"] || q.counts["look-alike"] != want["look-alike"] {
		t.Errorf("found %v, want %v", q.counts, want)
	}
}

// distance returns the optimal string alignment distance, by its definition.
func distance(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
		for j := range d[i] {
			if i == 0 {
				d[i][j] = j
				continue
			}
			if j == 0 {
				continue
			}
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// Ten times as many groups with similar names take about ten times as long to
// check.
func BenchmarkCheckLookAlikes(b *testing.B) {
	for _, n := range []int{15_000, 150_000} {
		r := rand.New(rand.NewPCG(3, 4))
		var data strings.Builder
		data.WriteString(`{"groups": [`)
		for i := range n {
			if i > 0 {
				data.WriteByte(',')
			}
			name := make([]byte, 12)
			for j := range name {
				name[j] = "aeiou"[r.IntN(5)]
				if j%2 == 0 {
					name[j] = "bcdfglmnprstvz"[r.IntN(14)]
				}
			}
			fmt.Fprintf(&data, `{"id": "g%d", "name": "%s", "variants": [{"id": "v%d", "form": "tablet", "strength": "5 mg"}]}`, i, name, i)
		}
		data.WriteString(`]}`)
		file := []byte(data.String())
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if _, _, err := Check(file, now, testWords()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(sound))
	f.Add(read(f, "../catfile/testdata/old.json"))
	f.Add([]byte(`{"groups":[{"id":"a","name":{"en":"\u00b5g 2.0mg .5 mg"},"synonyms":["",null,3],"variants":[7,{"id":"b","strength":"/+.5./","class":"` + "\\u0000" + `"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		plain, _, plainErr := catfile.Parse(data)
		checked, faults, err := Check(data, time.Time{}, Words{})
		if (err == nil) != (plainErr == nil) || (plain == nil) != (checked == nil) {
			t.Fatalf("Parse: %v, Check: %v", plainErr, err)
		}
		for _, f := range faults {
			if f.Line < 1 || f.Column < 1 || f.Rule == "" || f.Message == "" {
				t.Errorf("%+v", f)
			}
		}
	})
}

func lines(faults []catfile.Fault) string {
	var b strings.Builder
	for _, f := range faults {
		fmt.Fprintf(&b, "%s %s\n", f.Severity, f)
	}
	return b.String()
}

// A name or synonym is reported if a space or joiner cuts off the name of
// another substance, of the list or of the catalogue.
func TestCutOffNames(t *testing.T) {
	words := testWords()
	words.Substances = search.NewSubstances(func(yield func([]string) bool) {
		_ = yield([]string{"citalopram", "سیتالوپرام"}) && yield([]string{"urea", "اوره"}) && yield([]string{"prednisone", "پردنیزون"})
	})
	for name, want := range map[string]string{
		"اس سیتالوپرام": "سیتالوپرام", "es citalopram": "citalopram", "es-citalopram": "citalopram", "hydroxy urea": "urea", "هیدروکسی اوره": "اوره",
		"methyl prednisone": "prednisone", "nor Ibuprofen": "ibuprofen",
		"escitalopram": "", "اس\u200cسیتالوپرام": "", "citalopram hydrobromide": "", "Urea and salicylic acid": "", "sodium citalopram": "", "oral urea": "",
	} {
		data := strings.Replace(sound, "دلتاکورتیزون", name, 1)
		_, faults, err := Check([]byte(data), time.Time{}, words)
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		got := ""
		for _, f := range faults {
			if f.Rule != "cut-off-name" {
				continue
			}
			if got += f.Path; !strings.Contains(f.Message, `"`+want+`"`) {
				t.Errorf("%q: %s", name, f.Message)
			}
		}
		if (got != "") != (want != "" && want != "prednisone") || got != "" && got != "groups[0].synonyms[1]" {
			t.Errorf("%q: reported at %q, want the part %q", name, got, want)
		}
	}
}

// The nearest known values are named.
func TestUnknownValuesNameTheNearest(t *testing.T) {
	words := testWords()
	words.Forms = catalogue.NewTerms(map[string][]string{"capsule": {"kapsül"}, "tablet": {"قرص"}})
	words.Units = catalogue.NewTerms(map[string][]string{"capsule": nil, "tablet": {"قرص"}})
	for change, want := range map[[2]string]string{
		{`"form": "capsule"`, `"form": "KAPSÜL"`}: `the form "KAPSÜL" has no name in the site's languages and is shown as it is: the nearest known one is "capsule"`,
		{`"form": "capsule"`, `"form": "snuff"`}:  `the form "snuff" has no name in the site's languages and is shown as it is: write one such as "tablet" or "oral-solution"`,
		{`"unit": "capsule"`, `"unit": "قرص"`}:    `the unit "قرص" has no name in the site's languages and is shown as it is: the nearest known one is "tablet"`,
	} {
		_, faults, err := Check([]byte(strings.Replace(sound, change[0], change[1], 1)), now, words)
		if err != nil || len(faults) != 1 || faults[0].Message != want {
			t.Errorf("%q: %v %v, want %s", change, faults, err, want)
		}
	}
}
