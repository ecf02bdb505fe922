package storefront

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/andybalholm/cascadia"

	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

// ask searches through the API.
func (v *visitor) ask(lang, q string) found {
	v.t.Helper()
	var f found
	a := v.get("/api/search?" + url.Values{"lang": {lang}, "q": {q}}.Encode()).wants(http.StatusOK)
	if err := json.Unmarshal(a.body, &f); err != nil {
		v.t.Fatalf("%q: %v: %.200s", q, err, a.body)
	}
	return f
}

// cards returns the group ids of the medicines on a page of results.
func (a *answer) cards() []string {
	var ids []string
	for _, n := range a.all(".cards h3 a") {
		path, _, _ := strings.Cut(attribute(n, "href"), "#")
		id := path[strings.LastIndex(path, "/")+1:]
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// A medicine is found by its name in any language and script, in every page
// language.
func TestSearchAcrossLanguages(t *testing.T) {
	v := newSite(t, siteOptions{}).visitor()
	for group, queries := range map[string][]string{
		"paracetamol": {"paracetamol", "پاراستامول", "باراسيتامول", "parasetamol", "acetaminophen", "Tylenol", "استامینوفن", "أسيتامينوفين", "PARASETAMOL", "بَارَاسِيتَامُول"},
		"ibuprofen":   {"ibuprofen", "ایبوپروفن", "إيبوبروفين", "ايبوبروفين", "İBUPROFEN", "ıbuprofen", "ايبوپروفن", "ایبوبروفن"},
		"amoxicillin": {"amoxicillin", "آموکسی\u200cسیلین", "آموکسی سیلین", "آموکسیسیلین", "اموکسی سیلین", "أموكسيسيلين", "amoksisilin", "AMOKSİSİLİN"},
	} {
		for _, q := range queries {
			for _, lang := range render.Languages() {
				f := v.ask(lang, q)
				if len(f.Results) == 0 || f.Results[0].Group != group || len(f.Suggestions) > 0 {
					t.Errorf("%s: %q finds %+v", lang, q, f)
					continue
				}
				if !strings.HasPrefix(f.Results[0].URL, "/"+lang+"/medicines/") {
					t.Errorf("%s: the result for %q has URL %s", lang, q, f.Results[0].URL)
				}
				if ids := v.get("/" + lang + "/medicines?q=" + url.QueryEscape(q)).wants(http.StatusOK).cards(); len(ids) == 0 || ids[0] != group {
					t.Errorf("%s: the page for %q lists %v", lang, q, ids)
				}
			}
		}
	}
	// Strength and form narrow a search, in the words and digits of every language.
	for _, q := range []string{"amoxicillin 500 capsule", "آموکسی سیلین ۵۰۰ کپسول", "أموكسيسيلين ٥٠٠ كبسولة", "amoksisilin 500 mg kapsül", "amoxicillin 0.5g capsule"} {
		f := v.ask("en", q)
		for _, r := range f.Results {
			if ref, ok := v.store.Current().Variant(r.Variant); !ok || r.Group != "amoxicillin" || ref.Variant.Strength != "500 mg" || ref.Variant.Form != "capsule" {
				t.Errorf("%q finds %+v", q, r)
			}
		}
		if len(f.Results) == 0 {
			t.Errorf("%q finds nothing", q)
		}
	}
}

var lookAlikes = [][4]string{
	{"Prednisone", "پردنیزون", "Prednizon", "بريدنيزون"}, {"Prednisolone", "پردنیزولون", "Prednizolon", "بريدنيزولون"},
	{"Hydroxyzine", "هیدروکسی\u200cزین", "Hidroksizin", "هيدروكسيزين"}, {"Hydralazine", "هیدرالازین", "Hidralazin", "هيدرالازين"},
	{"Chlorpromazine", "کلرپرومازین", "Klorpromazin", "كلوربرومازين"}, {"Chlorpropamide", "کلرپروپامید", "Klorpropamid", "كلوربروباميد"},
}

// shelfOf returns a catalogue with some of the look-alike names.
func shelfOf(t *testing.T, which ...int) []byte {
	t.Helper()
	type object map[string]any
	var groups []object
	for _, i := range which {
		n := lookAlikes[i]
		id := strings.ToLower(n[0])
		groups = append(groups, object{"id": id, "name": object{"en": n[0], "fa": n[1], "tr": n[2], "ar": n[3]}, "variants": []object{
			{"id": id + "-1", "form": "tablet", "strength": "25 mg", "pack": object{"amount": 20, "unit": "tablet"}, "price": "2.00", "class": "prescription"},
		}})
	}
	file, err := json.Marshal(object{"currency": "EUR", "groups": groups})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// A search for one of two confusable names never finds the other, whether the
// catalogue has both or only the other.
func TestLookAlikesAreNotShown(t *testing.T) {
	every := newSite(t, siteOptions{catalogue: shelfOf(t, 0, 1, 2, 3, 4, 5)}).visitor()
	halves := []*visitor{
		newSite(t, siteOptions{catalogue: shelfOf(t, 0, 2, 4)}).visitor(),
		newSite(t, siteOptions{catalogue: shelfOf(t, 1, 3, 5)}).visitor(),
	}
	for i, names := range lookAlikes {
		id := strings.ToLower(names[0])
		for _, name := range names {
			for _, q := range []string{name, strings.ToUpper(name), name + " 25 mg", strings.ReplaceAll(name, "\u200c", " ")} {
				page := "/fa/medicines?q=" + url.QueryEscape(q)
				if f := every.ask("en", q); len(f.Results) != 1 || f.Results[0].Group != id || len(f.Suggestions) > 0 {
					t.Errorf("%q finds %+v", q, f)
				}
				if ids := every.get(page).cards(); !slices.Equal(ids, []string{id}) {
					t.Errorf("the page for %q lists %v", q, ids)
				}
				without := halves[1-i%2]
				if f := without.ask("en", q); len(f.Results) > 0 {
					t.Errorf("%q, which is not in the catalogue, finds %+v", q, f)
				}
				if a := without.get(page); len(a.cards()) > 0 || len(a.all(".none")) != 1 {
					t.Errorf("the page for %q, which is not in the catalogue, lists %v", q, a.cards())
				}
			}
		}
	}
}

// A near match is offered as a link to a search that finds it, not as a
// result. A name in another language's spelling is listed with a warning.
func TestNearNamesAreAsked(t *testing.T) {
	v := newSite(t, siteOptions{}).visitor()
	for q, want := range map[string]struct{ group, query string }{
		"paracetmol":             {"paracetamol", "Paracetamol"},
		"amoxicilin 500 capsule": {"amoxicillin", "Amoxicillin 500 capsule"},
		"پاراستانول":             {"paracetamol", "پاراستامول"},
		"پارستامول":              {"paracetamol", "پاراستامول"},
		"parasetmol":             {"paracetamol", ""},
		"prednisalone":           {"prednisolone", ""},
	} {
		g, _ := v.store.Current().Group(want.group)
		for _, lang := range render.Languages() {
			name := g.Name.In(lang)
			if f := v.ask(lang, q); len(f.Results) > 0 || len(f.Suggestions) == 0 || f.Suggestions[0] != name {
				t.Errorf("%s: %q returns %+v, want the suggestion %s", lang, q, f, name)
			}
			a := v.get("/" + lang + "/medicines?q=" + url.QueryEscape(q)).wants(http.StatusOK)
			links := a.all(".mean a")
			if len(a.cards()) > 0 || len(links) == 0 || !strings.Contains(text(links[0]), name) {
				t.Errorf("%s: the page for %q lists %v", lang, q, a.cards())
				continue
			}
			href := mustURL(attribute(links[0], "href"))
			if got := href.Query().Get("q"); href.Path != "/"+lang+"/medicines" || want.query != "" && got != want.query {
				t.Errorf("%s: for %q, the link to %s searches for %q", lang, q, name, got)
			}
			if ids := v.get(href.String()).wants(http.StatusOK).cards(); !slices.Contains(ids, want.group) {
				t.Errorf("%s: %s lists %v", lang, href, ids)
			}
		}
	}
	for q, warned := range map[string]bool{"paracetamol": false, "parac": false, "klaritromycin": true, "500 mg": false, "N02BE01": false} {
		for _, lang := range render.Languages() {
			a := v.get("/" + lang + "/medicines?q=" + url.QueryEscape(q)).wants(http.StatusOK)
			got := false
			for _, n := range a.all(".mean") {
				got = got || text(n) == locale(lang).T("listing.inexact")
			}
			if len(a.cards()) == 0 || got != warned {
				t.Errorf("%s: %q shows a warning: %t, want %t", lang, q, got, warned)
			}
		}
	}
}

// Results have pages, filters and orders as listings do, and their links keep
// the query.
func TestSearchIsPagedAndFiltered(t *testing.T) {
	v := newSite(t, siteOptions{}).visitor()
	snap := v.store.Current()
	const q = "tablet"
	result := snap.Search(q)
	for _, query := range []shelf.Query{
		{}, {Form: "tablet", Category: "pain-and-fever"}, {Form: "tablet", Sort: shelf.SortPriceDesc}, {Group: "paracetamol", Sort: shelf.SortUnitPrice}, {Sort: shelf.SortName},
	} {
		query.Lang = "fa"
		last := snap.ListFound(query, result).Pages
		for _, page := range slices.Compact([]int{1, min(2, last), last}) {
			query.Page = page
			list := snap.ListFound(query, result)
			a := v.get("/fa" + listingPath(query, q)).wants(http.StatusOK)
			var want, got []string
			for _, ref := range list.Items {
				want = append(want, variantHref("fa", ref))
			}
			for _, n := range a.all(".cards h3 a") {
				got = append(got, attribute(n, "href"))
			}
			if len(want) == 0 || !slices.Equal(got, want) {
				t.Errorf("%+v lists %d, want %d", query, len(got), len(want))
			}
			if sum := a.one(".sum b"); sum != spaced(locale("fa").T("listing.summary", list.From, list.To, list.Total)) {
				t.Errorf("%+v: %q", query, sum)
			}
			for _, n := range a.all(".pages a, .active a") {
				to := mustURL(attribute(n, "href"))
				if to.Query().Get("q") != q {
					t.Errorf("%+v: %s loses the query", query, to)
				}
				if to.Query().Get("sort") != string(query.Sort) {
					t.Errorf("%+v: %s loses the order", query, to)
				}
				v.get(to.String()).wants(http.StatusOK)
			}
			if hidden := a.all(`.filter input[name=q]`); len(hidden) != 1 || attribute(hidden[0], "value") != q {
				t.Errorf("%+v: the filter form loses the query", query)
			}
			if order := a.all(`.filter select[name=sort] option[selected]`); len(order) != 1 || attribute(order[0], "value") != string(query.Sort) {
				t.Errorf("%+v: the filter form selects another order", query)
			}
		}
		// Beyond the last page, a search redirects to its nearest page, as a listing
		// does.
		query.Page = last
		for page, want := range map[string]int{itoa(last + 1): last, "999999999999999999999": last, "۹۹۹": last, "0": 1, "-3": 1, "x": 1} {
			to := query
			to.Page = want
			address := mustURL("/fa" + listingPath(query, q))
			params := address.Query()
			params.Set("page", page)
			address.RawQuery = params.Encode()
			a := v.get(address.String())
			if a.status/100 != 3 || a.header.Get("Location") != "/fa"+listingPath(to, q) {
				t.Errorf("%s: %d, Location %q, want %q", address, a.status, a.header.Get("Location"), "/fa"+listingPath(to, q))
			}
		}
	}
	v.get("/fa/medicines?q=xyzzyxyzzy&page=2").header1("Location", "/fa/medicines?q=xyzzyxyzzy")
}

// If nothing is found, the query is shown in its own direction and the page
// offers other links.
func TestNothingFound(t *testing.T) {
	v := newSite(t, siteOptions{}).visitor()
	for _, q := range []string{"zzzzzzzz", "ژژژژژژژژ", "<b>zzzzzzzz</b>&amp;", `"'><i>zzzzzzzz`, "((((", "…"} {
		for _, lang := range render.Languages() {
			a := v.get("/" + lang + "/medicines?q=" + url.QueryEscape(q)).wants(http.StatusOK)
			if got := a.one(".none bdi"); got != q {
				t.Errorf("%s: %q is shown as %q", lang, q, got)
			}
			if box := a.all("#q"); len(box) != 1 || attribute(box[0], "value") != q || attribute(box[0], "dir") != "auto" {
				t.Errorf("%s: %q is not in the search box", lang, q)
			}
			var ways []string
			for _, n := range a.all(".none .ways a") {
				href := attribute(n, "href")
				path, fragment, _ := strings.Cut(href, "#")
				if to := v.get(path).wants(http.StatusOK); fragment != "" && len(to.all("[id="+fragment+"]")) != 1 {
					t.Errorf("%s is a broken link", href)
				}
				ways = append(ways, href)
			}
			for _, want := range []string{"/" + lang + "/a-to-z", "/" + lang + "/about#pharmacist"} {
				if !slices.Contains(ways, want) {
					t.Errorf("%s: links %q, want them to include %s", lang, ways, want)
				}
			}
			if len(a.all(".cats a")) < 10 {
				t.Errorf("%s: no categories", lang)
			}
		}
	}
}

// The page and the API answer any query quickly and safely.
func TestSearchWithstandsAnything(t *testing.T) {
	v := newSite(t, siteOptions{}).visitor()
	for name, q := range map[string]string{
		"10,000 letters":       strings.Repeat("a", 10_000),
		"10,000 alefs":         strings.Repeat("ا", 10_000),
		"broken UTF-8":         "\xff\xfe\xc3paracetamol\x80\xf0\x9f",
		"control characters":   "para\x01\x02\x1b[31mcetamol\x7f\u0085",
		"NUL":                  "\x00\x00paracetamol\x00",
		"overrides":            "\u202eparacetamol\u202d \u2066\u2067\u2068\u2069\u061c\u200e\u200f\u202a",
		"thousands of words":   strings.Repeat("paracetamol ibuprofen ", 3000),
		"thousands of letters": strings.Repeat("a b c d ", 2000),
		"marks":                "p" + strings.Repeat("\u0301", 8000),
		"joiners":              strings.Repeat("\u200c\u200d", 4000),
		"punctuation":          strings.Repeat("!؟?.,؛;:٪%/\\\"'()[]{}<>|*&^$#@", 200),
		"digits":               strings.Repeat("1234567890", 1000),
		"digits and points":    strings.Repeat("1,", 5000),
		"lines":                strings.Repeat("\r\n\t\u2028\u2029", 1000) + "aspirin",
		"patterns":             strings.Repeat("(a+)+$", 1000),
		"emoji":                strings.Repeat("👩\u200d⚕️", 500),
		"a template":           "{{.}}{{template \"base\"}}",
		"an address":           "//evil.example/%2f..%2f?q=x#y",
	} {
		for _, path := range []string{"/api/search?lang=fa&", "/fa/medicines?", "/en/medicines?page=2&sort=price_asc&form=tablet&"} {
			start := time.Now()
			a := v.get(path + "q=" + url.QueryEscape(q))
			if a.status/100 == 3 {
				a = v.get(a.header.Get("Location"))
			}
			a.wants(http.StatusOK)
			// A hundred times the usual time, for busy machines.
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("%s: %s takes %v", name, path, took)
			}
			checkEchoed(t, name, a.body)
			if len(a.body) > 200<<10 {
				t.Errorf("%s: %s has %d bytes", name, path, len(a.body))
			}
		}
	}
	// Extra words in a query do not hide the name in it.
	for _, q := range []string{"\x00para\u202ecetamol\u202c\x07", "\xffparacetamol\xff", "paracetamol" + strings.Repeat(" ", 9000), strings.Repeat(" ", 150) + "paracetamol"} {
		if f := v.ask("en", q); len(f.Results) == 0 || f.Results[0].Group != "paracetamol" {
			t.Errorf("%q finds %+v", q, f)
		}
	}
}

// checkEchoed checks for characters that must not be echoed.
func checkEchoed(t *testing.T, what string, body []byte) {
	t.Helper()
	if !utf8.Valid(body) {
		t.Errorf("%s: invalid UTF-8", what)
	}
	for _, r := range string(body) {
		// First-strong isolates are inserted by the pages, always in pairs.
		if unicode.IsControl(r) && r != '\n' && r != '\t' || r >= 0x202a && r <= 0x202e || r == 0x2066 || r == 0x2067 {
			t.Errorf("%s: contains %U", what, r)
			return
		}
	}
	if opened, closed := strings.Count(string(body), "\u2068"), strings.Count(string(body), "\u2069"); opened != closed {
		t.Errorf("%s: %d isolates opened, %d closed", what, opened, closed)
	}
}

func FuzzCleanQuery(f *testing.F) {
	for _, q := range []string{"", "paracetamol", "\x00\x01", "\u202eabc", strings.Repeat("پ", 300), "\xff\xc3", "a\u2028b", " a  b ", "\u200c", strings.Repeat("\U0001F48A", 201)} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		got := cleanQuery(q)
		switch {
		case !utf8.ValidString(got):
			t.Errorf("%q becomes %q, which is invalid UTF-8", q, got)
		case utf8.RuneCountInString(got) > maxQuery:
			t.Errorf("%q becomes %d characters", q, utf8.RuneCountInString(got))
		case strings.TrimSpace(got) != got || strings.Contains(got, "  "):
			t.Errorf("%q becomes %q, with superfluous white space", q, got)
		case cleanQuery(got) != got:
			t.Errorf("%q becomes %q and then %q", q, got, cleanQuery(got))
		}
		checkEchoed(t, fmt.Sprintf("%q", q), []byte(got))
	})
}

// For any query the API returns an object of the documented shape whose results
// and suggestions are valid links.
func FuzzSearchAPI(f *testing.F) {
	s := newSite(f, siteOptions{})
	h := s.shop.Handler()
	for _, q := range []string{"paracetamol", "paracetmol 500", "آموکسی سیلین ۵۰۰ کپسول", "\x00\u202e", "500 mg", "a", "%", "vitamin b12", "\xff"} {
		f.Add(q, "fa")
	}
	f.Fuzz(func(t *testing.T, q, lang string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/search?"+url.Values{"q": {q}, "lang": {lang}}.Encode(), nil))
		var answer struct {
			Query       *string
			Results     *[]foundItem
			Suggestions *[]string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%q: status %d, %v: %.200s", q, w.Code, err, w.Body)
		}
		if answer.Query == nil || answer.Results == nil || answer.Suggestions == nil {
			t.Fatalf("%q: missing field: %.200s", q, w.Body)
		}
		if len(*answer.Results) > foundShown || len(*answer.Results) > 0 && len(*answer.Suggestions) > 0 {
			t.Errorf("%q: %d results, %d suggestions", q, len(*answer.Results), len(*answer.Suggestions))
		}
		for _, r := range *answer.Results {
			if ref, ok := s.store.Current().Variant(r.Variant); !ok || ref.Group.ID != r.Group || r.Name == "" || !strings.HasPrefix(r.URL, "/") {
				t.Errorf("%q: %+v", q, r)
			}
		}
		checkEchoed(t, fmt.Sprintf("%q", q), w.Body.Bytes())
	})
}

// The page of a medicine compares variants of the same strength and form by
// unit price, lowest first, and says who decides on a substitution.
func TestEquivalentsOnThePage(t *testing.T) {
	s := newSite(t, siteOptions{})
	v, snap := s.visitor(), s.store.Current()
	for _, id := range []string{"paracetamol", "permethrin", "warfarin", "insulin-glargine"} {
		g, _ := snap.Group(id)
		for _, lang := range render.Languages() {
			l := locale(lang)
			a := v.get("/" + lang + "/medicines/" + id).wants(http.StatusOK)
			var want, got []string
			for _, e := range g.Equivalents(snap.Day()) {
				for i, variant := range e.Variants {
					it := s.shop.item(l, snap, shelf.Ref{Group: g, Variant: variant})
					row := it.Href + " " + it.Pack.Text + " " + it.Price + l.T("list.comma") + it.UnitPrice
					if i < e.Cheapest {
						row += l.T("list.comma") + l.T("same.lowest")
					}
					want = append(want, spaced(row))
				}
			}
			for _, n := range a.all("#same ~ .same dl.facts > div") {
				for _, link := range cascadia.QueryAll(n, cascadia.MustCompile("a")) {
					got = append(got, spaced(attribute(link, "href")+" "+text(n)))
				}
			}
			// The term and its description are separate elements.
			for i := range want {
				want[i] = strings.ReplaceAll(want[i], " ", "")
			}
			for i := range got {
				got[i] = strings.ReplaceAll(got[i], " ", "")
			}
			if len(want) == 0 && len(a.all("#same")) > 0 || !slices.Equal(got, want) {
				t.Errorf("%s of %s:\ngot  %q\nwant %q", lang, id, got, want)
			}
			if len(want) > 0 && !strings.Contains(text(a.document()), spaced(l.T("same.text", g.Name.In(lang)))) {
				t.Errorf("%s of %s does not say who decides on a substitution", lang, id)
			}
			for _, n := range a.all("#same ~ .same dl.facts a") {
				_, row, _ := strings.Cut(attribute(n, "href"), "#")
				if len(a.all(`tr[id="`+row+`"]`)) != 1 {
					t.Errorf("%s of %s: %s does not point to a row", lang, id, attribute(n, "href"))
				}
			}
		}
	}
	// With nothing to compare, the section is omitted.
	bare := newSite(t, siteOptions{catalogue: shelfOf(t, 0)}).visitor()
	if a := bare.get("/en/medicines/prednisone").wants(http.StatusOK); len(a.all("#same")) > 0 {
		t.Error("comparison for a single variant")
	}
}

// If there are more variants than fit in a table, each set is compared once, on
// the page of its first variant, and no comparison is longer than a table.
func TestEquivalentsOfManyVariants(t *testing.T) {
	type object map[string]any
	var variants []object
	const n = 2*rowsPerTable + 50
	for i := range n {
		strength := "1 mg" // most belong to one set
		if i%5 == 0 {
			strength = fmt.Sprintf("%d mg", 10+i/10)
		}
		variants = append(variants, object{"id": fmt.Sprintf("v-%d", i), "form": "tablet", "strength": strength, "pack": object{"amount": i + 1, "unit": "tablet"}, "price": "9.00", "class": "general"})
	}
	file, err := json.Marshal(object{"currency": "EUR", "groups": []object{{"id": "many", "name": "Many", "variants": variants}}})
	if err != nil {
		t.Fatal(err)
	}
	v := newSite(t, siteOptions{catalogue: file}).visitor()
	seen := map[string]bool{}
	for page := 1; page <= 3; page++ {
		a := v.get(fmt.Sprintf("/en/medicines/many?page=%d", page))
		if page == 1 {
			a = v.get("/en/medicines/many")
		}
		a.wants(http.StatusOK)
		links := a.all("#same ~ .same dl.facts a")
		if len(links) == 0 || len(links) > rowsPerTable {
			t.Errorf("page %d compares %d variants", page, len(links))
		}
		for _, link := range links {
			href := attribute(link, "href")
			if seen[href] {
				t.Errorf("%s is compared twice", href)
			}
			seen[href] = true
			path, row, _ := strings.Cut(href, "#")
			if len(v.get(path).wants(http.StatusOK).all(`tr[id="`+row+`"]`)) != 1 {
				t.Errorf("%s does not point to a row", href)
			}
		}
	}
}
