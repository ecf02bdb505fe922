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
	in    []translation // by language, as byLanguage has it; none is empty
}

type translation struct{ lang, text string }

// In gives the text in a language, else in English, else in whatever
// language there is. It is "" only for an empty Text.
func (t Text) In(lang string) string {
	if len(t.in) == 0 {
		return t.plain
	}
	english := 0
	for i := range t.in {
		switch t.in[i].lang {
		case lang:
			return t.in[i].text
		case "en":
			english = i
		}
	}
	return t.in[english].text
}

// Has reports whether the text is given in the language itself. A plain
// text is given in every language.
func (t Text) Has(lang string) bool {
	return t.plain != "" || slices.ContainsFunc(t.in, func(tr translation) bool { return tr.lang == lang })
}

// IsZero reports whether there is no text.
func (t Text) IsZero() bool { return t.plain == "" && len(t.in) == 0 }

// All gives each translation with its language; the language of a plain
// text is "".
func (t Text) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		if t.plain != "" {
			yield("", t.plain)
			return
		}
		for _, tr := range t.in {
			if !yield(tr.lang, tr.text) {
				return
			}
		}
	}
}

// set adds a translation in its place, so that texts are equal whatever the
// order in which they are written. An empty one is as good as a missing one.
func (t *Text) set(lang, text string) {
	if text == "" {
		return
	}
	at := len(t.in)
	for at > 0 && byLanguage(lang, t.in[at-1].lang) < 0 {
		at--
	}
	t.in = slices.Insert(t.in, at, translation{lang, text})
}

// byLanguage has the languages of the site first, in their order, then all
// others by their codes.
func byLanguage(a, b string) int {
	place := func(lang string) int {
		if at := slices.Index(languages[:], lang); at >= 0 {
			return at
		}
		return len(languages)
	}
	return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
}
