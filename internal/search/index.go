package search

import (
	"encoding/binary"
	"index/suffixarray"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// A Document is the indexed content of a medicine.
type Document struct {
	Names    []string // its name in every language
	Synonyms []string // other names, brands, spellings
	Keywords []string // category, ATC code; ranked below names
	Items    []Item   // its variants, in display order
}

// An Item is a variant of a medicine.
type Item struct {
	Names []string // names of its own: a brand, the product's full name
	Words []string // strength and names of its form
	Pack  string   // pack size; its number matches only if no strength does
}

// A class is the role of a name in its document. Better ones come first.
type class uint8

const (
	className class = iota
	classSynonym
	classItem
	classKeyword
)

const (
	classShift = 30
	phraseMask = 1<<classShift - 1
)

// An Index is an inverted index of documents. It is immutable and safe for
// concurrent use.
type Index struct {
	words        table    // the dictionary: words of names, and neighbours joined
	wordPostings postings // documents by word
	wordLen      []uint8  // in runes, at most 255; 0 for words that are never suggested
	wordSig      []uint64 // letter set of each word, to filter similar words
	sounds       []sounding

	// A suffix array for substring search in words. It omits joined
	// neighbours, whose substrings are in a single word or span two.
	inner     *suffixarray.Index
	innerOff  []uint32
	innerWord []uint32

	// The distinct names, called phrases, sorted by key. The key is the words
	// of the name without spaces.
	phrases     table
	phraseText  []string // as written
	phraseLen   []uint8  // of the key in runes, at most 255
	phraseWords postings // by phrase

	docRefs  postings // by document: phrase | class<<classShift
	docItems []uint32 // where the items of each document begin, and the end
	itemSet  []uint32 // by item: its word set

	// A word set is the set of words that match an item. Few are distinct.
	setWords    table    // the dictionary of item words
	setPostings postings // word sets by item word
	setWordSig  []uint64
	sets        int
	itemNames   bool // some items have names of their own

	pool sync.Pool // of *scratch
}

// A sounding is a word with the hash of its sound key.
type sounding struct {
	hash uint32
	word uint32
}

// A builder builds an Index. It numbers words and phrases in order of
// appearance, and renumbers them in sorted order at the end.
type builder struct {
	words    map[string]uint32
	wordText []string
	wordForm []form // the plainest it has

	raw         map[string]uint32 // phrases by their written form
	phrases     map[string]uint32 // phrases by their folded form
	phraseKey   []string
	phraseText  []string
	phraseWords postings

	setWords map[string]uint32
	setText  []string
	lines    map[string][]uint32 // set words by the written form
	sets     map[string]uint32
	setList  postings

	docRefs  postings
	docWords postings
	docItems []uint32
	itemSet  []uint32

	itemNames bool

	stamp    []uint32 // by word: the last document that had it, plus one
	row, ids []uint32
	setKey   []byte
}

// NewIndex returns an index of n documents. It calls doc once for each, in
// order, and retains only the names of the documents.
func NewIndex(n int, doc func(i int) Document) *Index {
	b := &builder{
		words: map[string]uint32{}, raw: map[string]uint32{}, phrases: map[string]uint32{},
		setWords: map[string]uint32{}, lines: map[string][]uint32{}, sets: map[string]uint32{},
		docItems: []uint32{0},
	}
	for i := range n {
		b.add(uint32(i), doc(i))
	}
	return b.index()
}

func (b *builder) add(n uint32, d Document) {
	b.row = b.row[:0]
	ref := func(names []string, c class) {
		for _, name := range names {
			if p, ok := b.phrase(name); ok {
				b.row = append(b.row, p|uint32(c)<<classShift)
			}
		}
	}
	ref(d.Names, className)
	ref(d.Synonyms, classSynonym)
	for _, it := range d.Items {
		ref(it.Names, classItem)
		b.itemNames = b.itemNames || len(it.Names) > 0
	}
	ref(d.Keywords, classKeyword)

	// Keep each phrase once per class.
	slices.Sort(b.row)
	b.row = slices.Compact(b.row)
	b.docRefs.add(b.row...)

	for len(b.stamp) < len(b.wordText) {
		b.stamp = append(b.stamp, 0)
	}
	b.ids = b.ids[:0]
	for _, ref := range b.row {
		for _, w := range b.phraseWords.of(ref & phraseMask) {
			if b.stamp[w] != n+1 {
				b.stamp[w] = n + 1
				b.ids = append(b.ids, w)
			}
		}
	}
	b.docWords.add(b.ids...)

	for _, it := range d.Items {
		b.itemSet = append(b.itemSet, b.set(it))
	}
	b.docItems = append(b.docItems, uint32(len(b.itemSet)))
}

// phrase returns the number of a name, or false if it has no words.
func (b *builder) phrase(name string) (uint32, bool) {
	if p, ok := b.raw[name]; ok {
		return p, p != phraseMask
	}
	ps := analyse(name)
	if len(ps) > 4*maxQueryWords {
		ps = ps[:4*maxQueryWords] // no query reaches further
	}
	ws := withCodes(withoutStopWords(wordsOf(ps)), func(string) bool { return true })
	if len(ws) == 0 {
		b.raw[name] = phraseMask
		return 0, false
	}
	var folded strings.Builder
	for _, w := range ws {
		folded.WriteString(w.text)
		for _, part := range w.parts {
			folded.WriteByte(0)
			folded.WriteString(part)
		}
		folded.WriteByte(' ')
	}
	p, ok := b.phrases[folded.String()]
	if !ok {
		p = uint32(len(b.phraseKey))
		b.phrases[folded.String()] = p
		b.phraseKey = append(b.phraseKey, keyOf(ws))
		b.phraseText = append(b.phraseText, name)
		b.ids = b.ids[:0]
		eachForm(ws, func(text string, how form) {
			if how == formHalf {
				return // methyl-prednisolone is found inside, not as prednisolone
			}
			w, ok := b.words[text]
			if !ok {
				w = uint32(len(b.wordText))
				b.words[text] = w
				b.wordText = append(b.wordText, text)
				b.wordForm = append(b.wordForm, how)
			}
			b.wordForm[w] = min(b.wordForm[w], how)
			if !slices.Contains(b.ids, w) {
				b.ids = append(b.ids, w)
			}
		})
		b.phraseWords.add(b.ids...)
	}
	b.raw[name] = p
	return p, true
}

// set returns the number of the word set of an item.
func (b *builder) set(it Item) uint32 {
	b.ids = b.ids[:0]
	for _, line := range it.Words {
		b.ids = append(b.ids, b.line("", line)...)
	}
	for _, line := range it.Names {
		b.ids = append(b.ids, b.line("", line)...)
	}
	if it.Pack != "" {
		b.ids = append(b.ids, b.line(packSign, it.Pack)...)
	}
	slices.Sort(b.ids)
	b.ids = slices.Compact(b.ids)
	b.setKey = b.setKey[:0]
	for _, id := range b.ids {
		b.setKey = binary.LittleEndian.AppendUint32(b.setKey, id)
	}
	s, ok := b.sets[string(b.setKey)]
	if !ok {
		s = uint32(len(b.sets))
		b.sets[string(b.setKey)] = s
		b.setList.add(b.ids...)
	}
	return s
}

// packSign marks the numbers of packs among item words. They match less well
// than strengths: "aspirin 100" means 100 mg rather than 100 tablets of 75 mg.
const packSign = "#"

// line returns the item words of a text, whose numbers are prefixed with sign.
func (b *builder) line(sign, text string) []uint32 {
	if ids, ok := b.lines[sign+text]; ok {
		return ids
	}
	var ids []uint32
	add := func(text string) {
		id, ok := b.setWords[text]
		if !ok {
			id = uint32(len(b.setText))
			b.setWords[text] = id
			b.setText = append(b.setText, text)
		}
		ids = append(ids, id)
	}
	ws := wordsOf(analyse(text))
	eachQuantity(ws, func(_, _ int, q quantity) { add("=" + q.key()) })
	for _, q := range sums(ws) {
		// The sum of a combination's strengths, as amounts and as numbers.
		add("~" + q.key())
		for _, name := range []string{"mg", "g", "mcg"} {
			if n := q.milli / unitForms[name].factor; n > 0 && n*unitForms[name].factor == q.milli {
				add("~" + formatInt(n))
				break
			}
		}
	}
	// A unit is no word: the g of "1 g" does not make it penicillin G.
	for i := range ws {
		if ws[i].kind == unit {
			ws[i].text = "+" + ws[i].text
		}
	}
	for i := range ws {
		if ws[i].kind == number {
			ws[i].text = sign + ws[i].text
		}
	}
	eachForm(ws, func(text string, _ form) { add(text) })
	b.lines[sign+text] = ids
	return ids
}

// index returns the finished Index.
func (b *builder) index() *Index {
	x := &Index{docItems: b.docItems, itemSet: slices.Clip(b.itemSet), sets: len(b.sets), itemNames: b.itemNames}
	b.raw, b.phrases, b.lines, b.sets, b.words = nil, nil, nil, nil, nil

	var wg sync.WaitGroup
	var wordOrder, wordPlace, phraseOrder, phrasePlace, setOrder, setPlace []uint32
	wg.Go(func() { wordOrder, wordPlace = order(b.wordText) })
	wg.Go(func() { phraseOrder, phrasePlace = order(b.phraseKey) })
	wg.Go(func() { setOrder, setPlace = order(b.setText) })
	wg.Wait()

	x.words = newTable(len(wordOrder), func(i int) string { return b.wordText[wordOrder[i]] })
	x.phrases = newTable(len(phraseOrder), func(i int) string { return b.phraseKey[phraseOrder[i]] })
	x.setWords = newTable(len(setOrder), func(i int) string { return b.setText[setOrder[i]] })
	b.wordText, b.phraseKey, b.setText = nil, nil, nil

	x.phraseText = make([]string, len(phraseOrder))
	x.phraseLen = make([]uint8, len(phraseOrder))
	x.phraseWords = postings{
		off:  append(make([]uint32, 0, len(phraseOrder)+1), 0),
		list: make([]uint32, 0, len(b.phraseWords.list)),
	}
	for i, old := range phraseOrder {
		x.phraseText[i] = b.phraseText[old]
		x.phraseLen[i] = uint8(min(utf8.RuneCountInString(x.phrases.at(uint32(i))), 255))
		b.ids = b.ids[:0]
		for _, w := range b.phraseWords.of(old) {
			b.ids = append(b.ids, wordPlace[w])
		}
		x.phraseWords.add(b.ids...)
	}

	for i, ref := range b.docRefs.list {
		b.docRefs.list[i] = phrasePlace[ref&phraseMask] | ref&^phraseMask
	}
	x.docRefs = b.docRefs.clipped()

	for i, w := range b.docWords.list {
		b.docWords.list[i] = wordPlace[w]
	}
	x.wordPostings = b.docWords.inverted(x.words.len())

	for i, w := range b.setList.list {
		b.setList.list[i] = setPlace[w]
	}
	x.setPostings = b.setList.inverted(x.setWords.len())

	wg.Go(func() { x.indexInner(wordOrder, b.wordForm) })
	wg.Go(func() { x.indexLetters(wordOrder, b.wordForm) })
	wg.Go(x.indexSounds)
	wg.Wait()
	x.pool.New = func() any { return newScratch(x) }
	return x
}

// order returns the sorted order of texts, and its inverse.
func order(texts []string) (order, place []uint32) {
	order = make([]uint32, len(texts))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return strings.Compare(texts[a], texts[b]) })
	place = make([]uint32, len(texts))
	for i, old := range order {
		place[old] = uint32(i)
	}
	return order, place
}

func (x *Index) indexInner(wordOrder []uint32, forms []form) {
	var text []byte
	for i, old := range wordOrder {
		w := x.words.at(uint32(i))
		if forms[old] != formWhole || isDigit(rune(w[0])) || utf8.RuneCountInString(w) <= minInner {
			continue
		}
		x.innerOff = append(x.innerOff, uint32(len(text)))
		x.innerWord = append(x.innerWord, uint32(i))
		text = append(append(text, w...), '\n')
	}
	x.innerOff = slices.Clip(x.innerOff)
	x.innerWord = slices.Clip(x.innerWord)
	x.inner = suffixarray.New(slices.Clip(text))
}

func (x *Index) indexLetters(wordOrder []uint32, forms []form) {
	x.wordLen = make([]uint8, x.words.len())
	x.wordSig = make([]uint64, x.words.len())
	for i := range x.wordLen {
		if forms[wordOrder[i]] == formBare {
			continue
		}
		w := x.words.at(uint32(i))
		x.wordLen[i] = uint8(min(utf8.RuneCountInString(w), 255))
		x.wordSig[i] = signature(w)
	}
	x.setWordSig = make([]uint64, x.setWords.len())
	for i := range x.setWordSig {
		x.setWordSig[i] = signature(x.setWords.at(uint32(i)))
	}
}

func (x *Index) indexSounds() {
	for i := range x.words.len() {
		if key := sound(x.words.at(uint32(i))); key != "" {
			x.sounds = append(x.sounds, sounding{hash(key), uint32(i)})
		}
	}
	slices.SortFunc(x.sounds, func(a, b sounding) int {
		if a.hash != b.hash {
			return int(int64(a.hash) - int64(b.hash))
		}
		return int(int64(a.word) - int64(b.word))
	})
	x.sounds = slices.Clip(x.sounds)
}

// hash returns the FNV-1a hash of s. Callers compare the full keys as well.
func hash(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}
