package storefront

import (
	"html/template"

	"pharmacy/internal/render"
)

// Base is what every page has. It deliberately has no field for a visitor,
// a basket or a message: a page that is cached cannot contain what its
// type cannot hold.
type Base struct {
	Lang string // language code: "fa", "en", "tr" or "ar"
	Dir  string // "rtl" or "ltr"

	Title       string // the whole text of the title element
	Description string // meta description; "" where there is none
	Canonical   string // absolute address; "" on pages that have none
	Alternates  []Alternate
	NoIndex     bool  // search results, basket and errors are not indexed
	StructData  []any // JSON-LD objects, one script element each

	SiteName      string         // what the site calls itself
	Path          string         // path and query of this page
	Section       string         // "home", "medicines", "a-to-z", "about", "cart" or ""
	Languages     []LanguageLink // the same page in each language
	SearchQuery   string         // what stands in the search box
	CatalogueOnly bool           // no basket anywhere
	Demonstration bool           // prices and expiry dates are invented
	Shop          *ShopView      // the pharmacy behind the site; nil where nothing is known
}

// Alternate is one hreflang link: the absolute address of this page in
// another language, or the negotiating address for "x-default".
type Alternate struct{ Lang, URL string }

// LanguageLink leads to the same page in another language.
type LanguageLink struct {
	Code    string // language code, for lang and hreflang
	Name    string // the language's own name for itself
	Href    string
	Current bool
}

// Link is a text that leads somewhere.
type Link struct{ Text, Href string }

// Option is one choice of a select element.
type Option struct {
	Value, Text string
	Selected    bool
}

// Field is a hidden form field.
type Field struct{ Name, Value string }

// ClassTag says how a variant may be sold.
type ClassTag struct {
	ID   string // "general", "pharmacist", "prescription" or "controlled"
	Text string
}

// ExpiryDate is a variant's last usable day.
type ExpiryDate struct {
	Text     string // as shown; "" when unknown
	Aside    string // the same day in the language's own calendar, where it has another
	DateTime string // for the time element: YYYY-MM or YYYY-MM-DD; "" when only text is known
	Short    bool   // 180 days or fewer are left
	Expired  bool
}

// Item shows one variant: on a card of the listing and as a row of a
// medicine's table.
type Item struct {
	ID        string
	Href      string // the medicine's page, with this variant marked
	Name      string // the medicine's name in the page's language
	Brand     string // "" for a generic
	Latin     string // the whole label in English, for comparing with the box; "" on English pages
	Strength  render.Isolate
	Form      string
	FormIcon  string // name of the icon: "tablet", "liquid", …
	Pack      render.Isolate
	Class     ClassTag
	Expiry    ExpiryDate
	Price     string // "" when no price is known
	UnitPrice string // price per tablet, 100 ml or 100 g; "" when it cannot be said
	Order     *OrderForm
	Refusal   string // why there is no order form, in the page's language; "" when there is one
	Marked    bool   // the variant that the address asked for
}

// OrderForm puts a variant into the basket. It exists only where the
// variant may be sold online.
type OrderForm struct {
	Action   string // POST address
	Variant  string
	Quantity NumberField
	Label    string // accessible name of the button: names the variant
}

// NumberField takes a whole number from 1, in the digits of any language.
type NumberField struct {
	Value, Max int
	Pattern    string // what may stand in it (HTML's pattern attribute)
	Label      string // accessible name; "" where a label element says it
}

// HomePage leads into the catalogue.
type HomePage struct {
	Base
	Heading, Lead string
	Categories    template.HTML // fragment
	Leading       []Item        // a few of the variants that lead the listings
	MedicineCount string
}

// ListingPage is a page of variants, filtered, sorted or searched.
type ListingPage struct {
	Base
	Heading    string
	Breadcrumb []Link // last has no Href
	Query      string // the search, "" without one
	Categories template.HTML
	FilterForm
	Filters     []Filter
	Items       []Item
	Summary     string // "1 to 24 of 176"
	Pagination  *Pagination
	Inexact     bool        // no name is, or begins with, what was searched for
	Suggestions []Link      // "did you mean"; each is a search
	Nothing     *EmptyState // where to go from an empty result; nil where there is something
}

// FilterForm narrows and orders a listing.
type FilterForm struct {
	Action string  // where the form goes
	Hidden []Field // filters that it keeps
	Forms  []Option
	Sorts  []Option
}

// EmptyState stands where a listing or a basket would, and leads on.
type EmptyState struct {
	Heading string
	Query   string // what was searched for, "" without a search
	Text    string
	WaysOn  []Link
}

// Filter is an active filter with a link that removes it.
type Filter struct {
	Text   string
	Remove string
}

// Pagination leads through the pages of a listing. It is nil for one page.
type Pagination struct {
	Previous, Next string // "" at the ends
	Pages          []PageLink
}

// PageLink is one page number; Gap stands for left-out pages.
type PageLink struct {
	Number  string // as shown
	Href    string
	Current bool
	Gap     bool
}

// MedicinePage is a medicine (a group) with the table of its variants.
type MedicinePage struct {
	Base
	VariantTable
	Breadcrumb []Link
	Latin      string // English name; "" on English pages
	Text       string // the neutral sentence
	Synonyms   []render.Isolate
	ATC        string
	Category   Link
	Leaflet    string
	LimitNote  string // quantity limit, said before adding; "" where nothing can be ordered
	Pagination *Pagination
	Same       EquivalentsView
}

// VariantTable compares the variants of one medicine.
type VariantTable struct {
	Name         string // the medicine's name in the page's language
	Items        []Item
	ShowVariants bool // variants have names of their own (column in the table)
}

// EquivalentsView compares the packs and brands of one medicine that are the
// same in substance, strength and form. It says what they cost and gives no
// advice: a pharmacist decides on a change.
type EquivalentsView struct {
	Text string // what is compared, and who decides
	Sets []EquivalentSet
}

// EquivalentSet is the packs of one strength and form, the lowest unit price
// first.
type EquivalentSet struct {
	Strength render.Isolate
	Form     string
	Rows     []EquivalentRow
}

// EquivalentRow is one pack.
type EquivalentRow struct {
	Href      string // its row in the table of variants
	Brand     string // "" for a generic
	Pack      render.Isolate
	Price     string // "" when no price is known
	UnitPrice string // "" when it cannot be said
	Note      string // that its unit price is the lowest of the set, or ""
}

// AZPage lists the medicines by first letter.
type AZPage struct {
	Base
	Letters  []Link // letters with medicines
	Sections []AZSection
}

// AZSection is one letter with its medicines.
type AZSection struct {
	ID, Letter string
	Links      []Link
}

// AboutPage says what this site is and what its classes mean.
type AboutPage struct {
	Base
	Classes []ClassMeaning
	Facts   []Fact
}

// ClassMeaning explains one class tag.
type ClassMeaning struct {
	Tag  ClassTag
	Text string
}

// Fact is a row of a summary list.
type Fact struct{ Term, Text string }

// Notice is a message above a personal page.
type Notice struct {
	Kind  string // "success" or "error"
	Title string
	Texts []string
}

// CartPage is the visitor's basket. It is never cached.
type CartPage struct {
	Base
	Basket
	Notice  *Notice
	Empty   string      // POST address that empties the basket
	Nothing *EmptyState // where to go from an empty basket; nil where there is something in it
	Count   int
}

// Basket is the table of what a visitor has chosen, with its total.
type Basket struct {
	Lines   []CartLine
	Total   string
	TaxNote string
}

// CartLine is one variant in the basket.
type CartLine struct {
	Item
	Quantity int
	Change   NumberField
	Total    string
	Problem  string // why it can no longer be ordered, or that its price changed
	Update   string // POST address for a new quantity
	Remove   string // POST address
}

// ErrorPage says what went wrong and where to go.
type ErrorPage struct {
	Base
	ErrorState
}

// ErrorState is a failure in the visitor's words, with a way on.
type ErrorState struct {
	Status  int
	Heading string
	Texts   []string
	WaysOn  []Link
}

// CategoriesView is what the fragment of categories shows: nothing but
// what its key holds can be in it.
type CategoriesView struct {
	Lang    string
	Current string // id of the marked category, "" for none
	Links   []CategoryLink
}

// CategoryLink leads to the listing of one category.
type CategoryLink struct {
	ID, Text, Href string
	Count          string // number of variants, as shown
	Current        bool
}
