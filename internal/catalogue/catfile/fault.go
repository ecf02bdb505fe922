package catfile

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Severity is how serious a fault is.
type Severity uint8

// The severities. A file with an Error cannot be used; a file with only
// Warnings can.
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

// Fault is one mistake in a catalogue file, with its place.
type Fault struct {
	Severity Severity `json:"severity"`
	Rule     string   `json:"rule"`   // stable identifier, such as "bad-price"
	Line     int      `json:"line"`   // from 1
	Column   int      `json:"column"` // from 1, in characters
	Path     string   `json:"path"`   // such as groups[3].variants[2].price; "" for the whole file
	Message  string   `json:"message"`

	// More is the number of faults that this one stands for because they are not
	// listed, or 0 if it stands for itself.
	More int `json:"-"`

	offset int
}

// Count returns the number of faults that f stands for.
func (f Fault) Count() int { return max(1, f.More) }

// String formats the fault on one line, without the file name.
func (f Fault) String() string {
	if f.Path == "" {
		return fmt.Sprintf("%d:%d: %s", f.Line, f.Column, f.Message)
	}
	return fmt.Sprintf("%d:%d: %s: %s", f.Line, f.Column, f.Path, f.Message)
}

// FaultsError is returned for a file that cannot be used because of its
// faults.
type FaultsError struct {
	Faults []Fault // all faults, including warnings, in file order
}

// Error returns the first fault of severity Error and the number of others.
func (e *FaultsError) Error() string {
	first, n := -1, 0
	for i, f := range e.Faults {
		if f.Severity == Error {
			if n += f.Count(); first < 0 {
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

// errorOf returns a *FaultsError if any fault has severity Error.
func errorOf(faults []Fault) error {
	if slices.ContainsFunc(faults, func(f Fault) bool { return f.Severity == Error }) {
		return &FaultsError{faults}
	}
	return nil
}

// maxFaults is the maximum number of faults kept for a file.
const maxFaults = 1000

// place sorts the faults by offset and sets their lines and columns, in one
// pass over the data.
func place(faults []Fault, data []byte) {
	slices.SortStableFunc(faults, func(a, b Fault) int { return cmp.Compare(a.offset, b.offset) })
	line, column, at := 1, 1, 0
	for i := range faults {
		f := &faults[i]
		// Count only from the previous fault: a file may be one long line.
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
