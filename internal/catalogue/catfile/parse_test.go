package catfile

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pharmacy/data"
	"pharmacy/internal/catalogue"
)

// mustParse parses a file that has no errors.
func mustParse(t testing.TB, data []byte) *catalogue.Catalogue {
	t.Helper()
	c, faults, err := Parse(data)
	if err != nil {
		t.Fatalf("%v\n%v", err, faults)
	}
	return c
}

func lines(faults []Fault) string {
	var b strings.Builder
	for _, f := range faults {
		fmt.Fprintf(&b, "%s %s\n", f.Severity, f)
	}
	return b.String()
}

func inLanguages(pairs ...string) catalogue.Text {
	var all []catalogue.Translation
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, catalogue.Translation{Lang: pairs[i], Text: pairs[i+1]})
	}
	return catalogue.NewText(all)
}

// expiry returns an expiry in the slash format, which may be impossible.
func expiry(s string) catalogue.Expiry {
	e, err := catalogue.ParseOldExpiry(s)
	if errors.Is(err, catalogue.ErrExpiryForm) {
		panic(err)
	}
	return e
}

var today = catalogue.DayOf(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))

//go:embed testdata/sample.json
var sample string

func TestParse(t *testing.T) {
	c, faults, err := Parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	want := &catalogue.Catalogue{
		Updated:  time.Date(2026, 11, 1, 5, 0, 0, 0, time.UTC),
		Currency: "EUR",
		Categories: []catalogue.Category{
			{ID: "pain-and-fever", Name: inLanguages("en", "Pain and fever", "fa", "درد و تب"), Synonyms: []string{"painkiller", "مسکن"}},
			{ID: "B", Name: catalogue.PlainText("plain")},
		},
		Groups: []catalogue.Group{{
			ID: "paracetamol", Category: "pain-and-fever", ATC: "N02BE01",
			Name:        inLanguages("en", "Paracetamol", "fa", "پاراستامول"),
			Description: inLanguages("en", "Lowers fever."),
			Synonyms:    []string{"acetaminophen"},
			Brands:      []string{"Tylenol", "تایلنول"},
			Leaflet:     "https://example.org/p.pdf",
			Variants: []catalogue.Variant{
				{
					ID: "paracetamol-tablet-500mg-20", Form: "tablet", Strength: "500 mg",
					Pack: catalogue.Pack{Amount: 20, Unit: "tablet"}, Price: catalogue.Price{Amount: 2400, Known: true}, Class: catalogue.General,
					Expiry: expiry("2028/06"),
				},
				{
					ID: "p2", Name: inLanguages("tr", "Şurup"), Description: catalogue.PlainText("plain \"text\"\n<b>"),
					Brand: "Fevrol", Form: "syrup", Strength: "120 mg/5 ml",
					Pack: catalogue.Pack{Amount: 2.5, Unit: "ml"}, Price: catalogue.Price{Amount: 125, Known: true}, Class: catalogue.Controlled,
					Expiry: expiry("2028/02/29"), Manufacturer: "Acme", Image: "/i/p2.png",
				},
				{ID: "p3"},
			},
		}, {ID: "bare", Name: catalogue.PlainText("Bare")}},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
	if got, want := lines(faults), "warning 12:3: groups[1]: the group has no variants: nothing of it is listed\n"; got != want {
		t.Errorf("faults %q, want %q", got, want)
	}
}

// Programs write null for an absent list or text.
func TestParseNull(t *testing.T) {
	for _, where := range []string{
		`{"updated":null,"currency":null,"categories":null,"groups":[{"id":"g","name":"G","variants":[]}]}`,
		`{"groups":[{"id":"g","name":"G","category":null,"atc":null,"description":null,"synonyms":null,"brands":null,"leaflet":null,"variants":[]}]}`,
		`{"groups":[{"id":"g","name":"G","variants":[{"id":"v","name":null,"brand":null,"form":null,"strength":null,"pack":null,"price":null,"class":null,"expiry":null,"manufacturer":null}]}]}`,
	} {
		if _, faults, err := Parse([]byte(where)); err != nil {
			t.Errorf("%s:\n%s", where, lines(faults))
		}
	}
}

// The replaced application's file loads despite doubtful values.
func TestParseOld(t *testing.T) {
	data, err := os.ReadFile("testdata/old.json")
	if err != nil {
		t.Fatal(err)
	}
	c, faults, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	painkillers := inLanguages("en", "Painkillers 💊", "fa", "مسکن\u200cها 💊", "tr", "Ağrı kesiciler 💊", "ar", "مسكنات 💊")
	want := &catalogue.Catalogue{
		Categories: []catalogue.Category{
			{ID: "Painkillers", Name: painkillers},
			{ID: "vitamins", Name: inLanguages("en", "Vitamins")},
			{ID: "only-object", Name: inLanguages("tr", "Tek")},
			{ID: "empty", Name: catalogue.PlainText("empty")},
			{ID: "syrups", Name: catalogue.PlainText("syrups")},
		},
		Groups: []catalogue.Group{
			{ID: "Painkillers", Category: "Painkillers", Name: painkillers, Variants: []catalogue.Variant{
				{
					ID:          "201",
					Name:        inLanguages("en", "💊 Aspirin 500mg", "fa", "💊 آسپرین ۵۰۰", "tr", "💊 Aspirin 500", "ar", "💊 أسبرين 500"),
					Description: inLanguages("en", "For pain.\nWith water.\n<b>Not</b> for children & \"others\"", "fa", "برای درد"),
					Price:       catalogue.Price{Amount: 22440, Known: true}, Expiry: expiry("2027/08"), Image: "/media/aspirin 1.png",
				},
				{ID: "102", Name: inLanguages("en", "Zinc", "fa", "روی"), Price: catalogue.Price{Amount: 7500, Known: true}, Expiry: expiry("2027/02/31")},
				{ID: "103", Name: inLanguages("en", "Paper–bag 😀"), Expiry: expiry("2026/11/22")},
			}},
			{ID: "vitamins", Category: "vitamins", Name: inLanguages("en", "Vitamins"), Variants: []catalogue.Variant{
				{ID: "v1", Name: inLanguages("fa", "ویتامین ث"), Expiry: expiry("2027/13")},
			}},
			{ID: "only-object", Category: "only-object", Name: inLanguages("tr", "Tek"), Variants: []catalogue.Variant{
				{ID: "o1", Price: catalogue.Price{Amount: 10000, Known: true}}, {ID: "o2", Price: catalogue.Price{Amount: 10000, Known: true}},
			}},
			{ID: "empty", Category: "empty", Name: catalogue.PlainText("empty")},
			{ID: "syrups", Category: "syrups", Name: catalogue.PlainText("syrups"), Variants: []catalogue.Variant{
				{ID: "s1", Name: inLanguages("en", "Syrup"), Expiry: expiry("2030/01/05")},
			}},
		},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
	wantFaults := `warning 13:75: medicine_groups.Painkillers.medicines.102.exp: there is no day 31 in 2027-02, which has 28 days: correct it, or write 2027-02 for the last day; until then it counts as 2027-02-28
warning 19:60: medicine_groups.vitamins.variants.v1.price: the price is empty and counts as unknown: write a decimal or null
warning 19:71: medicine_groups.vitamins.variants.v1.exp: there is no month 13: correct it or, if 13 is the day, write YYYY-MM-DD; until then the variant cannot be ordered
warning 26:5: medicine_groups.empty: the group has no variants: nothing of it is listed
warning 26:5: medicine_groups.empty: the group has no name: its id is shown; add "name_en"
warning 29:5: supplement_groups.syrups: the group has no name: its id is shown; add "name_en"
warning 29:68: supplement_groups.syrups.supplements.s1.price: the price is 0 and counts as unknown: write it, or null
warning 32:54: medicine_images.102: the image path is not a string: it is ignored
`
	if got := lines(faults); got != wantFaults {
		t.Errorf("got\n%s\nwant\n%s", got, wantFaults)
	}
	// Without a class nothing in such a file can be ordered.
	for _, g := range c.Groups {
		for _, v := range g.Variants {
			if ok, reason := v.Orderable(today); ok || reason != catalogue.ReasonPrescription {
				t.Errorf("%s: orderable %v, reason %q", v.ID, ok, reason)
			}
		}
	}
}

func TestParseOldBroken(t *testing.T) {
	data, err := os.ReadFile("testdata/old-broken.json")
	if err != nil {
		t.Fatal(err)
	}
	c, faults, err := Parse(data)
	if c != nil || err == nil {
		t.Errorf("catalogue %v, error %v", c, err)
	}
	want := `error 3:5: medicine_groups["a b"]: invalid id "a b": use only letters A to Z, digits and hyphens
warning 3:5: medicine_groups["a b"]: the group has no name: its id is shown; add "name_en"
error 3:43: medicine_groups["a b"].medicines.x1.price: the price is not a decimal: write it as in "2.40"
warning 4:5: medicine_groups.good: the group has no name: its id is shown; add "name_en"
error 6:9: medicine_groups.good.medicines.x1: duplicate id "x1": an id must be unique in the file
error 6:25: medicine_groups.good.medicines.x1.price: the price is negative: write a positive decimal, or null for an unknown price
error 6:38: medicine_groups.good.medicines.x1.exp: the expiry is not a date: write YYYY-MM or YYYY-MM-DD
error 7:25: medicine_groups.good.medicines.x2.price: the price is not a decimal: write it as in "2.40"
warning 7:41: medicine_groups.good.medicines.x2.exp: the year does not come first: write 2027-08; until then the variant cannot be ordered
error 8:25: medicine_groups.good.medicines.x3.price: the price has more than three decimals: round it
error 8:40: medicine_groups.good.medicines.x3.exp: expected a string, found a number
error 9:25: medicine_groups.good.medicines.x4.price: expected a decimal string such as "2.40", or null, found true or false
error 9:31: medicine_groups.good.medicines.x4.price: duplicate member: remove one
error 10:15: medicine_groups.good.medicines.x5: expected a variant, found a string
error 13:5: medicine_groups.which: none of the group's objects is named "medicines" or "variants": name the one that holds the variants
warning 13:5: medicine_groups.which: the group has no name: its id is shown; add "name_en"
warning 14:5: medicine_groups.list: the group has no variants: nothing of it is listed
warning 14:5: medicine_groups.list: the group has no name: its id is shown; add "name_en"
error 15:5: medicine_groups.good: duplicate member: remove one
error 15:5: medicine_groups.good: duplicate id "good": an id must be unique in the file
warning 15:5: medicine_groups.good: the group has no variants: nothing of it is listed
warning 15:5: medicine_groups.good: the group has no name: its id is shown; add "name_en"
error 17:18: pill_groups: expected an object of groups by id, found an array
`
	if got := lines(faults); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// minimal has one of everything that the test cases change.
//
//go:embed testdata/minimal.json
var minimal string

func TestParseFaults(t *testing.T) {
	deep := strings.Repeat(`{"x":`, 40) + "1" + strings.Repeat("}", 40)
	tests := []struct {
		name, old, new string
		want           string // severity, position and message, or a prefix of them
	}{
		{"syntax", `"name":"G"`, `"name" "G"`, `error 2:43: groups[0].name: expected a colon`},
		{"cut off", `"2028-06"}]}]}`, `"2028-06"}]`, `error 3:117: groups[0]: the file ends too early`},
		{"cut off in a string", `2028-06"}]}]}`, `2028`, `error 3:111: groups[0].variants[0].expiry: the file ends too early`},
		{"cut off in a word", `"class":"general","expiry":"2028-06"}]}]}`, `"class":nul`, `error 3:90: groups[0].variants[0].class: the file ends too early`},
		{"cut off in an escape", `2028-06"}]}]}`, `\u00`, `error 3:111: groups[0].variants[0].expiry: the file ends too early`},
		{"comma before brace", `"2028-06"}`, `"2028-06",}`, `error 3:116: groups[0].variants[0]: trailing comma before the closing brace`},
		{"comma before bracket", `"2028-06"}]`, `"2028-06"},]`, `error 3:117: groups[0].variants: trailing comma before the closing bracket`},
		{"no comma", `"name":"G",`, `"name":"G"`, `error 2:46: groups[0]: expected a comma or a closing brace`},
		{"single quotes", `"name":"G"`, `'name':"G"`, `error 2:36: groups[0]: expected a member name`},
		{"bare word", `"2.40"`, `NaN`, `error 3:72: groups[0].variants[0].price: expected a value, found 'N'`},
		{"line feed in a string", `"G"`, "\"G\nH\"", `error 2:45: groups[0].name: invalid character '\n' in a string`},
		{"escape", `"G"`, `"\x"`, `error 2:45: groups[0].name: invalid escape \ before 'x'`},
		{"hexadecimal", `"G"`, `"\u12g4"`, `error 2:48: groups[0].name: \u needs four`},
		{"number", `"amount":20`, `"amount":2.`, `error 3:46: groups[0].variants[0].pack.amount: a number has no digits after`},
		{"more follows", `"2028-06"}]}]}`, `"2028-06"}]}]} {}`, `error 3:121: unexpected data after`},
		{"member twice", `"form":"tablet"`, `"form":"tablet","form":"tablet"`, `error 3:27: groups[0].variants[0].form: duplicate member: remove one`},
		{"deep", `"id":"g"`, `"id":"g","x":` + deep, `error 2:`},
		{"not UTF-8", `"G"`, "\"G\xff\"", `error 2:43: groups[0].name: the text is not UTF-8`},
		{"not UTF-8 with escapes", `"G"`, "\"\\n\xff\"", `error 2:43: groups[0].name: the text is not UTF-8`},
		{"half a pair", `"G"`, `"\ud83d!"`, `warning 2:43: groups[0].name: unpaired surrogate`},
		{"wrong type of groups", "\"groups\":", "\"groups\":{},\"g\":", `error 2:10: groups: expected an array of groups, found an object`},
		{"group is a string", `[{"id":"g"`, `["x",{"id":"g"`, `error 2:11: groups[0]: expected a group, found a string`},
		{"no id", `"id":"v",`, ``, `error 3:1: groups[0].variants[0]: "id" is missing`},
		{"no group id", `"id":"g",`, ``, `error 2:11: groups[0]: "id" is missing`},
		{"no name", `"name":"G",`, ``, `error 2:11: groups[0]: "name" is missing`},
		{"empty name", `"name":"G",`, `"name":{"en":""},`, `error 2:11: groups[0]: the group's name is empty`},
		{"no variants", `"variants":[`, `"v":[`, `error 2:11: groups[0]: "variants" is missing`},
		{"no category id", `{"id":"c",`, `{`, `error 1:16: categories[0]: "id" is missing`},
		{"no category name", `,"name":"C"`, ``, `warning 1:16: categories[0]: the category has no name`},
		{"unknown category", `"category":"c"`, `"category":"d"`, `error 2:32: groups[0].category: no category has the id "d"`},
		{"group twice", `"2028-06"}]}`, `"2028-06"}]},{"id":"g","name":"H","variants":[]}`, `error 3:120: groups[1].id: duplicate id "g"`},
		{"variant twice", `"2028-06"}`, `"2028-06"},{"id":"v"}`, `error 3:118: groups[0].variants[1].id: duplicate id "v"`},
		{"category twice", `"C"}`, `"C"},{"id":"c","name":"D"}`, `error 1:39: categories[1].id: duplicate id "c"`},
		{"bad id", `"id":"v"`, `"id":"v w"`, `error 3:7: groups[0].variants[0].id: invalid id "v w": use only`},
		{"empty id", `"id":"v"`, `"id":""`, `error 3:7: groups[0].variants[0].id: the id is empty`},
		{"long id", `"id":"v"`, `"id":"` + strings.Repeat("v", 129) + `"`, `error 3:7: groups[0].variants[0].id: the id is longer than 128`},
		{"id is a number", `"id":"v"`, `"id":7`, `error 3:7: groups[0].variants[0].id: expected an id in quotes, found a number`},
		{"class", `"general"`, `"otc"`, `error 3:87: groups[0].variants[0].class: unknown class "otc": write general`},
		{"price", `"2.40"`, `"2,40"`, `error 3:72: groups[0].variants[0].price: the price is not a decimal`},
		{"negative price", `"2.40"`, `-2.40`, `error 3:72: groups[0].variants[0].price: the price is negative`},
		{"absurd price", `"2.40"`, `2e9`, `error 3:72: groups[0].variants[0].price: the price is above`},
		{"decimals", `"2.40"`, `"2.4001"`, `error 3:72: groups[0].variants[0].price: the price has more than three`},
		{"huge exponent", `"2.40"`, `1e999999999`, `error 3:72: groups[0].variants[0].price: the price is not a decimal`},
		{"price is zero", `"2.40"`, `0.00`, `warning 3:72: groups[0].variants[0].price: the price is 0`},
		{"expiry", `"2028-06"`, `"2028-02-30"`, `error 3:106: groups[0].variants[0].expiry: there is no day 30 in 2028-02`},
		{"expiry with slashes", `"2028-06"`, `"2028/02/30"`, `error 3:106: groups[0].variants[0].expiry: there is no day 30 in 2028-02`},
		{"month of an expiry", `"2028-06"`, `"2028/13"`, `error 3:106: groups[0].variants[0].expiry: there is no month 13`},
		{"Solar Hijri expiry", `"2028-06"`, `"۱۴۰۴/۱۲/۳۰"`, `error 3:106: groups[0].variants[0].expiry: there is no day 30 in 1404-12`},
		{"lunar Hijri expiry", `"2028-06"`, `"1445/05"`, `error 3:106: groups[0].variants[0].expiry: 1445-05 may be lunar Hijri (about 2023-11/12) or Solar Hijri (2066-07/08)`},
		{"Buddhist expiry", `"2028-06"`, `"2571/06"`, `error 3:106: groups[0].variants[0].expiry: 2571-06 may be of the Buddhist era (2028-06) or`},
		{"expiry with the day first", `"2028-06"`, `"28/06/2028"`, `error 3:106: groups[0].variants[0].expiry: the year does not come first: write 2028-06-28`},
		{"expiry in words", `"2028-06"`, `"soon"`, `error 3:106: groups[0].variants[0].expiry: the expiry is not a date`},
		{"pack", `"amount":20`, `"amount":0`, `error 3:44: groups[0].variants[0].pack.amount: the pack's amount is not between`},
		{"huge pack", `"amount":20`, `"amount":1e400`, `error 3:44: groups[0].variants[0].pack.amount: the pack's amount is not between`},
		{"pack in words", `"amount":20`, `"amount":"20"`, `error 3:44: groups[0].variants[0].pack.amount: expected a number, found a string`},
		{"pack without amount", `"amount":20,`, ``, `error 3:34: groups[0].variants[0].pack: "amount" is missing`},
		{"pack without unit", `,"unit":"tablet"`, ``, `error 3:34: groups[0].variants[0].pack: "unit" is missing`},
		{"unknown member", `"form":`, `"colour":`, `warning 3:11: groups[0].variants[0].colour: unknown member: it is ignored`},
		{"control character in a strength", `"id":"v"`, `"id":"v","strength":"5\u0000 mg"`, `error 3:22: groups[0].variants[0].strength: the control character U+0000: take it out`},
		{"control character in a form", `"form":"tablet"`, `"form":"tab\u007flet"`, `error 3:18: groups[0].variants[0].form: the control character U+007F: take it out`},
		{"control character in a unit", `"unit":"tablet"`, `"unit":"\u0007"`, `error 3:54: groups[0].variants[0].pack.unit: the control character U+0007: take it out`},
		{"control character in an expiry", `"2028-06"`, `"2020-06\u0000"`, `error 3:106: groups[0].variants[0].expiry: the expiry is not a date`},
		{"nothing but a control character in an expiry", `"2028-06"`, `"\u0000"`, `error 3:106: groups[0].variants[0].expiry: the expiry is not a date`},
		{"price in capitals", `"price":`, `"Price":`, `error 3:64: groups[0].variants[0].Price: unknown member: it seems to be the price: write "price" or`},
		{"unit price", `"form":`, `"unit_price":`, `warning 3:11: groups[0].variants[0].unit_price: unknown member: it is ignored`},
		{"language", `"name":"C"`, `"name":{"en":"C","English":"C"}`, `warning 1:43: categories[0].name.English: "English" is not a language code`},
		{"text is a number", `"name":"C"`, `"name":7`, `error 1:33: categories[0].name: expected a string or an object by language`},
		{"currency", `{"categories"`, `{"currency":"Euro","categories"`, `error 1:13: currency: the currency is not an ISO`},
		{"updated", `{"categories"`, `{"updated":"yesterday","categories"`, `error 1:12: updated: invalid time`},
		{"leaflet", `"id":"g"`, `"id":"g","leaflet":"javascript:alert(1)"`, `error 2:31: groups[0].leaflet: the leaflet is not an address`},
		{"wrong type of categories", `"categories":[{"id":"c","name":"C"}]`, `"categories":"c"`, `error 1:15: categories: expected an array of categories, found a string`},
		{"category is a string", `[{"id":"c","name":"C"}]`, `["c"]`, `error 1:16: categories[0]: expected a category, found a string`},
		{"unknown member of a category", `"name":"C"`, `"name":"C","order":1`, `warning 1:37: categories[0].order: unknown member`},
		{"unknown member at the top", `{"categories"`, `{"shop":"x","categories"`, `warning 1:2: shop: unknown member`},
		{"unknown member of a pack", `"amount":20`, `"amount":20,"of":2`, `warning 3:47: groups[0].variants[0].pack.of: unknown member`},
		{"synonym is a number", `"id":"g"`, `"id":"g","synonyms":["a",7]`, `error 2:37: groups[0].synonyms[1]: expected a string, found a number`},
		{"brand is a number", `"id":"g"`, `"id":"g","brands":["a",7]`, `error 2:35: groups[0].brands[1]: expected a string, found a number`},
		{"brands of a category", `"name":"C"`, `"name":"C","brands":["b"]`, `warning 1:37: categories[0].brands: unknown member`},
		{"pair cut off", `"G"`, `"\ud83d\u12g4"`, `error 2:54: groups[0].name: \u needs four`},
		{"no groups", `"groups"`, `"group"`, `error 1:1: no "groups"`},
		{"groups are empty", minimal[strings.Index(minimal, "[{\"id\":\"g"):], `[]}`, `warning 1:1: the catalogue has no groups`},
		{"both kinds", `{"categories"`, `{"x_groups":{},"categories"`, `error 1:1: both "groups"`},
		{"categories and old groups", `"groups":`, `"x_groups":{},"y":`, `error 1:1: both "groups"`},
		{"images", `{"categories"`, `{"images":{},"categories"`, `warning 1:1: images beside "groups" are ignored`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			data := strings.Replace(minimal, test.old, test.new, 1)
			if data == minimal {
				t.Fatalf("%q does not occur", test.old)
			}
			c, faults, err := Parse([]byte(data))
			if hasError := slices.ContainsFunc(faults, func(f Fault) bool { return f.Severity == Error }); hasError != (err != nil) || hasError != (c == nil) {
				t.Errorf("error %v, catalogue %v, faults\n%s", err, c, lines(faults))
			}
			for f := range strings.Lines(lines(faults)) {
				if strings.HasPrefix(f, test.want) {
					return
				}
			}
			t.Errorf("no fault %q among\n%s", test.want, lines(faults))
		})
	}
}

// A class or expiry of a variant under a name that is not known is not ignored,
// even beside one that is.
func TestUnknownMembersThatResembleOthers(t *testing.T) {
	for member, want := range map[string]string{
		"Expiry": "expiry", "expiry ": "expiry", "\u200bexpiry": "expiry", "exp": "expiry", "expiry_date": "expiry", "expires": "expiry", "useBy": "expiry", "SKT": "expiry", "تاریخ انقضا": "expiry",
		"Class": "class", "CLASS": "class", "sale-class": "class", "sınıf": "class", "prescription": "class", "PRICE": "price", " price": "price",
		"colour": "", "expected": "", "price_before": "", "atc_class": "", "stock": "",
	} {
		_, faults, err := Parse([]byte(strings.Replace(minimal, `"form":`, fmt.Sprintf("%q:", member), 1)))
		want, severity := fmt.Sprintf("it seems to be the %[1]s: write %[1]q or, if it is something else, rename or remove it", want), map[bool]Severity{true: Warning, false: Error}[want == ""]
		if severity == Warning {
			want = "it is ignored"
		}
		if len(faults) != 1 || faults[0].Severity != severity || faults[0].Rule != "unknown-member" || faults[0].Message != "unknown member: "+want || (err != nil) != (severity == Error) {
			t.Errorf("%q: %v %s\nwant %s", member, err, lines(faults), want)
		}
	}
}

func TestParseWholeFile(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"empty", "", "error 1:1: the file is empty\n"},
		{"white space", " \n\t ", "error 1:1: the file is empty\n"},
		{"mark", "\ufeff" + minimal, "error 1:1: the file begins with a byte order mark: save it as UTF-8 without one\n"},
		{"UTF-16", "\xff\xfe{\x00", "error 1:1: the file is UTF-16: save it as UTF-8\n"},
		{"array", "[]", "error 1:1: expected an object with \"groups\", found an array\n"},
		{"object", "{}", "error 1:1: no \"groups\": this is not a catalogue\n"},
		{"no JSON", "id,name\n", "error 1:1: expected a value, found 'i'\n"},
		{"zeros", "\x00\x00", "error 1:1: expected a value, found '\\x00'\n"},
		{"brackets", strings.Repeat("[", 1_000_000), ""},
		{"braces", strings.Repeat(`{"groups":`, 100_000), ""},
		{"nested old", `{"x_groups":{"g":{"xs":` + strings.Repeat(`{"a":`, 100_000), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, faults, err := Parse([]byte(test.data))
			if c != nil || err == nil {
				t.Errorf("catalogue %v, error %v", c, err)
			}
			if got := lines(faults); test.want != "" && got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if len(faults) > 5 {
				t.Errorf("%d faults", len(faults))
			}
		})
	}
}

// The JSON form of a fault, for programs.
func TestFaultAsJSON(t *testing.T) {
	_, faults, _ := Parse([]byte(strings.Replace(minimal, `"2.40"`, `-1`, 1)))
	got, err := json.Marshal(faults)
	want := `[{"severity":"error","rule":"bad-price","line":3,"column":72,"path":"groups[0].variants[0].price","message":"the price is negative: write a positive decimal, or null for an unknown price"}]`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}

// The number of faults in a garbage file is limited, and the last fault says so.
func TestFaultsAreBounded(t *testing.T) {
	data := `{"groups":[` + strings.Repeat("1,\n", 5000) + `1]}`
	_, faults, err := Parse([]byte(data))
	if len(faults) != maxFaults+1 {
		t.Errorf("%d faults", len(faults))
	}
	if last := faults[len(faults)-1]; last.Severity != Error || !strings.HasPrefix(last.Message, "4001 more faults") {
		t.Errorf("last fault: %v", last)
	}
	var fe *FaultsError
	if !errors.As(err, &fe) || !strings.HasPrefix(fe.Error(), "1:12: groups[0]: expected a group, found a number (and ") {
		t.Errorf("error %v", err)
	}
	// A long line must not make positions expensive.
	start := time.Now()
	Parse([]byte(`{"groups":[` + strings.Repeat(" ", 20_000_000) + strings.Repeat("1,", 5000) + `1]}`))
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
}

// A file written by Marshal parses to the same catalogue.
func TestMarshalRoundTrip(t *testing.T) {
	old, err := os.ReadFile("testdata/old.json")
	if err != nil {
		t.Fatal(err)
	}
	odd := strings.Replace(minimal, `"G"`, `"\u0000\u001f\ud83d\ude00\"\\/<script>\u2028\ud83d"`, 1)
	for name, data := range map[string][]byte{
		"sample": []byte(sample), "demonstration": data.Medicines, "old": old, "odd": []byte(odd), "nothing": []byte(`{"groups":[]}`),
	} {
		t.Run(name, func(t *testing.T) {
			c := mustParse(t, data)
			written := Marshal(c, "abc")
			if !strings.HasPrefix(string(written), `{"version":"abc",`) {
				t.Errorf("output begins with %.40s", written)
			}
			again, _, err := ParseMarshalled(written)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(c, again) {
				t.Errorf("got  %+v\nwant %+v", again, c)
			}
			if a, b := Hash(c), Hash(again); a != b {
				t.Errorf("hashes %s and %s", a, b)
			}
			if strings.Contains(string(written), "<") {
				t.Error("an angle bracket is not escaped")
			}
		})
	}
}

// The demonstration catalogue has no faults, not even warnings.
func TestDemonstrationHasNoFaults(t *testing.T) {
	c, faults, err := Parse(data.Medicines)
	if err != nil || len(faults) > 0 {
		t.Fatalf("%v\n%s", err, lines(faults))
	}
	for _, g := range c.Groups {
		for _, v := range g.Variants {
			if v.Pack == (catalogue.Pack{}) || v.Form == "" || v.Strength == "" || !v.Expiry.Known() {
				t.Errorf("%s: incomplete: %+v", v.ID, v)
			}
			if m := catalogue.MeasureOf(v.Strength); !m.Known() {
				t.Errorf("%s: strength %q cannot be sorted", v.ID, v.Strength)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/old.json", "testdata/old-broken.json"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(sample))
	f.Add([]byte(minimal))
	f.Add([]byte(`{"x_groups":{"g":{"name_en":"G","xs":{"v":{"price":1e2,"exp":"2027/02/31"}}}},"images":{"v":"p"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, faults, err := Parse(data)
		if (c == nil) != (err != nil) {
			t.Fatalf("catalogue %v, error %v", c, err)
		}
		for _, fault := range faults {
			if fault.Line < 1 || fault.Column < 1 || fault.Message == "" {
				t.Errorf("fault without a position: %+v", fault)
			}
		}
		if err != nil {
			return
		}
		written := Marshal(c, "")
		again, _, err := ParseMarshalled(written)
		if err != nil {
			t.Fatalf("written file has faults: %v\n%s", err, written)
		}
		if !reflect.DeepEqual(c, again) {
			t.Fatalf("round trip:\n%+v\n%+v", c, again)
		}
	})
}

// A price is exact, whether it is a string or a number.
func TestPrices(t *testing.T) {
	for written, want := range map[string]string{
		`"1.25"`: "1.25", `1.25`: "1.25", `1.2500`: "1.25", `"1.2500"`: "1.25", `1.1250000`: "1.125", `125e-2`: "1.25", `1.2500e0`: "1.25",
		`1.2345`: "", `"1.2345"`: "", `"1,25"`: "", `-1`: "",
	} {
		got := ""
		c, _, err := Parse([]byte(`{"groups":[{"id":"g","name":"G","variants":[{"id":"v","price":` + written + `}]}]}`))
		if err == nil {
			got = c.Groups[0].Variants[0].Price.Amount.String()
		}
		if got != want {
			t.Errorf("%s is %q, %v; want %q", written, got, err, want)
		}
	}
}
