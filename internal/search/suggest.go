package search

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Suggestion is a query that may have been meant by one that matches nothing.
type Suggestion struct {
	Text  string // the name that is similar or contains the query, as written
	Kind  Kind   // of that name
	Doc   int    // the document with that name
	Query string // the query, which finds Doc
	// Lacks is what the query asks for, and no variant of Doc has.
	Lacks Lack
}

// A Lack is what the variants of a medicine do not have.
type Lack uint8

const (
	LacksNothing Lack = iota
	LacksStrength
	LacksForm
)

const (
	maxSuggestions = 5
	maxAttempts    = 12 // searches per query
	maxNear        = 6  // replacements tried per word
	maxWrong       = 3  // unmatched words in a query

	oneSlip  = 5 // minimum letters of a word for edit distance 1
	twoSlips = 9 // minimum letters of a word for edit distance 2
	minNear  = 4 // minimum letters of a replacement
	maxNearN = 48
)

// suggest returns suggestions for ws, the words of raw, which match nothing.
// Every word of the query is part of what is suggested: half a query is not
// what was meant. unstocked says that the query names a substance that no
// document has, so that no other lacks only a strength or form.
func (x *Index) suggest(ws []word, raw string, scratch *scratch, unstocked bool) []Suggestion {
	q := x.prepare(ws, scratch, false)
	q.find()
	s := suggester{x: x, scratch: scratch, raw: raw, tokens: q.tokens, unstocked: unstocked}
	if !unstocked {
		s.lacking()
		s.unsalted()
	}
	s.asked(ws)
	var wrong []int
	for i, t := range s.tokens {
		if !t.matched || len(s.tokens) == 1 && t.kind == letters {
			wrong = append(wrong, i)
		}
	}
	if 0 < len(wrong) && len(wrong) <= maxWrong && len(s.out) < maxSuggestions {
		s.corrected(wrong)
	}
	return s.out
}

// maxNamed is the maximum number of medicines that parts of a query name.
const maxNamed = 4

// named returns the medicines of which words of the query are a whole name,
// beside other words.
func (x *Index) named(ws []word, scratch *scratch) []Suggestion {
	q := x.prepare(ws, scratch, false)
	q.find()
	s := suggester{x: x, scratch: scratch, tokens: q.tokens}
	for i := 0; i < len(s.tokens); {
		n := min(maxJoined, len(s.tokens)-i)
		for ; n > 0; n-- {
			if n == len(s.tokens) || slices.ContainsFunc(s.tokens[i:i+n], func(t token) bool { return t.kind != letters || t.itemExact || !t.matched }) {
				continue
			}
			if s.attempts++; s.attempts > maxAttempts || len(s.out) >= maxNamed {
				return s.out
			}
			text := s.folded([]fix{{0, i, ""}, {i + n, len(s.tokens), ""}})
			found := slices.Clone(s.search(text))
			if len(found) > 0 && found[0].rank == Exact {
				s.add(found[0], text, LacksNothing)
				break
			}
		}
		i += max(n, 1)
	}
	return s.out
}

// A suggester collects suggestions.
type suggester struct {
	x *Index
	*scratch
	raw      string
	tokens   []token
	attempts int
	out      []Suggestion

	unstocked bool // nothing may be left out of the query
}

// asked suggests the documents of which a name has the query inside a word,
// and those of which a brand begins with it or sounds like it.
func (s *suggester) asked(ws []word) {
	if s.attempts >= maxAttempts {
		return
	}
	s.attempts++
	q := s.x.prepare(ws, s.scratch, true)
	found := slices.Clone(q.find())
	var items []string
	for i, t := range q.tokens {
		if t.itemAny && t.docs == 0 || q.quantities()&(1<<i) != 0 {
			items = append(items, t.text)
		}
	}
	for _, f := range found {
		if len(s.out) >= maxSuggestions {
			return
		}
		if f.rank.answers() {
			continue
		}
		text := s.x.phraseText[f.phrase]
		s.add(f, strings.Join(append([]string{text}, items...), " "), LacksNothing)
	}
}

// add suggests a document, unless it is suggested already.
func (s *suggester) add(f found, query string, lacks Lack) {
	if slices.ContainsFunc(s.out, func(o Suggestion) bool { return o.Doc == int(f.doc) }) {
		return
	}
	if text := s.x.phraseText[f.phrase]; query != text && !s.finds(query, f.doc) {
		query = text
	}
	s.out = append(s.out, Suggestion{Text: s.x.phraseText[f.phrase], Kind: f.kind, Doc: int(f.doc), Query: query, Lacks: lacks})
}

// finds reports whether a query finds a document.
func (s *suggester) finds(query string, doc uint32) bool {
	return slices.ContainsFunc(s.search(query), func(g found) bool { return g.doc == doc })
}

// short reports whether t is one or two letters, or a code.
func (t token) short() bool {
	return t.kind == code || t.kind == letters && utf8.RuneCountInString(t.text) <= 2
}

// A fix replaces the tokens [i, j) of a query.
type fix struct {
	i, j int
	text string // "" leaves them out
}

// lacking suggests the medicines that the query names and that have not the
// strength or form that it asks for.
func (s *suggester) lacking() {
	var drop []fix
	lacks := LacksForm
	for i, t := range s.tokens {
		switch {
		case t.quantity != "", t.kind == number, t.kind == unit:
			lacks = LacksStrength
		case !t.itemExact:
			continue
		}
		drop = append(drop, fix{i, i + 1, ""})
	}
	if n := len(drop); 0 < n && n < len(s.tokens) {
		s.try(drop, 4, lacks)
	}
}

// unsalted suggests the medicines that the query names with a salt or ester that
// no name of theirs has.
func (s *suggester) unsalted() {
	var drop []fix
	for i, t := range s.tokens {
		if t.kind == letters && qualifiers[t.text] {
			drop = append(drop, fix{i, i + 1, ""})
		}
	}
	if n := len(drop); 0 < n && n < len(s.tokens) {
		s.try(drop, 2, LacksNothing)
	}
}

// corrected handles queries with unmatched words. It replaces each with similar
// words.
func (s *suggester) corrected(wrong []int) {
	options := make([][]fix, len(wrong))
	for n, i := range wrong {
		options[n] = s.fixes(i)
		if len(options[n]) == 0 {
			return
		}
		if len(wrong) > 2 {
			options[n] = options[n][:1]
		} else if n > 0 {
			options[n] = options[n][:min(2, len(options[n]))]
		}
	}
	// Every choice of options, the best first.
	choice := make([]int, len(options))
	for {
		var fixes []fix
		lacks := LacksNothing
		for n, c := range choice {
			fixes = append(fixes, options[n][c])
			if options[n][c].text == "" {
				lacks = LacksStrength
			}
		}
		if s.unstocked && lacks != LacksNothing {
			return
		}
		if !s.try(fixes, 2, lacks) && !s.unstocked {
			// The corrected name may exist, but not in that strength or form.
			for i, t := range s.tokens {
				if t.matched && t.itemAny {
					fixes = append(fixes, fix{i, i + 1, ""})
					if lacks = max(lacks, LacksForm); t.kind != letters {
						lacks = LacksStrength
					}
				}
			}
			s.try(fixes, 2, lacks)
		}
		n := len(choice) - 1
		for ; n >= 0; n-- {
			if choice[n]++; choice[n] < len(options[n]) {
				break
			}
			choice[n] = 0
		}
		if n < 0 || len(s.out) >= maxSuggestions || s.attempts >= maxAttempts {
			return
		}
	}
}

// fixes returns the fixes for token i, best first. Numbers may be removed; words
// may not.
func (s *suggester) fixes(i int) []fix {
	t := s.tokens[i]
	switch {
	case t.short():
		return nil
	case t.kind != letters:
		return []fix{{i, i + 1, ""}}
	}
	type option struct {
		near
		fix
	}
	var options []option
	for _, n := range s.x.near(t.text) {
		options = append(options, option{n, fix{i, i + 1, n.text}})
	}
	for _, j := range []int{i - 1, i} { // joined with a neighbour
		if j < 0 || j+1 >= len(s.tokens) || s.tokens[j].kind != letters || s.tokens[j+1].kind != letters {
			continue
		}
		for _, n := range s.x.near(s.tokens[j].text + s.tokens[j+1].text) {
			options = append(options, option{n, fix{j, j + 2, n.text}})
		}
	}
	slices.SortStableFunc(options, func(a, b option) int { return a.near.compare(b.near) })
	var out []fix
	for _, o := range options[:min(len(options), maxNear)] {
		out = append(out, o.fix)
	}
	return out
}

// try searches with the fixes applied, and suggests up to n of the best
// documents if whole words match. It reports whether there are any.
func (s *suggester) try(fixes []fix, n int, lacks Lack) bool {
	text := s.folded(fixes)
	if text == "" || s.attempts >= maxAttempts {
		return false
	}
	s.attempts++
	found := slices.Clone(s.search(text))
	if len(found) == 0 || found[0].rank != Exact && found[0].rank != Whole && found[0].rank != Spelling {
		return false
	}
	for _, f := range found[:min(n, len(found))] {
		// The strength that is meant may be that of another medicine of the name.
		if len(s.out) >= maxSuggestions || f.rank != found[0].rank && (lacks == LacksNothing || f.rank > Whole) {
			break
		}
		s.add(f, s.written(fixes, f, text), lacks)
	}
	return true
}

func (s *suggester) search(text string) []found {
	_, found := s.x.search(s.x.parse(text), s.scratch)
	return found
}

// folded returns the query with the fixes applied, in folded words.
func (s *suggester) folded(fixes []fix) string {
	var words []string
	for i, t := range s.tokens {
		text := t.text
		for _, f := range fixes {
			if f.i <= i && i < f.j {
				text = ""
				if i == f.i {
					text = f.text
				}
			}
		}
		if text != "" {
			words = append(words, text)
		}
	}
	return strings.Join(words, " ")
}

// written returns the query with the fixes applied in the user's notation: other
// words as typed, replacements as written in the name. If that query does not
// find the document, it returns the folded one.
func (s *suggester) written(fixes []fix, f found, folded string) string {
	fields := strings.FieldsFunc(s.raw, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	if len(fields) > 2*maxQueryWords {
		return folded
	}
	for i, field := range fields {
		fields[i] = strings.Map(func(r rune) rune {
			if r == utf8.RuneError || r != zwnj && unicode.Is(unicode.Cf, r) {
				return -1
			}
			return r
		}, field)
	}
	for _, fx := range fixes {
		text := fx.text
		if text != "" && text == s.x.phrases.at(f.phrase) {
			text = s.x.phraseText[f.phrase]
		}
		for i := fx.i; i < fx.j; i++ {
			at := slices.IndexFunc(fields, func(field string) bool { return Fold(field) == s.tokens[i].text })
			if at < 0 {
				return folded
			}
			fields[at] = text
			text = ""
		}
	}
	fields = slices.DeleteFunc(fields, func(field string) bool { return field == "" || stopWords[Fold(field)] })
	text := strings.Join(fields, " ")
	for _, g := range s.search(text) {
		if g.doc == f.doc {
			return text
		}
	}
	return folded
}

// A near is a word that is similar to a word of the query.
type near struct {
	text  string
	slips int  // edit distance, at most 1 for words of the same sound
	first bool // the first letter differs
	spelt int  // edit distance
	docs  int
}

func (n near) compare(o near) int {
	wrong := func(n near) int {
		if n.first {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(n.slips, o.slips),
		cmp.Compare(wrong(n), wrong(o)),
		cmp.Compare(n.spelt, o.spelt),
		cmp.Compare(o.docs, n.docs),
		strings.Compare(n.text, o.text),
	)
}

// near returns the words of the index that are similar to w, best first.
func (x *Index) near(w string) []near {
	var out []near
	rs := []rune(w)
	for _, other := range x.sounding(w) {
		if x.wordLen[other] == 0 {
			continue
		}
		// The same sound counts as at most one slip.
		text := x.words.at(other)
		n := slips(rs, text, 2)
		out = append(out, near{text: text, slips: min(n, 1), spelt: n, docs: len(x.wordPostings.of(other))})
	}
	limit := 0
	switch {
	case len(rs) > maxNearN:
	case len(rs) >= twoSlips:
		limit = 2
	case len(rs) >= oneSlip:
		limit = 1
	}
	if limit == 0 {
		slices.SortFunc(out, near.compare)
		return out[:min(len(out), maxNear)]
	}
	sig := signature(w)
	judge := func(text string, docs int) {
		n := slips(rs, text, limit)
		first, _ := utf8.DecodeRuneInString(text)
		// With two slips, the first letter must match.
		if n > 0 && n <= limit && (n == 1 || first == rs[0]) {
			out = append(out, near{text, n, first != rs[0], n, docs})
		}
	}
	for i, other := range x.wordSig {
		// One edit changes at most two letters of the set.
		if bits.OnesCount64(sig^other) > 2*limit {
			continue
		}
		if n := int(x.wordLen[i]); n < minNear || n < len(rs)-limit || n > len(rs)+limit {
			continue
		}
		judge(x.words.at(uint32(i)), len(x.wordPostings.of(uint32(i))))
	}
	for i, other := range x.setWordSig {
		if bits.OnesCount64(sig^other) > 2*limit {
			continue
		}
		text := x.setWords.at(uint32(i))
		if n := utf8.RuneCountInString(text); n < minNear || n < len(rs)-limit || n > len(rs)+limit || strings.IndexByte("=~+#^&*", text[0]) >= 0 {
			continue
		}
		judge(text, 0)
	}
	slices.SortFunc(out, near.compare)
	seen := map[string]bool{}
	out = slices.DeleteFunc(out, func(n near) bool {
		again := seen[n.text]
		seen[n.text] = true
		return again
	})
	return out[:min(len(out), maxNear)]
}

// signature returns the set of letters of a word as a bit mask. Non-Latin
// letters may share bits.
func signature(w string) uint64 {
	var sig uint64
	for _, r := range w {
		switch {
		case 'a' <= r && r <= 'z':
			sig |= 1 << (r - 'a')
		case r < utf8.RuneSelf:
			sig |= 1 << 26
		default:
			sig |= 1 << (27 + uint(r)%37)
		}
	}
	return sig
}

// slips returns the Damerau distance of two words in its restricted form (no
// part is edited twice), or more than limit as soon as it is certain to be.
func slips(a []rune, text string, limit int) int {
	var rows [3][maxNearN + 4]int8
	var b [maxNearN + 4]rune
	n := 0
	for _, r := range text {
		if n == len(b)-2 {
			return limit + 1
		}
		b[n] = r
		n++
	}
	prev2, prev, row := &rows[0], &rows[1], &rows[2]
	for j := range n + 1 {
		prev[j] = int8(j)
	}
	for i := 1; i <= len(a); i++ {
		row[0] = int8(i)
		least := row[0]
		for j := 1; j <= n; j++ {
			cost := int8(1)
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(prev[j-1]+cost, prev[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, prev2[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if int(least) > limit {
			return limit + 1
		}
		prev2, prev, row = prev, row, prev2
	}
	return int(prev[n])
}
