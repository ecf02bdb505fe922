package catalogue

import (
	"iter"
	"slices"
	"strconv"

	"pharmacy/internal/search"
)

// newSearch indexes the medicines for searching: names, synonyms and brands
// in every language, category and ATC code, and, for narrowing, strengths,
// forms and packs. formNames gives the words for a form; it may be nil.
func newSearch(ix *index, formNames func(form string) []string) *search.Index {
	if formNames == nil {
		formNames = func(form string) []string { return []string{form} }
	}
	c := ix.catalogue
	return search.NewIndex(len(c.Groups), func(i int) search.Document {
		g := &c.Groups[i]
		d := search.Document{
			Names:    slices.Collect(values(g.Name.All())),
			Synonyms: g.Synonyms,
			Items:    make([]search.Item, len(g.Variants)),
		}
		if at := ix.categoryOf[i]; at >= 0 {
			d.Keywords = slices.Collect(values(c.Categories[at].Name.All()))
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
				item.Words = append(item.Words, strconv.FormatFloat(v.Pack.Amount, 'f', -1, 64)+" "+v.Pack.Unit)
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

// Search finds medicines by what a visitor typed, in any of the languages.
// A result's documents are places in Catalogue().Groups, its items places in
// a group's variants.
func (s *Snapshot) Search(query string) search.Result { return s.search.Search(query) }

// ListFound gives one page of the variants that a search found and that the
// rest of the query lets through: best first, or, when sorted, in the
// query's order.
func (s *Snapshot) ListFound(q Query, sorted bool, result search.Result) ListPage {
	var found []Ref
	if sorted {
		found = s.inOrder(q, result)
	} else {
		for _, hit := range result.Hits {
			g := &s.catalogue.Groups[hit.Doc]
			if q.Group != "" && g.ID != q.Group || q.Category != "" && g.Category != q.Category {
				continue
			}
			for j := range eachItem(hit, len(g.Variants)) {
				if v := &g.Variants[j]; q.Form == "" || v.Form == q.Form {
					found = append(found, Ref{g, v})
				}
			}
		}
	}
	p := ListPage{Total: len(found), Pages: max(1, (len(found)+PageSize-1)/PageSize)}
	p.Number = min(max(1, q.Page), p.Pages)
	from := (p.Number - 1) * PageSize
	to := min(from+PageSize, len(found))
	if from < to {
		p.From, p.To = from+1, to
		p.Items = found[from:to]
	}
	return p
}

// inOrder gives what was found in the order of a query.
func (s *Snapshot) inOrder(q Query, result search.Result) []Ref {
	found := make(map[*Variant]bool)
	for _, hit := range result.Hits {
		g := &s.catalogue.Groups[hit.Doc]
		for j := range eachItem(hit, len(g.Variants)) {
			found[&g.Variants[j]] = true
		}
	}
	var refs []Ref
	if len(found) == 0 {
		return refs
	}
	for _, n := range s.find(q) {
		if ref := s.refs[n]; found[ref.Variant] {
			refs = append(refs, ref)
		}
	}
	return refs
}

// eachItem gives the places of a hit's variants: all n of them where the
// search did not narrow.
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
