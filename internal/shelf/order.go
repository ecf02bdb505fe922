package shelf

import (
	"bytes"
	"cmp"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"pharmacy/internal/catalogue"
)

// languageAt returns the index of a language in [catalogue.Languages], or that
// of English, 0, for any other language.
func languageAt(lang string) int { return max(0, slices.Index(catalogue.Languages[:], lang)) }

// Sort is a sort order of a listing.
type Sort string

// The sort orders. Variants with equal values are sorted by name. Variants
// without a value come last, also by name.
const (
	SortName      Sort = "name" // then brand, form, strength and pack
	SortPriceAsc  Sort = "price_asc"
	SortPriceDesc Sort = "price_desc"
	SortUnitPrice Sort = "unit_price" // pieces, then millilitres, then grams
	SortExpiry    Sort = "expiry"     // earliest first
)

// Sorts returns all sort orders, the default first.
func Sorts() []Sort {
	return []Sort{SortName, SortPriceAsc, SortPriceDesc, SortUnitPrice, SortExpiry}
}

const sortCount = 5

// sortAt returns the index of a sort order in Sorts, or 0, the default, if it
// is unknown.
func sortAt(s Sort) int { return max(0, slices.Index(Sorts(), s)) }

// order is a permutation of all variants, as numbers, with its partition by
// each cut. Each partition is computed on first use, in one pass.
type order struct {
	all   []int32
	parts [cutCount]struct {
		once sync.Once
		all  []int32
	}
}

// cut partitions the variants by a key, such as their category.
type cut struct {
	keys   []int32 // of each variant; -1 if it has none
	starts []int32 // start of each key's variants, and the end
}

// The cuts. A group belongs to one category, so these cover all queries.
const (
	byCategory = iota
	byForm
	byGroup
	byCategoryForm
	byGroupForm
	cutCount
)

// newCut returns the cut by keys, which are less than n.
func newCut(keys []int32, n int) cut {
	starts := make([]int32, n+1)
	for _, k := range keys {
		if k >= 0 {
			starts[k+1]++
		}
	}
	for i := range n {
		starts[i+1] += starts[i]
	}
	return cut{keys, starts}
}

// part returns the variants with a key of a cut, in order.
func (o *order) part(which int, c *cut, key int32) []int32 {
	p := &o.parts[which]
	p.once.Do(func() {
		next := slices.Clone(c.starts)
		p.all = make([]int32, c.starts[len(c.starts)-1])
		for _, v := range o.all {
			if k := c.keys[v]; k >= 0 {
				p.all[next[k]] = v
				next[k]++
			}
		}
	})
	return p.all[c.starts[key]:c.starts[key+1]]
}

// sorter holds the sort keys that all languages share.
type sorter struct {
	refs    []Ref
	names   []catalogue.Text // of the groups, and then of variants with names of their own
	nameOf  []int32          // of each variant, a place in names
	brands  []string
	brandOf []int32
	// rest is the position of each variant by form, strength, pack and file
	// order. restAt is its inverse.
	rest, restAt []int32
	// values are the sort keys of the variants in each order except the first,
	// below valueLimit.
	values [sortCount][]uint64
}

const (
	// A variant's number fits in numberBits, because of
	// catalogue.MaxVariants. A value takes the rest of 64 bits.
	numberBits = 21
	valueLimit = 1 << (64 - numberBits)
	// unknown sorts after every value.
	unknown = valueLimit - 1
)

func newSorter(groups []catalogue.Group, refs []Ref, groupOf []int32) *sorter {
	s := &sorter{refs: refs, nameOf: make([]int32, len(refs)), brandOf: make([]int32, len(refs))}
	s.names = make([]catalogue.Text, len(groups), len(groups)+1)
	for i := range groups {
		s.names[i] = groups[i].Name
	}
	brands := map[string]int32{}
	for i, r := range refs {
		s.nameOf[i] = groupOf[i]
		if !r.Variant.Name.IsZero() {
			s.nameOf[i] = int32(len(s.names))
			s.names = append(s.names, r.Variant.Name)
		}
		at, found := brands[r.Variant.Brand]
		if !found {
			at = int32(len(s.brands))
			brands[r.Variant.Brand] = at
			s.brands = append(s.brands, r.Variant.Brand)
		}
		s.brandOf[i] = at
	}
	s.restAt = make([]int32, len(refs))
	measures := map[string]catalogue.Measure{}
	for i, r := range refs {
		s.restAt[i] = int32(i)
		if _, found := measures[r.Variant.Strength]; !found {
			measures[r.Variant.Strength] = catalogue.MeasureOf(r.Variant.Strength)
		}
	}
	strengths := slices.Collect(maps.Keys(measures))
	slices.SortFunc(strengths, func(a, b string) int { return measures[a].Compare(measures[b]) })
	rank := make(map[string]int32, len(strengths))
	for i, strength := range strengths {
		rank[strength] = int32(i)
		if i > 0 && measures[strength].Compare(measures[strengths[i-1]]) == 0 {
			rank[strength] = rank[strengths[i-1]] // written in another way
		}
	}
	strengthOf := make([]int32, len(refs))
	for i, r := range refs {
		strengthOf[i] = rank[r.Variant.Strength]
	}
	slices.SortFunc(s.restAt, func(a, b int32) int {
		v, w := refs[a].Variant, refs[b].Variant
		if v.Form != w.Form {
			return strings.Compare(v.Form, w.Form)
		}
		if c := cmp.Compare(strengthOf[a], strengthOf[b]); c != 0 {
			return c
		}
		if v.Pack.Unit != w.Pack.Unit {
			return strings.Compare(v.Pack.Unit, w.Pack.Unit)
		}
		if c := cmp.Compare(v.Pack.Amount, w.Pack.Amount); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
	s.rest = make([]int32, len(refs))
	for place, v := range s.restAt {
		s.rest[v] = int32(place)
	}
	for i := 1; i < sortCount; i++ {
		s.values[i] = make([]uint64, len(refs))
	}
	for i, r := range refs {
		price, descending, unit, expiry := uint64(unknown), uint64(unknown), uint64(unknown), uint64(unknown)
		if r.Variant.Price.Known {
			price = uint64(r.Variant.Price.Amount)
			descending = uint64(catalogue.MaxAmount - r.Variant.Price.Amount)
		}
		if exact, kind, ok := r.Variant.ExactUnitPrice(); ok {
			// Millionths distinguish unit prices of large packs. Prices above
			// the limit compare equal.
			const limit = 1 << 40
			unit = uint64(kind)*limit + uint64(min(math.Round(exact*1000), limit-1))
		}
		if r.Variant.Expiry.Known() {
			expiry = uint64(r.Variant.Expiry.Last())
		}
		s.values[1][i], s.values[2][i], s.values[3][i], s.values[4][i] = price, descending, unit, expiry
	}
	return s
}

// orders returns all orders for one language, and the position of each group
// by name. Equal names have equal positions.
func (s *sorter) orders(lang string) (orders [sortCount][]int32, groupPlaces []int32) {
	texts := make([]string, len(s.names))
	for i, t := range s.names {
		texts[i] = sortText(t.In(lang))
	}
	names := places(lang, texts)
	brands := places(lang, s.brands)

	n := len(s.refs)
	restBits := bits.Len(uint(n))
	brandBits := bits.Len(uint(len(s.brands)))
	keys := make([]uint64, n)
	for v := range keys {
		keys[v] = (uint64(names[s.nameOf[v]])<<brandBits|uint64(brands[s.brandOf[v]]))<<restBits | uint64(s.rest[v])
	}
	slices.Sort(keys)
	byName := make([]int32, n)
	place := make([]uint64, n)
	for i, k := range keys {
		byName[i] = s.restAt[k&(1<<restBits-1)]
		place[byName[i]] = uint64(i)
	}
	orders[0] = byName
	for which := 1; which < sortCount; which++ {
		for v, value := range s.values[which] {
			keys[v] = value<<numberBits | place[v]
		}
		slices.Sort(keys)
		o := make([]int32, n)
		for i, k := range keys {
			o[i] = byName[k&(1<<numberBits-1)]
		}
		orders[which] = o
	}
	return orders, names
}

// places returns the position of each text in the language's alphabetical
// order. Texts with equal collation keys have the same position.
func places(lang string, texts []string) []int32 {
	// A Collator is not safe for concurrent use.
	collator := collate.New(language.MustParse(lang), collate.Numeric)
	keys := make([][]byte, len(texts))
	sorted := make([]int32, len(texts))
	var buffer collate.Buffer
	var chunk []byte // keys in chunks, since collate.Buffer would grow by copying
	for i, t := range texts {
		buffer.Reset()
		first, second := collator.KeyFromString(&buffer, t), []byte(nil)
		if lang == "ar" {
			if second = first; !isASCII(t) {
				first = collator.KeyFromString(&buffer, foldArabic.Replace(t))
			}
		}
		if cap(chunk)-len(chunk) < 1+len(first)+len(second) {
			chunk = make([]byte, 0, max(64<<10, 1+len(first)+len(second)))
		}
		from := len(chunk)
		chunk = append(chunk, scriptPlace(lang, t))
		chunk = append(chunk, first...)
		chunk = append(chunk, second...)
		keys[i] = chunk[from:]
		sorted[i] = int32(i)
	}
	slices.SortFunc(sorted, func(a, b int32) int { return bytes.Compare(keys[a], keys[b]) })
	at := make([]int32, len(texts))
	for i, t := range sorted {
		if i > 0 {
			at[t] = at[sorted[i-1]]
			if !bytes.Equal(keys[t], keys[sorted[i-1]]) {
				at[t]++
			}
		}
	}
	return at
}

// isASCII reports whether a text has only ASCII characters.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldArabic maps letters such as alef with hamza to their base letters. The
// collator sorts them as separate letters, but in CLDR's Arabic collation they
// differ from the base letters only at a lower level.
var foldArabic = strings.NewReplacer("أ", "ا", "إ", "ا", "ٱ", "ا", "ؤ", "ا", "ئ", "ا", "ء", "ا", "ى", "ي", "ی", "ي", "ة", "ت")

// scriptPlace returns a sort prefix that puts texts in the language's script
// before those in others, and texts that begin with no letter before both, as
// CLDR does.
func scriptPlace(lang, text string) byte {
	first, _ := utf8.DecodeRuneInString(text)
	arabic := lang == "fa" || lang == "ar"
	switch {
	case !unicode.IsLetter(first):
		return 0
	case unicode.Is(unicode.Arabic, first) == arabic:
		return 1
	}
	return 2
}

// sortText returns the name without the symbols that precede its first letter
// or digit.
func sortText(name string) string {
	s := strings.TrimLeftFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if s == "" {
		return name
	}
	return s
}
