package render

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
	"text/template/parse"
)

// source holds the parsed template files, independent of language.
type source struct {
	shared  []definition            // partials
	base    []definition            // base.html
	entries map[string][]definition // "pages/home", "fragments/categories"
	hash    string
}

// A definition is one template: the body of a file, or a define in it.
type definition struct {
	name string
	tree *parse.Tree
}

// readSource parses all *.html files of fsys. A file that would be in no set is
// an error: it is probably misplaced.
func readSource(fsys fs.FS) (*source, error) {
	src := &source{entries: make(map[string][]definition)}
	origin := make(map[string]string) // shared template → its file
	err := fs.WalkDir(fsys, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) != ".html" {
			return err
		}
		b, err := fs.ReadFile(fsys, file)
		if err != nil {
			return err
		}
		defs, err := parseFile(file, string(b))
		if err != nil {
			return err
		}
		if err := checkMessages(defs); err != nil {
			return err
		}
		switch entry := strings.TrimSuffix(file, ".html"); path.Dir(file) {
		case "pages", "fragments":
			src.entries[entry] = defs
			return nil
		case ".":
			if file != "base.html" {
				return fmt.Errorf("%s: a template here is in no set", file)
			}
			src.base = defs
		case "partials":
			src.shared = append(src.shared, defs...)
		default:
			return fmt.Errorf("%s: a template here is in no set", file)
		}
		for _, def := range defs {
			if other, twice := origin[def.name]; twice {
				return fmt.Errorf("%s: template %q is also defined in %s", file, def.name, other)
			}
			origin[def.name] = file
		}
		return nil
	})
	if err == nil && src.base == nil {
		err = errors.New("base.html is missing")
	}
	if err == nil {
		src.hash, err = fileHash(fsys)
	}
	if err != nil {
		return nil, fmt.Errorf("render: templates: %w", err)
	}
	return src, nil
}

// stubs are functions for parsing files independent of language.
var stubs = functions(&Locale{}, func(string) string { return "" })

// parseFile returns the templates of one file. The body of the file is named
// after it, without directory and extension. The trees keep the whole path for
// error messages.
func parseFile(file, text string) ([]definition, error) {
	t, err := template.New(file).Funcs(stubs).Parse(text)
	if err != nil {
		return nil, err // names file and line
	}
	defs := []definition{} // not nil: the file is there
	for _, t := range t.Templates() {
		if t.Tree == nil {
			continue
		}
		name := t.Name()
		if name == file {
			body := !parse.IsEmptyTree(t.Tree.Root)
			switch dir := path.Dir(file); {
			case body && dir == "pages":
				return nil, fmt.Errorf("%s: text outside of a define is never shown", file)
			case !body && dir == "fragments":
				return nil, fmt.Errorf("%s: a fragment has a body outside of its defines", file)
			case !body:
				continue
			}
			name = strings.TrimSuffix(path.Base(file), ".html")
			if path.Dir(file) == "fragments" {
				name = "fragments/" + name // a partial may be called the same
			}
		}
		defs = append(defs, definition{name, t.Tree})
	}
	return defs, nil
}

// set returns the template set of one page or fragment. It copies the trees,
// since escaping modifies them.
func (src *source) set(entry string, funcs template.FuncMap) (*template.Template, error) {
	own, ok := src.entries[entry]
	if !ok {
		return nil, fmt.Errorf("render: no template %s", entry)
	}
	start, before := entry, [][]definition{src.shared}
	if path.Dir(entry) == "pages" {
		start, before = "base", [][]definition{src.base, src.shared}
	}
	t := template.New(start).Funcs(funcs)
	for _, defs := range append(before, own) { // the page's own blocks win
		for _, def := range defs {
			if _, err := t.AddParseTree(def.name, def.tree.Copy()); err != nil {
				return nil, fmt.Errorf("render: %s: %w", def.tree.ParseName, err)
			}
		}
	}
	if t = t.Lookup(start); t == nil || t.Tree == nil {
		return nil, fmt.Errorf("render: %s: template %q is not defined", entry, start)
	}
	return t, nil
}

// escape makes html/template escape the set now instead of at the first
// execution. It returns the errors that only escaping finds: undefined
// templates, and markup that ends in the middle of a tag.
func escape(t *template.Template) error {
	var fault *template.Error
	if err := t.Execute(io.Discard, nil); errors.As(err, &fault) {
		return fmt.Errorf("render: %w", err)
	}
	return nil // an execution error is expected without data
}

// fileHash returns a hash of the names and contents of all HTML and JSON files.
func fileHash(fsys fs.FS) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(fsys, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) != ".html" && path.Ext(file) != ".json" {
			return err
		}
		b, err := fs.ReadFile(fsys, file)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s\n%d\n%s", file, len(b), b)
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
