package storefront

import (
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jba/templatecheck"

	"pharmacy/internal/render"
	"pharmacy/static"
	"pharmacy/templates"
)

// inputs maps each template to the type of its data: pages and fragments by
// name, partials by the name in their {{define}}. TestTemplatesFitTheirData
// fails for a template that is not listed.
var inputs = map[string]any{
	"pages/home": homePage{}, "pages/listing": listingPage{}, "pages/medicine": medicinePage{}, "pages/a-to-z": azPage{},
	"pages/about": aboutPage{}, "pages/cart": cartPage{}, "pages/error": errorPage{}, "pages/components": componentsPage{},

	"fragments/categories": categoriesView{},

	"header": layout{}, "footer": layout{}, "search": layout{}, "languages": []languageLink{}, "breadcrumb": []link{},
	"filter": filterForm{}, "options": []selectOption{}, "filters": []activeFilter{}, "pagination": pagination{},
	"card": item{}, "cards": []item{}, "variants": variantTable{}, "basket": basketTable{}, "equivalents": equivalentsView{},
	"tag": classTag{}, "strength": render.Isolate{}, "expiry": expiryDate{}, "latin": "", "lines": "", "price": "", "unit price": "",
	"quantity": orderForm{}, "number": numberField{}, "add": orderForm{},
	"notice": notice{}, "empty": emptyState{}, "failure": errorState{}, "ways": []link{},
	"shop": layout{}, "shop-foot": layout{}, "telephone": shopView{}, "looked-at": layout{},
	"mark": nil, "shelf": nil, "ware": "",
}

// Every template is type-checked, so it executes for any data, not only for the
// data of a test.
func TestTemplatesFitTheirData(t *testing.T) {
	r := newSite(t, siteOptions{}).shop.opts.Renderer
	checked := map[string]bool{}
	check := func(name string, parsed *template.Template) {
		if checked[name] {
			return
		}
		checked[name] = true
		data, ok := inputs[name]
		if !ok {
			t.Errorf("no data type known for %s: add it to inputs", name)
			return
		}
		if err := templatecheck.CheckHTML(parsed, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, pattern := range []string{"pages/*.html", "fragments/*.html"} {
		files, err := fs.Glob(templates.FS, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			file = strings.TrimSuffix(file, ".html")
			parsed, err := r.Template("en", file)
			if err != nil {
				t.Fatal(err)
			}
			check(file, parsed)
			for _, partial := range parsed.Templates() {
				// Blocks defined by a page's set have the type of the page.
				if name := partial.Name(); partial.Tree != nil && name != "base" && name != "main" && name != parsed.Name() && path.Ext(name) != ".html" {
					check(name, partial)
				}
			}
		}
	}
	for name := range inputs {
		if !checked[name] {
			t.Errorf("no template %s", name)
		}
	}
}

// In debug mode the components page exists in every language and shows what the
// partials contain; otherwise it does not exist.
func TestComponents(t *testing.T) {
	debug, plain := newSite(t, siteOptions{debug: true}).visitor(), newSite(t, siteOptions{}).visitor()
	for _, lang := range render.Languages() {
		address := "/" + lang + "/components"
		plain.get(address).wants(http.StatusNotFound)
		a := debug.get(address).wants(http.StatusOK).header1("Cache-Control", "no-store").header1("Cache-Status", "")
		for selector, least := range map[string]int{
			"header.head": 1, ".langs a": len(render.Languages()), "form[role=search]": 1, ".crumbs": 1, ".cats a": 10, ".filter": 1, ".active a": 2,
			".cards > li": 7, ".cards form": 2, "main > p .tag": 4, "[data-strength]": 20, "time": 4, "main > form": 2,
			"table": 2, "tr.marked": 2, "td.act form": 3, ".pages": 3, ".notice.success[role=status]": 1, ".notice.error[role=alert]": 1,
			".total": 1, ".facts dd b + b": 1, ".none": 4, ".none .code": 1, "footer.foot": 1, `meta[name=robots][content^="noindex"]`: 1,
		} {
			if n := len(a.all(selector)); n < least {
				t.Errorf("%s: %d elements match %s, want at least %d", address, n, selector, least)
			}
		}
		ids := map[string]bool{}
		for _, n := range a.all("[id]") {
			if id := attribute(n, "id"); ids[id] {
				t.Errorf("%s: duplicate id %s", address, id)
			} else {
				ids[id] = true
			}
		}
	}
	if strings.Contains(string(debug.get("/sitemap.xml").wants(http.StatusOK).body), "components") {
		t.Error("the components page is in the sitemap")
	}
}

// The style sheet stays within its budget and uses logical properties (start and
// end instead of left and right), so that it serves both directions.
func TestStyleSheets(t *testing.T) {
	physical := regexp.MustCompile(`(?i)[;{\s]((?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)[\w-]*|left|right|border-(?:top|bottom)-(?:left|right)-radius)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)|background-position[^;}]*\b(?:left|right)`)
	for _, faulty := range []string{"a{left:0}", "a{color:red;margin-left:1px}", "a{text-align: right}", "a{border-top-left-radius:1px}"} {
		if !physical.MatchString(faulty) {
			t.Errorf("%s is not detected", faulty)
		}
	}
	size := 0
	sheets, err := fs.Glob(static.FS, "css/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sheets {
		content, err := fs.ReadFile(static.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		size += len(content)
		for _, m := range physical.FindAllString(string(content), -1) {
			t.Errorf("%s: %q is not a logical property", name, m)
		}
		for _, part := range []string{"prefers-color-scheme:dark", "prefers-reduced-motion", "forced-colors", "@media print", ":focus-visible"} {
			if !strings.Contains(string(content), part) {
				t.Errorf("%s: no %s", name, part)
			}
		}
	}
	if size == 0 || size > 10<<10 {
		t.Errorf("the style sheets have %d bytes, limit %d", size, 10<<10)
	}
	markup := regexp.MustCompile(`\sstyle\s*=|\son[a-z]+\s*=\s*"|<style|javascript:`)
	err = fs.WalkDir(templates.FS, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".html" {
			return err
		}
		content, err := fs.ReadFile(templates.FS, name)
		if m := markup.Find(content); m != nil {
			t.Errorf("%s: %q: inline content is forbidden by the content security policy", name, m)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A listing with all its resources fits in 100 KiB and 8 requests.
func TestBudgets(t *testing.T) {
	v := newSite(t, siteOptions{}).visitor()
	reference := regexp.MustCompile(`(?:href|src)="(/static/[^"#]+)`)
	for _, lang := range render.Languages() {
		address := "/" + lang + "/medicines"
		page := v.get(address, "Accept-Encoding", "gzip").wants(http.StatusOK)
		if page.header.Get("Content-Encoding") != "gzip" || len(page.body) > 16<<10 {
			t.Errorf("%s: %d bytes of HTML, Content-Encoding %q", address, len(page.body), page.header.Get("Content-Encoding"))
		}
		total, loaded := len(page.body), []string{address}
		for _, m := range reference.FindAllStringSubmatch(string(v.get(address).body), -1) {
			if slices.Contains(loaded, m[1]) {
				continue
			}
			loaded = append(loaded, m[1])
			file := v.get(m[1], "Accept-Encoding", "gzip").wants(http.StatusOK)
			total += len(file.body)
			if limit := map[string]int{".js": 8 << 10, ".css": 10 << 10, ".woff2": 24 << 10}[path.Ext(m[1])]; limit > 0 && len(file.body) > limit {
				t.Errorf("%s has %d bytes, limit %d", m[1], len(file.body), limit)
			}
		}
		if total > 100<<10 || len(loaded) > 8 || len(loaded) < 5 {
			t.Errorf("%s: %d bytes in %d requests: %q", address, total, len(loaded), loaded)
		}
		if n := len(v.get(address).all("body *")); n > 700 {
			t.Errorf("%s: %d elements", address, n)
		}
	}
	if script, err := fs.ReadFile(static.FS, "js/site.js"); err != nil || len(script) > 8<<10 {
		t.Errorf("the script has %d bytes, limit %d (%v)", len(script), 8<<10, err)
	}
}
