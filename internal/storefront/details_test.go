package storefront

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/render"
)

func TestParseHours(t *testing.T) {
	for text, want := range map[string]string{
		"Mo-Fr 09:00-19:00; Sa 10:00-14:00":      "Mo-Fr 09:00-19:00|Sa 10:00-14:00",
		" Mo 09:00-13:00,14:00-19:00 ":           "Mo 09:00-13:00|Mo 14:00-19:00",
		"Mo,We,Fr-Su 00:00-24:00":                "Mo,We,Fr-Su 00:00-23:59",
		"Sa-Th 08:30-22:00":                      "Sa,Su,Mo,Tu,We,Th 08:30-22:00",
		"Mo-Fr 09:00-13:00; Mo-Fr 13:00-19:00":   "Mo-Fr 09:00-13:00|Mo-Fr 13:00-19:00",
		"Tu-Tu 09:00-10:00":                      "Tu 09:00-10:00",
		"":                                       "",
		";":                                      "",
		"Mo-Fr":                                  "",
		"Mo-Fr 9:00-19:00":                       "",
		"Mo-Fr 09:00-19:00;":                     "",
		"Mo-Fr 19:00-09:00":                      "",
		"Mo-Fr 09:00-09:00":                      "",
		"Mo-Fr 09:00-24:01":                      "",
		"Mo-Fr 24:00-24:00":                      "",
		"Mo-Fr 09:00-25:00":                      "",
		"mo-fr 09:00-19:00":                      "",
		"Monday 09:00-19:00":                     "",
		"Mo- 09:00-19:00":                        "",
		"Mo,,Tu 09:00-19:00":                     "",
		"Mo-Fr-Sa 09:00-19:00":                   "",
		"Mo-Fr 09:00–19:00":                      "",
		"Mo-Fr 09:00-19:00, Sa 10:00-14:00":      "",
		"Mo-Fr 09:00-19:00; Fr 18:00-20:00":      "",
		"Mo-Fr 09:00-12:00,11:00-13:00":          "",
		"Sa-Mo 09:00-12:00; Su 09:00-10:00":      "",
		"Mo 09:00-19:00-20:00":                   "",
		"Mo <script>":                            "",
		strings.Repeat("Mo 09:00-09:01; ", 2000): "",
	} {
		hours, err := ParseHours(text)
		if got := strings.Join(hours.schema(), "|"); got != want || (err == nil) != (want != "") {
			t.Errorf("%.60q: %q, %v; want %q", text, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60q: error has several lines", text)
		}
	}
}

func FuzzParseHours(f *testing.F) {
	f.Add("Mo-Fr 09:00-19:00; Sa 10:00-14:00")
	f.Add("Sa-Th 00:00-24:00")
	f.Add("Mo,,Tu 9-10")
	f.Fuzz(func(t *testing.T, s string) {
		hours, err := ParseHours(s)
		if err != nil {
			return
		}
		again, err := ParseHours(strings.ReplaceAll(strings.Join(hours.schema(), ";"), "23:59", "24:00"))
		if err != nil || len(again.schema()) != len(hours.schema()) {
			t.Fatalf("%q became %q: %v", s, hours.schema(), err)
		}
		for _, lang := range render.Languages() {
			for _, line := range hours.lines(locale(lang)) {
				if line.Days == "" || line.Times == "" || strings.Contains(line.Days+line.Times, "⟦") {
					t.Fatalf("%q in %s: %+v", s, lang, line)
				}
			}
		}
	})
}

func shopDetails(t *testing.T) Details {
	t.Helper()
	hours, err := ParseHours("Mo-Fr 09:00-19:00; Sa 10:00-14:00")
	if err != nil {
		t.Fatal(err)
	}
	return Details{
		Name:       Texts{"": "Example Pharmacy", "fa": "داروخانهٔ نمونه"},
		Address:    Texts{"": "1 Example Street, 10115 Berlin", "fa": "برلین، خیابان نمونه ۱"},
		Pharmacist: Texts{"": "Dr. A. <Example>"}, Licence: Texts{"": "L-123/45"}, Authority: Texts{"": "Example Authority, +49 30 9"},
		LicenceURL: "https://register.example/123?a=b&c=d", Telephone: "+49 (30) 123-4567", Email: "shop@pharmacy.example", Hours: hours,
	}
}

// dataOf returns the structured data of a page by type.
func (a *answer) dataOf(kind string) map[string]any {
	a.t.Helper()
	for _, n := range a.all(`script[type="application/ld+json"]`) {
		var o map[string]any
		if err := json.Unmarshal([]byte(text(n)), &o); err != nil {
			a.t.Fatalf("structured data: %v\n%s", err, text(n))
		}
		if o["@context"] != "https://schema.org" {
			a.t.Errorf("@context is %v", o["@context"])
		}
		if o["@type"] == kind {
			return o
		}
	}
	return nil
}

func TestShopDetails(t *testing.T) {
	s := newSite(t, siteOptions{details: shopDetails(t)})
	v := s.visitor()
	words := map[string][]string{
		"en": {"Example Pharmacy", "1 Example Street", "Monday to Friday: 09:00 to 19:00", "Saturday: 10:00 to 14:00", "Dr. A. <Example>", "L-123/45", "Example Authority"},
		"fa": {"داروخانهٔ نمونه", "برلین، خیابان نمونه ۱", "دوشنبه تا جمعه: ۰۹:۰۰ تا ۱۹:۰۰", "شنبه: ۱۰:۰۰ تا ۱۴:۰۰", "L-123/45"},
		"tr": {"Example Pharmacy", "Pazartesi – Cuma: 09:00–19:00", "Cumartesi: 10:00–14:00", "L-123/45"},
		"ar": {"Example Pharmacy", "من الاثنين إلى الجمعة: من 09:00 إلى 19:00", "السبت: من 10:00 إلى 14:00", "L-123/45"},
	}
	for _, lang := range render.Languages() {
		for _, page := range []string{"", "/about"} {
			a := v.get("/" + lang + page).wants(200)
			shown := text(a.all("main")[0])
			for _, want := range words[lang] {
				if !strings.Contains(shown, want) {
					t.Errorf("%s%s does not contain %q", lang, page, want)
				}
			}
			phone := a.all(`main a[href="tel:+49301234567"] > bdi[dir=ltr]`)
			if len(phone) != 1 || text(phone[0]) != "+49 (30) 123-4567" {
				t.Errorf("%s%s: the telephone number is not an isolated link", lang, page)
			}
			if len(a.all(`main a[href="mailto:shop@pharmacy.example"]`)) != 1 || len(a.all(`main a[href="https://register.example/123?a=b&c=d"]`)) != 1 {
				t.Errorf("%s%s: missing link", lang, page)
			}
			o := a.dataOf("Pharmacy")
			for name, want := range map[string]any{
				"telephone": "+49 (30) 123-4567", "email": "shop@pharmacy.example", "address": s.shop.opts.Details.Address.In(lang),
				"name": s.shop.opts.Details.Name.In(lang), "openingHours": []any{"Mo-Fr 09:00-19:00", "Sa 10:00-14:00"},
				"url": "http://pharmacy.example/" + lang,
			} {
				if !reflect.DeepEqual(o[name], want) {
					t.Errorf("%s%s: %s is %v, want %v", lang, page, name, o[name], want)
				}
			}
			if o["employee"].(map[string]any)["name"] != "Dr. A. <Example>" || o["identifier"].(map[string]any)["value"] != "L-123/45" {
				t.Errorf("%s%s: %v", lang, page, o)
			}
		}
		for _, page := range []string{"/medicines", "/medicines/paracetamol", "/a-to-z", "/cart", "/nothing"} {
			a := v.get("/" + lang + page)
			if len(a.all(`footer a[href="tel:+49301234567"]`)) != 1 || !strings.Contains(text(a.all("footer")[0]), s.shop.opts.Details.Address.In(lang)) {
				t.Errorf("%s%s: the footer does not contain the pharmacy's address", lang, page)
			}
		}
	}
}

// Details that are not configured leave no trace: no empty row, no heading.
func TestShopDetailsLeftOut(t *testing.T) {
	v := newSite(t, siteOptions{}).visitor()
	for _, page := range []string{"/en", "/fa/about", "/en/medicines"} {
		a := v.get(page).wants(200)
		if n := len(a.all(`#shop, [href^="tel:"], [href^="mailto:"]`)); n != 0 {
			t.Errorf("%s: %d traces of a shop without details", page, n)
		}
	}
	if o := v.get("/en").dataOf("Pharmacy"); o["telephone"] != nil || o["openingHours"] != nil || o["address"] != nil || o["name"] != locale("en").T("site.name") {
		t.Errorf("structured data: %v", o)
	}
	part := newSite(t, siteOptions{details: Details{Telephone: "112"}}).visitor()
	a := part.get("/en")
	if a.one("#shop") != locale("en").T("shop.heading") || len(a.all("main dl.facts > div")) != 1 {
		t.Errorf("a shop with only a telephone number: %s", a.one("#shop"))
	}
	part = newSite(t, siteOptions{details: Details{Email: "a@b.example"}}).visitor()
	if a := part.get("/en"); len(a.all("main dl.facts > div")) != 1 || strings.Contains(string(a.body), "tel:") {
		t.Error("a shop with only an email address shows more than that")
	}
}

// A medicine's page keeps its brands apart from the names of the substance.
func TestMedicineNames(t *testing.T) {
	for _, lang := range catalogue.Languages {
		a := newSite(t, siteOptions{}).visitor().get("/" + lang + "/medicines/paracetamol").wants(200)
		for heading, want := range map[string]string{"medicine.synonyms": "acetaminophen", "medicine.brands": "Panadol"} {
			names := ""
			for _, n := range a.all("main dl.facts > div") {
				if rest, found := strings.CutPrefix(text(n), locale(lang).T(heading)); found {
					names = rest
				}
			}
			for _, name := range []string{"acetaminophen", "Panadol"} {
				if strings.Contains(names, name) != (name == want) {
					t.Errorf("%s: %s under %q: %s", lang, name, heading, names)
				}
			}
		}
	}
}

func TestTextsFallBack(t *testing.T) {
	for _, c := range []struct {
		texts Texts
		want  string
	}{
		{nil, ""}, {Texts{"": "x"}, "x"}, {Texts{"": "x", "fa": "y"}, "y"}, {Texts{"en": "e", "tr": "t"}, "e"}, {Texts{"tr": "t", "ar": "a"}, "t"},
	} {
		if got := c.texts.In("fa"); got != c.want {
			t.Errorf("%v in Persian: %q, want %q", c.texts, got, c.want)
		}
	}
}

// Law 1 with details: two processes serve the same bytes.
func TestShopDetailsAreTheSameEverywhere(t *testing.T) {
	one, two := newSite(t, siteOptions{details: shopDetails(t)}).visitor(), newSite(t, siteOptions{details: shopDetails(t)}).visitor()
	for _, page := range []string{"/en", "/fa/about"} {
		a, b := one.get(page), two.get(page)
		if !bytes.Equal(a.body, b.body) || a.header.Get("Etag") != b.header.Get("Etag") {
			t.Errorf("%s differs between processes", page)
		}
	}
}
