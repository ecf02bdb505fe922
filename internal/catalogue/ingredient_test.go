package catalogue_test

import (
	"slices"
	"strings"
	"testing"

	"pharmacy/data"
	"pharmacy/internal/catalogue"
)

func TestIngredients(t *testing.T) {
	for name, want := range map[string]string{
		"Paracetamol":              "paracetamol",
		"Paracetamol and caffeine": "paracetamol|caffeine",
		"Acetylsalicylic acid, paracetamol and caffeine": "acetylsalicylic acid|paracetamol|caffeine",
		"a, b, and c":                         "a|b|c",
		"Clotrimazole (skin)":                 "clotrimazole",
		"Acetylsalicylic acid (antiplatelet)": "acetylsalicylic acid",
		"X (for cuts and burns) and Y":        "x|y",
		"Unclosed (skin and more":             "unclosed",
		"Candesartan":                         "candesartan",
		"Anderson":                            "anderson",
		"paracetamol/caffeine":                "paracetamol|caffeine",
		"Paracetamol + Caffeine":              "paracetamol|caffeine",
		"Paracetamol and paracetamol":         "paracetamol",
		"":                                    "the-id",
		"and, and":                            "the-id",
		"()":                                  "the-id",
	} {
		g := catalogue.Group{ID: "the-id", Name: catalogue.PlainText(name)}
		if got := strings.Join(g.Ingredients(), "|"); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// In the demonstration catalogue only the names of combinations are split, each id
// repeats the ingredients, and a substance has the same ingredient name in all its
// uses.
func TestIngredientsOfTheCatalogue(t *testing.T) {
	c := parse(t, data.Medicines)
	of := map[string][]string{} // ingredient to ids
	several := 0
	for i := range c.Groups {
		g := &c.Groups[i]
		found := g.Ingredients()
		if joined := strings.Contains(g.Name.In("en"), " and "); joined != (len(found) > 1) {
			t.Errorf("%s: %q", g.ID, found)
		}
		if len(found) > 1 {
			several++
		}
		for _, one := range found {
			if one == "" || one != strings.ToLower(one) || one != strings.TrimSpace(one) || strings.ContainsAny(one, ",()") || strings.Contains(one, "  ") {
				t.Errorf("%s: ingredient %q", g.ID, one)
			}
			if first, _, _ := strings.Cut(one, " "); !strings.Contains(g.ID, first) {
				t.Errorf("%s: the id does not contain the ingredient %q", g.ID, one)
			}
			of[one] = append(of[one], g.ID)
		}
	}
	if several < 20 {
		t.Errorf("only %d combinations", several)
	}
	for ingredient, ids := range map[string][]string{
		"paracetamol":          {"paracetamol", "paracetamol-caffeine", "acetylsalicylic-acid-paracetamol-caffeine", "codeine-paracetamol", "tramadol-paracetamol"},
		"acetylsalicylic acid": {"acetylsalicylic-acid", "acetylsalicylic-acid-antiplatelet"},
		"caffeine":             {"paracetamol-caffeine"},
		"clotrimazole":         {"clotrimazole-skin", "clotrimazole-vaginal"},
	} {
		for _, id := range ids {
			if !slices.Contains(of[ingredient], id) {
				t.Errorf("%s is not among the medicines that contain %s: %q", id, ingredient, of[ingredient])
			}
		}
	}
}
