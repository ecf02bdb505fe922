package catalogue_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pharmacy/data"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

func TestEquivalents(t *testing.T) {
	c := parse(t, []byte(`{"currency": "EUR", "groups": [{"id": "g", "name": "G", "variants": [
		{"id": "t20", "form": "tablet", "strength": "500 mg", "pack": {"amount": 20, "unit": "tablet"}, "price": "2.00"},
		{"id": "t100", "form": "tablet", "strength": "500 mg", "pack": {"amount": 100, "unit": "tablet"}, "price": "8.00"},
		{"id": "brand", "brand": "Brand", "form": "tablet", "strength": "0.5 g", "pack": {"amount": 10, "unit": "tablet"}, "price": "0.80"},
		{"id": "unpriced", "form": "tablet", "strength": "500mg", "pack": {"amount": 50, "unit": "tablet"}},
		{"id": "expired", "form": "tablet", "strength": "500 mg", "pack": {"amount": 30, "unit": "tablet"}, "price": "0.10", "expiry": "2020-01"},
		{"id": "unreadable", "form": "tablet", "strength": "500 mg", "pack": {"amount": 30, "unit": "tablet"}, "price": "0.05"},
		{"id": "t250", "form": "tablet", "strength": "250 mg", "pack": {"amount": 20, "unit": "tablet"}, "price": "0.10"},
		{"id": "capsule", "form": "capsule", "strength": "500 mg", "pack": {"amount": 20, "unit": "capsule"}, "price": "0.10"},
		{"id": "syrup100", "form": "syrup", "strength": "120 mg/5 ml", "pack": {"amount": 100, "unit": "ml"}, "price": "2.00"},
		{"id": "syrup200", "form": "syrup", "strength": "120 mg/5 ml", "pack": {"amount": 200, "unit": "ml"}, "price": "4.00"},
		{"id": "syrup24", "form": "syrup", "strength": "24 mg/ml", "pack": {"amount": 100, "unit": "ml"}, "price": "1.00"},
		{"id": "one", "form": "injection", "strength": "5 mg/ml", "pack": {"amount": 5, "unit": "ampoule"}, "price": "1.00"},
		{"id": "two", "form": "injection", "strength": "10 mg/2 ml", "pack": {"amount": 5, "unit": "ampoule"}, "price": "1.00"},
		{"id": "cream15", "form": "cream", "strength": "1 %", "pack": {"amount": 15, "unit": "g"}, "price": "3.00"},
		{"id": "cream30", "form": "cream", "strength": "1 %", "pack": {"amount": 30, "unit": "g"}, "price": "4.50"},
		{"id": "creamTube", "form": "cream", "strength": "1 %", "pack": {"amount": 1, "unit": "tube"}, "price": "0.50"},
		{"id": "gel1", "form": "gel", "strength": "1 %", "pack": {"amount": 15, "unit": "g"}, "price": "3.00"},
		{"id": "gel2", "form": "gel", "strength": "1 %", "pack": {"amount": 30, "unit": "g"}},
		{"id": "box1000", "form": "granule", "strength": "1 mg", "pack": {"amount": 1000, "unit": "piece"}, "price": "0.04"},
		{"id": "box300000", "form": "granule", "strength": "1 mg", "pack": {"amount": 300000, "unit": "piece"}, "price": "0.06"},
		{"id": "sum10", "form": "tablet", "strength": "10 mg + 10 mg", "pack": {"amount": 10, "unit": "tablet"}, "price": "3.00"},
		{"id": "sum30", "form": "tablet", "strength": "10 mg/0.010 g", "pack": {"amount": 30, "unit": "tablet"}, "price": "6.00"},
		{"id": "sum510", "form": "tablet", "strength": "5 mg+10 mg", "pack": {"amount": 30, "unit": "tablet"}, "price": "6.00"},
		{"id": "sum105", "form": "tablet", "strength": "10 mg+5 mg", "pack": {"amount": 30, "unit": "tablet"}, "price": "6.00"},
		{"id": "fifty", "form": "pen", "strength": "50.000 units", "pack": {"amount": 1, "unit": "pen"}, "price": "6.00"},
		{"id": "thousands", "form": "pen", "strength": "50000 units", "pack": {"amount": 1, "unit": "pen"}, "price": "6.00"},
		{"id": "unclear1", "form": "vial", "strength": "50.000 IU", "pack": {"amount": 1, "unit": "vial"}, "price": "6.00"},
		{"id": "unclear2", "form": "vial", "strength": "50 IU", "pack": {"amount": 1, "unit": "vial"}, "price": "6.00"},
		{"id": "bare1", "form": "tablet"}, {"id": "bare2", "form": "tablet"},
		{"id": "shapeless1", "strength": "1 mg"}, {"id": "shapeless2", "strength": "1 mg"}
	]}]}`))
	c.Groups[0].Variants[5].Expiry, _ = catalogue.ParseOldExpiry("2571/06")
	show := func(day catalogue.Day) string {
		var parts []string
		for _, e := range c.Groups[0].Equivalents(day) {
			part := fmt.Sprintf("%s %s %d:", e.Strength, e.Form, e.Cheapest)
			for _, v := range e.Variants {
				part += " " + v.ID
			}
			parts = append(parts, part)
		}
		return strings.Join(parts, " | ")
	}
	// A piece from either box costs less than half a thousandth, and they differ.
	// brand and t100 both cost 0.08 a tablet. The tube is priced by the piece.
	want := "500 mg tablet 2: brand t100 t20 unpriced | 120 mg/5 ml syrup 0: syrup100 syrup200 | 1 % cream 0: cream30 cream15 creamTube | 1 % gel 0: gel1 gel2 | 1 mg granule 1: box300000 box1000 | 10 mg + 10 mg tablet 1: sum30 sum10"
	if got := show(catalogue.DayOf(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// On a day before its expiry it counts.
	if got := show(0); !strings.Contains(got, "500 mg tablet 1: expired brand t100 t20 unpriced") {
		t.Errorf("before its expiry: %s", got)
	}
}

// In the demonstration catalogue every set has one strength, form and unit and is
// in order, and no two equivalent packs are left out.
func TestEquivalentsOfTheDemonstration(t *testing.T) {
	c := parse(t, data.Medicines)
	sets := 0
	for i := range c.Groups {
		g := &c.Groups[i]
		in := map[*catalogue.Variant]int{}
		for n, e := range g.Equivalents(0) {
			sets++
			if len(e.Variants) < 2 || e.Cheapest >= len(e.Variants) {
				t.Errorf("%s: %d variants, %d cheapest", g.ID, len(e.Variants), e.Cheapest)
			}
			for j, v := range e.Variants {
				if in[v] > 0 {
					t.Errorf("duplicate %s", v.ID)
				}
				in[v] = n + 1
				if v.Form != e.Form || catalogue.MeasureOf(v.Strength).Compare(catalogue.MeasureOf(e.Strength)) != 0 {
					t.Errorf("%s is not %s %s", v.ID, e.Strength, e.Form)
				}
				if j > 0 {
					before, per, _ := e.Variants[j-1].UnitPrice()
					if each, unit, ok := v.UnitPrice(); ok && (each < before && unit == per) {
						t.Errorf("%s follows a more expensive variant", v.ID)
					}
				}
			}
		}
		for j := range g.Variants {
			for k := range g.Variants[:j] {
				a, b := &g.Variants[j], &g.Variants[k]
				if a.Form == b.Form && a.Strength == b.Strength && a.Form != "" && a.Strength != "" && (in[a] == 0 || in[a] != in[b]) {
					t.Errorf("%s and %s are equivalent but not in one set", a.ID, b.ID)
				}
			}
		}
	}
	if sets < 100 {
		t.Errorf("only %d sets", sets)
	}
}

func parse(t testing.TB, data []byte) *catalogue.Catalogue {
	t.Helper()
	c, faults, err := catfile.Parse(data)
	if err != nil {
		t.Fatalf("%v\n%v", err, faults)
	}
	return c
}
