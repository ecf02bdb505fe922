package search

// What of a query is read. Longer names than these do not exist; longer
// queries are accidents or attacks.
const (
	maxQueryRunes = 256
	maxQueryWords = 16
)

// parse reads the words of a query.
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
	ws := wordsOf(analyse(text[:cut]))
	ws = withCodes(ws, func(code string) bool { return !x.words.equal(code).empty() })
	return withoutLinks(ws)
}

// withoutPartUnits leaves out what stands behind a number and is a unit not
// yet typed to its end, at the end of a query, or habitually shortened.
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

// A token is a word of a query and what it matches.
type token struct {
	word
	quantity string // its key, if the token is a measured amount
	measured []word // and its words

	matched   bool // by a name or by an item
	itemExact bool // by a word of an item, whole
	itemAny   bool
	docs      int // how many documents it matches by names, at most
}

// tokenise makes tokens of words: a number and its unit are one.
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
		t := token{word: word{text: ws[i].text, kind: unit, tight: ws[i].tight}, quantity: "=" + q.key()}
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

// A mask holds one bit for each token of a query.
type mask uint16

// A query is a parsed query with what its words match in one index.
type query struct {
	x        *Index
	tokens   []token
	matchers []matcher
	all      mask
	short    mask // a letter or two, and codes
	loose    mask // letters, which may narrow although a name has them too
	items    mask // tokens that some item matches
	keys     []*keyed
	*scratch
}
