package data

import (
	"iter"
	"slices"
	"strings"
)

// A Substance is a medicinal substance by its names. Its salts and hydrates are
// not substances of their own, except where they are what people ask for, such
// as calcium carbonate.
type Substance struct {
	English string // the INN where there is one, in lower case: "paracetamol"
	Turkish string // empty if it is spelt as in English
	Persian string // empty if unknown
	Arabic  string // empty if unknown
	also    string // further spellings, separated by |
}

// Substances returns the known substances, ordered by their English names.
// They include many that no catalogue of this program sells, so that a question
// for one of them is not answered with another. No spelling belongs to two
// substances.
func Substances() iter.Seq[Substance] { return parseSubstances(substances) }

// SubstanceNames returns the spellings of each substance, in the same order.
func SubstanceNames() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for s := range Substances() {
			if !yield(slices.Collect(s.Spellings())) {
				return
			}
		}
	}
}

// Spellings returns the names of s and their further spellings in any language,
// such as "acetaminophen" for paracetamol. The English name comes first.
func (s Substance) Spellings() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, name := range [...]string{s.English, s.Turkish, s.Persian, s.Arabic} {
			if name != "" && !yield(name) {
				return
			}
		}
		if s.also == "" {
			return
		}
		for spelling := range strings.SplitSeq(s.also, "|") {
			if !yield(spelling) {
				return
			}
		}
	}
}

// parseSubstances returns the substances of a file like substances.tsv. Lines
// that begin with # are comments; columns that a line lacks are empty.
func parseSubstances(text string) iter.Seq[Substance] {
	return func(yield func(Substance) bool) {
		for text != "" {
			var line string
			line, text, _ = strings.Cut(text, "\n")
			if line == "" || line[0] == '#' {
				continue
			}
			var s Substance
			for _, column := range [...]*string{&s.English, &s.Turkish, &s.Persian, &s.Arabic, &s.also} {
				*column, line, _ = strings.Cut(line, "\t")
			}
			if !yield(s) {
				return
			}
		}
	}
}
