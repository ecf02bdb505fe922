package search

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A word is the unit of comparison between queries and names.
type word struct {
	text  string
	kind  kind
	parts []string // the halves of a word written with non-joiners
	tight bool     // touches the word before, as 12 does in B12
	apart bool     // a comma, a plus, an "and" or the like stands before it
	// otherwise is the other number that a number may be, if a single point or
	// comma in it may be decimal as well as separate thousands: 1.250.
	otherwise string
}

// wordsOf converts pieces to words, concatenating joined pieces.
func wordsOf(ps []piece) []word {
	ws := make([]word, 0, len(ps))
	for _, p := range ps {
		if p.joined && len(ws) > 0 {
			w := &ws[len(ws)-1]
			if w.parts == nil {
				w.parts = []string{w.text}
			}
			w.parts = append(w.parts, p.text)
			w.text += p.text
			continue
		}
		ws = append(ws, word{text: p.text, kind: p.kind, tight: p.tight, apart: p.apart, otherwise: p.otherwise})
	}
	return ws
}

// withCodes joins one or two letters and the number after them into a code: the
// number of B12 is part of the name, unlike that of "vitamin C 12", and B2 must
// not find B1 in packs of 2. If a space separates them, they are joined only if
// known reports the code as known.
func withCodes(ws []word, known func(code string) bool) []word {
	out := make([]word, 0, len(ws))
	for i := 0; i < len(ws); i++ {
		w := ws[i]
		if w.kind == letters && w.parts == nil && utf8.RuneCountInString(w.text) <= 2 && !stopWords[w.text] &&
			i+1 < len(ws) && ws[i+1].kind == number && (i+2 == len(ws) || ws[i+2].kind != unit) {
			if n := ws[i+1]; n.tight || len(n.text) <= 2 && known(w.text+n.text) {
				w = word{text: w.text + n.text, kind: code, tight: w.tight, apart: w.apart}
				i++
			}
		}
		out = append(out, w)
	}
	return out
}

// shortOf returns the alternative index term of a code: the letter of B12,
// marked to distinguish it from plain letters, or the second level of an ATC
// code, which itself has the form of B12.
func shortOf(code string) string {
	if letter := strings.TrimRight(code, "0123456789."); utf8.RuneCountInString(letter) <= 2 {
		return letterSign(letter)
	}
	return code[:1] + strings.TrimLeft(code[1:3], "0")
}

func letterSign(letter string) string { return letter + "#" }

// stopWords are the words for "and", "with" and "for" in the four languages,
// which names of combinations and forms have and people omit, or the other way
// round.
var stopWords = map[string]bool{
	"and": true, "with": true, "ve": true, "ile": true, "و": true, "با": true, "مع": true,
	"for": true, "of": true, "the": true, "icin": true, "برای": true,
}

// withoutStopWords removes stop words, unless there is nothing else.
func withoutStopWords(ws []word) []word {
	out := make([]word, 0, len(ws))
	stopped := false
	for _, w := range ws {
		if stopWords[w.text] {
			stopped = true
			continue
		}
		w.apart = (w.apart || stopped) && len(out) > 0
		stopped = false
		out = append(out, w)
	}
	if len(out) == 0 {
		return ws
	}
	return out
}

// nameWords returns the words of a name.
func nameWords(name string) []word {
	ps := analyse(name)
	if len(ps) > 4*maxQueryWords {
		ps = ps[:4*maxQueryWords] // no query reaches further
	}
	return withCodes(withoutStopWords(wordsOf(ps)), func(string) bool { return true })
}

// keyOf concatenates words without spaces, so that spacing does not matter. It
// keeps a space between two numbers.
func keyOf(ws []word) string {
	n := 0
	for _, w := range ws {
		n += len(w.text) + 1
	}
	b := make([]byte, 0, n)
	for i, w := range ws {
		if i > 0 && w.kind == number && ws[i-1].kind == number {
			b = append(b, ' ')
		}
		b = append(b, w.text...)
	}
	return string(b)
}

// maxJoined is the maximum number of words that are tried as one.
const maxJoined = 4

// A form is how an index term of a name occurs in it.
type form uint8

const (
	formWhole  form = iota // as a word
	formJoined             // as neighbours
	formBare               // as a part that is not written by itself
	formHalf               // as one half of a word written with a non-joiner
)

// eachForm calls f for every index term of ws.
func eachForm(ws []word, f func(text string, how form)) {
	for i, w := range ws {
		f(w.text, formWhole)
		for _, part := range w.parts {
			f(part, formHalf)
		}
		if w.kind == code {
			f(shortOf(w.text), formBare)
		}
		// The first word of a name only begins like an article: آلپرازولام.
		if bare, ok := withoutArticle(w, true); ok && i > 0 {
			f(bare, formBare)
		}
		if i > 0 && joins(ws[i-1], w) {
			f(ws[i-1].text+w.text, formJoined)
		}
	}
	eachQuantity(ws, func(i, j int, _ quantity) {
		if j-i > 1 {
			f(keyOf(ws[i:j]), formJoined)
		}
	})
	// Longer runs: adjacent words without spaces, and short names as a whole.
	for i := 0; i < len(ws); {
		j := i + 1
		for j < len(ws) && ws[j].tight {
			j++
		}
		if n := j - i; 2 < n && n <= maxJoined {
			f(keyOf(ws[i:j]), formJoined)
		}
		i = j
	}
	if n := len(ws); 2 < n && n <= maxJoined {
		f(keyOf(ws), formJoined)
	}
}

// joins reports whether two neighbours may form one word: letters followed by
// letters or a code, or words without a space between.
func joins(a, b word) bool {
	return a.kind == letters && (b.kind == letters || b.kind == code) || b.tight
}

// articles are Arabic proclitics: the article, alone or after "and", "for" or
// "with", and "and" alone. Longer ones come first.
var articles = []string{"وال", "بال", "لل", "ال", "و"}

// withoutArticle returns an Arabic word without its proclitic. The caller must
// also use the whole word, since some names begin like an article: الوپورینول.
// "And" counts only after another word.
func withoutArticle(w word, follows bool) (string, bool) {
	if w.kind != letters || len(w.text) < 2 || w.text[0] < utf8.RuneSelf {
		return "", false
	}
	for _, a := range articles {
		if bare, ok := strings.CutPrefix(w.text, a); ok && (follows || a[:2] != "و") {
			if utf8.RuneCountInString(bare) < 3 {
				return "", false
			}
			return bare, true
		}
	}
	return "", false
}

// eachQuantity calls f for every quantity in ws, with its range of words. A unit
// directly after another counts once: "mg/ml" is mg in 1 ml.
func eachQuantity(ws []word, f func(i, j int, q quantity)) {
	for i := 0; i < len(ws); i++ {
		value, scale, j := "1", int64(1), i
		switch {
		case ws[i].kind == number:
			value = ws[i].text
			j++
			for j < len(ws) && ws[j].kind == unit && scaleOf(ws[j].text) > 1 && scale == 1 {
				scale = scaleOf(ws[j].text)
				j++
			}
		case ws[i].kind != unit || i == 0 || ws[i-1].kind != unit || scaleOf(ws[i-1].text) > 1:
			continue
		}
		if j < len(ws) && ws[j].kind == unit {
			if q, ok := measure(value, scale, ws[j].text); ok {
				f(i, j+1, q)
				i = j
			}
		}
	}
}

func scaleOf(unit string) int64 {
	switch unit {
	case "million":
		return 1e6
	case "thousand":
		return 1e3
	}
	return 1
}

// sums returns the sum of each run of masses in ws: the strengths of a
// combination, as in the name "co-amoxiclav 625".
func sums(ws []word) []quantity {
	var out []quantity
	var sum quantity
	count, end := 0, -1
	flush := func() {
		if count > 1 {
			out = append(out, sum)
		}
		count = 0
	}
	eachQuantity(ws, func(i, j int, q quantity) {
		if q.base != "mcg" || count > 0 && i != end {
			flush()
		}
		if q.base == "mcg" {
			if count == 0 {
				sum = quantity{base: q.base}
			}
			sum.milli += q.milli
			count++
			end = j
		}
	})
	flush()
	return out
}

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }

// formWords maps colloquial words and irregular plurals for forms and packs to
// words in the names of forms.
var formWords = map[string][]string{
	"pill": {"tablet"}, "tabs": {"tablet"}, "caps": {"capsule"}, "amps": {"ampoule"}, "ampul": {"ampoule"},
	"jab": {"injection"}, "shot": {"injection"}, "injectable": {"injection"}, "puffer": {"inhaler"},
	"hap": {"tablet"}, "hapi": {"tablet"}, "igne": {"enjeksiyonluk"}, "fitil": {"supozituvar"}, "surubu": {"surup"}, "pomad": {"merhem"}, "fisfis": {"sprey"},
	"حب": {"قرص"}, "حبه": {"قرص"}, "حبوب": {"قرص"}, "حبوبات": {"قرص"}, "اقراص": {"قرص"}, "تبلت": {"قرص"},
	"کبسولات": {"کبسوله"}, "کبسول": {"کبسوله"}, "تحامیل": {"تحمیله"}, "لبوس": {"تحمیله"},
	"امپول": {"تزریقی", "امبوله"}, "حقن": {"للحقن"}, "حقنه": {"للحقن"}, "ابره": {"للحقن"}, "ابر": {"للحقن"},
	"بخاخات": {"بخاخ"}, "قطرات": {"قطره"}, "اکیاس": {"کیس"}, "لصقات": {"لصقه"}, "مراهم": {"مرهم"},
	"دهانشویه": {"شویه"}, "افشانه": {"اسپری"}, "دانه": {"قرص"},

	// Organs, where names of forms say them otherwise.
	"nose": {"nasal"}, "eyes": {"eye"}, "ears": {"ear"}, "ophthalmic": {"eye"}, "ocular": {"eye"}, "otic": {"ear"}, "aural": {"ear"},
	"burun": {"nazal"}, "nazal": {"burun"}, "kulak": {"kulak"},
	"دماغ": {"بینی"}, "چشم": {"چشمی"}, "گوش": {"گوشی"}, "گوشی": {"گوش"}, "بینی": {"بینی"},
	"عین": {"عینیه", "للعین"}, "عیون": {"عینیه", "للعین"}, "اذن": {"اذنیه", "للاذن"}, "انف": {"انفی", "انفیه", "للانف"},
}

// formStems is formWords by the stems of its keys.
var formStems = func() map[string][]string {
	all := map[string][]string{}
	for w, others := range formWords {
		all[stem(w)] = append(all[stem(w)], others...)
	}
	return all
}()
