// Package shelf provides immutable snapshots of a catalogue on a day, indexed
// for listing, sorting and searching.
package shelf

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/search"

	"pharmacy/internal/catalogue"
)

// PageSize is how many variants a page of a listing shows.
const PageSize = 24

// Snapshot is a catalogue on a day, with its indexes. It is immutable and safe
// for concurrent use. Callers must not modify what its methods return.
type Snapshot struct {
	*index
	source  Source
	day     catalogue.Day
	version string
}

// Options configure a snapshot.
type Options struct {
	// Modified is the modification time of the catalogue file; zero for the
	// embedded one. It is part of the snapshot's Source.
	Modified time.Time
	Words    Words
	// Indexed reports whether a search finds a medicine by its texts. If it is
	// nil, a search finds all: most of the time that a snapshot takes is for
	// this.
	Indexed func(*catalogue.Group) bool
}

// Words are what a search knows beyond the catalogue. The zero value is empty.
type Words struct {
	// FormNames returns the search words for a dosage form, in every language.
	// If nil, only the form's id is searchable.
	FormNames func(form string) []string
	// Substances are the names of substances, stocked or not; may be nil.
	Substances *search.Substances
}

// Ref is a variant with its group.
type Ref struct {
	Group   *catalogue.Group
	Variant *catalogue.Variant
}

// Query selects variants to list, and their order. Empty fields match all.
type Query struct {
	Category, Group, Form string
	Sort                  Sort   // SortName if empty or unknown
	Lang                  string // language of the alphabetical order; English if unknown
	Page                  int    // from 1; clamped to the existing pages
}

// ListPage is one page of a listing.
type ListPage struct {
	Items    []Ref
	Total    int // number of variants on all pages
	From, To int // positions of the first and last item in the total, from 1; 0 if there are none
	Number   int // of this page, from 1
	Pages    int // number of pages, at least 1
}

// index is the part of a snapshot that does not depend on the day.
type index struct {
	catalogue *catalogue.Catalogue
	content   string
	refs      []Ref

	categoryAt map[string]int32
	groupAt    map[string]int32
	variantAt  map[string]int32
	formAt     map[string]int32
	categoryOf []int32             // of each group; -1 for none
	firstOf    []int32             // of each group: the number of its first variant
	pairAt     [2]map[uint64]int32 // category and form, group and form

	formsIn [3]map[int32][]string // of all (-1), of a category, of a group
	cuts    [cutCount]cut
	orders  [len(catalogue.Languages)][sortCount]order
	letters [len(catalogue.Languages)][]Letter
	alone   func() map[string]*catalogue.Group // aloneOf, computed on first use
	search  *search.Index
}

// NewSnapshot indexes a catalogue, which must come from [catfile.Parse] and must
// not be modified afterwards. It takes seconds for 150,000 variants.
func NewSnapshot(c *catalogue.Catalogue, day catalogue.Day, options Options) *Snapshot {
	ix := &index{catalogue: c, alone: sync.OnceValue(func() map[string]*catalogue.Group { return aloneOf(c.Groups) })}
	// The hash depends on nothing else.
	var hashing sync.WaitGroup
	hashing.Go(func() { ix.content = catfile.Hash(c) })

	ix.categoryAt = make(map[string]int32, len(c.Categories))
	for i := range c.Categories {
		ix.categoryAt[c.Categories[i].ID] = int32(i)
	}
	ix.groupAt = make(map[string]int32, len(c.Groups))
	ix.categoryOf = make([]int32, len(c.Groups))
	ix.firstOf = make([]int32, len(c.Groups))
	n := 0
	for i := range c.Groups {
		g := &c.Groups[i]
		ix.groupAt[g.ID] = int32(i)
		ix.categoryOf[i] = -1
		if at, found := ix.categoryAt[g.Category]; found {
			ix.categoryOf[i] = at
		}
		n += len(g.Variants)
	}
	ix.refs = make([]Ref, 0, n)
	ix.variantAt = make(map[string]int32, n)
	groupOf := make([]int32, 0, n)
	for i := range c.Groups {
		g := &c.Groups[i]
		ix.firstOf[i] = int32(len(ix.refs))
		for j := range g.Variants {
			ix.variantAt[g.Variants[j].ID] = int32(len(ix.refs))
			ix.refs = append(ix.refs, Ref{g, &g.Variants[j]})
			groupOf = append(groupOf, int32(i))
		}
	}
	ix.divide(groupOf)

	s := newSorter(c.Groups, ix.refs, groupOf)
	var sorting sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0)) // bounds memory use
	for l, lang := range catalogue.Languages {
		sorting.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			orders, places := s.orders(lang)
			for i := range orders {
				ix.orders[l][i].all = orders[i]
			}
			ix.letters[l] = lettersOf(lang, c.Groups, places)
		})
	}
	sorting.Go(func() { ix.search = newSearch(ix, options) })
	sorting.Wait()
	hashing.Wait()
	first := &Snapshot{index: ix, source: newSource(c.Updated, options.Modified, ix.content)}
	return first.WithDay(day)
}

// divide computes the cuts and counts the forms.
func (ix *index) divide(groupOf []int32) {
	c := ix.catalogue
	n := len(ix.refs)
	var keys [cutCount][]int32
	for i := range keys {
		keys[i] = make([]int32, n)
	}
	ix.formAt = map[string]int32{}
	var forms []string
	ix.pairAt = [2]map[uint64]int32{{}, {}}
	pair := func(which int, of, form int32) int32 {
		k := uint64(of)<<32 | uint64(form)
		at, found := ix.pairAt[which][k]
		if !found {
			at = int32(len(ix.pairAt[which]))
			ix.pairAt[which][k] = at
		}
		return at
	}
	for i, r := range ix.refs {
		group := groupOf[i]
		category := ix.categoryOf[group]
		form, found := ix.formAt[r.Variant.Form]
		switch {
		case r.Variant.Form == "":
			form = -1
		case !found:
			form = int32(len(forms))
			ix.formAt[r.Variant.Form] = form
			forms = append(forms, r.Variant.Form)
		}
		keys[byGroup][i], keys[byCategory][i], keys[byForm][i] = group, category, form
		keys[byGroupForm][i], keys[byCategoryForm][i] = -1, -1
		if form >= 0 {
			keys[byGroupForm][i] = pair(1, group, form)
			if category >= 0 {
				keys[byCategoryForm][i] = pair(0, category, form)
			}
		}
	}
	for which, size := range [cutCount]int{
		byCategory:     len(c.Categories),
		byForm:         len(forms),
		byGroup:        len(c.Groups),
		byCategoryForm: len(ix.pairAt[0]),
		byGroupForm:    len(ix.pairAt[1]),
	} {
		ix.cuts[which] = newCut(keys[which], size)
	}

	ix.formsIn = [3]map[int32][]string{{}, {}, {}}
	ix.formsIn[0][-1] = slices.Clone(forms)
	for which, pairs := range ix.pairAt {
		in := ix.formsIn[which+1]
		for k := range pairs {
			of := int32(k >> 32)
			in[of] = append(in[of], forms[uint32(k)])
		}
	}
	for _, in := range ix.formsIn {
		for _, forms := range in {
			slices.Sort(forms)
		}
	}
}

// WithDay returns a snapshot of the same catalogue on another day. It is cheap.
func (s *Snapshot) WithDay(day catalogue.Day) *Snapshot {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s", s.content, day))
	return &Snapshot{index: s.index, source: s.source, day: day, version: hex.EncodeToString(sum[:8])}
}

// WithSource returns a snapshot of the same content with another source.
func (s *Snapshot) WithSource(source Source) *Snapshot {
	other := *s
	other.source = source
	return &other
}

// Version identifies what pages are rendered from: a short hash of the content
// and the day, in hexadecimal.
func (s *Snapshot) Version() string { return s.version }

// Content returns a short hash of the catalogue's content, in hexadecimal. It
// does not depend on the day.
func (s *Snapshot) Content() string { return s.content }

// Day returns the day on which expiry depends.
func (s *Snapshot) Day() catalogue.Day { return s.day }

// Source returns the source of the content.
func (s *Snapshot) Source() Source { return s.source }

// Catalogue returns the content.
func (s *Snapshot) Catalogue() *catalogue.Catalogue { return s.catalogue }

// Category returns the category with an id.
func (s *Snapshot) Category(id string) (*catalogue.Category, bool) {
	at, found := s.categoryAt[id]
	if !found {
		return nil, false
	}
	return &s.catalogue.Categories[at], true
}

// Group returns the group with an id.
func (s *Snapshot) Group(id string) (*catalogue.Group, bool) {
	at, found := s.groupAt[id]
	if !found {
		return nil, false
	}
	return &s.catalogue.Groups[at], true
}

// Variant returns the variant with an id.
func (s *Snapshot) Variant(id string) (Ref, bool) {
	at, found := s.variantAt[id]
	if !found {
		return Ref{}, false
	}
	return s.refs[at], true
}

// Forms returns the dosage forms of a group, or of a category if group is "", or
// of all variants if both are "", sorted by id.
func (s *Snapshot) Forms(category, group string) []string {
	which, key := 0, int32(-1)
	found := true
	switch {
	case group != "":
		which = 2
		key, found = s.groupAt[group]
	case category != "":
		which = 1
		key, found = s.categoryAt[category]
	}
	if !found {
		return nil
	}
	return s.formsIn[which][key]
}

// Letters returns the A to Z index of the groups in a language. It omits
// letters without groups.
func (s *Snapshot) Letters(lang string) []Letter { return s.letters[languageAt(lang)] }

// List returns one page of the variants that match a query. There are none if
// its category, group or form does not exist.
func (s *Snapshot) List(q Query) ListPage {
	all := s.find(q)
	p := ListPage{Total: len(all), Pages: max(1, (len(all)+PageSize-1)/PageSize)}
	p.Number = min(max(1, q.Page), p.Pages)
	from := (p.Number - 1) * PageSize
	to := min(from+PageSize, len(all))
	if from < to {
		p.From, p.To = from+1, to
		p.Items = s.take(all[from:to])
	}
	return p
}

// Count returns the number of variants that match a query.
func (s *Snapshot) Count(q Query) int { return len(s.find(q)) }

func (s *Snapshot) take(numbers []int32) []Ref {
	refs := make([]Ref, len(numbers))
	for i, v := range numbers {
		refs[i] = s.refs[v]
	}
	return refs
}

// find returns the numbers of the variants that match a query, in its order.
// The result is part of the index and must not be modified.
func (s *Snapshot) find(q Query) []int32 {
	o := &s.orders[languageAt(q.Lang)][sortAt(q.Sort)]
	category, group, form := int32(-1), int32(-1), int32(-1)
	found := true
	if q.Category != "" {
		if category, found = s.categoryAt[q.Category]; !found {
			return nil
		}
	}
	if q.Group != "" {
		if group, found = s.groupAt[q.Group]; !found || (category >= 0 && s.categoryOf[group] != category) {
			return nil
		}
	}
	if q.Form != "" {
		if form, found = s.formAt[q.Form]; !found {
			return nil
		}
	}
	which, key := -1, int32(-1)
	switch {
	case group >= 0 && form >= 0:
		which = byGroupForm
		key, found = s.pairAt[1][uint64(group)<<32|uint64(form)]
	case category >= 0 && form >= 0 && group < 0:
		which = byCategoryForm
		key, found = s.pairAt[0][uint64(category)<<32|uint64(form)]
	case group >= 0:
		which, key = byGroup, group
	case category >= 0:
		which, key = byCategory, category
	case form >= 0:
		which, key = byForm, form
	default:
		return o.all
	}
	if !found {
		return nil
	}
	return o.part(which, &s.cuts[which], key)
}

// Source identifies a catalogue's content and its age, so that processes with
// different files agree on the latest of them. Later compares sources.
type Source struct {
	Updated  time.Time // the catalogue's Updated time, else Modified
	Modified time.Time // modification time of the file; zero for the embedded one
	Hash     string    // of the content, as Snapshot.Content
}

func newSource(updated, modified time.Time, hash string) Source {
	if updated.IsZero() {
		updated = modified
	}
	return Source{Updated: updated.UTC(), Modified: modified.UTC(), Hash: hash}
}

// Later reports whether a is later than b, by Updated, then Modified, then, to
// break ties the same way in all processes, Hash. Of two different sources
// exactly one is later.
func Later(a, b Source) bool {
	return cmp.Or(a.Updated.Compare(b.Updated), a.Modified.Compare(b.Modified), strings.Compare(a.Hash, b.Hash)) > 0
}

// Len returns the number of variants.
func (s *Snapshot) Len() int { return len(s.refs) }
