package shelf

import (
	"cmp"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"pharmacy/internal/catalogue"
)

// Letter is a section of an A to Z index: the groups whose names begin with it.
type Letter struct {
	ID     string // unique among the sections; a to z, 0 to 9 and hyphens
	Text   string // the letter; "#" for names that begin with no letter
	Groups []*catalogue.Group
}

// others is the section of names that begin with no letter.
const others = '#'

// lettersOf divides groups into the letters of a language, in alphabetical
// order. places are the positions of the groups by name. Section others comes
// last.
func lettersOf(lang string, groups []catalogue.Group, places []int32) []Letter {
	sorted := make([]int32, len(groups))
	for i := range sorted {
		sorted[i] = int32(i)
	}
	slices.SortStableFunc(sorted, func(a, b int32) int { return cmp.Compare(places[a], places[b]) })
	at := map[rune]int{}
	var letters []Letter
	var texts []string
	for _, i := range sorted {
		g := &groups[i]
		r := letterOf(lang, g.Name.In(lang))
		n, found := at[r]
		if !found {
			n = len(letters)
			at[r] = n
			letters = append(letters, Letter{ID: letterID(r), Text: string(r)})
			texts = append(texts, string(r))
		}
		letters[n].Groups = append(letters[n].Groups, g)
	}
	place := map[string]int32{}
	for i, p := range letterPlaces(lang, texts) {
		place[texts[i]] = p
	}
	slices.SortFunc(letters, func(a, b Letter) int {
		return cmp.Or(cmp.Compare(place[a.Text], place[b.Text]), cmp.Compare(a.Text, b.Text))
	})
	return letters
}

// letterPlaces returns the alphabetical position of each letter. Section
// others comes last.
func letterPlaces(lang string, texts []string) []int32 {
	at := places(lang, texts)
	for i, t := range texts {
		if t == string(others) {
			at[i] = int32(len(texts))
		}
	}
	return at
}

// letterID returns the ID of a letter: "a" for A, "u0622" for a letter outside
// ASCII.
func letterID(r rune) string {
	switch {
	case r == others:
		return "other"
	case r < unicode.MaxASCII:
		return string(unicode.ToLower(r))
	}
	return fmt.Sprintf("u%04x", r)
}

// letterOf returns the letter of the language's alphabet that a name is listed
// under.
func letterOf(lang, name string) rune {
	for _, r := range name {
		switch {
		case unicode.IsDigit(r):
			return others
		case unicode.IsLetter(r):
			return alphabetic(lang, r)
		}
	}
	return others
}

// alphabetic maps a letter to its letter of the alphabet: upper case, without
// diacritics unless the language treats it as a separate letter.
func alphabetic(lang string, r rune) rune {
	if lang == "tr" {
		switch r {
		case 'ç', 'ğ', 'ı', 'ö', 'ş', 'ü', 'Ç', 'Ğ', 'İ', 'Ö', 'Ş', 'Ü', 'i':
			return unicode.TurkishCase.ToUpper(r)
		case 'î', 'Î': // i with a circumflex is an i
			return 'İ'
		}
	}
	if unicode.Is(unicode.Arabic, r) {
		return arabicLetter(lang, r)
	}
	switch r {
	case 'ı':
		return 'I'
	case 'ß':
		return 'S'
	case 'æ', 'Æ':
		return 'A'
	case 'ø', 'Ø', 'œ', 'Œ':
		return 'O'
	}
	// The canonical decomposition begins with the letter without its marks.
	for _, base := range norm.NFD.String(string(r)) {
		return unicode.ToUpper(base)
	}
	return r
}

// arabicLetter unifies the forms of a letter that are one in the alphabet. Alef
// with madda is a separate letter in Persian but not in Arabic.
func arabicLetter(lang string, r rune) rune {
	if lang == "ar" {
		switch r {
		case 'آ':
			return 'ا'
		case 'ک':
			return 'ك'
		}
		folded, _ := utf8.DecodeRuneInString(foldArabic.Replace(string(r)))
		return folded
	}
	switch r {
	case 'أ', 'إ', 'ٱ':
		return 'ا'
	case 'ؤ':
		return 'و'
	case 'ة', 'ۀ', 'ە':
		return 'ه'
	case 'ي', 'ى', 'ئ':
		return 'ی'
	case 'ك':
		return 'ک'
	}
	return r
}
