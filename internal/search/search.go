package search

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// What of a query is read. Longer names than these do not exist; longer
// queries are accidents or attacks.
const (
	MaxQueryRunes = 256
	MaxQueryWords = 16
)

// MaxCandidates is how many documents one search looks at. A query that says
// more than that many, such as a single letter, or a form, in a catalogue far
// larger than those it is made for, finds only some of them: those with a
// word of the query whole before those with a word that begins with it or has
// it inside. Its lists of words are bounded alike.
const MaxCandidates = 20_000

const (
	minInner  = 4 // from how many letters on a text is looked for inside words
	minPrefix = 3 // from how many letters on a text may begin the name of a form
	nearJoins = 8 // among how many first words neighbours are tried joined
)

// A Rank says how a query met a document. Lower ranks are better.
type Rank uint8

const (
	Exact     Rank = iota // the query is a whole name
	Prefix                // a name begins with the query
	WordMatch             // the query's words are, or begin, words of its names
	Substring             // a word of the query stands inside a word of its names, and begins no other
	Spelling              // a word of the query only sounds like one of its names; see [Index.Search]
	Keyword               // a word of the query is found in its keywords only
	ItemMatch             // the query names only what its variants have: a form, a strength
)

// A Result is the answer to a query.
type Result struct {
	Hits        []Hit        // what matches, best first
	Suggestions []Suggestion // what may have been meant, if nothing matches
}

// A Hit is a document that matches a query.
type Hit struct {
	Doc   int     // its number
	Items []int32 // numbers of the items that match, in order; nil if all do
	Rank  Rank
	Name  string // the name that matched, as written; empty if none did (ItemMatch)
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

// A mask holds one bit for each token of a query.
type mask uint16

// A matcher says which words of names match some tokens of a query, usually
// one, or neighbours joined.
type matcher struct {
	tokens mask
	exact  span
	prefix span
	inner  []uint32
	sound  []uint32
}

func (m *matcher) empty() bool {
	return m.exact.empty() && m.prefix.empty() && len(m.inner) == 0 && len(m.sound) == 0
}

// coverage is which tokens are matched, by quality. Each includes the better
// ones.
type coverage struct {
	exact, prefix, inner, sound mask
}

func (c *coverage) add(o coverage) {
	c.exact |= o.exact
	c.prefix |= o.prefix
	c.inner |= o.inner
	c.sound |= o.sound
}

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

// keyed is where the names of a key stand.
type keyed struct {
	tokens mask
	equal  span
	prefix span
}

// scratch is memory that searches hand on to each other.
type scratch struct {
	seen    []uint64  // documents looked at, one bit each
	left    int       // how many more may be
	sets    []matches // by word set
	touched []uint32  // word sets that are not zero
	inner   []mask    // by word: tokens that stand inside it
	phrases []phraseMatch
	found   []found
	slots   []int32
}

func newScratch(x *Index) *scratch {
	return &scratch{
		seen:  make([]uint64, (len(x.docItems)+63)/64),
		sets:  make([]matches, x.sets),
		inner: make([]mask, x.words.len()),
	}
}

// matches is which tokens a word set matches: by a whole word, by the beginning
// of one at least, or by the sum of strengths.
type matches struct{ whole, begun, sum mask }

type phraseMatch struct {
	phrase uint32
	class  class
	begins bool // it is a name, and its first word matches
	coverage
}

// found is a hit before it is written out. order sorts.
type found struct {
	order  uint64
	doc    uint32
	phrase uint32
	rank   Rank
	items  span // in scratch.slots
	all    bool // every item
	part   bool // a form was only begun, and no name matched
}

// Search returns what matches text, and, if nothing does, what may have been
// meant.
//
// A hit of rank [Spelling] is the name of a medicine in the spelling of
// another language, such as ایبوبروفن for ایبوپروفن or amoxycillin for
// amoxicillin. It is a hit only where the word matches nothing else, no other
// medicine in the index has a name of that sound, the name begins with it, and
// no vowel differs. Otherwise it is a suggestion. Hits of that rank stand
// alone, and whoever shows them should say that no name is written so.
func (x *Index) Search(text string) Result {
	s := x.pool.Get().(*scratch)
	defer x.pool.Put(s)
	q, found := x.search(text, s)
	switch {
	case q == nil:
		return Result{}
	case len(found) == 0:
		return Result{Suggestions: x.suggest(q, text)}
	}
	return Result{Hits: q.hits(found)}
}

// search looks for text, and if it is not found, for what is left without
// units not yet typed to their end. It returns no query if text has no words.
func (x *Index) search(text string, s *scratch) (*query, []found) {
	ws := x.parse(text)
	if len(ws) == 0 {
		return nil, nil
	}
	q := x.prepare(ws, s)
	found := q.find()
	if len(found) == 0 {
		if less := withoutPartUnits(ws); len(less) < len(ws) {
			q = x.prepare(less, s)
			found = q.find()
		}
	}
	return q, found
}

// parse reads the words of a query.
func (x *Index) parse(text string) []word {
	cut := len(text)
	runes := 0
	for i := range text {
		if runes == MaxQueryRunes {
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

// tokenise makes tokens of words: a number and its unit are one.
func tokenise(ws []word) []token {
	ts := make([]token, 0, min(len(ws), MaxQueryWords))
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
	return ts[:min(len(ts), MaxQueryWords)]
}

// prepare looks the words of a query up. Every query prepared must be found.
func (x *Index) prepare(ws []word, s *scratch) *query {
	q := &query{x: x, tokens: tokenise(ws), scratch: s}
	q.all = 1<<len(q.tokens) - 1
	for i := range q.tokens {
		q.lookUp(i)
	}
	q.lookUpJoined()
	for i := range q.tokens {
		if t := &q.tokens[i]; t.kind == letters && !t.matched {
			q.lookUpOtherwise(i)
		}
	}
	return q
}

func (q *query) add(m matcher) {
	if m.empty() {
		return
	}
	q.matchers = append(q.matchers, m)
	x := q.x
	n := x.wordDocs.count(m.exact) + x.wordDocs.count(m.prefix)
	for _, w := range m.inner {
		n += len(x.wordDocs.of(w))
		q.inner[w] |= m.tokens
	}
	for _, w := range m.sound {
		n += len(x.wordDocs.of(w))
	}
	for i := range q.tokens {
		if m.tokens&(1<<i) != 0 {
			q.tokens[i].docs += n
			q.tokens[i].matched = true
		}
	}
}

// lookUp finds what token i matches by itself.
func (q *query) lookUp(i int) {
	x, t, bit := q.x, &q.tokens[i], mask(1)<<i
	m := matcher{tokens: bit, exact: x.words.equal(t.text)}
	if t.measured != nil {
		m.exact = x.words.equal(keyOf(t.measured)) // as names have them joined
	}
	if t.short() {
		q.short |= bit
	}
	if t.kind == code {
		m.prefix = x.words.prefixed(t.text)
	}
	if t.kind == letters {
		n := utf8.RuneCountInString(t.text)
		if t.short() {
			if i+1 == len(q.tokens) || q.tokens[i+1].kind != number {
				q.add(matcher{tokens: bit, exact: x.words.equal(letterSign(t.text))})
			}
		}
		q.loose |= bit
		// One letter of several words ("vitamin A") means itself, not all
		// that begins with it.
		if n > 1 || len(q.tokens) == 1 {
			m.prefix = x.words.prefixed(t.text)
		}
		if n >= minInner {
			m.inner = x.innerWords(t.text, m.prefix)
		}
	}
	q.add(m)
	q.lookUpItems(i)
	q.lookUpItemNames(m)
}

// lookUpItemNames marks the word sets that have the words of m which stand for
// a text without being it or beginning with it. Names of items may have them.
func (q *query) lookUpItemNames(m matcher) {
	if !q.x.itemNames {
		return
	}
	for _, list := range [][]uint32{m.inner, m.sound} {
		for _, w := range list {
			q.markAll(m.tokens, q.x.setWords.equal(q.x.words.at(w)), matches{begun: 1})
		}
	}
}

// lookUpItems marks the word sets that token i matches.
func (q *query) lookUpItems(i int) {
	x, t := q.x, &q.tokens[i]
	switch t.kind {
	case letters:
		n := utf8.RuneCountInString(t.text)
		exact := q.mark(i, t.text, matches{whole: 1})
		if n >= minPrefix || n == minPrefix-1 && i > 0 && i == len(q.tokens)-1 || x.itemNames && len(q.tokens) == 1 {
			q.markAll(1<<i, x.setWords.prefixed(t.text), matches{begun: 1})
		}
		if exact {
			break
		}
		for _, other := range formWords[t.text] {
			q.mark(i, other, matches{whole: 1})
		}
		for _, plural := range []string{"s", "ler", "lar", "های", "ها"} {
			if one, ok := strings.CutSuffix(t.text, plural); ok && utf8.RuneCountInString(one) >= minPrefix && !t.itemAny {
				q.mark(i, one, matches{whole: 1})
			}
		}
	case code:
		q.mark(i, t.text, matches{whole: 1})
	case number:
		q.mark(i, t.text, matches{whole: 1})
		q.mark(i, packSign+t.text, matches{begun: 1})
		q.mark(i, "~"+t.text, matches{sum: 1})
	case unit:
		if t.quantity == "" {
			q.mark(i, "+"+t.text, matches{whole: 1})
			break
		}
		q.mark(i, t.quantity, matches{whole: 1})
		q.mark(i, "~"+t.quantity[1:], matches{sum: 1})
	}
}

// mark marks the word sets that have text, in the way that m has a bit for.
func (q *query) mark(i int, text string, m matches) bool {
	s := q.x.setWords.equal(text)
	q.markAll(1<<i, s, m)
	return !s.empty()
}

func (q *query) markAll(tokens mask, s span, m matches) {
	if s.empty() {
		return
	}
	for i := range q.tokens {
		if t := &q.tokens[i]; tokens&(1<<i) != 0 {
			t.matched, t.itemAny = true, true
			t.itemExact = t.itemExact || m.whole != 0
		}
	}
	q.items |= tokens
	m = matches{m.whole * tokens, (m.begun | m.whole) * tokens, m.sum * tokens}
	for _, set := range q.x.wordSets.list[q.x.wordSets.off[s.lo]:q.x.wordSets.off[s.hi]] {
		old := &q.sets[set]
		if *old == (matches{}) {
			q.touched = append(q.touched, set)
		}
		old.whole |= m.whole
		old.begun |= m.begun
		old.sum |= m.sum
	}
}

// lookUpJoined tries neighbouring tokens as one word.
func (q *query) lookUpJoined() {
	x, n := q.x, min(len(q.tokens), nearJoins)
	for i := range n {
		text := q.tokens[i].text
		tokens := mask(1) << i
		for j := i + 1; j < n && j < i+maxJoined; j++ {
			a, b := q.tokens[j-1], q.tokens[j]
			if !joins(a.word, b.word) || a.quantity != "" || b.quantity != "" {
				break
			}
			text += b.text
			tokens |= 1 << j
			m := matcher{tokens: tokens, exact: x.words.equal(text)}
			if j == len(q.tokens)-1 {
				m.prefix = x.words.prefixed(text)
				q.markAll(tokens, x.setWords.prefixed(text), matches{begun: 1})
			}
			q.add(m)
			q.markAll(tokens, x.setWords.equal(text), matches{whole: 1})
		}
	}
}

// lookUpOtherwise tries what is left for a token that nothing matches: without
// an article, and by sound, alone and with its neighbours.
func (q *query) lookUpOtherwise(i int) {
	x, t, bit := q.x, &q.tokens[i], mask(1)<<i
	if bare, ok := withoutArticle(t.word, i > 0); ok {
		q.add(matcher{tokens: bit, exact: x.words.equal(bare), prefix: x.words.prefixed(bare)})
		q.mark(i, bare, matches{whole: 1})
	}
	if !t.matched {
		m := matcher{tokens: bit, sound: x.bySound(t.text)}
		q.add(m)
		q.lookUpItemNames(m)
	}
	for _, j := range []int{i - 1, i + 1} {
		if t.matched || j < 0 || j >= len(q.tokens) || q.tokens[j].kind != letters {
			continue
		}
		lo, hi := min(i, j), max(i, j)
		if (q.short>>lo|q.short>>hi)&1 != 0 {
			continue // "vitamin E" does not sound like "vitamin"
		}
		m := matcher{tokens: bit | 1<<j, sound: x.bySound(q.tokens[lo].text + q.tokens[hi].text)}
		q.add(m)
		q.lookUpItemNames(m)
	}
}

// innerWords returns the words that have text inside, but not at their
// beginning, in order.
func (x *Index) innerWords(text string, prefix span) []uint32 {
	places := x.inner.Lookup([]byte(text), MaxCandidates)
	if len(places) == 0 {
		return nil
	}
	slices.Sort(places)
	out := make([]uint32, 0, len(places))
	next := 0 // the first of the words that begin behind the last place
	for _, p := range places {
		if next < len(x.innerOff) && int(x.innerOff[next]) <= p {
			i, found := slices.BinarySearch(x.innerOff[next:], uint32(p))
			next += i
			if found {
				next++
			}
			if w := x.innerWord[next-1]; !prefix.has(w) {
				out = append(out, w)
			}
		}
	}
	return out
}

// bySound returns the words that have the sound of w, if they are one name: as
// every document with a rarer spelling has the commoner ones too, no two
// medicines share that sound.
func (x *Index) bySound(w string) []uint32 {
	all := x.sounding(w)
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b uint32) int { return len(x.wordDocs.of(a)) - len(x.wordDocs.of(b)) })
	for i := range all[1:] {
		if !contains(x.wordDocs.of(all[i+1]), x.wordDocs.of(all[i])) {
			return nil
		}
	}
	if slices.ContainsFunc(all, func(other uint32) bool { return slipOf(w, x.words.at(other)) }) {
		return nil
	}
	all = slices.DeleteFunc(all, func(other uint32) bool { return !sameVowels(w, x.words.at(other)) })
	slices.Sort(all)
	return all
}

// sounding returns all words that have the sound of w.
func (x *Index) sounding(w string) []uint32 {
	key := sound(w)
	if key == "" {
		return nil
	}
	h := hash(key)
	i, _ := slices.BinarySearchFunc(x.sounds, h, func(s sounding, h uint32) int { return int(int64(s.hash) - int64(h)) })
	var out []uint32
	for ; i < len(x.sounds) && x.sounds[i].hash == h; i++ {
		if other := x.sounds[i].word; sound(x.words.at(other)) == key {
			out = append(out, other)
		}
	}
	return out
}

// contains reports whether every number of part is in whole; both are sorted.
func contains(whole, part []uint32) bool {
	i := 0
	for _, p := range part {
		for i < len(whole) && whole[i] < p {
			i++
		}
		if i == len(whole) || whole[i] != p {
			return false
		}
	}
	return true
}

// hits returns the documents that match, best first.
func (q *query) hits(found []found) []Hit {
	hits := make([]Hit, len(found))
	// One block for the items of all hits, which live as long as the result.
	var items []int32
	if len(q.slots) > 0 {
		items = slices.Clone(q.slots)
	}
	for i, f := range found {
		h := Hit{Doc: int(f.doc), Rank: f.rank}
		if f.rank != ItemMatch {
			h.Name = q.x.phraseText[f.phrase]
		}
		if !f.all {
			h.Items = items[f.items.lo:f.items.hi:f.items.hi]
		}
		hits[i] = h
	}
	return hits
}

// find leaves what matches, best first, in scratch.
func (q *query) find() []found {
	q.found, q.slots, q.left = q.found[:0], q.slots[:0], MaxCandidates
	defer q.reset()
	for i := range q.tokens {
		if !q.tokens[i].matched {
			return nil
		}
	}

	// A token that no item matches must be matched by a name. The rarest one
	// says which documents need looking at.
	rarest := -1
	for i, t := range q.tokens {
		if q.items&(1<<i) == 0 && (rarest < 0 || t.docs < q.tokens[rarest].docs) {
			rarest = i
		}
	}
	if rarest >= 0 {
		q.tryNames(1 << rarest)
	} else {
		q.tryNames(q.all)
		whole := true
		for _, t := range q.tokens {
			whole = whole && t.itemExact
		}
		if whole || len(q.found) == 0 {
			q.tryItems()
		}
	}

	// Forms that are only begun ("cap") count where names say the rest, or
	// where there is nothing else. What only has the query inside is not meant
	// where other names are the query or begin with it: loperamide is no
	// metoclopramide, and "amox" no Diamox.
	var whole, begun bool
	for _, f := range q.found {
		whole = whole || !f.part
		begun = begun || f.rank < Substring
	}
	q.found = slices.DeleteFunc(q.found, func(f found) bool {
		return whole && f.part || begun && f.rank == Substring
	})
	slices.SortFunc(q.found, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.doc, b.doc))
	})
	return q.found
}

// reset makes scratch ready for the next query.
func (q *query) reset() {
	for _, set := range q.touched {
		q.sets[set] = matches{}
	}
	q.touched = q.touched[:0]
	for _, m := range q.matchers {
		for _, w := range m.inner {
			q.inner[w] = 0
		}
	}
	clear(q.seen)
}

// tryNames looks at every document that has a name matching one of tokens.
func (q *query) tryNames(tokens mask) {
	for i := range q.matchers {
		m := &q.matchers[i]
		if m.tokens&tokens == 0 {
			continue
		}
		q.tryWords(m.exact)
		q.tryWords(m.prefix)
		for _, list := range [][]uint32{m.inner, m.sound} {
			for _, w := range list {
				q.tryWords(span{w, w + 1})
			}
		}
	}
}

func (q *query) tryWords(s span) {
	if s.empty() {
		return
	}
	r := &q.x.wordDocs
	for _, doc := range r.list[r.off[s.lo]:r.off[s.hi]] {
		if q.left == 0 {
			return
		}
		if bit := uint64(1) << (doc % 64); q.seen[doc/64]&bit == 0 {
			q.seen[doc/64] |= bit
			q.left--
			q.tryDoc(doc)
		}
	}
}

// tryItems looks at the items of every document that no name matched.
func (q *query) tryItems() {
	for doc := range uint32(len(q.x.docItems) - 1) {
		if q.left == 0 {
			return
		}
		if q.seen[doc/64]&(1<<(doc%64)) == 0 {
			q.left--
			q.narrow(doc, q.all, found{doc: doc, rank: ItemMatch, order: uint64(ItemMatch) << 60})
		}
	}
}

// tryDoc judges a document that at least one token matches by name.
func (q *query) tryDoc(doc uint32) {
	x := q.x
	q.phrases = q.phrases[:0]
	var byClass [classKeyword + 1]coverage
	refs := x.docRefs.of(doc)
	// Of one word, a name that begins with it says all that other names could.
	quick := len(q.tokens) == 1 && q.items == 0 && slices.ContainsFunc(refs, q.begins)
	for _, ref := range refs {
		if quick && !q.begins(ref) {
			continue
		}
		p := phraseMatch{phrase: ref & phraseMask, class: class(ref >> classShift)}
		for i, w := range x.phraseWords.of(p.phrase) {
			p.coverage.add(q.cover(w))
			p.begins = p.begins || i == 0 && p.sound != 0 && p.class != classKeyword
		}
		if p.sound != 0 {
			q.phrases = append(q.phrases, p)
			byClass[p.class].add(p.coverage)
		}
	}
	named := byClass[className].sound | byClass[classSynonym].sound | byClass[classKeyword].sound

	// What names do not say, items must. What names say in passing, items may
	// say better: in "hydrocortisone cream" a synonym has both words, and yet
	// the cream is wanted.
	var item matches
	if q.items != 0 {
		for _, set := range x.itemSet[x.docItems[doc]:x.docItems[doc+1]] {
			m := &q.sets[set]
			item.whole |= m.whole
			item.begun |= m.begun
			item.sum |= m.sum
		}
	}
	must := q.all &^ named
	if must&^(item.begun|item.sum) != 0 {
		return
	}
	name, other := byClass[className], byClass[classSynonym]
	other.add(byClass[classKeyword])
	may := (item.whole&^name.exact | item.begun&^name.prefix&^other.prefix) & named & q.loose
	may |= item.whole & named & q.quantities()
	if named&^may == 0 {
		may &= item.whole // a form only begun says less than a name
	}

	for _, narrowed := range []mask{may, 0} {
		// Names of items, such as brands, are names as well, although they narrow.
		rest := named&^narrowed | must&byClass[classItem].sound&q.loose
		if f, ok := q.rank(doc, rest, narrowed); ok && q.narrow(doc, must|narrowed, f) {
			return
		}
		if may == 0 {
			break
		}
	}
}

// begins reports whether a phrase begins with the query.
func (q *query) begins(ref uint32) bool {
	k := q.key(q.all)
	return k.prefix.has(ref&phraseMask) || k.equal.has(ref&phraseMask)
}

// quantities returns the tokens that are measured amounts.
func (q *query) quantities() mask {
	var m mask
	for i, t := range q.tokens {
		if t.quantity != "" {
			m |= 1 << i
		}
	}
	return m
}

// cover returns which tokens a word of a name matches.
func (q *query) cover(w uint32) coverage {
	var c coverage
	for i := range q.matchers {
		m := &q.matchers[i]
		switch {
		case m.exact.has(w):
			c.exact |= m.tokens
		case m.prefix.has(w):
			c.prefix |= m.tokens
		case len(m.sound) > 0 && slices.Contains(m.sound, w):
			c.sound |= m.tokens
		}
	}
	c.inner |= q.inner[w]
	c.prefix |= c.exact
	c.inner |= c.prefix
	c.sound |= c.inner
	return c
}

// rank says how well the names of a document say the tokens of rest. Tokens in
// narrowed are said by items, but a name that has them too is no worse for it.
func (q *query) rank(doc uint32, rest, narrowed mask) (found, bool) {
	f := found{doc: doc, rank: ItemMatch, order: uint64(ItemMatch) << 60}
	keys := [3]*keyed{q.key(q.all), q.key(rest), q.key(rest | narrowed)}
	if rest == 0 && !slices.ContainsFunc(q.phrases, func(p phraseMatch) bool { return keys[0].equal.has(p.phrase) }) {
		return f, true
	}
	ok := false
	better := func(r Rank, detail uint64, p *phraseMatch) {
		c, n := classKeyword, uint64(0)
		if p != nil {
			c, n = p.class, uint64(q.x.phraseLen[p.phrase])
			if c == classKeyword {
				r = Keyword
			}
		}
		order := uint64(r)<<60 | detail<<56 | uint64(c)<<52 | n
		if !ok || order < f.order {
			f.order, f.rank, ok = order, r, true
			if p != nil {
				f.phrase = p.phrase
			}
		}
	}

	var names, every coverage
	for i := range q.phrases {
		p := &q.phrases[i]
		partly := uint64(0)
		if rest&^p.exact != 0 {
			partly = 1
		}
		switch {
		case keys[0].equal.has(p.phrase), keys[1].equal.has(p.phrase), keys[2].equal.has(p.phrase):
			better(Exact, 0, p)
		case keys[0].prefix.has(p.phrase), keys[1].prefix.has(p.phrase), keys[2].prefix.has(p.phrase):
			better(Prefix, partly, p)
		case rest&^p.prefix == 0:
			better(WordMatch, partly, p)
		case rest&^p.inner == 0:
			better(Substring, 0, p)
		case rest&^p.sound == 0 && p.begins:
			better(Spelling, 0, p)
		}
		every.add(p.coverage)
		if p.class != classKeyword {
			names.add(p.coverage)
		}
	}
	if ok && f.rank < Keyword {
		return f, true
	}

	// Several names together: "paracetamol panadol". A letter or two or a code
	// say nothing apart from the word they stand by: an index of vitamins has a
	// D3 in the name of another.
	if rest&q.short != 0 {
		return f, ok
	}
	first := func(need mask) *phraseMatch {
		for i := range q.phrases {
			if p := &q.phrases[i]; p.sound&need != 0 {
				return p
			}
		}
		return nil
	}
	lead := rest & -rest
	keep := func(r Rank) {
		if p := first(lead); p != nil {
			better(r, 2, &phraseMatch{phrase: p.phrase, class: min(p.class, classItem)})
		}
	}
	switch {
	case rest&^names.prefix == 0:
		keep(WordMatch)
	case rest&^names.inner == 0:
		keep(Substring)
	case rest&^every.inner == 0:
		keep(Keyword)
	}
	return f, ok
}

// key returns where the names that are, or begin with, the given tokens stand.
func (q *query) key(tokens mask) *keyed {
	for _, k := range q.keys {
		if k.tokens == tokens {
			return k
		}
	}
	var ws []word
	for i, t := range q.tokens {
		if tokens&(1<<i) == 0 {
			continue
		}
		if t.measured != nil {
			ws = append(ws, t.measured...)
		} else {
			ws = append(ws, t.word)
		}
	}
	k := &keyed{tokens: tokens}
	if key := keyOf(ws); key != "" {
		k.equal = q.x.phrases.equal(key)
		k.prefix = q.x.phrases.prefixed(key)
		if len(q.tokens) > 1 && bits.OnesCount16(uint16(tokens)) == 1 && tokens&q.short != 0 {
			k.prefix = span{}
		}
	}
	q.keys = append(q.keys, k)
	return k
}

// narrow adds f with the items that match the tokens of need, and reports
// whether there are any. An item that has a word whole is preferred to one
// where it is only begun. Sums are names of combinations: they count only
// where the query has the whole name.
func (q *query) narrow(doc uint32, need mask, f found) bool {
	if need == 0 {
		f.all = true
		q.found = append(q.found, f)
		return true
	}
	items := q.x.itemSet[q.x.docItems[doc]:q.x.docItems[doc+1]]
	var whole mask
	for _, set := range items {
		whole |= q.sets[set].whole
	}
	for pass := range 3 {
		if pass == 2 && f.rank != Exact {
			break
		}
		start := len(q.slots)
		for i, set := range items {
			m := q.sets[set]
			has := m.begun
			switch pass {
			case 0:
				has = m.whole | m.begun&^whole
			case 2:
				has |= m.sum
			}
			if need&^has == 0 {
				q.slots = append(q.slots, int32(i))
			}
		}
		if n := len(q.slots); n > start {
			f.items = span{uint32(start), uint32(n)}
			f.all = n-start == len(items)
			f.part = f.rank == ItemMatch && need&^whole != 0
			q.found = append(q.found, f)
			return true
		}
	}
	return false
}
