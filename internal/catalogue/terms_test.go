package catalogue

import (
	"slices"
	"strings"
	"testing"
)

func TestTerms(t *testing.T) {
	terms := NewTerms(map[string][]string{
		"tablet": {"قرص", "Tabletten"}, "chewable-tablet": {"قرص جویدنی"}, "sachet": {"كيس", "saşe"}, "bag": {"كيس"}, "syrup": {"şurup", "شربت"},
		"powder-for-injection": nil, "solution-for-injection": nil,
	})
	for text, want := range map[string]string{
		"tablet": "tablet", "TABLET": "tablet", " Tablet. ": "tablet", "قُرص": "tablet", "قرص\u200cجويدني": "chewable-tablet", "ŞURUP": "syrup", "şurup": "syrup", "SURUP": "syrup",
		"chewable tablet": "chewable-tablet", "Chewable_Tablet": "chewable-tablet", "TABLET (CHEWABLE)": "chewable-tablet", "Tablet, chewable": "chewable-tablet", "for injection, solution": "solution-for-injection", "tablet tablet": "", "saşe": "sachet",
		"كيس": "", "tablets": "", "": "", "tablet?": "", "tablet/syrup": "", "tablet؟": "", "*tablet": "",
	} {
		if got, ok := terms.Find(text); got != want || ok != (want != "") {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"tablets": "tablet", "film coated tablet": "tablet", "كيس": "bag sachet", "sirup": "syrup", "injection": "powder-for-injection solution-for-injection", "snuff": "", "": "",
		strings.Repeat("tablet", 100): "",
	} {
		if got := strings.Join(terms.Nearest(text), " "); got != want {
			t.Errorf("nearest to %q: %s, want %s", text, got, want)
		}
	}
}

// No word for a class is that of another, each is in the four languages, and a
// denial is never taken for its contrary.
func TestClasses(t *testing.T) {
	for text, want := range map[string]string{
		"general": "general", "OTC": "general", "otc": "general", "O.T.C.": "general", "Over-the-counter": "general", "Non-prescription": "general", "non prescription": "general",
		"Reçetesiz": "general", "REÇETESİZ": "general", "recetesiz": "general", "بدون نسخه": "general", "بدون\u200cنسخه": "general", "بدون وصفة طبية": "general", "بدون وصفه": "general",
		"Reçeteli": "prescription", "REÇETELİ": "prescription", "Beyaz Reçete": "prescription", "Rx": "prescription", "RX": "prescription", "POM": "prescription", "نسخه\u200cای": "prescription", "با نسخه": "prescription", "وصفة طبية": "prescription",
		"Kırmızı Reçete": "controlled", "Yeşil reçete": "controlled", "CD": "controlled", "تحت کنترل": "controlled", "مخدر": "controlled",
		"Eczacı": "pharmacist", "داروساز": "pharmacist", "الصيدلي": "pharmacist", "Pharmacy only": "pharmacist",
		"P": "", "G": "", "C": "", "yes": "", "no": "", "evet": "", "hayır": "", "1": "", "0": "", "OTC?": "", "not OTC": "", "OTC/Rx": "", "Mor reçete": "", "No - prescription": "", "No, prescription": "", "no (prescription)": "", "prescription, no": "", "non; prescription": "", "بدون: نسخه": "", "değil reçeteye tabi": "", "prescription no": "", "-OTC": "", "OTC-": "", "OTC*": "",
		"No prescription": "general", "non-prescription": "general", "Rx.": "prescription", " OTC ": "general", "نسخه": "", "reçete": "", "": "",
	} {
		if got, _ := Classes.FindAs(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for name, id := range Classes.ids {
		if _, err := ParseClass(id); err != nil {
			t.Errorf("%q stands for several classes", name)
		}
	}
}

func TestAlikeIDs(t *testing.T) {
	for _, pair := range [][2]string{{"000123", "123"}, {"Para-A", "para-a"}, {"0", "00"}, {"a01", "A01"}} {
		if AlikeID(pair[0]) != AlikeID(pair[1]) {
			t.Errorf("%q are not alike", pair)
		}
	}
	for _, pair := range [][2]string{{"123", "1230"}, {"a01", "a1"}, {"a-1", "a1"}, {"0123a", "123a"}} {
		if AlikeID(pair[0]) == AlikeID(pair[1]) {
			t.Errorf("%q are alike", pair)
		}
	}
}

func TestCodesOfGroups(t *testing.T) {
	g := Group{ATC: "R03AC02", Variants: []Variant{{ATC: "R03CC02"}, {}, {ATC: "R03CC02"}}}
	if got := g.ATCs(); !slices.Equal(got, []string{"R03CC02", "R03AC02"}) {
		t.Errorf("codes %q", got)
	}
	if got := (&Group{ATC: "R03AC02"}).ATCs(); !slices.Equal(got, []string{"R03AC02"}) {
		t.Errorf("codes of a group without variants %q", got)
	}
	g.Variants[1].ATC = "R03CC02"
	if got := g.ATCs(); !slices.Equal(got, []string{"R03CC02"}) {
		t.Errorf("codes where each variant has its own %q", got)
	}
}
