package search

import (
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// Substances is a list of the names of substances, each in all its spellings.
// It lets an [Index] tell the name of a medicine that it does not hold from a
// mere resemblance to one that it does. It is immutable and safe for
// concurrent use.
type Substances struct {
	names     map[string]substance // by key
	spellings [][]string           // by number
}

// A substance is a spelling in a list of substances.
type substance struct {
	number int32
	words  int // as few as it is written in
}

// NewSubstances returns a list of the substances that all yields, each as its
// spellings in any languages, the most usual first. A spelling that two of
// them share belongs to the first.
func NewSubstances(all iter.Seq[[]string]) *Substances {
	s := &Substances{names: make(map[string]substance, 20_000)}
	for spellings := range all {
		n := int32(len(s.spellings))
		s.spellings = append(s.spellings, spellings)
		for _, name := range spellings {
			key, words := plainName(name), 1
			if key == "" {
				ws := nameWords(name)
				if key, words = keyOf(ws), len(ws); key == "" {
					continue
				}
			}
			if old, known := s.names[key]; !known {
				s.names[key] = substance{n, words}
			} else if old.number == n {
				s.names[key] = substance{n, min(words, old.words)}
			}
			if words > 1 {
				s.addAcid(name, n)
			}
		}
	}
	return s
}

// addAcid makes the word that tells an acid from others a name of it: of
// salicylic acid, salicylic.
func (s *Substances) addAcid(name string, number int32) {
	ws := nameWords(name)
	if len(ws) != 2 {
		return
	}
	for i, w := range ws {
		if _, known := s.names[ws[1-i].text]; acids[w.text] && !known {
			s.names[ws[1-i].text] = substance{number, 1}
		}
	}
}

// plainName returns a name of one word in lower-case ASCII letters as it is, or
// "". It saves folding most of a list.
func plainName(name string) string {
	if stopWords[name] || strings.ContainsFunc(name, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return ""
	}
	return name
}

// of returns the substance with a name of the given key.
func (s *Substances) of(key string) (substance, bool) {
	if s == nil {
		return substance{}, false
	}
	found, ok := s.names[key]
	return found, ok
}

// spellingsOf returns the spellings of a substance without those that add a salt,
// an ester or the like to another of them: fluticasone furoate is not fluticasone
// propionate.
func (s *Substances) spellingsOf(number int32) []string {
	return slices.DeleteFunc(slices.Clone(s.spellings[number]), func(name string) bool {
		ws := nameWords(name)
		for n := 1; n < len(ws); n++ {
			for _, cut := range [][2][]word{{ws[:n], ws[n:]}, {ws[n:], ws[:n]}} {
				o, ok := s.of(keyOf(cut[0]))
				// A letter before a name, as in n-acetylcysteine, is no salt.
				if ok && o.number == number && slices.ContainsFunc(cut[1], func(w word) bool { return utf8.RuneCountInString(w.text) > 2 && !acids[w.text] }) {
					return true
				}
			}
		}
		return false
	})
}

// CutOff returns the part of a name that a space or hyphen cuts off and that is
// the name of another substance, or "": "es citalopram" is easily taken for
// citalopram. A salt, a kind or a combination has no such part, nor is there one
// if own, the medicine's names, have it, or have the name written as one word.
// isName reports whether a word or words, folded and without spaces, are a name
// beyond those of the list, such as that of another medicine of the catalogue; it
// may be nil.
func (s *Substances) CutOff(name string, own []string, isName func(key string) bool) string {
	ws := nameWords(name)
	if len(ws) < 2 || slices.ContainsFunc(own, func(name string) bool {
		one := nameWords(name)
		return len(one) == 1 && one[0].text == keyOf(ws)
	}) {
		return ""
	}
	part := func(p span) string {
		key := keyOf(ws[p.lo:p.hi])
		if p.empty() || slices.ContainsFunc(own, func(name string) bool { return s.hasPart(nameWords(name), key) }) {
			return ""
		}
		return joinWords(ws[p.lo:p.hi])
	}
	known := s.known(isName)
	for i := range ws {
		run := s.run(ws[i:])
		if run.words > 0 && run.words <= run.least {
			continue // written so: iron dextran
		}
		if ws[i].kind == number {
			continue // 5-aminosalicylic acid is written so
		}
		if p := part(s.modified(ws[i:], run.number, known, modifies).moved(i)); p != "" {
			return p
		}
		// The other way round: nikotin amid.
		for j := i + 1; run.least == 1 && j < i+run.words; j++ {
			if n, ok := known(ws[i:j]); ok && n != run.number {
				if p := part(span{uint32(i), uint32(j)}); p != "" {
					return p
				}
			}
		}
	}
	return ""
}

// hasPart reports whether a name or a part of it, between commas, brackets and the
// like, is key or another spelling of it.
func (s *Substances) hasPart(ws []word, key string) bool {
	if keyOf(ws) == key {
		return true
	}
	of, known := s.of(key)
	for from := 0; from < len(ws); {
		to := from + 1
		for to < len(ws) && !ws[to].apart {
			to++
		}
		part := keyOf(ws[from:to])
		if part == key {
			return true
		}
		if o, ok := s.of(part); ok && known && o.number == of.number {
			return true
		}
		from = to
	}
	return false
}

func joinWords(ws []word) string {
	text := ""
	for i, w := range ws {
		if i > 0 {
			text += " "
		}
		text += w.text
	}
	return text
}

// A compound is a run of words of a name that are one word.
type compound struct {
	words span // the run
	part  span // the words of it that are the name of another substance; may be empty
}

// compounds returns the compounds among the words of a name. isName is as for
// CutOff; isForm, which may be nil, reports whether a word belongs to forms.
func (s *Substances) compounds(ws []word, isName, isForm func(string) bool) []compound {
	if len(ws) < 2 || len(ws) > maxQueryWords {
		return nil
	}
	known := s.known(isName)
	modifies := func(w word) bool {
		return modifies(w) && (w.kind != letters || isForm == nil || !isForm(w.text))
	}
	var out []compound
	for i := 0; i < len(ws); {
		// Words that joined are a substance's name of one word are one: nikotin
		// amid.
		run := s.run(ws[i:])
		to := i + max(run.words, 1)
		if run.least == 1 {
			out = append(out, compound{words: span{uint32(i), uint32(to)}})
		} else if part := s.partOf(ws[i:to], run, known).moved(i); !part.empty() {
			out = append(out, compound{span{uint32(i), uint32(to)}, part})
		} else if part := s.modified(ws[i:], run.number, known, modifies).moved(i); !part.empty() {
			out = append(out, compound{span{uint32(i), part.hi}, part})
			to = max(to, int(part.hi))
		}
		i = to
	}
	return out
}

// A run is a number of words that are the name of a substance.
type run struct {
	words  int // 0 if there is none
	number int32
	least  int // words that the name is written in, at least
}

// run returns the longest run of several words that ws begins with.
func (s *Substances) run(ws []word) run {
	for n := min(len(ws), maxJoined); n > 1; n-- {
		if !continuous(ws[:n]) {
			continue
		}
		if found, ok := s.of(keyOf(ws[:n])); ok {
			return run{n, found.number, found.words}
		}
	}
	return run{number: -1}
}

// partOf returns the words, at the beginning or end of a name that is ws, that are
// the name of another substance: povidone of povidone iodine.
func (s *Substances) partOf(ws []word, r run, known func(ws []word) (int32, bool)) span {
	for n := 1; r.words > 0 && n < len(ws); n++ {
		for _, p := range []span{{0, uint32(n)}, {uint32(n), uint32(len(ws))}} {
			if other, ok := known(ws[p.lo:p.hi]); ok && other >= 0 && other != r.number {
				return p
			}
		}
	}
	return span{}
}

// known returns a function that reports whether words are the name of a
// substance, and its number, which is -1 for one beyond the list.
func (s *Substances) known(isName func(key string) bool) func(ws []word) (int32, bool) {
	return func(ws []word) (int32, bool) {
		key := keyOf(ws)
		if found, ok := s.of(key); ok {
			return found.number, true
		}
		return -1, isName != nil && isName(key)
	}
}

// modified returns the words, behind modifiers that begin ws, that are the name
// of a substance other than own: hydroxy urea. It returns an empty span if there
// are none.
func (s *Substances) modified(ws []word, own int32, known func(ws []word) (int32, bool), modifies func(word) bool) span {
	for from := 1; from < min(len(ws), maxJoined); from++ {
		if before := ws[from-1]; !modifies(before) || ws[from].apart {
			break
		}
		if _, ok := known(ws[from-1 : from]); ok {
			break
		}
		for to := min(len(ws), from+maxJoined); to > from; to-- {
			if !continuous(ws[from:to]) {
				continue
			}
			if n, ok := known(ws[from:to]); ok && (n < 0 || n != own) {
				return span{uint32(from), uint32(to)}
			}
		}
	}
	return span{}
}

// continuous reports whether nothing but spaces and hyphens separate the words,
// and all are letters.
func continuous(ws []word) bool {
	for i, w := range ws {
		if w.kind != letters || i > 0 && w.apart {
			return false
		}
	}
	return true
}

// modifies reports whether a word before a substance's name may make it that of
// another substance. Salts and what says how or from what a medicine is made do
// not.
func modifies(w word) bool {
	if w.kind == number {
		return len(w.text) == 1 // 5-aminosalicylic acid
	}
	if utf8.RuneCountInString(w.text) == 1 {
		return strings.Contains("srld", w.text) // S-citalopram
	}
	return w.kind == letters && !stopWords[w.text] && !qualifiers[w.text]
}

// isSubstance reports whether a word, folded, is the name of a substance, of the
// list or of a document.
func (x *Index) isSubstance(key string) bool {
	if _, ok := x.substances.of(key); ok {
		return true
	}
	s := x.phrases.equal(key)
	return !s.empty() && slices.Contains(x.phraseIsName[s.lo:s.hi], true)
}

// A named is a run of words of a query that is the name of a substance of the
// list.
type named struct {
	words  span
	number int32
}

// substancesIn returns the substances that the words name, the longest names
// first found.
func (x *Index) substancesIn(ws []word) []named {
	var out []named
	for i := 0; i < len(ws); {
		n := min(maxJoined, len(ws)-i)
		for ; n > 0; n-- {
			run := ws[i : i+n]
			if slices.ContainsFunc(run[1:], func(w word) bool { return w.apart }) {
				continue
			}
			s, ok := x.substances.of(keyOf(run))
			if !ok && n == 1 {
				if bare, has := withoutArticle(ws[i], true); has {
					s, ok = x.substances.of(bare)
				}
			}
			if ok {
				out = append(out, named{span{uint32(i), uint32(i + n)}, s.number})
				break
			}
		}
		i += max(n, 1)
	}
	return out
}

// distinct reports whether two words are names of two substances of the list.
func (x *Index) distinct(a, b string) bool {
	s, known := x.substances.of(a)
	o, other := x.substances.of(b)
	return known && other && s.number != o.number
}

// isListed reports whether a word is the name of a substance of the list.
func (x *Index) isListed(w uint32) bool {
	_, ok := x.substances.of(x.words.at(w))
	return ok
}
