package lint

import (
	"cmp"
	"hash/maphash"
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
	seed := maphash.MakeSeed()
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
		var deletions []deletion
		var left []rune
		add := func(letters []rune, i int) {
			deletions = append(deletions, deletion{maphash.String(seed, string(letters)), int32(i)})
		}
		for i := range only {
			letters := only[i].letters
			if len(letters) < shortName {
				continue
			}
			add(letters, i)
			for at := range letters {
				if at > 0 && letters[at] == letters[at-1] {
					continue // yields the same variant
				}
				left = append(append(left[:0], letters[:at]...), letters[at+1:]...)
				add(left, i)
			}
		}
		slices.SortFunc(deletions, func(a, b deletion) int {
			return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.name, b.name))
		})
		for from := 0; from < len(deletions) && len(reported) <= maxPairs; {
			to := from + 1
			for to < len(deletions) && deletions[to].hash == deletions[from].hash {
				to++
			}
			for i := from; i < to; i++ {
				for j := from; j < i; j++ {
					a, b := &only[deletions[j].name], &only[deletions[i].name]
					if deletions[i].name != deletions[j].name && oneEdit(a.letters, b.letters) {
						report(a.group, b.group, lang, "look-alike", alike)
					}
				}
			}
			from = to
		}
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
