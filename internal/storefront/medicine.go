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

func (s *Shop) medicine(lang string, a *pagecache.Address) pagecache.Response {
	snap := s.opts.Medicines.Current()
	g, ok := snap.Group(a.Path("group"))
	if !ok {
		return s.failure(lang, failMedicine)
	}
	last := tablePages(g)
	page, ok := pageNumber(a.Query("page"))
	if !ok || page > last {
		return pagecache.Redirect{To: "/" + lang + medicinePagePath(g, min(page, last))}
	}
	return s.medicinePlan(snap, lang, g, page)
}

func (s *Shop) medicinePlan(snap *shelf.Snapshot, lang string, g *catalogue.Group, page int) pagecache.Plan {
	return pagecache.Plan{
		Version: snap.Version(), Lang: lang, Path: medicinePagePath(g, page),
		Render: func(context.Context) (pagecache.Document, error) { return s.showMedicine(snap, lang, g, page) },
	}
}

// tablePages returns the number of pages of a medicine's table of variants.
func tablePages(g *catalogue.Group) int {
	return max(1, (len(g.Variants)+rowsPerTable-1)/rowsPerTable)
}

// medicinePagePath returns the canonical path and query of a page of a medicine's
// table, without the language.
func medicinePagePath(g *catalogue.Group, page int) string {
	number := ""
	if page > 1 {
		number = itoa(page)
	}
	return pagecache.Canonical(medicinePath(g), pagecache.Param{Name: "page", Value: number})
}

func (s *Shop) showMedicine(snap *shelf.Snapshot, lang string, g *catalogue.Group, page int) (pagecache.Document, error) {
	l := locale(lang)
	path := medicinePagePath(g, page)
	p := medicinePage{
		layout:       s.public(snap, lang, path, path),
		variantTable: variantTable{Name: g.Name.In(lang)},
		Text:         g.Description.In(lang),
		Codes:        atcCodes(l, g),
		Leaflet:      g.Leaflet,
	}
	if lang != "en" {
		p.Latin = g.Name.In("en")
	}
	p.Title, p.Description, p.Section = s.titled(l, l.T("title.medicine", p.Name), page), l.T("description.medicine", p.Name), "medicines"
	if p.Text != "" {
		p.Description = p.Text + " " + p.Description
	}
	if page > 1 {
		p.Description += l.T("description.page", page)
	}
	p.Breadcrumb = []link{{l.T("ways.home"), "/" + lang}, {l.T("listing.heading"), "/" + lang + "/medicines"}}
	if c, ok := snap.Category(g.Category); ok {
		p.Category = link{Text: c.Name.In(lang), Href: pagecache.Canonical("/"+lang+"/medicines", pagecache.Param{Name: "category", Value: c.ID})}
		p.Breadcrumb = append(p.Breadcrumb, p.Category)
	}
	p.Breadcrumb = append(p.Breadcrumb, link{Text: p.Name})
	for _, synonym := range g.Synonyms {
		p.Synonyms = append(p.Synonyms, render.Isolate{Text: synonym, Dir: "auto"})
	}
	for _, brand := range g.Brands {
		p.Brands = append(p.Brands, render.Isolate{Text: brand, Dir: "auto"})
	}
	from := (page - 1) * rowsPerTable
	orderable := false
	for i := from; i < min(from+rowsPerTable, len(g.Variants)); i++ {
		ref := shelf.Ref{Group: g, Variant: &g.Variants[i]}
		it := s.item(l, snap, ref)
		it.Href = "#" + it.ID
		p.ShowVariants = p.ShowVariants || !ref.Variant.Name.IsZero()
		orderable = orderable || it.Order != nil
		p.Items = append(p.Items, it)
	}
	if orderable {
		p.LimitNote = l.T("cart.limit.note", cart.MaxPerIngredient)
	}
	p.Same = s.equivalents(l, snap, g, page)
	last := tablePages(g)
	p.Pagination = paginate(l, page, last, func(n int) string { return "/" + lang + medicinePagePath(g, n) })
	p.StructData = []any{s.breadcrumbs(p.Breadcrumb), s.productGroup(l, snap, g, p)}
	return s.page("medicine", lang, "medicine", p)
}

// atcCodes returns the ATC codes of a medicine, and of which forms they are if there
// are several: one for tablets and another for an inhaler.
func atcCodes(l *render.Locale, g *catalogue.Group) []codeView {
	var views []codeView
	all := g.ATCs()
	for _, code := range all {
		v := codeView{Code: code}
		if len(all) > 1 {
			var forms []string
			for i := range g.Variants {
				form := l.Form(g.Variants[i].Form)
				if g.ATCOf(&g.Variants[i]) == code && form != "" && !slices.Contains(forms, form) {
					forms = append(forms, form)
				}
			}
			v.Forms = strings.Join(forms, l.T("list.comma"))
		}
		views = append(views, v)
	}
	return views
}

// equivalents compares the variants with the same strength and form. A set is on
// the page of the table that has its first variant. The sets of one page have at
// most rowsPerTable rows together.
func (s *Shop) equivalents(l *render.Locale, snap *shelf.Snapshot, g *catalogue.Group, page int) equivalentsView {
	v := equivalentsView{Text: l.T("same.text", g.Name.In(l.Code()))}
	left := rowsPerTable
	for _, e := range g.Equivalents(snap.Day()) {
		if tablePage(g, e.First) != page || left < 2 {
			continue
		}
		set := equivalentSet{Strength: strengthOf(l, e.Strength), Form: l.Form(e.Form)}
		for i, variant := range e.Variants[:min(len(e.Variants), left)] {
			ref := shelf.Ref{Group: g, Variant: variant}
			it := s.item(l, snap, ref)
			row := equivalentRow{Href: it.Href, Brand: it.Brand, Pack: it.Pack, Price: it.Price, UnitPrice: it.UnitPrice}
			if row.Pack.Text == "" {
				row.Pack = render.Isolate{Text: it.Name, Dir: "auto"}
			}
			if i < e.Cheapest {
				row.Note = l.T("same.lowest")
			}
			set.Rows = append(set.Rows, row)
		}
		left -= len(set.Rows)
		v.Sets = append(v.Sets, set)
	}
	return v
}

// productGroup returns a medicine as a schema.org ProductGroup of Drugs. Only a
// variant that can be ordered has an offer.
func (s *Shop) productGroup(l *render.Locale, snap *shelf.Snapshot, g *catalogue.Group, p medicinePage) object {
	english := locale("en")
	var ingredients any = g.Name.In("en")
	if several := g.Ingredients(); len(several) > 1 {
		ingredients = several
	}
	var variants []object
	for _, it := range p.Items {
		v, _ := snap.Variant(it.ID)
		o := object{
			"@type": []string{"Product", "Drug"}, "sku": it.ID, "name": label(l, v),
			"nonProprietaryName": g.Name.In("en"), "activeIngredient": ingredients,
			"prescriptionStatus": prescriptionStatus(v.Variant.Class),
			"url":                s.origin + p.Path + it.Href,
		}
		if v.Variant.Form != "" {
			o["dosageForm"] = english.Form(v.Variant.Form)
		}
		if v.Variant.Strength != "" {
			o["availableStrength"] = object{"@type": "DrugStrength", "description": catalogue.StrengthText(v.Variant.Strength)}
		}
		if pack := v.Variant.Pack; pack.Unit != "" {
			o["size"] = english.Pack(pack.Amount, pack.Unit).Text
		}
		if it.Brand != "" {
			o["brand"] = object{"@type": "Brand", "name": it.Brand}
		}
		if v.Variant.Manufacturer != "" {
			o["manufacturer"] = object{"@type": "Organization", "name": v.Variant.Manufacturer}
		}
		if it.Expiry.DateTime != "" {
			o["additionalProperty"] = object{"@type": "PropertyValue", "name": "expiry", "value": it.Expiry.DateTime}
		}
		if it.Order != nil {
			offer := object{
				"@type": "Offer", "price": v.Variant.Price.Amount.String(),
				"availability": "https://schema.org/InStock", "url": o["url"],
			}
			if currency := snap.Catalogue().Currency; currency != "" {
				offer["priceCurrency"] = currency
			}
			o["offers"] = offer
		}
		variants = append(variants, o)
	}
	o := object{
		"@context": "https://schema.org", "@type": "ProductGroup", "productGroupID": g.ID, "name": p.Name,
		"url": p.Canonical, "mainEntityOfPage": webPage(p.Canonical, l.Code()),
		"variesBy": []string{"availableStrength", "dosageForm", "size"},
	}
	if p.Text != "" {
		o["description"] = p.Text
	}
	if len(variants) > 0 {
		o["hasVariant"] = variants
	}
	return o
}

// prescriptionStatus returns the schema.org prescription status of a class.
func prescriptionStatus(c catalogue.Class) string {
	if c.Orderable() {
		return "https://schema.org/OTC"
	}
	return "https://schema.org/PrescriptionOnly"
}
