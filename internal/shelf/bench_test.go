package shelf

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

// demonstration returns the repository's demonstration catalogue.
func demonstration(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("../../data/medicines.json")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// multiplied returns a catalogue file of at least n variants: the demonstration's
// medicines repeated with other ids, names and prices. The names are as long and
// as varied as real ones.
func multiplied(t testing.TB, n int) []byte {
	t.Helper()
	c, _, err := catfile.Parse(demonstration(t))
	if err != nil {
		t.Fatal(err)
	}
	big := &catalogue.Catalogue{Updated: c.Updated, Currency: c.Currency, Categories: c.Categories}
	count := 0
	for round := 0; count < n; round++ {
		for _, g := range c.Groups {
			g.ID = fmt.Sprintf("%s-%d", g.ID, round)
			var name catalogue.Text
			for lang, text := range g.Name.All() {
				// A leading syllable spreads the names over the alphabet.
				name = name.With(lang, string([]rune(text)[round%3:])+fmt.Sprintf(" %d", round))
			}
			g.Name = name
			variants := make([]catalogue.Variant, len(g.Variants))
			for i, v := range g.Variants {
				v.ID = fmt.Sprintf("%s-%d", v.ID, round)
				if v.Price.Known {
					v.Price.Amount += catalogue.Amount(round%50) * 50
				}
				v.Brand = fmt.Sprintf("Brand %d", round*7%900)
				variants[i] = v
			}
			g.Variants = variants
			count += len(variants)
			big.Groups = append(big.Groups, g)
		}
	}
	return catfile.Marshal(big, "")
}

// multipliedOld returns a file in the format of the replaced application.
func multipliedOld(t testing.TB, n int) []byte {
	t.Helper()
	c, _, err := catfile.Parse(multiplied(t, n))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(`{"medicine_groups": {`)
	for i, g := range c.Groups {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%s": {`, g.ID)
		for _, lang := range catalogue.Languages {
			fmt.Fprintf(&b, `"name_%s": %q,`, lang, g.Name.In(lang))
		}
		b.WriteString(`"medicines": {`)
		for j, v := range g.Variants {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `"%s": {`, v.ID)
			for _, lang := range catalogue.Languages {
				fmt.Fprintf(&b, `"name_%s": "💊 %s %s", "description_%s": %q,`, lang, g.Name.In(lang), v.Strength, lang, g.Description.In(lang))
			}
			fmt.Fprintf(&b, `"price": "%s", "exp": "%s"}`, v.Price.Amount, strings.ReplaceAll(v.Expiry.String(), "-", "/"))
		}
		b.WriteString("}}")
	}
	b.WriteString("}}")
	return []byte(b.String())
}

var today = catalogue.DayOf(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))

// BenchmarkStart measures the cost of loading a catalogue: time, memory retained
// and peak memory.
func BenchmarkStart(b *testing.B) {
	for _, test := range []struct {
		name string
		data func(testing.TB, int) []byte
		n    int
	}{
		{"demonstration", func(t testing.TB, _ int) []byte { return demonstration(t) }, 0},
		{"150000", multiplied, 150_000},
		{"150000 old", multipliedOld, 150_000},
	} {
		b.Run(test.name, func(b *testing.B) {
			data := test.data(b, test.n)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			peak := watchHeap()
			b.ResetTimer()
			var s *Snapshot
			for b.Loop() {
				c, _, err := catfile.Parse(data)
				if err != nil {
					b.Fatal(err)
				}
				s = NewSnapshot(c, today, Options{})
			}
			b.StopTimer()
			b.ReportMetric(float64(peak())/1e6, "MB-peak")
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-kept")
			b.ReportMetric(float64(len(data))/1e6, "MB-file")
			runtime.KeepAlive(s)
		})
	}
}

// watchHeap starts watching the heap. The function it returns stops that and
// returns the peak.
func watchHeap() func() uint64 {
	stop, done := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			select {
			case <-stop:
				done <- most
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(stop); return <-done }
}

func BenchmarkParse(b *testing.B) {
	data := multiplied(b, 150_000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, _, err := catfile.Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkList shows that the cost of a page does not depend on the size of the
// catalogue.
func BenchmarkList(b *testing.B) {
	for _, n := range []int{2_400, 150_000} {
		c, _, err := catfile.Parse(multiplied(b, n))
		if err != nil {
			b.Fatal(err)
		}
		s := NewSnapshot(c, today, Options{})
		for _, q := range []Query{
			{Lang: "fa", Page: 3},
			{Category: "pain-and-fever", Form: "tablet", Sort: SortUnitPrice, Lang: "tr", Page: 2},
			{Group: "paracetamol-0", Lang: "ar"},
		} {
			b.Run(fmt.Sprintf("%d/%s%s", n, q.Category, q.Group), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if p := s.List(q); p.Total == 0 {
						b.Fatal("nothing listed")
					}
				}
			})
		}
		b.Run(fmt.Sprintf("%d/first", n), func(b *testing.B) {
			// The first listing of a kind indexes the whole catalogue.
			for b.Loop() {
				o := order{all: s.orders[0][0].all}
				o.part(byCategoryForm, &s.cuts[byCategoryForm], 0)
			}
		})
	}
}

func BenchmarkMarshal(b *testing.B) {
	c, _, err := catfile.Parse(multiplied(b, 150_000))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.SetBytes(int64(len(catfile.Marshal(c, "x"))))
	}
}
