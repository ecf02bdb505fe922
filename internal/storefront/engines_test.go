package storefront

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/render"
)

// head is what a search engine reads from the head of a page.
type head struct {
	title, description, canonical string
	alternates                    map[string]string
	noindex                       bool
}

func (a *answer) head() head {
	h := head{alternates: map[string]string{}}
	h.title = a.one("head > title")
	for _, n := range a.all(`head > meta[name="description"]`) {
		h.description += attribute(n, "content")
	}
	for _, n := range a.all(`head > link[rel="canonical"]`) {
		h.canonical += attribute(n, "href")
	}
	for _, n := range a.all(`head > link[rel="alternate"]`) {
		h.alternates[attribute(n, "hreflang")] = attribute(n, "href")
	}
	h.noindex = len(a.all(`head > meta[name="robots"][content="noindex, follow"]`)) == 1
	return h
}

// Each page type has its own title and description in each language, and names
// its canonical URL.
func TestHeadsOfPages(t *testing.T) {
	s := newSite(t, siteOptions{})
	v := s.visitor()
	titles, descriptions := map[string]string{}, map[string]string{}
	for _, lang := range render.Languages() {
		for path, canonical := range map[string]string{
			"":                                    "",
			"/about":                              "/about",
			"/a-to-z":                             "/a-to-z",
			"/medicines":                          "/medicines",
			"/medicines?page=2":                   "/medicines?page=2",
			"/medicines?category=skin":            "/medicines?category=skin",
			"/medicines?category=skin&page=2":     "/medicines?category=skin&page=2",
			"/medicines?category=diabetes":        "/medicines?category=diabetes",
			"/medicines?group=paracetamol":        "/medicines?group=paracetamol",
			"/medicines?form=cream":               "/medicines?form=cream",
			"/medicines?category=skin&form=cream": "/medicines?category=skin&form=cream",
			"/medicines/paracetamol":              "/medicines/paracetamol",
			"/medicines/ibuprofen":                "/medicines/ibuprofen",
			"/medicines/clotrimazole-skin":        "/medicines/clotrimazole-skin",
			"/medicines?category=pain-and-fever&group=paracetamol": "/medicines?category=pain-and-fever&group=paracetamol",
		} {
			h := v.get("/" + lang + path).wants(200).head()
			name := lang + path
			for what, seen := range map[string]map[string]string{h.title: titles, h.description: descriptions} {
				if what == "" || strings.Contains(what, "⟦") {
					t.Errorf("%s: title %q, description %q", name, h.title, h.description)
				}
				if other, taken := seen[what]; taken {
					t.Errorf("%s and %s share %q", name, other, what)
				}
				seen[what] = name
			}
			if h.canonical != "http://pharmacy.example/"+lang+canonical || h.noindex {
				t.Errorf("%s: canonical %q, noindex %v", name, h.canonical, h.noindex)
			}
			if len(h.alternates) != 5 {
				t.Errorf("%s: alternates %v", name, h.alternates)
			}
			for _, other := range render.Languages() {
				if want := "http://pharmacy.example/" + other + canonical; h.alternates[other] != want {
					t.Errorf("%s: its alternate in %s is %q", name, other, h.alternates[other])
				}
			}
			want := "http://pharmacy.example/fa" + canonical
			if path == "" {
				want = "http://pharmacy.example/"
			}
			if h.alternates["x-default"] != want {
				t.Errorf("%s: x-default %q, want %q", name, h.alternates["x-default"], want)
			}
		}
		// A sort order does not make another page, and personal or unbounded pages are
		// not indexed.
		plain := v.get("/" + lang + "/medicines?category=skin&page=2").head()
		if sorted := v.get("/" + lang + "/medicines?category=skin&page=2&sort=price_desc").head(); sorted.canonical != plain.canonical {
			t.Errorf("%s: canonical URL of a sorted listing is %q", lang, sorted.canonical)
		}
		for _, path := range []string{"/medicines?q=paracetamol", "/medicines?q=zzz", "/cart", "/nothing"} {
			if h := v.get("/" + lang + path).head(); !h.noindex || h.title == "" {
				t.Errorf("%s%s is indexed", lang, path)
			}
		}
	}
}

// A title names the page, then its number, then the shop.
func TestTitles(t *testing.T) {
	plain, named := newSite(t, siteOptions{}).visitor(), newSite(t, siteOptions{details: shopDetails(t)}).visitor()
	for address, want := range map[string]string{
		"/en":                                "Medicines, strengths and prices · ",
		"/en/medicines?page=2":               "All medicines and prices, page 2 · ",
		"/en/medicines?category=skin&page=3": "Skin: medicines and prices, page 3 · ",
		"/en/medicines?page=2&q=mg":          "Search: mg, page 2 · ",
		"/en/medicines/paracetamol":          "Paracetamol: strengths and prices · ",
		"/en/a-to-z":                         "Medicines from A to Z · ",
		"/en/about":                          "About this site · ",
		"/en/cart":                           "Your basket · ",
		"/en/nothing":                        "Page not found · ",
		"/fa/medicines?category=skin&page=2": "پوست: داروها و قیمت\u200cها، صفحهٔ ۲ · ",
		"/tr/medicines/paracetamol":          "Parasetamol: dozlar ve fiyatlar · ",
		"/ar/medicines?form=tablet&page=2":   "جميع الأدوية، قرص: الأدوية والأسعار، الصفحة 2 · ",
	} {
		lang := address[1:3]
		if got := plain.get(address).one("head > title"); got != want+locale(lang).T("site.name") {
			t.Errorf("%s: %q", address, got)
		}
		a := named.get(address)
		name := shopDetails(t).Name.In(lang)
		if got := a.one("head > title"); !strings.HasPrefix(got, want) || strings.Trim(got[len(want):], "\u2068\u2069") != name {
			t.Errorf("%s: %q", address, got)
		}
		if got := a.one("header .brand"); got != name {
			t.Errorf("%s: shop name in the header is %q", address, got)
		}
		if bytes.Contains(a.body, []byte(locale(lang).T("site.name"))) {
			t.Errorf("%s: a shop with a name also has the default name", address)
		}
	}
}

// No two medicines share a title or a description.
func TestDescriptionsOfMedicines(t *testing.T) {
	s := newSite(t, siteOptions{})
	v := s.visitor()
	c := s.store.Current().Catalogue()
	for n, lang := range render.Languages() {
		seen := map[string]string{}
		for i := range c.Groups {
			g := &c.Groups[i]
			if testing.Short() && (i+n)%len(render.Languages()) != 0 {
				continue // each medicine in one language; make soak takes all
			}
			h := v.get("/" + lang + "/medicines/" + g.ID).wants(200).head()
			for _, what := range []string{h.title, h.description} {
				if other, taken := seen[what]; taken {
					t.Errorf("%s: %s and %s share %q", lang, g.ID, other, what)
				}
				seen[what] = g.ID
			}
			if !strings.HasPrefix(h.description, g.Description.In(lang)) {
				t.Errorf("%s/%s: description does not begin with the medicine's sentence: %q", lang, g.ID, h.description)
			}
		}
	}
}

// dataLanguage is the language of the page that contains structured data. It
// belongs to the page: products and pharmacies have no language.
func dataLanguage(o map[string]any) any {
	page, _ := o["mainEntityOfPage"].(map[string]any)
	return page["inLanguage"]
}

// variantsOf checks the structured data on a medicine's page and returns its
// variants.
func (s *site) variantsOf(a *answer, lang string, g *catalogue.Group) []map[string]any {
	s.t.Helper()
	o := a.dataOf("ProductGroup")
	if o == nil {
		s.t.Fatalf("%s: no ProductGroup", g.ID)
	}
	if o["productGroupID"] != g.ID || o["name"] != g.Name.In(lang) || dataLanguage(o) != lang || o["url"] != "http://pharmacy.example/"+lang+"/medicines/"+g.ID {
		s.t.Errorf("%s: %v", g.ID, o)
	}
	var variants []map[string]any
	all, _ := o["hasVariant"].([]any)
	for _, one := range all {
		variants = append(variants, one.(map[string]any))
	}
	return variants
}

// Exactly the orderable variants have an offer.
func TestOffersAreWhatCanBeOrdered(t *testing.T) {
	for _, only := range []bool{false, true} {
		t.Run(fmt.Sprintf("catalogue only %v", only), func(t *testing.T) {
			s := newSite(t, siteOptions{catalogueOnly: only})
			v, snap := s.visitor(), s.store.Current()
			c := snap.Catalogue()
			offers, refused := 0, map[catalogue.Reason]int{}
			for i := range c.Groups {
				g := &c.Groups[i]
				lang := render.Languages()[i%4]
				for _, o := range s.variantsOf(v.get("/"+lang+"/medicines/"+g.ID).wants(200), lang, g) {
					ref, ok := snap.Variant(o["sku"].(string))
					if !ok || ref.Group != g || !slices.Equal(o["@type"].([]any), []any{"Product", "Drug"}) {
						t.Fatalf("%s: %v", g.ID, o)
					}
					orderable, reason := ref.Variant.Orderable(snap.Day())
					offer, offered := o["offers"].(map[string]any)
					if offered != (orderable && !only) {
						t.Errorf("%s: offered %v, orderable %v", ref.Variant.ID, offered, orderable)
					}
					status := "https://schema.org/PrescriptionOnly"
					if ref.Variant.Class.Orderable() {
						status = "https://schema.org/OTC"
					}
					if o["prescriptionStatus"] != status || o["dosageForm"] == "" || o["availableStrength"] == nil || o["nonProprietaryName"] != g.Name.In("en") {
						t.Errorf("%s: %v", ref.Variant.ID, o)
					}
					if offered {
						offers++
						if offer["@type"] != "Offer" || offer["price"] != ref.Variant.Price.Amount.String() || offer["priceCurrency"] != c.Currency ||
							offer["availability"] != "https://schema.org/InStock" || !strings.HasSuffix(offer["url"].(string), "/medicines/"+g.ID+"#"+ref.Variant.ID) {
							t.Errorf("%s: offer %v", ref.Variant.ID, offer)
						}
					}
					refused[reason]++
				}
			}
			if !only && offers == 0 || refused[catalogue.ReasonPrescription] == 0 || refused[catalogue.ReasonControlled] == 0 {
				t.Errorf("%d offers, %v: too few cases", offers, refused)
			}
		})
	}
}

func TestNoOfferForWhatHasExpiredOrHasNoPrice(t *testing.T) {
	s := newSite(t, siteOptions{catalogue: []byte(`{"currency": "EUR", "groups": [{"id": "g", "name": "G", "variants": [
		{"id": "good", "price": "1.00", "class": "general", "expiry": "2098-01"},
		{"id": "old", "price": "1.00", "class": "general", "expiry": "2020-01"},
		{"id": "old-in-iran", "price": "1.00", "class": "general", "expiry": "1403/05"},
		{"id": "priceless", "price": null, "class": "pharmacist", "expiry": "2098-01"},
		{"id": "unclassed", "price": "1.00", "expiry": "2098-01"}]}]}`)})
	g, _ := s.store.Current().Group("g")
	variants := s.variantsOf(s.visitor().get("/en/medicines/g"), "en", g)
	for _, o := range variants {
		if _, offered := o["offers"]; offered != (o["sku"] == "good") {
			t.Errorf("%s: offered %v", o["sku"], offered)
		}
	}
	if len(variants) != 5 {
		t.Errorf("%d variants described", len(variants))
	}
}

// Structured data describes every variant on the page, using only properties
// that schema.org defines.
func TestVariantsAreDescribed(t *testing.T) {
	variants := `{"id": "own", "price": "1.00", "class": "general", "brand": "Brand", "manufacturer": "Maker", "form": "tablet", "strength": "5 mg", "pack": {"amount": 20, "unit": "tablet"}}`
	for i := range 30 {
		variants += fmt.Sprintf(`, {"id": "bare-%d"}`, i)
	}
	s := newSite(t, siteOptions{catalogue: []byte(`{"currency": "EUR", "groups": [{"id": "g", "name": "G", "variants": [` + variants + `]}]}`)})
	g, _ := s.store.Current().Group("g")
	a := s.visitor().get("/fa/medicines/g")
	described := s.variantsOf(a, "fa", g)
	if len(described) != 31 {
		t.Fatalf("%d variants described, the page has 31", len(described))
	}
	for i, want := range []map[string]any{
		{"size": "20 tablets", "brand": map[string]any{"@type": "Brand", "name": "Brand"}, "manufacturer": map[string]any{"@type": "Organization", "name": "Maker"}, "dosageForm": "tablet"},
		{"size": nil, "brand": nil, "manufacturer": nil, "dosageForm": nil, "offers": nil},
	} {
		for name, value := range want {
			if !reflect.DeepEqual(described[i][name], value) {
				t.Errorf("%v: %s is %v, want %v", described[i]["sku"], name, described[i][name], value)
			}
		}
	}
	group := a.dataOf("ProductGroup")
	for _, name := range group["variesBy"].([]any) {
		if _, ok := described[0][name.(string)]; !ok {
			t.Errorf("variesBy lists %v, which the variants do not have", name)
		}
	}
	for kind, o := range map[string]map[string]any{"ProductGroup": group, "Pharmacy": s.visitor().get("/fa").dataOf("Pharmacy")} {
		if _, ok := o["inLanguage"]; ok || dataLanguage(o) != "fa" {
			t.Errorf("%s has a language: %v", kind, o)
		}
	}
}

func TestBreadcrumbsLead(t *testing.T) {
	v := newSite(t, siteOptions{}).visitor()
	for path, length := range map[string]int{"/en/medicines": 2, "/fa/medicines?category=skin": 3, "/ar/medicines/paracetamol": 4} {
		list, _ := v.get(path).dataOf("BreadcrumbList")["itemListElement"].([]any)
		if len(list) != length {
			t.Errorf("%s: %d breadcrumbs", path, len(list))
		}
		for i, one := range list {
			o := one.(map[string]any)
			href, linked := o["item"].(string)
			if o["@type"] != "ListItem" || o["position"] != float64(i+1) || o["name"] == "" || linked != (i < len(list)-1) {
				t.Errorf("%s: breadcrumb %v", path, o)
			}
			if linked {
				v.get(strings.TrimPrefix(href, "http://pharmacy.example")).wants(200)
			}
		}
	}
}

// Every URL in the sitemap is a page whose head agrees with the sitemap.
func TestSitemapAgreesWithPages(t *testing.T) {
	s := newSite(t, siteOptions{})
	v := s.visitor()
	var sitemap struct {
		URLs []struct {
			Loc   string `xml:"loc"`
			Links []struct {
				Rel  string `xml:"rel,attr"`
				Lang string `xml:"hreflang,attr"`
				Href string `xml:"href,attr"`
			} `xml:"http://www.w3.org/1999/xhtml link"`
		} `xml:"url"`
	}
	if err := xml.Unmarshal(v.get("/sitemap.xml").wants(200).body, &sitemap); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	every := 7
	if testing.Short() {
		every = 31
	}
	for i, u := range sitemap.URLs {
		path := strings.TrimPrefix(u.Loc, "http://pharmacy.example")
		if seen[path] || path == u.Loc || strings.Contains(path, "q=") || strings.Contains(path, "sort=") || strings.Contains(path, "/cart") {
			t.Errorf("%s must not be in the sitemap", u.Loc)
		}
		seen[path] = true
		links := map[string]string{}
		for _, l := range u.Links {
			links[l.Lang] = l.Href
		}
		if len(links) != 5 || links[path[1:3]] != u.Loc {
			t.Errorf("%s: alternates %v", path, links)
		}
		if i%every != 0 && strings.Contains(path, "/medicines/") {
			continue // enough pages of this type
		}
		h := v.get(path).wants(200).head()
		if h.canonical != u.Loc || h.noindex || !maps.Equal(h.alternates, links) {
			t.Errorf("%s: canonical %q, alternates %v; in the sitemap %v", path, h.canonical, h.alternates, links)
		}
	}
	for i := range s.store.Current().Catalogue().Groups {
		if path := "/tr/medicines/" + s.store.Current().Catalogue().Groups[i].ID; !seen[path] {
			t.Errorf("the sitemap does not contain %s", path)
		}
	}
}

// A large catalogue has a page for each letter. The first letter's page is the
// one without a letter in its URL; the others exist in one language only.
func TestHeadsOfLetters(t *testing.T) {
	var groups []string
	for i := range wholeAlphabet + 1 {
		groups = append(groups, fmt.Sprintf(`{"id": "g%d", "name": "%c%d", "variants": [{"id": "g%d"}]}`, i, 'A'+i%3, i, i))
	}
	s := newSite(t, siteOptions{catalogue: []byte(`{"groups": [` + strings.Join(groups, ",") + `]}`)})
	v := s.visitor()
	first, same, second, third := v.get("/en/a-to-z").head(), v.get("/en/a-to-z?letter=A").head(), v.get("/en/a-to-z?letter=B").head(), v.get("/en/a-to-z?letter=C").head()
	if first.canonical != "http://pharmacy.example/en/a-to-z" || same.canonical != first.canonical || len(first.alternates) != 5 {
		t.Errorf("the first letter: %+v, %+v", first, same)
	}
	if second.canonical != "http://pharmacy.example/en/a-to-z?letter=B" || len(second.alternates) != 0 {
		t.Errorf("the second letter: %+v", second)
	}
	if second.title == first.title || second.title == third.title || second.description == first.description || second.description == third.description {
		t.Errorf("letters share a title or description: %+v %+v", second, third)
	}
	for _, n := range v.get("/en/a-to-z?letter=B").all("header .langs a") {
		v.get(attribute(n, "href")).wants(http.StatusOK)
	}
}

// textsOf returns the texts of nodes.
func textsOf(nodes []*html.Node) []string {
	var all []string
	for _, n := range nodes {
		all = append(all, text(n))
	}
	return all
}
