package sheet

import (
	"fmt"
	"strings"
	"testing"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

// cells returns a table with one column besides id, group and name.
func cells(head string, rows ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "id;group;name;%s\n", head)
	for i, cell := range rows {
		fmt.Fprintf(&b, "v%d;g;G;%s\n", i, cell)
	}
	return b.String()
}

// result returns the field of each variant of a table, or the messages of its
// errors.
func result(base *catalogue.Catalogue, table string, n catalogue.Notation, of func(*catalogue.Variant) string) string {
	c, faults := readTable(base, []byte(table), Options{Notation: n})
	var all []string
	if c == nil {
		for _, f := range faults {
			if f.Severity == catfile.Error {
				all = append(all, f.String())
			}
		}
		return strings.Join(all, "\n")
	}
	for i := range c.Groups[0].Variants {
		all = append(all, of(&c.Groups[0].Variants[i]))
	}
	return strings.Join(all, " | ")
}

// A number is read as the rest of its column has it, whichever row comes first.
func TestNumbersOfColumns(t *testing.T) {
	strength := func(v *catalogue.Variant) string { return v.Strength }
	pack := func(v *catalogue.Variant) string { return fmt.Sprint(v.Pack.Amount) }
	price := func(v *catalogue.Variant) string { return v.Price.Amount.String() }
	ambiguous := func(row int, head, cell, number, readings string) string {
		grouped, decimal, _ := strings.Cut(readings, " or ")
		return fmt.Sprintf("row %d, %s: %q: ambiguous number: %s may be %s: write %s or %s, or use --decimal=point or --decimal=comma", row, head, cell, number, readings, grouped, catalogue.Unambiguous(decimal))
	}
	contradicts := func(row int, head, cell, decimal string) string {
		return fmt.Sprintf("row %d, %s: %q: the number contradicts --decimal=%s: correct it", row, head, cell, decimal)
	}
	tests := []struct {
		currency, decimal string
		head              string
		cells             string // separated by bars
		of                func(*catalogue.Variant) string
		want              string
	}{
		// A round thousand before mg is not what three decimals look like.
		{"EUR", "", "strength", "1.000 mg|500 mg", strength, ambiguous(2, "strength", "1.000 mg", "1.000", "1000 or 1")},
		{"EUR", "", "strength", "1.000 mg|2.5 mg", strength, "1 mg | 2.5 mg"},
		{"EUR", "", "strength", "1.000 g/80 g + 1.491 g/80 g", strength, "1 g/80 g + 1.491 g/80 g"},
		{"EUR", "", "strength", "1,000 mg|500 mg", strength, "1,000 mg | 500 mg"},
		{"EUR", "point", "strength", "1.000 mg|500 mg", strength, "1 mg | 500 mg"},
		{"EUR", "comma", "strength", "1.000 mg|500 mg", strength, "1000 mg | 500 mg"},
		// Prices.
		{"EUR", "", "price", "1.250", price, ambiguous(2, "price", "1.250", "1.250", "1250 or 1.25")},
		{"EUR", "", "price", "1,250", price, ambiguous(2, "price", "1,250", "1,250", "1250 or 1.25")},
		{"EUR", "", "price", "۱.۲۵۰", price, ambiguous(2, "price", "۱.۲۵۰", "۱.۲۵۰", "1250 or 1.25")},
		{"EUR", "", "price", "1.250|2,40", price, "1250.00 | 2.40"},
		{"EUR", "", "price", "2.40|1.250", price, "2.40 | 1.25"},
		{"EUR", "", "price", "1.250|1.250,50", price, "1250.00 | 1250.50"},
		{"EUR", "", "price", "1,250|1.250,50", price, "1.25 | 1250.50"},
		{"EUR", "", "price", "1.250|1.000.000", price, "1250.00 | 1000000.00"},
		{"EUR", "", "price", "1.250|12 500|۲٫۵", price, ambiguous(2, "price", "1.250", "1.250", "1250 or 1.25")},
		{"EUR", "", "price", "1.250|2,40|2.40", price, ambiguous(2, "price", "1.250", "1.250", "1250 or 1.25")},
		{"EUR", "", "price", "2,40|2.40|0,125|0.125|1 250|1'250,5|۱٬۲۵۰٫۵", price, "2.40 | 2.40 | 0.125 | 0.125 | 1250.00 | 1250.50 | 1250.50"},
		{"KWD", "", "price", "1.250|0.500", price, "1.25 | 0.50"},
		{"KWD", "", "price", "1.250", price, "1.25"},
		{"IQD", "", "price", "1,250", price, "1.25"},
		{"KWD", "", "price", "1.250|1.250,500", price, "1250.00 | 1250.50"},
		{"KWD", "", "price", "1.250|1,250", price, ambiguous(2, "price", "1.250", "1.250", "1250 or 1.25") + "\n" + ambiguous(3, "price", "1,250", "1,250", "1250 or 1.25")},
		{"KWD", "", "price", "12.500|1,250", price, ambiguous(2, "price", "12.500", "12.500", "12500 or 12.5") + "\n" + ambiguous(3, "price", "1,250", "1,250", "1250 or 1.25")},
		{"KWD", "", "price", "1.250|2,40", price, ambiguous(2, "price", "1.250", "1.250", "1250 or 1.25")},
		{"", "", "price", "1.250", price, ambiguous(2, "price", "1.250", "1.250", "1250 or 1.25")},
		{"EUR", "point", "price", "1.250|1,250|2.40", price, "1.25 | 1250.00 | 2.40"},
		{"EUR", "comma", "price", "1.250|1,250|2,40", price, "1250.00 | 1.25 | 2.40"},
		{"EUR", "comma", "price", "1.250|2.40", price, contradicts(3, "price", "2.40", "comma")},
		{"EUR", "point", "price", "2,40|1.000.000", price, contradicts(2, "price", "2,40", "point") + "\n" + contradicts(3, "price", "1.000.000", "point")},
		{"KWD", "comma", "price", "1.250", price, "1250.00"},
		// Packs.
		{"EUR", "", "pack", "1.000", pack, ambiguous(2, "pack", "1.000", "1.000", "1000 or 1")},
		{"EUR", "", "pack", "1.000|2,5", pack, "1000 | 2.5"},
		{"EUR", "", "pack", "1.000|2.5", pack, "1 | 2.5"},
		{"KWD", "", "pack", "1.000", pack, ambiguous(2, "pack", "1.000", "1.000", "1000 or 1")},
		{"EUR", "comma", "pack", "1.000", pack, "1000"},
		{"EUR", "", "pack", "1000|۲۰|1 000", pack, "1000 | 20 | 1000"},
		// Strengths.
		{"EUR", "", "strength", "50.000 units", strength, ambiguous(2, "strength", "50.000 units", "50.000", "50000 or 50")},
		{"EUR", "", "strength", "400.000 IU", strength, ambiguous(2, "strength", "400.000 IU", "400.000", "400000 or 400")},
		{"EUR", "", "strength", "3.125 mg", strength, "3.125 mg"},
		{"EUR", "", "strength", "3,125 mg|0,25 mg", strength, "3.125 mg | 0.25 mg"},
		{"EUR", "", "strength", "3.125 mg|1.250,5 mg", strength, ambiguous(2, "strength", "3.125 mg", "3.125", "3125 or 3.125")},
		{"EUR", "", "strength", "3.125 mg|1.000.000 IU", strength, ambiguous(2, "strength", "3.125 mg", "3.125", "3125 or 3.125")},
		{"EUR", "", "strength", "3.1250 mg|1.000.000 IU", strength, "3.125 mg | 1000000 IU"},
		{"EUR", "comma", "strength", "3.125 mg|1.250,5 mg", strength, "3125 mg | 1250.5 mg"},
		{"EUR", "", "strength", "1.250 mg|1,250 mg", strength, ambiguous(2, "strength", "1.250 mg", "1.250", "1250 or 1.25") + "\n" + ambiguous(3, "strength", "1,250 mg", "1,250", "1250 or 1.25")},
		{"EUR", "", "strength", "3.125 mg|1.000.000 units|2.5 mg", strength, ambiguous(2, "strength", "3.125 mg", "3.125", "3125 or 3.125")},
		{"EUR", "", "strength", "1.000 mg|2,5 mg", strength, ambiguous(2, "strength", "1.000 mg", "1.000", "1000 or 1")},
		{"EUR", "", "strength", "50.000 units|2,5 mg", strength, "50000 units | 2.5 mg"},
		{"EUR", "", "strength", "50.000 units|2.5 mg", strength, "50 units | 2.5 mg"},
		{"EUR", "", "strength", "50.000 units/ml + 2,5 mg/ml", strength, "50000 units/ml + 2.5 mg/ml"},
		{"EUR", "comma", "strength", "50.000 units", strength, "50000 units"},
		{"EUR", "point", "strength", "50.000 units", strength, "50 units"},
		{"EUR", "comma", "strength", "2.5 mg", strength, contradicts(2, "strength", "2.5 mg", "comma")},
		{"EUR", "", "strength", "1,00 mg|5 mg / 6,935 mg|10 mg + 10 mg|۲٫۵ mg", strength, "1 mg | 5 mg / 6.935 mg | 10 mg + 10 mg | 2.5 mg"},
		{"EUR", "", "strength", "forte|2CH à 30CH|۲/۵ میلی\u200cگرم|2 x 2,5 mg", strength, "forte | 2CH à 30CH | ۲/۵ میلی\u200cگرم | 2 x 2,5 mg"},
		{"EUR", "", "strength", "1.000|3,124 spoons|2,5 mg", strength, "1.000 | 3.124 spoons | 2.5 mg"}, // a warning: see below
		{"EUR", "", "strength", "1.000 mg x 2|2.5 mg", strength, "1.000 mg x 2 | 2.5 mg"},
		{"EUR", "point", "strength", "1.000 mg x 2|2.5 mg", strength, "1 mg x 2 | 2.5 mg"},
		{"EUR", "", "strength", "５０．０００ ＩＵ", strength, ambiguous(2, "strength", "５０．０００ ＩＵ", "５０．０００", "50000 or 50")},
		{"EUR", "", "strength", "'50.000 units|'2,5 mg|1.5 mg", strength, "50.000 units | 2,5 mg | 1.5 mg"},
	}
	for _, test := range tests {
		var n catalogue.Notation
		if test.decimal != "" {
			n, _ = catalogue.ParseNotation(test.decimal)
		}
		base := &catalogue.Catalogue{Currency: test.currency}
		table := cells(test.head, strings.Split(test.cells, "|")...)
		if got := result(base, table, n, test.of); got != test.want {
			t.Errorf("%s %s %s --decimal=%s:\ngot  %s\nwant %s", test.currency, test.head, test.cells, test.decimal, got, test.want)
		}
	}

	// Each column is read by itself.
	table := "id;group;name;price;pack;unit;strength\n1;g;G;2,40;10;ml;1 mg\n2;g;G;1.250;2.5;ml;3.125 mg\n3;g;G;;1.250;ml;\n"
	all := func(v *catalogue.Variant) string { return price(v) + " " + pack(v) + " " + strength(v) }
	if got, want := result(new(catalogue.Catalogue), table, catalogue.Notation{}, all), "2.40 10 1 mg | 1250.00 2.5 3.125 mg | 0.00 1.25 "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// The currency may stand in the table, in any column and row.
	table = "price;id;group;name;currency\n1.250;1;g;G;\n2.000;2;g;G;kwd\n"
	if got, want := result(new(catalogue.Catalogue), table, catalogue.Notation{}, price), "1.25 | 2.00"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// An ambiguous number in a strength that is not read as a whole is named, and
	// closes the sale.
	unread, warned := readTable(new(catalogue.Catalogue), []byte(cells("strength", "1.000 mg x 2")), Options{})
	if len(warned) != 1 || warned[0].Severity != catfile.Warning || !strings.HasPrefix(warned[0].String(), `row 2, strength: "1.000 mg x 2": ambiguous number: 1.000 may be 1000 or 1: `) {
		t.Errorf("%v", warned)
	} else if v := unread.Groups[0].Variants[0]; v.Strength != "1.000 mg x 2" {
		t.Errorf("the strength is %q", v.Strength)
	} else if _, reason := v.Orderable(0); reason != catalogue.ReasonStrength && v.Class.Orderable() {
		t.Errorf("the reason is %q", reason)
	}
	// A price of 0 is unknown.
	c, faults := readTable(new(catalogue.Catalogue), []byte(cells("price", "0,00")), Options{})
	if len(faults) != 1 || faults[0].String() != "row 2, price: the price is 0 and counts as unknown: write it, or leave the cell empty" || c == nil || c.Groups[0].Variants[0].Price.Known {
		t.Errorf("%v", faults)
	}
}

// No number that Write writes is ambiguous, whatever its column's other rows
// are, and each is read back.
func TestWrittenNumbersAreUnambiguous(t *testing.T) {
	for _, test := range []struct{ currency, variant, want string }{
		{"EUR", `"price": "1.125"`, "1.1250"},
		{"KWD", `"price": "1.250"`, "1.25"},
		{"KWD", `"price": "1.125"`, "1.1250"},
		{"EUR", `"price": "0.125"`, "0.125"},
		{"EUR", `"price": "1234.567"`, "1234.567"},
		{"EUR", `"price": "1000"`, "1000.00"},
		{"EUR", `"pack": {"amount": 1000, "unit": "ml"}`, "1000"},
		{"EUR", `"pack": {"amount": 2.125, "unit": "ml"}`, "2.1250"},
		{"EUR", `"strength": "50.125 units"`, "50.1250 units"},
		{"EUR", `"strength": "50 units"`, "50 units"},
		{"EUR", `"strength": "3.125 mg"`, "3.1250 mg"},
		{"EUR", `"strength": "3.125 mg/1.125 ml"`, "3.1250 mg/1.1250 ml"},
		{"EUR", `"strength": "10.125 %"`, "10.1250 %"},
		{"EUR", `"strength": "1.000 mg x 2"`, "'1.000 mg x 2"},
		{"EUR", `"strength": "2.5 mg x 2"`, "2.5 mg x 2"},
		{"EUR", `"strength": "1.000"`, "'1.000"},
		{"EUR", `"strength": "10 mg + 10 mg"`, "10 mg + 10 mg"},
		{"EUR", `"strength": "50.000 units"`, "'50.000 units"},
		{"EUR", `"strength": "2,5 mg"`, "'2,5 mg"},
		{"EUR", `"strength": "1.50 mg"`, "'1.50 mg"},
		{"EUR", `"strength": "۵۰۰ mg"`, "'۵۰۰ mg"},
		{"EUR", `"strength": "3,124 spoons"`, "'3,124 spoons"},
		{"EUR", `"strength": "forte"`, "forte"},
	} {
		c, _, err := catfile.Parse([]byte(fmt.Sprintf(`{"currency": %q, "groups": [{"id": "g", "name": "G", "variants": [{"id": "v", %s}]}]}`, test.currency, test.variant)))
		if err != nil {
			t.Fatal(err)
		}
		want := string(catfile.Marshal(c, ""))
		table := string(Write(c, '\t'))
		if !strings.Contains(strings.ReplaceAll(table, `"`, ""), "\t"+test.want+"\t") {
			t.Errorf("%s is not written as %q:\n%s", test.variant, test.want, table)
		}
		// Other rows with decimal points or commas, or grouped by either.
		columns := strings.Count(strings.SplitN(table, "\r\n", 2)[0], "\t")
		heads := strings.Split(strings.TrimPrefix(strings.SplitN(table, "\r\n", 2)[0], byteOrderMark), "\t")
		for _, other := range []string{"", "12.5", "2,5", "1,000,000", "1,250.5", "1.000.000", "1.250,5"} {
			row := make([]string, columns+1)
			for i, head := range heads {
				switch head {
				case "id":
					row[i] = "other"
				case "group":
					row[i] = "g"
				case "price", "pack_amount":
					row[i] = other
				case "strength":
					if row[i] = other; other != "" {
						row[i] += " mg"
					}
				}
			}
			read, faults := readTable(new(catalogue.Catalogue), []byte(table+strings.Join(row, "\t")+"\r\n"), Options{})
			if read == nil {
				t.Errorf("%s beside %q: %v", test.variant, other, faults)
				continue
			}
			read.Groups[0].Variants = read.Groups[0].Variants[:1]
			if got := string(catfile.Marshal(read, "")); got != want {
				t.Errorf("beside %q:\ngot  %s\nwant %s", other, got, want)
			}
		}
		n, _ := catalogue.ParseNotation("point")
		if read, faults := readTable(new(catalogue.Catalogue), []byte(table), Options{Notation: n}); read == nil {
			t.Errorf("%s with --decimal=point: %v", test.variant, faults)
		}
	}
}
