package search

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// generalWords are words for medicines of any kind, and prepositions, which
// people add to a complaint or to a kind: "öksürük ilacı", "دواء الضغط",
// "medicine for cough". In folded form.
var generalWords = folded(
	`medicine, medicines, medication, medications, drug, drugs, remedy, remedies, treatment, for, of, against, the, relief, reliever, anti, feeling, feel, bad, severe, mild, cant, cannot`,
	`ilaç, ilacı, ilaçlar, ilaçları, için, tedavi, tedavisi, karşı, giderici, şiddetli`,
	`دارو, داروی, داروها, داروهای, برای, ضد, درمان, حالت, صورت, شدید`,
	`دواء, أدوية, علاج, علاجات, عقار, عقاقير, لأجل, ضد, شديد`,
)

// topicWords returns the words of a text that say its topic.
func topicWords(ws []word) []word {
	out := make([]word, 0, len(ws))
	apart := false
	for _, w := range ws {
		if generalWords[w.text] || stopWords[w.text] {
			apart = apart || stopWords[w.text] || w.apart
			continue
		}
		w.apart = (w.apart || apart) && len(out) > 0
		apart = false
		out = append(out, w)
	}
	return out
}

// topicKey returns the stems of words without spaces.
func topicKey(ws []word) string {
	var b strings.Builder
	for _, w := range ws {
		if w.kind == letters {
			b.WriteString(stem(w.text))
		} else {
			b.WriteString(w.text)
		}
	}
	return b.String()
}

// topicKeys returns the keys of a topic: of "Pain and fever", those of the
// whole, "pain" and "fever". A fragment, such as the blood of "blood pressure",
// is no topic.
func topicKeys(text string) []string {
	ws := topicWords(wordsOf(analyse(text)))
	if len(ws) == 0 {
		return nil
	}
	keys := []string{topicKey(ws)}
	add := func(ws []word) {
		if key := topicKey(ws); utf8.RuneCountInString(key) >= 2 && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	// Where Arabic may have an "and" written onto a word, both readings count.
	begins := func(i int) bool {
		_, and := strings.CutPrefix(ws[i].text, "و")
		return ws[i].apart || i > 0 && and && utf8.RuneCountInString(ws[i].text) > minStem
	}
	for i := range ws {
		if i > 0 && !begins(i) {
			continue
		}
		for j := i + 1; j <= len(ws); j++ {
			if j == len(ws) || begins(j) {
				add(ws[i:j])
				if bare, and := strings.CutPrefix(ws[i].text, "و"); i > 0 && and {
					first := ws[i]
					first.text = bare
					add(append([]word{first}, ws[i+1:j]...))
				}
				if j < len(ws) && ws[j].apart {
					break
				}
			}
		}
	}
	return keys
}

// maxTopicWords is the maximum number of words of a query that name a topic.
const maxTopicWords = 6

// A topicMatch is a topic that some tokens of a query name.
type topicMatch struct {
	tokens mask
	topic  uint32
}

// lookUpTopics finds the topics that neighbouring tokens name.
func (q *query) lookUpTopics() {
	x, n := q.x, min(len(q.tokens), maxQueryWords)
	if x.topics.len() == 0 {
		return
	}
	for i := range n {
		var ws []word
		tokens := mask(0)
		for j := i; j < n && j < i+maxTopicWords; j++ {
			t := &q.tokens[j]
			if t.quantity != "" || t.kind == code || t.kind == unit {
				break
			}
			tokens |= 1 << j
			ws = append(ws, t.word)
			said := topicWords(ws)
			if len(said) == 0 {
				continue
			}
			s := x.topics.equal(topicKey(said))
			if s.empty() {
				continue
			}
			q.topics = append(q.topics, topicMatch{tokens, s.lo})
			for k := i; k <= j; k++ {
				q.tokens[k].docs += len(x.topicDocs.of(s.lo))
				q.tokens[k].matched = true
			}
		}
	}
}

// topicsOf returns the tokens that the topics of a document match, and the
// best of these topics.
func (q *query) topicsOf(doc uint32) (mask, uint32) {
	var all mask
	best := topicMatch{}
	for _, t := range q.topics {
		if _, ok := slices.BinarySearch(q.x.topicDocs.of(t.topic), doc); ok {
			all |= t.tokens
			if t.tokens > best.tokens {
				best = t
			}
		}
	}
	return all, best.topic
}

// maxComplaints is the maximum number of documents that descriptions find.
const maxComplaints = 400

// complaints returns the documents of which one description has every word of
// the query, in their order, with the numbers of those descriptions. Words for
// forms may instead narrow the documents to items. A word that nearly every
// description has says nothing, and the name of a substance is no complaint:
// naloxone is not morphine because it mentions it.
func (x *Index) complaints(ws []word, s *scratch) (*query, []found) {
	q := x.prepare(topicWords(ws), s, false)
	defer q.reset()
	q.found, q.slots = q.found[:0], q.slots[:0]
	if x.described.len() == 0 || len(q.tokens) == 0 || len(x.substancesIn(ws)) > 0 {
		return q, nil
	}
	var all, rest []string
	var items mask
	for i, t := range q.tokens {
		if t.itemExact {
			items |= 1 << i
		}
		if t.kind != letters {
			if !t.itemExact {
				return q, nil
			}
			all = nil
			continue
		}
		if i == len(all) {
			all = append(all, t.text)
		}
		if !t.itemExact {
			rest = append(rest, t.text)
		}
	}
	add := func(rows []uint32, need mask) {
		last := -1
		for _, r := range rows {
			if doc := x.rowDoc[r]; int(doc) != last && len(q.found) < maxComplaints {
				f := found{order: uint64(Complaint) << 60, doc: doc, rank: Complaint, kind: Description, phrase: uint32(x.rowText[r])}
				q.narrow(doc, need, f)
				last = int(doc)
			}
		}
	}
	if len(all) == len(q.tokens) {
		add(x.describing(all), 0)
	}
	if len(q.found) == 0 && items != 0 {
		add(x.describing(rest), items)
	}
	// A kind and a complaint: "antibiotic for the throat".
	for _, t := range q.topics {
		var others []string
		for i, token := range q.tokens {
			if (t.tokens|items)&(1<<i) == 0 {
				others = append(others, token.text)
			}
		}
		if len(q.found) > 0 || len(others) == 0 || len(rest) < len(others) {
			continue
		}
		of := x.topicDocs.of(t.topic)
		add(slices.DeleteFunc(x.describing(others), func(r uint32) bool { _, ok := slices.BinarySearch(of, x.rowDoc[r]); return !ok }), items&^t.tokens)
	}
	return q, slices.Clone(q.found)
}

// describing returns the descriptions that have all the words.
func (x *Index) describing(words []string) []uint32 {
	common := max(20, len(x.rowDoc)/16)
	having := func(list []string) []uint32 {
		var rows []uint32
		said := false
		for i, s := range list {
			at := x.described.equal(s)
			if at.empty() {
				return nil
			}
			these := x.describedRows.of(at.lo)
			said = said || len(these) <= common
			if i == 0 {
				rows = slices.Clone(these)
			} else {
				rows = slices.DeleteFunc(rows, func(r uint32) bool { _, ok := slices.BinarySearch(these, r); return !ok })
			}
		}
		if !said {
			return nil
		}
		return rows
	}
	// Words may be written apart that descriptions have joined, and the other
	// way round: گلو درد, گلودرد.
	as, joined, apart := x.splits(words)
	rows := having(as)
	for _, list := range joined {
		rows = append(rows, having(list)...)
	}
	for _, list := range apart {
		if len(rows) == 0 {
			rows = having(list)
		}
	}
	slices.Sort(rows)
	rows = slices.Compact(rows)
	// Words that stand together mean what the query does; elsewhere in the text
	// they may not.
	var together, elsewhere []uint32
	for _, r := range rows {
		if x.together(r, as) {
			together = append(together, r)
		} else {
			elsewhere = append(elsewhere, r)
		}
	}
	return append(together, elsewhere...)
}

// together reports whether the stems stand side by side in a description, in
// their order.
func (x *Index) together(row uint32, stems []string) bool {
	words := x.rowWords.of(row)
	ids := make([]uint32, len(stems))
	for i, s := range stems {
		w := x.described.equal(s)
		if w.empty() {
			return false
		}
		ids[i] = w.lo
	}
	for from, w := range words {
		if w != ids[0] {
			continue
		}
		at := from
		n := 1
		for ; n < len(ids); n++ {
			// A word may stand with and without its prefix: see describe.
			near := words[at+1 : min(at+3, len(words))]
			i := slices.Index(near, ids[n])
			if i < 0 {
				break
			}
			at += 1 + i
		}
		if n == len(ids) {
			return true
		}
	}
	return false
}

// splits returns the stems of the words as they are; with two neighbours joined;
// and with one taken apart where both halves occur in descriptions.
func (x *Index) splits(words []string) (as []string, joined, apart [][]string) {
	for _, w := range words {
		as = append(as, stem(w))
	}
	for i := 0; i+1 < len(words); i++ {
		joined = append(joined, slices.Concat(as[:i], []string{stem(words[i] + words[i+1])}, as[i+2:]))
	}
	for i, w := range words {
		for at := range w {
			if utf8.RuneCountInString(w[:at]) < 2 || utf8.RuneCountInString(w[at:]) < minStem {
				continue
			}
			a, b := stem(w[:at]), stem(w[at:])
			if !x.described.equal(a).empty() && !x.described.equal(b).empty() {
				apart = append(apart, slices.Concat(as[:i], []string{a, b}, as[i+1:]))
			}
		}
	}
	return as, joined, apart
}
