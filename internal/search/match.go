package search

import (
	"cmp"
	"slices"
)

// find returns the matching documents, best first. The result is valid until
// the scratch memory is used again.
func (q *query) find() []found {
	q.found, q.slots, q.left = q.found[:0], q.slots[:0], maxCandidates
	defer q.reset()
	for i := range q.tokens {
		if !q.tokens[i].matched {
			return nil
		}
	}

	// A token that no item matches must match a name. Only the postings of the
	// rarest such token need to be visited.
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

	// Prefixes of forms ("cap") count only if names match the rest, or if there
	// are no other matches. Substring matches are dropped if other names equal
	// or begin with the query: loperamide is not metoclopramide, and "amox" is
	// not Diamox.
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

// reset clears the scratch memory for the next query.
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

// tryNames visits every document that has a name matching one of the tokens.
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
	r := &q.x.wordPostings
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

// tryItems visits the items of every document that no name matched.
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

// tryDoc ranks a document of which a name matches at least one token.
func (q *query) tryDoc(doc uint32) {
	x := q.x
	q.phrases = q.phrases[:0]
	var byClass [classKeyword + 1]coverage
	refs := x.docRefs.of(doc)
	// For a single word, a name that begins with it is always the best match.
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

	// Items must match the tokens that no name matches. They may also match
	// others better: in "hydrocortisone cream" a synonym has both words, but
	// the user wants the cream.
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
		may &= item.whole // a prefix of a form is weaker than a name
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

// matches holds the tokens that a word set matches: by a whole word, by a whole
// word or a prefix, or by the sum of strengths.
type matches struct{ whole, begun, sum mask }

type phraseMatch struct {
	phrase uint32
	class  class
	begins bool // it is a name, and its first word matches
	coverage
}

// coverage holds the matched tokens by quality of match. Each mask includes the
// better ones.
type coverage struct {
	exact, prefix, inner, sound mask
}

func (c *coverage) add(o coverage) {
	c.exact |= o.exact
	c.prefix |= o.prefix
	c.inner |= o.inner
	c.sound |= o.sound
}

// cover returns the tokens that a word of a name matches.
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

// narrow adds f with the items that match the tokens in need, and reports
// whether there are any. Items that match by whole words are preferred to those
// that match by prefixes. Sums of strengths count only if the query contains
// the whole name of the combination.
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
