package catfile

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Severity says what a fault does to a file.
type Severity uint8

// The severities. A file with an error may not replace a good one; one with
// warnings may.
const (
	Warning Severity = iota
	Error
)

// String returns "warning" or "error".
func (s Severity) String() string {
	if s == Error {
		return "error"
	}
	return "warning"
}

// MarshalText returns "warning" or "error".
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Fault is one thing that is wrong in a catalogue file, with its place.
type Fault struct {
	Severity Severity `json:"severity"`
	Rule     string   `json:"rule"`   // a short name that stays, such as "bad-price"
	Line     int      `json:"line"`   // from 1
	Column   int      `json:"column"` // from 1, in characters
	Path     string   `json:"path"`   // as in groups[3].variants[2].price; "" for the file as a whole
	Message  string   `json:"message"`

	offset int
}

// String writes the fault on one line, without the name of the file.
func (f Fault) String() string {
	if f.Path == "" {
		return fmt.Sprintf("%d:%d: %s", f.Line, f.Column, f.Message)
	}
	return fmt.Sprintf("%d:%d: %s: %s", f.Line, f.Column, f.Path, f.Message)
}

// FaultsError says that a file has faults that keep it from being used.
type FaultsError struct {
	Faults []Fault // all of them, warnings too, in the file's order
}

// Error returns the first fault that is an error, and how many more there
// are.
func (e *FaultsError) Error() string {
	first, n := -1, 0
	for i, f := range e.Faults {
		if f.Severity == Error {
			if n++; first < 0 {
				first = i
			}
		}
	}
	switch {
	case first < 0:
		return "the catalogue has no faults"
	case n == 1:
		return e.Faults[first].String()
	}
	return fmt.Sprintf("%s (and %d more)", e.Faults[first], n-1)
}

// errorOf returns an error if one of the faults is an error.
func errorOf(faults []Fault) error {
	if slices.ContainsFunc(faults, func(f Fault) bool { return f.Severity == Error }) {
		return &FaultsError{faults}
	}
	return nil
}

// maxFaults bounds what a file of rubbish can make us keep.
const maxFaults = 1000

// place sorts the faults by their offsets and turns these into lines and
// columns, in one pass over the data.
func place(faults []Fault, data []byte) {
	slices.SortStableFunc(faults, func(a, b Fault) int { return cmp.Compare(a.offset, b.offset) })
	line, column, at := 1, 1, 0
	for i := range faults {
		f := &faults[i]
		// Only what lies between two faults is counted: a file of one line
		// may be long.
		between := data[at:min(f.offset, len(data))]
		at += len(between)
		if n := bytes.Count(between, []byte{'\n'}); n > 0 {
			line, column = line+n, 1
			between = between[bytes.LastIndexByte(between, '\n')+1:]
		}
		column += utf8.RuneCount(between)
		f.Line, f.Column = line, column
	}
}
