package search

import (
	"slices"
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
	q, all := x.search(ws, s)
	r := Result{Hits: q.hits(all)}
	if !slices.ContainsFunc(all, func(f found) bool { return f.rank < Keyword && !f.part }) {
		q, said := x.complaints(ws, s)
		r.Hits = merge(r.Hits, q.hits(said))
	}
	if len(r.Hits) > 0 {
		r.Shared = len(ws) == 1 && sharedWords[ws[0].text] && r.Hits[0].Rank > Exact
		return r
	}
	r.Unstocked, r.Spellings = x.unstocked(ws)
	r.Suggestions = x.suggest(ws, text, s, r.Unstocked != "")
	if len(r.Suggestions) == 0 {
		r.Named = x.named(ws, s)
	}
	r.Related = x.related(ws)
	return r
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
		case !described[h.Doc]:
			begun = append(begun, h)
		}
	}
	if len(first)+len(others) == 0 {
		first = said
	}
	return slices.Concat(first, others, begun)
}

// unstocked returns the substance that the words name and no document is named
// for, and its spellings.
func (x *Index) unstocked(ws []word) (string, []string) {
	for n := min(maxJoined, len(ws)); n > 0; n-- {
		for i := 0; i+n <= len(ws); i++ {
			if !continuous(ws[i : i+n]) {
				continue
			}
			bare := ws[i : i+n]
			s, ok := x.substances.of(keyOf(bare))
			if !ok && n == 1 {
				if w, has := withoutArticle(ws[i], true); has {
					bare = []word{{text: w}}
					s, ok = x.substances.of(w)
				}
			}
			if ok && !x.stocked[s.number] {
				return joinWords(bare), x.substances.spellings[s.number]
			}
		}
	}
	return "", nil
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
