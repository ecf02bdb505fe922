package render

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

func asset(name string) string { return "/static/" + name }

// tree returns a valid set of template files with changes.
func tree(changes ...string) fstest.MapFS {
	all := map[string]string{
		"base.html":            `{{define "base"}}<html lang="{{.Lang}}"><main>{{block "main" .}}empty{{end}}</main>{{end}}`,
		"partials/card.html":   `{{define "card"}}<p>{{.}}</p>{{end}}`,
		"partials/line.html":   `<hr>`,
		"pages/home.html":      `{{define "main"}}{{range .Items}}{{template "card" .}}{{end}}{{template "line"}}{{end}}`,
		"pages/bare.html":      `{{/* The base's own block. */}}`,
		"fragments/links.html": `{{range .}}{{template "card" .}}{{else}}{{t "nav.medicines"}}{{end}}`,
	}
	for i := 0; i < len(changes); i += 2 {
		all[changes[i]] = changes[i+1]
		if changes[i+1] == "-" {
			delete(all, changes[i])
		}
	}
	fsys := fstest.MapFS{}
	for name, text := range all {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func renderer(t testing.TB, fsys fs.FS) *Renderer {
	t.Helper()
	r, err := New(Options{Templates: fsys, Asset: asset})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type page struct {
	Lang  string
	Items []string
}

func TestPage(t *testing.T) {
	r := renderer(t, tree())
	for _, c := range []struct {
		lang, name string
		data       any
		want       string
	}{
		{"en", "home", page{"en", []string{"a", "b"}}, `<html lang="en"><main><p>a</p><p>b</p><hr></main>`},
		{"fa", "bare", page{Lang: "fa"}, `<html lang="fa"><main>empty</main>`},
		{
			"en", "home",
			page{`"><script>`, []string{`</p><script>alert(1)</script>`}},
			`<html lang="&#34;&gt;&lt;script&gt;"><main><p>&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p><hr></main>`,
		},
	} {
		got, err := r.Page(c.lang, c.name, c.data)
		if err != nil || string(got) != c.want {
			t.Errorf("%s %s: %s, %v; want %s", c.lang, c.name, got, err, c.want)
		}
	}
	if got := names(r, "pages"); !slices.Equal(got, []string{"bare", "home"}) {
		t.Errorf("pages = %q", got)
	}
	if got := names(r, "fragments"); !slices.Equal(got, []string{"links"}) {
		t.Errorf("fragments = %q", got)
	}
}

// Page returns a whole page or an error.
func TestPageFaults(t *testing.T) {
	r := renderer(t, tree())
	for _, c := range []struct {
		lang, name string
		data       any
		want       string
	}{
		{"de", "home", page{}, `no template pages/home in language "de"`},
		{"en", "absent", page{}, `no template pages/absent`},
		{"en", "../fragments/links", page{}, `no template`},
		{"en", "home", struct{ Lang string }{"en"}, "pages/home.html:1:"},
	} {
		got, err := r.Page(c.lang, c.name, c.data)
		if got != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %q, %v; want %q", c.lang, c.name, got, err, c.want)
		}
	}
}

func TestTemplateFaults(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"base.html", "-", "base.html is missing"},
		{"base.html", "{{/* nothing */}}", `template "base" is not defined`},
		{"pages/home.html", "{{define \"main\"}}\n{{.Items", "pages/home.html:2"},
		{"pages/home.html", "{{define \"main\"}}\n{{shout .Items}}{{end}}", `pages/home.html:2: function "shout"`},
		{"pages/home.html", "<p>text</p>", "pages/home.html: text outside of a define"},
		{"pages/home.html", "{{define \"main\"}}\n{{template \"absent\"}}{{end}}", "pages/home.html:2:"},
		{"pages/home.html", "{{define \"main\"}}\n<p title={{if .}}\"{{end}}>{{end}}", "pages/home.html:2:"},
		{"pages/home.html", "{{define \"main\"}}\n{{t \"no.such.key\"}}{{end}}", `pages/home.html:2:2: no message "no.such.key"`},
		{"pages/home.html", "{{define \"main\"}}{{range .}}{{else}}{{with .X}}{{if true}}{{num (len (t \"no.such.key\" .))}}{{end}}{{end}}{{end}}{{end}}", `no message "no.such.key"`},
		{"pages/home.html", "{{define \"main\"}}{{template \"card\" (t \"no.such.key\")}}{{end}}", `no message "no.such.key"`},
		{"partials/card.html", "{{define \"card\"}}{{end}}{{define \"line\"}}{{end}}", `partials/line.html: template "line" is also defined in partials/card.html`},
		{"partials/card.html", "{{define \"main\"}}{{end}}", `partials/card.html: template "main" is also defined in base.html`},
		{"fragments/links.html", "{{define \"links\"}}x{{end}}", "fragments/links.html: a fragment has a body"},
		{"fragments/links.html", "<script>{{if .}}'{{end}}{{.}}</script>", "fragments/links.html:1:"},
		{"stray.html", "x", "stray.html: a template here is in no set"},
		{"pages/deep/down.html", "x", "pages/deep/down.html: a template here is in no set"},
	} {
		_, err := New(Options{Templates: tree(c.file, c.text), Asset: asset})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s = %s: %v, want %q", c.file, c.text, err, c.want)
		}
	}
	// Files of other kinds are ignored.
	renderer(t, tree("embed.go", "package templates", "pages/notes.txt", "{{"))
}

func TestFunctions(t *testing.T) {
	r := renderer(t, tree("pages/home.html", `{{define "main"}}{{t "nav.medicines"}} {{num .}} <use href="{{icon "tablet"}}"> `+
		`<link href="{{asset "css/site.css"}}"> <b title="{{t "nav.medicines"}}">{{asset "a&b"}}</b>{{end}}`, "base.html", `{{block "main" .}}{{end}}`))
	for lang, number := range map[string]string{"fa": "۱٬۲۳۴", "en": "1,234", "tr": "1.234", "ar": "1,234"} {
		word := locale(t, lang).T("nav.medicines")
		want := word + " " + number + ` <use href="/static/icons.svg#tablet"> <link href="/static/css/site.css"> ` +
			`<b title="` + word + `">/static/a&amp;b</b>`
		if got, err := r.Page(lang, "home", 1234); err != nil || string(got) != want {
			t.Errorf("%s: %s, %v; want %s", lang, got, err, want)
		}
	}
}

// Folding changes no byte of any page: constants are escaped for their context, and
// everything else stays.
func TestFold(t *testing.T) {
	hostile := func(string) string { return `/x"y'<z>&` + "`{{}}" }
	text := `{{$x := asset "a"}}<p>{{asset "a"}}</p><a href="{{asset "a"}}" title='{{asset "a"}}'>{{$x}}</a>` +
		`<script>var s = {{asset "a"}}, n = {{1}}, b = {{true}}; // {{asset "c"}}` + "\n</script>" +
		`{{if .}}{{asset "a"}}{{else}}{{num 1000}}{{end}}{{range .}}{{.}}{{print (asset "a") 1}}{{else}}{{printf "%s-%d" "x" 1}}{{end}}` +
		`{{with .}}{{len .}}{{end}}{{template "inner" .}}{{define "inner"}}{{asset "a"}}{{.}}{{end}}{{"{{"}}`
	for _, data := range [][]string{nil, {"<a>", "b"}} {
		var folded, whole bytes.Buffer
		for _, b := range []*bytes.Buffer{&folded, &whole} {
			set, err := template.New("page").Funcs(functions(locale(t, "fa"), hostile)).Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if err := escape(set); err != nil {
				t.Fatal(err)
			}
			if b == &folded {
				if err := fold(set); err != nil {
					t.Fatal(err)
				}
				if rest := set.Tree.Root.String(); strings.Contains(rest, `asset "a" |`) {
					t.Errorf("not folded: %s", rest)
				}
			}
			if err := set.Execute(b, data); err != nil {
				t.Fatal(err)
			}
		}
		if folded.String() != whole.String() {
			t.Errorf("%q:\nfolded %s\nwhole  %s", data, &folded, &whole)
		}
	}
}

func TestReload(t *testing.T) {
	fsys := tree()
	r, err := New(Options{Templates: fsys, Asset: asset, Reload: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two"} {
		fsys["base.html"] = &fstest.MapFile{Data: []byte(text)}
		if got, err := r.Page("en", "home", page{}); err != nil || string(got) != text {
			t.Errorf("%q, %v; want %s", got, err, text)
		}
	}
	fsys["base.html"] = &fstest.MapFile{Data: []byte("{{")}
	if _, err := r.Page("en", "home", page{}); err == nil || !strings.Contains(err.Error(), "base.html:1") {
		t.Errorf("error after a reload: %v", err)
	}
}

func TestHash(t *testing.T) {
	hash := renderer(t, tree()).Hash()
	if again := renderer(t, tree()).Hash(); again != hash || len(hash) != 32 {
		t.Errorf("Hash returned %q, then %q", hash, again)
	}
	for _, changed := range []fstest.MapFS{
		tree("partials/line.html", "<br>"),
		tree("partials/line.html", "-", "partials/other.html", "<hr>", "pages/home.html", "-"),
	} {
		if got := renderer(t, changed).Hash(); got == hash {
			t.Errorf("same hash with %v", slices.Sorted(maps.Keys(changed)))
		}
	}
	if got := renderer(t, tree("embed.go", "package x")).Hash(); got != hash {
		t.Error("a file that is not a template changes the hash")
	}
	a, err := fileHash(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"messages/tr.json", "vocabulary/ar.json"} {
		fsys := fstest.MapFS{}
		err := fs.WalkDir(files, ".", func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := fs.ReadFile(files, file)
			if file == name {
				b = append(b, ' ')
			}
			fsys[file] = &fstest.MapFile{Data: b}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if b, err := fileHash(fsys); err != nil || a == b {
			t.Errorf("changing %s does not change the hash (%v)", name, err)
		}
	}
}

// Template returns a set that can be type-checked: unescaped and with functions.
func TestTemplate(t *testing.T) {
	r := renderer(t, tree())
	for _, c := range []struct{ file, name string }{{"pages/home", "base"}, {"fragments/links", "fragments/links"}} {
		set, err := r.Template("fa", c.file)
		if err != nil || set.Name() != c.name || strings.Contains(set.Tree.Root.String(), "_html_template_") {
			t.Errorf("%s: %v, %v", c.file, set, err)
		}
	}
	for _, c := range [][2]string{{"de", "pages/home"}, {"fa", "home"}} {
		if _, err := r.Template(c[0], c[1]); err == nil {
			t.Errorf("%s: no error", c)
		}
	}
}

// Concurrently rendered pages do not share buffers, and a result belongs to its
// caller.
func TestPagesAtOnce(t *testing.T) {
	r := renderer(t, tree())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			want := fmt.Sprintf(`<html lang="en"><main><p>%d</p><hr></main>`, i)
			var results [][]byte
			for range 50 {
				b, err := r.Page("en", "home", page{"en", []string{fmt.Sprint(i)}})
				if err != nil {
					t.Error(err)
				}
				results = append(results, b)
			}
			for _, b := range results {
				if string(b) != want {
					t.Errorf("%s, want %s", b, want)
				}
			}
		})
	}
	wg.Wait()
}

// The site's own templates parse in every language and use only messages that
// exist.
func TestSiteTemplates(t *testing.T) {
	dir := os.DirFS("../../templates")
	if _, err := fs.Stat(dir, "base.html"); errors.Is(err, fs.ErrNotExist) {
		t.Skip("no templates/base.html")
	}
	r := renderer(t, dir)
	for _, want := range []string{"home", "listing", "medicine", "a-to-z", "about", "cart", "error"} {
		if !slices.Contains(names(r, "pages"), want) {
			t.Errorf("no page %s", want)
		}
	}
}

type card struct {
	Href, Name, Icon, Form, Price, Unit, Action, Variant string
	Strength, Pack                                       Isolate
}

// A listing of 24 cards that calls functions as often as a real one.
func BenchmarkPage(b *testing.B) {
	r := renderer(b, tree("pages/home.html", `{{define "main"}}{{range .Items}}<li><h3><a href="{{.Href}}">{{.Name}}
<bdi dir="{{.Strength.Dir}}">{{.Strength.Text}}</bdi></a></h3><p><svg><use href="{{icon .Icon}}"/></svg>{{.Form}},
<bdi dir="{{.Pack.Dir}}">{{.Pack.Text}}</bdi></p><p>{{.Price}} {{.Unit}}</p><form action="{{.Action}}"><input name="variant"
value="{{.Variant}}"><button>{{t "nav.medicines"}}</button></form></li>{{end}}{{end}}`))
	l := locale(b, "fa")
	var data struct {
		Lang  string
		Items []card
	}
	b.ReportAllocs()
	for b.Loop() {
		data.Items = data.Items[:0]
		for range 24 {
			data.Items = append(data.Items, card{
				Href: "/fa/medicines/paracetamol?variant=paracetamol-tablet-500mg-20", Name: "پاراستامول", Icon: "tablet",
				Form: l.Form("tablet"), Price: l.Money(2400, "EUR"), Unit: l.UnitPrice(120, "EUR", "tablet"),
				Action: "/fa/cart/items", Variant: "paracetamol-tablet-500mg-20",
				Strength: l.Strength("500 mg"), Pack: l.Pack(20, "tablet"),
			})
		}
		if _, err := r.Page("fa", "home", data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkT(b *testing.B) {
	l := locale(b, "fa")
	b.Run("constant", func(b *testing.B) {
		for b.Loop() {
			l.T("nav.medicines")
		}
	})
	b.Run("plural", func(b *testing.B) {
		for b.Loop() {
			l.T("cart.limit", 9, "پاراستامول")
		}
	})
}

func BenchmarkFormats(b *testing.B) {
	l := locale(b, "fa")
	for name, f := range map[string]func(){
		"Number":    func() { l.Number(2400) },
		"Money":     func() { l.Money(2400, "EUR") },
		"UnitPrice": func() { l.UnitPrice(1200, "EUR", "100 ml") },
		"Strength":  func() { l.Strength("2.5 mg/5 ml") },
		"Pack":      func() { l.Pack(20, "tablet") },
		"Expiry":    func() { l.Expiry(2027, 8, 31, true) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
}

// names returns the sorted names of the pages or fragments of a renderer.
func names(r *Renderer, kind string) []string {
	var names []string
	for file := range r.sets[Languages()[0]] {
		if name, ok := strings.CutPrefix(file, kind+"/"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
