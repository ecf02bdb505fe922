package data

import (
	"slices"
	"strings"
	"testing"
)

func TestParseSubstances(t *testing.T) {
	t.Parallel()
	got := slices.Collect(parseSubstances("# a comment\nurea\türe\tاوره\tيوريا\tcarbamide|ureum\n\nopium\n"))
	want := []Substance{
		{English: "urea", Turkish: "üre", Persian: "اوره", Arabic: "يوريا", also: "carbamide|ureum"},
		{English: "opium"},
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	if got, want := slices.Collect(got[0].Spellings()), []string{"urea", "üre", "اوره", "يوريا", "carbamide", "ureum"}; !slices.Equal(got, want) {
		t.Errorf("Spellings = %q, want %q", got, want)
	}
	if got, want := slices.Collect(got[1].Spellings()), []string{"opium"}; !slices.Equal(got, want) {
		t.Errorf("Spellings = %q, want %q", got, want)
	}
}

func FuzzParseSubstances(f *testing.F) {
	f.Add("# a comment\nurea\türe\tاوره\tيوريا\tcarbamide|ureum\n\nopium\n")
	f.Add("\t\t\t\t\t\n|\n")
	f.Fuzz(func(t *testing.T, text string) {
		n := 0
		for s := range parseSubstances(text) {
			for spelling := range s.Spellings() {
				if strings.ContainsAny(spelling, "\t\n") || !strings.Contains(text, spelling) {
					t.Errorf("spelling %q of %q", spelling, text)
				}
				break
			}
			n++
		}
		if most := strings.Count(text, "\n") + 1; n > most {
			t.Errorf("%d substances in %d lines", n, most)
		}
	})
}

func BenchmarkSubstances(b *testing.B) {
	b.SetBytes(int64(len(substances)))
	for b.Loop() {
		for s := range Substances() {
			for range s.Spellings() {
			}
		}
	}
}
