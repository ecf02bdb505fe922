package storefront

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pharmacy/internal/cart"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/render"
)

// send posts a body as is, with or without a content type.
func (v *visitor) send(path, contentType string, body io.Reader) *answer {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodPost, v.server.URL+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return v.do(r)
}

// An invalid form is answered with a page that has links and is in the visitor's
// language, and leaves the basket unchanged.
func TestBadFormsInEveryLanguage(t *testing.T) {
	s := newSite(t, siteOptions{})
	const form, variant = "application/x-www-form-urlencoded", "paracetamol-tablet-500mg-20"
	rx := s.variantOf(catalogue.Prescription).Variant.ID
	with := func(quantity string) string {
		return url.Values{"variant": {variant}, "quantity": {quantity}}.Encode()
	}
	for _, lang := range render.Languages() {
		v, l := s.visitor(), locale(lang)
		v.add(variant, 3).wants(http.StatusSeeOther)
		quantity := l.T("error.quantity", cart.MaxPerIngredient)
		tooMany := l.T("cart.limit", cart.MaxPerIngredient, s.store.Current().IngredientName("paracetamol", lang))
		for _, c := range []struct {
			name, path, contentType, body string
			status                        int
			says                          string
		}{
			{"no number", "/cart/items", form, with("abc"), 422, quantity},
			{"half a pack", "/cart/items", form, with("1.5"), 422, quantity},
			{"an exponent", "/cart/items", form, with("1e1"), 422, quantity},
			{"hexadecimal", "/cart/items", form, with("0x1"), 422, quantity},
			{"a sign", "/cart/items", form, with("+1"), 422, quantity},
			{"negative", "/cart/items", form, with("-1"), 422, quantity},
			{"negative in Persian", "/cart/items", form, with("-۱"), 422, quantity},
			{"none", "/cart/items", form, with("0"), 422, quantity},
			{"none in Persian", "/cart/items", form, with("۰"), 422, quantity},
			{"a fraction in Persian", "/cart/items", form, with("۱٫۵"), 422, quantity},
			{"beyond integers", "/cart/items", form, with(strings.Repeat("9", 40)), 422, quantity},
			{"not UTF-8", "/cart/items", form, "variant=" + variant + "&quantity=%ff", 422, quantity},
			{"huge", "/cart/items", form, with("2147483648"), 422, tooMany},
			{"the greatest integer", "/cart/items", form, with("9223372036854775807"), 422, tooMany},
			{"one too many", "/cart/items", form, with("8"), 422, tooMany},
			{"one too many in Persian", "/cart/items", form, with("۸"), 422, tooMany},
			{"one too many in Arabic", "/cart/items", form, with("٨"), 422, tooMany},
			{"too many of a line", "/cart/items/" + variant, form, "quantity=11", 422, tooMany},
			{"no number for a line", "/cart/items/" + variant, form, "quantity=many", 422, quantity},
			{"an unknown variant", "/cart/items", form, "variant=nothing", 404, l.T("error.404.variant")},
			{"an unknown line", "/cart/items/nothing", form, "quantity=1", 404, l.T("error.404.variant")},
			{"no variant", "/cart/items", form, "quantity=1", 404, l.T("error.404.variant")},
			{"nothing at all", "/cart/items", "", "", 404, l.T("error.404.variant")},
			{"markup", "/cart/items", form, "variant=%3Cscript%3E", 404, l.T("error.404.variant")},
			{"prescription", "/cart/items", form, "variant=" + rx, 403, l.T("refusal.prescription")},
			{"prescription and no number", "/cart/items", form, "variant=" + rx + "&quantity=abc", 403, l.T("refusal.prescription")},
			{"a malformed form", "/cart/items", form, "variant=%zz", 400, l.T("error.400.text")},
			{"a semicolon", "/cart/items", form, "variant=a;b", 400, l.T("error.400.text")},
			{"too large", "/cart/items", form, "variant=" + strings.Repeat("x", maxForm), 413, l.T("error.413.text")},
			{"JSON", "/cart/items", "application/json", `{"variant": "` + variant + `"}`, 415, l.T("error.415.text")},
			{"parts", "/cart/items", "multipart/form-data; boundary=x", "--x--", 415, l.T("error.415.text")},
			{"plain text", "/cart/items", "text/plain", with("1"), 415, l.T("error.415.text")},
			{"a type that is none", "/cart/items", ";;;", with("1"), 415, l.T("error.415.text")},
			{"no type", "/cart/items", "", with("1"), 415, l.T("error.415.text")},
			{"JSON for a line", "/cart/items/" + variant + "/remove", "application/json", `{}`, 415, l.T("error.415.text")},
			{"JSON for all lines", "/cart/empty", "application/json", `{}`, 415, l.T("error.415.text")},
		} {
			a := v.send("/"+lang+c.path, c.contentType, strings.NewReader(c.body))
			if a.status != c.status {
				t.Errorf("%s, %s: status %d, want %d", lang, c.name, a.status, c.status)
				continue
			}
			if root := a.all("html")[0]; attribute(root, "lang") != lang || len(a.all("h1")) != 1 {
				t.Errorf("%s, %s: no error page in the visitor's language", lang, c.name)
			}
			if !strings.Contains(text(a.all("main")[0]), spaced(c.says)) {
				t.Errorf("%s, %s: does not contain %q\n%s", lang, c.name, c.says, text(a.all("main")[0]))
			}
			if len(a.all("main a[href^='/"+lang+"']")) == 0 {
				t.Errorf("%s, %s: no links", lang, c.name)
			}
			a.header1("Cache-Control", "no-store")
			if strings.Contains(string(a.body), "<script>") || strings.Contains(string(a.body), "⟦") {
				t.Errorf("%s, %s: input reflected, or a message missing", lang, c.name)
			}
		}
		if got := v.cookie("basket"); got != "3" {
			t.Errorf("%s: the basket changed to %q", lang, got)
		}
		// Digits of other scripts are accepted.
		v.send("/"+lang+"/cart/items", form+"; charset=utf-8", strings.NewReader(with(" ۷ "))).wants(http.StatusSeeOther)
		v.send("/"+lang+"/cart/items/"+variant, "Application/X-WWW-Form-Urlencoded", strings.NewReader("quantity=٢")).wants(http.StatusSeeOther)
		if got := v.cookie("basket"); got != "2" {
			t.Errorf("%s: after 3 + ۷ and then ٢ the basket counts %q", lang, got)
		}
		v.send("/"+lang+"/cart/empty", "", nil).wants(http.StatusSeeOther)
		v.send("/language", "application/json", strings.NewReader("{}")).wants(http.StatusUnsupportedMediaType)
		v.send("/language", form, strings.NewReader("language="+strings.Repeat("x", maxForm))).wants(http.StatusRequestEntityTooLarge)
	}
}

// The limit is per ingredient; the page states it and the refusal names it.
func TestLimitOverMedicines(t *testing.T) {
	s := newSite(t, siteOptions{})
	v := s.visitor()
	orderable := func(group string) string {
		g, _ := s.store.Current().Group(group)
		for i := range g.Variants {
			if ok, _ := g.Variants[i].Orderable(s.store.Current().Day()); ok {
				return g.Variants[i].ID
			}
		}
		t.Fatalf("no variant of %s can be ordered", group)
		return ""
	}
	single, double, triple := orderable("paracetamol"), orderable("paracetamol-caffeine"), orderable("acetylsalicylic-acid-paracetamol-caffeine")
	v.add(single, 6).wants(http.StatusSeeOther)
	v.add(double, 3).wants(http.StatusSeeOther)
	v.add(triple, 1).wants(http.StatusSeeOther)
	for lang, want := range map[string]string{"en": "Paracetamol", "fa": "پاراستامول", "tr": "Parasetamol", "ar": "باراسيتامول"} {
		for _, variant := range []string{single, double, triple} {
			a := v.post("/"+lang+"/cart/items", url.Values{"variant": {variant}}).wants(http.StatusUnprocessableEntity)
			if notice := text(a.all("main [role=alert]")[0]); !strings.Contains(notice, want) || !strings.Contains(notice, locale(lang).Number(10)) {
				t.Errorf("%s, %s: %s", lang, variant, notice)
			}
		}
		if note := locale(lang).T("cart.limit.note", cart.MaxPerIngredient); !strings.Contains(text(v.get("/" + lang + "/medicines/paracetamol").all("main")[0]), note) {
			t.Errorf("%s: the limit is not shown before adding", lang)
		}
	}
	v.post("/en/cart/items/"+single, url.Values{"quantity": {"5"}}).wants(http.StatusSeeOther)
	v.add(double, 1).wants(http.StatusSeeOther)
	if got := v.cookie("basket"); got != "10" {
		t.Errorf("the basket counts %q", got)
	}
}

// A variant that can no longer be sold online after it was added is reported as
// available from the pharmacy only and is not counted.
func TestBasketAfterTheCatalogueChanged(t *testing.T) {
	file := func(class, price, expiry, more string) []byte {
		return []byte(`{"currency": "EUR", "groups": [
			{"id": "a", "name": {"en": "Alpha", "fa": "آلفا"}, "variants": [{"id": "a", "form": "tablet", "strength": "5 mg", "pack": {"amount": 20, "unit": "tablet"}, "price": "2.00", "class": "` + class + `", "expiry": "2098-01"}]},
			{"id": "b", "name": {"en": "Beta", "fa": "بتا"}, "variants": [{"id": "b", "form": "syrup", "pack": {"amount": 200, "unit": "ml"}, "price": "` + price + `", "class": "general", "expiry": "2098-01"}]},
			{"id": "c", "name": "Gamma", "variants": [{"id": "c", "price": "7.00", "class": "general", "expiry": "` + expiry + `"}]}` + more + `]}`)
	}
	path := filepath.Join(t.TempDir(), "medicines.json")
	write := func(content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(file("general", "3.00", "2098-01", `,{"id": "d", "name": "Delta", "variants": [{"id": "d", "price": "1.00", "class": "general"}]}`))
	s := newSite(t, siteOptions{path: path})
	v := s.visitor()
	for _, id := range []string{"a", "b", "c", "d"} {
		v.add(id, 2).wants(http.StatusSeeOther)
	}
	v.get("/en/cart") // shows the message of the last addition
	a := v.get("/en/cart").wants(200)
	if got := a.one("main .total b"); got != locale("en").Money(26000, "EUR") {
		t.Errorf("total is %s", got)
	}
	if got := a.one("main .total"); !strings.Contains(got, locale("en").T("cart.tax")) {
		t.Errorf("the total does not mention that tax is included: %s", got)
	}
	rows := textsOf(a.all("main tbody tr"))
	if !strings.Contains(rows[0], spaced(locale("en").UnitPrice(100, "EUR", "tablet"))) || !strings.Contains(rows[1], spaced(locale("en").UnitPrice(1500, "EUR", "100 ml"))) {
		t.Errorf("no unit prices: %q", rows)
	}

	write(file("prescription", "3.50", "2020-01", ""))
	if err := os.Chtimes(path, time.Now(), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := s.store.Reload(); err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"fa", "en"} {
		l := locale(lang)
		a := v.get("/" + lang + "/cart").wants(200)
		problems := textsOf(a.all("main .problem"))
		want := []string{l.T("cart.problem.class"), l.T("cart.problem.price_changed", l.Money(3000, "EUR"), l.Money(3500, "EUR")), l.T("cart.problem.expired"), l.T("cart.problem.gone")}
		if lang == "en" { // the second visit does not report the price again
			want = append(want[:1], want[2:]...)
		}
		for i := range want {
			want[i] = spaced(want[i])
		}
		if strings.Join(problems, "|") != strings.Join(want, "|") {
			t.Errorf("%s: %q\nwant %q", lang, problems, want)
		}
		if got := a.one("main .total b"); got != spaced(l.Money(7000, "EUR")) {
			t.Errorf("%s: total is %s", lang, got)
		}
		if forms := a.all("main input[name=quantity]"); len(forms) != 1 {
			t.Errorf("%s: %d quantity forms", lang, len(forms))
		}
		if removes := a.all("main form[action$='/remove']"); len(removes) != 4 {
			t.Errorf("%s: %d remove forms", lang, len(removes))
		}
		if lang == "fa" {
			if latin := a.all("main th bdi.latin[lang=en][dir=ltr]"); len(latin) != 3 || !strings.HasPrefix(text(latin[0]), "Alpha") {
				t.Errorf("names in Latin script: %q", textsOf(latin))
			}
		}
	}
	v.post("/en/cart/items/a", url.Values{"quantity": {"1"}}).wants(http.StatusForbidden)
	v.post("/en/cart/items/c", url.Values{"quantity": {"1"}}).wants(http.StatusConflict)
	v.post("/en/cart/items/d/remove", nil).wants(http.StatusSeeOther)
}

// In CATALOGUE_ONLY mode no page mentions a basket.
func TestCatalogueOnlyHasNoBasket(t *testing.T) {
	s := newSite(t, siteOptions{catalogueOnly: true})
	for _, lang := range render.Languages() {
		v := s.visitor()
		for _, page := range []string{"", "/medicines", "/medicines?q=paracetamol", "/medicines/paracetamol", "/a-to-z", "/about", "/nothing"} {
			a := v.get("/" + lang + page)
			body := string(a.body)
			for _, trace := range []string{"/cart", "data-add", "data-basket", `"Offer"`, `name="quantity"`, `name="variant"`, `id="status"`} {
				if strings.Contains(body, trace) {
					t.Errorf("%s%s contains %s", lang, page, trace)
				}
			}
			for _, key := range []string{"order.add", "class.general.meaning", "class.pharmacist.meaning", "about.cookie_session_text", "cart.added_short"} {
				if strings.Contains(text(a.document()), locale(lang).T(key)) {
					t.Errorf("%s%s contains %q", lang, page, locale(lang).T(key))
				}
			}
		}
		v.get("/" + lang + "/cart").wants(http.StatusNotFound)
		for _, path := range []string{"/cart/items", "/cart/items/paracetamol-tablet-500mg-20", "/cart/items/paracetamol-tablet-500mg-20/remove", "/cart/empty"} {
			a := v.post("/"+lang+path, url.Values{"variant": {"paracetamol-tablet-500mg-20"}, "quantity": {"1"}}).wants(http.StatusNotFound)
			if a.header["Set-Cookie"] != nil {
				t.Errorf("%s%s sets a cookie", lang, path)
			}
		}
		if v.cookie("basket")+v.cookie("session") != "" {
			t.Error("a basket cookie was set")
		}
		if strings.Contains(string(v.get("/robots.txt").body), "cart") || strings.Contains(string(v.get("/sitemap.xml").body), "cart") {
			t.Error("robots.txt or the sitemap mentions a basket")
		}
	}
}

// The page for an internal error is rendered in advance, in every language, and
// has links.
func TestFailurePagesAreReady(t *testing.T) {
	s := newSite(t, siteOptions{})
	made := s.renders.Load()
	s.shop.opts.Renderer = nil // rendering fails from here on
	for _, lang := range render.Languages() {
		for kind, f := range failures {
			d := s.shop.failure(lang, kind)
			body := string(d.Document.Body)
			if d.Status != f.status || !strings.Contains(body, `lang="`+lang+`"`) || !strings.Contains(body, `href="/`+lang+`/medicines"`) || strings.Contains(body, "⟦") {
				t.Errorf("%s, %d: not rendered in advance", lang, f.status)
			}
		}
		w := answerOf(s.shop.Handler(), "/"+lang+"/about")
		if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), locale(lang).T("error.500.title")) {
			t.Errorf("%s: status %d", lang, w.Code)
		}
	}
	if s.renders.Load() != made {
		t.Error("the page was rendered during the error")
	}
}

// A quantity is shown in the digits of the page's language and may be entered in
// those of any language.
func TestQuantityFields(t *testing.T) {
	s := newSite(t, siteOptions{})
	const variant = "paracetamol-tablet-500mg-20"
	numbers := regexp.MustCompile("^(?:" + quantityPattern + ")$")
	for n := range cart.MaxPerIngredient + 5 {
		for _, typed := range []string{itoa(n), locale("fa").Number(n), strings.Map(func(r rune) rune { return r - '0' + '٠' }, itoa(n))} {
			got, ok := quantityOf(typed)
			if !ok || got != n {
				t.Errorf("quantityOf(%q) = %d, %v", typed, got, ok)
			}
			if numbers.MatchString(typed) != (n >= 1 && n <= cart.MaxPerIngredient) {
				t.Errorf("the field's pattern disagrees about %q", typed)
			}
		}
	}
	for _, typed := range []string{"", "0", "01", "1.5", "-1", "+1", "one"} {
		if numbers.MatchString(typed) {
			t.Errorf("the field's pattern accepts %q", typed)
		}
	}
	for _, lang := range render.Languages() {
		v, l := s.visitor(), locale(lang)
		fields := v.get("/" + lang + "/medicines/paracetamol").all("td.act input[name=quantity]")
		if len(fields) == 0 {
			t.Fatalf("%s: no quantity field", lang)
		}
		v.post("/"+lang+"/cart/items", url.Values{"variant": {variant}, "quantity": {"٣"}}).wants(http.StatusSeeOther)
		v.post("/"+lang+"/cart/items/"+variant, url.Values{"quantity": {"۱۰"}}).wants(http.StatusSeeOther)
		basket := v.get("/" + lang + "/cart").all("td input[name=quantity]")
		if len(basket) != 1 || attribute(basket[0], "value") != l.Number(10) || !strings.Contains(attribute(basket[0], "aria-label"), l.Strength("500 mg").Text) {
			t.Errorf("%s: quantity fields in the basket: %v", lang, basket)
		}
		if attribute(fields[0], "value") != l.Number(1) {
			t.Errorf("%s: initial quantity is %q", lang, attribute(fields[0], "value"))
		}
		for _, field := range append(fields, basket...) {
			if attribute(field, "inputmode") != "numeric" || attribute(field, "pattern") != quantityPattern || attribute(field, "title") != l.T("error.quantity", cart.MaxPerIngredient) {
				t.Errorf("%s: a field has no input hint: %v", lang, field.Attr)
			}
		}
	}
}

// The page title begins with what happened to the basket, because screen readers
// read it first. It does so only once.
func TestTitleOfABasketSaysWhatHasHappened(t *testing.T) {
	s := newSite(t, siteOptions{})
	for _, lang := range render.Languages() {
		v, l := s.visitor(), locale(lang)
		usual := v.get("/" + lang + "/cart").one("head > title")
		v.post("/"+lang+"/cart/items", url.Values{"variant": {"paracetamol-tablet-500mg-20"}, "quantity": {"1"}}).wants(http.StatusSeeOther)
		added := v.get("/" + lang + "/cart")
		if got := added.one("head > title"); got != l.T("title.site", added.one(".notice.success h2"), usual) {
			t.Errorf("%s: title after adding is %q", lang, got)
		}
		if got := v.get("/" + lang + "/cart").one("head > title"); got != usual {
			t.Errorf("%s: title on the next visit is %q", lang, got)
		}
		v.post("/"+lang+"/cart/items", url.Values{"variant": {"paracetamol-tablet-500mg-20"}, "quantity": {"99"}}).wants(http.StatusUnprocessableEntity)
		refused := v.post("/"+lang+"/cart/items", url.Values{"variant": {"paracetamol-tablet-500mg-20"}, "quantity": {"99"}})
		if got := refused.one("head > title"); !strings.HasPrefix(got, l.T("error.refused.title")) {
			t.Errorf("%s: title after a refusal is %q", lang, got)
		}
	}
}
