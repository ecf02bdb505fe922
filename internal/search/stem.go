package search

import (
	"strings"
	"unicode/utf8"
)

// minStem is the least length of a stem, in letters. Shorter words are too
// often other words.
const minStem = 3

// stem returns the form that the cases and plurals of a common noun share, for
// a folded word in any of the four languages. It is for complaints, kinds of
// medicines and forms, where "damlaları" means what "damla" does. Names of
// medicines are never stemmed: their endings tell them apart.
func stem(w string) string {
	if w == "" {
		return w
	}
	if one, ok := brokenPlurals[w]; ok {
		w = one
	}
	switch c := w[0]; {
	case 'a' <= c && c <= 'z':
		return latinStem(w)
	case c >= utf8.RuneSelf:
		return arabicStem(w)
	}
	return w
}

// brokenPlurals are plurals that no ending marks, mostly Arabic ones, and
// spellings of one word that differ between countries.
var brokenPlurals = map[string]string{
	"حبوب": "حبه", "حبات": "حبه", "اقراص": "قرص", "ادویه": "دوا", "لصقات": "لصقه", "تحامیل": "تحمیله", "مراهم": "مرهم",
	"کریمات": "کریم", "بخاخات": "بخاخ", "امراض": "مرض", "الام": "الم", "عیون": "عین", "اذان": "اذن", "فیروسات": "فیروس",
	"جراثیم": "جرثوم", "دیدان": "دوده", "فطریات": "فطر", "حروق": "حرق", "جروح": "جرح", "قروح": "قرحه", "التهابات": "التهاب",
	"حقن": "حقنه", "اعصاب": "عصب", "عضلات": "عضله", "مفاصل": "مفصل", "عظام": "عظم", "اسنان": "سن", "داروهای": "دارو", "داروی": "دارو",
	"eyes": "eye", "ears": "ear", "feet": "foot", "teeth": "tooth", "lice": "louse",
}

// latinEndings are the endings of Turkish plurals, possessives and cases, and
// of English plurals, longest first.
var latinEndings = []string{
	"larindan", "lerinden", "larinda", "lerinde", "larinin", "lerinin", "larina", "lerine", "larini", "lerini", "lari", "leri", "lar", "ler",
	"sindan", "sinden", "sinda", "sinde", "sinin", "sini", "sina", "sine", "nin", "nun", "si", "su",
}

func latinStem(w string) string {
	if strings.Contains(w, "oe") || strings.Contains(w, "ae") {
		w = strings.ReplaceAll(strings.ReplaceAll(w, "oe", "e"), "ae", "e")
	}
	switch {
	case strings.HasSuffix(w, "ies") && len(w) > 5:
		return latinStem(w[:len(w)-3] + "y")
	case hasAnySuffix(w, "ches", "shes", "xes", "sses"):
		return latinStem(w[:len(w)-2])
	case strings.HasSuffix(w, "s") && len(w) > minStem+1 && !hasAnySuffix(w, "ss", "us", "is"):
		return latinStem(w[:len(w)-1])
	}
	for _, ending := range []string{"ing", "ed", "ion"} {
		if one, ok := strings.CutSuffix(w, ending); ok && len(one) > minStem {
			return stemmed(one)
		}
	}
	// The accusative and genitive of Turkish possessives: şekerini.
	for _, ending := range []string{"inin", "ini", "unun", "unu"} {
		if one, ok := strings.CutSuffix(w, ending); ok && len(one) > minStem && !isVowel(one[len(one)-1]) && one[len(one)-1] != 's' {
			return latinStem(one)
		}
	}
	for _, ending := range latinEndings {
		// A vowel stands before -si and its cases: tussi is no possessive.
		if one, ok := strings.CutSuffix(w, ending); ok && len(one) >= minStem && (ending[0] != 's' || isVowel(one[len(one)-1])) {
			return latinStem(one)
		}
	}
	return stemmed(w)
}

// stemmed undoes what an ending does to the letter before it: ilaç, ilacı;
// şurup, şurubu; and an English silent e.
func stemmed(w string) string {
	if len(w) > 4 && (w[len(w)-1] == 'e' || w[len(w)-1] == 'i' || w[len(w)-1] == 'u') && !isVowel(w[len(w)-2]) {
		w = w[:len(w)-1]
	}
	last := len(w) - 1
	switch w[last] {
	case 'b':
		return w[:last] + "p"
	case 'd':
		return w[:last] + "t"
	case 'g':
		return w[:last] + "k"
	}
	return w
}

func isVowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

func hasAnySuffix(w string, endings ...string) bool {
	for _, e := range endings {
		if strings.HasSuffix(w, e) {
			return true
		}
	}
	return false
}

// arabicEndings are the endings of Persian and Arabic plurals and of Arabic
// feminine words, in folded letters, longest first.
var arabicEndings = []string{"هایی", "های", "هی", "ها", "ات", "ین", "ه"}

func arabicStem(w string) string {
	if bare, ok := withoutArticle(word{text: w}, true); ok {
		w = bare
		if one, ok := brokenPlurals[w]; ok {
			w = one
		}
	}
	for _, ending := range arabicEndings {
		if one, ok := strings.CutSuffix(w, ending); ok && utf8.RuneCountInString(one) >= minStem {
			return arabicStem(one)
		}
	}
	return w
}
