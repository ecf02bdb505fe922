package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

const (
	// maxUnzipped bounds the uncompressed size of a workbook in bytes. One of
	// 100,000 medicines has some 50 MB.
	maxUnzipped = 512 << 20
	// maxCells bounds the cells of a sheet.
	maxCells = 16_000_000
)

// compoundFile begins the old binary format of Excel (.xls), and workbooks with a
// password.
const compoundFile = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

func isZip(data []byte) bool {
	return bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("PK\x05\x06"))
}

// notOpenXML returns the error for a file that is not a workbook (.xlsx).
func notOpenXML(data []byte) error {
	switch {
	case bytes.HasPrefix(data, []byte(compoundFile)) && bytes.Contains(data, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")):
		return errors.New("the workbook has a password: save it without one")
	case bytes.HasPrefix(data, []byte(compoundFile)):
		return errors.New("the table is an old Excel workbook (.xls): save it as .xlsx, or as \"CSV UTF-8\"")
	}
	return errors.New("the file is compressed but no Excel workbook: save the table as .xlsx, or as \"CSV UTF-8\"")
}

// workbook is an open workbook. Its library reads the package, the names of the
// sheets and the styles. The cells and their shared texts are read here: the
// library tells what kind of value a cell has only with all cells in memory (for
// 1,600,000 of them 1 GB and three times the time), and takes a damaged sheet for
// one that ends there.
type workbook struct {
	*excelize.File
	shared   []cell
	styles   []cellStyle
	date1904 bool
}

// cellStyle is what matters of a cell's style.
type cellStyle struct {
	format numberFormat
	// quoted reports whether an apostrophe that is not part of the text says that
	// it is one.
	quoted bool
	// struck reports whether the font is struck through.
	struck bool
}

// sheetOf is a sheet of a workbook.
type sheetOf struct {
	name    string
	content []byte
	visible bool
}

// parseWorkbook reads a sheet of a workbook (.xlsx).
func parseWorkbook(data []byte, name string) (*Table, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, damaged(err)
	}
	size := uint64(0)
	for _, f := range archive.File {
		size += min(f.UncompressedSize64, maxUnzipped+1)
	}
	if size > maxUnzipped {
		return nil, fmt.Errorf("the workbook has more than %d MB of content: remove other sheets and pictures, or save the table as \"CSV UTF-8\"", maxUnzipped>>20)
	}
	if !slices.ContainsFunc(archive.File, func(f *zip.File) bool { return strings.EqualFold(f.Name, "[Content_Types].xml") }) ||
		!slices.ContainsFunc(archive.File, func(f *zip.File) bool { return strings.HasSuffix(strings.ToLower(f.Name), "workbook.xml") }) {
		return nil, notOpenXML(data)
	}
	b, err := openWorkbook(data)
	if err != nil {
		return nil, damaged(err)
	}
	defer func() { _ = b.Close() }() // it has no temporary files
	sheets, err := b.sheets()
	if err != nil {
		return nil, damaged(err)
	}
	at := slices.IndexFunc(sheets, func(s sheetOf) bool {
		return name == "" && s.visible || name != "" && strings.EqualFold(s.name, name)
	})
	if at < 0 {
		names := make([]string, len(sheets))
		for i, s := range sheets {
			names[i] = strconv.Quote(s.name)
		}
		switch {
		case len(sheets) == 0:
			return nil, errors.New("the workbook has no sheet of cells: add one")
		case name == "":
			return nil, fmt.Errorf("the workbook has no visible sheet: name one of %s", strings.Join(names, ", "))
		}
		return nil, fmt.Errorf("the workbook has no sheet %q: name one of %s", name, strings.Join(names, ", "))
	}
	rows, err := b.rows(sheets[at].content)
	if err != nil {
		return nil, fmt.Errorf("sheet %q: %w", sheets[at].name, err)
	}
	var others []string
	for i, s := range sheets {
		if i != at && b.hasData(s.content) {
			others = append(others, strconv.Quote(s.name))
		}
	}
	if name == "" && len(others) > 0 && !slices.ContainsFunc(rows, func(r row) bool { return !blank(r) }) {
		return nil, fmt.Errorf("the sheet %q, the first visible one, is empty: name another with --sheet: %s", sheets[at].name, strings.Join(others, ", "))
	}
	source := fmt.Sprintf("workbook, sheet %q", sheets[at].name)
	if len(others) > 0 {
		source += " (others: " + strings.Join(others, ", ") + ")"
	}
	return &Table{Source: source, rows: rows}, nil
}

func damaged(err error) error {
	return fmt.Errorf("the workbook is damaged: open it in a spreadsheet program and save it again: %w", err)
}

// openWorkbook opens a workbook of at most maxUnzipped bytes.
func openWorkbook(data []byte) (b *workbook, err error) {
	// The library does not promise to return an error for every damaged file.
	defer func() {
		if r := recover(); r != nil {
			b, err = nil, fmt.Errorf("%v", r)
		}
	}()
	// With equal limits it keeps everything in memory.
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped})
	if err != nil {
		return nil, err
	}
	b = &workbook{File: f}
	if p := f.WorkBook.WorkbookPr; p != nil {
		b.date1904 = p.Date1904
	}
	codes := map[int]string{}
	if f.Styles.NumFmts != nil {
		for _, n := range f.Styles.NumFmts.NumFmt {
			codes[n.NumFmtID] = n.FormatCode
		}
	}
	if f.Styles.CellXfs == nil {
		return b, nil
	}
	formats := map[int]numberFormat{}
	for _, x := range f.Styles.CellXfs.Xf {
		s := cellStyle{quoted: x.QuotePrefix != nil && *x.QuotePrefix}
		if fonts := f.Styles.Fonts; fonts != nil && x.FontID != nil && *x.FontID >= 0 && *x.FontID < len(fonts.Font) {
			if font := fonts.Font[*x.FontID]; font != nil && font.Strike != nil {
				s.struck = font.Strike.Val == nil || *font.Strike.Val
			}
		}
		if x.NumFmtID != nil {
			id := *x.NumFmtID
			if _, known := formats[id]; !known {
				code, custom := codes[id]
				if !custom {
					code = builtInFormats[id]
				}
				if code != "" {
					formats[id] = parseFormat(code)
				}
			}
			s.format = formats[id]
		}
		b.styles = append(b.styles, s)
	}
	return b, nil
}

// part returns a part of the package, whatever the case of its name.
func (b *workbook) part(name string) []byte {
	var content []byte
	b.Pkg.Range(func(key, value any) bool {
		if strings.EqualFold(key.(string), strings.TrimPrefix(name, "/")) {
			content, _ = value.([]byte)
			return false
		}
		return true
	})
	return content
}

// relationship is a reference from one part to another.
type relationship struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:",attr"`
	Target string `xml:",attr"`
}

// relationships returns the references of a part; "" is the package.
func (b *workbook) relationships(of string) ([]relationship, error) {
	dir, name := path.Split(of)
	var r struct {
		Relationship []relationship
	}
	if err := xml.Unmarshal(b.part(dir+"_rels/"+name+".rels"), &r); err != nil {
		return nil, err
	}
	for i := range r.Relationship {
		if t := &r.Relationship[i].Target; !strings.HasPrefix(*t, "/") {
			*t = dir + *t
		}
		r.Relationship[i].Target = path.Clean(r.Relationship[i].Target)
	}
	return r.Relationship, nil
}

// sheets returns the sheets that have cells, in order, and reads the texts that
// they share.
func (b *workbook) sheets() ([]sheetOf, error) {
	top, err := b.relationships("")
	if err != nil {
		return nil, err
	}
	main := slices.IndexFunc(top, func(r relationship) bool { return strings.HasSuffix(r.Type, "/officeDocument") })
	if main < 0 {
		return nil, errors.New("no part is the workbook")
	}
	of, err := b.relationships(top[main].Target)
	if err != nil {
		return nil, err
	}
	var sheets []sheetOf
	for _, s := range b.WorkBook.Sheets.Sheet {
		for _, r := range of {
			if r.ID == s.ID && strings.HasSuffix(r.Type, "/worksheet") {
				sheets = append(sheets, sheetOf{s.Name, b.part(r.Target), s.State == "" || s.State == "visible"})
			}
		}
	}
	for _, r := range of {
		if strings.HasSuffix(r.Type, "/sharedStrings") {
			if b.shared, err = sharedTexts(b.part(r.Target)); err != nil {
				return nil, fmt.Errorf("%s: %w", r.Target, err)
			}
		}
	}
	return sheets, nil
}

// sharedTexts reads the table of texts that cells refer to by number.
func sharedTexts(content []byte) ([]cell, error) {
	var texts []cell
	d := xml.NewDecoder(bytes.NewReader(content))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return texts, nil
		}
		if err != nil {
			return nil, err
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "si" {
			text, err := richText(d)
			if err != nil {
				return nil, err
			}
			texts = append(texts, text)
		}
	}
}

// richText reads a text up to the end of the element that it is in. It joins
// runs of different style and leaves phonetic ones out. The kind says whether a
// run means something else without its style.
func richText(d *xml.Decoder) (cell, error) {
	var text []byte
	inText := false
	var style, all kind // of the run, and of the text
	for depth := 1; depth > 0; {
		token, err := d.Token()
		if err != nil {
			return cell{}, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local == "rPh" {
				if err := d.Skip(); err != nil {
					return cell{}, err
				}
				continue
			}
			switch val := attribute(e, "val"); e.Name.Local {
			case "r":
				style = written
			case "vertAlign":
				if val != "baseline" {
					style = max(style, raised)
				}
			case "strike":
				if val != "0" && val != "false" {
					style = struck
				}
			}
			inText = e.Name.Local == "t"
			depth++
		case xml.EndElement:
			inText = false
			depth--
		case xml.CharData:
			if inText {
				text = append(text, e...)
				if len(bytes.TrimSpace(e)) > 0 {
					all = max(all, style)
				}
			}
		}
	}
	return cell{text: unescape(string(text)), kind: all}, nil
}

// escaped is a character that XML cannot hold, or an underscore, in a text of a
// workbook (ECMA-376 part 1, 22.9.2.19).
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func unescape(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	return escaped.ReplaceAllStringFunc(text, func(s string) string {
		code, err := strconv.ParseUint(s[2:6], 16, 16)
		if err != nil || code >= 0xd800 && code < 0xe000 {
			return s
		}
		return string(rune(code))
	})
}

// errStop ends reading a sheet.
var errStop = errors.New("stop")

// hasData reports whether a sheet has a cell with a value.
func (b *workbook) hasData(content []byte) bool {
	_, err := b.cells(content, func(_, _ int, _ cell) error { return errStop })
	return err == errStop
}

// rows reads the rows of a sheet that are not empty. All have as many cells as
// the first, which has the column heads: a workbook stores no empty cells.
func (b *workbook) rows(content []byte) ([]row, error) {
	var rows []row
	width, count := 0, 0
	merged, err := b.cells(content, func(number, column int, c cell) error {
		if len(rows) == 0 || rows[len(rows)-1].number != number {
			if len(rows) == 1 {
				width = len(rows[0].cells)
			}
			if count += width; count > maxCells {
				return fmt.Errorf("row %d: the sheet has more than %d cells: divide it", number, maxCells)
			}
			rows = append(rows, row{number: number, cells: make([]cell, 0, width)})
		}
		r := &rows[len(rows)-1]
		if len(rows) > 1 && column > width {
			at, first := cellName(column, number), rows[0]
			if !slices.ContainsFunc(first.cells, func(c cell) bool { _, known := parseHeader(parseCell(c)); return known }) {
				return fmt.Errorf("row %d: the cell %s is beside the table: row %d has no head that is known and looks like a title: remove it", number, at, first.number)
			}
			return fmt.Errorf("row %d: the cell %s is beside the table: give its column a head in row %d, or empty it", number, at, first.number)
		}
		for len(r.cells) < column {
			r.cells = append(r.cells, cell{})
		}
		r.cells[column-1] = c
		return nil
	})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	width = len(rows[0].cells)
	for i := range rows {
		for len(rows[i].cells) < width {
			rows[i].cells = append(rows[i].cells, cell{})
		}
	}
	first, last := rows[0].number, rows[len(rows)-1].number
	for _, m := range merged {
		if m.left <= width && m.top <= last && m.bottom >= first {
			return nil, fmt.Errorf("row %d: the cells %s are merged: unmerge them and write the value in each, or remove the row if it is a title", m.top, m)
		}
	}
	return rows, nil
}

// area is a rectangle of cells, numbered from 1.
type area struct{ left, top, right, bottom int }

func (a area) String() string { return cellName(a.left, a.top) + ":" + cellName(a.right, a.bottom) }

func cellName(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return fmt.Sprintf("row %d, column %d", row, column)
	}
	return name
}

func parseArea(s string) (area, error) {
	from, to, found := strings.Cut(s, ":")
	if !found {
		to = from
	}
	var a area
	var err error
	if a.left, a.top, err = excelize.CellNameToCoordinates(from); err != nil {
		return area{}, err
	}
	if a.right, a.bottom, err = excelize.CellNameToCoordinates(to); err != nil {
		return area{}, err
	}
	return a, nil
}

// cells calls yield for each cell of a sheet that is not empty, row by row, until
// it returns an error. It returns the merged areas.
func (b *workbook) cells(content []byte, yield func(row, column int, c cell) error) (merged []area, err error) {
	d := xml.NewDecoder(bytes.NewReader(content))
	number, column := 0, 0
	inData := false
	for {
		token, err := d.Token()
		if err == io.EOF && number+column == 0 && len(bytes.TrimSpace(content)) == 0 {
			return nil, damaged(errors.New("a part is missing"))
		}
		if err == io.EOF {
			return merged, nil
		}
		if err != nil {
			return nil, damaged(err)
		}
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "sheetData" {
			inData = false
		}
		e, ok := token.(xml.StartElement)
		switch name := e.Name.Local; {
		case !ok:
		case name == "sheetData":
			inData = true
		case name == "row" && inData:
			before := number
			number++
			if r := attribute(e, "r"); r != "" {
				if number, err = strconv.Atoi(r); err != nil {
					return nil, damaged(err)
				}
			}
			if number <= before || number > excelize.TotalRows {
				return nil, damaged(fmt.Errorf("row %d after row %d", number, before))
			}
			column = 0
		case name == "c" && inData:
			column++
			if r := attribute(e, "r"); r != "" {
				at := 0
				if column, at, err = excelize.CellNameToCoordinates(r); err == nil && at != number {
					err = fmt.Errorf("cell %s in row %d", r, number)
				}
				if err != nil {
					return nil, damaged(err)
				}
			}
			if number == 0 || column > excelize.MaxColumns {
				return nil, damaged(fmt.Errorf("a cell of row %d, column %d", number, column))
			}
			c, err := b.cell(d, e)
			if err != nil {
				return nil, fmt.Errorf("cell %s: %w", cellName(column, number), damaged(err))
			}
			if c.text == "" {
				continue
			}
			if err := yield(number, column, c); err != nil {
				return nil, err
			}
		case name == "mergeCell":
			a, err := parseArea(attribute(e, "ref"))
			if err != nil {
				return nil, damaged(err)
			}
			merged = append(merged, a)
		}
	}
}

// attribute returns an attribute of an element, or "".
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// cell reads the rest of a cell. An empty one is the zero cell.
func (b *workbook) cell(d *xml.Decoder, start xml.StartElement) (cell, error) {
	var style cellStyle
	if s := attribute(start, "s"); s != "" {
		i, err := strconv.Atoi(s)
		if err != nil {
			return cell{}, err
		}
		if i >= 0 && i < len(b.styles) {
			style = b.styles[i]
		}
	}
	c, err := b.value(d, start, style)
	if style.struck && c.kind != broken && strings.TrimSpace(c.text) != "" {
		c.kind = struck
	}
	return c, err
}

// value reads the rest of a cell of a style, whatever its font.
func (b *workbook) value(d *xml.Decoder, start xml.StartElement, style cellStyle) (cell, error) {
	var value, formula []byte
	var inline cell
	var calculated, isFormula bool
	for {
		token, err := d.Token()
		if err != nil {
			return cell{}, err
		}
		if _, end := token.(xml.EndElement); end {
			break
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "v":
			calculated = true
			value, err = content(d)
		case "f":
			isFormula = true
			formula, err = content(d)
		case "is":
			inline, err = richText(d)
		default:
			err = d.Skip()
		}
		if err != nil {
			return cell{}, err
		}
	}
	of := attribute(start, "t")
	text := strings.TrimSpace(string(value))
	if isFormula && (!calculated || text == "" && of != "str") {
		return cell{text: fmt.Sprintf("=%.60s, not calculated: open the workbook in a spreadsheet program and save it", formula), kind: broken}, nil
	}
	switch of {
	case "s":
		if text == "" {
			return cell{}, nil
		}
		i, err := strconv.Atoi(text)
		if err != nil || i < 0 || i >= len(b.shared) {
			return cell{}, fmt.Errorf("there is no shared text %.20q", text)
		}
		return style.text(b.shared[i]), nil
	case "inlineStr":
		return style.text(inline), nil
	case "str":
		return style.text(cell{text: unescape(string(value))}), nil
	}
	if text == "" {
		return cell{}, nil
	}
	switch of {
	case "b":
		if text == "1" || text == "true" {
			return cell{text: "TRUE", kind: logical}, nil
		}
		return cell{text: "FALSE", kind: logical}, nil
	case "e":
		return cell{text: text, kind: broken}, nil
	case "d":
		t, err := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))])
		if err != nil {
			return cell{text: text, kind: broken}, nil
		}
		format := formatSection{year: true, month: true, day: true}
		if len(style.format) > 0 && style.format[0].isDate() {
			format = style.format[0]
		}
		return format.dateOf(t), nil
	case "", "n":
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
			return cell{}, fmt.Errorf("%.20q is not a number", text)
		}
		return style.format.read(v, b.date1904), nil
	}
	return cell{}, fmt.Errorf("unknown type %.20q", of)
}

// text returns the cell for a text of the style.
func (s cellStyle) text(c cell) cell {
	if c.text != "" && s.format.hidesText() {
		return shownOtherwise(c.text)
	}
	// Only a second apostrophe, which is part of the text, is stored.
	if s.quoted && strings.HasPrefix(c.text, "'") {
		c.text = "'" + c.text
	}
	return c
}

// content reads the text of an element to its end.
func content(d *xml.Decoder) ([]byte, error) {
	var text []byte
	for {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch e := token.(type) {
		case xml.CharData:
			text = append(text, e...)
		case xml.StartElement:
			if err := d.Skip(); err != nil {
				return nil, err
			}
		case xml.EndElement:
			return text, nil
		}
	}
}
