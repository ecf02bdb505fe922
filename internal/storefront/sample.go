package storefront

import (
	"context"
	"slices"
	"strings"

	"pharmacy/internal/cart"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/pagecache"
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

// Sample returns plans of pages that show a choice from the catalogue of snap.
// pages are canonical ones, which Plans has too, with each kind of page in every
// language. others are filtered and sorted listings, searches and baskets.
func (s *Shop) Sample(snap *shelf.Snapshot, c *Choice) (pages, others []pagecache.Plan) {
	t := &sample{shop: s, snap: snap, planned: map[string]bool{}}
	t.documents()
	for _, lang := range render.Languages() {
		t.page(s.homePlan(snap, lang))
		t.page(s.aboutPlan(snap, lang))
		t.alphabet(lang)
		t.listings(lang, c.categories.list)
		for _, p := range c.places.list {
			t.medicine(lang, p)
		}
		t.searches(lang, c)
		t.baskets(lang, c.places.list)
	}
	return t.pages, t.others
}

// sample collects the plans of Sample, each once.
type sample struct {
	shop          *Shop
	snap          *shelf.Snapshot
	planned       map[string]bool // by language and path
	pages, others []pagecache.Plan
}

func (t *sample) page(p pagecache.Plan)  { t.add(&t.pages, p) }
func (t *sample) other(p pagecache.Plan) { t.add(&t.others, p) }

func (t *sample) add(to *[]pagecache.Plan, p pagecache.Plan) {
	if key := p.Lang + p.Path; !t.planned[key] {
		t.planned[key] = true
		*to = append(*to, p)
	}
}

// documents adds the documents without a language.
func (t *sample) documents() {
	t.page(t.shop.groupsPlan(t.snap))
	t.page(t.shop.robotsPlan(t.snap))
	t.page(t.shop.sitemapPlan(t.snap, 0))
	if files := sitemapFiles(t.shop.canonicalPaths(t.snap)); files > 1 {
		t.page(t.shop.sitemapPlan(t.snap, files))
	}
}

// alphabet adds the A to Z: all of it, or its first, fullest and last letters.
func (t *sample) alphabet(lang string) {
	letters := t.snap.Letters(lang)
	if len(t.snap.Catalogue().Groups) <= wholeAlphabet || len(letters) == 0 {
		t.page(t.shop.aToZPlan(t.snap, lang, ""))
		return
	}
	fullest := 0
	for i := range letters {
		if len(letters[i].Groups) > len(letters[fullest].Groups) {
			fullest = i
		}
	}
	for _, i := range []int{0, fullest, len(letters) - 1} {
		t.page(t.shop.aToZPlan(t.snap, lang, letters[i].Text))
	}
}

// listings adds the listing of all medicines and those of the given categories:
// sorted by name, each first, second and last page; and in each other order and
// filtered by form.
func (t *sample) listings(lang string, categories []*catalogue.Category) {
	ids := []string{""}
	for _, c := range categories {
		ids = append(ids, c.ID)
	}
	for i, id := range ids {
		q := shelf.Query{Category: id, Lang: lang, Sort: shelf.SortName}
		last := lastPage(t.snap, q)
		for _, q.Page = range []int{1, min(2, last), last} {
			t.page(t.shop.listingPlan(t.snap, q))
		}
		q.Page = 1
		if forms := t.snap.Forms(id, ""); len(forms) > 0 {
			filtered := q
			filtered.Form = forms[0]
			t.other(t.shop.listingPlan(t.snap, filtered))
		}
		if i == 0 {
			for _, q.Sort = range shelf.Sorts() {
				for _, q.Page = range []int{1, last} {
					t.other(t.shop.listingPlan(t.snap, q))
				}
			}
		}
	}
}

// medicine adds the page of a medicine that has the variant in its table, and the
// listing that has it on a card.
func (t *sample) medicine(lang string, p place) {
	page := 1
	q := shelf.Query{Group: p.group.ID, Lang: lang, Sort: shelf.SortName, Page: 1}
	if p.variant >= 0 {
		page = 1 + p.variant/rowsPerTable
		for id := p.group.Variants[p.variant].ID; q.Page < lastPage(t.snap, q); q.Page++ {
			if slices.ContainsFunc(t.snap.List(q).Items, func(r shelf.Ref) bool { return r.Variant.ID == id }) {
				break
			}
		}
	}
	t.page(t.shop.medicinePlan(t.snap, lang, p.group, page))
	t.other(t.shop.listingPlan(t.snap, q))
}

// searches adds searches, as pages and as JSON, with each kind of result:
// medicines by each of their texts, a question for a slip, a strength that is not
// there, a substance that may not be on the shelf, and nothing.
func (t *sample) searches(lang string, c *Choice) {
	queries := []string{"", "qqqqqq", "thalidomide"}
	add := func(texts ...string) {
		for _, text := range texts[:min(1, len(texts))] {
			if text = cleanQuery(text); text != "" && !slices.Contains(queries, text) {
				queries = append(queries, text)
			}
		}
	}
	for _, kind := range []string{"variants", "name " + lang, "own name " + lang, "synonyms", "brands", "brand", "description " + lang} {
		e := c.places.extremes[kind]
		if e.n == 0 {
			continue // nothing has any
		}
		g, name := e.of.group, e.of.group.Name.In(lang)
		switch kind {
		case "synonyms":
			add(g.Synonyms...)
		case "brands":
			add(g.Brands...)
		case "brand":
			add(g.Variants[e.of.variant].Brand)
		case "own name " + lang:
			add(g.Variants[e.of.variant].Name.In(lang))
		case "description " + lang:
			add(strings.Fields(g.Description.In(lang))...)
		case "variants":
			add(g.Variants[e.of.variant].ID)
			add(name + " 98765 mg")
			add(g.ATCs()...)
			fallthrough
		default:
			letters := []rune(name)
			add(name)
			add(string(slices.Delete(letters, len(letters)/2, min(len(letters)/2+1, len(letters)))))
		}
	}
	if e, found := c.categories.extremes["variants"]; found {
		add(e.of.Name.In(lang))
	}
	for _, query := range queries {
		found := t.shop.foundPlan(t.snap, lang, query)
		found.Path = pagecache.Canonical(found.Path, pagecache.Param{Name: "q", Value: query})
		t.other(found)
		if query == "" {
			continue
		}
		t.other(t.uncached(lang, listingPath(shelf.Query{}, query), func(ctx context.Context) (pagecache.Document, error) {
			q, result := shelf.Query{Lang: lang, Page: 1}, t.snap.Search(query)
			return t.shop.showSearch(ctx, t.snap, q, query, result, t.snap.ListFound(q, result))
		}))
	}
}

// baskets adds an empty basket and baskets with the variants of the given places:
// those that may be ordered, at their price and at another, those that may not,
// and one that is gone.
func (t *sample) baskets(lang string, places []place) {
	if !t.shop.selling() {
		return
	}
	basket := cart.Cart{Lines: []cart.Line{{Variant: "-", Quantity: 1}}}
	add := func() {
		shown, path := basket, "/cart"
		if basket = (cart.Cart{}); len(shown.Lines) > 0 {
			path += "#" + shown.Lines[0].Variant
		}
		t.other(t.uncached(lang, path, func(context.Context) (pagecache.Document, error) {
			return t.shop.showBasket(locale(lang), t.snap, shown, nil)
		}))
	}
	for i, p := range places {
		if p.variant < 0 {
			continue
		}
		v := &p.group.Variants[p.variant]
		line := cart.Line{Variant: v.ID, Quantity: 1 + i%cart.MaxPerIngredient, Seen: v.Price.Amount}
		if i%2 > 0 {
			line.Seen++
		}
		if basket.Lines = append(basket.Lines, line); len(basket.Lines) == cart.MaxLines {
			add()
		}
	}
	add()
	add() // an empty one
}

// uncached returns the plan of a page that is never stored.
func (t *sample) uncached(lang, path string, render func(context.Context) (pagecache.Document, error)) pagecache.Plan {
	return pagecache.Plan{Version: t.snap.Version(), Lang: lang, Path: path, Uncached: true, Render: render}
}
