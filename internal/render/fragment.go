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

// FragmentStore is a cache as a fragment needs it: it gives what is stored
// under version, name and inputs, and otherwise calls render and may keep
// the result.
type FragmentStore interface {
	Load(ctx context.Context, version, name, inputs string, render func(context.Context) ([]byte, error)) ([]byte, error)
}

// Fragment is a piece of page that is cached under its inputs. Its view sees
// only the versioned source S and the declared inputs In, and the key is
// made from all of them: a fragment cannot depend on what its key forgets.
type Fragment[S Versioned, In any] struct {
	name string
	view func(S, In) any
}

// NewFragment declares the fragment of the template fragments/<name>.html,
// to be executed with what view makes of the source and the inputs. In is a
// struct of exported strings, integers and booleans; anything else panics,
// because a key could not say it.
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

// HTML is the fragment in a language, from the store if that has it; a nil
// store renders each time.
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
	// The only text of the program that pages take as HTML: it came out of
	// html/template, above.
	return template.HTML(b), nil
}

// inputs is the key's text of a language and a fragment's inputs:
// "fa&Category=skin&Page=2". The separators cannot occur in a value, so no
// two inputs have the same text.
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
