package sheet

import (
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pharmacy/internal/catalogue"
)

// byteOrderMark makes spreadsheet programs read a file as UTF-8.
const byteOrderMark = "\xef\xbb\xbf"

// appendCell appends one cell of RFC 4180 text.
//
// Spreadsheet programs treat a cell that begins with = + - or @, or their
// full-width forms, as a formula, and trim white space. To protect such a
// cell, appendCell puts an apostrophe before it, the spreadsheet convention
// for plain text, and likewise before one that begins with an apostrophe or is
// to be read verbatim. [parseCell] removes it.
func appendCell(b []byte, text string, separator byte, verbatim bool) []byte {
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	guard := text != "" && (verbatim || strings.ContainsRune("=+-@'＝＋－＠", first) || unicode.IsSpace(first) || unicode.IsSpace(last) || checkLetters(text) != nil)
	if !guard && !strings.ContainsAny(text, "\"\r\n,;\t") && strings.IndexByte(text, separator) < 0 {
		return append(b, text...)
	}
	b = append(b, '"')
	if guard {
		b = append(b, '\'')
	}
	for i := range len(text) {
		if text[i] == '"' {
			b = append(b, '"')
		}
		b = append(b, text[i])
	}
	return append(b, '"')
}

// Write returns a catalogue as a table: RFC 4180 text in UTF-8 with a byte order
// mark, which spreadsheet programs need. The separator is a comma, a semicolon
// or a tab. [Table.Merge], with no base, returns an equal catalogue, except for its Updated
// time, unless a text has control characters.
//
// The categories come first, one row each, and then the variants. A list, such
// as the synonyms, is one cell with " | " between its items. No number in the
// table is ambiguous: 1.125 is written as 1.1250.
func Write(c *catalogue.Catalogue, separator byte) []byte {
	columns := columnsOf(c)
	b := []byte(byteOrderMark)
	for texts := range lines(c, columns) {
		for i, text := range texts {
			if i > 0 {
				b = append(b, separator)
			}
			verbatim := false
			if of := columns[i].field.numbers; of != noNumbers {
				text, verbatim = of.unambiguous(text)
			}
			b = appendCell(b, text, separator, verbatim)
		}
		b = append(b, "\r\n"...)
	}
	return b
}

// lines yields the rows of a table of c, that of the column heads first: texts,
// with numbers in plain decimal notation.
func lines(c *catalogue.Catalogue, columns []column) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		texts := make([]string, len(columns))
		line := func(cell func(column) string) bool {
			for i, col := range columns {
				texts[i] = cell(col)
			}
			return yield(texts)
		}
		if !line(column.String) {
			return
		}
		for i := range c.Categories {
			if !line(func(col column) string {
				switch col.field {
				case fieldCategory:
					return c.Categories[i].ID
				case fieldCurrency:
					return c.Currency
				}
				return col.field.category.cell(&c.Categories[i], col.lang)
			}) {
				return
			}
		}
		for i := range c.Groups {
			g := &c.Groups[i]
			lineOf := func(v *catalogue.Variant) bool {
				return line(func(col column) string {
					switch col.field.owner() {
					case ofCatalogue:
						return c.Currency
					case ofGroup:
						if col.field == fieldATC && v != nil {
							return g.ATCOf(v)
						}
						return col.field.group.cell(g, col.lang)
					case ofVariant:
						if v != nil {
							return col.field.variant.cell(v, col.lang)
						}
					}
					return ""
				})
			}
			for j := range g.Variants {
				if !lineOf(&g.Variants[j]) {
					return
				}
			}
			// Also where no row of a variant has the group's code.
			if (len(g.Variants) == 0 || g.ATC != "" && !slices.ContainsFunc(g.Variants, func(v catalogue.Variant) bool { return v.ATC == "" })) && !lineOf(nil) {
				return
			}
		}
		if len(c.Categories) == 0 && len(c.Groups) == 0 && c.Currency != "" {
			line(func(col column) string {
				if col.field == fieldCurrency {
					return c.Currency
				}
				return ""
			})
		}
	}
}

// textCell returns the translation of a text into lang, without fallback.
func textCell(t catalogue.Text, lang string) string {
	for l, text := range t.All() {
		if l == lang {
			return text
		}
	}
	return ""
}

// joinList encodes a list as one cell with a bar between items. Bars and
// backslashes in an item, and white space at its ends, are escaped with a
// backslash.
func joinList(items []string) string {
	var b strings.Builder
	for i, item := range items {
		if i > 0 {
			b.WriteString(" | ")
		}
		runes := []rune(item)
		for j, r := range runes {
			if r == '|' || r == '\\' || unicode.IsSpace(r) && (j == 0 || j == len(runes)-1) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// splitList decodes a cell written by joinList.
func splitList(cell string) []string {
	var items []string
	var item []rune
	kept := 0 // length of the prefix of item that must not be trimmed
	end := func() {
		text := string(item[:kept]) + strings.TrimRightFunc(string(item[kept:]), unicode.IsSpace)
		if text != "" {
			items = append(items, text)
		}
		item, kept = item[:0], 0
	}
	escaped := false
	for _, r := range cell {
		switch {
		case escaped:
			item = append(item, r)
			kept, escaped = len(item), false
		case r == '\\':
			escaped = true
		case r == '|':
			end()
		case len(item) == 0 && unicode.IsSpace(r):
		default:
			item = append(item, r)
		}
	}
	if escaped {
		item = append(item, '\\')
		kept = len(item)
	}
	end()
	return items
}
