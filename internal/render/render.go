// Package render turns page structs into HTML in four languages: sets of
// templates, cached fragments, messages, and the numbers, doses and dates of
// each language.
package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Options says where a Renderer finds its templates and static files.
type Options struct {
	// Templates has base.html, partials/*.html, pages/*.html and
	// fragments/*.html.
	Templates fs.FS
	// Asset is the address of a static file by its plain name.
	Asset func(name string) string
	// Reload parses again at each use, so that an edit shows at once.
	Reload bool
}

// Renderer holds the parsed templates: one set a page and language, so that
// no page can take another's blocks, and one a fragment and language.
//
// In a template stand four functions beside the standard ones: t KEY ARGS…
// is a message, num N a number, asset NAME the address of a static file, and
// icon NAME that of a symbol in the sprite. The first two speak the
// language of the set. None of them returns text that escapes the escaping.
type Renderer struct {
	options Options
	sets    sets
	hash    string
}

// sets are all templates of one parse, by language and file: "pages/home".
type sets map[string]map[string]*template.Template

// New finds, parses and escapes every template, in every language. It fails
// at the first fault and names its file and line.
func New(o Options) (*Renderer, error) {
	if _, err := locales(); err != nil {
		return nil, err
	}
	s, hash, err := parseSets(o)
	if err != nil {
		return nil, err
	}
	return &Renderer{options: o, sets: s, hash: hash}, nil
}

// Page executes "base" of the page's set into memory, so that a page is
// whole or an error.
func (r *Renderer) Page(lang, name string, data any) ([]byte, error) {
	return r.execute(lang, "pages/"+name, data)
}

// Pages returns the names of the pages, sorted.
func (r *Renderer) Pages() []string { return r.names("pages") }

// Fragments returns the names of the fragments, sorted.
func (r *Renderer) Fragments() []string { return r.names("fragments") }

func (r *Renderer) names(kind string) []string {
	var names []string
	for file := range r.sets[Languages()[0]] {
		if dir, name := path.Split(file); dir == kind+"/" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Hash identifies what pages are made from: templates, messages and
// vocabulary.
func (r *Renderer) Hash() string { return r.hash }

// Template is a set of its own, not yet escaped, of a file such as
// "pages/home" or "fragments/categories": for tests that check templates
// against the types of their data.
func (r *Renderer) Template(lang, file string) (*template.Template, error) {
	l, ok := LocaleFor(lang)
	if !ok {
		return nil, fmt.Errorf("render: no language %q", lang)
	}
	src, err := readSource(r.options.Templates)
	if err != nil {
		return nil, err
	}
	return src.set(file, functions(l, r.options.Asset))
}

// buffers are for executing templates. A result is copied out: it has its
// exact size, and its buffer serves the next page.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// keptBuffer bounds what the pool holds after an unusually large page.
const keptBuffer = 1 << 20

func (r *Renderer) execute(lang, file string, data any) ([]byte, error) {
	t, err := r.lookup(lang, file)
	if err != nil {
		return nil, err
	}
	b := buffers.Get().(*bytes.Buffer)
	defer func() {
		if b.Cap() <= keptBuffer {
			b.Reset()
			buffers.Put(b)
		}
	}()
	if err := t.Execute(b, data); err != nil {
		return nil, fmt.Errorf("render: %s: %w", file, err)
	}
	return bytes.Clone(b.Bytes()), nil
}

func (r *Renderer) lookup(lang, file string) (*template.Template, error) {
	if r.options.Reload {
		return r.Template(lang, file)
	}
	if t, ok := r.sets[lang][file]; ok {
		return t, nil
	}
	return nil, fmt.Errorf("render: no template %s in language %q", file, lang)
}

// parseSets makes the sets of every language.
func parseSets(o Options) (sets, string, error) {
	src, err := readSource(o.Templates)
	if err != nil {
		return nil, "", err
	}
	all := make(sets)
	for _, lang := range Languages() {
		l, _ := LocaleFor(lang)
		all[lang] = make(map[string]*template.Template)
		for _, file := range slices.Sorted(maps.Keys(src.entries)) {
			t, err := src.set(file, functions(l, o.Asset))
			if err == nil {
				err = escape(t)
			}
			if err == nil {
				err = fold(t)
			}
			if err != nil {
				return nil, "", err
			}
			all[lang][file] = t
		}
	}
	words, err := fileHash(files)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256([]byte(src.hash + words))
	return all, hex.EncodeToString(sum[:16]), nil
}

func functions(l *Locale, asset func(string) string) template.FuncMap {
	return template.FuncMap{
		"t":     l.T,
		"num":   l.Number,
		"asset": asset,
		"icon":  func(name string) string { return asset(sprite) + "#" + name },
		"lines": lines,
	}
}

// longWord is how many characters a word may have and still fit on every
// line.
const longWord = 16

// lines cuts a text behind each slash of its long words, so that a line can
// end there; nil means that there is none. Browsers end no line between a
// slash and a digit, and would rather tear the letters of
// "25 micrograms/125 micrograms/dose" apart. A short dose stays in one piece.
func lines(s string) []string {
	if !strings.Contains(s, "/") {
		return nil
	}
	pieces := []string{""}
	for word := range strings.SplitAfterSeq(s, " ") {
		parts := []string{word}
		if utf8.RuneCountInString(word) > longWord {
			parts = strings.SplitAfter(word, "/")
		}
		pieces[len(pieces)-1] += parts[0]
		pieces = append(pieces, parts[1:]...)
	}
	if len(pieces) == 1 {
		return nil
	}
	return pieces
}

// sprite is the static file that has all icons as symbols.
const sprite = "icons.svg"
