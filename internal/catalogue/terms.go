package catalogue

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Terms are the known values of a field, such as the dosage forms, with their
// names in the languages of people. The zero Terms knows none.
type Terms struct {
	ids    map[string]string // by folded name; "" if it is that of several
	sorted map[string]string // by the folded words of a name in order
	names  []termName        // in order of id
}

// termName is a folded name of a value.
type termName struct{ id, name string }

// NewTerms returns the Terms of the given names of each value. A value is a
// name of itself, even if it is also a name of another one.
func NewTerms(names map[string][]string) *Terms {
	t := &Terms{ids: make(map[string]string), sorted: make(map[string]string)}
	note := func(in map[string]string, key, id string) {
		if other, found := in[key]; found && other != id {
			id = ""
		}
		in[key] = id
	}
	for id, all := range names {
		for _, name := range all {
			note(t.ids, FoldName(name), id)
			note(t.sorted, sortWords(name), id)
			t.names = append(t.names, termName{id, FoldName(name)})
		}
	}
	for id := range names {
		t.ids[FoldName(id)], t.sorted[sortWords(id)] = id, id
		t.names = append(t.names, termName{id, FoldName(id)})
	}
	slices.SortFunc(t.names, func(a, b termName) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.name, b.name))
	})
	t.names = slices.Compact(t.names)
	return t
}

// Find returns the value that a text names, in any case, with its words in any
// order, as in "TABLET (CHEWABLE)", and with any punctuation but for signs of
// doubt or choice, as in "OTC?" and "tablet/gel". ok is false if there is none,
// or more than one.
func (t *Terms) Find(text string) (id string, ok bool) {
	if strings.ContainsAny(text, "?؟!*/\\|&+<>=≠~#") {
		return "", false
	}
	id, found := t.ids[FoldName(text)]
	if !found {
		id = t.sorted[sortWords(text)]
	}
	return id, id != ""
}

// FindAs is like Find, but the text must have the words of a name in their order
// and no punctuation between them: "no, prescription" is not "no prescription".
func (t *Terms) FindAs(text string) (id string, ok bool) {
	last := rune(0)
	for i, r := range text {
		apart := !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) && r != '.'
		if apart && (r != '-' || i == 0 || !unicode.IsLetter(last)) {
			return "", false
		}
		if last == '-' && !unicode.IsLetter(r) {
			return "", false
		}
		last = r
	}
	if last == '-' {
		return "", false
	}
	id = t.ids[FoldName(text)]
	return id, id != ""
}

// sortWords returns the folded words of a text in alphabetical order.
func sortWords(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) })
	for i, word := range words {
		words[i] = FoldName(word)
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// Advice says which values are [Terms.Nearest] to a text that is none of them,
// or otherwise what else to do. A nil Terms has no nearest values.
func (t *Terms) Advice(text, otherwise string) string {
	if t == nil {
		return otherwise
	}
	nearest := t.Nearest(text)
	for i, id := range nearest {
		nearest[i] = strconv.Quote(id)
	}
	switch len(nearest) {
	case 0:
		return otherwise
	case 1:
		return "the nearest known one is " + nearest[0]
	}
	return "the nearest known ones are " + strings.Join(nearest[:len(nearest)-1], ", ") + " and " + nearest[len(nearest)-1]
}

// maxNearest is the maximum number of values that Nearest returns.
const maxNearest = 3

// Nearest returns the values whose names are most like a text, best first: at
// most three, and none if nothing is like it.
func (t *Terms) Nearest(text string) []string {
	const (
		least = 0.55 // likeness of a value that is worth naming
		long  = 100  // letters of a text that cannot be a name
	)
	folded := FoldName(text)
	if folded == "" || len(folded) > long {
		return nil
	}
	best := map[string]float64{}
	for _, n := range t.names {
		if l := likeness(folded, n.name); l >= least {
			best[n.id] = max(best[n.id], l)
		}
	}
	ids := make([]string, 0, len(best))
	for id := range best {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(best[b], best[a]), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	return ids[:min(len(ids), maxNearest)]
}

// likeness returns how like two folded names are, from 0 to 1: the share of
// common pairs of letters (Dice's coefficient), and more if the one is a part
// of the other, as of "film coated tablet".
func likeness(a, b string) float64 {
	if a == b {
		return 1
	}
	pairs := map[[2]rune]int{}
	n := 0
	each := func(s string, f func([2]rune)) {
		last := rune(0)
		for _, r := range s {
			f([2]rune{last, r})
			last = r
			n++
		}
	}
	each(a, func(p [2]rune) { pairs[p]++ })
	common := 0
	each(b, func(p [2]rune) {
		if pairs[p] > 0 {
			pairs[p]--
			common++
		}
	})
	l := 2 * float64(common) / float64(n)
	const letters = 5 // bytes of a part that says something
	if short, long := min(len(a), len(b)), max(len(a), len(b)); short >= letters && (strings.Contains(a, b) || strings.Contains(b, a)) {
		l = max(l, 0.6+0.3*float64(short)/float64(long))
	}
	return l
}

// Classes are the classes of sale with the words that tables and registers use
// for them. OTC and its like, which leave open whether a pharmacist advises, are
// general sale. A word that some use for one class and some for another, such
// as P, is none of them.
var Classes = NewTerms(map[string][]string{
	General.String(): {
		"general sale", "general sales list", "GSL", "OTC", "over the counter", "non-prescription", "without prescription", "no prescription",
		"reçetesiz", "reçetesiz ilaç", "reçeteye tabi değil", "reçeteye tabi olmayan", "genel satış", "serbest satış", "tezgah üstü",
		"بدون نسخه", "بدون نیاز به نسخه", "غیر نسخه\u200cای", "عمومی", "فروش آزاد", "فروش عمومی",
		"بدون وصفة", "بدون وصفة طبية", "بلا وصفة", "بلا وصفة طبية", "لا يحتاج إلى وصفة", "غير وصفي", "لاوصفي", "بيع عام", "عام",
	},
	Pharmacist.String(): {
		"pharmacist advised", "pharmacy only", "pharmacy medicine", "pharmacy-only medicine", "behind the counter", "BTC",
		"eczacı", "eczacı önerisiyle", "eczacı tavsiyesiyle", "eczacı danışmanlığında", "eczacı gözetiminde",
		"داروساز", "با مشورت داروساز", "با نظر داروساز", "تحت نظر داروساز",
		"الصيدلي", "صيدلي", "باستشارة الصيدلي", "بإشراف الصيدلي", "تحت إشراف الصيدلي",
	},
	Prescription.String(): {
		"prescription only", "prescription-only medicine", "prescription medicine", "prescription drug", "prescription required", "on prescription", "by prescription", "with prescription", "POM", "Rx", "Rx only",
		"reçeteli", "reçeteli ilaç", "reçete ile", "reçeteye tabi", "normal reçete", "normal reçeteli", "beyaz reçete", "beyaz reçeteli",
		"نسخه\u200cای", "با نسخه", "تجویزی", "نیازمند نسخه", "نسخه پزشک", "با نسخه پزشک",
		"بوصفة", "بوصفة طبية", "وصفة", "وصفة طبية", "وصفي", "يحتاج إلى وصفة",
	},
	Controlled.String(): {
		"controlled drug", "controlled substance", "controlled medicine", "CD", "narcotic", "narcotics", "psychotropic",
		"kontrollü", "kontrole tabi", "kırmızı reçete", "kırmızı reçeteli", "yeşil reçete", "yeşil reçeteli", "uyuşturucu", "psikotrop",
		"تحت کنترل", "کنترل\u200cشده", "مخدر", "داروی مخدر", "روان\u200cگردان",
		"خاضع للرقابة", "خاضع للمراقبة", "مراقب", "أدوية مراقبة", "مخدرات", "مؤثر عقلي",
	},
})
