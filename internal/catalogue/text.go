package catalogue

import (
	"cmp"
	"iter"
	"slices"
)

// Text is a text in several languages, or a plain text that is the same in
// all of them. It never contains markup; renderers must escape it.
type Text struct {
	plain string
	in    []Translation // non-empty texts, sorted by CompareLanguages
}

// Translation is a text in one language.
type Translation struct {
	Lang string // a code such as "fa"
	Text string
}

// PlainText returns a text that is the same in every language.
func PlainText(s string) Text { return Text{plain: s} }

// NewText returns the Text with the given translations. It copies and sorts
// them, and drops empty ones.
func NewText(translations []Translation) Text {
	n := 0
	for i := range translations {
		if translations[i].Text != "" {
			n++
		}
	}
	if n == 0 {
		return Text{}
	}
	in := make([]Translation, 0, n)
	for _, tr := range translations {
		if tr.Text != "" {
			in = append(in, tr)
		}
	}
	slices.SortStableFunc(in, func(a, b Translation) int { return CompareLanguages(a.Lang, b.Lang) })
	return Text{in: in}
}

// Plain returns the text that is the same in every language, or "" if t has
// translations.
func (t Text) Plain() string { return t.plain }

// In returns the text in lang, else in English, else in the first language
// present. It returns "" only for the zero Text.
func (t Text) In(lang string) string {
	if len(t.in) == 0 {
		return t.plain
	}
	english := 0
	for i := range t.in {
		switch t.in[i].Lang {
		case lang:
			return t.in[i].Text
		case "en":
			english = i
		}
	}
	return t.in[english].Text
}

// Has reports whether the text has a translation into lang. A plain text has
// one in every language.
func (t Text) Has(lang string) bool {
	return t.plain != "" || slices.ContainsFunc(t.in, func(tr Translation) bool { return tr.Lang == lang })
}

// IsZero reports whether there is no text.
func (t Text) IsZero() bool { return t.plain == "" && len(t.in) == 0 }

// All returns an iterator over languages and texts. The language of a plain
// text is "".
func (t Text) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		if t.plain != "" {
			yield("", t.plain)
			return
		}
		for _, tr := range t.in {
			if !yield(tr.Lang, tr.Text) {
				return
			}
		}
	}
}

// With returns the text with its translation into lang replaced, or removed
// if text is empty. A plain text is dropped.
func (t Text) With(lang, text string) Text {
	in := make([]Translation, 0, len(t.in)+1)
	for _, tr := range t.in {
		if tr.Lang != lang {
			in = append(in, tr)
		}
	}
	return NewText(append(in, Translation{lang, text}))
}

// Languages are the codes of the site's languages. Each language has its own
// alphabetical order.
var Languages = [...]string{"en", "fa", "tr", "ar"}

// CompareLanguages compares two language codes: those in Languages come
// first, in that order, then all others alphabetically.
func CompareLanguages(a, b string) int {
	place := func(lang string) int {
		if at := slices.Index(Languages[:], lang); at >= 0 {
			return at
		}
		return len(Languages)
	}
	return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
}
