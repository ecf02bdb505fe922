package shelf

import "pharmacy/internal/catalogue"

// IngredientName returns the name in a language of an active ingredient, as
// returned by [catalogue.Group.Ingredients]. It is the name of a medicine that
// contains nothing else or, if there is none, the English name.
func (s *Snapshot) IngredientName(ingredient, lang string) string {
	if g, found := s.alone()[ingredient]; found {
		return g.ShortName(lang)
	}
	return ingredient
}

// aloneOf returns, by active ingredient, the first medicine that contains
// nothing else.
func aloneOf(groups []catalogue.Group) map[string]*catalogue.Group {
	alone := map[string]*catalogue.Group{}
	for i := range groups {
		if only := groups[i].Ingredients(); len(only) == 1 && alone[only[0]] == nil {
			alone[only[0]] = &groups[i]
		}
	}
	return alone
}
