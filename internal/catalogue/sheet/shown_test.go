package sheet

import (
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

// cellOf returns what the import makes of one formatted cell beside an id, a
// group and a name: the variant, or the errors.
func cellOf(t *testing.T, base *catalogue.Catalogue, head, format string, value any) string {
	t.Helper()
	b := book(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Prices", "A1", &[]any{"id", "group", "name", head}))
		must(t, f.SetSheetRow("Prices", "A2", &[]any{"a", "g", "N", value}))
		if head == "id" {
			must(t, f.SetCellValue("Prices", "A1", nil))
			must(t, f.SetCellValue("Prices", "A2", nil))
		}
		must(t, f.SetCellStyle("Prices", "D2", "D2", formatted(t, f, format)))
	})
	table, err := Parse(b, "")
	if err != nil {
		return err.Error()
	}
	c, faults := table.Merge(base, Options{})
	if c == nil {
		var all []string
		for _, f := range faults {
			if f.Severity == catfile.Error {
				all = append(all, f.String())
			}
		}
		return strings.Join(all, "; ")
	}
	v := c.Groups[0].Variants[0]
	return strings.TrimSpace(fmt.Sprintf("%s %s %v %s", v.ID, v.Strength, v.Pack.Amount, price(&v)))
}

// What a number's format shows besides the number counts, or is an error.
func TestWhatFormatsShow(t *testing.T) {
	const otherwise, adds = "shown in another way", "adds text to the number"
	for _, test := range []struct {
		currency, head, format string
		value                  any
		want                   string
	}{
		{"", "strength", `0"."000" mg"`, 1250, otherwise},
		{"", "strength", `#\.##0" mg"`, 1250, otherwise},
		{"", "strength", `#"."000" IU"`, 400000, otherwise},
		{"", "strength", `#\.###\.##0" units"`, 1250000, otherwise},
		{"", "strength", `0","0" mg"`, 1250, otherwise},
		{"", "strength", `#\ ##0" mg"`, 1250, "a 1250 mg 0"},
		{"", "strength", `#,##0.0" mg"`, 1250.5, "a 1250.5 mg 0"},
		{"", "strength", `0" mg/5 ml"`, 125, "a 125 mg/5 ml 0"},
		{"", "strength", `0[$ mg]`, 500, "a 500 mg 0"},
		{"", "strength", `0\ [$mg-409]`, 500, "a 500 mg 0"},
		{"", "strength", `0 "GEL"`, 10, "shows a currency, which cannot be here"},
		{"", "strength", `0"/5"`, 10, "a 10/5 0"},
		{"", "strength", `"1 "0" mg"`, 5, adds},
		{"", "strength", `@" mg"`, "500", otherwise},
		{"", "pack", `0" × 10"`, 2, adds},
		{"", "pack", `"2*"0`, 5, adds},
		{"", "pack", `0" / 10"`, 20, adds},
		{"", "pack", `0" + 1"`, 20, adds},
		{"", "pack", `0"0"`, 3, adds},
		{"", "pack", `"1"0`, 3, adds},
		{"", "pack", `0 "tablets"`, 20, `it shows "20 tablets": write only the number`},
		{"", "pack", `0.00 "€"`, 20, "shows a currency, which cannot be here"},
		{"EUR", "price", `€0.00`, 2.4, "a  0 2.40"},
		{"EUR", "price", `[$EUR]\ 0.00`, 2.4, "a  0 2.40"},
		{"EUR", "price", `₺0.00`, 2.4, "shows TRY but other prices are in EUR"},
		{"EUR", "price", `$0.00`, 2.4, "shows one of USD"},
		{"EUR", "price", `0.00" GBP"`, 2.4, "shows GBP but other prices are in EUR"},
		{"CAD", "price", `$0.00`, 2.4, "a  0 2.40"},
		{"IRR", "price", `#,##0\ "ريال"`, 25000, "a  0 25000.00"},
		{"IRR", "price", `#,##0 "تومان"`, 2500, "shown in tomans"},
		{"", "price", `#,##0 "تومان"`, 2500, "shown in tomans"},
		{"EUR", "price", `0"¢"`, 240, adds},
		{"", "price", `€0.0"K"`, 2.4, adds},
		{"", "price", `€0.00" / 10"`, 2.4, adds},
		{"", "price", `#,##0,`, 12000, otherwise},
		{"", "price", `₺0.00`, 2.4, "a  0 2.40"},
		{"", "id", `0000-0000-0000-0000`, 1234567890123456.0, "keeps only 15 digits"},
		{"", "id", `"IR"0`, 1234567890123456.0, "keeps only 15 digits"},
		{"", "id", `0`, 1234567890123456.0, "keeps only 15 digits"},
		{"", "id", `0`, -123, "a number with a sign or decimals is no id"},
		{"", "id", `0.0`, 1.1, "a number with a sign or decimals is no id"},
		{"", "id", `"MAR-"000`, 7, "MAR-007  0"},
		{"", "id", `000-000`, 7, "000-007  0"},
	} {
		got := cellOf(t, &catalogue.Catalogue{Currency: test.currency}, test.head, test.format, test.value)
		if ok := strings.HasSuffix(test.want, "0") || strings.HasPrefix(test.want, "a  "); got != test.want && (ok || !strings.Contains(got, test.want)) {
			t.Errorf("%v as %s in %s, %s: %s, want %s", test.value, test.format, test.head, test.currency, got, test.want)
		}
	}
}

// The prices of a table are in one currency, whether the catalogue, a column or
// only the formats say which. Formats do not set the catalogue's.
func TestCurrenciesOfFormats(t *testing.T) {
	for _, test := range []struct {
		catalogue, column string
		formats           []string
		want              string
	}{
		{"", "", []string{"€0.00", `0.00" EUR"`, "0.00"}, ""},
		{"", "", []string{"$0.00", `0.00" CAD"`, "$0"}, ""},
		{"", "", []string{"€0.00", "0.00", `0.00\ "TL"`}, "row 4, price: \"2.5\": the format of the cell shows TRY but that of row 2 EUR: use one currency"},
		{"", "", []string{"$0.00", `0.00" CAD"`, `0.00" USD"`}, "row 4, price: \"2.5\": the format of the cell shows USD but that of row 3 CAD: use one currency"},
		{"", "TRY", []string{"₺0.00", "€0.00"}, "row 3, price: \"2.5\": the format of the cell shows EUR but other prices are in TRY: use one currency"},
		{"EUR", "", []string{"₺0.00"}, "row 2, price: \"2.5\": the format of the cell shows TRY but other prices are in EUR: use one currency"},
	} {
		table, err := Parse(book(t, func(f *excelize.File) {
			must(t, f.SetSheetRow("Prices", "A1", &[]any{"id", "group", "name", "price", "currency", "brand"}))
			for i, format := range test.formats {
				must(t, f.SetSheetRow("Prices", cellName(1, i+2), &[]any{fmt.Sprint("v", i), "g", "N", 2.5, test.column, fmt.Sprint(i)}))
				must(t, f.SetCellStyle("Prices", cellName(4, i+2), cellName(4, i+2), formatted(t, f, format)))
			}
		}), "")
		must(t, err)
		c, faults := table.Merge(&catalogue.Catalogue{Currency: test.catalogue}, Options{})
		var got string
		if len(faults) > 0 {
			got = faults[0].String()
		}
		if got != test.want || c != nil && c.Currency != test.catalogue {
			t.Errorf("%q: %v, want %s", test.formats, faults, test.want)
		}
	}
}

// A text that means something else without the style of its characters is not
// read without it. What is not read may have any style.
func TestStylesThatChangeATextsMeaning(t *testing.T) {
	const lost, out = "superscript or subscript", "struck through"
	font := func(f excelize.Font) *excelize.Font { return &f }
	plain, super, sub, strike, bold := (*excelize.Font)(nil), font(excelize.Font{VertAlign: "superscript"}), font(excelize.Font{VertAlign: "subscript"}), font(excelize.Font{Strike: true}), font(excelize.Font{Bold: true, VertAlign: "baseline"})
	run := func(f *excelize.Font, text string) excelize.RichTextRun {
		return excelize.RichTextRun{Font: f, Text: text}
	}
	for _, test := range []struct {
		head  string
		runs  []excelize.RichTextRun
		whole *excelize.Font // of the cell
		value any            // without runs
		want  string
	}{
		{"strength", []excelize.RichTextRun{run(plain, "10"), run(super, "9"), run(plain, " units")}, nil, nil, `row 2, strength: "109 units": a part of the text is ` + lost},
		{"strength", []excelize.RichTextRun{run(plain, "10"), run(sub, "9")}, nil, nil, lost},
		{"strength", []excelize.RichTextRun{run(plain, "10"), run(super, " "), run(bold, "mg")}, nil, nil, ""},
		{"class", []excelize.RichTextRun{run(strike, "OTC"), run(plain, " Rx")}, nil, nil, out},
		{"class", []excelize.RichTextRun{run(strike, "OTC")}, nil, nil, out},
		{"class", nil, strike, "OTC", out},
		{"price", nil, strike, 2.5, out},
		{"class", nil, bold, "OTC", ""},
		{"remark", nil, strike, "old", ""},
		{"remark", []excelize.RichTextRun{run(plain, "10"), run(super, "9")}, nil, nil, ""},
	} {
		table, err := Parse(book(t, func(f *excelize.File) {
			must(t, f.SetSheetRow("Prices", "A1", &[]any{"id", "group", "name", test.head}))
			must(t, f.SetSheetRow("Prices", "A2", &[]any{"a", "g", "N", test.value}))
			if test.runs != nil {
				must(t, f.SetCellRichText("Prices", "D2", test.runs))
			}
			if test.whole != nil {
				style, err := f.NewStyle(&excelize.Style{Font: test.whole})
				must(t, err)
				must(t, f.SetCellStyle("Prices", "D2", "D2", style))
			}
			// The head is found in any style.
			must(t, f.SetCellRichText("Prices", "C1", []excelize.RichTextRun{run(super, "na"), run(plain, "me")}))
		}), "")
		must(t, err)
		c, faults := table.Merge(new(catalogue.Catalogue), Options{})
		if got := fmt.Sprint(faults); (c != nil) != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s %v %v: %s, want %s", test.head, test.runs, test.value, got, test.want)
		}
	}
}
