package render

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/feature/plural"
)

// The forms and units that catalogues use.
const (
	catalogueForms = `tablet chewable-tablet effervescent-tablet orodispersible-tablet gastro-resistant-tablet
		prolonged-release-tablet sublingual-tablet vaginal-tablet capsule gastro-resistant-capsule
		prolonged-release-capsule inhalation-capsule lozenge medicated-gum oral-powder granules
		powder-for-oral-solution oral-solution oral-suspension syrup oral-drops powder-for-oral-suspension mouthwash
		gargle oral-gel oromucosal-spray suppository pessary vaginal-cream vaginal-gel vaginal-ring rectal-cream
		rectal-ointment enema cream ointment gel cutaneous-foam lotion cutaneous-solution shampoo
		medicated-nail-lacquer cutaneous-spray transdermal-patch medicated-plaster eye-drops ear-drops eye-ear-drops
		nasal-drops nasal-spray eye-ointment eye-gel inhaler inhalation-powder nebuliser-solution
		solution-for-injection powder-for-injection solution-for-infusion emulsion-for-injection prefilled-syringe
		prefilled-pen cartridge implant intrauterine-system`
	cataloguePacks = `tablet tablets capsule capsules lozenge lozenges piece pieces sachet sachets suppository
		suppositories pessary pessaries enema enemas patch patches plaster plasters ampoule ampoules vial vials bag
		bags syringe syringes pen pens cartridge cartridges dose doses ml g`
)

func TestVocabulary(t *testing.T) {
	english := locale(t, "en").vocabulary
	for _, lang := range Languages() {
		l := locale(t, lang)
		v := l.vocabulary
		for _, id := range strings.Fields(catalogueForms) {
			if v.Forms[id] == "" {
				t.Errorf("%s: form %s has no name", lang, id)
			}
		}
		for _, unit := range strings.Fields(cataloguePacks) {
			if got := l.Pack(5, unit); got.Dir != l.Dir() || lang == "fa" && !strings.HasPrefix(got.Text, "۵"+noBreak) {
				t.Errorf("%s: 5 %s = %v", lang, unit, got)
			}
		}
		sameKeys(t, lang+" forms", v.Forms, english.Forms)
		sameKeys(t, lang+" packs", v.Packs, english.Packs)
		sameKeys(t, lang+" strengths", v.Strengths, english.Strengths)
		sameKeys(t, lang+" currencies", v.Currencies, english.Currencies)
		for id, name := range v.Forms {
			checkScript(t, lang, id, name)
			if name != strings.Join(strings.Fields(name), " ") {
				t.Errorf("%s: %s: %q has superfluous spaces", lang, id, name)
			}
		}
		for unit, word := range v.Strengths {
			checkScript(t, lang, unit, word)
		}
		for id, word := range v.Packs {
			checkScript(t, lang, id, word.each)
			for category, p := range word.forms {
				text := p.text("")
				checkScript(t, lang, id, strings.Trim(text, noBreak))
				if _, constant := p.constant(); constant && (lang != "ar" || category != int(plural.One) && category != int(plural.Two)) {
					t.Errorf("%s: %s: %q omits the number", lang, id, text)
				}
			}
		}
		for code, m := range v.Currencies {
			if got := m.text("1"); got == m.text("2") {
				t.Errorf("%s: %s has no placeholder for the amount", lang, code)
			}
		}
		for _, m := range v.Months {
			if m == "" {
				t.Errorf("%s: months %q", lang, v.Months)
			}
			checkScript(t, lang, "months", m)
		}
		for _, m := range v.SolarHijriMonths {
			if m == "" {
				t.Errorf("%s: Solar Hijri months %q", lang, v.SolarHijriMonths)
			}
			checkScript(t, lang, "Solar Hijri months", m)
		}
		for _, p := range []pattern{v.ExpiryMonth, v.ExpiryDay} {
			if p.text("1") == p.text("2") {
				t.Errorf("%s: %q has no placeholder for the date", lang, p.text(""))
			}
		}
	}
}

func sameKeys[V any](t *testing.T, what string, got, want map[string]V) {
	t.Helper()
	if g, w := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)); !slices.Equal(g, w) {
		t.Errorf("%s: %v, want %v", what, g, w)
	}
}

func TestForms(t *testing.T) {
	for lang, want := range map[string]string{
		"fa": "قرص آهسته\u200cرهش", "en": "prolonged-release tablet", "tr": "uzatılmış salımlı tablet", "ar": "قرص ممتد المفعول",
	} {
		if got := locale(t, lang).Form("prolonged-release-tablet"); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
		if got := locale(t, lang).Form("snuff"); got != "snuff" {
			t.Errorf("%s: unknown form formatted as %q", lang, got)
		}
	}
	want := []string{"قطرهٔ چشمی", "eye drops", "göz damlası", "قطرة عينية"}
	if got := FormNames("eye-drops"); !slices.Equal(got, want) {
		t.Errorf("FormNames = %q, want %q", got, want)
	}
	if got := FormNames("snuff"); got != nil {
		t.Errorf("FormNames of an unknown form = %q", got)
	}
}

func TestFormIcon(t *testing.T) {
	families := strings.Fields("tablet capsule liquid drops cream inhaler injection suppository patch powder spray other")
	for _, id := range strings.Fields(catalogueForms) {
		if icon, ok := icons[id]; !ok || !slices.Contains(families, icon) {
			t.Errorf("%s has icon %q", id, icon)
		}
	}
	if len(icons) != len(strings.Fields(catalogueForms)) {
		t.Errorf("%d icons for %d forms", len(icons), len(strings.Fields(catalogueForms)))
	}
	if got := FormIcon("eye-ear-drops"); got != "drops" {
		t.Errorf("eye-ear-drops has icon %q", got)
	}
	if got := FormIcon("snuff"); got != "other" {
		t.Errorf("an unknown form has icon %q", got)
	}
}

func TestVocabularyFaults(t *testing.T) {
	for in, want := range map[string]string{
		`{"colours": {}}`: "colours",
		`{"packs": {"tablet": {"other": "{0} tablets"}}}`:                               `"each" is missing`,
		`{"packs": {"tablet": {"each": "tablet"}}}`:                                     `"other" is missing`,
		`{"packs": {"tablet": {"each": "{0}", "other": "{0} tablets"}}}`:                `"each" is missing`,
		`{"packs": {"tablet": {"each": "tablet", "other": "{0} tablets", "1": "one"}}}`: "no plural category",
		`{"unitPrice": ""}`: "empty text",
	} {
		if _, err := parseVocabulary([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", in, err, want)
		}
	}
}

// Every form, strength and pack unit of the demonstration catalogue has words in
// every language.
func TestCatalogueIsUnderstood(t *testing.T) {
	b, err := os.ReadFile("../../data/medicines.json")
	if os.IsNotExist(err) {
		t.Skip("no data/medicines.json")
	}
	if err != nil {
		t.Fatal(err)
	}
	var catalogue struct {
		Groups []struct {
			Variants []struct {
				ID, Form, Strength string
				Pack               struct {
					Amount float64
					Unit   string
				}
			}
		}
	}
	if err := json.Unmarshal(b, &catalogue); err != nil {
		t.Fatal(err)
	}
	for _, lang := range Languages() {
		l := locale(t, lang)
		for _, g := range catalogue.Groups {
			for _, v := range g.Variants {
				if _, ok := l.vocabulary.Forms[v.Form]; !ok {
					t.Errorf("%s: form %q", v.ID, v.Form)
				}
				if _, ok := l.strength(v.Strength); !ok {
					t.Errorf("%s: strength %q", v.ID, v.Strength)
				}
				if _, ok := packUnit(v.Pack.Unit); !ok {
					t.Errorf("%s: pack unit %q", v.ID, v.Pack.Unit)
				}
			}
		}
	}
}
