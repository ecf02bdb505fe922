package render

import (
	"context"
	"fmt"
	"html/template"
	"net/url"
	"reflect"
	"strconv"
)

// Versioned is a source whose content changes only with its version.
type Versioned interface{ Version() string }

// FragmentStore is a cache of fragments. Load returns the entry for version,
// name and inputs or, on a miss, the result of render, which it may store.
type FragmentStore interface {
	Load(ctx context.Context, version, name, inputs string, render func(context.Context) ([]byte, error)) ([]byte, error)
}

// Fragment is a part of a page that is cached by its inputs. Its view receives
// only the versioned source S and the declared inputs In, and the key is derived
// from both: a fragment cannot depend on anything that its key omits.
type Fragment[S Versioned, In any] struct {
	name string
	view func(S, In) any
}

// NewFragment returns the fragment of the template fragments/<name>.html, which
// is executed with the result of view. It panics unless In is a struct whose
// fields are exported strings, integers or booleans.
func NewFragment[S Versioned, In any](name string, view func(S, In) any) *Fragment[S, In] {
	t := reflect.TypeFor[In]()
	if t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("render: fragment %s: inputs are %s, not a struct", name, t))
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Anonymous {
			panic(fmt.Sprintf("render: fragment %s: %s.%s must be an exported field of its own", name, t, f.Name))
		}
		if _, ok := inputText(reflect.Zero(f.Type)); !ok {
			panic(fmt.Sprintf("render: fragment %s: %s.%s is no string, integer or boolean", name, t, f.Name))
		}
	}
	return &Fragment[S, In]{name: name, view: view}
}

// HTML returns the fragment in a language, from the store if it has an entry. If
// st is nil, HTML renders the fragment.
func (f *Fragment[S, In]) HTML(ctx context.Context, r *Renderer, st FragmentStore, lang string, s S, in In) (template.HTML, error) {
	render := func(context.Context) ([]byte, error) {
		return r.execute(lang, "fragments/"+f.name, f.view(s, in))
	}
	var b []byte
	var err error
	if st == nil {
		b, err = render(ctx)
	} else {
		b, err = st.Load(ctx, s.Version(), f.name, inputs(lang, in), render)
	}
	if err != nil {
		return "", err
	}
	// Safe: the bytes are the output of html/template. This is the only
	// conversion to template.HTML in the program.
	return template.HTML(b), nil
}

// inputs encodes a language and a fragment's inputs for the cache key:
// "fa&Category=skin&Page=2". Values are escaped, so the encoding is unambiguous.
func inputs(lang string, in any) string {
	v := reflect.ValueOf(in)
	text := url.QueryEscape(lang)
	for i := range v.NumField() {
		value, _ := inputText(v.Field(i))
		text += "&" + v.Type().Field(i).Name + "=" + url.QueryEscape(value)
	}
	return text
}

func inputText(v reflect.Value) (string, bool) {
	switch {
	case v.Kind() == reflect.String:
		return v.String(), true
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool()), true
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10), true
	case v.CanUint() && v.Kind() != reflect.Uintptr:
		return strconv.FormatUint(v.Uint(), 10), true
	}
	return "", false
}
