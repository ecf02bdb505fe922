package search

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxCandidates is the maximum number of documents that a search visits. In a
// very large catalogue a query that matches more, such as a single letter or a
// form, returns only some of them: whole-word matches before prefix and
// substring matches. Lists of substring matches have the same limit.
const maxCandidates = 20_000

// A Result is the result of a search.
type Result struct {
	Hits        []Hit        // matching documents, best first
	Suggestions []Suggestion // what may have been meant, if nothing matches

	// Unstocked is a substance that the query names and no document has, in the
	// spelling of the query as folded; or "".
	Unstocked string
	// Spellings are the names of that substance, as listed.
	Spellings []string
	// Shared reports whether the query is a word that names of many substances
	// share, such as sodium: the hits have it, and it means none of them.
	Shared bool
	// Named are medicines that words of the query name, beside words that no
	// medicine has together with them. They are not what was meant.
	Named []Suggestion
	// Related are documents that have to do with a word of the query, if
	// nothing matches it: they tell the nearest category.
	Related []int
}

// A Hit is a document that matches a query.
type Hit struct {
	Doc   int     // its number
	Items []int32 // numbers of the items that match, in order; nil if all do
	Rank  Rank
	Kind  Kind   // of the text that matched; meaningless for rank ItemMatch
	Name  string // that text, as written; empty for a description and for rank ItemMatch
	// Description is the index of the description that matched, for that kind.
	Description int
}

// Search returns the documents that match text or, if there are none,
// suggestions.
//
// A hit of rank [Spelling] is the name of a substance in the spelling of
// another language, such as ایبوبروفن for ایبوپروفن or amoxycillin for
// amoxicillin. It is a hit only where the word matches nothing else and is not
// itself a substance, no other medicine in the index has a name of that sound,
// the name begins with it, and no vowel differs. Otherwise, and for a brand, it
// is a suggestion. Hits of that rank are never mixed with others, and the
// caller should tell the user that the spelling differs.
func (x *Index) Search(text string) Result {
	s := x.pool.Get().(*scratch)
	defer x.pool.Put(s)
	ws := x.parse(text)
	if len(ws) == 0 {
		return Result{}
	}
	names := x.substancesIn(ws)
	q, all := x.search(ws, s)
	r := Result{Hits: q.hits(all)}
	shared := allShared(ws)
	for _, n := range names {
		if run := ws[n.words.lo:n.words.hi]; len(run) > 1 {
			r.Hits = slices.DeleteFunc(r.Hits, func(h Hit) bool { return h.Rank > Exact && (shared || !hasRun(h.Name, run)) })
		}
	}
	if len(names) == 1 && (len(r.Hits) == 0 || r.Hits[0].Rank > Exact) {
		r.Hits = x.otherwise(ws, names[0], r.Hits, s)
	}
	if !slices.ContainsFunc(r.Hits, func(h Hit) bool { return h.Rank < Keyword }) || slices.ContainsFunc(all, func(f found) bool { return f.part }) {
		q, said := x.complaints(ws, s)
		r.Hits = merge(r.Hits, q.hits(said))
	}
	if len(r.Hits) > 0 {
		r.Shared = shared && r.Hits[0].Rank > Exact
		return r
	}
	for _, n := range names {
		if run := ws[n.words.lo:n.words.hi]; !x.isStocked(run, n.number, s) {
			r.Unstocked, r.Spellings = joinWords(run), x.substances.spellings[n.number]
			if bare, ok := withoutArticle(run[0], true); ok && len(run) == 1 && !x.isSubstance(run[0].text) {
				r.Unstocked = bare
			}
			break
		}
	}
	r.Suggestions = x.suggest(ws, text, s, r.Unstocked != "")
	if len(r.Suggestions) == 0 {
		r.Named = x.named(ws, s)
	}
	r.Related = x.related(ws)
	return r
}

// allShared reports whether names of many substances share every word.
func allShared(ws []word) bool {
	return !slices.ContainsFunc(ws, func(w word) bool { return !sharedWords[w.text] })
}

// hasRun reports whether a name has the words of a substance's name together:
// copper sulfate is not in "terbutaline sulfate".
func hasRun(name string, run []word) bool {
	return strings.Contains(keyOf(nameWords(name)), keyOf(run))
}

// otherwise adds to the hits those that find the substance by its other
// spellings, where these are whole words of a name.
func (x *Index) otherwise(ws []word, n named, hits []Hit, s *scratch) []Hit {
	spellings := x.substances.spellingsOf(n.number)
	run := ws[n.words.lo:n.words.hi]
	if !slices.ContainsFunc(spellings, func(name string) bool { return keyOf(nameWords(name)) == keyOf(run) }) {
		return hits // a salt of it
	}
	seen := map[int]bool{}
	for _, h := range hits {
		seen[h.Doc] = true
	}
	added := false
	for _, name := range spellings[:min(len(spellings), maxSpellings)] {
		other := nameWords(name)
		if keyOf(other) == keyOf(run) {
			continue
		}
		q, found := x.search(slices.Concat(ws[:n.words.lo], other, ws[n.words.hi:]), s)
		for _, h := range q.hits(found) {
			if h.Rank <= Whole && !seen[h.Doc] {
				seen[h.Doc] = true
				hits = append(hits, h)
				added = true
			}
		}
	}
	if added {
		slices.SortStableFunc(hits, func(a, b Hit) int { return int(a.Rank) - int(b.Rank) })
	}
	return hits
}

// maxSpellings is the maximum number of spellings of a substance that are tried.
const maxSpellings = 12

// isStocked reports whether some document has a spelling of a substance as whole
// words of a name, as the run of a query or otherwise.
func (x *Index) isStocked(run []word, number int32, s *scratch) bool {
	has := func(ws []word) bool {
		q, found := x.search(ws, s)
		return slices.ContainsFunc(q.hits(found), func(h Hit) bool {
			if h.Rank == Exact {
				return true
			}
			return (h.Rank == Whole || h.Rank == Spelling) && !allShared(ws) && (len(ws) == 1 || hasRun(h.Name, ws))
		})
	}
	if has(run) {
		return true
	}
	// A register may spell it in a language that the list has not.
	if len(run) == 1 && slices.ContainsFunc(x.sounding(run[0].text), func(w uint32) bool { return !x.isListed(w) }) {
		return true
	}
	spellings := x.substances.spellings[number]
	return slices.ContainsFunc(spellings[:min(len(spellings), maxSpellings)], func(name string) bool { return has(nameWords(name)) })
}

// search searches for words and, if there are no matches, without incomplete
// units and without words for medicines in general.
func (x *Index) search(ws []word, s *scratch) (*query, []found) {
	q := x.prepare(ws, s, false)
	hits := q.find()
	for _, less := range [][]word{withoutPartUnits(ws), topicWords(ws)} {
		if len(hits) == 0 && 0 < len(less) && len(less) < len(ws) {
			q = x.prepare(less, s, false)
			hits = q.find()
		}
	}
	return q, hits
}

// merge adds to the hits those by descriptions, before what names only begin
// with. If a category is named, descriptions only tell which of its medicines come
// first.
func merge(hits, said []Hit) []Hit {
	if len(said) == 0 {
		return hits
	}
	described := map[int]bool{}
	for _, h := range said {
		described[h.Doc] = true
	}
	var first, others, begun []Hit
	for _, h := range hits {
		switch {
		case h.Rank == Keyword && described[h.Doc]:
			first = append(first, h)
		case h.Rank == Keyword:
			others = append(others, h)
		case h.Rank == Prefix && !described[h.Doc]:
			begun = append(begun, h)
		}
	}
	if len(first)+len(others) == 0 {
		first = said
	}
	return slices.Concat(first, others, begun)
}

// maxRelated is the maximum number of related documents.
const maxRelated = 200

// related returns documents whose category or description has a word of the
// query.
func (x *Index) related(ws []word) []int {
	var out []int
	add := func(docs []uint32) {
		for _, d := range docs[:min(len(docs), maxRelated-len(out))] {
			out = append(out, int(d))
		}
	}
	ws = topicWords(ws)
	for i, w := range ws {
		if w.kind != letters || utf8.RuneCountInString(w.text) < 2 || x.isSubstance(w.text) {
			continue
		}
		forms := []string{stem(w.text)}
		if i+1 < len(ws) && ws[i+1].kind == letters {
			forms = append(forms, topicKey(ws[i:i+2]))
		}
		for _, key := range forms {
			if t := x.topics.equal(key); !t.empty() {
				add(x.topicDocs.of(t.lo))
			}
			if d := x.described.equal(key); !d.empty() {
				rows := x.describedRows.of(d.lo)
				docs := make([]uint32, 0, len(rows))
				for _, r := range rows {
					docs = append(docs, x.rowDoc[r])
				}
				add(slices.Compact(docs))
			}
		}
	}
	return out
}

// scratch is working memory that searches reuse.
type scratch struct {
	seen    []uint64  // documents looked at, one bit each
	left    int       // how many more may be
	sets    []matches // by word set
	touched []uint32  // word sets that are not zero
	inner   []mask    // by word: tokens that are substrings of it
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
