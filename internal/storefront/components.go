package storefront

import (
	"html/template"
	"net/http"

	"pharmacy/internal/cart"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/pagecache"
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

// componentsPage shows every component in each of its states, for development.
// It is served only in debug mode. The header, list of languages, search box and
// footer are those of the page itself.
type componentsPage struct {
	layout
	Breadcrumb  []link
	Categories  template.HTML
	FilterForm  filterForm
	Filters     []activeFilter
	Classes     []classTag
	Doses       []render.Isolate
	Expiries    []expiryDate
	Prices      []string
	UnitPrices  []string
	Order       *orderForm
	Cards       []item
	Table       variantTable
	Same        equivalentsView
	Paginations []*pagination
	Notices     []notice
	Basket      basketTable
	Empties     []*emptyState
	Failure     errorState
}

func (s *Shop) showComponents(w http.ResponseWriter, r *http.Request, lang string) {
	p, err := s.components(r, lang)
	if err != nil {
		s.opts.Logger.Error("cannot render components page", "error", err)
		s.fail(w, r, lang, failInternal)
		return
	}
	d, err := s.page("components", lang, "components", p)
	if err != nil {
		s.opts.Logger.Error("cannot render components page", "error", err)
		s.fail(w, r, lang, failInternal)
		return
	}
	pagecache.WriteUncached(w, r, http.StatusOK, d)
}

// components returns the page's data, built from one variant of each class in
// the catalogue and from copies in other states.
func (s *Shop) components(r *http.Request, lang string) (componentsPage, error) {
	l, snap := locale(lang), s.opts.Medicines.Current()
	p := componentsPage{layout: s.base(lang, "/components")}
	p.Title, p.NoIndex, p.SearchQuery = "Components", true, "500 mg"
	p.Demonstration = s.opts.Demonstration != nil && s.opts.Demonstration(snap)
	var err error
	c := snap.Catalogue()
	if len(c.Categories) > 0 {
		if p.Categories, err = s.categories(r.Context(), snap, lang, c.Categories[0].ID); err != nil {
			return p, err
		}
	}
	p.Breadcrumb = []link{{l.T("ways.home"), "/" + lang}, {l.T("listing.heading"), "/" + lang + "/medicines"}, {"Components", ""}}
	p.FilterForm = s.filterForm(l, snap, shelf.Query{Lang: lang, Sort: shelf.SortExpiry}, "")
	p.Filters = []activeFilter{{l.Capital(l.Form("tablet")), "/" + lang + "/medicines"}, {l.Capital(l.Form("oral-suspension")), "/" + lang + "/medicines"}}
	for _, strength := range []string{"500 mg", "2.5 mg/5 ml", "5 mg/325 mg", "25 micrograms/125 micrograms/dose", "100 units/ml"} {
		p.Doses = append(p.Doses, l.Strength(strength))
	}
	for _, class := range []catalogue.Class{catalogue.General, catalogue.Pharmacist, catalogue.Prescription, catalogue.Controlled} {
		p.Classes = append(p.Classes, classTag{ID: class.String(), Text: l.T("class." + class.String())})
		if ref, ok := firstOf(c, class); ok {
			p.Cards = append(p.Cards, s.item(l, snap, ref))
		}
	}
	if len(p.Cards) == 0 {
		return p, nil
	}
	p.Order = p.Cards[0].Order
	usual := p.Cards[0]
	short, expired, unreadable, unclear, unknown := usual, usual, usual, usual, usual
	short.Expiry.Short, short.Brand = true, "Demonstration"
	expired.Expiry.Expired = true
	expired.Order, expired.Refusal = nil, l.T("refusal."+string(catalogue.ReasonExpired))
	unreadable.Expiry = expiryDate{Text: "2028/13"}
	unreadable.Order, unreadable.Refusal = nil, l.T("refusal."+string(catalogue.ReasonUnreadable))
	unclear.Strength = strengthOf(l, "400.000 IU")
	unclear.Order, unclear.Refusal = nil, l.T("refusal."+string(catalogue.ReasonStrength))
	unknown.Price, unknown.UnitPrice, unknown.Expiry = "", "", expiryDate{}
	unknown.Order, unknown.Refusal = nil, l.T("refusal."+string(catalogue.ReasonNoPrice))
	p.Cards = append(p.Cards, short, expired, unreadable, unclear, unknown)
	for _, it := range []item{usual, short, expired, unreadable, unknown} {
		p.Expiries = append(p.Expiries, it.Expiry)
	}
	p.Prices, p.UnitPrices = []string{usual.Price, ""}, []string{usual.UnitPrice, ""}

	p.Table = variantTable{Name: usual.Name, ShowVariants: true}
	for i, it := range p.Cards {
		it.ID = "row-" + itoa(i+1)
		p.Table.Items = append(p.Table.Items, it)
	}
	pack := equivalentRow{Href: "#row-1", Pack: usual.Pack, Price: usual.Price, UnitPrice: usual.UnitPrice}
	cheap, bare := pack, equivalentRow{Href: "#row-2", Brand: short.Brand, Pack: usual.Pack}
	cheap.Note = l.T("same.lowest")
	p.Same = equivalentsView{Text: l.T("same.text", usual.Name), Sets: []equivalentSet{{usual.Strength, usual.Form, []equivalentRow{cheap, pack, bare}}}}
	page := func(int) string { return "/" + lang + "/components" }
	p.Paginations = []*pagination{paginate(l, 1, 2, page), paginate(l, 5, 145, page), paginate(l, 145, 145, page)}
	p.Notices = []notice{
		{Kind: "success", Title: l.T("cart.added", usual.Name)},
		{Kind: "error", Title: l.T("error.refused.title"), Texts: []string{l.T("error.quantity", cart.MaxPerIngredient)}},
	}
	line := cartLine{item: usual, Quantity: 2, Change: quantityField(2, quantityOfLabel(l, usual)), Total: usual.Price, Update: "/" + lang + "/cart/items/x", Remove: "/" + lang + "/cart/items/x/remove"}
	changed, gone := line, line
	changed.Problem = l.T("cart.problem.price_changed", usual.Price, usual.Price)
	gone.item, gone.Total, gone.Problem = item{ID: "x", Name: "x"}, "", l.T("cart.problem.gone")
	p.Basket = basketTable{Lines: []cartLine{line, changed, gone}, Total: usual.Price, TaxNote: l.T("cart.tax")}
	p.Empties = []*emptyState{nothingChosen(l), nothingFound(l, ""), nothingFound(l, "zzzz")}
	p.Failure = errorState{Status: http.StatusNotFound, Heading: l.T("error.404.title"), Texts: []string{l.T("error.404.text")}, WaysOn: waysOn(l)}
	return p, nil
}

// firstOf returns the catalogue's first variant of a class with a price.
func firstOf(c *catalogue.Catalogue, class catalogue.Class) (shelf.Ref, bool) {
	for i := range c.Groups {
		for j := range c.Groups[i].Variants {
			if v := &c.Groups[i].Variants[j]; v.Class == class && v.Price.Known {
				return shelf.Ref{Group: &c.Groups[i], Variant: v}, true
			}
		}
	}
	return shelf.Ref{}, false
}
