package sheet

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"pharmacy/internal/catalogue"
)

// WriteWorkbook is like [Write] and returns a workbook (.xlsx). Prices and the
// amounts of packs are numbers. Everything else, dates too, is text and formatted
// so, so that a spreadsheet program keeps it as it is written. A text that a
// workbook cannot hold, which is longer than 32,767 UTF-16 code units or has a
// control character, is an error.
func WriteWorkbook(c *catalogue.Catalogue) ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	const name = "Medicines"
	if err := f.SetSheetName(f.GetSheetName(0), name); err != nil {
		return nil, err
	}
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	style := func(s excelize.Style) int {
		id, failed := f.NewStyle(&s)
		if failed != nil {
			err = failed
		}
		return id
	}
	const asText = 49 // @
	amount, money := "0.##########", "0.00########"
	head := style(excelize.Style{NumFmt: asText, Font: &excelize.Font{Bold: true}})
	formats := map[numbers]int{
		noNumbers: style(excelize.Style{NumFmt: asText}),
		strengths: style(excelize.Style{NumFmt: asText}),
		counts:    style(excelize.Style{CustomNumFmt: &amount}),
		prices:    style(excelize.Style{CustomNumFmt: &money}),
	}
	if err != nil {
		return nil, err
	}
	columns := columnsOf(c)
	for i, col := range columns {
		width := 14.0 // in characters
		switch {
		case col.field.isText():
			width = 28
		case col.field == fieldID:
			width = 36
		}
		if err := out.SetColWidth(i+1, i+1, width); err != nil {
			return nil, err
		}
		// It is the format of new rows too.
		if err := out.SetColStyle(i+1, i+1, formats[col.field.numbers]); err != nil {
			return nil, err
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	number := 0
	cells := make([]any, len(columns))
	for texts := range lines(c, columns) {
		number++
		for i, text := range texts {
			cells[i] = nil
			of := columns[i].field.numbers
			if text == "" {
				continue
			}
			value, err := workbookCell(of, text)
			if err != nil {
				return nil, fmt.Errorf("row %d, %s: %w", number, columns[i], err)
			}
			format := formats[of]
			if number == 1 {
				format = head
			}
			cells[i] = excelize.Cell{StyleID: format, Value: value}
		}
		if err := out.SetRow("A"+strconv.Itoa(number), cells); err != nil {
			return nil, fmt.Errorf("row %d: %w", number, err)
		}
	}
	if err := out.Flush(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

var escapedSurrogate = regexp.MustCompile(`_x[Dd][89A-Fa-f][0-9A-Fa-f]{2}_`)

// workbookCell returns the value of a cell: a float64 for an amount or a price
// that is equal when read, and a string otherwise. An apostrophe guards a string
// that [parseCell] would otherwise change.
func workbookCell(of numbers, text string) (any, error) {
	if of == counts || of == prices {
		short := text
		if strings.Contains(short, ".") {
			short = strings.TrimRight(strings.TrimRight(short, "0"), ".")
		}
		if v, err := strconv.ParseFloat(text, 64); err == nil && decimal(v) == short {
			return v, nil
		}
	}
	verbatim := false
	if of != noNumbers {
		text, verbatim = of.unambiguous(text)
	}
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	if verbatim || first == '\'' || unicode.IsSpace(first) || unicode.IsSpace(last) || checkLetters(text) != nil {
		text = "'" + text
	}
	if err := catalogue.CheckControls(text); err != nil {
		return nil, err
	}
	switch {
	// The library drops what looks like an escaped surrogate.
	case escapedSurrogate.MatchString(text), !utf8.ValidString(text), strings.ContainsFunc(text, func(r rune) bool { return r == 0xfffe || r == 0xffff }):
		return nil, fmt.Errorf("a workbook cannot hold all characters of %.60q: take them out, or export CSV", text)
	case len(utf16.Encode([]rune(text))) > excelize.TotalCellChars:
		return nil, fmt.Errorf("the text has more than %d characters, which no cell of a workbook can hold: shorten it, or export CSV", excelize.TotalCellChars)
	}
	return text, nil
}
