package shelf

import (
	"fmt"
	"slices"
	"testing"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

// A search lists its results in order, with filters, page by page.
func TestListFound(t *testing.T) {
	s := snapshotOf(t, demonstration(t))
	c := s.Catalogue()
	for _, text := range []string{"paracetamol", "tablet", "500 mg", "amoxicillin 500 capsule", "hydrocortisone cream", "a", "xyzzyxyzzy", "N02"} {
		result := s.Search(text)
		for _, q := range []Query{{}, {Form: "tablet"}, {Category: c.Groups[0].Category}, {Group: "paracetamol", Form: "tablet"}, {Category: c.Groups[0].Category, Group: "warfarin"}} {
			found := map[string]bool{}
			var best []string
			for _, hit := range result.Hits {
				g := &c.Groups[hit.Doc]
				for j := range g.Variants {
					v := &g.Variants[j]
					if (hit.Items == nil || slices.Contains(hit.Items, int32(j))) &&
						(q.Form == "" || v.Form == q.Form) && (q.Group == "" || g.ID == q.Group) && (q.Category == "" || g.Category == q.Category) {
						best = append(best, v.ID)
						found[v.ID] = true
					}
				}
			}
			for _, sort := range []Sort{"", SortName, SortPriceDesc} {
				q.Sort, q.Lang = sort, "fa"
				want := best
				if sort != "" {
					want = nil
					for _, v := range s.take(s.find(q)) {
						if found[v.Variant.ID] {
							want = append(want, v.Variant.ID)
						}
					}
				}
				var got []string
				for q.Page = 1; ; q.Page++ {
					p := s.ListFound(q, result)
					if p.Total != len(want) || p.Number != q.Page || len(p.Items) > PageSize || p.Total > 0 && (p.From != len(got)+1 || p.To != len(got)+len(p.Items)) {
						t.Fatalf("%q, %+v: page %d with %d items of %d, %d to %d; want %d", text, q, p.Number, len(p.Items), p.Total, p.From, p.To, len(want))
					}
					for _, ref := range p.Items {
						got = append(got, ref.Variant.ID)
					}
					if q.Page >= p.Pages {
						break
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("%q, %+v: %d variants, want %d", text, q, len(got), len(want))
				}
				q.Page = 1 << 40
				if p := s.ListFound(q, result); p.Number != p.Pages {
					t.Errorf("%q, %+v: page %d of %d", text, q, p.Number, p.Pages)
				}
			}
		}
	}
}

// Medicines are found by common words for their category, but only if no
// medicine has that name.
func TestSearchByWordsForACategory(t *testing.T) {
	s := snapshotOf(t, demonstration(t))
	c := s.Catalogue()
	for text, category := range map[string]string{
		"painkiller": "pain-and-fever", "Ağrı kesici": "pain-and-fever", "مُسکّن": "pain-and-fever", "مسكنات": "pain-and-fever",
		"antibiotics": "bacterial-infections", "آنتی بیوتیک": "bacterial-infections", "ANTİBİYOTİK": "bacterial-infections", "مضاد حيوي": "bacterial-infections",
	} {
		hits := s.Search(text).Hits
		if len(hits) < 10 {
			t.Errorf("%q finds %d medicines", text, len(hits))
		}
		for _, hit := range hits {
			if g := &c.Groups[hit.Doc]; g.Category != category {
				t.Errorf("%q finds %s", text, g.ID)
			}
		}
	}
}

// A snapshot may leave medicines out of its searches, and finds the others in the
// same places.
func TestSearchOfSomeMedicines(t *testing.T) {
	all := snapshotOf(t, demonstration(t))
	some := NewSnapshot(all.Catalogue(), today, Options{Indexed: func(g *catalogue.Group) bool { return g.ID == "warfarin" }})
	if want, got := all.Search("warfarin").Hits[0], some.Search("warfarin").Hits[0]; got.Doc != want.Doc || got.Name != want.Name {
		t.Errorf("found %+v, want %+v", got, want)
	}
	if hits := some.Search("paracetamol").Hits; len(hits) > 0 {
		t.Errorf("found %+v", hits)
	}
	id := all.Catalogue().Groups[0].Variants[0].ID
	if hits := some.Search(id).Hits; len(hits) != 1 || hits[0].Doc != 0 {
		t.Errorf("%s: found %+v", id, hits)
	}
}

// BenchmarkFound lists the results of a search.
func BenchmarkFound(b *testing.B) {
	c, _, err := catfile.Parse(multiplied(b, 150_000))
	if err != nil {
		b.Fatal(err)
	}
	s := NewSnapshot(c, today, Options{})
	for _, text := range []string{"paracetamol", "tablet"} {
		for _, sort := range []Sort{"", SortName} {
			b.Run(fmt.Sprintf("%s/sort=%s", text, sort), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if p := s.ListFound(Query{Lang: "fa", Page: 2, Sort: sort}, s.Search(text)); p.Total == 0 {
						b.Fatal("nothing found")
					}
				}
			})
		}
	}
}

// A variant is found by its id, such as a barcode, as people type it.
func TestSearchByCode(t *testing.T) {
	s := snapshotOf(t, []byte(`{"groups": [
		{"id": "a", "name": "Aspirin", "variants": [{"id": "8699514010105"}, {"id": "8699514010112"}]},
		{"id": "b", "name": "Brand", "variants": [{"id": "00012345678905"}]},
		{"id": "c", "name": "Codeine", "variants": [{"id": "IRC-77-b"}]}]}`))
	for query, want := range map[string]string{
		"8699514010105": "8699514010105", " 8699514010112 ": "8699514010112", "۸۶۹۹۵۱۴۰۱۰۱۰۵": "8699514010105", "٨٦٩٩٥١٤٠١٠١٠٥": "8699514010105",
		"869 951 401 0105": "8699514010105", "08699514010105": "8699514010105", "8699514-010105": "8699514010105", "12345678905": "00012345678905", "012345678905": "00012345678905",
		"IRC-77-b": "IRC-77-b", "8699514010106": "", "869951401010": "", "123456": "", "00000000": "",
	} {
		r := s.Search(query)
		got := ""
		if p := s.ListFound(Query{}, r); p.Total == 1 {
			got = p.Items[0].Variant.ID
		}
		if got != want {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
}
