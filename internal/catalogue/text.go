package catalogue

import (
	"cmp"
	"iter"
	"slices"
)

// Text is a text in several languages, or one that is the same in all of
// them. It is plain text: what looks like markup in it is not.
type Text struct {
	plain string
	in    []Translation // in the order of CompareLanguages; none is empty
}

// Translation is a text in one language.
type Translation struct {
	Lang string // a code such as "fa"
	Text string
}

// PlainText returns a text that is the same in every language.
func PlainText(s string) Text { return Text{plain: s} }

// NewText returns the text with the given translations, which it copies and
// orders. Empty ones are left out.
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

// Plain returns the text that is the same in every language, or "" where it
// is given by language.
func (t Text) Plain() string { return t.plain }

// In returns the text in a language, else in English, else in whatever
// language there is. It is "" only for an empty Text.
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

// Has reports whether the text is given in the language itself. A plain
// text is given in every language.
func (t Text) Has(lang string) bool {
	return t.plain != "" || slices.ContainsFunc(t.in, func(tr Translation) bool { return tr.Lang == lang })
}

// IsZero reports whether there is no text.
func (t Text) IsZero() bool { return t.plain == "" && len(t.in) == 0 }

// All returns each translation with its language; the language of a plain
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

// With returns the text with its translation into lang replaced: removed
// where text is empty. What was plain before is not kept.
func (t Text) With(lang, text string) Text {
	in := make([]Translation, 0, len(t.in)+1)
	for _, tr := range t.in {
		if tr.Lang != lang {
			in = append(in, tr)
		}
	}
	return NewText(append(in, Translation{lang, text}))
}

// Languages are the languages of the site, by their codes. Each has its own
// alphabetical order.
var Languages = [...]string{"en", "fa", "tr", "ar"}

// CompareLanguages orders language codes: those of the site first, in the
// order of Languages, then all others by their codes.
func CompareLanguages(a, b string) int {
	place := func(lang string) int {
		if at := slices.Index(Languages[:], lang); at >= 0 {
			return at
		}
		return len(Languages)
	}
	return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
}
