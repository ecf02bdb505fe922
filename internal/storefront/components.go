package storefront

import (
	"html/template"
	"net/http"

	"pharmacy/internal/cart"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

// ComponentsPage shows every component in each of its states, for whoever
// changes one. It is served in debug mode only. The header, the list of
// languages, the search box and the footer are those of the page itself.
type ComponentsPage struct {
	Base
	Breadcrumb  []Link
	Categories  template.HTML
	FilterForm  FilterForm
	Filters     []Filter
	Classes     []ClassTag
	Doses       []render.Isolate
	Expiries    []ExpiryDate
	Prices      []string
	UnitPrices  []string
	Order       *OrderForm
	Cards       []Item
	Table       VariantTable
	Same        EquivalentsView
	Paginations []*Pagination
	Notices     []Notice
	Basket      Basket
	Empties     []*EmptyState
	Failure     ErrorState
}

func (s *Shop) showComponents(w http.ResponseWriter, r *http.Request, lang string) {
	p, err := s.components(r, lang)
	if err != nil {
		s.Logger.Error("the page of components could not be made", "error", err)
		s.fail(w, lang, failInternal)
		return
	}
	d, err := s.page("components", lang, "components", p)
	if err != nil {
		s.Logger.Error("the page of components could not be made", "error", err)
		s.fail(w, lang, failInternal)
		return
	}
	writeDocument(w, http.StatusOK, d)
}

// components are made of the catalogue's own variants, one of each class,
// and of the states that a variant can come to.
func (s *Shop) components(r *http.Request, lang string) (ComponentsPage, error) {
	l, snap := locale(lang), s.Medicines.Current()
	p := ComponentsPage{Base: s.base(lang, "/components")}
	p.Title, p.NoIndex, p.SearchQuery = "Components", true, "500 mg"
	p.Demonstration = s.Demonstration != nil && s.Demonstration(snap)
	var err error
	c := snap.Catalogue()
	if len(c.Categories) > 0 {
		if p.Categories, err = s.categories(r.Context(), snap, lang, c.Categories[0].ID); err != nil {
			return p, err
		}
	}
	p.Breadcrumb = []Link{{l.T("ways.home"), "/" + lang}, {l.T("listing.heading"), "/" + lang + "/medicines"}, {"Components", ""}}
	p.FilterForm = s.filterForm(l, snap, shelf.Query{Lang: lang, Sort: shelf.SortExpiry}, "")
	p.Filters = []Filter{{l.Capital(l.Form("tablet")), "/" + lang + "/medicines"}, {l.Capital(l.Form("oral-suspension")), "/" + lang + "/medicines"}}
	for _, strength := range []string{"500 mg", "2.5 mg/5 ml", "5 mg/325 mg", "25 micrograms/125 micrograms/dose", "100 units/ml"} {
		p.Doses = append(p.Doses, l.Strength(strength))
	}
	for _, class := range []catalogue.Class{catalogue.General, catalogue.Pharmacist, catalogue.Prescription, catalogue.Controlled} {
		p.Classes = append(p.Classes, ClassTag{ID: class.String(), Text: l.T("class." + class.String())})
		if ref, ok := firstOf(c, class); ok {
			p.Cards = append(p.Cards, s.item(l, snap, ref))
		}
	}
	if len(p.Cards) == 0 {
		return p, nil
	}
	p.Order = p.Cards[0].Order
	usual := p.Cards[0]
	short, expired, unknown := usual, usual, usual
	short.Expiry.Short, short.Brand = true, "Demonstration"
	expired.Expiry.Expired = true
	expired.Order, expired.Refusal = nil, l.T("refusal."+string(catalogue.ReasonExpired))
	unknown.Price, unknown.UnitPrice, unknown.Expiry = "", "", ExpiryDate{}
	unknown.Order, unknown.Refusal = nil, l.T("refusal."+string(catalogue.ReasonNoPrice))
	p.Cards = append(p.Cards, short, expired, unknown)
	for _, it := range []Item{usual, short, expired, unknown} {
		p.Expiries = append(p.Expiries, it.Expiry)
	}
	p.Prices, p.UnitPrices = []string{usual.Price, ""}, []string{usual.UnitPrice, ""}

	p.Table = VariantTable{Name: usual.Name, ShowVariants: true}
	for i, it := range p.Cards {
		it.ID, it.Marked = "row-"+itoa(i+1), i == 1
		p.Table.Items = append(p.Table.Items, it)
	}
	pack := EquivalentRow{Href: "#row-1", Pack: usual.Pack, Price: usual.Price, UnitPrice: usual.UnitPrice}
	cheap, bare := pack, EquivalentRow{Href: "#row-2", Brand: short.Brand, Pack: usual.Pack}
	cheap.Note = l.T("same.lowest")
	p.Same = EquivalentsView{Text: l.T("same.text", usual.Name), Sets: []EquivalentSet{{usual.Strength, usual.Form, []EquivalentRow{cheap, pack, bare}}}}
	page := func(int) string { return "/" + lang + "/components" }
	p.Paginations = []*Pagination{paginate(l, 1, 2, page), paginate(l, 5, 145, page), paginate(l, 145, 145, page)}
	p.Notices = []Notice{
		{Kind: "success", Title: l.T("cart.added", usual.Name)},
		{Kind: "error", Title: l.T("error.refused.title"), Texts: []string{l.T("error.quantity", cart.MaxPerIngredient)}},
	}
	line := CartLine{Item: usual, Quantity: 2, Change: quantityField(2, quantityOfLabel(l, usual)), Total: usual.Price, Update: "/" + lang + "/cart/items/x", Remove: "/" + lang + "/cart/items/x/remove"}
	changed, gone := line, line
	changed.Problem = l.T("cart.problem.price_changed", usual.Price, usual.Price)
	gone.Item, gone.Total, gone.Problem = Item{ID: "x", Name: "x"}, "", l.T("cart.problem.gone")
	p.Basket = Basket{Lines: []CartLine{line, changed, gone}, Total: usual.Price, TaxNote: l.T("cart.tax")}
	p.Empties = []*EmptyState{nothingChosen(l), nothingFound(l, ""), nothingFound(l, "zzzz")}
	p.Failure = ErrorState{Status: http.StatusNotFound, Heading: l.T("error.404.title"), Texts: []string{l.T("error.404.text")}, WaysOn: waysOn(l)}
	return p, nil
}

// firstOf is the catalogue's first variant of a class that has a price.
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
