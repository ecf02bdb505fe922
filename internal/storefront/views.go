package storefront

import (
	"html/template"

	"pharmacy/internal/render"
)

// layout holds what every page has. It deliberately has no field for a visitor,
// basket or message, so that a cached page cannot contain one.
type layout struct {
	Lang string // language code: "fa", "en", "tr" or "ar"
	Dir  string // "rtl" or "ltr"

	Title       string // complete text of the title element
	Description string // meta description, or ""
	Canonical   string // absolute address, or ""
	Alternates  []alternate
	NoIndex     bool  // set for search results, basket and errors
	StructData  []any // JSON-LD objects, each in its own script element

	SiteName      string         // name of the site
	Path          string         // path and query of this page
	Section       string         // "home", "medicines", "a-to-z", "about", "cart" or ""
	Languages     []languageLink // the same page in each language
	SearchQuery   string         // initial value of the search box
	CatalogueOnly bool           // no page has a basket
	Demonstration bool           // prices and expiry dates are invented
	Shop          *shopView      // details of the pharmacy, or nil
}

// alternate is an hreflang link: the absolute address of this page in a language,
// or in none for "x-default".
type alternate struct{ Lang, URL string }

// languageLink is a link to the same page in another language.
type languageLink struct {
	Code    string // for lang and hreflang
	Name    string // in the language itself
	Href    string
	Current bool
}

// link is a text with an address. Without an Href it is plain text.
type link struct{ Text, Href string }

// selectOption is an option of a select element.
type selectOption struct {
	Value, Text string
	Selected    bool
}

// hiddenField is a hidden form field.
type hiddenField struct{ Name, Value string }

// classTag shows how a variant may be sold.
type classTag struct {
	ID   string // "general", "pharmacist", "prescription" or "controlled"
	Text string
}

// expiryDate is a variant's last usable day.
type expiryDate struct {
	Text     string // as shown, or "" if unknown
	Aside    string // the last day in another calendar, or ""
	DateTime string // for the time element, Gregorian: YYYY-MM, YYYY-MM-DD or, if unreadable, ""
	Short    bool   // shortDated days or fewer are left
	Expired  bool
}

// item is a variant on a card of a listing or in a row of a medicine's table.
type item struct {
	ID        string
	Href      string // this variant's row on the medicine's page
	Name      string // the medicine's name in the page's language
	Matched   string // what a search found, if it is not the name; or ""
	Brand     string // "" for a generic
	Latin     string // label in English, to compare with the box; "" on English pages
	Strength  render.Isolate
	Form      string
	FormIcon  string // icon name, such as "tablet"
	Pack      render.Isolate
	Class     classTag
	Expiry    expiryDate
	Price     string // "" if unknown
	UnitPrice string // price per tablet, 100 ml or 100 g, or ""
	Order     *orderForm
	Refusal   string // why there is no order form, or ""
}

// orderForm is a form that adds a variant to the basket. Only a variant that can
// be ordered has one.
type orderForm struct {
	Action   string // POST address
	Variant  string
	Quantity numberField
	Label    string // accessible name of the button, with the variant
}

// numberField is an input for an integer from 1 to Max, in the digits of any
// language.
type numberField struct {
	Value, Max int
	Pattern    string // the pattern attribute
	Label      string // accessible name; "" if it has a label element
}

// homePage is the home page.
type homePage struct {
	layout
	Heading, Lead string
	Categories    template.HTML // fragment
	Leading       []item        // a few of the variants that lead the listings
	MedicineCount string
}

// listingPage is a page of a listing or of search results.
type listingPage struct {
	layout
	Heading    string
	Breadcrumb []link // the last has no Href
	Query      string // the search query, or ""
	Categories template.HTML
	filterForm
	Filters     []activeFilter
	Items       []item
	Summary     string // "1 to 24 of 176"
	Pagination  *pagination
	Notes       []string      // what to know before the results
	Lacking     []lackingView // medicines without the strength or form asked for
	Suggestions []link        // "did you mean": links to searches
	Named       []link        // medicines that a part of the query names
	Near        []link        // categories that have to do with the query
	Nothing     *emptyState   // shown instead of an empty listing; else nil
}

// lackingView is a medicine that is not there in the strength or form that a
// search asks for.
type lackingView struct {
	Text  string
	Link  link
	There string // the strengths or forms that it has
}

// filterForm is the form that filters and sorts a listing.
type filterForm struct {
	Action string        // GET address
	Hidden []hiddenField // filters that the form keeps
	Forms  []selectOption
	Sorts  []selectOption
}

// emptyState is shown instead of an empty listing or basket.
type emptyState struct {
	Heading string
	Query   string // the search query, or ""
	Text    string
	WaysOn  []link
}

// activeFilter is an active filter with a link that removes it.
type activeFilter struct {
	Text   string
	Remove string
}

// pagination links the pages of a listing or table.
type pagination struct {
	Previous, Next string // "" at the ends
	Pages          []pageLink
}

// pageLink is a link to a page, or a gap for omitted pages.
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
	Text       string // description
	Synonyms   []render.Isolate
	Brands     []render.Isolate
	Codes      []codeView
	Category   link
	Leaflet    string
	LimitNote  string // quantity limit; "" if no variant can be ordered
	Pagination *pagination
	Same       equivalentsView
}

// codeView is an ATC code of a medicine.
type codeView struct {
	Code  string
	Forms string // of which it is, if the medicine has other codes too
}

// variantTable is the table of a medicine's variants.
type variantTable struct {
	Name         string // the medicine's name in the page's language
	Items        []item
	ShowVariants bool // show a column with the names of the variants
}

// equivalentsView compares the prices of a medicine's packs and brands with the
// same substance, strength and form. It contains no advice: a pharmacist decides
// on a substitution.
type equivalentsView struct {
	Text string // introduction
	Sets []equivalentSet
}

// equivalentSet holds the packs of one strength and form, lowest unit price
// first.
type equivalentSet struct {
	Strength render.Isolate
	Form     string
	Rows     []equivalentRow
}

// equivalentRow is a pack.
type equivalentRow struct {
	Href      string // row in the table of variants
	Brand     string // "" for a generic
	Pack      render.Isolate
	Price     string // "" if unknown
	UnitPrice string // "" if unknown
	Note      string // set for the lowest unit price of the set, else ""
}

// azPage lists the medicines by first letter.
type azPage struct {
	layout
	Letters  []link // letters that have medicines
	Sections []azSection
}

// azSection is a letter with its medicines.
type azSection struct {
	ID, Letter string
	Links      []link
}

// aboutPage describes the site and explains the classes.
type aboutPage struct {
	layout
	Classes []classMeaning
	Facts   []fact
}

// classMeaning is a class tag with its explanation.
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
	Empty   string      // POST address
	Nothing *emptyState // shown instead of an empty basket; else nil
	Count   int
}

// basketTable is the table of a basket, with its total.
type basketTable struct {
	Lines   []cartLine
	Total   string
	TaxNote string
}

// cartLine is a line of the basket.
type cartLine struct {
	item
	Quantity int
	Change   numberField
	Total    string
	Problem  string // why it can no longer be ordered, or its change of price; else ""
	Update   string // POST address
	Remove   string // POST address
}

// errorPage is the page of an error.
type errorPage struct {
	layout
	errorState
}

// errorState explains an error to the visitor.
type errorState struct {
	Status  int
	Heading string
	Texts   []string
	WaysOn  []link
}

// categoriesView is the data of the categories fragment. It depends only on the
// inputs in the fragment's key.
type categoriesView struct {
	Lang    string
	Current string // id of the current category, or ""
	Links   []categoryLink
}

// categoryLink is a link to the listing of a category.
type categoryLink struct {
	ID, Text, Href string
	Count          string // number of variants, as shown
	Current        bool
}
