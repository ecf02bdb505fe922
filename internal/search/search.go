package search

// maxCandidates is the maximum number of documents that a search visits. In a
// very large catalogue a query that matches more, such as a single letter or a
// form, returns only some of them: whole-word matches before prefix and
// substring matches. Lists of substring matches have the same limit.
const maxCandidates = 20_000

// A Result is the result of a search.
type Result struct {
	Hits        []Hit        // matching documents, best first
	Suggestions []Suggestion // similar queries, if nothing matches
}

// A Hit is a document that matches a query.
type Hit struct {
	Doc   int     // its number
	Items []int32 // numbers of the items that match, in order; nil if all do
	Rank  Rank
	Name  string // the name that matched, as written; empty if none did (ItemMatch)
}

// Search returns the documents that match text or, if there are none,
// suggestions.
//
// A hit of rank [Spelling] is the name of a medicine in the spelling of
// another language, such as ایبوبروفن for ایبوپروفن or amoxycillin for
// amoxicillin. It is a hit only where the word matches nothing else, no other
// medicine in the index has a name of that sound, the name begins with it, and
// no vowel differs. Otherwise it is a suggestion. Hits of that rank are never
// mixed with others, and the caller should tell the user that the spelling
// differs.
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

// search searches for text and, if there are no matches, for text without
// incomplete units. The query is nil if text has no words.
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
