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

// maxFaults is the maximum number of faults kept for a table.
const maxFaults = 1000

func (m *merge) fault(severity catfile.Severity, col int, format string, args ...any) {
	f := Fault{Severity: severity, Row: m.row.number, Message: fmt.Sprintf(format, args...)}
	if col >= 0 {
		f.Column = m.heads[col]
	}
	switch {
	case len(m.faults) < maxFaults:
		m.faults = append(m.faults, f)
	case severity == catfile.Error && len(m.faults) == maxFaults:
		m.faults = append(m.faults, Fault{Severity: catfile.Error, Message: "more faults are not listed: correct these first"})
	}
}

// maxRepeated is the maximum number of faults of one kind that are listed with
// their rows.
const maxRepeated = 5

// repeat records an error of a kind that may be in every row, where it would
// hide all others: after maxRepeated ones it is only counted.
func (m *merge) repeat(kind string, col int, format string, args ...any) {
	if m.repeated[kind]++; m.repeated[kind] <= maxRepeated {
		m.fault(catfile.Error, col, format, args...)
		m.lastRepeated[kind] = len(m.faults) - 1
	}
}

// countRepeated adds to the last listed fault of each kind how many there are
// besides.
func (m *merge) countRepeated() {
	for kind, n := range m.repeated {
		if n > maxRepeated {
			f := &m.faults[m.lastRepeated[kind]]
			f.Message += fmt.Sprintf(" (and likewise in %d more rows)", n-maxRepeated)
		}
	}
}
