package search

import (
	"encoding/binary"
	"index/suffixarray"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// A Document is the indexed content of a medicine. Texts may be in any language.
type Document struct {
	Names    []string // its name in every language
	Synonyms []string // other names and spellings of the substance
	Brands   []string
	Codes    []string // such as its ATC code
	Topics   []string // names and synonyms of its category: kinds of medicines, complaints
	// Descriptions say what the medicine is for, one text in each language.
	Descriptions []string
	Items        []Item // its variants, in display order
}

// An Item is a variant of a medicine.
type Item struct {
	Names  []string // names of its own: the product's full name
	Brands []string
	Words  []string // strength and names of its form
	Pack   string   // pack size; its number matches only if no strength does
}

// A Kind is the role of the text that matched a query. Better ones come first.
type Kind uint8

const (
	Name        Kind = iota // of the medicine
	Synonym                 // another name or spelling of the substance
	Brand                   // of the medicine
	ItemName                // of a variant
	ItemBrand               // of a variant
	Code                    // such as an ATC code
	Topic                   // its category
	Description             // what it is for
)

// names reports whether texts of this kind are names of substances, of which
// the beginning of a word and another language's spelling are answers.
func (k Kind) names() bool { return k == Name || k == Synonym || k == ItemName }

const (
	kindShift  = 29
	phraseMask = 1<<kindShift - 1
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

	phraseIsName []bool // some document has it as its name

	// Topics are matched by the stems of their words, whole.
	topics    table
	topicText []string // as written
	topicDocs postings // documents by topic, in order

	// The words of descriptions, stemmed.
	described     table
	describedRows postings // rows by word; a row is one description
	rowWords      postings // words by row, in order
	rowDoc        []uint32
	rowText       []uint8 // which of the document's descriptions it is

	substances *Substances

	docRefs  postings // by document: phrase | kind<<kindShift
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

	raw        map[string]uint32 // phrases by their written form
	phrases    map[string]uint32 // phrases by their folded form
	phraseKey  []string
	phraseText []string
	phraseList [][]word
	isName     []bool // by phrase: it is a name or synonym of some document

	substances *Substances

	topics     map[string]uint32
	topicLists map[string][]uint32 // topics by the written form
	topicText  []string
	topicDocs  [][]uint32

	described    map[string]uint32
	describedAll []string
	stems        map[string]uint32 // described words by the unstemmed form
	rows         postings          // words by description, in order
	said         postings          // words by description, as it says them
	rowDoc       []uint32
	rowText      []uint8

	setWords map[string]uint32
	setText  []string
	lines    map[string][]uint32 // set words by the written form
	sets     map[string]uint32
	setList  postings

	docRefs  postings
	docItems []uint32
	itemSet  []uint32

	itemNames bool

	row, ids []uint32
	setKey   []byte
}

// NewIndex returns an index of n documents. It calls doc once for each, in
// order, and retains only the names of the documents. The list of substances
// may be nil.
func NewIndex(n int, substances *Substances, doc func(i int) Document) *Index {
	b := &builder{
		words: map[string]uint32{}, raw: map[string]uint32{}, phrases: map[string]uint32{},
		setWords: map[string]uint32{}, lines: map[string][]uint32{}, sets: map[string]uint32{},
		topics: map[string]uint32{}, topicLists: map[string][]uint32{}, described: map[string]uint32{}, stems: map[string]uint32{},
		substances: substances,
		docItems:   []uint32{0},
	}
	for i := range n {
		b.add(uint32(i), doc(i))
	}
	return b.index()
}

func (b *builder) add(n uint32, d Document) {
	b.row = b.row[:0]
	ref := func(names []string, k Kind) {
		for _, name := range names {
			if p, ok := b.phrase(name); ok {
				b.row = append(b.row, p|uint32(k)<<kindShift)
			}
		}
	}
	ref(d.Names, Name)
	ref(d.Synonyms, Synonym)
	ref(d.Brands, Brand)
	for _, it := range d.Items {
		ref(it.Names, ItemName)
		ref(it.Brands, ItemBrand)
		b.itemNames = b.itemNames || len(it.Names)+len(it.Brands) > 0
	}
	ref(d.Codes, Code)

	// Keep each phrase once per kind.
	slices.Sort(b.row)
	b.row = slices.Compact(b.row)
	b.docRefs.add(b.row...)

	for _, text := range d.Topics {
		for _, t := range b.topicsOf(text) {
			if docs := b.topicDocs[t]; len(docs) == 0 || docs[len(docs)-1] != n {
				b.topicDocs[t] = append(docs, n)
			}
		}
	}
	for i, text := range d.Descriptions {
		b.describe(n, i, text)
	}
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
	ws := nameWords(name)
	if len(ws) == 0 {
		b.raw[name] = phraseMask
		return 0, false
	}
	var folded strings.Builder
	for _, w := range ws {
		if w.apart {
			folded.WriteByte(',')
		}
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
		b.phraseList = append(b.phraseList, ws)
	}
	b.raw[name] = p
	return p, true
}

// topicsOf returns the topics of a text such as "Pain and fever": the whole,
// and each part of it by itself.
func (b *builder) topicsOf(text string) []uint32 {
	if list, ok := b.topicLists[text]; ok {
		return list
	}
	var list []uint32
	for _, key := range topicKeys(text) {
		t, ok := b.topics[key]
		if !ok {
			t = uint32(len(b.topicText))
			b.topics[key] = t
			b.topicText = append(b.topicText, text)
			b.topicDocs = append(b.topicDocs, nil)
		}
		list = append(list, t)
	}
	b.topicLists[text] = list
	return list
}

// describe adds the description with number i of a document.
func (b *builder) describe(doc uint32, i int, text string) {
	b.ids = b.ids[:0]
	for _, w := range wordsOf(analyse(text)) {
		if w.kind != letters || stopWords[w.text] {
			continue
		}
		b.describeWord(w.text)
		// Arabic writes "and", "to" and "by" onto a word; Persian words that only
		// begin with these letters gain a stem that nobody asks for.
		if first, size := utf8.DecodeRuneInString(w.text); strings.ContainsRune("ولب", first) && utf8.RuneCountInString(w.text) > minStem {
			b.describeWord(w.text[size:])
		}
	}
	b.said.add(b.ids...)
	slices.Sort(b.ids)
	b.rows.add(slices.Compact(b.ids)...)
	b.rowDoc = append(b.rowDoc, doc)
	b.rowText = append(b.rowText, uint8(min(i, 255)))
}

func (b *builder) describeWord(w string) {
	id, ok := b.stems[w]
	if !ok {
		s := stem(w)
		if id, ok = b.described[s]; !ok {
			id = uint32(len(b.describedAll))
			b.described[s] = id
			b.describedAll = append(b.describedAll, s)
		}
		b.stems[w] = id
	}
	b.ids = append(b.ids, id)
}

// compounds joins the words of names that are one word: see
// [Substances.CutOff]. A part that is itself a name of the same medicine stays
// a word.
func (b *builder) compounds() {
	names, oneWord := map[string]bool{}, map[string]bool{}
	isName := make([]bool, len(b.phraseKey))
	b.isName = isName
	for _, ref := range b.docRefs.list {
		p, k := ref&phraseMask, Kind(ref>>kindShift)
		if k != Name && k != Synonym {
			continue
		}
		isName[p] = true
		if k == Name {
			names[b.phraseKey[p]] = true
		}
		if len(b.phraseList[p]) == 1 {
			oneWord[b.phraseKey[p]] = true
		}
	}
	found := map[uint32][]compound{}
	for p, ws := range b.phraseList {
		if !isName[p] || len(ws) < 2 {
			continue
		}
		if continuous(ws) && oneWord[b.phraseKey[p]] {
			found[uint32(p)] = []compound{{words: span{0, uint32(len(ws))}}}
			continue
		}
		cs := b.substances.compounds(ws, func(key string) bool { return names[key] }, func(w string) bool { _, ok := b.setWords[w]; return ok })
		if len(cs) > 0 {
			found[uint32(p)] = cs
		}
	}
	if len(found) == 0 {
		return
	}
	for row := range len(b.docRefs.off) - 1 {
		refs := b.docRefs.of(uint32(row))
		for _, ref := range refs {
			p := ref & phraseMask
			cs, ok := found[p]
			if !ok {
				continue
			}
			found[p] = slices.DeleteFunc(slices.Clone(cs), func(c compound) bool {
				return !c.part.empty() && b.hasName(refs, keyOf(b.phraseList[p][c.part.lo:c.part.hi]))
			})
		}
	}
	for p, cs := range found {
		ws := b.phraseList[p]
		var out []word
		at := uint32(0)
		for _, c := range cs {
			out = append(out, ws[at:c.words.lo]...)
			joined := word{text: keyOf(ws[c.words.lo:c.words.hi]), apart: ws[c.words.lo].apart}
			for _, w := range ws[c.words.lo:c.words.hi] {
				joined.parts = append(joined.parts, w.text)
			}
			out = append(out, joined)
			at = c.words.hi
		}
		b.phraseList[p] = append(out, ws[at:]...)
	}
}

// hasName reports whether a document with the given names has one of which a part
// is key, or another spelling of it.
func (b *builder) hasName(refs []uint32, key string) bool {
	return slices.ContainsFunc(refs, func(ref uint32) bool {
		k := Kind(ref >> kindShift)
		return (k == Name || k == Synonym) && b.substances.hasPart(b.phraseList[ref&phraseMask], key)
	})
}

// isSubstance reports whether the list has a name with the given key.
func (b *builder) isSubstance(key string) bool {
	_, ok := b.substances.of(key)
	return ok
}

// wordsOfPhrases numbers the words of the phrases.
func (b *builder) wordsOfPhrases() postings {
	var out postings
	for p, ws := range b.phraseList {
		b.ids = b.ids[:0]
		eachForm(ws, func(text string, how form) {
			switch how {
			case formHalf:
				return // methyl-prednisolone is found inside, not as prednisolone
			case formBare:
				// What looks like an article may be none: alfentanil in Arabic letters.
				if b.isSubstance(text) && slices.ContainsFunc(ws, func(w word) bool { return strings.HasSuffix(w.text, text) && b.isSubstance(w.text) }) {
					return
				}
			case formJoined:
				if !b.isName[p] && b.isSubstance(text) {
					return // a brand such as Pro-Caine
				}
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
		out.add(b.ids...)
	}
	return out
}

// wordsOfDocuments returns the words of each document's names.
func (b *builder) wordsOfDocuments(phraseWords *postings) postings {
	var out postings
	stamp := make([]uint32, len(b.wordText)) // by word: the last document that had it, plus one
	for doc := range max(0, len(b.docRefs.off)-1) {
		b.ids = b.ids[:0]
		for _, ref := range b.docRefs.of(uint32(doc)) {
			for _, w := range phraseWords.of(ref & phraseMask) {
				if stamp[w] != uint32(doc)+1 {
					stamp[w] = uint32(doc) + 1
					b.ids = append(b.ids, w)
				}
			}
		}
		out.add(b.ids...)
	}
	return out
}

// set returns the number of the word set of an item.
func (b *builder) set(it Item) uint32 {
	b.ids = b.ids[:0]
	for _, line := range it.Words {
		b.ids = append(b.ids, b.line("", stemSign, line)...)
	}
	for _, list := range [][]string{it.Names, it.Brands} {
		for _, line := range list {
			b.ids = append(b.ids, b.line("", "", line)...)
		}
	}
	if it.Pack != "" {
		b.ids = append(b.ids, b.line(packSign, stemSign, it.Pack)...)
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

// listSign marks amounts that follow each other in a strength: 10 mg/20 mg is
// neither 20 mg/10 mg nor 10 mg.
const listSign = "*"

// stemSign marks the stems of words of forms and packs among item words. Names
// have none.
const stemSign = "^"

// joinSign marks neighbours joined among item words: درد does not begin the
// دهان of "در دهان".
const joinSign = "&"

// line returns the item words of a text, whose numbers are prefixed with sign,
// and the stems of its words, prefixed with stems unless that is "".
func (b *builder) line(sign, stems, text string) []uint32 {
	name := sign + stems + text
	if ids, ok := b.lines[name]; ok {
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
	amounts := ""
	eachQuantity(ws, func(_, _ int, q quantity) {
		add("=" + q.key())
		first := amounts == ""
		if amounts += listSign + q.key(); !first {
			add(amounts)
		}
	})
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
	eachForm(ws, func(text string, how form) {
		if how == formJoined {
			add(joinSign + text) // not begun by a word that begins it
		} else {
			add(text)
		}
		if stems != "" && (how == formWhole || how == formJoined || how == formHalf) && !isDigit(rune(text[0])) {
			add(stems + stem(text))
		}
	})
	b.lines[name] = ids
	return ids
}

// index returns the finished Index.
func (b *builder) index() *Index {
	x := &Index{docItems: b.docItems, itemSet: slices.Clip(b.itemSet), sets: len(b.sets), itemNames: b.itemNames, substances: b.substances}
	b.compounds()
	phraseWords := b.wordsOfPhrases()
	docWords := b.wordsOfDocuments(&phraseWords)
	x.indexTopics(b)
	b.raw, b.phrases, b.lines, b.sets, b.words, b.phraseList = nil, nil, nil, nil, nil, nil

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
		list: make([]uint32, 0, len(phraseWords.list)),
	}
	for i, old := range phraseOrder {
		x.phraseText[i] = b.phraseText[old]
		x.phraseLen[i] = uint8(min(utf8.RuneCountInString(x.phrases.at(uint32(i))), 255))
		b.ids = b.ids[:0]
		for _, w := range phraseWords.of(old) {
			b.ids = append(b.ids, wordPlace[w])
		}
		x.phraseWords.add(b.ids...)
	}

	x.phraseIsName = make([]bool, len(phraseOrder))
	for i, ref := range b.docRefs.list {
		p := phrasePlace[ref&phraseMask]
		b.docRefs.list[i] = p | ref&^phraseMask
		x.phraseIsName[p] = x.phraseIsName[p] || Kind(ref>>kindShift) == Name
	}
	x.docRefs = b.docRefs.clipped()

	for i, w := range docWords.list {
		docWords.list[i] = wordPlace[w]
	}
	x.wordPostings = docWords.inverted(x.words.len())

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

// indexTopics indexes the topics and descriptions.
func (x *Index) indexTopics(b *builder) {
	keys := make([]string, len(b.topicText))
	for key, t := range b.topics {
		keys[t] = key
	}
	topicOrder, _ := order(keys)
	x.topics = newTable(len(keys), func(i int) string { return keys[topicOrder[i]] })
	for _, old := range topicOrder {
		x.topicText = append(x.topicText, b.topicText[old])
		x.topicDocs.add(b.topicDocs[old]...)
	}
	wordOrder, place := order(b.describedAll)
	x.described = newTable(len(wordOrder), func(i int) string { return b.describedAll[wordOrder[i]] })
	for i, w := range b.rows.list {
		b.rows.list[i] = place[w]
	}
	for i, w := range b.said.list {
		b.said.list[i] = place[w]
	}
	x.describedRows = b.rows.inverted(x.described.len())
	x.rowWords = b.said.clipped()
	x.rowDoc, x.rowText = slices.Clip(b.rowDoc), slices.Clip(b.rowText)
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
