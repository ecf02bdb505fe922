package search_test

import (
	"testing"

	"pharmacy/data"
	"pharmacy/internal/search"
)

func BenchmarkNewSubstances(b *testing.B) {
	for b.Loop() {
		search.NewSubstances(data.SubstanceNames())
	}
}
