package shelf

import "pharmacy/internal/catalogue"

// IngredientName is the name of an active ingredient, as Ingredients gives
// it, in a language: that of a medicine which contains nothing else, or the
// English one where the catalogue has no such medicine.
func (s *Snapshot) IngredientName(ingredient, lang string) string {
	if g, found := s.alone()[ingredient]; found {
		return g.ShortName(lang)
	}
	return ingredient
}

// aloneOf finds, for each active ingredient, the first medicine that contains
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
