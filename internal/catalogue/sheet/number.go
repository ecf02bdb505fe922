package sheet

import (
	"errors"
	"fmt"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

// unambiguous returns the cell for a number or strength in the notation of the
// catalogue file: one that plain reads as the same text, whatever else is in
// its column. verbatim reports that only an apostrophe ensures this.
func (n numbers) unambiguous(text string) (as string, verbatim bool) {
	if n != strengths {
		return catalogue.Unambiguous(text), false
	}
	as = catalogue.UnambiguousStrength(text)
	if read, err := readStrength(catalogue.Notation{}, parseCell(cell{text: as})); err != nil || read != text {
		return text, true
	}
	return as, false
}

// readStrength returns a strength with its numbers and units as in the catalogue
// file.
func readStrength(n catalogue.Notation, text string) (string, error) {
	read, err := n.ReadStrength(text)
	if err != nil {
		return "", err
	}
	return catalogue.RespellUnits(read), nil
}

// decimalPoint is the notation of a workbook's numbers.
var decimalPoint, _ = catalogue.ParseNotation("point")

// observe learns from all rows how the numbers of each column are written. It
// must run before the first cell is set.
func (m *merge) observe(rows []row) {
	m.notations = make([]catalogue.Notation, len(m.columns))
	currency := m.c.Currency
	for i, col := range m.columns {
		n := &m.notations[i]
		*n = m.options.Notation
		if col.field == nil {
			continue
		}
		for _, r := range rows {
			if i >= len(r.cells) {
				continue
			}
			text, guarded := cutGuard(r.cells[i])
			switch {
			case r.cells[i].kind != written:
			case col.field == fieldCurrency && currency == "":
				if code, err := parseCurrency(text); err == nil {
					currency = code
				}
			case col.field.numbers == strengths && !guarded:
				n.ObserveStrength(text)
			case col.field.numbers == counts || col.field.numbers == prices:
				n.Observe(text)
			}
		}
	}
	m.checkCurrencies(rows, currency)
	m.threeDecimals = catalogue.ThreeDecimals(currency)
}

// plain returns a cell of a column with its numbers in plain decimal notation,
// which a workbook's are in. ok is false if there was a fault. A strength after
// an apostrophe is in the notation of the catalogue file, and returned
// unchanged.
func (m *merge) plain(of numbers, c cell, at int) (text string, ok bool) {
	text, guarded := cutGuard(c)
	switch {
	case text == "" || c.kind == number:
		return text, true
	case c.kind == percent:
		return text + " %", true
	}
	n := m.notations[at]
	var read string
	var err error
	switch {
	case of != strengths:
		read, err = n.Read(text, of == prices && m.threeDecimals)
	case c.kind == measured:
		read, err = readStrength(decimalPoint, text)
	case guarded:
		return text, true
	default:
		read, err = readStrength(n, text)
	}
	var ambiguous *catalogue.AmbiguousError
	switch {
	case errors.As(err, &ambiguous) && ambiguous.InText:
		// [catalogue.Variant.Orderable] refuses it.
		m.fault(catfile.Warning, at, "%q: %v: the strength is kept as written, and the variant cannot be ordered; write %s or %s", text, err, ambiguous.Grouped, catalogue.Unambiguous(ambiguous.Decimal))
		return text, true
	case errors.As(err, &ambiguous):
		err = fmt.Errorf("%w: write %s or %s, or use --decimal=point or --decimal=comma", err, ambiguous.Grouped, catalogue.Unambiguous(ambiguous.Decimal))
	case errors.Is(err, catalogue.ErrNotation):
		err = fmt.Errorf("the number contradicts --decimal=%s: correct it", n)
	}
	if err != nil {
		m.fault(catfile.Error, at, "%q: %v", text, err)
		return "", false
	}
	return read, true
}
