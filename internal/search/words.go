package search

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A word is what a query or a name is compared by.
type word struct {
	text  string
	kind  kind
	parts []string // the halves of a word written with non-joiners
	tight bool     // touches the word before, as 12 does in B12
}

// wordsOf puts joined pieces together.
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
		ws = append(ws, word{text: p.text, kind: p.kind, tight: p.tight})
	}
	return ws
}

// withCodes puts a letter or two and the number behind them together: what the
// number says of B12 is not what it says of "vitamin C 12", and B2 must not
// find B1 in packs of 2. Apart by a space they are one word if known says so.
func withCodes(ws []word, known func(code string) bool) []word {
	out := make([]word, 0, len(ws))
	for i := 0; i < len(ws); i++ {
		w := ws[i]
		if w.kind == letters && w.parts == nil && utf8.RuneCountInString(w.text) <= 2 && !links[w.text] &&
			i+1 < len(ws) && ws[i+1].kind == number && (i+2 == len(ws) || ws[i+2].kind != unit) {
			if n := ws[i+1]; n.tight || len(n.text) <= 2 && known(w.text+n.text) {
				w = word{text: w.text + n.text, kind: code, tight: w.tight}
				i++
			}
		}
		out = append(out, w)
	}
	return out
}

// shortOf returns what a code may be found under beside itself: B12 under the
// letter alone, with a sign that keeps it apart from letters that stand alone,
// and an ATC code under its second level, which is itself of B12's shape.
func shortOf(code string) string {
	if letter := strings.TrimRight(code, "0123456789."); utf8.RuneCountInString(letter) <= 2 {
		return letterSign(letter)
	}
	return code[:1] + strings.TrimLeft(code[1:3], "0")
}

func letterSign(letter string) string { return letter + "#" }

// links are the words for "and" and "with" in the four languages. They stand
// between the substances of a combination in one name and not in another.
var links = map[string]bool{
	"and": true, "with": true, "ve": true, "ile": true, "و": true, "با": true, "مع": true,
}

// withoutLinks leaves links out, unless there is nothing else.
func withoutLinks(ws []word) []word {
	out := make([]word, 0, len(ws))
	for _, w := range ws {
		if !links[w.text] {
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		return ws
	}
	return out
}

// keyOf joins words without spaces, so that spacing makes no difference. Two
// numbers stay apart.
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

// maxJoined is how many words are joined at most to see whether they are one.
const maxJoined = 4

// A form says how a word under which a name is found stands in the name.
type form uint8

const (
	formWhole  form = iota // as a word
	formJoined             // as neighbours
	formBare               // as a part that nobody writes so
	formHalf               // as one half of a word written with a non-joiner
)

// eachForm calls f for every word under which ws can be found.
func eachForm(ws []word, f func(text string, how form)) {
	for i, w := range ws {
		f(w.text, formWhole)
		for _, part := range w.parts {
			f(part, formHalf)
		}
		if w.kind == code {
			f(shortOf(w.text), formBare)
		}
		if bare, ok := withoutArticle(w, i > 0); ok {
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
	// Longer runs: what touches, and a whole name of few words.
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

// joins reports whether two neighbours may be one word: letters with letters or
// a code, and what touches.
func joins(a, b word) bool {
	return a.kind == letters && (b.kind == letters || b.kind == code) || b.tight
}

// articles are what Arabic writes onto a word before it: the article, with
// "and", "for", "with" before it, and "and" alone. The longer come first.
var articles = []string{"وال", "بال", "لل", "ال", "و"}

// withoutArticle returns an Arabic word without what is written onto it. It is
// another form beside the word, never in its place: الوپورینول begins so too.
// "And" needs a word before it.
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

// eachQuantity calls f for every measured amount in ws, with the range of
// words that say it. A unit behind another is that unit once: "mg/ml" is so
// many mg in 1 ml.
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

// sums returns the sum of each run of masses in ws, such as the strengths of a
// combination, of which names such as "co-amoxiclav 625" are made.
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

// formWords are words for forms and packs that people use and names of forms
// do not: plurals that are no longer forms of the singular's letters, and
// everyday words. Each stands for words of which names of forms are made.
var formWords = map[string][]string{
	"pill": {"tablet"}, "tabs": {"tablet"}, "caps": {"capsule"}, "amps": {"ampoule"}, "ampul": {"ampoule"},
	"jab": {"injection"}, "shot": {"injection"}, "injectable": {"injection"}, "puffer": {"inhaler"},
	"hap": {"tablet"}, "igne": {"enjeksiyonluk"}, "fitil": {"supozituvar"}, "surubu": {"surup"}, "pomad": {"merhem"}, "fisfis": {"sprey"},
	"حب": {"قرص"}, "حبه": {"قرص"}, "حبوب": {"قرص"}, "حبوبات": {"قرص"}, "اقراص": {"قرص"}, "تبلت": {"قرص"},
	"کبسولات": {"کبسوله"}, "کبسول": {"کبسوله"}, "تحامیل": {"تحمیله"}, "لبوس": {"تحمیله"},
	"امپول": {"تزریقی", "امبوله"}, "حقن": {"للحقن"}, "حقنه": {"للحقن"}, "ابره": {"للحقن"}, "ابر": {"للحقن"},
	"بخاخات": {"بخاخ"}, "قطرات": {"قطره"}, "اکیاس": {"کیس"}, "لصقات": {"لصقه"}, "مراهم": {"مرهم"},
	"دهانشویه": {"شویه"}, "افشانه": {"اسپری"}, "دانه": {"قرص"},
}
