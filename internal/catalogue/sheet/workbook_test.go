package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"pharmacy/data"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

// book returns a workbook with one sheet "Prices", which fill writes.
func book(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	must(t, f.SetSheetName("Sheet1", "Prices"))
	fill(f)
	b, err := f.WriteToBuffer()
	must(t, err)
	must(t, f.Close())
	return b.Bytes()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func formatted(t testing.TB, f *excelize.File, code string) int {
	t.Helper()
	id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
	must(t, err)
	return id
}

// withPart returns a workbook with a part replaced, or added.
func withPart(t testing.TB, workbook []byte, name, content string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	must(t, err)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range r.File {
		if f.Name != name {
			must(t, w.Copy(f))
		}
	}
	part, err := w.Create(name)
	must(t, err)
	_, err = io.WriteString(part, content)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

// withSheet returns a workbook with the content of a sheet, and shared texts
// "first", rich text with a phonetic run, and an escaped one.
func withSheet(t testing.TB, content string) []byte {
	t.Helper()
	b := book(t, func(f *excelize.File) {
		must(t, f.SetCellStyle("Prices", "B1", "B1", formatted(t, f, "mmm yyyy")))
	})
	const rels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>`
	b = withPart(t, b, "xl/_rels/workbook.xml.rels", rels)
	b = withPart(t, b, "xl/sharedStrings.xml", `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>first</t></si><si><r><t xml:space="preserve">two </t></r><r><rPr><b/></rPr><t>runs</t></r><rPh sb="0" eb="1"><t>spoken</t></rPh></si><si><t>_x005F_x0041_x000D_</t></si></sst>`)
	return withPart(t, b, "xl/worksheets/sheet1.xml", `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`+content+`</worksheet>`)
}

// show formats the cells of a table.
func show(rows []row) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%d:", r.number)
		for _, c := range r.cells {
			fmt.Fprintf(&b, " %s|", c)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (c cell) String() string {
	text := []string{"", "number ", "percent ", "measured ", "coded ", "day ", "month ", "logical ", "raised ", "struck ", "broken "}[c.kind] + c.text
	if c.currencies != "" {
		text += " in " + c.currencies
	}
	return text
}

func TestNumberFormats(t *testing.T) {
	const june30, june1 = 46934, 46905 // of 2028
	for _, test := range []struct {
		format string
		value  float64
		want   string
	}{
		{"General", 2.4, "number 2.4"},
		{"General", 2.3999999999999999, "number 2.4"},
		{"General", 0.1 + 0.2, "number 0.3"},
		{"General", 1e-7, "number 0.0000001"},
		{"General", 1e15, "number 1000000000000000"},
		{"General", 8680001234567, "number 8680001234567"},
		{"General", -2.5, "number -2.5"},
		{"General", math.Copysign(0, -1), "number 0"},
		{"General", 1e300, "number 1" + strings.Repeat("0", 300)},
		{"0", 5, "number 5"},
		{"0", 2.6, "number 2.6"},
		{"#,##0.00", 1250.5, "number 1250.5"},
		{"#,##0", 1250, "number 1250"},
		{`#\ ##0`, 1250, "number 1250"},
		{"@", 46934, "number 46934"},
		{"0.00E+00", 1250, "number 1250"},
		{"# ?/?", 0.5, "number 0.5"},
		{"#,##0.00_);[Red](#,##0.00)", 2.4, "number 2.4"},
		{";;;", 7, "number 7"},

		// Padded.
		{"000000", 123, "number 000123"},
		{"000000", 1234567, "number 1234567"},
		{"000000", 0, "number 000000"},
		{"000000", 1.5, "number 1.5"},
		{"000000", -5, "number -5"},
		{"000-000", 1023, "coded 001-023"},
		{"000-000", 1.5, "broken 1.5, shown in another way"},
		{`"MAR-"000`, 7, "measured MAR-007"},

		// Currencies.
		{`#,##0.00\ "€"`, 2.4, "number 2.4 in EUR"},
		{`[$€-407]\ #,##0.00`, 2.4, "number 2.4 in EUR"},
		{`#,##0.00\ [$TL-41F]`, 2.4, "number 2.4 in TRY"},
		{`_-* #,##0.00\ "TL"_-;-* #,##0.00\ "TL"_-;_-* "-"??\ "TL"_-;_-@_-`, 2.4, "number 2.4 in TRY"},
		{`_-* #,##0.00\ "TL"_-;-* #,##0.00\ "TL"_-;_-* "-"??\ "TL"_-;_-@_-`, 0, "number 0 in TRY"},
		{`_-* #,##0.00\ "TL"_-;-* #,##0.00\ "TL"_-;_-* "-"??\ "TL"_-;_-@_-`, -2, "number -2 in TRY"},
		{`_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-`, 0, "number 0"},
		{`#,##0\ "ریال"`, 25000, "number 25000 in IRR"},
		{"#,##0.00\\ [$د.إ.\u200f-3801]", 5, "number 5 in AED"},
		{`#,##0.00" EUR"`, 2.4, "number 2.4 in EUR"},
		{`"$"#,##0.00`, 1234.5, "number 1234.5 in USD AUD CAD NZD SGD HKD TWD ARS CLP COP MXN"},
		{`"US$"#,##0.00" USD"`, 1234.5, "number 1234.5 in USD"},
		{`0 "GEL"`, 10, "number 10 in GEL"},
		{`"€"0" USD"`, 10, "measured €10 USD"},
		{`€0.0"K"`, 1.5, "measured €1.5K"},
		{`€0.00" / 10"`, 1.5, "measured €1.5 / 10"},
		{`[$ mg]0`, 500, "measured mg500"},
		{`0[$ mg]`, 500, "measured 500 mg"},
		{`0\ [$mg-409]`, 500, "measured 500 mg"},
		{`#,##0 "تومان"`, 2500, "broken 2500, shown in tomans, of ten rials each"},
		{`0"¢"`, 250, "measured 250¢"},

		// Numbers that are shown as others.
		{`0"."000" mg"`, 1250, "broken 1250, shown in another way"},
		{`#\.##0" mg"`, 1250, "broken 1250, shown in another way"},
		{`#\.##0`, 1250, "broken 1250, shown in another way"},
		{`#"."000" IU"`, 400000, "broken 400000, shown in another way"},
		{`#\.###\.##0" units"`, 1250000, "broken 1250000, shown in another way"},
		{`0","0" mg"`, 1250, "broken 1250, shown in another way"},
		{`0"٫"0`, 15, "broken 15, shown in another way"},
		{`0".5 mg"`, 2, "broken 2, shown in another way"},
		{`"1."0" mg"`, 2, "broken 2, shown in another way"},
		{`0.0"5"0`, 2.25, "broken 2.25, shown in another way"},
		{`0.0.0`, 2.25, "broken 2.25, shown in another way"},
		{`0.0"/"0`, 2.25, "broken 2.25, shown in another way"},
		{`#,##0,`, 12000, "broken 12000, shown in another way"},
		{`0.0,,"M"`, 12000000, "broken 12000000, shown in another way"},
		{`0%%`, 0.05, "broken 0.05, shown in another way"},
		{`0%" × 10"`, 0.05, "broken 0.05, shown in another way"},
		{`"-"0`, 5, "broken 5, shown in another way"},
		{`[<10]0" mg";0" g"`, 5, "broken 5, shown in another way"},
		{`[<10]0" mg";yyyy-mm-dd`, 5, "broken 5, shown in another way"},
		{`[<10]0;[>=10]#,##0`, 5, "number 5"},
		{`[Red][<10]0" mg";0" mg"`, 5, "measured 5 mg"},
		{`0"0"`, 3, "coded 30"},
		{`"1"0`, 3, "coded 13"},
		{`0" 000 mg"`, 3, "coded 3 000 mg"},
		{`*10`, 3, "coded 13"},
		{`0/5`, 2.4, "number 2.4"},
		{`0"/5"`, 10, "measured 10/5"},
		{`0" × 10"`, 2, "measured 2 × 10"},
		{`"2*"0`, 2, "measured 2*2"},
		{`@" mg"`, 500, "measured 500 mg"},
		{`0" mg";@`, -5, "broken -5, shown in another way"},
		{`#'##0" mg"`, 1250, "measured 1250 mg"},
		{`0'0`, 12, "broken 12, shown in another way"},
		{`0000-0000-0000-0000`, 1234567890123456, "broken 1234567890123450, of which a spreadsheet keeps only 15 digits"},
		{`"IR"0`, 1234567890123456, "broken 1234567890123450, of which a spreadsheet keeps only 15 digits"},
		{`"IR"0`, 123456789012345, "measured IR123456789012345"},

		// Units.
		{`0" mg"`, 500, "measured 500 mg"},
		{`0.0" mg"`, 2.5, "measured 2.5 mg"},
		{`0.0" mg"`, 2.25, "broken 2.25, shown in another way"},
		{`0" mg"`, 2.5, "broken 2.5, shown in another way"},
		{`General" mg"`, 0.125, "measured 0.125 mg"},
		{`#,##0" units"`, 50000, "measured 50000 units"},
		{`0"%"`, 5, "measured 5%"},
		{`0\m\g`, 5, "measured 5mg"},
		{`0," g"`, 1500, "broken 1500, shown in another way"},
		{`[>=1000]0.0" g";0" mg"`, 5, "broken 5, shown in another way"},
		{`0" mg";"none"`, -5, "broken -5, shown in another way"},
		{"0\" میلی\u200cگرم\"", 500, "measured 500 میلی\u200cگرم"},

		{"0%", 0.05, "percent 5"},
		{"0.00%", 0.07, "percent 7"},
		{"0.0%", 0.001, "percent 0.1"},

		{"yyyy-mm-dd", june30, "day 2028-06-30"},
		{"m/d/yy", june30, "day 2028-06-30"},
		{`d\.m\.yyyy;@`, june30, "day 2028-06-30"},
		{`dddd", "d" de "mmmm" de "yyyy`, june30, "day 2028-06-30"},
		{"yyyy-mm-dd hh:mm:ss", june30 + 0.75, "day 2028-06-30"},
		{"[$-F800]dddd, mmmm dd, yyyy", june30, "day 2028-06-30"},
		{"[$-3000401]d/m/yyyy", june30, "day 2028-06-30"},
		{"[$-fa-IR]yyyy/mm/dd", june30, "day 2028-06-30"},
		{"[$-fa-IR,96]yyyy/mm/dd", june30, "day 2028-06-30"},
		{"[Blue]yyyy/mm/dd", june30, "day 2028-06-30"},
		{"yyyy-mm-dd", 2958465, "day 9999-12-31"},
		{"yyyy-mm-dd", 61, "day 1900-03-01"},
		{"yyyy-mm-dd", 59, "day 1900-02-28"},
		{"yyyy-mm-dd", 1, "day 1900-01-01"},
		{"mmm-yy", june1, "month 2028-06"},
		{"yyyy/mm", june1, "month 2028-06"},
		{"mmmm yyyy", june1, "month 2028-06"},
		{"[$-41F]mmmm yyyy", june1, "month 2028-06"},
		{"[$-fa-IR]mmm yy", june1, "month 2028-06"},
		{"yyyy-mm hh:mm", june1, "month 2028-06"},
		// What shows only a month is more.
		{"mmm-yy", june30, "day 2028-06-30"},
		{"[$-1060401]mm/yyyy", june1, "day 2028-06-01"},
		{"[$-fa-IR,96]yyyy/mm", june1, "day 2028-06-01"},
		{"B2mmm yyyy", june1, "day 2028-06-01"},

		{"d-mmm", june30, "broken 2028-06-30, shown without its year or month"},
		{"yyyy", june1, "broken 2028-06-01, shown without its year or month"},
		{"dddd", june1, "number 46905"},
		{"h:mm", 0.5, "broken 0.5, shown as a time or date"},
		{"[h]:mm", 30.5, "broken 30.5, shown as a time or date"},
		{"mm:ss", 0.01, "broken 0.01, shown as a time or date"},
		{"yyyy-mm-dd", 0.5, "broken 0.5, shown as a time or date"},
		{"yyyy-mm-dd", -3, "broken -3, shown as a time or date"},
		{"yyyy-mm-dd", 2958466, "broken 2958466, shown as a time or date"},
		{"yyyy-mm-dd", 60, "broken 1900-02-29"},
	} {
		table, err := Parse(book(t, func(f *excelize.File) {
			must(t, f.SetCellValue("Prices", "A1", test.value))
			must(t, f.SetCellStyle("Prices", "A1", "A1", formatted(t, f, test.format)))
		}), "")
		if err != nil {
			t.Errorf("%s: %v", test.format, err)
		} else if got := table.rows[0].cells[0].String(); got != test.want {
			t.Errorf("%v as %s: %s, want %s", test.value, test.format, got, test.want)
		}
	}
	for id, want := range map[int]string{0: "number 46905", 1: "number 46905", 4: "number 46905", 9: "percent 4690500", 14: "day 2028-06-01", 15: "day 2028-06-01", 16: "broken 2028-06-01, shown without its year or month", 17: "month 2028-06", 20: "broken 46905, shown as a time or date", 22: "day 2028-06-01", 31: "day 2028-06-01", 49: "number 46905", 57: "day 2028-06-01"} {
		table, err := Parse(book(t, func(f *excelize.File) {
			style, err := f.NewStyle(&excelize.Style{NumFmt: 1})
			must(t, err)
			f.Styles.CellXfs.Xf[style].NumFmtID = &id
			must(t, f.SetCellValue("Prices", "A1", june1))
			must(t, f.SetCellStyle("Prices", "A1", "A1", style))
		}), "")
		if err != nil {
			t.Errorf("format %d: %v", id, err)
		} else if got := table.rows[0].cells[0].String(); got != want {
			t.Errorf("format %d: %s, want %s", id, got, want)
		}
	}
}

func TestDateSystemOf1904(t *testing.T) {
	table, err := Parse(book(t, func(f *excelize.File) {
		yes := true
		must(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}))
		date := formatted(t, f, "yyyy-mm-dd")
		for i, serial := range []float64{45472, 60, 1} {
			at := cellName(1, i+1)
			must(t, f.SetCellValue("Prices", at, serial))
			must(t, f.SetCellStyle("Prices", at, at, date))
		}
	}), "")
	must(t, err)
	if got, want := show(table.rows), "1: day 2028-06-30|\n2: day 1904-03-01|\n3: day 1904-01-02|\n"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// The kinds of cells, as the format has them.
func TestCellsOfASheet(t *testing.T) {
	const style = ` s="1"` // mmm yyyy
	for _, test := range []struct{ sheet, want string }{
		{`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v> 2 </v></c></row>`, "1: first| two runs| _x0041\r|\n"},
		{`<row><c t="s"><v>0</v></c><c/><c t="n"><v>3</v></c></row><row><c/><c><v>4</v></c></row>`, "1: first| | number 3|\n2: | number 4| |\n"},
		{`<row r="3"><c r="B3"><v>1</v></c></row><row r="9" hidden="1"><c r="A9"><v>2</v></c></row>`, "3: | number 1|\n9: number 2| |\n"},
		{`<row r="1"><c r="A1" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r><rPh><t>x</t></rPh></is></c></row>`, "1: inline|\n"},
		{`<row r="1"><c r="A1" t="str"><f>"a"&amp;"b"</f><v> ab </v></c><c r="B1" t="str"><f>""</f><v></v></c><c r="C1"><f>1+1</f><v>2</v></c><c r="D1" t="b"><f>TRUE()</f><v>1</v></c></row>`, "1:  ab | | number 2| logical TRUE|\n"},
		{`<row r="1"><c r="A1"><f>B2*2</f></c><c r="B1"><f>1</f><v/></c></row>`, "1: broken =B2*2, not calculated: open the workbook in a spreadsheet program and save it| broken =1, not calculated: open the workbook in a spreadsheet program and save it|\n"},
		{`<row r="1"><c r="A1" t="b"><v>0</v></c><c r="B1" t="b"><v>true</v></c><c r="C1" t="e"><v>#N/A</v></c></row>`, "1: logical FALSE| logical TRUE| broken #N/A|\n"},
		{`<row r="1"><c r="A1" t="d"><v>2028-06-30T00:00:00Z</v></c><c r="B1" t="d"` + style + `><v>2028-06-01</v></c><c r="C1" t="d"><v>12:30</v></c></row>`, "1: day 2028-06-30| month 2028-06| broken 12:30|\n"},
		{`<row r="1"><c r="A1"` + style + `><v>46905</v></c><c r="B1" s="77"><v>1</v></c></row>`, "1: month 2028-06| number 1|\n"},
		{`<row r="1"><c r="A1"><v>2.3999999999999999</v></c><c r="B1"><v>1.5E-3</v><extLst><ext><c r="Z9"/></ext></extLst></c></row>`, "1: number 2.4| number 0.0015|\n"},
		{`<row r="1"><c r="A1"><v>1</v></c></row></sheetData><controls><from><row>7</row></from></controls><sheetData>`, "1: number 1|\n"},
		{``, ""},

		{`<row r="1"><c r="A1" t="s"><v>3</v></c></row>`, `cell A1: the workbook is damaged: open it in a spreadsheet program and save it again: there is no shared text "3"`},
		{`<row r="1"><c r="A1"><v>1,5</v></c></row>`, `cell A1: the workbook is damaged: open it in a spreadsheet program and save it again: "1,5" is not a number`},
		{`<row r="1"><c r="A1"><v>NaN</v></c></row>`, `"NaN" is not a number`},
		{`<row r="1"><c r="A1" t="z"><v>1</v></c></row>`, `unknown type "z"`},
		{`<row r="2"><c r="A2"/></row><row r="2"><c r="A2"/></row>`, `row 2 after row 2`},
		{`<row r="2"><c r="A3"><v>1</v></c></row>`, `cell A3 in row 2`},
		{`<row r="0"/>`, `row 0 after row 0`},
		{`<row r="9999999"/>`, `row 9999999 after row 0`},
		{`<row r="1"><c r="ZZZZ1"/></row>`, "damaged"},
		{`<c/>`, "a cell of row 0, column 1"},
		{`<row r="1"><c r="A1">`, "damaged"},
		{`<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>1</v></c><c r="XFD2"><v>2</v></c></row>`, `row 2: the cell B2 is beside the table: row 1 has no head that is known and looks like a title: remove it`},
		{`<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row><row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>1</v></c></row>`, `row 2: the cell B2 is beside the table: give its column a head in row 1, or empty it`},
		{`<row r="2"><c r="A2" t="inlineStr"><is><t>Price list</t></is></c></row><row r="3"><c r="A3" t="inlineStr"><is><t>id</t></is></c><c r="B3" t="inlineStr"><is><t>name</t></is></c></row>`, `row 3: the cell B3 is beside the table: row 2 has no head that is known and looks like a title: remove it`},
		{`<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="A2:B3"/></mergeCells><sheetData>`, `row 2: the cells A2:B3 are merged: unmerge them and write the value in each, or remove the row if it is a title`},
		{`<row r="1"><c r="A1"><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="A1:C1"/></mergeCells><sheetData>`, `row 1: the cells A1:C1 are merged`},
		{`<row r="4"><c r="A4"><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="A1:C3"/><mergeCell ref="C4:D4"/><mergeCell ref="A5:B9"/></mergeCells><sheetData>`, "4: number 1|\n"},
		{`</sheetData><mergeCells><mergeCell ref="A1:"/></mergeCells><sheetData>`, "damaged"},
	} {
		table, err := Parse(withSheet(t, test.sheet+"</sheetData>"), "")
		if err != nil {
			if !strings.Contains(err.Error(), test.want) || test.want == "" {
				t.Errorf("%s: %v, want %s", test.sheet, err, test.want)
			}
		} else if got := show(table.rows); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.sheet, got, test.want)
		}
	}
	// Elements may have a prefix.
	b := withPart(t, withSheet(t, ""), "xl/worksheets/sheet1.xml", `<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c></x:row></x:sheetData></x:worksheet>`)
	if table, err := Parse(b, ""); err != nil || show(table.rows) != "1: first|\n" {
		t.Error(table, err)
	}
}

// An apostrophe that Excel hides is not part of the text; one that follows is.
func TestQuotedTexts(t *testing.T) {
	table, err := Parse(book(t, func(f *excelize.File) {
		style, err := f.NewStyle(&excelize.Style{NumFmt: 49})
		must(t, err)
		yes := true
		f.Styles.CellXfs.Xf[style].QuotePrefix = &yes
		must(t, f.SetSheetRow("Prices", "A1", &[]any{"000123", "2,5 mg", "'s", "'s"}))
		must(t, f.SetCellStyle("Prices", "A1", "C1", style))
	}), "")
	must(t, err)
	var got []string
	for _, c := range table.rows[0].cells {
		got = append(got, parseCell(c))
	}
	if want := []string{"000123", "2,5 mg", "'s", "s"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSheetsOfAWorkbook(t *testing.T) {
	b := book(t, func(f *excelize.File) {
		for _, name := range []string{"Old", "Empty", "Notes"} {
			_, err := f.NewSheet(name)
			must(t, err)
			if name != "Empty" {
				must(t, f.SetCellValue(name, "B2", name))
			}
		}
		must(t, f.SetCellValue("Prices", "A1", "id"))
		f.SetActiveSheet(1)
		must(t, f.SetSheetVisible("Prices", false))
		must(t, f.AddChartSheet("Chart", &excelize.Chart{Type: excelize.Bar, Series: []excelize.ChartSeries{{Name: "Old!$B$2", Categories: "Old!$B$2", Values: "Old!$B$2"}}}))
	})
	for _, test := range []struct{ name, want string }{
		{"", `workbook, sheet "Old" (others: "Prices", "Notes")`},
		{"Old", `workbook, sheet "Old" (others: "Prices", "Notes")`},
		{"pRICES", `workbook, sheet "Prices" (others: "Old", "Notes")`},
		{"Empty", `workbook, sheet "Empty" (others: "Prices", "Old", "Notes")`},
		{"Chart", `the workbook has no sheet "Chart": name one of "Prices", "Old", "Empty", "Notes"`},
		{"X", `the workbook has no sheet "X": name one of "Prices", "Old", "Empty", "Notes"`},
	} {
		table, err := Parse(b, test.name)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = table.Source
		}
		if got != test.want {
			t.Errorf("%q: %s, want %s", test.name, got, test.want)
		}
	}
	// Nothing is imported from an empty sheet while another has the table.
	for _, empty := range []any{nil, " "} {
		_, err := Parse(book(t, func(f *excelize.File) {
			must(t, f.SetCellValue("Prices", "A1", empty))
			_, err := f.NewSheet("Table")
			must(t, err)
			must(t, f.SetCellValue("Table", "A1", "id"))
		}), "")
		if want := `the sheet "Prices", the first visible one, is empty: name another with --sheet: "Table"`; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	one := book(t, func(f *excelize.File) { must(t, f.SetCellValue("Prices", "A1", "id")) })
	if table, err := Parse(one, ""); err != nil || table.Source != `workbook, sheet "Prices"` || table.Guessed {
		t.Error(table, err)
	}
}

func TestFilesThatAreNoWorkbook(t *testing.T) {
	archive := func(names ...string) string {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, name := range names {
			_, err := w.Create(name)
			must(t, err)
		}
		must(t, w.Close())
		return b.String()
	}
	sound := string(book(t, func(f *excelize.File) { must(t, f.SetCellValue("Prices", "A1", "id")) }))
	const part = "xl/worksheets/sheet1.xml"
	at := strings.Index(sound, part) + len(part) + 20
	var bomb bytes.Buffer
	w := zip.NewWriter(&bomb)
	for _, name := range []string{"[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"} {
		part, err := w.CreateRaw(&zip.FileHeader{Name: name, UncompressedSize64: maxUnzipped / 2})
		must(t, err)
		_, err = part.Write(nil)
		must(t, err)
	}
	must(t, w.Close())
	for _, test := range []struct{ name, data, want string }{
		{"old", compoundFile + "Workbook", "the table is an old Excel workbook (.xls): save it as .xlsx, or as"},
		{"password", compoundFile + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", "the workbook has a password"},
		{"OpenDocument", archive("mimetype", "content.xml"), "compressed but no Excel workbook: save the table as .xlsx"},
		{"binary", archive("[Content_Types].xml", "xl/workbook.bin"), "compressed but no Excel workbook"},
		{"empty archive", archive(), "compressed but no Excel workbook"},
		{"empty parts", archive("[Content_Types].xml", "xl/workbook.xml"), "damaged"},
		{"half", sound[:len(sound)/2], "damaged"},
		{"begin", "PK\x03\x04", "damaged"},
		{"a byte changed", sound[:at] + string(sound[at]^1) + sound[at+1:], "damaged"},
		{"no sheet part", string(withPart(t, []byte(sound), "xl/worksheets/sheet1.xml", "")), "damaged"},
		{"no styles", string(withPart(t, []byte(sound), "xl/styles.xml", "<")), "damaged"},
		{"no relationships", string(withPart(t, []byte(sound), "xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>`)), "the workbook has no sheet of cells"},
		{"bomb", bomb.String(), "the workbook has more than 512 MB of content"},
	} {
		if table, err := Parse([]byte(test.data), ""); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %+v, %v, want %s", test.name, table, err, test.want)
		}
	}
}

// A sheet of few bytes does not become many cells.
func TestCellsOfASheetAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<row><c r="XFD1"><v>1</v></c></row>`)
	for range maxCells/excelize.MaxColumns + 1 {
		b.WriteString(`<row><c><v>1</v></c></row>`)
	}
	_, err := Parse(withSheet(t, b.String()+"</sheetData>"), "")
	if err == nil || !strings.Contains(err.Error(), "the sheet has more than 16000000 cells: divide it") {
		t.Error(err)
	}
}

// Files that LibreOffice Calc 7.4 saved: in the sheet Prices, sound cells of every
// kind, with a hidden and an empty row; in Faults, others.
func TestWorkbooksOfLibreOffice(t *testing.T) {
	const prices = `1: id| group| name| brand| strength| pack_amount| pack_unit| price| currency| class| expiry|
2: paracetamol-tablet-500mg-20| paracetamol| Paracetamol| Panadol| measured 500 mg| number 20| tablet| number 2.4 in EUR| EUR| general| day 2028-06-30|
3: ibuprofen-tablet-400mg-20| ibuprofen| Ibuprofen| BRAND 1| 400 mg| number 20| tablet| number 3.3| EUR| general| month 2028-06|
5: hydrocortisone-cream-1-15| hydrocortisone| Hydrocortisone| number 000123| percent 1| number 15| g| number 3| EUR| pharmacist| day 2028-06-30|
6: number 12345678| amoxicillin| Amoxicillin| coded 000-007| 500 mg| number 21| capsule| number 5.25| EUR| prescription| day 2028-06-30|
7: 1-2| amoxicillin| | | 250 mg| | | | | | month 2028-06|
`
	for _, name := range []string{"libreoffice.xlsx", "libreoffice-1904.xlsx"} {
		data := read(t, "testdata/"+name)
		table, err := Parse(data, "")
		must(t, err)
		if table.Source != `workbook, sheet "Prices" (others: "Notes", "Faults", "Merged")` {
			t.Errorf("%s: %s", name, table.Source)
		}
		if got := show(table.rows); got != prices {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, prices)
		}
		c, faults := table.Merge(new(catalogue.Catalogue), Options{})
		if c == nil || len(faults) > 0 {
			t.Fatalf("%s: %v", name, faults)
		}
		var got []string
		for _, g := range c.Groups {
			for _, v := range g.Variants {
				got = append(got, fmt.Sprintf("%s %s %q %q %v %s %s", g.ID, v.ID, v.Brand, v.Strength, v.Pack.Amount, price(&v), v.Expiry))
			}
		}
		want := []string{
			`paracetamol paracetamol-tablet-500mg-20 "Panadol" "500 mg" 20 2.40 2028-06-30`,
			`ibuprofen ibuprofen-tablet-400mg-20 "BRAND 1" "400 mg" 20 3.30 2028-06`,
			`hydrocortisone hydrocortisone-cream-1-15 "000123" "1 %" 15 3.00 2028-06-30`,
			`amoxicillin 12345678 "000-007" "500 mg" 21 5.25 2028-06-30`,
			`amoxicillin 1-2 "" "250 mg" 0  2028-06`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}

		table, err = Parse(data, "faults")
		must(t, err)
		_, faults = table.Merge(c, Options{})
		got = nil
		for _, f := range faults {
			place, _, _ := strings.Cut(f.String(), ": format")
			got = append(got, place)
		}
		want = []string{
			`row 2, brand: "TRUE": the spreadsheet took this cell for true or false`,
			`row 2, price: "#DIV/0!": the cell has no value that can be read: correct it, or format the column as text and write the cell again`,
			`row 2, expiry: "0.5, shown as a time or date": the cell has no value that can be read: correct it, or format the column as text and write the cell again`,
			`row 3, brand: "2028-06-30": the spreadsheet took this cell for a date`,
			`row 3, expiry: "2028-06-30, shown without its year or month": the cell has no value that can be read: correct it, or format the column as text and write the cell again`,
			`row 4, id: "1234567890123450": the spreadsheet keeps only 15 digits of a number`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if _, err := Parse(data, "Merged"); err == nil || !strings.Contains(err.Error(), `sheet "Merged": row 2: the cells B2:B3 are merged`) {
			t.Error(err)
		}
	}
}

// What a cell is does not depend on the column's notation: a number is a number,
// whatever separators its texts have.
func TestNumbersOfAWorkbookNeedNoNotation(t *testing.T) {
	b := book(t, func(f *excelize.File) {
		for i, line := range [][]any{{"id", "group", "name", "strength", "price"}, {"a", "g", "N", "2,5 mg", 1.125}, {"b", "g", "N", "3,5 mg", "2,40"}, {"c", "g", "N", 0.05, 1250}} {
			must(t, f.SetSheetRow("Prices", cellName(1, i+1), &line))
		}
		must(t, f.SetCellStyle("Prices", "D4", "D4", formatted(t, f, "0%")))
		must(t, f.SetCellValue("Prices", "D2", 1.125))
		must(t, f.SetCellStyle("Prices", "D2", "D2", formatted(t, f, `0.000" MG"`)))
	})
	table, err := Parse(b, "")
	must(t, err)
	c, faults := table.Merge(new(catalogue.Catalogue), Options{})
	if c == nil || len(faults) > 0 {
		t.Fatal(faults)
	}
	var got []string
	for _, v := range c.Groups[0].Variants {
		got = append(got, v.Strength+" "+price(&v))
	}
	if want := []string{"1.125 mg 1.125", "3.5 mg 2.40", "5 % 1250.00"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A number in the column of the expiry may be 2028.10 without its zero.
func TestNumbersAreNoDates(t *testing.T) {
	for _, value := range []any{2028.1, 46934, 202810} {
		table, err := Parse(book(t, func(f *excelize.File) {
			must(t, f.SetSheetRow("Prices", "A1", &[]any{"id", "group", "name", "expiry"}))
			must(t, f.SetSheetRow("Prices", "A2", &[]any{"a", "g", "N", value}))
		}), "")
		must(t, err)
		if c, faults := table.Merge(new(catalogue.Catalogue), Options{}); c != nil || !strings.Contains(fmt.Sprint(faults), "a number is no date") {
			t.Errorf("%v: %v", value, faults)
		}
	}
}

func TestWrittenWorkbook(t *testing.T) {
	c, _, err := catfile.Parse(data.Medicines)
	must(t, err)
	b, err := WriteWorkbook(c)
	must(t, err)
	f, err := excelize.OpenReader(bytes.NewReader(b))
	must(t, err)
	defer f.Close()
	name := f.GetSheetName(0)
	panes, err := f.GetPanes(name)
	must(t, err)
	if name != "Medicines" || f.SheetCount != 1 || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("%q, %d sheets, %+v", name, f.SheetCount, panes)
	}
	columns := columnsOf(c)
	rows := 0
	for range lines(c, columns) {
		rows++
	}
	row := 1 + len(c.Categories) + 1 // of the first variant
	for i, col := range columns {
		at := cellName(i+1, row)
		value, err := f.GetCellValue(name, at, excelize.Options{RawCellValue: true})
		must(t, err)
		kind, err := f.GetCellType(name, at)
		must(t, err)
		if numeric := col.field == fieldAmount || col.field.name == "price"; value != "" && numeric != (kind == excelize.CellTypeUnset || kind == excelize.CellTypeNumber) {
			t.Errorf("%s, %s: %q has the type %d", at, col, value, kind)
		}
		// The format of an empty cell below the table is that of its column.
		style, err := f.GetCellStyle(name, cellName(i+1, rows+1))
		must(t, err)
		format, err := f.GetStyle(style)
		must(t, err)
		if text := format.NumFmt == 49; text != (col.field.numbers != counts && col.field.numbers != prices) {
			t.Errorf("%s is formatted as %d, %v", col, format.NumFmt, format.CustomNumFmt)
		}
	}
}

func TestWorkbookCannotHoldEveryText(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{strings.Repeat("x", 32767), ""},
		{strings.Repeat("💊", 16384), "row 2, brand: the text has more than 32767 characters, which no cell of a workbook can hold"},
		{"a\x01", "row 2, brand: the control character U+0001"},
		{"a\uffff", "row 2, brand: a workbook cannot hold all characters of"},
		{"_x0041_ _x005F_ _x_ _x005F_x0041_", ""},
		{"_xD83D_", "row 2, brand: a workbook cannot hold all characters of"},
	} {
		c := &catalogue.Catalogue{Groups: []catalogue.Group{{ID: "g", Name: catalogue.PlainText("G"), Variants: []catalogue.Variant{{ID: "v", Brand: test.text}}}}}
		b, err := WriteWorkbook(c)
		if test.want != "" {
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%.20q: %v, want %s", test.text, err, test.want)
			}
			continue
		}
		must(t, err)
		read, faults := readTable(new(catalogue.Catalogue), b, Options{})
		if read == nil {
			t.Fatal(faults)
		}
		if got := read.Groups[0].Variants[0].Brand; got != test.text {
			t.Errorf("%.60q, want %.60q", got, test.text)
		}
	}
}

// Any bytes give a table or an error.
func FuzzParseWorkbook(f *testing.F) {
	f.Add(read(f, "testdata/libreoffice.xlsx"))
	f.Add(withSheet(f, `<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" s="1"><v>46905</v></c></row></sheetData>`))
	c, _, err := catfile.Parse([]byte(odd))
	must(f, err)
	b, err := WriteWorkbook(c)
	must(f, err)
	f.Add(b)
	f.Fuzz(func(t *testing.T, data []byte) {
		if !isZip(data) {
			return
		}
		if table, err := Parse(data, ""); err == nil {
			table.Merge(new(catalogue.Catalogue), Options{})
		}
	})
}

// FuzzParts fuzzes what checksums hide from [FuzzParseWorkbook].
func FuzzParts(f *testing.F) {
	b := withSheet(f, `<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" s="1"><v>46905</v></c></row></sheetData>`)
	names := []string{"_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/sharedStrings.xml", "[Content_Types].xml"}
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	must(f, err)
	for i, name := range names {
		part, err := r.Open(name)
		must(f, err)
		content, err := io.ReadAll(part)
		must(f, err)
		f.Add(uint8(i), string(content))
	}
	f.Fuzz(func(t *testing.T, part uint8, content string) {
		if table, err := Parse(withPart(t, b, names[int(part)%len(names)], content), ""); err == nil {
			table.Merge(new(catalogue.Catalogue), Options{})
		}
	})
}

// FuzzSheet fuzzes the cells alone, which is fast.
func FuzzSheet(f *testing.F) {
	f.Add(`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" s="1"><v>46905</v></c><c t="inlineStr"><is><t>x</t></is></c></row></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>`, "[$-fa-IR,96]yyyy/mm;0.0\" mg\"", 46905.0)
	f.Add(`<worksheet><sheetData><row><c t="d"><v>2028-06-30</v></c><c><f>1</f></c></row><row r="7"><c/></row></sheetData></worksheet>`, `#\ ##0.00E+00_);[>1]000-000"`, -1.5)
	f.Fuzz(func(t *testing.T, sheet, format string, v float64) {
		b := &workbook{shared: []cell{{text: "a"}, {text: "b", kind: raised}}, styles: []cellStyle{{}, {format: parseFormat(format)}}}
		width := -1
		if rows, err := b.rows([]byte(sheet)); err == nil {
			for _, r := range rows {
				if width < 0 {
					width = len(r.cells)
				}
				if len(r.cells) != width {
					t.Errorf("row %d has %d cells and the first %d", r.number, len(r.cells), width)
				}
			}
		}
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return
		}
		for _, system := range []bool{false, true} {
			if c := parseFormat(format).read(v, system); c.text == "" {
				t.Errorf("%v as %q is empty", v, format)
			}
		}
	})
}
