package cart

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pharmacy/internal/catalogue"
)

// shelf is a catalogue of three medicines on a day in 2027. price is that of
// variant a1.
func shelf(t *testing.T, price string) *catalogue.Snapshot {
	t.Helper()
	var many []string
	for i := range MaxLines + 1 {
		many = append(many, fmt.Sprintf(`{"id": "m%d", "name": "M", "variants": [{"id": "m%d", "price": "1.00", "class": "general"}]}`, i, i))
	}
	c, _, err := catalogue.Parse([]byte(`{"currency": "EUR", "groups": [
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
	return catalogue.NewSnapshot(c, 21000, catalogue.Options{}) // 2027-07-01
}

func TestAddAndSet(t *testing.T) {
	s := shelf(t, "2.50")
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
		{"beyond the medicine's limit", start, "a2", 7, false, ErrLimit, 4},
		{"beyond the limit by setting", start, "a1", MaxPerMedicine + 1, true, ErrLimit, 4},
		{"an overflowing quantity", start, "a1", 1<<63 - 1, false, ErrLimit, 4},
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
		if !errors.Is(err, c.want) || got.Count() != c.count {
			t.Errorf("%s: %d packs, error %v; want %d, %v", c.name, got.Count(), err, c.count, c.want)
		}
		if c.from.Count() != before {
			t.Errorf("%s: the old basket changed", c.name)
		}
	}
}

func TestPrice(t *testing.T) {
	c, err := Cart{}.Add(shelf(t, "2.50"), "a1", 3)
	if err != nil {
		t.Fatal(err)
	}
	c.Lines = append(c.Lines, Line{Variant: "gone", Quantity: 1}, Line{Variant: "b1", Quantity: 2})
	now := shelf(t, "2.75")
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
