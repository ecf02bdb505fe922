// Package sheet writes the catalogue as a spreadsheet and reads it back.
package sheet

import (
	"bytes"
	"fmt"
	"strings"
)

// A table has one row per variant, which repeats the fields of its group. A row
// without a variant id holds a group without variants or, without a group id,
// a category.

// Table is a table that was read from a file, before its meaning is known.
type Table struct {
	// Source says what the file was taken for, such as "windows-1254 text" or
	// `workbook, sheet "Prices"`.
	Source string
	// Guessed reports whether only the content told the encoding of a text.
	Guessed bool
	rows    []row
}

// row is a row of a table with its number in the spreadsheet, from 1.
type row struct {
	number int
	cells  []cell
}

// cell is one cell of a row.
type cell struct {
	text string
	kind kind
	// currencies are the codes of those that the format of a number may show,
	// separated by spaces.
	currencies string
}

// kind is what a cell holds. Cells of text files are all written; a workbook
// tells more.
type kind uint8

const (
	written  kind = iota // a text, as a person wrote it
	number               // a number in plain decimal notation
	percent              // a number of percent in plain decimal notation, without the sign
	measured             // a number in plain decimal notation and a unit, as its format shows them
	coded                // a number with text among its digits, or more digits, as its format shows it
	day                  // a date, YYYY-MM-DD
	month                // a month, YYYY-MM
	logical              // TRUE or FALSE
	raised               // a text that is superscript or subscript in part
	struck               // a value that is struck through, also in part
	broken               // no value that can be read; the text says why
)

// Parse reads a table from the content of a file: a workbook (.xlsx), or text
// with separators in UTF-8, UTF-16, windows-1254 or windows-1256. name selects
// a sheet of a workbook, whatever its case; "" is its first visible one.
func Parse(data []byte, name string) (*Table, error) {
	switch {
	case isZip(data):
		return parseWorkbook(data, name)
	case bytes.HasPrefix(data, []byte(compoundFile)):
		return nil, notOpenXML(data)
	}
	if name != "" {
		return nil, fmt.Errorf("the table is text, which has no sheet %q: name a sheet only of a workbook", name)
	}
	text, source, guessed, err := decodeText(data)
	if err != nil {
		return nil, err
	}
	rows, err := readRows(text)
	if err != nil {
		return nil, err
	}
	return &Table{Source: source, Guessed: guessed, rows: rows}, nil
}

// parseCell returns the text of a cell: the text after a leading apostrophe if
// there is one, and the trimmed cell otherwise.
func parseCell(c cell) string {
	text, _ := cutGuard(c)
	return text
}

// cutGuard is like parseCell and reports whether there was an apostrophe.
func cutGuard(c cell) (text string, guarded bool) {
	if text, guarded = strings.CutPrefix(c.text, "'"); guarded {
		return text, true
	}
	return strings.TrimSpace(c.text), false
}
