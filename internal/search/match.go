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
	// are no other matches. Questions are asked only where there is no answer:
	// loperamide is not metoclopramide, and "amox" is not Diamox.
	var whole, answered bool
	for _, f := range q.found {
		answered = answered || f.rank.answers()
		whole = whole || !f.part && f.rank.answers()
	}
	q.found = slices.DeleteFunc(q.found, func(f found) bool {
		return whole && f.part || (answered || !q.asking) && !f.rank.answers()
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
	for _, t := range q.topics {
		if t.tokens&tokens != 0 {
			q.tryDocs(q.x.topicDocs.of(t.topic))
		}
	}
}

func (q *query) tryWords(s span) {
	if s.empty() {
		return
	}
	r := &q.x.wordPostings
	q.tryDocs(r.list[r.off[s.lo]:r.off[s.hi]])
}

func (q *query) tryDocs(docs []uint32) {
	for _, doc := range docs {
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

// tryDoc ranks a document of which a name or topic matches at least one token.
func (q *query) tryDoc(doc uint32) {
	x := q.x
	q.phrases = q.phrases[:0]
	var byKind [Code + 1]coverage
	refs := x.docRefs.of(doc)
	// For a single word, a name that begins with it is always the best match.
	quick := len(q.tokens) == 1 && q.items == 0 && slices.ContainsFunc(refs, q.begins)
	for _, ref := range refs {
		if quick && !q.begins(ref) {
			continue
		}
		p := phraseMatch{phrase: ref & phraseMask, kind: Kind(ref >> kindShift)}
		for i, w := range x.phraseWords.of(p.phrase) {
			p.coverage.add(q.cover(w))
			p.begins = p.begins || i == 0 && p.any() != 0
		}
		if p.any() != 0 {
			q.phrases = append(q.phrases, p)
			byKind[p.kind].add(p.coverage)
		}
	}
	topics, _ := q.topicsOf(doc)
	named := byKind[Name].any() | byKind[Synonym].any() | byKind[Brand].any() | byKind[Code].any() | topics

	// Items must match the tokens that no name matches. They may also match
	// others better: in "hydrocortisone cream" a synonym has both words, but
	// the user wants the cream.
	var item matches
	if q.items != 0 {
		for _, set := range x.itemSet[x.docItems[doc]:x.docItems[doc+1]] {
			item.add(q.sets[set])
		}
	}
	must := q.all &^ named
	if must&^(item.begun|item.pack|item.sum) != 0 {
		return
	}
	name, other := byKind[Name], byKind[Synonym]
	other.add(byKind[Brand])
	other.add(byKind[Code])
	other.prefix |= topics
	may := (item.whole&^name.exact | item.begun&^name.prefix&^other.prefix) & named & q.loose
	may |= item.whole & named & q.quantities()
	if named&^may == 0 {
		may &= item.whole // a prefix of a form is weaker than a name
	}

	ofItems := byKind[ItemName].any() | byKind[ItemBrand].any()
	for _, narrowed := range []mask{may, 0} {
		// Names of items, such as brands, are names as well, although they narrow.
		rest := named&^narrowed | must&ofItems&q.loose
		if f, ok := q.rank(doc, rest, narrowed); ok && q.narrow(doc, must|narrowed, f) {
			return
		}
		if may == 0 {
			break
		}
	}
}

// matches holds the tokens that a word set matches: by a whole word, as
// milligrams, by a whole word or a prefix, by the amount of a pack, or by the
// sum of strengths.
type matches struct{ whole, mg, begun, pack, sum mask }

func (m *matches) add(o matches) {
	m.whole |= o.whole
	m.mg |= o.mg
	m.begun |= o.begun
	m.pack |= o.pack
	m.sum |= o.sum
}

type phraseMatch struct {
	phrase uint32
	kind   Kind
	begins bool // its first word matches
	coverage
}

// coverage holds the tokens that match by whole words; by these or by prefixes;
// and by these or by what is inside a word. sound holds those that match by
// sound only.
type coverage struct {
	exact, prefix, inner, sound mask
}

func (c coverage) any() mask { return c.inner | c.sound }

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
	return c
}

// begins reports whether a phrase is a name of a substance and begins with the
// query.
func (q *query) begins(ref uint32) bool {
	if !Kind(ref >> kindShift).names() {
		return false
	}
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

// amounts returns how many of the tokens are numbers or quantities.
func (q *query) amounts(tokens mask) int {
	n := 0
	for i, t := range q.tokens {
		if tokens&(1<<i) != 0 && t.amount() {
			n++
		}
	}
	return n
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
	var any matches
	for _, set := range items {
		any.add(q.sets[set])
	}
	for pass := range 3 {
		if pass == 2 && (f.rank != Exact || q.amounts(need) > 1) {
			break
		}
		start := len(q.slots)
		for i, set := range items {
			m := q.sets[set]
			has := m.begun | m.pack
			switch pass {
			case 0:
				// A number is milligrams if it can be, else a strength in another
				// unit, else an amount of a pack.
				has = m.mg | m.whole&^any.mg | m.begun&^any.whole | m.pack&^any.begun
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
			f.part = f.rank == ItemMatch && need&^any.whole != 0
			q.found = append(q.found, f)
			return true
		}
	}
	return false
}
