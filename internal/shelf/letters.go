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

// Letter is a section of an A to Z: the groups whose names begin with it.
type Letter struct {
	ID     string // unique among the sections, of a to z, 0 to 9 and hyphens
	Text   string // the letter; "#" for digits and what has no letter
	Groups []*catalogue.Group
}

// others is the letter of what begins with none.
const others = '#'

// lettersOf divides groups, which have a place by name, into the letters of
// a language, in its order. Others come last.
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

// letterPlaces returns the place of each letter; others come last.
func letterPlaces(lang string, texts []string) []int32 {
	at := places(lang, texts)
	for i, t := range texts {
		if t == string(others) {
			at[i] = int32(len(texts))
		}
	}
	return at
}

// letterID is "a" for A and "u0622" for a letter beyond ASCII.
func letterID(r rune) string {
	switch {
	case r == others:
		return "other"
	case r < unicode.MaxASCII:
		return string(unicode.ToLower(r))
	}
	return fmt.Sprintf("u%04x", r)
}

// letterOf returns the letter of the language's alphabet under which a name
// stands.
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

// alphabetic returns the letter of the alphabet for a letter as written: the
// capital, without marks, unless the marked one is a letter of its own.
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

// arabicLetter joins the forms of a letter that are one in the alphabet.
// Persian counts alef with madda as a letter of its own; Arabic does not.
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
