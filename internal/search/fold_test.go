package search

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	tests := []struct{ rule, in, want string }{
		{"broken UTF-8 separates", "para\xffcetamol", "para cetamol"},
		{"the replacement character separates", "para\ufffdcetamol", "para cetamol"},
		{"a trade mark sign is no letters", "Calpol™ X℠", "calpol x"},

		{"presentation forms", "ﺑﺎﺭﺍ", "بارا"},
		{"lam-alef ligature", "ﻻ", "لا"},
		{"full width", "Ａｂｃ１２", "abc 12"},
		{"Latin ligature", "ﬁn", "fin"},
		{"subscript digits", "B₁₂", "b 12"},
		{"hamza above and below, madda", "أإآ", "ااا"},
		{"hamza on waw and ya", "ؤئ", "وی"},
		{"Turkish diacritics", "ĞÜŞÖÇ ğüşöç", "gusoc gusoc"},

		{"harakat", "دَوَاءٌ", "دوا"},
		{"superscript alef", "رحمٰن", "رحمن"},
		{"hamza above he", "قطرهٔ", "قطره"},
		{"enclosing mark", "a\u20dd", "a"},

		{"bidirectional controls", "\u202aab\u202c \u202edc\u202c \u2066e\u2069\u200e\u200f\u061c", "ab dc e"},
		{"zero-width joiner and non-joiner", "می\u200cرود نم\u200dی", "میرود نمی"},
		{"soft hyphen, byte order mark, word joiner", "\ufeffpara\u00adce\u2060tamol", "paracetamol"},
		{"tatweel", "دـــوا", "دوا"},

		{"Latin and Turkish i", "Iıİi", "iiii"},
		{"Turkish sentence", "AĞRI KESİCİ", "agri kesici"},
		{"sharp s, ligatures, strokes", "Straße æœøłđðþ", "strasse aeoeolddth"},
		{"final sigma", "ΣΑΣ σας", "σασ σασ"},

		{"ya", "يىیے", "یییی"},
		{"kaf", "كڪک", "ککک"},
		{"ha", "ةەہھۃه", "هههههه"},
		{"alef wasla", "ٱل", "ال"},
		{"waw", "ؤۆۇ", "ووو"},
		{"veh", "ڤيتامين", "فیتامین"},
		{"hamza alone", "ماء", "ما"},

		{"Arabic digits", "٠١٢٣٤٥٦٧٨٩", "123456789"},
		{"Persian digits", "۰۱۲۳۴۵۶۷۸۹", "123456789"},
		{"Western digits", "9876543210", "9876543210"},

		{"decimal points", "2.5 2,5 ۲٫۵ ٢٫٥", "2.5 2.5 2.5 2.5"},
		{"thousands", "1,500 1٬500 ۱٬۵۰۰ 1.000 1.500.000 1،500", "1500 1500 1500 1000 1500000 1500"},
		{"thousands and decimals", "1,234.5 1.234,5 ۱٬۲۳۴٫۵", "1234.5 1234.5 1234.5"},
		{"three decimals", "0,125 0.125 1.125", "0.125 0.125 1.125"},
		{"a slash for zero's point", "0/5 ۰/۲۵ 500/125 10/5", "0.5 0.25 500 125 10 5"},
		{"a number without its zero", ".5 (.5) a.5", "0.5 5 a 5"},
		{"empty decimals and leading zeros", "2.50 007 0.0 5.0", "2.5 7 0 5"},
		{"no numbers but lists", "1.2.3 1,2,3 1,23,456", "1 2 3 1 2 3 1 23 456"},
		{"a point at the end", "5. 5, 5", "5 5 5"},

		{"digit beside letter", "500mg b12 3x", "500 mg b 12 3 x"},
		{"digit beside Arabic letter", "ب۱۲ ۵۰۰گرم", "ب 12 500 g"},
		{"ATC codes", "N02BE01 n02be A12CC04 N02B", "n02be01 n02be a12cc04 n02b"},
		{"no ATC codes", "B12 X02BE01 N02BE1 N02BE011 N2BE01", "b 12 x 2 be 1 n 2 be 1 n 2 be 11 n 2 be 1"},

		{"mg", "5 mg 5 MG 5 میلی\u200cگرم 5 میلی گرم 5 میلیگرم 5 ملغ 5 ملغم 5 مجم 5 مغ", strings.Repeat("5 mg ", 9)},
		{"mcg", "5 µg 5 μg 5 mcg 5 micrograms 5 mikrogram 5 میکروگرم 5 مكغ 5 ميكروغرام", strings.Repeat("5 mcg ", 8)},
		{"g after a number", "5 g 5 gr 5 gram 5 گرم 5 غ 5 جرام", strings.Repeat("5 g ", 6)},
		{"ml", "5 ml 5 mL 5 میلی\u200cلیتر 5 مل 5 cc 5 سی\u200cسی", strings.Repeat("5 ml ", 6)},
		{"units", "5 IU 5 I.U. 5 U 5 units 5 ünite 5 واحد 5 وحدة 5 وحدات دولية", strings.Repeat("5 units ", 8)},
		{"million units", "1.5 MIU 1.5 million units ۱٫۵ میلیون واحد 1,5 milyon ünite 1.5 مليون وحدة", strings.Repeat("1.5 million units ", 5)},
		{"percent", "5 % %5 5٪ ۵ درصد yüzde 5", strings.Repeat("5 % ", 5)},
		{"two percents", "%5 %10", "5 % 10 %"},
		{"per", "5 mg/ml 50 mcg/h 100 mcg/dose 2.5 mg/5 ml", "5 mg ml 50 mcg hour 100 mcg dose 2.5 mg 5 ml"},
		{"units in two steps", "5 international ünite", "5 units"},
		{"no units", "penicillin G گرم U 5x g واحد", "penicillin g گرم u 5 x g واحد"},
		{"international units", "5 international units 5 units دولية 5 واحد بین\u200cالمللی 5 واحد بین\u200cخط", "5 units 5 units 5 units 5 units خط"},
		{"a compound is no unit", "5 گرم\u200cکننده", "5 گرمکننده"},
		{"a unit is no part of a word", "mgx", "mgx"},

		{"apostrophes", "St John's l’eau", "st johns leau"},
		{"an apostrophe that closes", "'abc' d", "abc d"},
		{"abbreviations", "i.v. p.o i.u", "iv po units"},
		{"points between words", "st.john b.complex", "st john b complex"},
		{"everything else separates", "a-b/c+d&e(f)،g\n\x00h💊i", "a b c d e f g h i"},
		{"nothing", " \t\n", ""},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			if got := Fold(test.in); got != strings.TrimSpace(test.want) {
				t.Errorf("Fold(%q) = %q, want %q", test.in, got, test.want)
			}
		})
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{
		"", "آموکسی\u200cسیلین ۵۰۰ میلی\u200cگرم", "%5 % 3", "1.000,5", "0/5", ".5.5", "i.u.s", "A12CC04", "St John's",
		"\xff\xfe", "a\u200c1", "5 international ünite", "μg", "İıIi", "ﷺ", "٪٪٪5", "1,2,3.4٬5", "é́́",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := Fold(s)
		if again := Fold(folded); again != folded {
			t.Errorf("Fold(%q) = %q, folded twice %q", s, folded, again)
		}
		if !utf8.ValidString(folded) {
			t.Errorf("Fold(%q) = %q is invalid UTF-8", s, folded)
		}
		if strings.Join(strings.Fields(folded), " ") != folded {
			t.Errorf("Fold(%q) = %q has superfluous spaces", s, folded)
		}
		for _, r := range folded {
			if unicode.In(r, unicode.Mn, unicode.Me, unicode.C) {
				t.Errorf("Fold(%q) = %q contains %U", s, folded, r)
			}
		}
	})
}

// The words in the tables must be written as Fold returns them.
func TestTablesAreFolded(t *testing.T) {
	check := func(w string) {
		if ps := split(clean(w)); len(ps) != 1 || ps[0].text != w {
			t.Errorf("%q folds to %q", w, Fold(w))
		}
	}
	for w, others := range formWords {
		check(w)
		for _, other := range others {
			check(other)
		}
	}
	for _, table := range []map[string]bool{stopWords, internationals, partUnits} {
		for w := range table {
			check(w)
		}
	}
	for _, w := range articles {
		check(w)
	}
	for r := range consonant {
		check(string(r))
	}
}

func TestQuantities(t *testing.T) {
	keys := func(s string) []string {
		var out []string
		eachQuantity(wordsOf(analyse(s)), func(_, _ int, q quantity) { out = append(out, q.key()) })
		return out
	}
	same := [][]string{
		{"1 g", "1000 mg", "1000000 mcg", "1,000 mg", "0.001 kg", "۱ گرم", "1000000000 ng"},
		{"0.5 mg", "500 micrograms", "500 mcg", "۵۰۰ میکروگرم", ".5mg"},
		{"1 l", "1000 ml", "1000 cc"},
		{"1.5 million units", "1500000 IU", "1,500,000 units", "1500 thousand units", "۱٫۵ میلیون واحد"},
		{"10 mg/ml", "10 mg/1 ml", "10 mg / mL"},
		{"25 micrograms/hour", "25 mcg/h", "25 mikrogram/saat"},
	}
	seen := map[string]string{}
	for _, list := range same {
		want := strings.Join(keys(list[0]), " ")
		if want == "" {
			t.Errorf("no quantity in %q", list[0])
		}
		if other, ok := seen[want]; ok {
			t.Errorf("%q and %q have the same quantity: %s", list[0], other, want)
		}
		seen[want] = list[0]
		for _, s := range list[1:] {
			if got := strings.Join(keys(s), " "); got != want {
				t.Errorf("%q has %s, %q has %s", s, got, list[0], want)
			}
		}
	}
	for _, s := range []string{"mg", "500", "500 tablets", "10 million", "1234567890123 mg", "0.0000001 mg", "999999999 million kg", ""} {
		if got := keys(s); len(got) > 0 {
			t.Errorf("%q has quantities %q", s, got)
		}
	}
}

func TestSums(t *testing.T) {
	for in, want := range map[string]string{
		"500 mg/125 mg":             "625000000mcg",
		"125 mg/31.25 mg/5 ml":      "156250000mcg",
		"200 micrograms/6 mcg/dose": "206000mcg",
		"500 mg":                    "",
		"2.5 mg/5 ml":               "",
		"500 mg 20 tablets 5 mg":    "",
	} {
		got := ""
		for _, q := range sums(wordsOf(analyse(in))) {
			got += q.key()
		}
		if got != want {
			t.Errorf("sums(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSound(t *testing.T) {
	same := [][2]string{
		{"acetaminophen", "asetaminofen"},
		{"paracetamol", "parasetamol"},
		{"amoxicillin", "amoksisilin"},
		{"chloramphenicol", "kloramfenikol"},
		{"dexamethasone", "deksametazon"},
		{"levothyroxine", "levotiroksin"},
		{"quetiapine", "ketiapin"},
		{"hydrochlorothiazide", "hidroklorotiyazid"},
		{"oestradiol", "estradiol"},
		{"amoxycillin", "amoxicillin"},
		{"sulphadiazine", "sulfadiazin"},
		{"warfarin", "varfarin"},
		{"potassium", "potasyum"},
		{"haemoglobin", "hemoglobin"},
		{"ایبوپروفن", "ایبوبروفن"},
		{"باراستامول", "پاراستامول"},
		{"متفورمین", "مطفورمین"},
		{"گلیبنکلامید", "غلیبنکلامید"},
		{"گلیبنکلامید", "جلیبنکلامید"},
		{"ازیترومایسین", "ازیثرومایسین"},
	}
	for _, p := range same {
		if a, b := sound(p[0]), sound(p[1]); a == "" || a != b || !sameVowels(p[0], p[1]) {
			t.Errorf("%s has sound %q, %s has sound %q, vowels agree: %t", p[0], a, p[1], b, sameVowels(p[0], p[1]))
		}
	}
	other := [][2]string{
		{"prednisone", "prednisolone"},
		{"losartan", "valsartan"},
		{"cefalexin", "cefaclor"},
		{"hydroxyzine", "hydralazine"},
		{"ibuprofen", "ibuprofin"},
		{"clonidine", "clonazepam"},
		{"celexa", "celebrex"},
		{"پردنیزون", "پردنیزولون"},
		{"لوزارتان", "والزارتان"},
		{"متفورمین", "مترونیدازول"},
		{"ازترول", "استریول"},
		{"پریمیدون", "پیرامیدون"},
		{"وارفارین", "ارفارین"},
		{"لوراتادین", "لوراتاتین"}, {"میرتازاپین", "میلتازاپین"}, {"متفورمین", "نتفورمین"},
		{"پاراستامول", "پاراستمول"}, // a missing vowel letter is a slip
		{"ایبوپروفن", "ایبوبروفین"},
		{"متفورمین", "میتفورمین"},
	}
	for _, p := range other {
		if a, b := sound(p[0]), sound(p[1]); a != "" && a == b && sameVowels(p[0], p[1]) {
			t.Errorf("%s and %s both have sound %q", p[0], p[1], a)
		}
	}
	for _, w := range []string{"", "zinc", "ab12cd", "قرص", "کدین", "کوداین", "παρακεταμολ", "paraستامول"} {
		if got := sound(w); got != "" {
			t.Errorf("%q has sound %q", w, got)
		}
	}
}

func TestSlips(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"paracetamol", "paracetamol", 0},
		{"paracetmol", "paracetamol", 1},
		{"paracetamool", "paracetamol", 1},
		{"parecetamol", "paracetamol", 1},
		{"paracteamol", "paracetamol", 1},
		{"praacteamol", "paracetamol", 2},
		{"ca", "abc", 3},
		{"پاراستامل", "پاراستامول", 1},
		{"", "ab", 2},
		{"abcdef", "ghijkl", 3},
	}
	for _, test := range tests {
		if got := min(slips([]rune(test.a), test.b, 2), 3); got != test.want {
			t.Errorf("slips(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
