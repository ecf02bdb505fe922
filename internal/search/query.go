package search

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a query, beyond the length of any name.
const (
	maxQueryRunes = 256
	maxQueryWords = 16
)

// parse returns the words of a query.
func (x *Index) parse(text string) []word {
	cut := len(text)
	runes := 0
	for i := range text {
		if runes == maxQueryRunes {
			cut = i
			break
		}
		runes++
	}
	ws := apartVitamins(withPlurals(wordsOf(analyse(text[:cut]))))
	ws = withCodes(ws, func(code string) bool { return !x.words.equal(code).empty() })
	return withoutStopWords(ws)
}

// withPlurals joins the endings of Persian plurals, which a space often cuts
// off, to their words.
func withPlurals(ws []word) []word {
	out := ws[:0:0]
	for _, w := range ws {
		if n := len(out); n > 0 && (w.text == "ها" || w.text == "های" || w.text == "هایی") && out[n-1].kind == letters {
			out[n-1].text += w.text
			out[n-1].parts = nil
			continue
		}
		out = append(out, w)
	}
	return out
}

// vitamins are the words before the letter of a vitamin, longest first.
var vitamins = []string{"vitamin", "ویتامین", "فیتامین", "vit", "ویت"}

// apartVitamins takes the letter of a vitamin off the word before it, as in
// vitb12 and vitc.
func apartVitamins(ws []word) []word {
	for i, w := range ws {
		for _, name := range vitamins {
			letter, ok := strings.CutPrefix(w.text, name)
			if !ok || w.kind != letters || utf8.RuneCountInString(letter) != 1 {
				continue
			}
			if numbered := i+1 < len(ws) && ws[i+1].kind == number && ws[i+1].tight; !numbered && !strings.Contains("bcdk", letter) {
				continue
			}
			ws = slices.Replace(slices.Clone(ws), i, i+1, word{text: name, tight: w.tight, apart: w.apart}, word{text: letter, tight: true})
			return ws
		}
	}
	return ws
}

// withoutPartUnits removes incomplete units after numbers: a prefix of a unit at
// the end of the query, which is still being typed, or a common abbreviation.
func withoutPartUnits(ws []word) []word {
	out := make([]word, 0, len(ws))
	for i, w := range ws {
		after := i > 0 && ws[i-1].kind == number && w.kind == letters
		if after && (i == len(ws)-1 && unitPrefix[w.text] ||
			i == len(ws)-2 && ws[i+1].kind == letters && unitPrefix[w.text+ws[i+1].text]) {
			break
		}
		if after && partUnits[w.text] {
			continue
		}
		out = append(out, w)
	}
	return out
}

// A token is a word of a query with its matches.
type token struct {
	word
	quantity  string // key of the quantity, if the token is one
	quantity2 string // its key if its point or comma is read the other way, if it can be
	measured  []word // words of the quantity

	matched   bool // by a name or by an item
	itemExact bool // by a word of an item, whole
	itemAny   bool
	docs      int // upper bound of documents that it matches by names
}

// tokenise converts words to tokens. A number and its unit form one token.
func tokenise(ws []word) []token {
	ts := make([]token, 0, min(len(ws), maxQueryWords))
	done := 0
	single := func(end int) {
		for ; done < end; done++ {
			ts = append(ts, token{word: ws[done]})
		}
	}
	eachQuantity(ws, func(i, j int, q quantity) {
		single(i)
		t := token{word: word{text: ws[i].text, kind: unit, tight: ws[i].tight, apart: ws[i].apart}, quantity: "=" + q.key()}
		if ws[i].otherwise != "" {
			other := slices.Clone(ws[i:j])
			other[0].text = other[0].otherwise
			eachQuantity(other, func(_, _ int, q quantity) { t.quantity2 = "=" + q.key() })
		}
		for _, w := range ws[i+1 : j] {
			t.text += " " + w.text
		}
		t.measured = ws[i:j]
		ts = append(ts, t)
		done = j
	})
	single(len(ws))
	return ts[:min(len(ts), maxQueryWords)]
}

// amount reports whether a token is a number or a quantity.
func (t token) amount() bool { return t.kind == number || t.quantity != "" }

// unit returns the unit of a quantity, or "".
func (t token) unit() string {
	if t.quantity == "" {
		return ""
	}
	return t.measured[len(t.measured)-1].text
}

// amountIn returns the key of a quantity, or of a number of units.
func (t token) amountIn(unit string) (string, bool) {
	if t.quantity != "" {
		return t.quantity[1:], true
	}
	q, ok := measure(t.text, 1, unit)
	return q.key(), ok
}

// readings returns the numbers that a token may be.
func (t token) readings() []string {
	if t.otherwise == "" {
		return []string{t.text}
	}
	return []string{t.text, t.otherwise}
}

// A mask holds one bit for each token of a query.
type mask uint16

// A query is a parsed query with the matches of its words in an index.
type query struct {
	x        *Index
	tokens   []token
	matchers []matcher
	all      mask
	short    mask // a letter or two, and codes
	loose    mask // letters, which may narrow although a name has them too
	items    mask // tokens that some item matches
	listed   mask // amounts that the query joins, which items must have so
	keys     []*keyed
	topics   []topicMatch
	asking   bool // whether questions are wanted as well as answers
	*scratch
}
