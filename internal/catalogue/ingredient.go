package catalogue

import (
	"slices"
	"strings"
)

// Ingredients returns the active ingredients of a medicine, in lower case and
// in the order of its English name, which combines INNs as in
// "Acetylsalicylic acid, paracetamol and caffeine". Text in parentheses is a
// route of use and is ignored, so that a substance is the same in a cream and
// in a tablet. The catalogue file has no field for ingredients.
//
// Salts and esters are distinct ingredients: "calcium carbonate" is not
// "calcium". For a medicine without a name the only ingredient is its id, so
// the result is never empty.
func (g *Group) Ingredients() []string {
	name := strings.ToLower(withoutParentheses(g.Name.In("en")))
	var found []string
	add := func(words []string) {
		if one := strings.Join(words, " "); one != "" && !slices.Contains(found, one) {
			found = append(found, one)
		}
	}
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == ',' || r == '/' || r == '+' || r == '&' }) {
		words := strings.Fields(part)
		for {
			i := slices.Index(words, "and")
			if i < 0 {
				break
			}
			add(words[:i])
			words = words[i+1:]
		}
		add(words)
	}
	if len(found) == 0 {
		return []string{g.ID}
	}
	return found
}

// ShortName returns the name of a medicine in a language, without text in
// parentheses, which is a route of use.
func (g *Group) ShortName(lang string) string { return withoutParentheses(g.Name.In(lang)) }

// withoutParentheses removes text in parentheses. An unclosed parenthesis
// extends to the end of s.
func withoutParentheses(s string) string {
	for {
		before, rest, found := strings.Cut(s, "(")
		if !found {
			return strings.TrimSpace(s)
		}
		_, after, _ := strings.Cut(rest, ")")
		s = strings.TrimSpace(before) + " " + strings.TrimSpace(after)
	}
}
