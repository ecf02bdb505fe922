// Package render renders page structs as HTML in four languages. It provides
// template sets, cached fragments, messages, and the formatting of numbers,
// doses and dates.
package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Options configure a Renderer.
type Options struct {
	// Templates contains base.html, partials/*.html, pages/*.html and
	// fragments/*.html.
	Templates fs.FS
	// Asset returns the URL of a static file by its plain name.
	Asset func(name string) string
	// Reload parses templates at each use, for development.
	Reload bool
}

// Renderer holds the parsed templates: one set per page or fragment and
// language, so that pages cannot override each other's blocks.
//
// Templates have five functions besides the standard ones: t KEY ARGS… returns
// a message and num N a number, both in the language of the set; asset NAME
// returns the URL of a static file, icon NAME that of a symbol in the sprite, and
// lines TEXT splits a long text. Their results are escaped like any other text.
type Renderer struct {
	options Options
	sets    sets
	hash    string
}

// sets holds the parsed templates by language and file, such as "pages/home".
type sets map[string]map[string]*template.Template

// New parses and escapes all templates in every language. The error is the first
// fault, with its file and line.
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

// Page renders a page into memory, so that a failed page is never partly sent.
func (r *Renderer) Page(lang, name string, data any) ([]byte, error) {
	return r.execute(lang, "pages/"+name, data)
}

// Hash returns a hash of everything that pages are rendered from: templates,
// messages and vocabulary.
func (r *Renderer) Hash() string { return r.hash }

// Template returns a new, unescaped set of a file such as "pages/home" or
// "fragments/categories". Tests use it to check templates against the types of
// their data.
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

// buffers is a pool for executing templates. Results are copied out at their
// exact size.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// keptBuffer is the maximum capacity of a pooled buffer, in bytes.
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

// parseSets returns the sets of all languages and the hash of their sources.
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

// longWord is the maximum length of a word, in characters, that fits on any
// line.
const longWord = 16

// lines splits a text after each slash in its long words, where a line may
// break. It returns nil if there is no such place. Browsers do not break lines
// between a slash and a digit, and would break "25 micrograms/125
// micrograms/dose" inside a word instead.
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

// sprite is the static file that contains all icons as symbols.
const sprite = "icons.svg"
