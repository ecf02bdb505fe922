package catalogue

import (
	"slices"
	"strings"
)

// Ingredients are the active ingredients of a medicine, in lower case and in
// the order of its English name, which names them as INNs are combined:
// "Acetylsalicylic acid, paracetamol and caffeine". What stands in
// parentheses says how it is used and is left out, so that a substance is the
// same in a cream and in a tablet. The catalogue file has no field for them.
//
// Salts and esters are ingredients of their own: "calcium carbonate" is not
// "calcium". A medicine without a name has its id for an ingredient, so that
// there is always at least one.
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

// ShortName returns the name of a medicine in a language without what stands
// in parentheses, which says how it is used.
func (g *Group) ShortName(lang string) string { return withoutParentheses(g.Name.In(lang)) }

// withoutParentheses leaves out what stands in them. An unclosed one reaches
// to the end.
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
