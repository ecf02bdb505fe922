package storefront

import (
	"fmt"
	"slices"
	"strings"

	"pharmacy/internal/cart"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

// shortDated is the number of days before expiry from which a pack is marked as
// short-dated.
const shortDated = 180

// rowsPerTable is the maximum number of variants in the table of a medicine.
const rowsPerTable = 100

// medicinePath returns the path of a medicine's page, without the language.
func medicinePath(g *catalogue.Group) string { return "/medicines/" + g.ID }

// variantHref returns the address of a variant's row in the table of its
// medicine.
func variantHref(lang string, ref shelf.Ref) string {
	return "/" + lang + medicinePagePath(ref.Group, tablePage(ref.Group, ref.Variant)) + "#" + ref.Variant.ID
}

// tablePage returns the number of the page of a medicine's table that has the
// variant.
func tablePage(g *catalogue.Group, variant *catalogue.Variant) int {
	if len(g.Variants) <= rowsPerTable {
		return 1
	}
	return 1 + slices.IndexFunc(g.Variants, func(v catalogue.Variant) bool { return v.ID == variant.ID })/rowsPerTable
}

// item returns the view of a variant for a card or a table row.
func (s *Shop) item(l *render.Locale, snap *shelf.Snapshot, ref shelf.Ref) item {
	v, lang := ref.Variant, l.Code()
	it := item{
		ID:       v.ID,
		Href:     variantHref(lang, ref),
		Name:     nameOf(ref, lang),
		Brand:    v.Brand,
		FormIcon: render.FormIcon(v.Form),
		Class:    classTag{ID: v.Class.String(), Text: l.T("class." + v.Class.String())},
		Expiry:   expiryOf(l, v, snap.Day()),
	}
	if lang != "en" {
		it.Latin = label(locale("en"), ref)
	}
	if v.Strength != "" {
		it.Strength = strengthOf(l, v.Strength)
	}
	if v.Form != "" {
		it.Form = l.Form(v.Form)
	}
	if v.Pack.Unit != "" || v.Pack.Amount > 0 {
		it.Pack = l.Pack(v.Pack.Amount, v.Pack.Unit)
	}
	currency := snap.Catalogue().Currency
	if v.Price.Known {
		it.Price = l.Money(int64(v.Price.Amount), currency)
		if each, per, ok := v.UnitPrice(); ok {
			it.UnitPrice = l.UnitPrice(int64(each), currency, per)
		}
	}
	orderable, reason := v.Orderable(snap.Day())
	switch {
	case !s.selling():
		it.Refusal = l.T("refusal.catalogue_only")
	case !orderable:
		it.Refusal = l.T("refusal." + string(reason))
	default:
		it.Order = &orderForm{
			Action:   "/" + lang + "/cart/items",
			Variant:  v.ID,
			Quantity: quantityField(1, ""),
			Label:    l.T("order.label", label(l, ref)),
		}
	}
	return it
}

// quantityPattern is a regular expression for the accepted quantities, in the
// digits that quantityOf accepts.
var quantityPattern = func() string {
	var numbers []string
	for n := range cart.MaxPerIngredient {
		var b strings.Builder
		for _, digit := range itoa(n + 1) {
			fmt.Fprintf(&b, "[%c%c%c]", digit, digit-'0'+'۰', digit-'0'+'٠')
		}
		numbers = append(numbers, b.String())
	}
	return strings.Join(numbers, "|")
}()

// quantityField returns a field for a number of packs.
func quantityField(value int, label string) numberField {
	return numberField{Value: value, Max: cart.MaxPerIngredient, Pattern: quantityPattern, Label: label}
}

// nameOf returns the name of a variant or, if it has none, of its medicine.
func nameOf(ref shelf.Ref, lang string) string {
	if name := ref.Variant.Name.In(lang); name != "" {
		return name
	}
	return ref.Group.Name.In(lang)
}

// strengthOf returns a strength of the catalogue as shown on a page.
func strengthOf(l *render.Locale, strength string) render.Isolate {
	return l.Strength(catalogue.StrengthText(strength))
}

// label describes a variant in one line of text: name, strength, form and pack.
func label(l *render.Locale, ref shelf.Ref) string {
	v := ref.Variant
	text := nameOf(ref, l.Code())
	if v.Strength != "" {
		text += " " + strengthOf(l, v.Strength).Text
	}
	if v.Form != "" {
		text += " " + l.Form(v.Form)
	}
	if v.Pack.Unit != "" {
		text += l.T("list.comma") + l.Pack(v.Pack.Amount, v.Pack.Unit).Text
	}
	return text
}

// expiryOf returns the view of a variant's expiry date, which is shown in the
// calendar of the pack. An unreadable date is shown unchanged.
func expiryOf(l *render.Locale, v *catalogue.Variant, today catalogue.Day) expiryDate {
	e := v.Expiry
	if !e.Known() {
		return expiryDate{Text: e.Text()}
	}
	year, month, day := e.Last().Date()
	d := expiryDate{DateTime: e.Last().String(), Expired: e.Expired(today)}
	switch {
	case e.Text() != "":
		d.Text = e.Text()
	case e.SolarHijri():
		d.Text, d.Aside = l.SolarHijriExpiry(year, month, day, e.MonthOnly())
	default:
		d.Text, d.Aside = l.Expiry(year, month, day, e.MonthOnly())
	}
	if e.MonthOnly() && !e.SolarHijri() {
		d.DateTime = d.DateTime[:len("2006-01")]
	}
	left, _ := e.DaysLeft(today)
	d.Short = !d.Expired && left <= shortDated
	return d
}
