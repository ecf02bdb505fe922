package shelf

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/search"
)

// newSearch returns a search index of the medicines: their names, synonyms and
// brands in every language, their categories, ATC codes and descriptions, and
// the strengths, forms and packs of their variants.
func newSearch(ix *index, options Options) *search.Index {
	formNames := options.Words.FormNames
	if formNames == nil {
		formNames = func(form string) []string { return []string{form} }
	}
	c := ix.catalogue
	return search.NewIndex(len(c.Groups), options.Words.Substances, func(i int) search.Document {
		g := &c.Groups[i]
		if options.Indexed != nil && !options.Indexed(g) {
			return search.Document{Items: make([]search.Item, len(g.Variants))}
		}
		d := search.Document{
			Names:        slices.Collect(values(g.Name.All())),
			Synonyms:     g.Synonyms,
			Brands:       g.Brands,
			Descriptions: slices.Collect(values(g.Description.All())),
			Items:        make([]search.Item, len(g.Variants)),
		}
		if at := ix.categoryOf[i]; at >= 0 {
			d.Topics = slices.Collect(values(c.Categories[at].Name.All()))
			d.Topics = append(d.Topics, c.Categories[at].Synonyms...)
		}
		d.Codes = g.ATCs()
		for j := range g.Variants {
			v := &g.Variants[j]
			item := search.Item{Names: slices.Collect(values(v.Name.All()))}
			if v.Brand != "" {
				item.Brands = []string{v.Brand}
			}
			if v.Strength != "" {
				item.Words = append(item.Words, catalogue.StrengthWords(v.Strength))
			}
			if v.Form != "" {
				item.Words = append(item.Words, formNames(v.Form)...)
			}
			if v.Pack.Unit != "" {
				item.Pack = strconv.FormatFloat(v.Pack.Amount, 'f', -1, 64) + " " + v.Pack.Unit
			}
			d.Items[j] = item
		}
		return d
	})
}

func values(pairs iter.Seq2[string, string]) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, v := range pairs {
			if !yield(v) {
				return
			}
		}
	}
}

// Search searches the medicines for a query in any of the languages, or for a
// variant by its id, such as a barcode. The documents of the result are indexes
// into Catalogue().Groups, its items indexes into a group's Variants.
func (s *Snapshot) Search(query string) search.Result {
	if v, ok := s.variantByCode(query); ok {
		ref := s.refs[v]
		hit := search.Hit{Doc: int(s.groupAt[ref.Group.ID]), Rank: search.Exact, Kind: search.Code, Name: ref.Variant.ID}
		if len(ref.Group.Variants) > 1 {
			hit.Items = []int32{v - s.firstOf[hit.Doc]}
		}
		return search.Result{Hits: []search.Hit{hit}}
	}
	return s.search.Search(query)
}

// variantByCode returns the number of the variant with an id as people type it:
// with digits of any script, and with spaces or hyphens in a number. A GTIN is
// the same with and without leading zeros (GS1 General Specifications, section
// 2.1).
func (s *Snapshot) variantByCode(query string) (int32, bool) {
	if len(query) > 2*catalogue.MaxIDLength {
		return 0, false
	}
	text := catalogue.WesternDigits(query)
	if v, ok := s.variantAt[text]; ok {
		return v, true
	}
	if v, ok := s.variantAt[strings.ToLower(text)]; ok {
		return v, true
	}
	number := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, text)
	if len(number) < 6 || strings.Trim(number, "0123456789") != "" {
		return 0, false
	}
	bare := strings.TrimLeft(number, "0")
	for zeros := range 7 {
		if v, ok := s.variantAt[strings.Repeat("0", zeros)+bare]; ok {
			return v, true
		}
	}
	return 0, false
}

// nearCategories is the maximum number of categories that Categories returns.
const nearCategories = 2

// Categories returns the categories that most of what a search found, or of
// what is related to its query, belongs to.
func (s *Snapshot) Categories(result search.Result) []*catalogue.Category {
	counts := map[int32]int{}
	count := func(doc, n int) {
		if at := s.categoryOf[doc]; at >= 0 {
			counts[at] += n
		}
	}
	for _, h := range result.Hits {
		count(h.Doc, 1)
	}
	if len(result.Hits) == 0 {
		for _, doc := range result.Related {
			count(doc, 1)
		}
		for _, list := range [][]search.Suggestion{result.Suggestions, result.Named} {
			for _, o := range list {
				count(o.Doc, 3)
			}
		}
	}
	order := slices.SortedFunc(maps.Keys(counts), func(a, b int32) int {
		return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b))
	})
	var out []*catalogue.Category
	for _, at := range order[:min(len(order), nearCategories)] {
		out = append(out, &s.catalogue.Categories[at])
	}
	return out
}

// ListFound returns one page of the variants in a search result that also match
// q. They are sorted by q.Sort, or by relevance if that is "". It visits every
// variant found but allocates only those of the page.
func (s *Snapshot) ListFound(q Query, result search.Result) ListPage {
	each := s.foundBest
	if q.Sort != "" {
		each = s.foundInOrder
	}
	p := ListPage{}
	for range s.foundBest(q, result) {
		p.Total++
	}
	p.Pages = max(1, (p.Total+PageSize-1)/PageSize)
	p.Number = min(max(1, q.Page), p.Pages)
	from := (p.Number - 1) * PageSize
	to := min(from+PageSize, p.Total)
	if from < to {
		p.From, p.To = from+1, to
		p.Items = make([]Ref, 0, to-from)
		n := 0
		for v := range each(q, result) {
			if n++; n > from {
				p.Items = append(p.Items, s.refs[v])
			}
			if n == to {
				break
			}
		}
	}
	return p
}

// foundBest returns the numbers of the variants in a search result that match a
// query, best first.
func (s *Snapshot) foundBest(q Query, result search.Result) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for _, hit := range result.Hits {
			g := &s.catalogue.Groups[hit.Doc]
			if q.Group != "" && g.ID != q.Group || q.Category != "" && g.Category != q.Category {
				continue
			}
			for j := range eachItem(hit, len(g.Variants)) {
				if (q.Form == "" || g.Variants[j].Form == q.Form) && !yield(s.firstOf[hit.Doc]+int32(j)) {
					return
				}
			}
		}
	}
}

// foundInOrder is like foundBest, but in the query's sort order.
func (s *Snapshot) foundInOrder(q Query, result search.Result) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		if len(result.Hits) == 0 {
			return
		}
		found := make([]uint64, (len(s.refs)+63)/64)
		for v := range s.foundBest(q, result) {
			found[v/64] |= 1 << (v % 64)
		}
		for _, v := range s.find(q) {
			if found[v/64]>>(v%64)&1 != 0 && !yield(v) {
				return
			}
		}
	}
}

// eachItem returns the indexes of a hit's variants: all n of them if the hit
// has no items.
func eachItem(hit search.Hit, n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		if hit.Items == nil {
			for j := range n {
				if !yield(j) {
					return
				}
			}
			return
		}
		for _, j := range hit.Items {
			if !yield(int(j)) {
				return
			}
		}
	}
}
