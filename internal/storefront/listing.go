package storefront

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/pagecache"
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

// maxQuery is the length to which a search query is truncated, in runes.
const maxQuery = 200

var listingParams = []string{"category", "group", "form", "sort", "page", "q"}

// listing resolves the listing, and a search if there is a parameter q.
func (s *Shop) listing(lang string, a *pagecache.Address) pagecache.Response {
	snap := s.opts.Medicines.Current()
	q := shelf.Query{
		Category: a.Query("category"), Group: a.Query("group"), Form: a.Query("form"),
		Lang: lang,
	}
	if q.Category != "" {
		if _, ok := snap.Category(q.Category); !ok {
			return s.failure(lang, failCategory)
		}
	}
	if q.Group != "" {
		if _, ok := snap.Group(q.Group); !ok {
			return s.failure(lang, failMedicine)
		}
	}
	if q.Form != "" && snap.Count(shelf.Query{Form: q.Form}) == 0 {
		return s.failure(lang, failNotFound)
	}
	query := cleanQuery(a.Query("q"))
	q.Sort = sortOf(a.Query("sort"), query)
	page, ok := pageNumber(a.Query("page"))
	q.Page = page
	if query != "" {
		result := snap.Search(query)
		list := snap.ListFound(q, result)
		if q.Page = list.Number; !ok || page > list.Number {
			return pagecache.Redirect{To: "/" + lang + listingPath(q, query)}
		}
		return pagecache.Plan{
			Version: snap.Version(), Lang: lang, Path: listingPath(q, query), Uncached: true,
			Render: func(ctx context.Context) (pagecache.Document, error) {
				return s.showSearch(ctx, snap, q, query, result, list)
			},
		}
	}
	if last := lastPage(snap, q); !ok || page > last {
		q.Page = min(page, last)
		return pagecache.Redirect{To: "/" + lang + listingPath(q, "")}
	}
	return s.listingPlan(snap, q)
}

func (s *Shop) listingPlan(snap *shelf.Snapshot, q shelf.Query) pagecache.Plan {
	return pagecache.Plan{
		Version: snap.Version(), Lang: q.Lang, Path: listingPath(q, ""),
		// Filters that match nothing together have too many combinations for a
		// cache.
		Uncached: (q.Group != "" || q.Form != "") && snap.Count(q) == 0,
		Render:   func(ctx context.Context) (pagecache.Document, error) { return s.showListing(ctx, snap, q) },
	}
}

// listingPath returns the canonical path and query of a listing, without the
// language.
func listingPath(q shelf.Query, search string) string {
	page := ""
	if q.Page > 1 {
		page = itoa(q.Page)
	}
	sort := string(q.Sort)
	if q.Sort == sortOf("", search) {
		sort = ""
	}
	return pagecache.Canonical("/medicines",
		pagecache.Param{Name: "category", Value: q.Category}, pagecache.Param{Name: "form", Value: q.Form},
		pagecache.Param{Name: "group", Value: q.Group}, pagecache.Param{Name: "page", Value: page},
		pagecache.Param{Name: "q", Value: search}, pagecache.Param{Name: "sort", Value: sort})
}

func (s *Shop) showListing(ctx context.Context, snap *shelf.Snapshot, q shelf.Query) (pagecache.Document, error) {
	l := locale(q.Lang)
	list := snap.List(q)
	canonical := q
	canonical.Sort = shelf.SortName
	p := listingPage{layout: s.public(snap, q.Lang, listingPath(q, ""), listingPath(canonical, ""))}
	p.Heading = l.T("listing.heading")
	p.Breadcrumb = []link{{l.T("ways.home"), "/" + q.Lang}, {l.T("listing.heading"), ""}}
	title, description := l.T("title.listing"), l.T("description.listing")
	of := func(name string) {
		p.Heading = name
		title, description = l.T("title.listing.of", name), l.T("description.listing.of", name)
		p.Breadcrumb[1].Href = "/" + q.Lang + "/medicines"
		p.Breadcrumb = append(p.Breadcrumb, link{Text: name})
	}
	if q.Category != "" {
		c, _ := snap.Category(q.Category)
		of(c.Name.In(q.Lang))
	}
	if q.Group != "" {
		g, _ := snap.Group(q.Group)
		name := g.Name.In(q.Lang)
		if q.Category != "" {
			name = p.Heading + l.T("list.comma") + name
		}
		of(name)
	}
	if q.Form != "" {
		name := p.Heading + l.T("list.comma") + l.Form(q.Form)
		title, description = l.T("title.listing.of", name), l.T("description.listing.of", name)
	}
	if q.Page > 1 {
		description += l.T("description.page", q.Page)
	}
	p.Title, p.Description, p.Section = s.titled(l, title, q.Page), description, "medicines"
	p.StructData = []any{s.breadcrumbs(p.Breadcrumb)}
	return s.finishListing(ctx, l, snap, q, "", list, nil, &p)
}

// finishListing sets the fields that a listing and a search share and renders the
// page. matched says what a search matched of a medicine, by its id.
func (s *Shop) finishListing(ctx context.Context, l *render.Locale, snap *shelf.Snapshot, q shelf.Query, search string, list shelf.ListPage, matched map[string]string, p *listingPage) (pagecache.Document, error) {
	var err error
	if p.Categories, err = s.categories(ctx, snap, q.Lang, q.Category); err != nil {
		return pagecache.Document{}, err
	}
	p.filterForm = s.filterForm(l, snap, q, search)
	p.Filters = s.filters(l, snap, q, search)
	for _, ref := range list.Items {
		it := s.item(l, snap, ref)
		if text, ok := matched[ref.Group.ID]; ok { // once for each medicine
			it.Matched = text
			delete(matched, ref.Group.ID)
		}
		p.Items = append(p.Items, it)
	}
	if list.Total > 0 {
		p.Summary = l.T("listing.summary", list.From, list.To, list.Total)
	} else {
		p.Nothing = nothingFound(l, search)
	}
	p.Pagination = paginate(l, list.Number, list.Pages, func(page int) string {
		q := q
		q.Page = page
		return "/" + q.Lang + listingPath(q, search)
	})
	return s.page("listing", q.Lang, "listing", *p)
}

// nothingFound returns the state of a listing without items or, if query is not
// empty, of a search without results.
func nothingFound(l *render.Locale, query string) *emptyState {
	e := &emptyState{
		Heading: l.T("listing.empty_filters"),
		WaysOn: append(waysOn(l)[1:],
			link{Text: l.T("ways.categories"), Href: "/" + l.Code() + "#cats"},
			link{Text: l.T("ways.pharmacist"), Href: "/" + l.Code() + "/about#pharmacist"}),
	}
	if query != "" {
		e.Heading, e.Query, e.Text = l.T("listing.empty"), query, l.T("listing.empty_hint")
	}
	return e
}

// filterForm returns the form that filters and sorts a listing.
func (s *Shop) filterForm(l *render.Locale, snap *shelf.Snapshot, q shelf.Query, search string) filterForm {
	form := filterForm{
		Action: "/" + q.Lang + "/medicines",
		Forms:  []selectOption{{Text: l.T("form.all"), Selected: q.Form == ""}},
	}
	for _, f := range []hiddenField{{"q", search}, {"category", q.Category}, {"group", q.Group}} {
		if f.Value != "" {
			form.Hidden = append(form.Hidden, f)
		}
	}
	for _, f := range snap.Forms(q.Category, q.Group) {
		form.Forms = append(form.Forms, selectOption{Value: f, Text: l.Capital(l.Form(f)), Selected: f == q.Form})
	}
	if search != "" {
		form.Sorts = append(form.Sorts, selectOption{Text: l.T("sort.best"), Selected: q.Sort == ""})
	}
	for _, sort := range shelf.Sorts() {
		form.Sorts = append(form.Sorts, selectOption{Value: string(sort), Text: l.T("sort." + string(sort)), Selected: sort == q.Sort})
	}
	return form
}

// filters returns the active filters of a listing, each with a link that removes
// it.
func (s *Shop) filters(l *render.Locale, snap *shelf.Snapshot, q shelf.Query, search string) []activeFilter {
	q.Page = 1
	without := func(change func(*shelf.Query)) string {
		q := q
		change(&q)
		return "/" + q.Lang + listingPath(q, search)
	}
	var filters []activeFilter
	if c, ok := snap.Category(q.Category); ok {
		filters = append(filters, activeFilter{c.Name.In(q.Lang), without(func(q *shelf.Query) { q.Category = "" })})
	}
	if g, ok := snap.Group(q.Group); ok {
		filters = append(filters, activeFilter{g.Name.In(q.Lang), without(func(q *shelf.Query) { q.Group = "" })})
	}
	if q.Form != "" {
		filters = append(filters, activeFilter{l.Capital(l.Form(q.Form)), without(func(q *shelf.Query) { q.Form = "" })})
	}
	return filters
}

// cleanQuery normalizes a search query: it collapses white space, removes
// control and bidirectional formatting characters, and truncates the query to
// maxQuery runes.
func cleanQuery(s string) string {
	if len(s) > maxQuery*utf8.UTFMax {
		s = strings.ToValidUTF8(s[:maxQuery*utf8.UTFMax], "")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r < ' ', r == 0x7f, r == utf8.RuneError, r >= 0x80 && r < 0xa0:
			return ' '
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x61c:
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	for i := range s {
		if utf8.RuneCountInString(s[:i]) == maxQuery {
			return strings.TrimSpace(s[:i])
		}
	}
	return s
}

// pageNumber parses a page number in ASCII, Persian or Arabic-Indic digits; an
// empty string is page 1. If s is invalid, ok is false and page is the page to
// redirect to.
func pageNumber(s string) (page int, ok bool) {
	if s == "" {
		return 1, true
	}
	digits := catalogue.WesternDigits(s)
	n, err := strconv.Atoi(digits)
	switch {
	case err != nil && isNumber(digits):
		return 1 << 30, false // above any last page
	case err != nil || n < 1:
		return 1, false
	}
	return n, true
}

// isNumber reports whether s consists of ASCII digits.
func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// sortOf returns the sort order named s, or the default if there is none of that
// name: by name for a listing, and best match first ("") for a search.
func sortOf(s, search string) shelf.Sort {
	switch sort := shelf.Sort(s); {
	case slices.Contains(shelf.Sorts(), sort):
		return sort
	case search != "":
		return ""
	}
	return shelf.SortName
}

// lastPage returns the number of a listing's last page.
func lastPage(snap *shelf.Snapshot, q shelf.Query) int {
	return max(1, (snap.Count(q)+shelf.PageSize-1)/shelf.PageSize)
}

func itoa(n int) string { return strconv.Itoa(n) }

// paginate returns links to the first and last page and to the neighbours of the
// current page. It returns nil if there is only one page.
func paginate(l *render.Locale, current, last int, href func(int) string) *pagination {
	if last <= 1 {
		return nil
	}
	p := &pagination{}
	if current > 1 {
		p.Previous = href(current - 1)
	}
	if current < last {
		p.Next = href(current + 1)
	}
	before := 0
	for n := 1; n <= last; n++ {
		if n != 1 && n != last && (n < current-1 || n > current+1) {
			n = max(n, min(current-1, last)-1) // skip to the next page shown
			if n >= current {
				n = last - 1
			}
			continue
		}
		if n > before+1 {
			p.Pages = append(p.Pages, pageLink{Gap: true})
		}
		p.Pages = append(p.Pages, pageLink{Number: l.Number(n), Href: href(n), Current: n == current})
		before = n
	}
	return p
}
