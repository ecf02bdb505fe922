package search

import (
	"sort"
	"strings"
)

// A table holds sorted strings in one block of memory: an index has hundreds of
// thousands, and a header and an allocation for each would double their cost.
type table struct {
	text string
	off  []uint32 // where each string begins; one more for the end
}

// newTable returns a table of the strings that s gives for 0 to n-1, which
// must be in order.
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

// lower returns the place of the first string that is not before s.
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

// prefixed returns the range of strings that begin with s. After a digit the
// next character must not carry the number on: B1 is no beginning of B12.
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

// A span is a range of places in a table, without its end.
type span struct{ lo, hi uint32 }

func (s span) empty() bool       { return s.lo >= s.hi }
func (s span) has(i uint32) bool { return i-s.lo < s.hi-s.lo }

// A relation lists for each row the numbers that belong to it.
type relation struct {
	off  []uint32
	list []uint32
}

func (r *relation) of(i uint32) []uint32 { return r.list[r.off[i]:r.off[i+1]] }

// count is how many numbers the rows of s have together.
func (r *relation) count(s span) int {
	if s.empty() {
		return 0
	}
	return int(r.off[s.hi] - r.off[s.lo])
}

// add appends a row.
func (r *relation) add(row ...uint32) {
	if r.off == nil {
		r.off = append(r.off, 0)
	}
	r.list = append(r.list, row...)
	r.off = append(r.off, uint32(len(r.list)))
}

// turned returns the relation from n numbers to rows.
func (r *relation) turned(n int) relation {
	t := relation{off: make([]uint32, n+1), list: make([]uint32, len(r.list))}
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

// clipped returns the relation without spare memory.
func (r relation) clipped() relation {
	if r.off == nil {
		r.off = []uint32{0}
	}
	return relation{append(make([]uint32, 0, len(r.off)), r.off...), append(make([]uint32, 0, len(r.list)), r.list...)}
}
