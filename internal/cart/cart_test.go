package cart

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/shelf"
)

// snapshot returns a snapshot on a day in 2027. price is the price of variant a1.
func snapshot(t *testing.T, price string) *shelf.Snapshot {
	t.Helper()
	var many []string
	for i := range MaxLines + 1 {
		many = append(many, fmt.Sprintf(`{"id": "m%d", "name": "M%d", "variants": [{"id": "m%d", "price": "1.00", "class": "general"}]}`, i, i, i))
	}
	c, _, err := catfile.Parse([]byte(`{"currency": "EUR", "groups": [
		{"id": "a", "name": "A", "variants": [
			{"id": "a1", "price": "` + price + `", "class": "general"},
			{"id": "a2", "price": "3.00", "class": "pharmacist"},
			{"id": "a3", "price": null, "class": "general"},
			{"id": "a4", "price": "1.00", "class": "general", "expiry": "2026-01"}]},
		{"id": "b", "name": "B", "variants": [{"id": "b1", "price": "5.00", "class": "prescription"}, {"id": "b2", "price": "5.00"}]},
		` + strings.Join(many, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return shelf.NewSnapshot(c, 21000, shelf.Options{}) // 2027-07-01
}

func TestAddAndSet(t *testing.T) {
	s := snapshot(t, "2.50")
	full := Cart{}
	for i := range MaxLines {
		full.Lines = append(full.Lines, Line{Variant: fmt.Sprint("m", i), Quantity: 1})
	}
	start := Cart{[]Line{{Variant: "a1", Quantity: 4}}}
	for _, c := range []struct {
		name     string
		from     Cart
		variant  string
		quantity int
		set      bool
		want     error
		count    int
	}{
		{"first", Cart{}, "a1", 1, false, nil, 1},
		{"more of the same", start, "a1", 2, false, nil, 6},
		{"set", start, "a1", 2, true, nil, 2},
		{"another pack of the medicine", start, "a2", 6, false, nil, 10},
		{"beyond the medicine's limit", start, "a2", 7, false, &LimitError{"a"}, 4},
		{"beyond the limit by setting", start, "a1", MaxPerIngredient + 1, true, &LimitError{"a"}, 4},
		{"an overflowing quantity", start, "a1", 1<<63 - 1, false, &LimitError{"a"}, 4},
		{"none", start, "a1", 0, false, ErrQuantity, 4},
		{"fewer than none", start, "a1", -3, false, ErrQuantity, 4},
		{"set to none", start, "a1", 0, true, ErrQuantity, 4},
		{"unknown", start, "x", 1, false, ErrUnknown, 4},
		{"prescription", start, "b1", 1, false, ErrRefused, 4},
		{"no class", start, "b2", 1, false, ErrRefused, 4},
		{"no price", start, "a3", 1, false, ErrRefused, 4},
		{"expired", start, "a4", 1, false, ErrRefused, 4},
		{"refused whatever the quantity", start, "b1", -1, false, ErrRefused, 4},
		{"one line too many", full, fmt.Sprint("m", MaxLines), 1, false, ErrFull, MaxLines},
	} {
		do := c.from.Add
		if c.set {
			do = c.from.Set
		}
		before := c.from.Count()
		got, err := do(s, c.variant, c.quantity)
		if fmt.Sprint(err) != fmt.Sprint(c.want) || got.Count() != c.count {
			t.Errorf("%s: %d packs, error %v; want %d, %v", c.name, got.Count(), err, c.count, c.want)
		}
		if c.from.Count() != before {
			t.Errorf("%s: the receiver was modified", c.name)
		}
	}
}

// The limit applies to an ingredient across all medicines that contain it.
func TestLimitOfAnIngredient(t *testing.T) {
	c, _, err := catfile.Parse([]byte(`{"currency": "EUR", "groups": [
		{"id": "p", "name": "Paracetamol", "variants": [{"id": "p", "price": "1.00", "class": "general"}]},
		{"id": "c", "name": "Caffeine (oral)", "variants": [{"id": "c", "price": "1.00", "class": "general"}]},
		{"id": "i", "name": "Ibuprofen", "variants": [{"id": "i", "price": "1.00", "class": "general"}]},
		{"id": "pc", "name": "Paracetamol and caffeine", "variants": [{"id": "pc", "price": "1.00", "class": "general"}]},
		{"id": "apc", "name": "Acetylsalicylic acid, paracetamol and caffeine", "variants": [{"id": "apc", "price": "1.00", "class": "general"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s := shelf.NewSnapshot(c, 21000, shelf.Options{})
	basket := Cart{[]Line{{Variant: "pc", Quantity: 4}, {Variant: "apc", Quantity: 3}}}
	for _, c := range []struct {
		variant  string
		quantity int
		limit    string // the ingredient that exceeds the limit, or ""
	}{
		{"p", 3, ""}, {"p", 4, "paracetamol"}, {"c", 3, ""}, {"c", 4, "caffeine"}, {"i", 10, ""}, {"i", 11, "ibuprofen"},
		{"apc", 3, ""}, {"apc", 4, "paracetamol"}, {"pc", 4, "paracetamol"},
	} {
		_, err := basket.Add(s, c.variant, c.quantity)
		var limit *LimitError
		got := ""
		if errors.As(err, &limit) {
			got = limit.Ingredient
		}
		if got != c.limit || (err != nil) != (c.limit != "") {
			t.Errorf("%d of %s: %v, want the limit of %q", c.quantity, c.variant, err, c.limit)
		}
	}
	// A quantity beyond the limit can be reduced.
	over := Cart{[]Line{{Variant: "p", Quantity: 9}, {Variant: "pc", Quantity: 9}}}
	if got, err := over.Set(s, "p", 5); err != nil || got.Count() != 14 {
		t.Errorf("reducing a quantity beyond the limit: %d packs, %v", got.Count(), err)
	}
	if _, err := over.Set(s, "p", 10); !errors.As(err, new(*LimitError)) {
		t.Errorf("increasing a quantity beyond the limit: %v", err)
	}
}

func TestPrice(t *testing.T) {
	c, err := Cart{}.Add(snapshot(t, "2.50"), "a1", 3)
	if err != nil {
		t.Fatal(err)
	}
	c.Lines = append(c.Lines, Line{Variant: "gone", Quantity: 1}, Line{Variant: "b1", Quantity: 2})
	now := snapshot(t, "2.75")
	lines, total := c.Price(now)
	if total != 8250 { // 3 × 2.75, in thousandths
		t.Errorf("total %d", total)
	}
	for i, want := range []Problem{PriceChanged, Gone, Refused} {
		if lines[i].Problem != want {
			t.Errorf("line %d: problem %d, want %d", i, lines[i].Problem, want)
		}
	}
	if lines[2].Reason != catalogue.ReasonPrescription || lines[2].Total != 0 {
		t.Errorf("a refused line: %+v", lines[2])
	}
	seen, changed := c.Acknowledge(now)
	if lines, _ := seen.Price(now); !changed || lines[0].Problem != NoProblem {
		t.Errorf("after acknowledging: changed %v, problem %d", changed, lines[0].Problem)
	}
	if n := c.Remove("a1").Remove("nothing").Count(); n != 3 {
		t.Errorf("%d packs after removing", n)
	}
}

// A price that was not shown, because the line could not be ordered, is reported
// as changed once it can be ordered again.
func TestAcknowledgeOnlyWhatIsShown(t *testing.T) {
	c := Cart{[]Line{{Variant: "b1", Quantity: 1, Seen: 4000}, {Variant: "a3", Quantity: 1, Seen: 1000}}}
	if seen, changed := c.Acknowledge(snapshot(t, "2.50")); changed || seen.Lines[0].Seen != 4000 || seen.Lines[1].Seen != 1000 {
		t.Errorf("changed %v: %+v", changed, seen.Lines)
	}
}
