package storefront

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/pagecache"
	"pharmacy/internal/render"
	"pharmacy/internal/search"
	"pharmacy/internal/shelf"
)

// showSearch renders the results of a search.
func (s *Shop) showSearch(ctx context.Context, snap *shelf.Snapshot, q shelf.Query, query string, result search.Result, list shelf.ListPage) (pagecache.Document, error) {
	l := locale(q.Lang)
	p := listingPage{layout: s.public(snap, q.Lang, listingPath(q, query), listingPath(q, query))}
	p.NoIndex = true
	p.Query, p.SearchQuery = query, query
	p.Heading = l.T("listing.search_title")
	p.Breadcrumb = []link{{l.T("ways.home"), "/" + q.Lang}, {l.T("listing.heading"), "/" + q.Lang + "/medicines"}, {l.T("listing.search_title"), ""}}
	p.Title, p.Description, p.Section = s.titled(l, l.T("title.search", query), q.Page), "", "medicines"
	p.Notes = notes(l, query, result)
	groups := snap.Catalogue().Groups
	for _, near := range result.Suggestions {
		g := &groups[near.Doc]
		if near.Lacks != search.LacksNothing {
			p.Lacking = append(p.Lacking, lackingView{
				Text: lackText(l, g, query, near), Link: link{g.Name.In(q.Lang), "/" + q.Lang + medicinePath(g)}, There: there(l, g, near.Lacks),
			})
			continue
		}
		text := suggested(l, g, query, near)
		p.Suggestions = append(p.Suggestions, link{Text: text, Href: suggestedHref(q.Lang, text, g, near)})
	}
	for _, named := range result.Named {
		g := &groups[named.Doc]
		p.Named = append(p.Named, link{g.Name.In(q.Lang), "/" + q.Lang + medicinePath(g)})
	}
	if answersByTopic(result) || len(result.Hits) == 0 {
		for _, c := range snap.Categories(result) {
			p.Near = append(p.Near, link{c.Name.In(q.Lang), "/" + q.Lang + listingPath(shelf.Query{Category: c.ID}, "")})
		}
	}
	matched := map[string]string{}
	for _, hit := range result.Hits {
		g := &groups[hit.Doc]
		if text := match(l, snap, g, query, hit); text != "" {
			matched[g.ID] = text
		}
	}
	return s.finishListing(ctx, l, snap, q, query, list, matched, &p)
}

// answersByTopic reports whether what was found is found by what it is for.
func answersByTopic(result search.Result) bool {
	return len(result.Hits) > 0 && (result.Hits[0].Kind == search.Topic || result.Hits[0].Kind == search.Description)
}

// notes returns what a visitor should know about the result of a search before
// it is shown.
func notes(l *render.Locale, query string, result search.Result) []string {
	var all []string
	if result.Unstocked != "" {
		name := result.Unstocked
		if search.Fold(query) == name {
			name = query
		} else if i := slices.IndexFunc(result.Spellings, func(s string) bool { return search.Fold(s) == name && belongs(s, l.Code()) }); i >= 0 {
			name = result.Spellings[i]
		}
		all = append(all, l.T("search.unstocked", l.Capital(name)))
	}
	if result.Shared {
		all = append(all, l.T("search.shared"))
	}
	if len(result.Hits) > 0 {
		switch best := result.Hits[0]; {
		case best.Rank == search.Spelling:
			all = append(all, l.T("listing.inexact"))
		case best.Kind == search.Description && best.Rank == search.Complaint:
			all = append(all, l.T("search.described"))
		}
	}
	return all
}

// belongs reports whether a text has no letter that only the other of Persian and
// Arabic has.
func belongs(text, lang string) bool {
	switch lang {
	case "fa":
		return !strings.ContainsAny(text, "يكةى")
	case "ar":
		return !strings.ContainsAny(text, "یکگپچژ")
	}
	return true
}

// match says which text of a medicine a search found, if it is not the name
// that is shown: "Parol, a brand of paracetamol".
func match(l *render.Locale, snap *shelf.Snapshot, g *catalogue.Group, query string, hit search.Hit) string {
	if hit.Rank == search.ItemMatch {
		return ""
	}
	name := g.Name.In(l.Code())
	switch hit.Kind {
	case search.Topic:
		if c, ok := snap.Category(g.Category); ok {
			return l.T("match.category", c.Name.In(l.Code()))
		}
		return ""
	case search.Description:
		return g.Description.In(l.Code())
	case search.Code, search.ItemName:
		return hit.Name
	}
	if explains(name, hit.Name, query) {
		return ""
	}
	return matchedName(l, hit.Name, hit.Kind, name)
}

// matchedName returns the text of a name that is not the one shown, or "".
func matchedName(l *render.Locale, text string, kind search.Kind, name string) string {
	switch {
	case contains(name, text):
		return ""
	case kind == search.Brand || kind == search.ItemBrand:
		return l.T("match.brand", text, inSentence(l.Code(), name))
	}
	return l.T("match.name", text, name)
}

// contains reports whether a name that is shown has every word of a text.
func contains(name, text string) bool {
	words := strings.Fields(search.Fold(name))
	for _, w := range strings.Fields(search.Fold(text)) {
		if !slices.Contains(words, w) {
			return false
		}
	}
	return true
}

// explains reports whether a name that is shown has what a query has of another
// name.
func explains(name, other, query string) bool {
	begins := func(name, word string) bool {
		return slices.ContainsFunc(strings.Fields(search.Fold(name)), func(w string) bool { return strings.HasPrefix(w, word) })
	}
	any := false
	for _, word := range strings.Fields(search.Fold(query)) {
		if begins(other, word) {
			if any = begins(name, word); !any {
				return false
			}
		}
	}
	return any
}

// inSentence returns a substance's name as it is written within a sentence of a
// language with letters of two cases.
func inSentence(lang, name string) string {
	first, size := utf8.DecodeRuneInString(name)
	second, _ := utf8.DecodeRuneInString(name[size:])
	switch {
	case !unicode.IsUpper(first) || !unicode.IsLower(second):
		return name
	case lang == "tr":
		return string(unicode.TurkishCase.ToLower(first)) + name[size:]
	case lang == "en" && !strings.HasPrefix(name, "St "):
		return string(unicode.ToLower(first)) + name[size:]
	}
	return name
}

// suggested returns the text of a suggestion: the name that is shown, and the
// one that matched.
func suggested(l *render.Locale, g *catalogue.Group, query string, near search.Suggestion) string {
	name := g.Name.In(l.Code())
	if strings.Contains(search.Fold(name), search.Fold(query)) {
		return name
	}
	if text := matchedName(l, near.Text, near.Kind, name); text != "" {
		return text
	}
	return name
}

// suggestedHref returns the address of the search that a suggestion is, in the
// words of the page where the name is all of it.
func suggestedHref(lang, text string, g *catalogue.Group, near search.Suggestion) string {
	query := near.Query
	if near.Kind == search.Name && near.Query == near.Text && text == g.Name.In(lang) {
		query = text
	}
	return "/" + lang + listingPath(shelf.Query{}, cleanQuery(query))
}

// lackText says that a medicine is not there as the query asks for it.
func lackText(l *render.Locale, g *catalogue.Group, query string, near search.Suggestion) string {
	if near.Lacks == search.LacksForm {
		return l.T("search.lacks_form", l.Capital(suggested(l, g, query, near)))
	}
	return l.T("search.lacks_strength", l.Capital(suggested(l, g, query, near)))
}

// maxThere is the number of strengths or forms that a note lists.
const maxThere = 12

// there returns the strengths or forms that a medicine has, the lowest first.
func there(l *render.Locale, g *catalogue.Group, lacks search.Lack) string {
	variants := make([]*catalogue.Variant, len(g.Variants))
	for i := range g.Variants {
		variants[i] = &g.Variants[i]
	}
	slices.SortStableFunc(variants, func(a, b *catalogue.Variant) int {
		return catalogue.MeasureOf(a.Strength).Compare(catalogue.MeasureOf(b.Strength))
	})
	var all []string
	for _, v := range variants {
		text := ""
		switch {
		case lacks == search.LacksForm && v.Form != "":
			text = l.Form(v.Form)
		case lacks == search.LacksStrength && v.Strength != "":
			text = strengthOf(l, v.Strength).Text
		}
		if text != "" && !slices.Contains(all, text) && len(all) < maxThere {
			all = append(all, text)
		}
	}
	return strings.Join(all, l.T("list.comma"))
}

// foundShown is the maximum number of results of the search API.
const foundShown = 20

type foundItem struct {
	Group   string `json:"group"`
	Variant string `json:"variant"`
	Name    string `json:"name"`
	URL     string `json:"url"`
	Match   string `json:"match,omitempty"` // what matched, if it is not the name
}

type found struct {
	Query       string      `json:"query"`
	Results     []foundItem `json:"results"`
	Suggestions []string    `json:"suggestions"`
	Questions   []question  `json:"questions,omitempty"` // the suggestions, as a visitor is asked
	Notes       []string    `json:"notes,omitempty"`     // such as that a substance is not on the shelf
}

type question struct {
	Group string `json:"group"`
	Text  string `json:"text"`
	URL   string `json:"url"`
}

func (s *Shop) searchJSON(a *pagecache.Address) pagecache.Response {
	snap := s.opts.Medicines.Current()
	lang := a.Query("lang")
	if _, ok := render.LocaleFor(lang); !ok {
		lang = s.opts.DefaultLanguage
	}
	return s.foundPlan(snap, lang, cleanQuery(a.Query("q")))
}

// foundPlan returns the plan of the search API's response to a query.
func (s *Shop) foundPlan(snap *shelf.Snapshot, lang, query string) pagecache.Plan {
	return pagecache.Plan{
		Version: snap.Version(), Lang: lang, Path: "/api/search", Uncached: true,
		Render: func(ctx context.Context) (pagecache.Document, error) {
			results, err := s.find(ctx, snap, lang, query)
			if err != nil {
				return pagecache.Document{}, err
			}
			body, err := json.Marshal(results)
			return pagecache.Document{ContentType: "application/json", Body: append(body, '\n')}, err
		},
	}
}

// find returns the medicines that match a query, best first. There is one result
// for each medicine, or for each matching variant if the query has a strength or
// form. For an empty query, find returns the leading medicines as suggestions.
func (s *Shop) find(ctx context.Context, snap *shelf.Snapshot, lang, query string) (found, error) {
	l := locale(lang)
	res := found{Query: query, Results: []foundItem{}, Suggestions: []string{}}
	if query == "" {
		top, err := s.opts.Medicines.Top(ctx, snap)
		for _, ref := range top[:min(leadingShown, len(top))] {
			res.Suggestions = append(res.Suggestions, ref.Group.Name.In(lang))
		}
		return res, err
	}
	result := snap.Search(query)
	res.Notes = notes(l, query, result)
	groups := snap.Catalogue().Groups
	for _, near := range result.Suggestions {
		g := &groups[near.Doc]
		name := g.Name.In(lang)
		if near.Lacks != search.LacksNothing {
			text := lackText(l, g, query, near)
			if list := there(l, g, near.Lacks); list != "" {
				text += " " + l.T("search.there", list)
			}
			res.Suggestions = append(res.Suggestions, name)
			res.Questions = append(res.Questions, question{g.ID, text, "/" + lang + medicinePath(g)})
			continue
		}
		text := name
		if near.Kind != search.Name && suggested(l, g, query, near) != name {
			text = l.T("match.name", near.Text, name)
		}
		res.Suggestions = append(res.Suggestions, text)
		res.Questions = append(res.Questions, question{
			g.ID, l.T("listing.did_you_mean") + " " + suggested(l, g, query, near), suggestedHref(lang, suggested(l, g, query, near), g, near),
		})
	}
	for _, hit := range result.Hits {
		g := &groups[hit.Doc]
		matched := match(l, snap, g, query, hit)
		if hit.Items == nil && len(g.Variants) > 0 {
			res.Results = append(res.Results, foundItem{g.ID, g.Variants[0].ID, g.Name.In(lang), "/" + lang + medicinePath(g), matched})
		}
		for _, i := range hit.Items {
			if len(res.Results) == foundShown {
				break
			}
			ref := shelf.Ref{Group: g, Variant: &g.Variants[i]}
			if hit.Kind == search.ItemBrand && ref.Variant.Brand != "" {
				matched = matchedName(l, ref.Variant.Brand, hit.Kind, g.Name.In(lang))
			}
			res.Results = append(res.Results, foundItem{g.ID, ref.Variant.ID, label(l, ref), variantHref(lang, ref), matched})
		}
		if len(res.Results) == foundShown {
			break
		}
	}
	return res, nil
}
