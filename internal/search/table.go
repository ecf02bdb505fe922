package search

import (
	"sort"
	"strings"
)

// A table holds sorted strings in one block of memory. An index has hundreds of
// thousands of strings, and a header and an allocation for each would double
// their cost.
type table struct {
	text string
	off  []uint32 // start of each string, and the end
}

// newTable returns a table of the strings s(0) to s(n-1), which must be sorted.
func newTable(n int, s func(i int) string) table {
	size := 0
	for i := range n {
		size += len(s(i))
	}
	var b strings.Builder
	b.Grow(size)
	off := make([]uint32, n+1)
	for i := range n {
		b.WriteString(s(i))
		off[i+1] = uint32(b.Len())
	}
	return table{b.String(), off}
}

func (t *table) len() int           { return len(t.off) - 1 }
func (t *table) at(i uint32) string { return t.text[t.off[i]:t.off[i+1]] }

// lower returns the index of the first string not less than s.
func (t *table) lower(s string) uint32 {
	return uint32(sort.Search(t.len(), func(i int) bool { return t.at(uint32(i)) >= s }))
}

// equal returns the range of strings equal to s.
func (t *table) equal(s string) span {
	lo := t.lower(s)
	hi := lo
	for int(hi) < t.len() && t.at(hi) == s {
		hi++
	}
	return span{lo, hi}
}

// prefixed returns the range of strings with prefix s. If s ends with a digit,
// the number must end there: B1 is not a prefix of B12.
func (t *table) prefixed(s string) span {
	lo := t.lower(s)
	rest := t.len() - int(lo)
	hi := lo + uint32(sort.Search(rest, func(i int) bool {
		return !strings.HasPrefix(t.at(lo+uint32(i)), s)
	}))
	if s != "" && isDigit(rune(s[len(s)-1])) {
		// Space, point and digits sort before letters.
		lo += uint32(sort.Search(int(hi-lo), func(i int) bool { return t.at(lo+uint32(i)) >= s+":" }))
	}
	return span{lo, hi}
}

// A span is a half-open range [lo, hi) of indexes of a table.
type span struct{ lo, hi uint32 }

func (s span) empty() bool       { return s.lo >= s.hi }
func (s span) moved(by int) span { return span{s.lo + uint32(by), s.hi + uint32(by)} }
func (s span) has(i uint32) bool { return i-s.lo < s.hi-s.lo }

// postings maps each row to a list of numbers, such as the documents that
// contain a word.
type postings struct {
	off  []uint32
	list []uint32
}

func (r *postings) of(i uint32) []uint32 { return r.list[r.off[i]:r.off[i+1]] }

// count returns the total number of entries in the rows of s.
func (r *postings) count(s span) int {
	if s.empty() {
		return 0
	}
	return int(r.off[s.hi] - r.off[s.lo])
}

// add appends a row.
func (r *postings) add(row ...uint32) {
	if r.off == nil {
		r.off = append(r.off, 0)
	}
	r.list = append(r.list, row...)
	r.off = append(r.off, uint32(len(r.list)))
}

// inverted returns the inverted index: the rows by number, for n numbers.
func (r *postings) inverted(n int) postings {
	t := postings{off: make([]uint32, n+1), list: make([]uint32, len(r.list))}
	for _, v := range r.list {
		t.off[v+1]++
	}
	for i := range n {
		t.off[i+1] += t.off[i]
	}
	next := make([]uint32, n)
	copy(next, t.off)
	for row := range len(r.off) - 1 {
		for _, v := range r.of(uint32(row)) {
			t.list[next[v]] = uint32(row)
			next[v]++
		}
	}
	return t
}

// clipped returns a copy without spare capacity.
func (r postings) clipped() postings {
	if r.off == nil {
		r.off = []uint32{0}
	}
	return postings{append(make([]uint32, 0, len(r.off)), r.off...), append(make([]uint32, 0, len(r.list)), r.list...)}
}
