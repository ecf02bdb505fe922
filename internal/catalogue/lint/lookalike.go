package lint

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"unicode"

	"pharmacy/internal/search"

	"pharmacy/internal/catalogue"
)

const (
	// shortName is the length, in runes, below which names are not compared
	// for edits: too many short names are one edit apart.
	shortName = 5
	// maxPairs is the maximum number of look-alike pairs that are counted.
	maxPairs = 100_000
)

// skeleton unifies letters and pairs of letters that look alike in print.
var skeleton = strings.NewReplacer("0", "o", "1", "l", "i", "l", "rn", "m", "vv", "w")

// lookAlikes warns about pairs of groups whose names in one language are equal
// after folding, look the same in print, or are one edit apart: an insertion,
// deletion, substitution or transposition of a letter. Names that differ only
// in digits are distinct (vitamins B1 and B6). A group's distinct_from
// suppresses the warning for a pair.
//
// Names one edit apart have a deletion variant in common: a name with at most
// one letter removed. Sorting all variants by hash finds the candidates
// without comparing every pair.
func (q *quality) lookAlikes() {
	groups := q.c.Groups
	type pair struct{ a, b int32 }
	reported := map[pair]bool{}
	ids := make(map[string]int32, len(groups))
	for i := range groups {
		ids[groups[i].ID] = int32(i)
	}
	for i := range groups {
		for _, id := range groups[i].DistinctFrom {
			if j, ok := ids[id]; ok {
				reported[pair{min(int32(i), j), max(int32(i), j)}] = true
			}
		}
	}
	report := func(a, b int32, lang, rule, format string) {
		p := pair{min(a, b), max(a, b)}
		if p.a == p.b || reported[p] || len(reported) > maxPairs {
			return
		}
		reported[p] = true
		g, other := &groups[p.b], &groups[p.a]
		member := "name"
		if g.Name.Plain() == "" {
			member += "." + lang
		}
		q.warn(&q.Groups[p.b], member, rule, format, g.Name.In(lang), lang, other.Name.In(lang), other.ID, other.ID)
	}
	type deletion struct {
		hash uint64
		name int32
	}
	for _, lang := range catalogue.Languages {
		type name struct {
			folded, printed string
			letters         []rune
			group           int32
		}
		var names []name
		for i := range groups {
			if !groups[i].Name.Has(lang) {
				continue // reported in the language that it falls back to
			}
			if f := search.Fold(groups[i].Name.In(lang)); f != "" {
				names = append(names, name{folded: f, printed: skeleton.Replace(strings.ReplaceAll(f, " ", "")), letters: []rune(f), group: int32(i)})
			}
		}
		// Keep one name of each folded form.
		slices.SortStableFunc(names, func(a, b name) int { return cmp.Compare(a.folded, b.folded) })
		only := names[:0]
		for i := range names {
			if n := len(only); n > 0 && only[n-1].folded == names[i].folded {
				report(only[n-1].group, names[i].group, lang, "duplicate-name",
					"the name %q (%s) duplicates %q of the group %s: merge the two, rename one, or write distinct_from %q")
				continue
			}
			only = append(only, names[i])
		}
		const alike = "the name %q (%s) is easily confused with %q of the group %s: check it; if these are two medicines, write \"distinct_from\": [%q]"
		byPrint := slices.Clone(only)
		slices.SortStableFunc(byPrint, func(a, b name) int { return cmp.Compare(a.printed, b.printed) })
		for i := 1; i < len(byPrint); i++ {
			if a, b := byPrint[i-1], byPrint[i]; a.printed == b.printed && !digitsApart(a.letters, b.letters) {
				report(a.group, b.group, lang, "look-alike", alike)
			}
		}
		n := 0
		for i := range only {
			n += 1 + len(only[i].letters)
		}
		deletions := make([]deletion, 0, n)
		for i := range only {
			if len(only[i].letters) < shortName {
				continue
			}
			for hash := range deletionHashes(only[i].letters) {
				deletions = append(deletions, deletion{hash, int32(i)})
			}
		}
		slices.SortFunc(deletions, func(a, b deletion) int {
			return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.name, b.name))
		})
		var similar []pair // of names
		for from := 0; from < len(deletions) && len(similar) <= maxPairs; {
			to := from + 1
			for to < len(deletions) && deletions[to].hash == deletions[from].hash {
				to++
			}
			for i := from; i < to; i++ {
				for j := from; j < i; j++ {
					a, b := deletions[j].name, deletions[i].name
					if a != b && oneEdit(only[a].letters, only[b].letters) {
						if only[a].group > only[b].group {
							a, b = b, a
						}
						similar = append(similar, pair{a, b})
					}
				}
			}
			from = to
		}
		// Those listed of many are the first in the file.
		slices.SortFunc(similar, func(p, q pair) int {
			return cmp.Or(cmp.Compare(only[p.b].group, only[q.b].group), cmp.Compare(only[p.a].group, only[q.a].group))
		})
		for _, p := range similar {
			report(only[p.a].group, only[p.b].group, lang, "look-alike", alike)
		}
	}
}

// deletionHashes returns a hash of each deletion variant of a name. The hash of
// letters is the sum of letter i times base to the power of i, so that the hash of
// the next variant follows from the last.
func deletionHashes(letters []rune) iter.Seq[uint64] {
	const base = 0x9e3779b97f4a7c15
	return func(yield func(uint64) bool) {
		var before, after uint64 // the sums of the letters before and after the deleted one
		power := uint64(1)
		for _, r := range letters[1:] {
			after += uint64(r) * power
			power *= base
		}
		power = 1
		for at, r := range letters {
			// The second of two equal letters yields the same variant.
			if (at == 0 || r != letters[at-1]) && !yield(before+after) {
				return
			}
			before += uint64(r) * power
			if at+1 < len(letters) {
				after -= uint64(letters[at+1]) * power
			}
			power *= base
		}
		yield(before) // no letter deleted
	}
}

// oneEdit reports whether the optimal string alignment distance of a and b is
// 1 and the edit is not of digits alone.
func oneEdit(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	at := 0
	for at < len(a) && a[at] == b[at] {
		at++
	}
	x, y := a[at:], b[at:]
	switch {
	case len(y) == 0:
		return false // equal
	case len(a) < len(b):
		return slices.Equal(x, y[1:]) && !unicode.IsDigit(y[0])
	case slices.Equal(x[1:], y[1:]):
		return !unicode.IsDigit(x[0]) || !unicode.IsDigit(y[0])
	}
	return len(x) > 1 && x[0] == y[1] && x[1] == y[0] && slices.Equal(x[2:], y[2:]) && !unicode.IsDigit(x[0])
}

// digitsApart reports whether two texts have the same length and differ only
// where both have digits.
func digitsApart(a, b []rune) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && (!unicode.IsDigit(a[i]) || !unicode.IsDigit(b[i])) {
			return false
		}
	}
	return true
}
