package search

import (
	"math/bits"
	"slices"
	"strings"
)

// A Rank is how well a document matches a query. Lower ranks are better.
type Rank uint8

const (
	Exact     Rank = iota // the query is a whole name
	Whole                 // the query's words are whole words of its names
	ItemMatch             // the query names only what its variants have: a form, a strength
	Keyword               // some of them are whole words of its category or its code
	Complaint             // they are whole words of a description
	Prefix                // they begin words of one name of the substance
	Spelling              // a word of the query sounds like its name; see [Index.Search]

	// Of what follows a document is no answer to the query, but a question.

	brandPrefix // the query begins a brand
	inside      // a word of the query is inside a word of a name
	alike       // a word of the query sounds like a brand
)

// answers reports whether documents of this rank are answers, not questions.
func (r Rank) answers() bool { return r <= Spelling }

// found is a candidate hit. Candidates are sorted by order.
type found struct {
	order  uint64
	doc    uint32
	phrase uint32 // of kind: a phrase, a topic, or the number of a description
	kind   Kind
	rank   Rank
	items  span // in scratch.slots
	all    bool // every item
	part   bool // a form was only begun, and no name matched
}

// rank ranks a document by how well its names and topics match the tokens in
// rest, and reports whether they do. Items match the tokens in narrowed; names
// may contain these as well.
func (q *query) rank(doc uint32, rest, narrowed mask) (found, bool) {
	f := found{doc: doc, rank: ItemMatch, order: uint64(ItemMatch) << 60}
	keys := [3]*keyed{q.key(q.all), q.key(rest), q.key(rest | narrowed)}
	if rest == 0 && !slices.ContainsFunc(q.phrases, func(p phraseMatch) bool { return keys[0].equal.has(p.phrase) }) {
		return f, true
	}
	ok := false
	better := func(r Rank, detail uint64, k Kind, text uint32, length uint64) {
		order := uint64(r)<<60 | detail<<56 | uint64(k)<<52 | length
		if !ok || order < f.order {
			f.order, f.rank, f.kind, f.phrase, ok = order, r, k, text, true
		}
	}

	var whole mask // by names of any kind
	for i := range q.phrases {
		p := &q.phrases[i]
		names := p.kind.names()
		later := uint64(1)
		if keys[0].prefix.has(p.phrase) || keys[1].prefix.has(p.phrase) || keys[2].prefix.has(p.phrase) {
			later = 0
		}
		length := uint64(q.x.phraseLen[p.phrase])
		part := q.isPart(rest, p.phrase)
		switch {
		case p.kind == Code:
			if rest&^p.prefix == 0 {
				better(Keyword, 0, p.kind, p.phrase, length)
			}
			continue
		case keys[0].equal.has(p.phrase):
			better(Exact, 0, p.kind, p.phrase, length)
		case keys[1].equal.has(p.phrase), keys[2].equal.has(p.phrase):
			better(Exact, 1, p.kind, p.phrase, length)
		case rest&^p.exact == 0 && part:
			better(Whole, later, p.kind, p.phrase, length)
		case names && rest&^p.prefix == 0 && part:
			better(Prefix, later, p.kind, p.phrase, length)
		case names && rest&^(p.prefix|p.sound) == 0 && p.begins && part:
			better(Spelling, 0, p.kind, p.phrase, length)
		case rest&^p.prefix == 0:
			better(brandPrefix, later, p.kind, p.phrase, length)
		case rest&^p.inner == 0:
			better(inside, 0, p.kind, p.phrase, length)
		case rest&^(p.inner|p.sound) == 0:
			better(alike, 0, p.kind, p.phrase, length)
		}
		whole |= p.exact
	}
	if ok && f.rank <= Whole {
		return f, true
	}
	// Several names together, "paracetamol panadol", and the category. Short
	// tokens and codes must be in the same name as their neighbours: D3 occurs
	// in the names of several vitamins.
	topics, topic := q.topicsOf(doc)
	lead := rest & -rest
	switch {
	case rest&^topics == 0:
		better(Keyword, 0, Topic, topic, 0)
	case rest&q.short != 0:
	case rest&^whole == 0 && q.isPart(rest, phraseMask):
		for i := range q.phrases {
			if p := &q.phrases[i]; p.exact&lead != 0 {
				better(Whole, 2, p.kind, p.phrase, 0)
			}
		}
	case topics&rest != 0 && rest&^(whole|topics) == 0:
		better(Keyword, 1, Topic, topic, 0)
		for i := range q.phrases {
			if p := &q.phrases[i]; p.exact&rest != 0 && p.kind != Code {
				f.kind, f.phrase = p.kind, p.phrase
				break
			}
		}
	}
	return f, ok
}

// isPart reports whether the tokens may be words of a phrase. If together they
// are a substance's name, they must stand in it as they are: salicylic acid is
// not acetyl salicylic acid.
func (q *query) isPart(tokens mask, phrase uint32) bool {
	if bits.OnesCount16(uint16(tokens)) < 2 {
		return true
	}
	k := q.key(tokens)
	if !k.asked {
		k.asked = true
		s, ok := q.x.substances.of(k.text)
		k.substance = ok && s.words > 1
	}
	return !k.substance || phrase != phraseMask && strings.Contains(q.x.phrases.at(phrase), k.text)
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
		switch {
		case f.rank == ItemMatch:
		case f.kind == Description:
			h.Kind, h.Description = Description, int(f.phrase)
		default:
			h.Kind, h.Name = f.kind, q.x.text(f)
		}
		if !f.all {
			h.Items = items[f.items.lo:f.items.hi:f.items.hi]
		}
		hits[i] = h
	}
	return hits
}

// text returns the text that matched, as written, or "" for a description.
func (x *Index) text(f found) string {
	switch f.kind {
	case Topic:
		return x.topicText[f.phrase]
	case Description:
		return ""
	}
	return x.phraseText[f.phrase]
}
