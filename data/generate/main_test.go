package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

const dataDirectory = ".."

// The committed catalogue matches the committed sources.
func TestCommittedCatalogueIsCurrent(t *testing.T) {
	c, faults, err := readSources(filepath.Join(dataDirectory, "sources"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		t.Error(f)
	}
	made, err := catfile.File(c)
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile(filepath.Join(dataDirectory, "medicines.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, committed) {
		t.Error("data/medicines.json does not match data/sources: run go generate ./data")
	}
}

// file is the catalogue file, decoded according to its documentation.
type file struct {
	Updated, Currency string
	Categories        []struct {
		ID       string
		Name     map[string]string
		Synonyms []string
	}
	Groups []struct {
		ID, Category, ATC string
		Name, Description map[string]string
		Synonyms, Brands  []string
		Variants          []struct {
			ID, Brand, Form, Strength string
			Pack                      struct {
				Amount float64
				Unit   string
			}
			Price         *string
			Class, Expiry string
		}
	}
}

func committed(t *testing.T) file {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dataDirectory, "medicines.json"))
	if err != nil {
		t.Fatal(err)
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// The promises of the demonstration, checked on the file itself and not on the
// sources.
func TestCommittedCatalogueKeepsTheRules(t *testing.T) {
	f := committed(t)
	variants, unpriced, of2027, withDay := 0, 0, 0, 0
	ids, groupIDs, categories := map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, c := range f.Categories {
		categories[c.ID] = 0
		if len(c.Name) != 4 {
			t.Errorf("category %s has names in %d languages", c.ID, len(c.Name))
		}
	}
	month, day := regexp.MustCompile(`^20(2[789]|3[01])-(0[1-9]|1[0-2])$`), regexp.MustCompile(`^20(2[789]|3[01])-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)
	price := regexp.MustCompile(`^[1-9]\d*\.\d[05]$`)
	for _, g := range f.Groups {
		if groupIDs[g.ID] {
			t.Errorf("duplicate group %s", g.ID)
		}
		groupIDs[g.ID] = true
		if _, found := categories[g.Category]; !found {
			t.Errorf("group %s is in the unknown category %q", g.ID, g.Category)
		}
		categories[g.Category]++
		for _, lang := range catalogue.Languages {
			if g.Name[lang] == "" || !strings.HasSuffix(g.Description[lang], ".") {
				t.Errorf("group %s has no name or description in %q", g.ID, lang)
			}
		}
		// By form, pack and unit: strengths and prices. All kinds of tablets and
		// capsules count as one form here, because they are interchangeable.
		type dose struct {
			form   string
			active float64
			cost   float64
		}
		doses := map[string][]dose{}
		// By form, strength and unit: packs and prices.
		type pair struct{ amount, cost float64 }
		rows := map[string][]pair{}
		for _, v := range g.Variants {
			variants++
			if ids[v.ID] || !strings.HasPrefix(v.ID, g.ID+"-"+v.Form+"-") {
				t.Errorf("bad variant id %s", v.ID)
			}
			ids[v.ID] = true
			switch {
			case day.MatchString(v.Expiry):
				withDay++
			case !month.MatchString(v.Expiry):
				t.Errorf("%s: bad expiry %q", v.ID, v.Expiry)
			}
			if strings.HasPrefix(v.Expiry, "2027") {
				of2027++
			}
			if v.Price == nil {
				unpriced++
				continue
			}
			if !price.MatchString(*v.Price) {
				t.Errorf("%s: bad price %q", v.ID, *v.Price)
			}
			cost, _ := strconv.ParseFloat(*v.Price, 64)
			row := v.Form + v.Strength + v.Pack.Unit
			for _, other := range rows[row] {
				small, big := other, pair{v.Pack.Amount, cost}
				if small.amount > big.amount {
					small, big = big, small
				}
				if small.cost >= big.cost || small.cost/small.amount <= big.cost/big.amount {
					t.Errorf("%s: %v for %v and %v for %v", v.ID, small.amount, small.cost, big.amount, big.cost)
				}
			}
			rows[row] = append(rows[row], pair{v.Pack.Amount, cost})
			form := v.Form + v.Pack.Unit
			if strings.HasSuffix(v.Form, "tablet") && v.Form != "vaginal-tablet" || strings.HasSuffix(v.Form, "capsule") && v.Form != "inhalation-capsule" {
				form = "tablet"
			}
			pack := fmt.Sprint(form, v.Pack.Amount)
			this := dose{v.Form, active(v.Strength), cost}
			for _, other := range doses[pack] {
				low, high := other, this
				if low.active > high.active {
					low, high = high, low
				}
				switch {
				case low.active == 0 || low.active == high.active:
				case low.form == high.form && low.cost >= high.cost, low.cost > high.cost*1.5:
					t.Errorf("%s: %s of %v mg cost %v and %s of %v mg %v", v.ID, low.form, low.active, low.cost, high.form, high.active, high.cost)
				}
			}
			doses[pack] = append(doses[pack], this)
		}
	}
	if n := len(f.Groups); n < 300 {
		t.Errorf("%d groups, want at least 300", n)
	}
	if variants < 2400 {
		t.Errorf("%d variants, want at least 2,400", variants)
	}
	if n := len(f.Categories); n < 18 || n > 24 {
		t.Errorf("%d categories, want 18 to 24", n)
	}
	for id, n := range categories {
		if n == 0 {
			t.Errorf("category %s is empty", id)
		}
	}
	share := func(what string, n int, low, high float64) {
		if s := float64(n) / float64(variants); s < low || s > high {
			t.Errorf("%s: %.3f of all variants, want %v to %v", what, s, low, high)
		}
	}
	share("no price", unpriced, 0.004, 0.02)
	share("expiry in 2027", of2027, 0.02, 0.04)
	share("expiry with a day", withDay, 0.12, 0.18)
	if !ids["paracetamol-tablet-500mg-20"] {
		t.Error("no paracetamol-tablet-500mg-20")
	}
}

// good is a source without faults. The test cases change it.
const good = `# comment
@ skin
en Skin
fa پوست
tr Cilt
ar الجلد

= zinc-oxide D02AB01 general
en Zinc oxide | Used to protect the skin.
fa اکسید روی | برای محافظت از پوست است.
tr Çinko oksit | Deriyi korumak için kullanılır.
ar أكسيد الزنك | يُستعمل لحماية الجلد.
also zincum, اکسیدروی
brands Sudocrem, سودوکرم
- cream | 10 % | 30 g, 50 g
- tablet | 2.5 mg/5 ml | 10, 5 tablets, 20 | prescription

= iron D02AB02 general
en Iron (skin) | Used where H. pylori is not meant.
fa آهن | برای پوست.
tr Demir | Deri için.
ar حديد | للجلد.
- solution-for-injection | 50 micrograms/ml | 5, 1 vial | prescription
`

func parse(text string) []fault {
	p := &parser{}
	p.file("skin.txt", text)
	p.finish()
	return p.faults
}

func TestGoodSourceHasNoFaults(t *testing.T) {
	// Persian text needs the zero-width non-joiner.
	for _, text := range []string{good, strings.Replace(good, "از پوست است", "از پوست به کار می\u200cرود", 1)} {
		for _, f := range parse(text) {
			t.Error(f)
		}
	}
	p := &parser{}
	p.file("skin.txt", good)
	var got []string
	for _, v := range p.categories[0].groups[0].variants() {
		got = append(got, v.ID)
	}
	for _, v := range p.categories[0].groups[1].variants() {
		got = append(got, v.ID)
	}
	want := []string{
		"zinc-oxide-cream-10pct-30g", "zinc-oxide-cream-10pct-50g",
		"zinc-oxide-tablet-2-5mg-5ml-10", "zinc-oxide-tablet-2-5mg-5ml-5", "zinc-oxide-tablet-2-5mg-5ml-20",
		"iron-solution-for-injection-50micrograms-ml-5", "iron-solution-for-injection-50micrograms-ml-1vial",
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("ids\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name, old, new string
		line           int
		want           string // part of the message
	}{
		{"second sentence", "Used where H.", "Used to protect it. H.", 19, "more than one sentence"},
		{"form", "- cream |", "- creme |", 15, `unknown form "creme"`},
		{"unit of strength", "10 %", "10 percent", 15, `strength: the unit "percent" is not known`},
		{"zero", "10 %", "0 %", 15, "above zero"},
		{"IU", "50 micrograms", "50 IU", 23, "misread"},
		{"plural", "50 micrograms", "1 micrograms", 23, "1 microgram"},
		{"no strength", "10 % |", "|", 15, "missing"},
		{"no packs", "| 30 g, 50 g", "|", 15, "no packs"},
		{"no unit of its own", "30 g", "30", 15, "no unit of its own"},
		{"unit of pack", "30 g", "30 tubes", 15, "unknown unit"},
		{"unit that the form has not", "30 g", "30 tablets", 15, "no packs in tablets"},
		{"absurd pack", "30 g", "99999999999999999999 g", 15, "number too long"},
		{"combination", "10 %", "10 % + 5 %", 15, `write "10 %/5 %"`},
		{"absurd strength", "10 %", "0.00000000000000001 %", 15, "number too long"},
		{"pack twice", "50 g", "30 g", 15, "duplicate id"},
		{"class", "D02AB01 general", "D02AB01 otc", 8, "unknown class"},
		{"class of a line", "| prescription\n\n", "| rx\n\n", 16, "unknown class"},
		{"injection over the counter", "1 vial | prescription", "1 vial", 23, "by injection"},
		{"columns", "- cream | 10 % | 30 g, 50 g", "- cream | 10 %", 15, "columns"},
		{"group id", "= zinc-oxide ", "= Zinc-oxide ", 8, "bad group id"},
		{"category id", "@ skin", "@ skin_", 2, "bad category id"},
		{"file name", "@ skin", "@ allergy", 2, "in skin.txt"},
		{"place of the category", "@ skin", "@ skins", 2, "no place"},
		{"ATC", "D02AB01", "D02AB1", 8, "not an ATC code"},
		{"ATC twice", "D02AB02", "D02AB01", 18, "duplicate ATC code D02AB01"},
		{"group twice", "= iron", "= zinc-oxide", 18, `duplicate id "zinc-oxide"`},
		{"no class", "D02AB01 general", "D02AB01", 8, "found 2 words"},
		{"missing language", "tr Demir | Deri için.\n", "", 18, "name: no text in tr"},
		{"missing category name", "ar الجلد\n", "", 2, "name: no text in ar"},
		{"language twice", "tr Demir | Deri için.", "tr Demir | Deri için.\ntr Demir | Deri.", 22, "second line"},
		{"no full stop", "korumak için kullanılır.", "korumak için kullanılır", 11, "full stop"},
		{"no sentence", "tr Demir | Deri için.", "tr Demir", 21, "expected"},
		{"Latin in Persian", "fa آهن", "fa آهن Fe", 20, "Latin letter"},
		{"Arabic letter in Persian", "fa اکسید", "fa اكسيد", 10, "Arabic letter"},
		{"non-joiner in Arabic", "للجلد", "لل\u200cجلد", 22, "zero-width"},
		{"digit", "fa آهن", "fa آهن 3", 20, "digit"},
		{"Persian digit", "ar حديد", "ar حديد ۳", 22, "digit"},
		{"emoji", "tr Demir", "tr Demir 💊", 21, "belongs in no text"},
		{"tatweel", "للجلد", "للجـلد", 22, "tatweel"},
		{"markup", "tr Demir", "tr <b>Demir", 21, "belongs in no text"},
		{"hard space", "tr Demir", "tr Demir\u00a0oksit", 21, "U+00A0"},
		{"byte order mark", "# comment", "\ufeff# comment", 1, "U+FEFF"},
		{"carriage return", "tr Demir | Deri için.", "tr Demir | Deri için.\r", 21, "U+000D"},
		{"two scripts in a word", "zincum", "zincاکسید", 13, "synonyms[0]: the word"},
		{"two scripts in a brand", "Sudocrem", "Sudoکرم", 14, "brands[0]: the word"},
		{"synonym is the name", "zincum", "ZINC OXIDE", 13, "already a name of the medicine itself"},
		{"synonym is another's name", "zincum", "Demir", 13, "also a name of iron"},
		{"synonym twice", "zincum", "zincum, Zincum", 13, "already a synonym of the medicine itself"},
		{"brand is the name", "Sudocrem", "ZINC OXIDE", 14, "already a name of the medicine itself"},
		{"brand is another's name", "Sudocrem", "Demir", 14, "also a name of iron"},
		{"brand is a synonym", "Sudocrem", "Zincum", 14, "already a synonym of the medicine itself"},
		{"brand twice", "Sudocrem", "Sudocrem, sudocrem", 14, "already a brand of the medicine itself"},
		{"brand of two", "- solution-for", "brands sudocrem\n- solution-for", 23, "also a brand of zinc-oxide"},
		{"brand is another's synonym", "- solution-for", "brands ZINCUM\n- solution-for", 23, "also a synonym of zinc-oxide"},
		{"brands of a category", "ar الجلد\n", "ar الجلد\nbrands x\n", 7, "unknown key"},
		{"brands twice", "brands Sudocrem", "brands x\nbrands Sudocrem", 15, "second line"},
		{"comma", "zincum,", "zincum,,", 13, "one comma too many"},
		{"category's synonyms twice", "ar الجلد\n", "ar الجلد\nalso x\nalso y\n", 8, "second line"},
		{"category's synonym is a medicine", "ar الجلد\n", "ar الجلد\nalso demir\n", 7, "is the name of iron"},
		{"synonyms twice", "also zincum", "also x\nalso zincum", 14, "second line"},
		{"synonym of two", "- solution-for", "also Zincum\n- solution-for", 23, "also a synonym of zinc-oxide"},
		{"name of two", "tr Demir", "tr Çinko oksit", 21, "of the group zinc-oxide"},
		{"no variants", "- solution-for-injection | 50 micrograms/ml | 5, 1 vial | prescription\n", "", 18, "no variants"},
		{"line twice", "- tablet | 2.5 mg/5 ml | 10, 5 tablets, 20 | prescription", "- cream | 10 % | 60 g", 16, "already listed"},
		{"distinct from nothing", "also zincum", "distinct iron, tin\nalso zincum", 8, `id "tin"`},
		{"no space", "10 %", "10%", 15, "no space"},
		{"trailing zero", "10 %", "1.0 %", 15, "trailing zero"},
		{"leading zero", "10 %", ".5 %", 15, "no zero before the point"},
		{"separator", "10 %", "10,000 %", 15, "may be 10 or 10000"},
		{"micro sign", "50 micrograms", "50 µg", 23, "misread"},
		{"mcg", "50 micrograms", "50 mcg", 23, "misread"},
		{"Persian in Turkish", "tr Demir", "tr Demir آهن", 21, "script"},
		{"Cyrillic", "tr Demir", "tr Dеmir", 21, "two scripts"},
		{"Persian letter in Arabic", "ar حديد", "ar حدید", 22, "Persian letter"},
		{"two alphabets in a word", "zincum", "اکسيد", 13, "two scripts or alphabets"},
		{"id twice", "- tablet | 2.5 mg/5 ml | 10, 5 tablets, 20 | prescription", "- cream | 10 %/ml | 30 g\n- cream | 10 %/1 ml | 30 g\n- tablet | 10 mg/ml | 5\n- tablet | 10 mg/ml | 5", 19, "already listed"},
		{"key", "- cream", "* cream", 15, "unknown key"},
		{"second category", "= iron", "@ allergy\n= iron", 18, "a second category"},
		{"no category", "@ skin\n", "", 2, "before the category"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(good, test.old, test.new, 1)
			if text == good {
				t.Fatalf("%q does not occur", test.old)
			}
			faults := parse(text)
			for _, f := range faults {
				if f.line == test.line && strings.Contains(f.text, test.want) {
					return
				}
			}
			t.Errorf("no fault at line %d with %q among %v", test.line, test.want, faults)
		})
	}
}

// Two routes of a substance may share synonyms and brands.
func TestNamesOfOneSubstance(t *testing.T) {
	text := strings.NewReplacer("en Zinc oxide |", "en Iron (mouth) |", "- solution-for", "also zincum\nbrands Sudocrem\n- solution-for").Replace(good)
	for _, f := range parse(text) {
		if strings.Contains(f.text, "also a") {
			t.Error(f)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add("@ skin\n= a N02BE01 general\nen A | B.\n- tablet | 1e9 mg | 1, 2, 3\n- tablet | / | ,")
	f.Add("@ skin\n= a N02BE01 general\n- cream | 0.1 %/0.000001 ml | 1 g, 999999999999999999999 g")
	f.Fuzz(func(t *testing.T, text string) {
		for _, fault := range parse(text) {
			if fault.line < 1 || fault.text == "" {
				t.Errorf("fault without a position or text: %v", fault)
			}
		}
	})
}

// A run with faults writes nothing.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "sources"), 0o755); err != nil {
		t.Fatal(err)
	}
	source, target := filepath.Join(dir, "sources", "skin.txt"), filepath.Join(dir, "medicines.json")
	write := func(text string) {
		if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	write(strings.Replace(good, "Used where H.", "Used to protect it. H.", 1))
	if err := run(dir, false, &out); err == nil {
		t.Error("no error for a source with a fault")
	}
	if !strings.Contains(out.String(), "skin.txt:19: ") {
		t.Errorf("no position in %q", &out)
	}
	if _, err := os.Stat(target); !os.IsNotExist(err) {
		t.Errorf("a file was written: %v", err)
	}
	write(strings.Replace(good, "Used to protect it. H.", "Used where H.", 1))
	if err := run(dir, true, &out); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(target); !os.IsNotExist(err) {
		t.Errorf("a file was written: %v", err)
	}
	if err := run(dir, false, &out); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(target); err != nil || !json.Valid(text) {
		t.Errorf("no valid catalogue was written: %v", err)
	}
	if err := run(t.TempDir(), true, &out); err == nil {
		t.Error("no error without sources")
	}
}
