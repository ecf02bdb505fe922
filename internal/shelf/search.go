package shelf

import (
	"iter"
	"slices"
	"strconv"

	"pharmacy/internal/search"
)

// newSearch returns a search index of the medicines: their names, synonyms and
// brands in every language, their categories and ATC codes, and the strengths,
// forms and packs of their variants. formNames returns the words for a form; it
// may be nil.
func newSearch(ix *index, formNames func(form string) []string) *search.Index {
	if formNames == nil {
		formNames = func(form string) []string { return []string{form} }
	}
	c := ix.catalogue
	return search.NewIndex(len(c.Groups), func(i int) search.Document {
		g := &c.Groups[i]
		d := search.Document{
			Names:    slices.Collect(values(g.Name.All())),
			Synonyms: slices.Concat(g.Synonyms, g.Brands),
			Items:    make([]search.Item, len(g.Variants)),
		}
		if at := ix.categoryOf[i]; at >= 0 {
			d.Keywords = slices.AppendSeq(slices.Clone(c.Categories[at].Synonyms), values(c.Categories[at].Name.All()))
		}
		if g.ATC != "" {
			d.Keywords = append(d.Keywords, g.ATC)
		}
		for j := range g.Variants {
			v := &g.Variants[j]
			item := search.Item{Names: slices.Collect(values(v.Name.All()))}
			if v.Brand != "" {
				item.Names = append(item.Names, v.Brand)
			}
			if v.Strength != "" {
				item.Words = append(item.Words, v.Strength)
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

// Search searches the medicines for a query in any of the languages. The
// documents of the result are indexes into Catalogue().Groups, its items
// indexes into a group's Variants.
func (s *Snapshot) Search(query string) search.Result { return s.search.Search(query) }

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
