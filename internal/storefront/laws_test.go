package storefront

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/redistest"
	"pharmacy/internal/shelf"
)

// Redis holds only the contract's keys, with their lifetimes and without
// personal data.
func TestKeysInRedis(t *testing.T) {
	server := redistest.Start(t)
	s := newSite(t, siteOptions{redis: server})
	v := s.visitor()
	v.add("paracetamol-tablet-500mg-20", 2).wants(http.StatusSeeOther)
	token := v.cookie("session")
	for _, path := range []string{"/en", "/fa/medicines?category=skin", "/en/medicines/paracetamol", "/api/medicines/groups", "/sitemap.xml", "/en/cart", "/en/medicines?q=secret"} {
		v.get(path).wants(http.StatusOK)
	}
	client, ctx := server.Client(), context.Background()
	page := regexp.MustCompile(`^page:test:[0-9a-f]+:(fa|en|tr|ar|-):/`)
	found := map[string]bool{}
	for _, key := range server.Keys() {
		ttl := client.PTTL(ctx, key).Val()
		limit := time.Duration(0)
		switch {
		case key == "cache:generation":
			continue
		case key == "medicines:groups:all", key == "medicines:list:top200":
			limit = 5 * time.Minute
		case page.MatchString(key), strings.HasPrefix(key, "fragment:test:"):
			limit = 10 * time.Minute
		case strings.HasPrefix(key, "session:"):
			limit = time.Hour
		default:
			t.Errorf("unexpected key %s", key)
		}
		kind, _, _ := strings.Cut(key, ":")
		found[kind] = true
		if ttl <= 0 || ttl > limit {
			t.Errorf("%s has a TTL of %s, limit %s", key, ttl, limit)
		}
		value := client.Get(ctx, key).Val()
		if strings.Contains(key, token) || kind != "session" && strings.Contains(value, token) || strings.Contains(key+value, "secret") {
			t.Errorf("%s contains personal data", key)
		}
	}
	for _, kind := range []string{"medicines", "page", "fragment", "session"} {
		if !found[kind] {
			t.Errorf("no key of kind %s", kind)
		}
	}
}

// Baskets in Redis survive a restart of the server.
func TestBasketSurvivesARestart(t *testing.T) {
	server := redistest.Start(t)
	v := newSite(t, siteOptions{redis: server}).visitor()
	v.add("paracetamol-tablet-500mg-20", 2).wants(http.StatusSeeOther)
	again := newSite(t, siteOptions{redis: server}).visitor()
	a := again.get("/en/cart", "Cookie", "session="+v.cookie("session"))
	if !strings.Contains(text(a.document()), "Paracetamol") {
		t.Error("the basket was lost")
	}
}

// The replaced application's file is served unchanged. Nothing in it can be
// ordered, and markup in it is escaped.
func TestFileOfTheReplacedApplication(t *testing.T) {
	file := []byte(`{"pain_groups": {"g1": {"name_en": "Pain <b>relief</b> 💊", "name_fa": "مسکن", "pains": {
		"p1": {"name_en": "Old tablet\n500mg", "description_en": "<script>alert(1)</script>", "price": "22.44", "exp": "2031/02/31"},
		"p2": {"name_en": "Other", "price": null, "exp": "2031/02"}}}}}`)
	overStores(t, siteOptions{catalogue: file}, func(t *testing.T, s *site) {
		v := s.visitor()
		for _, path := range []string{"/en", "/en/medicines", "/en/medicines?category=g1", "/en/medicines/g1", "/fa/medicines/g1", "/en/a-to-z", "/api/medicines/groups", "/en/medicines?q=old"} {
			a := v.get(path).wants(http.StatusOK)
			if strings.Contains(string(a.body), "<script>alert") || strings.Contains(string(a.body), "<b>relief") {
				t.Errorf("%s: markup of the data is not escaped", path)
			}
			if !strings.HasPrefix(path, "/api") && len(a.all("input[name=variant]")) != 0 {
				t.Errorf("%s: has an order form", path)
			}
		}
		v.add("p1", 1).wants(http.StatusForbidden)
		v.get("/item/p1/").wants(http.StatusMovedPermanently)
	})
}

// A variant cannot be ordered from the day after its expiry date.
func TestExpiredCannotBeOrdered(t *testing.T) {
	file := []byte(`{"currency": "EUR", "groups": [{"id": "g", "name": "G", "variants": [
		{"id": "v", "price": "1.00", "class": "general", "expiry": "2027-02"}]}]}`)
	now := time.Date(2027, 2, 28, 23, 59, 0, 0, time.UTC)
	s := newSite(t, siteOptions{catalogue: file, now: func() time.Time { return now }})
	v := s.visitor()
	v.add("v", 1).wants(http.StatusSeeOther)
	if n := len(v.get("/en/medicines/g").all("main input[name=variant]")); n != 1 {
		t.Errorf("%d forms on its last day", n)
	}
	now = now.Add(2 * time.Minute)
	if n := len(v.get("/en/medicines/g").all("main input[name=variant]")); n != 0 {
		t.Errorf("%d forms after its last day", n)
	}
	v.add("v", 1).wants(http.StatusConflict)
	if !strings.Contains(text(v.get("/en/cart").document()), locale("en").T("cart.problem.expired")) {
		t.Error("the basket does not report the expiry")
	}
}

// A pack dated in the Solar Hijri calendar expires like any other, and its date is
// shown in both calendars.
func TestSolarHijriExpiry(t *testing.T) {
	file := []byte(`{"currency": "EUR", "groups": [{"id": "g", "name": "G", "variants": [
		{"id": "m", "price": "1.00", "class": "general", "expiry": "1403/05"},
		{"id": "d", "price": "1.00", "class": "general", "expiry": "۱۴۰۳-۰۵-۱۵"}]}]}`)
	now := time.Date(2024, 8, 5, 12, 0, 0, 0, time.UTC)
	s := newSite(t, siteOptions{catalogue: file, now: func() time.Time { return now }})
	v := s.visitor()
	for lang, want := range map[string][2]string{
		"fa": {"مرداد ۱۴۰۳ (تا ۲۱ اوت ۲۰۲۴)", "۱۵ مرداد ۱۴۰۳ (۵ اوت ۲۰۲۴)"},
		"en": {"Mordad 1403 (until 21 August 2024)", "15 Mordad 1403 (5 August 2024)"},
		"tr": {"Mordad 1403 (21 Ağustos 2024 tarihine kadar)", "15 Mordad 1403 (5 Ağustos 2024)"},
		"ar": {"مرداد 1403 (حتى 21 أغسطس 2024)", "15 مرداد 1403 (5 أغسطس 2024)"},
	} {
		a := v.get("/" + lang + "/medicines/g").wants(http.StatusOK)
		for i, datetime := range []string{"2024-08-21", "2024-08-05"} {
			dates := textsOf(a.all("main table time[datetime='" + datetime + "']"))
			if len(dates) == 0 || spaced(dates[0]) != want[i] {
				t.Errorf("%s: %q, want %q", lang, dates, want[i])
			}
		}
	}
	order := func(day int, id string, status int) {
		t.Helper()
		now = time.Date(2024, 8, day, 12, 0, 0, 0, time.UTC)
		v.add(id, 1).wants(status)
		forms := 0
		if status == http.StatusSeeOther {
			forms = 1
		}
		if n := len(v.get("/en/medicines/g").all("main tr#" + id + " input[name=variant]")); n != forms {
			t.Errorf("%d forms of %s on day %d, want %d", n, id, day, forms)
		}
	}
	order(5, "d", http.StatusSeeOther)
	order(6, "d", http.StatusConflict)
	order(21, "m", http.StatusSeeOther)
	order(22, "m", http.StatusConflict)
	if !strings.Contains(text(v.get("/fa/cart").document()), locale("fa").T("cart.problem.expired")) {
		t.Error("the basket does not report the expiry")
	}
}

// The two conversions between the calendars, for reading and for showing, agree.
func TestSolarHijriCalendarsAgree(t *testing.T) {
	l, months := locale("en"), []string{"Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar", "Mehr", "Aban", "Azar", "Dey", "Bahman", "Esfand"}
	days := 0
	for year := 1380; year <= 1430; year++ {
		for month, name := range months {
			for day := 1; day <= 31; day++ {
				e, err := catalogue.ParseExpiry(fmt.Sprintf("%d/%d/%d", year, month+1, day))
				if err != nil {
					continue
				}
				days++
				d := expiryOf(l, &catalogue.Variant{Expiry: e}, 0)
				if want := fmt.Sprintf("%d %s %d", day, name, year); d.Text != want || d.DateTime != e.Last().String() {
					t.Fatalf("%s is shown as %q, %s", e, d.Text, d.DateTime)
				}
			}
		}
	}
	if days != 51*365+12 { // leap years are every four years from 1383 to 1403 and from 1408 to 1428
		t.Errorf("%d days", days)
	}
}

// The link to a leaflet tells its site neither the page, which says what somebody
// suffers from, nor gives it a handle of the window.
func TestLeafletLink(t *testing.T) {
	const address = "https://example.org/leaflet.pdf?a=1&b=%22#c"
	s := newSite(t, siteOptions{catalogue: fmt.Appendf(nil, `{"groups": [{"id": "g", "name": "G", "leaflet": %q, "variants": [{"id": "v"}]}]}`, address)})
	links := s.visitor().get("/en/medicines/g").wants(http.StatusOK).all("main dd a[rel~=external]")
	if len(links) != 1 {
		t.Fatalf("%d links", len(links))
	}
	attributes := map[string]string{}
	for _, a := range links[0].Attr {
		attributes[a.Key] = a.Val
	}
	if attributes["href"] != address || attributes["rel"] != "external noopener noreferrer" || attributes["target"] != "" {
		t.Errorf("%v", attributes)
	}
}

// newlyRefused returns a site that went from the first of two catalogues to the
// second, and a visitor who put the variant v of the first into the basket.
func newlyRefused(t *testing.T, catalogues [2]*catalogue.Catalogue) (*site, *visitor, *fixed) {
	day := catalogue.DayOf(time.Now())
	current := &fixed{snapshot: shelf.NewSnapshot(catalogues[0], day, shelf.Options{})}
	s := newSite(t, siteOptions{catalogue: []byte(`{"groups": []}`), medicines: func(m Medicines) Medicines { current.Medicines = m; return current }})
	v := s.visitor()
	v.add("v", 1).wants(http.StatusSeeOther)
	current.snapshot = shelf.NewSnapshot(catalogues[1], day, shelf.Options{})
	return s, v, current
}

// A variant whose expiry was given but cannot be read is shown with it and not
// sold. A file with such an expiry is refused, but a fleet may have one.
func TestUnreadableExpiryCannotBeOrdered(t *testing.T) {
	catalogues := [2]*catalogue.Catalogue{}
	for i, expiry := range []string{"2098-06", "2571/06"} {
		c, _, err := catfile.ParseMarshalled(fmt.Appendf(nil, `{"currency": "EUR", "groups": [{"id": "g", "name": "G", "variants": [
			{"id": "v", "form": "tablet", "strength": "5 mg", "pack": {"amount": 20, "unit": "tablet"}, "price": "1.00", "class": "general", "expiry": %q},
			{"id": "w", "form": "tablet", "strength": "5 mg", "pack": {"amount": 20, "unit": "tablet"}, "price": "2.00", "class": "general", "expiry": "2098-06"},
			{"id": "x", "form": "tablet", "strength": "5 mg", "pack": {"amount": 20, "unit": "tablet"}, "price": "3.00", "class": "general"}]}]}`, expiry))
		if err != nil {
			t.Fatal(err)
		}
		catalogues[i] = c
	}
	s, v, current := newlyRefused(t, catalogues)
	for _, lang := range []string{"fa", "en", "tr", "ar"} {
		a := v.get("/" + lang + "/medicines/g").wants(http.StatusOK)
		row := a.one("main tr#v")
		if !strings.Contains(row, "2571/06") || !strings.Contains(row, spaced(locale(lang).T("refusal.unreadable"))) || len(a.all("main tr#v input, main tr#v time")) != 0 {
			t.Errorf("%s: row %q", lang, row)
		}
		if len(a.all("main tr#w input[name=variant]")) != 1 || len(a.all("main tr#x input[name=variant]")) != 1 {
			t.Errorf("%s: the others have no order form", lang)
		}
	}
	group, _ := current.snapshot.Group("g")
	for _, o := range s.variantsOf(v.get("/en/medicines/g"), "en", group) {
		if _, offered := o["offers"]; offered != (o["sku"] != "v") {
			t.Errorf("%s: offered %v", o["sku"], offered)
		}
	}
	v.add("v", 1).wants(http.StatusConflict)
	v.post("/en/cart/items/v", url.Values{"quantity": {"2"}}).wants(http.StatusConflict)
	a := v.get("/en/cart").wants(http.StatusOK)
	if !strings.Contains(text(a.document()), locale("en").T("cart.problem.unreadable")) || a.one("main .total b") != spaced(locale("en").Money(0, "EUR")) {
		t.Error("the basket does not report the expiry, or counts the line")
	}
	// By expiry, unknown and unreadable ones come last.
	var ids []string
	for _, ref := range current.snapshot.List(shelf.Query{Sort: shelf.SortExpiry, Lang: "en"}).Items {
		ids = append(ids, ref.Variant.ID)
	}
	if got := strings.Join(ids, " "); got != "w" && got != "w v x" {
		t.Errorf("order by expiry: %s", got)
	}
}

// A variant whose strength may be a thousand times as much is shown as written
// and not sold.
func TestUnclearStrengthCannotBeOrdered(t *testing.T) {
	catalogues := [2]*catalogue.Catalogue{}
	for i, strength := range []string{"400000 IU", "400.000 IU"} {
		c, _, err := catfile.Parse(fmt.Appendf(nil, `{"currency": "EUR", "groups": [{"id": "g", "name": "G", "variants": [
			{"id": "v", "form": "capsule", "strength": %q, "pack": {"amount": 20, "unit": "capsule"}, "price": "1.00", "class": "general"},
			{"id": "w", "form": "capsule", "strength": "400000 IU", "pack": {"amount": 30, "unit": "capsule"}, "price": "2.00", "class": "general"}]}]}`, strength))
		if err != nil {
			t.Fatal(err)
		}
		catalogues[i] = c
	}
	s, v, current := newlyRefused(t, catalogues)
	for lang, want := range map[string]string{
		"fa": "دوز این بسته روشن نیست. از داروساز بپرسید.", "en": "The strength of this pack is unclear. Ask your pharmacist.",
		"tr": "Bu ambalajın dozu net değil. Eczacınıza sorun.", "ar": "تركيز هذه العبوة غير واضح. اسأل الصيدلي.",
	} {
		a := v.get("/" + lang + "/medicines/g").wants(http.StatusOK)
		if row := a.one("main tr#v"); !strings.Contains(row, want) || len(a.all("main tr#v input")) != 0 {
			t.Errorf("%s: row %q", lang, row)
		}
		if len(a.all("main tr#w input[name=variant]")) != 1 {
			t.Errorf("%s: the other has no order form", lang)
		}
		refused := v.post("/"+lang+"/cart/items", url.Values{"variant": {"v"}, "quantity": {"1"}}).wants(http.StatusConflict)
		if !strings.Contains(text(refused.document()), want) {
			t.Errorf("%s: the refusal of a forged order does not say why", lang)
		}
	}
	group, _ := current.snapshot.Group("g")
	for _, o := range s.variantsOf(v.get("/en/medicines/g"), "en", group) {
		if _, offered := o["offers"]; offered != (o["sku"] != "v") {
			t.Errorf("%s: offered %v", o["sku"], offered)
		}
	}
	v.post("/en/cart/items/v", url.Values{"quantity": {"2"}}).wants(http.StatusConflict)
	a := v.get("/en/cart").wants(http.StatusOK)
	if !strings.Contains(text(a.document()), locale("en").T("cart.problem.strength")) || a.one("main .total b") != spaced(locale("en").Money(0, "EUR")) {
		t.Error("the basket does not report the strength, or counts the line")
	}
}

// fixed is a catalogue that a test sets.
type fixed struct {
	Medicines
	snapshot *shelf.Snapshot
}

func (f *fixed) Current() *shelf.Snapshot { return f.snapshot }

// An unreadable session, from an older release or corrupted, is replaced by a new
// one.
func TestUnreadableSessionBeginsAnew(t *testing.T) {
	server := redistest.Start(t)
	s := newSite(t, siteOptions{redis: server})
	v := s.visitor()
	v.add("paracetamol-tablet-500mg-20", 2).wants(http.StatusSeeOther)
	client, ctx := server.Client(), context.Background()
	for _, key := range server.Keys() {
		if strings.HasPrefix(key, "session:") {
			client.Set(ctx, key, "rubbish", time.Hour)
		}
	}
	v.get("/en/cart").wants(http.StatusOK)
	v.add("paracetamol-tablet-500mg-20", 1).wants(http.StatusSeeOther)
	if got := v.cookie("basket"); got != "1" {
		t.Errorf("the basket counts %q", got)
	}
}
