package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport lists the packages under internal and, for each, which of them it may
// import.
var mayImport = map[string][]string{
	"assets":            {"conneg"},
	"cache":             {},
	"cart":              {"catalogue", "shelf"},
	"catalogue":         {},
	"catalogue/catfile": {"catalogue"},
	"catalogue/lint":    {"catalogue", "catalogue/catfile", "search"},
	"catalogue/sheet":   {"catalogue", "catalogue/catfile"},
	"conneg":            {},
	"cork":              {},
	"pagecache":         {"cache", "conneg"},
	"redistest":         {},
	"render":            {},
	"search":            {},
	"session":           {"cart"},
	"shelf":             {"catalogue", "catalogue/catfile", "search"},
	"storefront":        {"assets", "cache", "cart", "catalogue", "pagecache", "render", "search", "session", "shelf"},
	"supply":            {"cache", "catalogue", "catalogue/catfile", "shelf"},
}

// knows lists, for a third-party module, the only packages that may import it.
// tests reports whether all tests may.
var knows = []struct {
	module string
	by     []string
	tests  bool
}{
	{"github.com/redis/go-redis", []string{"internal/cache", "internal/redistest", "cmd/pharmacy"}, true},
	{"github.com/alexedwards/scs", []string{"internal/session"}, false},
	{"github.com/gomodule/redigo", []string{"internal/session"}, false},
	{"github.com/go-chi", []string{"internal/storefront"}, false},
	{"github.com/klauspost/compress", []string{"internal/assets", "internal/pagecache", "internal/supply"}, true},
	{"github.com/fsnotify/fsnotify", []string{"internal/supply"}, false},
	{"github.com/prometheus", []string{"cmd/pharmacy"}, false},
	{"github.com/spf13", []string{"cmd/pharmacy"}, false},
	{"github.com/caarlos0/env", []string{"cmd/pharmacy"}, false},
	{"github.com/xuri/excelize", []string{"internal/catalogue/sheet"}, false},
}

// top lists the names allowed at the top of the tree, in addition to dotfiles.
var top = []string{
	"cmd", "internal", "templates", "static", "data", "go.mod", "go.sum", "Makefile", "README.md", "Dockerfile", "deploy",
}

func TestImports(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	command := func(name string, args ...string) []byte {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = root
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, &stderr)
		}
		return out
	}

	const module = "pharmacy/"
	own := func(imported string) (string, bool) { return strings.CutPrefix(imported, module+"internal/") }
	seen := map[string]bool{}
	list := json.NewDecoder(bytes.NewReader(command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")))
	for {
		var p struct {
			ImportPath                         string
			Imports, TestImports, XTestImports []string
		}
		if err := list.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		here := strings.TrimPrefix(p.ImportPath, module)
		if name, internal := own(p.ImportPath); internal {
			seen[name] = true
			if _, ok := mayImport[name]; !ok {
				t.Errorf("%s is not listed in mayImport", here)
			}
			for _, imported := range p.Imports {
				other, ok := own(imported)
				if ok && !slices.Contains(mayImport[name], other) || !ok && strings.HasPrefix(imported, module) {
					t.Errorf("%s imports %s", here, imported)
				}
			}
		} else if !strings.HasPrefix(here, "cmd/") {
			// Packages of embedded files import nothing. The generator of the
			// catalogue imports only the catalogue's packages.
			for _, imported := range p.Imports {
				other, ok := own(imported)
				if ok && here == "data/generate" && slices.Contains([]string{"catalogue", "catalogue/catfile", "catalogue/lint"}, other) {
					continue
				}
				if strings.Contains(imported, ".") || strings.HasPrefix(imported, module) {
					t.Errorf("%s imports %s", here, imported)
				}
			}
		}
		if slices.Contains(p.Imports, module+"internal/redistest") {
			t.Errorf("%s imports redistest, which is for tests only", here)
		}
		for _, rule := range knows {
			if slices.Contains(rule.by, here) {
				continue
			}
			imports := p.Imports
			if !rule.tests {
				imports = slices.Concat(p.Imports, p.TestImports, p.XTestImports)
			}
			for _, imported := range imports {
				if imported == rule.module || strings.HasPrefix(imported, rule.module+"/") {
					t.Errorf("%s imports %s", here, imported)
				}
			}
		}
	}
	for name := range mayImport {
		if !seen[name] {
			t.Errorf("there is no internal/%s", name)
		}
	}

	// The program does not depend on packages for tests.
	for dep := range strings.Lines(string(command("go", "list", "-deps", "./cmd/pharmacy"))) {
		dep = strings.TrimSpace(dep)
		for _, no := range []string{"testing", module + "internal/redistest", "github.com/alicebob", "github.com/chromedp", "github.com/rogpeppe", "github.com/google/go-cmp"} {
			if dep == no || strings.HasPrefix(dep, no+"/") {
				t.Errorf("the program depends on %s", dep)
			}
		}
	}

	// Package cart is pure: it depends on nothing that does I/O.
	for dep := range strings.Lines(string(command("go", "list", "-deps", "./internal/cart"))) {
		dep = strings.TrimSpace(dep)
		if name, internal := own(dep); internal && !slices.Contains([]string{"cart", "catalogue", "catalogue/catfile", "search", "shelf"}, name) {
			t.Errorf("cart depends on %s", dep)
		}
		for _, no := range []string{"github.com/", "net/http", "database/"} {
			if strings.HasPrefix(dep, no) {
				t.Errorf("cart depends on %s", dep)
			}
		}
	}

	// An unpacked archive is not a repository.
	if _, err := exec.LookPath("git"); err != nil {
		return
	}
	if inside := exec.Command("git", "-C", root, "rev-parse", "--show-prefix"); !ownRepository(inside) {
		return
	}
	for file := range strings.Lines(string(command("git", "ls-files"))) {
		file = strings.TrimSpace(file)
		first, _, _ := strings.Cut(file, "/")
		if !slices.Contains(top, first) && !strings.HasPrefix(first, ".") {
			t.Errorf("%s does not belong at the top of the tree", first)
		}
		for _, part := range strings.Split(file, "/") {
			name := strings.TrimSuffix(strings.TrimSuffix(part, path.Ext(part)), "_test")
			if slices.Contains([]string{"util", "utils", "helper", "helpers", "common", "models", "misc"}, name) {
				t.Errorf("%s: %q is not a descriptive name", file, name)
			}
		}
	}
}

// ownRepository reports whether the tree is the root of a repository, given the
// command that prints its path in one.
func ownRepository(showPrefix *exec.Cmd) bool {
	prefix, err := showPrefix.Output()
	return err == nil && strings.TrimSpace(string(prefix)) == ""
}
