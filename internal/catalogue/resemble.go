package catalogue

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A date of expiry or a class of sale that stands under a name which is not
// understood must not be dropped: the medicine would be sold as if it had none.

// resemblance is what the names of a field look like, in the form of [FoldName].
type resemblance struct {
	field  string
	parts  []string // occur in the name
	begins []string // begin the name
	words  []string // begin a word, or are one if they are shorter than four letters
	others []string // occur in names of other things
}

var resemblances = []resemblance{
	{
		field: "expiry",
		parts: []string{
			"expir", "expdate", "expdt", "bestbefore", "useby", "usebefore", "validuntil",
			"sonkullan", "sontuketim", "انقضا", "انتها", "صلاحیه", "تاریخمصرف", "مهلتمصرف", "sonkul",
		},
		begins: []string{"skt"},
		words:  []string{"exp", "skt", "miad", "miat", "bbe"},
	},
	{
		field:  "class",
		parts:  []string{"class", "sinif", "طبقه", "prescription", "recete", "نسخه", "وصفه", "legalstatus", "satissekli", "saleonline"},
		begins: []string{"الصنف", "صنفالبیع"},
		words:  []string{"otc", "rx"},
		others: []string{"atc", "therap", "pharmacol", "terap", "farmakol", "درمان", "دارویی", "علاج", "دوایی"},
	},
}

// ResembledField returns "expiry" or "class" if that is what the name of a
// column or member seems to stand for, in any of the site's languages, and
// otherwise "". It is for names that are not known.
func ResembledField(name string) string {
	folded := FoldName(name)
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, r := range resemblances {
		in := func(part string) bool { return strings.Contains(folded, part) }
		if slices.ContainsFunc(r.others, in) {
			continue
		}
		if slices.ContainsFunc(r.parts, in) ||
			slices.ContainsFunc(r.begins, func(s string) bool { return strings.HasPrefix(folded, s) }) ||
			slices.ContainsFunc(r.words, func(s string) bool {
				return slices.ContainsFunc(words, func(word string) bool { return word == s || len(s) > 3 && strings.HasPrefix(word, s) })
			}) {
			return r.field
		}
	}
	return ""
}

// FoldName returns the letters and digits of the name of a column or member in
// lower case, without marks and with variants of Arabic letters unified, so
// that different spellings of one name are equal.
func FoldName(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			continue
		case r == 'ı':
			r = 'i'
		case r == 'ي' || r == 'ى':
			r = 'ی'
		case r == 'ك':
			r = 'ک'
		case r == 'ة':
			r = 'ه'
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
