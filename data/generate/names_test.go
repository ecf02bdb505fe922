package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pharmacy/internal/search"
)

// In a name of several words no word is another medicine's name, or a search for
// that medicine would find this one: «متیل پردنیزولون» beside «پردنیزولون».
// Exempt are combinations, salts, and a spelling that is one word of the record
// when it is joined.
func TestNoNameHoldsAnother(t *testing.T) {
	words := func(name string) []string {
		name, _, _ = strings.Cut(name, "(")
		return strings.Fields(search.Fold(name))
	}
	type record struct {
		id, substance string
		names         [][]string
	}
	var records []record
	owners := map[string][]string{} // substances by name of one word
	for _, g := range committed(t).Groups {
		english, _, _ := strings.Cut(g.Name["en"], " (")
		r := record{id: g.ID, substance: english}
		for _, name := range g.Name {
			r.names = append(r.names, words(name))
		}
		for _, name := range g.Synonyms {
			r.names = append(r.names, words(name))
		}
		for _, name := range r.names {
			if len(name) == 1 {
				owners[name[0]] = append(owners[name[0]], r.substance)
			}
		}
		records = append(records, r)
	}
	// Substances that this catalogue does not have, but another may.
	for _, name := range strings.Fields(`citalopram سیتالوپرام سيتالوبرام cobalamin کوبالامین كوبالامين cysteine سیستئین سيستئين
		ephedrine افدرین thiouracil ثيوراسيل tretinoin ترتینوئین urea اوره يوريا carbamide كارباميد metilselüloz methylcellulose`) {
		owners[search.Fold(name)] = append(owners[search.Fold(name)], name)
	}
	for _, r := range records {
		if strings.Contains(r.substance, " and ") {
			continue
		}
		for _, name := range r.names {
			if len(name) == 1 || slices.Contains([]string{"calcium", "kalsiyum"}, name[len(name)-1]) {
				continue
			}
			joined := strings.Join(name, "")
			if slices.ContainsFunc(r.names, func(other []string) bool { return len(other) == 1 && other[0] == joined }) {
				continue
			}
			for _, word := range name {
				if of := owners[word]; len(of) > 0 && !slices.Contains(of, r.substance) {
					t.Errorf("%s: the name %q holds %q, a name of %s", r.id, strings.Join(name, " "), word, of[0])
				}
			}
		}
	}
}

// Descriptions are searched, so none names a medicine other than its own.
func TestNoDescriptionNamesAnother(t *testing.T) {
	groups := committed(t).Groups
	substance := func(english string) string { name, _, _ := strings.Cut(english, " ("); return name }
	owners := map[string][]string{} // substances by folded name
	for _, g := range groups {
		for _, name := range slices.Concat(slices.Collect(maps.Values(g.Name)), g.Synonyms, g.Brands) {
			name, _, _ = strings.Cut(name, " (")
			owners[search.Fold(name)] = append(owners[search.Fold(name)], substance(g.Name["en"]))
		}
	}
	for _, g := range groups {
		allowed := []string{substance(g.Name["en"])}
		switch g.ID {
		case "alfacalcidol", "calcitriol", "cinacalcet": // they act on the calcium of the blood
			allowed = append(allowed, "Calcium carbonate")
		case "mecobalamin": // another form of vitamin B12
			allowed = append(allowed, "Cyanocobalamin")
		case "amoxicillin-clavulanic-acid":
			allowed = append(allowed, "Amoxicillin")
		}
		for lang, text := range g.Description {
			words := strings.Fields(search.Fold(text))
			for i := range words {
				for j := i + 1; j <= min(i+3, len(words)); j++ {
					for _, first := range readings(lang, words[i]) {
						name := strings.Join(append([]string{first}, words[i+1:j]...), " ")
						for _, owner := range owners[name] {
							if !slices.Contains(allowed, owner) {
								t.Errorf("%s (%s) names %q, which is %s: %q", g.ID, lang, name, owner, text)
							}
						}
					}
				}
			}
		}
	}
}
