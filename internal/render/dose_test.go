package render

import (
	"math"
	"strings"
	"testing"
	"unicode"
)

func TestStrength(t *testing.T) {
	for _, c := range []struct{ in, fa, en, tr, ar string }{
		{"500 mg", "۵۰۰_میلی\u200cگرم", "500_mg", "500_mg", "500_ملغ"},
		{"1 g", "۱_گرم", "1_g", "1_g", "1_غ"},
		{"2.5 mg/5 ml", "۲٫۵_میلی\u200cگرم/۵_میلی\u200cلیتر", "2.5_mg/5_ml", "2,5_mg/5_ml", "2.5_ملغ/5_مل"},
		{"20 mg/12.5 mg", "۲۰_میلی\u200cگرم/۱۲٫۵_میلی\u200cگرم", "20_mg/12.5_mg", "20_mg/12,5_mg", "20_ملغ/12.5_ملغ"},
		{"400 mg/57 mg/5 ml", "۴۰۰_میلی\u200cگرم/۵۷_میلی\u200cگرم/۵_میلی\u200cلیتر", "400_mg/57_mg/5_ml", "400_mg/57_mg/5_ml", "400_ملغ/57_ملغ/5_مل"},
		{"1000 mg", "۱٬۰۰۰_میلی\u200cگرم", "1,000_mg", "1.000_mg", "1,000_ملغ"},
		{"10000 units/ml", "۱۰٬۰۰۰_واحد/میلی\u200cلیتر", "10,000_units/ml", "10.000_ünite/ml", "10,000_وحدة/مل"},
		{"1.2 million units", "۱٫۲_میلیون واحد", "1.2_million units", "1,2_milyon ünite", "1.2_مليون وحدة"},
		{"0.05 %", "۰٫۰۵٪", "0.05_%", "%0,05", "0.05%"},
		{"0.05%", "۰٫۰۵٪", "0.05_%", "%0,05", "0.05%"},
		{"1 %/0.1 %", "۱٪/۰٫۱٪", "1_%/0.1_%", "%1/%0,1", "1%/0.1%"},
		{"50 micrograms", "۵۰_میکروگرم", "50_micrograms", "50_mikrogram", "50_ميكروغرام"},
		{"1 microgram", "۱_میکروگرم", "1_microgram", "1_mikrogram", "1_ميكروغرام"},
		{"100 micrograms/dose", "۱۰۰_میکروگرم/دوز", "100_micrograms/dose", "100_mikrogram/doz", "100_ميكروغرام/جرعة"},
		{"25 micrograms/hour", "۲۵_میکروگرم/ساعت", "25_micrograms/hour", "25_mikrogram/saat", "25_ميكروغرام/ساعة"},
		{"10 mmol", "۱۰_میلی\u200cمول", "10_mmol", "10_mmol", "10_ملي مول"},
		{"500mg", "۵۰۰_میلی\u200cگرم", "500_mg", "500_mg", "500_ملغ"},
		{"20 mg / 12.5 mg", "۲۰_میلی\u200cگرم/۱۲٫۵_میلی\u200cگرم", "20_mg/12.5_mg", "20_mg/12,5_mg", "20_ملغ/12.5_ملغ"},
	} {
		for lang, want := range map[string]string{"fa": c.fa, "en": c.en, "tr": c.tr, "ar": c.ar} {
			l := locale(t, lang)
			got := l.Strength(c.in)
			if plain(got.Text) != want || got.Dir != l.Dir() {
				t.Errorf("%s: Strength(%q) = %q %s, want %q %s", lang, c.in, plain(got.Text), got.Dir, want, l.Dir())
			}
		}
	}
}

// A strength that is not fully understood stays as written, in one system of
// digits and in the direction of its script.
func TestStrengthAsWritten(t *testing.T) {
	for in, dir := range map[string]string{
		"":                      "ltr",
		"mg":                    "ltr",
		"500":                   "ltr",
		"500 MG":                "ltr",
		"500 mg extra":          "ltr",
		"10-20 mg":              "ltr",
		"1,000 mg":              "ltr",
		".5 mg":                 "ltr",
		"5. mg":                 "ltr",
		"1.2.3 mg":              "ltr",
		"5 mg/":                 "ltr",
		"5 mg//5 ml":            "ltr",
		"5 mg/5 drops":          "ltr",
		"mg/5 ml":               "ltr",
		"۵۰۰ میلی\u200cگرم":     "rtl",
		"500 ملغ":               "rtl",
		"٥٠٠":                   "ltr",
		"5 mg/کپسول":            "ltr",
		"بدون قند 5 mg":         "rtl",
		"\xff\xfe broken bytes": "ltr",
	} {
		for _, lang := range Languages() {
			if got := locale(t, lang).Strength(in); got != (Isolate{in, dir}) {
				t.Errorf("%s: Strength(%q) = %q %s, want it as written, %s", lang, in, got.Text, got.Dir, dir)
			}
		}
	}
}

// A strength is either as written or entirely in the language, with the input's
// numbers in order, in one system of digits, and no control characters.
func FuzzStrength(f *testing.F) {
	for _, s := range []string{"500 mg", "2.5 mg/5 ml", "0.05 %", "10000 units/ml", "25 micrograms/hour", "۵ mg", "5 mg/٥ ml", "-1 mg", "1e3 mg"} {
		f.Add(s)
	}
	western := map[rune]rune{}
	for i := range rune(10) {
		western['۰'+i] = '0' + i
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, lang := range Languages() {
			l := locale(t, lang)
			got := l.Strength(s)
			if got.Dir != "ltr" && got.Dir != "rtl" {
				t.Fatalf("%s: %q: direction %q", lang, s, got.Dir)
			}
			if got.Text == s {
				continue
			}
			if digitsOf(got.Text, western) != digitsOf(s, nil) {
				t.Errorf("%s: %q became %q", lang, s, got.Text)
			}
			for _, r := range got.Text {
				ascii := '0' <= r && r <= '9'
				if unicode.Is(unicode.Cf, r) && r != '\u200c' || lang == "fa" && ascii {
					t.Errorf("%s: %q became %q with %U", lang, s, got.Text, r)
				}
			}
		}
	})
}

func digitsOf(s string, western map[rune]rune) string {
	return strings.Map(func(r rune) rune {
		if w, ok := western[r]; ok {
			r = w
		}
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func TestPack(t *testing.T) {
	for _, c := range []struct {
		amount         float64
		unit           string
		fa, en, tr, ar string
	}{
		{20, "tablet", "۲۰_قرص", "20_tablets", "20_tablet", "20_قرصًا"},
		{20, "tablets", "۲۰_قرص", "20_tablets", "20_tablet", "20_قرصًا"},
		{1, "tablet", "۱_قرص", "1_tablet", "1_tablet", "قرص واحد"},
		{2, "tablet", "۲_قرص", "2_tablets", "2_tablet", "قرصان"},
		{3, "tablet", "۳_قرص", "3_tablets", "3_tablet", "3_أقراص"},
		{100, "tablet", "۱۰۰_قرص", "100_tablets", "100_tablet", "100_قرص"},
		{1000, "tablet", "۱٬۰۰۰_قرص", "1,000_tablets", "1.000_tablet", "1,000_قرص"},
		{0, "tablet", "۰_قرص", "0_tablets", "0_tablet", "0_قرص"},
		{2.5, "ml", "۲٫۵_میلی\u200cلیتر", "2.5_ml", "2,5_ml", "2.5_مل"},
		{1.5, "dose", "۱٫۵_دوز", "1.5_doses", "1,5_doz", "1.5_جرعة"},
		{100, "ml", "۱۰۰_میلی\u200cلیتر", "100_ml", "100_ml", "100_مل"},
		{1, "ml", "۱_میلی\u200cلیتر", "1_ml", "1_ml", "1_مل"},
		{2, "g", "۲_گرم", "2_g", "2_g", "2_غ"},
		{6, "suppositories", "۶_شیاف", "6_suppositories", "6_supozituvar", "6_تحاميل"},
		{5, "pessary", "۵_شیاف واژینال", "5_pessaries", "5_ovül", "5_تحاميل مهبلية"},
		{2, "enema", "۲_عدد تنقیه", "2_enemas", "2_lavman", "حقنتان شرجيتان"},
		{1, "pen", "۱_قلم", "1_pen", "1_kalem", "قلم واحد"},
		{1e6, "dose", "۱٬۰۰۰٬۰۰۰_دوز", "1,000,000_doses", "1.000.000_doz", "1,000,000_جرعة"},
	} {
		for lang, want := range map[string]string{"fa": c.fa, "en": c.en, "tr": c.tr, "ar": c.ar} {
			l := locale(t, lang)
			got := l.Pack(c.amount, c.unit)
			if plain(got.Text) != want || got.Dir != l.Dir() {
				t.Errorf("%s: Pack(%v, %q) = %q %s, want %q %s", lang, c.amount, c.unit, plain(got.Text), got.Dir, want, l.Dir())
			}
		}
	}
}

func TestPackAsWritten(t *testing.T) {
	for _, c := range []struct {
		lang   string
		amount float64
		unit   string
		want   Isolate
	}{
		{"fa", 20, "wafers", Isolate{"20_wafers", "ltr"}},
		{"fa", 20, "ورق", Isolate{"۲۰_ورق", "rtl"}},
		{"en", 20, "ورق", Isolate{"20_ورق", "rtl"}},
		{"tr", 20, "", Isolate{"20", "ltr"}},
		{"fa", -1, "tablet", Isolate{"-1_tablet", "ltr"}},
		{"en", math.Inf(1), "tablet", Isolate{"+Inf_tablet", "ltr"}},
	} {
		got := locale(t, c.lang).Pack(c.amount, c.unit)
		if got.Text = plain(got.Text); got != c.want {
			t.Errorf("%s: Pack(%v, %q) = %v, want %v", c.lang, c.amount, c.unit, got, c.want)
		}
	}
}
