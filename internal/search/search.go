package search

// maxCandidates is how many documents one search looks at. A query that says
// more than that many, such as a single letter, or a form, in a catalogue far
// larger than those it is made for, finds only some of them: those with a
// word of the query whole before those with a word that begins with it or has
// it inside. Its lists of words are bounded alike.
const maxCandidates = 20_000

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
