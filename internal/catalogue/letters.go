package catalogue

import (
	"cmp"
	"fmt"
	"slices"
	"unicode"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// Letter is a section of an A to Z: the groups whose names begin with it.
type Letter struct {
	ID     string // unique among the sections, of a to z, 0 to 9 and hyphens
	Text   string // the letter; "#" for digits and what has no letter
	Groups []*Group
}

// others is the letter of what begins with none.
const others = '#'

// lettersOf divides groups, which have a place by name, into the letters of
// a language, in its order. Others come last.
func lettersOf(lang string, groups []Group, places []int32) []Letter {
	sorted := make([]int32, len(groups))
	for i := range sorted {
		sorted[i] = int32(i)
	}
	slices.SortStableFunc(sorted, func(a, b int32) int { return cmp.Compare(places[a], places[b]) })
	at := map[rune]int{}
	var letters []Letter
	var runes []rune
	for _, i := range sorted {
		g := &groups[i]
		r := letterOf(lang, g.Name.In(lang))
		n, found := at[r]
		if !found {
			n = len(letters)
			at[r] = n
			letters = append(letters, Letter{ID: letterID(r), Text: string(r)})
			runes = append(runes, r)
		}
		letters[n].Groups = append(letters[n].Groups, g)
	}
	collator := collate.New(language.MustParse(lang))
	slices.SortFunc(letters, func(a, b Letter) int {
		if (a.Text == string(others)) != (b.Text == string(others)) {
			if a.Text == string(others) {
				return 1
			}
			return -1
		}
		return cmp.Or(collator.CompareString(a.Text, b.Text), cmp.Compare(a.Text, b.Text))
	})
	return letters
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

// letterOf gives the letter of the language's alphabet under which a name
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

// alphabetic gives the letter of the alphabet for a letter as written: the
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
	switch r {
	case 'آ':
		if lang == "fa" {
			return r
		}
		return 'ا'
	case 'أ', 'إ', 'ٱ':
		return 'ا'
	case 'ؤ':
		return 'و'
	case 'ة', 'ۀ', 'ە':
		return 'ه'
	case 'ي', 'ى', 'ی', 'ئ':
		if lang == "fa" {
			return 'ی'
		}
		return 'ي'
	case 'ك', 'ک':
		if lang == "fa" {
			return 'ک'
		}
		return 'ك'
	}
	return r
}
