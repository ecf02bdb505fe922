package storefront

import (
	"context"
	"html/template"

	"pharmacy/internal/pagecache"
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

// leadingShown is the number of leading variants on the home page.
const leadingShown = 8

func (s *Shop) home(lang string, _ *pagecache.Address) pagecache.Response {
	return s.homePlan(s.opts.Medicines.Current(), lang)
}

func (s *Shop) homePlan(snap *shelf.Snapshot, lang string) pagecache.Plan {
	return pagecache.Plan{
		Version: snap.Version(), Lang: lang, Path: "/",
		Render: func(ctx context.Context) (pagecache.Document, error) { return s.showHome(ctx, snap, lang) },
	}
}

func (s *Shop) showHome(ctx context.Context, snap *shelf.Snapshot, lang string) (pagecache.Document, error) {
	l := locale(lang)
	p := homePage{
		layout:        s.public(snap, lang, "", ""),
		Heading:       l.T("home.heading"),
		Lead:          l.T("home.lead"),
		MedicineCount: l.Number(len(snap.Catalogue().Groups)),
	}
	p.Title, p.Description, p.Section = s.titled(l, l.T("title.home"), 1), l.T("description.home"), "home"
	p.StructData = []any{s.pharmacy(l)}
	var err error
	if p.Categories, err = s.categories(ctx, snap, lang, ""); err != nil {
		return pagecache.Document{}, err
	}
	top, err := s.opts.Medicines.Top(ctx, snap)
	if err != nil {
		return pagecache.Document{}, err
	}
	for _, ref := range top[:min(leadingShown, len(top))] {
		p.Leading = append(p.Leading, s.item(l, snap, ref))
	}
	return s.page("home", lang, "home", p)
}

// categoriesInputs holds the inputs of the list of categories besides the
// catalogue.
type categoriesInputs struct {
	Lang    string
	Current string // id of the current category, or ""
}

var categoriesFragment = render.NewFragment("categories", func(snap *shelf.Snapshot, in categoriesInputs) any {
	l := locale(in.Lang)
	view := categoriesView{Lang: in.Lang, Current: in.Current}
	for i := range snap.Catalogue().Categories {
		c := &snap.Catalogue().Categories[i]
		view.Links = append(view.Links, categoryLink{
			ID: c.ID, Text: c.Name.In(in.Lang), Current: c.ID == in.Current,
			Href:  pagecache.Canonical("/"+in.Lang+"/medicines", pagecache.Param{Name: "category", Value: c.ID}),
			Count: l.Number(snap.Count(shelf.Query{Category: c.ID})),
		})
	}
	return view
})

// categories returns the list of categories, from the cache if it is there.
func (s *Shop) categories(ctx context.Context, snap *shelf.Snapshot, lang, current string) (template.HTML, error) {
	return categoriesFragment.HTML(ctx, s.opts.Renderer, s.fragments, lang, snap, categoriesInputs{lang, current})
}
