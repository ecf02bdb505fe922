package search

import (
	"slices"
)

// A Rank is how well a document matches a query. Lower ranks are better.
type Rank uint8

const (
	Exact     Rank = iota // the query is a whole name
	Prefix                // a name begins with the query
	WordMatch             // the query's words are, or begin, words of its names
	Substring             // a word of the query is a substring, but not a prefix, of a word of its names
	Spelling              // a word of the query only sounds like one of its names; see [Index.Search]
	Keyword               // a word of the query is found in its keywords only
	ItemMatch             // the query names only what its variants have: a form, a strength
)

// found is a candidate hit. Candidates are sorted by order.
type found struct {
	order  uint64
	doc    uint32
	phrase uint32
	rank   Rank
	items  span // in scratch.slots
	all    bool // every item
	part   bool // a form was only begun, and no name matched
}

// rank ranks a document by how well its names match the tokens in rest, and
// reports whether they do. Items match the tokens in narrowed; names may
// contain these as well.
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

	// Several names together: "paracetamol panadol". Short tokens and codes
	// must be in the same name as their neighbours: D3 occurs in the names of
	// several vitamins.
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

// hits converts candidates to hits.
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
