package search

import (
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	minInner  = 4 // minimum length of a substring match, in letters
	minPrefix = 3 // minimum length of a prefix of a form's name, in letters
	nearJoins = 8 // number of leading words whose neighbours are tried joined
)

// prepare looks up the words of a query: to answer it, or to ask back what may
// have been meant. The caller must call find, which resets the scratch memory.
func (x *Index) prepare(ws []word, s *scratch, asking bool) *query {
	q := &query{x: x, tokens: tokenise(ws), scratch: s, asking: asking}
	q.all = 1<<len(q.tokens) - 1
	q.lookUpLists()
	for i := range q.tokens {
		q.lookUp(i)
	}
	q.lookUpJoined()
	q.lookUpTopics()
	for i := range q.tokens {
		if t := &q.tokens[i]; t.kind == letters && !t.matched {
			q.lookUpOtherwise(i)
		}
	}
	return q
}

// A matcher holds the words of names that match some tokens of a query, usually
// one token, or joined neighbours.
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

func (q *query) add(m matcher) {
	if m.empty() {
		return
	}
	q.matchers = append(q.matchers, m)
	x := q.x
	n := x.wordPostings.count(m.exact) + x.wordPostings.count(m.prefix)
	for _, w := range m.inner {
		n += len(x.wordPostings.of(w))
		q.inner[w] |= m.tokens
	}
	for _, w := range m.sound {
		n += len(x.wordPostings.of(w))
	}
	for i := range q.tokens {
		if m.tokens&(1<<i) != 0 {
			q.tokens[i].docs += n
			q.tokens[i].matched = true
		}
	}
}

// lookUp finds the words that token i matches by itself.
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
		// A single letter among other words ("vitamin A") is not a prefix.
		// Nor is the name of a substance: heparin is no heparinoid.
		if (n > 1 || len(q.tokens) == 1) && !x.isSubstance(t.text) && !sharedWords[t.text] {
			m.prefix = x.words.prefixed(t.text)
		}
		if q.asking && n >= minInner {
			m.inner = x.innerWords(t.text, m.prefix)
		}
	}
	// "The pill" alone is a form, whatever name has the word.
	if len(q.tokens) == 1 && formWords[t.text] != nil {
		m = matcher{}
	}
	q.add(m)
	q.lookUpItems(i)
	q.lookUpItemNames(m)
}

// lookUpItemNames marks the word sets with words of m that match as a substring
// or by sound. Only names of items have such words.
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

// lookUpLists marks the word sets with amounts that the query joins with a slash
// or a plus, in their order.
func (q *query) lookUpLists() {
	for i := 0; i < len(q.tokens); {
		j := i + 1
		for j < len(q.tokens) && q.tokens[j].apart && q.tokens[j].amount() && q.tokens[i].amount() {
			j++
		}
		if j-i > 1 {
			tokens := mask(1)<<j - mask(1)<<i
			q.listed |= tokens
			for _, unit := range []string{"mg", q.tokens[j-1].unit()} {
				list, ok := "", true
				for k := i; k < j && ok; k++ {
					var key string
					if key, ok = q.tokens[k].amountIn(unit); ok {
						list += listSign + key
					}
				}
				if ok {
					q.markAll(tokens, q.x.setWords.equal(list), matches{whole: 1})
				}
			}
		}
		i = j
	}
}

// lookUpItems marks the word sets that token i matches.
func (q *query) lookUpItems(i int) {
	x, t := q.x, &q.tokens[i]
	if q.listed&(1<<i) != 0 {
		return
	}
	switch t.kind {
	case letters:
		n := utf8.RuneCountInString(t.text)
		exact := q.mark(i, t.text, matches{whole: 1})
		exact = q.mark(i, joinSign+t.text, matches{whole: 1}) || exact
		if strings.HasPrefix(t.text, "ال") {
			n -= 2 // the article begins nothing
		}
		if n >= minPrefix || n == minPrefix-1 && i > 0 && i == len(q.tokens)-1 || x.itemNames && len(q.tokens) == 1 {
			q.markAll(1<<i, x.setWords.prefixed(t.text), matches{begun: 1})
		}
		q.mark(i, stemSign+stem(t.text), matches{whole: 1})
		if exact {
			break
		}
		for _, other := range formWords[t.text] {
			q.mark(i, other, matches{whole: 1})
		}
		if other, ok := formStems[stem(t.text)]; ok && !t.itemExact {
			for _, w := range other {
				q.mark(i, w, matches{whole: 1})
			}
		}
	case code:
		q.mark(i, t.text, matches{whole: 1})
		q.mark(i, joinSign+t.text, matches{whole: 1})
	case number:
		for _, text := range t.readings() {
			q.mark(i, text, matches{whole: 1})
			if mg, ok := measure(text, 1, "mg"); ok {
				q.mark(i, "="+mg.key(), matches{whole: 1, mg: 1})
			}
			q.mark(i, packSign+text, matches{pack: 1})
			q.mark(i, "~"+text, matches{sum: 1})
		}
	case unit:
		if t.quantity == "" {
			q.mark(i, "+"+t.text, matches{whole: 1})
			break
		}
		for _, quantity := range []string{t.quantity, t.quantity2} {
			if quantity != "" {
				q.mark(i, quantity, matches{whole: 1})
				q.mark(i, "~"+quantity[1:], matches{sum: 1})
			}
		}
	}
}

// mark marks the word sets that contain text as matching token i, in the ways
// set in m, and reports whether there are any.
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
	m = matches{m.whole * tokens, m.mg * tokens, (m.begun | m.whole) * tokens, m.pack * tokens, m.sum * tokens}
	for _, set := range q.x.setPostings.list[q.x.setPostings.off[s.lo]:q.x.setPostings.off[s.hi]] {
		old := &q.sets[set]
		if *old == (matches{}) {
			q.touched = append(q.touched, set)
		}
		old.add(m)
	}
}

// lookUpJoined looks up neighbouring tokens joined into one word.
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
				if !x.isSubstance(text) {
					m.prefix = x.words.prefixed(text)
				}
				q.markAll(tokens, x.setWords.prefixed(text), matches{begun: 1})
				q.markAll(tokens, x.setWords.prefixed(joinSign+text), matches{begun: 1})
			}
			q.add(m)
			q.markAll(tokens, x.setWords.equal(text), matches{whole: 1})
			q.markAll(tokens, x.setWords.equal(joinSign+text), matches{whole: 1})
		}
	}
}

// lookUpOtherwise looks up an unmatched token without its article and by sound,
// alone and joined with its neighbours.
func (q *query) lookUpOtherwise(i int) {
	x, t, bit := q.x, &q.tokens[i], mask(1)<<i
	known := x.isSubstance(t.text)
	if bare, ok := withoutArticle(t.word, i > 0); ok {
		m := matcher{tokens: bit}
		if !known {
			m.exact = x.words.equal(bare)
			if !x.isSubstance(bare) {
				m.prefix = x.words.prefixed(bare)
			}
			q.mark(i, bare, matches{whole: 1})
		}
		// A known word whose article is none does not ask for what is left of it:
		// alfentanil for fentanyl.
		if q.asking && utf8.RuneCountInString(bare) >= minInner && !x.distinct(t.text, bare) {
			m.inner = x.innerWords(bare, m.prefix)
		}
		q.add(m)
	}
	if !t.matched {
		m := matcher{tokens: bit, sound: x.bySound(t.text)}
		if known {
			// Another language's spelling of it, but no other substance.
			m.sound = slices.DeleteFunc(m.sound, x.isListed)
		}
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
		joined := q.tokens[lo].text + q.tokens[hi].text
		if x.isSubstance(joined) {
			continue
		}
		m := matcher{tokens: bit | 1<<j, sound: x.bySound(joined)}
		q.add(m)
		q.lookUpItemNames(m)
	}
}

// innerWords returns the sorted words that contain text and are not in prefix.
func (x *Index) innerWords(text string, prefix span) []uint32 {
	places := x.inner.Lookup([]byte(text), maxCandidates)
	if len(places) == 0 {
		return nil
	}
	slices.Sort(places)
	out := make([]uint32, 0, len(places))
	next := 0 // first word that begins after the last place
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

// bySound returns the words that sound like w if they are unambiguous: every
// document with a rarer spelling must have the more common ones too, so that no
// two medicines share the sound.
func (x *Index) bySound(w string) []uint32 {
	all := x.sounding(w)
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b uint32) int { return len(x.wordPostings.of(a)) - len(x.wordPostings.of(b)) })
	for i := range all[1:] {
		if !contains(x.wordPostings.of(all[i+1]), x.wordPostings.of(all[i])) {
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

// sounding returns all words that sound like w.
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

// contains reports whether the sorted slice whole contains the sorted slice
// part.
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

// keyed holds the phrases whose key equals or begins with some tokens.
type keyed struct {
	tokens mask
	text   string
	equal  span
	prefix span

	asked, substance bool // the tokens are a substance's name of several words
}

// key returns the phrases that equal, or begin with, the given tokens.
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
		k.text = key
		k.equal = q.x.phrases.equal(key)
		k.prefix = q.x.phrases.prefixed(key)
		if len(q.tokens) > 1 && bits.OnesCount16(uint16(tokens)) == 1 && tokens&q.short != 0 {
			k.prefix = span{}
		}
	}
	q.keys = append(q.keys, k)
	return k
}
