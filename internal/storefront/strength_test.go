package storefront

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"pharmacy/internal/shelf"
)

// A strength has one value wherever it is read: it is sorted, shown and found
// as the same.
func TestStrengthsHaveOneValue(t *testing.T) {
	variant := func(id, form, strength string) string {
		return `{"id": "` + id + `", "form": "` + form + `", "strength": "` + strength + `", "pack": {"amount": 20, "unit": "tablet"}, "price": "2.00", "class": "general"}`
	}
	s := newSite(t, siteOptions{catalogue: []byte(`{"currency": "EUR", "groups": [
		{"id": "alpha", "name": "Alphamed", "variants": [` + strings.Join([]string{
		variant("u-50000", "tablet", "50000 units"), variant("u-100", "tablet", "100 units"), variant("u-50", "tablet", "50.000 units"), variant("u-20", "tablet", "20 units"),
	}, ",") + `]},
		{"id": "beta", "name": "Betamed", "variants": [` + strings.Join([]string{
		variant("c-20", "tablet", "20 mg/10 mg"), variant("c-15", "tablet", "15 mg + 15 mg"), variant("c-5", "tablet", "۵ mg＋۱۰ mg"),
	}, ",") + `]},
		{"id": "gamma", "name": "Gammamed", "variants": [` + variant("x", "tablet", "400.000 IU") + `]}]}`)})
	v, snap := s.visitor(), s.store.Current()

	// Sorted.
	var ids []string
	for _, ref := range snap.List(shelf.Query{Lang: "en"}).Items {
		ids = append(ids, ref.Variant.ID)
	}
	if want := []string{"u-20", "u-50", "u-100", "u-50000", "c-5", "c-15", "c-20", "x"}; !slices.Equal(ids, want) {
		t.Errorf("sorted as %v, want %v", ids, want)
	}

	// Shown.
	for id, want := range map[string][4]string{ // in the order of languages
		"u-50":    {"50 units", "۵۰ واحد", "50 ünite", "50 وحدة"},
		"u-50000": {"50,000 units", "۵۰٬۰۰۰ واحد", "50.000 ünite", "50,000 وحدة"},
		"c-15":    {"15 mg/15 mg", "۱۵ میلی\u200cگرم/۱۵ میلی\u200cگرم", "15 mg/15 mg", "15 ملغ/15 ملغ"},
		"c-5":     {"5 mg/10 mg", "۵ میلی\u200cگرم/۱۰ میلی\u200cگرم", "5 mg/10 mg", "5 ملغ/10 ملغ"},
		"x":       {"400.000 IU", "400.000 IU", "400.000 IU", "400.000 IU"},
	} {
		ref, _ := snap.Variant(id)
		for i, lang := range []string{"en", "fa", "tr", "ar"} {
			row := v.get("/" + lang + "/medicines/" + ref.Group.ID).wants(http.StatusOK).all(`tr[id="` + id + `"] [data-strength]`)
			if len(row) == 0 {
				t.Errorf("%s: %s is not shown", lang, id)
			} else if got := spaced(strings.ReplaceAll(text(row[0]), "\u00a0", " ")); got != want[i] {
				t.Errorf("%s: %s is shown as %q, want %q", lang, id, got, want[i])
			}
		}
	}

	// Where a search names a strength that the medicine has not, those that it
	// has are shown in the same way.
	a := v.get("/en/medicines?q=alphamed+7+units").wants(http.StatusOK)
	if page := strings.ReplaceAll(text(a.document()), "\u00a0", " "); strings.Contains(page, "50.000") || !strings.Contains(page, "50 units") {
		t.Errorf("the strengths of the medicine are shown as %q", page)
	}

	// Found.
	for q, want := range map[string]string{
		"alphamed 50 units": "u-50", "alphamed 50000 units": "u-50000", "alphamed 50000 iu": "u-50000", "alphamed ۵۰ واحد": "u-50",
		"betamed 15 mg/15 mg": "c-15", "betamed 5 mg": "c-5",
	} {
		f := v.ask("en", q)
		if len(f.Results) != 1 || f.Results[0].Variant != want {
			t.Errorf("%q finds %+v, want %s", q, f.Results, want)
		}
	}
	for _, q := range []string{"gammamed 400000", "gammamed 400 iu"} {
		for _, r := range v.ask("en", q).Results {
			t.Errorf("%q finds %+v, whose strength has two readings", q, r)
		}
	}
}
