package sheet

import (
	"fmt"

	"pharmacy/internal/catalogue/catfile"
)

// Fault is one mistake in a table, with its place.
type Fault struct {
	Severity catfile.Severity
	Row      int    // number in the spreadsheet, from 1; 0 for the whole table
	Column   string // head of the column as written; "" for the whole row
	Message  string
}

// String formats the fault on one line.
func (f Fault) String() string {
	switch {
	case f.Row == 0:
		return f.Message
	case f.Column == "":
		return fmt.Sprintf("row %d: %s", f.Row, f.Message)
	}
	return fmt.Sprintf("row %d, %s: %s", f.Row, f.Column, f.Message)
}

// MaxFaults is the maximum number of faults of a table, besides a last one that
// says that there are more. It is beyond what a person reads, and bounds memory.
const MaxFaults = 100_000

func (m *merge) fault(severity catfile.Severity, col int, format string, args ...any) {
	f := Fault{Severity: severity, Row: m.row.number, Message: fmt.Sprintf(format, args...)}
	if col >= 0 {
		f.Column = m.heads[col]
	}
	switch {
	case len(m.faults) < MaxFaults:
		m.faults = append(m.faults, f)
	case severity == catfile.Error && len(m.faults) == MaxFaults:
		m.faults = append(m.faults, Fault{Severity: catfile.Error, Message: "more faults are not listed: correct these first"})
	}
}

// maxRepeated is the maximum number of errors of one kind that are listed with
// their rows.
const maxRepeated = 5

// repeat records an error of a kind that may be in every row, where it would
// hide all others: after maxRepeated ones it is only counted.
func (m *merge) repeat(kind string, col int, format string, args ...any) {
	m.upTo(maxRepeated, catfile.Error, kind, col, format, args...)
}

// warnOnce records a warning of a kind that may be in every row: after the first
// one it is only counted.
func (m *merge) warnOnce(kind string, col int, format string, args ...any) {
	m.upTo(1, catfile.Warning, kind, col, format, args...)
}

func (m *merge) upTo(most int, severity catfile.Severity, kind string, col int, format string, args ...any) {
	r := m.repeated[kind]
	if r == nil {
		r = new(repeated)
		m.repeated[kind] = r
	}
	before := len(m.faults)
	if r.listed == most {
		r.more++
		return
	}
	r.listed++
	if m.fault(severity, col, format, args...); len(m.faults) > before {
		r.last = len(m.faults)
	}
}

// repeated is how often faults of a kind occurred.
type repeated struct {
	listed, more int
	last         int // number of the last listed fault, from 1; 0 for none
}

// countRepeated adds to the last listed fault of each kind how many there are
// besides.
func (m *merge) countRepeated() {
	for _, r := range m.repeated {
		switch {
		case r.more == 0 || r.last == 0:
		case r.more == 1:
			m.faults[r.last-1].Message += " (and likewise in 1 more row)"
		default:
			m.faults[r.last-1].Message += fmt.Sprintf(" (and likewise in %d more rows)", r.more)
		}
	}
}
