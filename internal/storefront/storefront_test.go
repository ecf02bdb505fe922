package storefront

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pharmacy/internal/cart"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

func TestEveryPageInEveryLanguage(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		v := s.visitor()
		pages := []string{
			"", "/medicines", "/medicines?category=diabetes", "/medicines?group=paracetamol", "/medicines?form=tablet&sort=unit_price",
			"/medicines?page=2", "/medicines?q=paracetamol", "/medicines?q=zzzzzz", "/medicines/paracetamol",
			"/medicines/amoxicillin", "/a-to-z", "/about", "/cart", "/nothing-here", "/medicines/nothing-here",
		}
		titles := map[string]string{}
		for _, lang := range render.Languages() {
			for _, page := range pages {
				a := v.get("/" + lang + page)
				want := http.StatusOK
				if strings.Contains(page, "nothing") {
					want = http.StatusNotFound
				}
				a.wants(want)
				dir := "ltr"
				if lang == "fa" || lang == "ar" {
					dir = "rtl"
				}
				root := a.all("html")[0]
				if attribute(root, "lang") != lang || attribute(root, "dir") != dir {
					t.Errorf("%s%s: lang %q dir %q", lang, page, attribute(root, "lang"), attribute(root, "dir"))
				}
				if n := len(a.all("h1")); n != 1 {
					t.Errorf("%s%s: %d h1 elements", lang, page, n)
				}
				title := a.one("head > title")
				if other, taken := titles[title]; taken && want == http.StatusOK {
					t.Errorf("%s%s has the same title as %s: %q", lang, page, other, title)
				}
				titles[title] = lang + page
				if strings.Contains(string(a.body), "⟦") {
					t.Errorf("%s%s: a message is missing", lang, page)
				}
				for _, n := range a.all("script") {
					if typ := attribute(n, "type"); attribute(n, "src") == "" && typ != "application/ld+json" {
						t.Errorf("%s%s: inline script", lang, page)
					} else if typ == "application/ld+json" && !json.Valid([]byte(text(n))) {
						t.Errorf("%s%s: structured data is not JSON: %s", lang, page, text(n))
					}
				}
				if n := len(a.all("[style], style, [onclick]")); n != 0 {
					t.Errorf("%s%s: %d inline styles or handlers", lang, page, n)
				}
			}
		}
	})
}

func TestLinksOfAPageLeadSomewhere(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		v := s.visitor()
		seen := map[string]bool{}
		for _, page := range []string{"/fa", "/en/medicines", "/en/medicines?q=para", "/tr/medicines/paracetamol", "/ar/a-to-z", "/en/about", "/en/cart", "/en/nothing"} {
			for _, n := range v.get(page).all("a[href], link[href], script[src]") {
				href := attribute(n, "href") + attribute(n, "src")
				href, _, _ = strings.Cut(strings.TrimPrefix(href, "http://pharmacy.example"), "#")
				if seen[href] || !strings.HasPrefix(href, "/") {
					continue
				}
				seen[href] = true
				if a := v.get(href); a.status != http.StatusOK && href != "/" {
					t.Errorf("%s on %s: status %d", href, page, a.status)
				}
			}
		}
		if len(seen) < 200 {
			t.Errorf("found only %d links", len(seen))
		}
	})
}

func TestListingFiltersAndSorts(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		v := s.visitor()
		snap := s.store.Current()

		category := v.get("/en/medicines?category=skin")
		want := locale("en").T("listing.summary", 1, shelf.PageSize, snap.Count(shelf.Query{Category: "skin"}))
		if !strings.Contains(text(category.document()), want) {
			t.Errorf("the category listing does not contain %q", want)
		}
		if n := len(category.all("[aria-current]")); n == 0 {
			t.Error("the category is not marked as current")
		}
		var last catalogue.Amount
		for _, ref := range snap.List(shelf.Query{Category: "skin", Sort: shelf.SortPriceAsc, Lang: "en"}).Items {
			if !ref.Variant.Price.Known {
				continue
			}
			if ref.Variant.Price.Amount < last {
				t.Errorf("%s is cheaper than the variant before it", ref.Variant.ID)
			}
			last = ref.Variant.Price.Amount
		}
		cards := func(path string) []string {
			var hrefs []string
			for _, n := range v.get(path).wants(http.StatusOK).all("main h2 a, main h3 a") {
				hrefs = append(hrefs, attribute(n, "href"))
			}
			return hrefs
		}
		asc, desc := cards("/en/medicines?category=skin&sort=price_asc"), cards("/en/medicines?category=skin&sort=price_desc")
		if len(asc) != shelf.PageSize || len(desc) != shelf.PageSize || asc[0] == desc[0] {
			t.Errorf("sorting has no effect: %v %v", asc, desc)
		}
		for _, href := range cards("/en/medicines?form=cream&category=skin") {
			if !strings.Contains(href, "-cream-") {
				t.Errorf("%s is not a cream", href)
			}
		}
	})
}

func TestPageNumbers(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		v := s.visitor()
		last := itoa(lastPage(s.store.Current(), shelf.Query{}))
		for query, to := range map[string]string{
			"page=99999":                 "/en/medicines?page=" + last,
			"page=99999999999999999999":  "/en/medicines?page=" + last,
			"page=0":                     "/en/medicines",
			"page=-3":                    "/en/medicines",
			"page=two":                   "/en/medicines",
			"page=99999&category=skin&x": "/en/medicines?category=skin&page=" + itoa(lastPage(s.store.Current(), shelf.Query{Category: "skin"})),
		} {
			v.get("/en/medicines?"+query).wants(http.StatusFound).header1("Location", to)
		}
		v.get("/en/medicines?page=" + last).wants(http.StatusOK)
		v.get("/fa/medicines?page=%DB%B2").wants(http.StatusOK) // ۲
		v.get("/en/medicines/paracetamol?page=2").wants(http.StatusFound).header1("Location", "/en/medicines/paracetamol")
	})
}

func TestUnknownThingsAreNotFoundInTheVisitorsLanguage(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		v := s.visitor()
		for path, lang := range map[string]string{
			"/tr/medicines?category=nothing":       "tr",
			"/ar/medicines?group=nothing":          "ar",
			"/en/medicines/nothing":                "en",
			"/fa/nothing":                          "fa",
			"/en/medicines/../../etc/passwd":       "en",
			"/en/medicines/%2e%2e%2fpasswd":        "en",
			"/tr/medicines/<script>alert(1)":       "tr",
			"/static/css/site.0000000000.css":      "",
			"/en/cart/x.css":                       "en",
			"//evil.example/en":                    "fa",
			"/xx/medicines":                        "fa",
			"/english":                             "fa",
			"/far/medicines":                       "fa",
			"/bar/about":                           "fa",
			"/en//evil.example/":                   "en",
			"/item/nothing/":                       "fa",
			"/en/medicines/paracetamol/x":          "en",
			"/en/medicines?form=nothing":           "en",
			"/en/medicines?category=%00":           "en",
			"/en/medicines?category=" + long("a"):  "en",
			"/en/medicines/" + long("paracetamol"): "en",
		} {
			a := v.get(path).wants(http.StatusNotFound).header1("Cache-Control", "no-store")
			if lang != "" {
				if got := attribute(a.all("html")[0], "lang"); got != lang {
					t.Errorf("%.60s: language %q, want %q", path, got, lang)
				}
			}
			if strings.Contains(string(a.body), "evil") || strings.Contains(string(a.body), "alert(1)") {
				t.Errorf("%.60s is reflected", path)
			}
		}
		a := v.get("/xx", "Accept-Language", "ar-EG,en;q=0.5").wants(http.StatusNotFound)
		if got := attribute(a.all("html")[0], "lang"); got != "ar" {
			t.Errorf("not found page in %q for a reader of Arabic", got)
		}
	})
}

// Different spellings of a path are one resource: unreserved characters may be
// percent-encoded (RFC 3986, section 6.2.2.2). An encoded slash is not a slash.
func TestEscapedSpellingsAreOneResource(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		v := s.visitor()
		for plain, spellings := range map[string][]string{
			"/en/medicines/paracetamol": {"/%65n/medicines/paracetamol", "/en/%6dedicines/%70aracetamol", "/en/%6Dedicines/paracetamo%6C", "/%65%6e/medicines/paracetamol"},
			"/en/medicines":             {"/%65n/medicines", "/en/medicine%73"},
			"/en":                       {"/e%6E"},
			"/robots.txt":               {"/robots%2Etxt", "/robots%2etxt"},
			"/en/a-to-z":                {"/en/a%2Dto%2dz"},
		} {
			want := v.get(plain).wants(http.StatusOK)
			before := s.entries()
			for _, spelling := range spellings {
				a := v.get(spelling).is(http.StatusOK, v.get(plain).cached())
				a.header1("Etag", want.header.Get("Etag"))
				if !bytes.Equal(a.body, want.body) {
					t.Errorf("%s differs from %s", spelling, plain)
				}
			}
			if after := s.entries(); after != before {
				t.Errorf("%s: %s became %s", plain, before, after)
			}
		}
		// Personal pages and static files.
		v.post("/%65n/cart/%69tems", url.Values{"variant": {"paracetamol-tablet-500mg-20"}, "quantity": {"1"}}).wants(http.StatusSeeOther)
		v.post("/en/cart/items/paracetamol%2Dtablet%2D500mg%2D20", url.Values{"quantity": {"3"}}).wants(http.StatusSeeOther)
		for _, path := range []string{"/en/cart", "/%65n/c%61rt"} {
			if a := v.get(path).wants(http.StatusOK).header1("Cache-Control", "no-store"); !strings.Contains(text(a.document()), "Paracetamol") {
				t.Errorf("%s does not show the basket", path)
			}
		}
		sheet := s.shop.opts.Assets.URL("css/site.css")
		v.get(strings.Replace(sheet, "css", "c%73s", 1)).wants(http.StatusOK).header1("Etag", v.get(sheet).header.Get("Etag"))
		v.get(strings.Replace(sheet, "static", "%73tatic", 1)).wants(http.StatusOK)
		v.get("/%65n/medicines/").wants(http.StatusMovedPermanently).header1("Location", "/en/medicines")

		for _, path := range []string{
			"/en%2Fmedicines", "/en%2fmedicines", "/en/medicines%2Fparacetamol", "/%65n/medicines%2fparacetamol", "/en%2Fcart", "/en/medicines%2F", "/%65n%2Fmedicines%2F",
			strings.Replace(sheet, "css/", "css%2F", 1), strings.Replace(sheet, "css/", "css%2f", 1), "/en/%256dedicines", "/en/medicines%3Fpage=1",
		} {
			v.get(path).wants(http.StatusNotFound)
		}
	})
}

func long(s string) string { return strings.Repeat(s, 300) }

func TestLanguageNegotiation(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		for accept, want := range map[string]string{
			"":                           "/fa",
			"en":                         "/en",
			"de, tr;q=0.8":               "/tr",
			"ar-SA,ar;q=0.9,en;q=0.8":    "/ar",
			"fa-IR":                      "/fa",
			"prs":                        "/fa",
			"zh":                         "/fa",
			"not a language at all ;;;=": "/fa",
		} {
			s.visitor().get("/", "Accept-Language", accept).wants(http.StatusFound).
				header1("Location", want).header1("Cache-Control", "no-store")
		}
		v := s.visitor()
		a := v.post("/language", url.Values{"language": {"tr"}, "next": {"/en/medicines?category=skin&page=2"}}).
			wants(http.StatusSeeOther).header1("Location", "/tr/medicines?category=skin&page=2")
		if len(a.header["Set-Cookie"]) != 1 {
			t.Errorf("Set-Cookie: %v", a.header["Set-Cookie"])
		}
		v.get("/", "Accept-Language", "ar").header1("Location", "/tr")
		v.post("/language", url.Values{"language": {"xx"}}).wants(http.StatusBadRequest)
		for _, evil := range []string{"//evil.example", "https://evil.example/en", `/\evil.example`, "javascript:alert(1)", "/en//evil.example", "evil", "/xx/y", "\r\nX: y"} {
			v.post("/language", url.Values{"language": {"en"}, "next": {evil}}).wants(http.StatusSeeOther).header1("Location", "/en")
		}
		v.post("/language", url.Values{"language": {"en"}}, "Referer", s.server.URL+"/fa/a-to-z").header1("Location", "/en/a-to-z")
		v.post("/language", url.Values{"language": {"en"}}, "Referer", "https://evil.example/fa/a-to-z").header1("Location", "/en")
	})
}

func TestLanguageLinksKeepThePage(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		a := s.visitor().get("/fa/medicines?sort=price_asc&category=skin")
		hrefs := map[string]string{}
		for _, n := range a.all("header a[hreflang]") {
			hrefs[attribute(n, "hreflang")] = attribute(n, "href")
		}
		for _, lang := range render.Languages() {
			if want := "/" + lang + "/medicines?category=skin&sort=price_asc"; hrefs[lang] != want {
				t.Errorf("%s: %q, want %q", lang, hrefs[lang], want)
			}
		}
		alternates := a.all(`link[rel="alternate"][hreflang]`)
		if len(alternates) != len(render.Languages())+1 {
			t.Errorf("%d alternates", len(alternates))
		}
		if c := attribute(a.all(`link[rel="canonical"]`)[0], "href"); c != "http://pharmacy.example/fa/medicines?category=skin" {
			t.Errorf("canonical %q", c)
		}
	})
}

func TestOldAddresses(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		v := s.visitor()
		v.get("/buy-medicine/?category=skin&page=2").wants(http.StatusMovedPermanently).header1("Location", "/fa/medicines?category=skin&page=2")
		v.get("/buy-medicine/", "Accept-Language", "en").header1("Location", "/en/medicines")
		v.get("/item/paracetamol-tablet-500mg-20/?utm_source=x").wants(http.StatusMovedPermanently).
			header1("Location", "/fa/medicines/paracetamol?utm_source=x#paracetamol-tablet-500mg-20")
		v.get("/en/medicines/?page=2").wants(http.StatusMovedPermanently).header1("Location", "/en/medicines?page=2")
		// net/http accepts a "#" in a query, which clients do not send.
		for target, want := range map[string]string{
			"/?a=b#c%":                                      "/fa?a=b%23c%",
			"/buy-medicine/?#x":                             "/fa/medicines?%23x",
			"/en/medicines/?page=2#page":                    "/en/medicines?page=2%23page",
			"/en/medicines/a%23b/?c=d":                      "/en/medicines/a%23b?c=d",
			"/en/medicines/a%3Fb/":                          "/en/medicines/a%3Fb",
			"/en/medicines/a%0D%0Ab/":                       "/en/medicines/a%0D%0Ab",
			"/en/medicines/%D9%BE%20x/":                     "/en/medicines/%D9%BE%20x",
			"/item/paracetamol-tablet-500mg-20/?#ibuprofen": "/fa/medicines/paracetamol?%23ibuprofen#paracetamol-tablet-500mg-20",
		} {
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + target + " HTTP/1.1\r\nHost: pharmacy.example\r\n\r\n")))
			if err != nil {
				t.Fatal(err)
			}
			s.served(r).header1("Location", want)
		}
	})
}

// Law 8: a prescription medicine cannot get into a basket.
func TestWhatMayNotBeSoldCannotBe(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		v := s.visitor()
		for _, class := range []catalogue.Class{catalogue.Prescription, catalogue.Controlled} {
			ref := s.variantOf(class)
			a := v.get("/en/medicines/" + ref.Group.ID)
			for _, n := range a.all("main form input[name=variant]") {
				r, _ := s.store.Current().Variant(attribute(n, "value"))
				if !r.Variant.Class.Orderable() {
					t.Errorf("%s has an order form", r.Variant.ID)
				}
			}
			v.add(ref.Variant.ID, 1).wants(http.StatusForbidden)
			v.post("/en/cart/items/"+ref.Variant.ID, url.Values{"quantity": {"1"}}).wants(http.StatusForbidden)
			v.post("/en/cart/items", url.Values{"variant": {ref.Variant.ID}, "quantity": {"abc"}}).wants(http.StatusForbidden)
		}
		if got := v.cookie("basket"); got != "" {
			t.Errorf("the basket counts %s", got)
		}
	})
}

func TestBasket(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		v := s.visitor()
		const variant = "paracetamol-tablet-500mg-20"
		v.add(variant, 2).wants(http.StatusSeeOther).header1("Location", "/en/cart").header1("Cache-Control", "no-store")
		if got := v.cookie("basket"); got != "2" {
			t.Errorf("the count cookie holds %q", got)
		}
		a := v.get("/en/cart").wants(http.StatusOK).header1("Cache-Control", "no-store")
		if !strings.Contains(text(a.document()), "Paracetamol") || !strings.Contains(text(a.all("main [role=status]")[0]), "Paracetamol") {
			t.Error("the basket does not show and announce the addition")
		}
		if a := v.get("/en/cart"); len(a.all("main [role=status]:not(:empty)")) != 0 && strings.Contains(text(a.all("main [role=status]")[0]), "Paracetamol") {
			t.Error("the message is shown twice")
		}
		// Names are in the page's language, not the session's.
		if !strings.Contains(text(v.get("/fa/cart").document()), "پاراستامول") {
			t.Error("the basket is not in the page's language")
		}
		v.post("/en/cart/items/"+variant, url.Values{"quantity": {"۵"}}).wants(http.StatusSeeOther)
		if got := v.cookie("basket"); got != "5" {
			t.Errorf("count after the change is %q", got)
		}
		v.add("paracetamol-tablet-500mg-10", 5).wants(http.StatusSeeOther)
		v.add("paracetamol-tablet-500mg-30", 1).wants(http.StatusUnprocessableEntity) // the limit applies to the ingredient
		v.add("ibuprofen-tablet-200mg-24", 1).wants(http.StatusSeeOther)
		v.post("/en/cart/items/paracetamol-tablet-500mg-10/remove", nil).wants(http.StatusSeeOther)
		if got := v.cookie("basket"); got != "6" {
			t.Errorf("count after the removal is %q", got)
		}
		v.post("/en/cart/items/"+variant, url.Values{"quantity": {"0"}}).wants(http.StatusSeeOther)
		v.post("/en/cart/empty", nil).wants(http.StatusSeeOther)
		if got := v.cookie("basket"); got != "" {
			t.Errorf("count of an empty basket is %q", got)
		}
	})
}

func TestBadBasketInput(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		v := s.visitor()
		const variant = "paracetamol-tablet-500mg-20"
		v.add(variant, 3).wants(http.StatusSeeOther)
		for _, c := range []struct {
			name   string
			form   url.Values
			status int
		}{
			{"letters", url.Values{"variant": {variant}, "quantity": {"three"}}, 422},
			{"negative", url.Values{"variant": {variant}, "quantity": {"-1"}}, 422},
			{"nothing", url.Values{"variant": {variant}, "quantity": {"0"}}, 422},
			{"fraction", url.Values{"variant": {variant}, "quantity": {"1.5"}}, 422},
			{"huge", url.Values{"variant": {variant}, "quantity": {"999999"}}, 422},
			{"beyond integers", url.Values{"variant": {variant}, "quantity": {"99999999999999999999999"}}, 422},
			{"over the limit", url.Values{"variant": {variant}, "quantity": {itoa(cart.MaxPerIngredient - 2)}}, 422},
			{"unknown variant", url.Values{"variant": {"nothing"}, "quantity": {"1"}}, 404},
			{"no variant", url.Values{}, 404},
			{"a form too large", url.Values{"variant": {strings.Repeat("x", 20<<10)}}, 413},
		} {
			a := v.post("/en/cart/items", c.form)
			if a.status != c.status {
				t.Errorf("%s: status %d, want %d", c.name, a.status, c.status)
			}
			if n := len(a.all("h1")); n != 1 {
				t.Errorf("%s: no error page", c.name)
			}
		}
		if got := v.cookie("basket"); got != "3" {
			t.Errorf("the basket changed to %q", got)
		}
		v.post("/en/cart/items", url.Values{"variant": {variant}}, "Sec-Fetch-Site", "cross-site").wants(http.StatusForbidden)
		v.post("/en/cart/items", url.Values{"variant": {variant}}, "Origin", "https://evil.example").wants(http.StatusForbidden)
		v.post("/en/medicines", nil).wants(http.StatusMethodNotAllowed)
		if allow := v.post("/en/medicines", nil).header.Values("Allow"); !slices.Equal(allow, []string{"GET, HEAD"}) {
			t.Errorf("Allow: %q", allow)
		}
		v.get("/en/cart/items").wants(http.StatusMethodNotAllowed)
	})
}

func TestCatalogueOnly(t *testing.T) {
	overStores(t, siteOptions{catalogueOnly: true}, func(t *testing.T, s *site) {
		v := s.visitor()
		a := v.get("/en/medicines/paracetamol").wants(http.StatusOK)
		if n := len(a.all("main form")); n != 0 {
			t.Errorf("%d forms in catalogue-only mode", n)
		}
		if strings.Contains(string(a.body), "Offer") || strings.Contains(string(a.body), "/cart") {
			t.Error("an offer or a basket in catalogue-only mode")
		}
		v.get("/en/cart").wants(http.StatusNotFound)
		v.add("paracetamol-tablet-500mg-20", 1).wants(http.StatusNotFound)
	})
}

func TestGroupedJSON(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		a := s.visitor().get("/api/medicines/groups").wants(http.StatusOK)
		if ct := a.header.Get("Content-Type"); ct != "application/json" {
			t.Errorf("Content-Type %q", ct)
		}
		c, _, err := catfile.Parse(a.body)
		if err != nil {
			t.Fatal(err)
		}
		if want := s.store.Current().Content(); shelf.NewSnapshot(c, 0, shelf.Options{}).Content() != want {
			t.Error("the grouped JSON differs from the catalogue")
		}
		var top struct{ Version string }
		if err := json.Unmarshal(a.body, &top); err != nil || top.Version != s.store.Current().Version() {
			t.Errorf("version %q, %v", top.Version, err)
		}
	})
}

func TestSearchAPI(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		v := s.visitor()
		ask := func(q string) found {
			t.Helper()
			var f found
			a := v.get("/api/search?lang=en&q=" + url.QueryEscape(q)).wants(http.StatusOK)
			if err := json.Unmarshal(a.body, &f); err != nil {
				t.Fatal(err)
			}
			if a.header.Get("Cache-Status") != "pharmacy; fwd=bypass" {
				t.Errorf("Cache-Status %q", a.header.Get("Cache-Status"))
			}
			return f
		}
		for _, q := range []string{"paracetamol", "Paracetamol", "پاراستامول", "باراسيتامول", "parasetamol", "acetaminophen", "PARASETAMOL"} {
			f := ask(q)
			if len(f.Results) == 0 || f.Results[0].Group != "paracetamol" {
				t.Errorf("%s: %+v", q, f)
				continue
			}
			if r := f.Results[0]; r.URL == "" || r.Name == "" || r.Variant == "" {
				t.Errorf("%s: incomplete result %+v", q, r)
			}
			v.get(strings.Split(f.Results[0].URL, "#")[0]).wants(http.StatusOK)
		}
		if f := ask("paracetampl"); len(f.Results) != 0 || len(f.Suggestions) == 0 || f.Suggestions[0] != "Paracetamol" {
			t.Errorf("a near match is not suggested: %+v", f)
		}
		if f := ask("zzzzzzzzz"); f.Results == nil || f.Suggestions == nil || len(f.Results) != 0 {
			t.Errorf("unexpected matches: %+v", f)
		}
		for _, q := range []string{strings.Repeat("a", 10_000), "\xff\xfe", "\u202eabc", strings.Repeat("a ", 3000), "<script>", "\x00"} {
			ask(q)
		}
	})
}

func TestSearchPageEchoesSafely(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		a := s.visitor().get("/fa/medicines?q=" + url.QueryEscape("<script>alert(1)</script> \u202eزززز")).wants(http.StatusOK)
		if strings.Contains(string(a.body), "<script>alert") || strings.Contains(string(a.body), "\u202e") {
			t.Error("the query is not escaped")
		}
		if len(a.all("main bdi")) == 0 {
			t.Error("the query is not isolated")
		}
		if len(a.all(`meta[name=robots][content*=noindex]`)) != 1 {
			t.Error("a page of results is indexed")
		}
	})
}

func TestSitemapAndRobots(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		v := s.visitor()
		a := v.get("/sitemap.xml").wants(http.StatusOK)
		for _, want := range []string{
			"<loc>http://pharmacy.example/fa</loc>", "<loc>http://pharmacy.example/en/medicines/paracetamol</loc>",
			"<loc>http://pharmacy.example/tr/medicines?category=skin&amp;page=2</loc>", `hreflang="ar"`,
		} {
			if !strings.Contains(string(a.body), want) {
				t.Errorf("the sitemap does not contain %s", want)
			}
		}
		if strings.Contains(string(a.body), "/cart") || strings.Contains(string(a.body), "sort=") {
			t.Error("the sitemap contains pages that are not indexed")
		}
		if robots := string(v.get("/robots.txt").wants(http.StatusOK).body); !strings.Contains(robots, "Sitemap: http://pharmacy.example/sitemap.xml") {
			t.Errorf("robots.txt: %s", robots)
		}
	})
}

// answerOf serves one request without a network connection.
func answerOf(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func listingQuery(lang string) shelf.Query {
	return shelf.Query{Lang: lang, Page: 1, Sort: shelf.SortName}
}

func TestPagination(t *testing.T) {
	for _, c := range []struct {
		current, last int
		want          string
	}{
		{1, 1, ""},
		{1, 2, "[1] 2 >"},
		{2, 2, "< 1 [2]"},
		{1, 9, "[1] 2 … 9 >"},
		{5, 9, "< 1 … 4 [5] 6 … 9 >"},
		{9, 9, "< 1 … 8 [9]"},
		{2, 4, "< 1 [2] 3 4 >"},
		{70, 141, "< 1 … 69 [70] 71 … 141 >"},
	} {
		var got []string
		if p := paginate(locale("en"), c.current, c.last, itoa); p != nil {
			if p.Previous != "" {
				got = append(got, "<")
			}
			for _, page := range p.Pages {
				switch {
				case page.Gap:
					got = append(got, "…")
				case page.Current:
					got = append(got, "["+page.Number+"]")
				default:
					got = append(got, page.Number)
				}
			}
			if p.Next != "" {
				got = append(got, ">")
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("page %d of %d: %q, want %q", c.current, c.last, s, c.want)
		}
	}
}

func FuzzAddresses(f *testing.F) {
	s := newSite(f, siteOptions{})
	h := s.shop.Handler()
	f.Add("/en/medicines", "category=skin&page=2")
	f.Add("/fa/medicines", "q=%D9%BE&sort=price_asc")
	f.Add("/item/x/", "a=b")
	f.Add("/", "")
	f.Add("/en/medicines/a#b/", "")
	f.Add("/en/medicines/a?b/", "")
	f.Fuzz(func(t *testing.T, path, query string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path, r.URL.RawQuery = path, query
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("%q?%q: status %d", path, query, w.Code)
		}
		if to := w.Header().Get("Location"); to != "" {
			u, err := url.Parse(to)
			if err != nil || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
				t.Fatalf("%q?%q redirects to %q", path, query, to)
			}
			if u.Fragment != "" && !strings.HasPrefix(path, "/item/") || u.RawQuery != "" && query == "" {
				t.Fatalf("%q?%q redirects to %q, which has another query or fragment", path, query, to)
			}
		}
	})
}

// A catalogue has texts in exactly the languages that the site is rendered in.
func TestCatalogueAndSiteHaveTheSameLanguages(t *testing.T) {
	site, texts := render.Languages(), catalogue.Languages[:]
	slices.Sort(site)
	if sorted := slices.Sorted(slices.Values(texts)); !slices.Equal(site, sorted) {
		t.Errorf("the site has %q, catalogues have %q", site, sorted)
	}
}

// A variant's own code wins over that of its group, on the page and in a search.
func TestCodesOfVariants(t *testing.T) {
	t.Parallel()
	const file = `{"groups": [
{"id": "salbutamol", "atc": "R03AC02", "name": {"en": "Salbutamol", "fa": "سالبوتامول"}, "variants": [
 {"id": "i", "form": "inhaler", "strength": "100 micrograms/dose"},
 {"id": "t", "atc": "R03CC02", "form": "tablet", "strength": "2 mg"},
 {"id": "s", "atc": "R03CC02", "form": "syrup", "strength": "2 mg/5 ml"}]},
{"id": "nystatin", "atc": "A07AA02", "name": "Nystatin", "variants": [{"id": "n", "atc": "D01AA01", "form": "cream"}]}]}`
	s := newSite(t, siteOptions{catalogue: []byte(file)})
	v := s.visitor()
	for path, want := range map[string][]string{
		"/en/medicines/salbutamol": {"R03AC02 (inhaler)R03CC02 (tablet, syrup)"},
		"/fa/medicines/salbutamol": {"R03AC02 (اسپری استنشاقی)R03CC02 (قرص، شربت)"},
		"/en/medicines/nystatin":   {"D01AA01"},
	} {
		var got []string
		for _, n := range v.get(path).wants(http.StatusOK).all(".facts dd") {
			got = append(got, plainText(text(n)))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has %q, want %q", path, got, want)
		}
	}
	for query, want := range map[string]string{"R03AC02": "salbutamol", "r03cc02": "salbutamol", "D01AA01": "nystatin", "A07AA02": ""} {
		var got []string
		for _, r := range v.ask("en", query).Results {
			got = append(got, r.Group)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
	api := v.get("/api/medicines/groups").wants(http.StatusOK)
	if !strings.Contains(string(api.body), `"atc":"R03CC02","form":"tablet"`) {
		t.Errorf("the API has no codes of variants: %.500s", api.body)
	}
}
