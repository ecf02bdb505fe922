package render

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

type snapshot string

func (s snapshot) Version() string { return string(s) }

type linksIn struct {
	Category string
	Page     int
	Open     bool
}

// memory is a store that keeps everything.
type memory map[string][]byte

func (m memory) Load(ctx context.Context, version, name, inputs string, render func(context.Context) ([]byte, error)) ([]byte, error) {
	key := version + ":" + name + ":" + inputs
	if b, ok := m[key]; ok {
		return b, nil
	}
	b, err := render(ctx)
	if err == nil {
		m[key] = b
	}
	return b, err
}

func TestFragment(t *testing.T) {
	r := renderer(t, tree())
	views := 0
	f := NewFragment("links", func(s snapshot, in linksIn) any {
		views++
		return []string{string(s), in.Category}
	})
	store := memory{}
	for _, c := range []struct {
		store FragmentStore
		lang  string
		s     snapshot
		in    linksIn
		want  string
		views int
	}{
		{nil, "en", "v1", linksIn{Category: "<skin>"}, "<p>v1</p><p>&lt;skin&gt;</p>", 1},
		{nil, "en", "v1", linksIn{Category: "<skin>"}, "<p>v1</p><p>&lt;skin&gt;</p>", 2},
		{store, "en", "v1", linksIn{Category: "skin"}, "<p>v1</p><p>skin</p>", 3},
		{store, "en", "v1", linksIn{Category: "skin"}, "<p>v1</p><p>skin</p>", 3}, // stored
		{store, "fa", "v1", linksIn{Category: "skin"}, "<p>v1</p><p>skin</p>", 4},
		{store, "en", "v2", linksIn{Category: "skin"}, "<p>v2</p><p>skin</p>", 5},
		{store, "en", "v1", linksIn{Category: "eye"}, "<p>v1</p><p>eye</p>", 6},
		{store, "en", "v1", linksIn{Category: "skin", Page: 1}, "<p>v1</p><p>skin</p>", 7},
		{store, "en", "v1", linksIn{Category: "skin", Open: true}, "<p>v1</p><p>skin</p>", 8},
	} {
		got, err := f.HTML(t.Context(), r, c.store, c.lang, c.s, c.in)
		if err != nil || string(got) != c.want || views != c.views {
			t.Errorf("%s %s %v: %s, %v after %d views; want %s after %d", c.lang, c.s, c.in, got, err, views, c.want, c.views)
		}
	}
	if _, ok := store["v1:links:fa&Category=skin&Page=0&Open=false"]; !ok {
		t.Errorf("keys %v", store)
	}
}

func TestFragmentFaults(t *testing.T) {
	r := renderer(t, tree())
	absent := NewFragment("absent", func(snapshot, linksIn) any { return nil })
	if got, err := absent.HTML(t.Context(), r, nil, "en", "v1", linksIn{}); err == nil || got != "" {
		t.Errorf("fragment without a template: %q, %v", got, err)
	}
	down := errors.New("down")
	links := NewFragment("links", func(snapshot, linksIn) any { return nil })
	if got, err := links.HTML(t.Context(), r, failing{down}, "en", "v1", linksIn{}); !errors.Is(err, down) || got != "" {
		t.Errorf("failing store: %q, %v", got, err)
	}
}

type failing struct{ err error }

func (f failing) Load(context.Context, string, string, string, func(context.Context) ([]byte, error)) ([]byte, error) {
	return nil, f.err
}

// Inputs of other types could differ in ways that the key does not show.
func TestNewFragmentPanics(t *testing.T) {
	type named string
	for what, declare := range map[string]func(){
		"no struct":  func() { NewFragment("x", func(snapshot, string) any { return nil }) },
		"pointer":    func() { NewFragment("x", func(snapshot, *linksIn) any { return nil }) },
		"unexported": func() { NewFragment("x", func(snapshot, struct{ a string }) any { return nil }) },
		"embedded":   func() { NewFragment("x", func(snapshot, struct{ linksIn }) any { return nil }) },
		"slice":      func() { NewFragment("x", func(snapshot, struct{ A []string }) any { return nil }) },
		"float":      func() { NewFragment("x", func(snapshot, struct{ A float64 }) any { return nil }) },
		"interface":  func() { NewFragment("x", func(snapshot, struct{ A any }) any { return nil }) },
		"struct":     func() { NewFragment("x", func(snapshot, struct{ A linksIn }) any { return nil }) },
		"uintptr":    func() { NewFragment("x", func(snapshot, struct{ A uintptr }) any { return nil }) },
		"anonymous":  func() { NewFragment("x", func(snapshot, struct{ LinksIn }) any { return nil }) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", what)
				}
			}()
			declare()
		}()
	}
	NewFragment("x", func(snapshot, struct {
		A string
		B named
		C int64
		D uint8
		E bool
	},
	) any {
		return nil
	})
	NewFragment("x", func(snapshot, struct{}) any { return nil })
}

// LinksIn is exported, so that embedding it is an exported field.
type LinksIn struct{ A string }

type fuzzIn struct {
	A, B string
	N    int
	On   bool
}

// Different inputs have different encodings, and their characters are safe in a
// key.
func FuzzInputs(f *testing.F) {
	f.Add("fa", "a", "b", 1, true, "fa", "a", "b", 1, false)
	f.Add("fa", "a&B=b", "", 1, true, "fa", "a", "b&B=", 1, true)
	f.Add("fa", "a", "%26", 1, true, "fa", "a", "&", 1, true)
	f.Add("fa&A=x", "", " ", 1, true, "fa", "x", "+", 11, true)
	f.Fuzz(func(t *testing.T, lang1, a1, b1 string, n1 int, on1 bool, lang2, a2, b2 string, n2 int, on2 bool) {
		in1, in2 := fuzzIn{a1, b1, n1, on1}, fuzzIn{a2, b2, n2, on2}
		text1, text2 := inputs(lang1, in1), inputs(lang2, in2)
		if same := lang1 == lang2 && in1 == in2; same != (text1 == text2) {
			t.Errorf("%s %v and %s %v: %q and %q", lang1, in1, lang2, in2, text1, text2)
		}
		if i := strings.IndexFunc(text1, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(":{}*?[]", r) }); i >= 0 {
			t.Errorf("%q has an unsafe character at %d", text1, i)
		}
	})
}

// html/template does not escape values of these types. Only fragments, which
// html/template itself has rendered, are converted to one.
func TestNoTrustedText(t *testing.T) {
	trusted := []string{"HTML", "JS", "JSStr", "CSS", "URL", "HTMLAttr", "Srcset"}
	var found []string
	files := 0
	for _, dir := range []string{"../../internal", "../../cmd"} {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || d.IsDir() || filepath.Ext(name) != ".go" {
				return err
			}
			src, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			files++
			found = append(found, trustedConversions(t, name, src, trusted)...)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"../../internal/render/fragment.go: template.HTML"}; !slices.Equal(found, want) {
		t.Errorf("conversions %q, want %q", found, want)
	}
	if files < 10 {
		t.Errorf("only %d files read", files)
	}
}

func trustedConversions(t *testing.T, name string, src []byte, trusted []string) (found []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	local := ""
	for _, spec := range file.Imports {
		if path, _ := strconv.Unquote(spec.Path.Value); path == "html/template" {
			local = "template"
			if spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	if local == "" {
		return nil
	}
	if local == "." {
		return []string{name + ": html/template has no name"}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && slices.Contains(trusted, sel.Sel.Name) {
			if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == local {
				found = append(found, filepath.ToSlash(name)+": template."+sel.Sel.Name)
			}
		}
		return true
	})
	return found
}

func TestTrustedConversionsAreFound(t *testing.T) {
	for src, want := range map[string]int{
		`import "html/template"; var _ = template.HTML("x")`:                   1,
		`import h "html/template"; var _ = (h.JS)("x")`:                        1,
		`import "html/template"; func f() { g(template.URL(s)) }`:              1,
		`import . "html/template"; var _ = HTML("x")`:                          1,
		`import "text/template"; var _ = template.HTML("x")`:                   0,
		`import "html/template"; var _ template.HTML; var _ = template.New(s)`: 0,
	} {
		got := trustedConversions(t, "x.go", []byte("package x; "+src), []string{"HTML", "JS", "URL"})
		if len(got) != want {
			t.Errorf("%s: %q, want %d", src, got, want)
		}
	}
}
