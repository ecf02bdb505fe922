package shelf

import "testing"

func TestIngredientName(t *testing.T) {
	s := snapshotOf(t, demonstration(t))
	for ingredient, names := range map[string][4]string{
		"paracetamol":  {"Paracetamol", "پاراستامول", "Parasetamol", "باراسيتامول"},
		"clotrimazole": {"Clotrimazole", "کلوتریمازول", "Klotrimazol", "كلوتريمازول"},
		"caffeine":     {"caffeine", "caffeine", "caffeine", "caffeine"}, // only in combinations
	} {
		for i, lang := range []string{"en", "fa", "tr", "ar"} {
			if got := s.IngredientName(ingredient, lang); got != names[i] {
				t.Errorf("%s in %s: %q, want %q", ingredient, lang, got, names[i])
			}
		}
	}
}

// Looking up a name does not scan the catalogue: every refused order does it.
func TestIngredientNameCostsNothingOfTheCatalogue(t *testing.T) {
	s := snapshotOf(t, demonstration(t))
	s.IngredientName("paracetamol", "fa")
	if n := testing.AllocsPerRun(10, func() { s.IngredientName("no such ingredient", "fa") }); n > 5 {
		t.Errorf("%.0f allocations", n)
	}
}
