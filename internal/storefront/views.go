package storefront

import (
	"html/template"

	"pharmacy/internal/render"
)

// layout is what every page has. It deliberately has no field for a visitor,
// a basket or a message: a page that is cached cannot contain what its
// type cannot hold.
type layout struct {
	Lang string // language code: "fa", "en", "tr" or "ar"
	Dir  string // "rtl" or "ltr"

	Title       string // the whole text of the title element
	Description string // meta description; "" where there is none
	Canonical   string // absolute address; "" on pages that have none
	Alternates  []alternate
	NoIndex     bool  // search results, basket and errors are not indexed
	StructData  []any // JSON-LD objects, one script element each

	SiteName      string         // what the site calls itself
	Path          string         // path and query of this page
	Section       string         // "home", "medicines", "a-to-z", "about", "cart" or ""
	Languages     []languageLink // the same page in each language
	SearchQuery   string         // what stands in the search box
	CatalogueOnly bool           // no basket anywhere
	Demonstration bool           // prices and expiry dates are invented
	Shop          *shopView      // the pharmacy behind the site; nil where nothing is known
}

// alternate is one hreflang link: the absolute address of this page in
// another language, or the negotiating address for "x-default".
type alternate struct{ Lang, URL string }

// languageLink leads to the same page in another language.
type languageLink struct {
	Code    string // language code, for lang and hreflang
	Name    string // the language's own name for itself
	Href    string
	Current bool
}

// link is a text that leads somewhere.
type link struct{ Text, Href string }

// selectOption is one choice of a select element.
type selectOption struct {
	Value, Text string
	Selected    bool
}

// hiddenField is a hidden form field.
type hiddenField struct{ Name, Value string }

// classTag says how a variant may be sold.
type classTag struct {
	ID   string // "general", "pharmacist", "prescription" or "controlled"
	Text string
}

// expiryDate is a variant's last usable day.
type expiryDate struct {
	Text     string // as shown; "" when unknown
	Aside    string // the same day in the language's own calendar, where it has another
	DateTime string // for the time element: YYYY-MM or YYYY-MM-DD; "" when only text is known
	Short    bool   // 180 days or fewer are left
	Expired  bool
}

// item shows one variant: on a card of the listing and as a row of a
// medicine's table.
type item struct {
	ID        string
	Href      string // the medicine's page, with this variant marked
	Name      string // the medicine's name in the page's language
	Brand     string // "" for a generic
	Latin     string // the whole label in English, for comparing with the box; "" on English pages
	Strength  render.Isolate
	Form      string
	FormIcon  string // name of the icon: "tablet", "liquid", …
	Pack      render.Isolate
	Class     classTag
	Expiry    expiryDate
	Price     string // "" when no price is known
	UnitPrice string // price per tablet, 100 ml or 100 g; "" when it cannot be said
	Order     *orderForm
	Refusal   string // why there is no order form, in the page's language; "" when there is one
	Marked    bool   // the variant that the address asked for
}

// orderForm puts a variant into the basket. It exists only where the
// variant may be sold online.
type orderForm struct {
	Action   string // POST address
	Variant  string
	Quantity numberField
	Label    string // accessible name of the button: names the variant
}

// numberField takes a whole number from 1, in the digits of any language.
type numberField struct {
	Value, Max int
	Pattern    string // what may stand in it (HTML's pattern attribute)
	Label      string // accessible name; "" where a label element says it
}

// homePage leads into the catalogue.
type homePage struct {
	layout
	Heading, Lead string
	Categories    template.HTML // fragment
	Leading       []item        // a few of the variants that lead the listings
	MedicineCount string
}

// listingPage is a page of variants, filtered, sorted or searched.
type listingPage struct {
	layout
	Heading    string
	Breadcrumb []link // last has no Href
	Query      string // the search, "" without one
	Categories template.HTML
	filterForm
	Filters     []activeFilter
	Items       []item
	Summary     string // "1 to 24 of 176"
	Pagination  *pagination
	Inexact     bool        // no name is, or begins with, what was searched for
	Suggestions []link      // "did you mean"; each is a search
	Nothing     *emptyState // where to go from an empty result; nil where there is something
}

// filterForm narrows and orders a listing.
type filterForm struct {
	Action string        // where the form goes
	Hidden []hiddenField // filters that it keeps
	Forms  []selectOption
	Sorts  []selectOption
}

// emptyState stands where a listing or a basket would, and leads on.
type emptyState struct {
	Heading string
	Query   string // what was searched for, "" without a search
	Text    string
	WaysOn  []link
}

// activeFilter is an active filter with a link that removes it.
type activeFilter struct {
	Text   string
	Remove string
}

// pagination leads through the pages of a listing. It is nil for one page.
type pagination struct {
	Previous, Next string // "" at the ends
	Pages          []pageLink
}

// pageLink is one page number; Gap stands for left-out pages.
type pageLink struct {
	Number  string // as shown
	Href    string
	Current bool
	Gap     bool
}

// medicinePage is a medicine (a group) with the table of its variants.
type medicinePage struct {
	layout
	variantTable
	Breadcrumb []link
	Latin      string // English name; "" on English pages
	Text       string // the neutral sentence
	Synonyms   []render.Isolate
	ATC        string
	Category   link
	Leaflet    string
	LimitNote  string // quantity limit, said before adding; "" where nothing can be ordered
	Pagination *pagination
	Same       equivalentsView
}

// variantTable compares the variants of one medicine.
type variantTable struct {
	Name         string // the medicine's name in the page's language
	Items        []item
	ShowVariants bool // variants have names of their own (column in the table)
}

// equivalentsView compares the packs and brands of one medicine that are the
// same in substance, strength and form. It says what they cost and gives no
// advice: a pharmacist decides on a change.
type equivalentsView struct {
	Text string // what is compared, and who decides
	Sets []equivalentSet
}

// equivalentSet is the packs of one strength and form, the lowest unit price
// first.
type equivalentSet struct {
	Strength render.Isolate
	Form     string
	Rows     []equivalentRow
}

// equivalentRow is one pack.
type equivalentRow struct {
	Href      string // its row in the table of variants
	Brand     string // "" for a generic
	Pack      render.Isolate
	Price     string // "" when no price is known
	UnitPrice string // "" when it cannot be said
	Note      string // that its unit price is the lowest of the set, or ""
}

// azPage lists the medicines by first letter.
type azPage struct {
	layout
	Letters  []link // letters with medicines
	Sections []azSection
}

// azSection is one letter with its medicines.
type azSection struct {
	ID, Letter string
	Links      []link
}

// aboutPage says what this site is and what its classes mean.
type aboutPage struct {
	layout
	Classes []classMeaning
	Facts   []fact
}

// classMeaning explains one class tag.
type classMeaning struct {
	Tag  classTag
	Text string
}

// fact is a row of a summary list.
type fact struct{ Term, Text string }

// notice is a message above a personal page.
type notice struct {
	Kind  string // "success" or "error"
	Title string
	Texts []string
}

// cartPage is the visitor's basket. It is never cached.
type cartPage struct {
	layout
	basketTable
	Notice  *notice
	Empty   string      // POST address that empties the basket
	Nothing *emptyState // where to go from an empty basket; nil where there is something in it
	Count   int
}

// basketTable is the table of what a visitor has chosen, with its total.
type basketTable struct {
	Lines   []cartLine
	Total   string
	TaxNote string
}

// cartLine is one variant in the basket.
type cartLine struct {
	item
	Quantity int
	Change   numberField
	Total    string
	Problem  string // why it can no longer be ordered, or that its price changed
	Update   string // POST address for a new quantity
	Remove   string // POST address
}

// errorPage says what went wrong and where to go.
type errorPage struct {
	layout
	errorState
}

// errorState is a failure in the visitor's words, with a way on.
type errorState struct {
	Status  int
	Heading string
	Texts   []string
	WaysOn  []link
}

// categoriesView is what the fragment of categories shows: nothing but
// what its key holds can be in it.
type categoriesView struct {
	Lang    string
	Current string // id of the marked category, "" for none
	Links   []categoryLink
}

// categoryLink leads to the listing of one category.
type categoryLink struct {
	ID, Text, Href string
	Count          string // number of variants, as shown
	Current        bool
}
