package sheet

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"pharmacy/internal/catalogue"
)

// column is a field and, for a text field, a language; "" is the text that is
// the same in all languages.
type column struct {
	field *field
	lang  string
}

func (c column) String() string {
	if c.lang == "" {
		return c.field.name
	}
	return c.field.name + "_" + c.lang
}

// languageWords are the names of languages in headers, besides their codes.
var languageWords = map[string]string{
	"en": "english, انگلیسی, ingilizce, إنجليزي, الإنجليزية",
	"fa": "persian, farsi, فارسی, farsça, فارسي, الفارسية",
	"tr": "turkish, ترکی, türkçe, تركي, التركية",
	"ar": "arabic, عربی, arapça, عربي, العربية",
}

// headers maps a folded column head to its column.
var headers = func() map[string]column {
	all := map[string]column{}
	for _, f := range fields {
		for word := range strings.SplitSeq(f.name+","+f.words, ",") {
			word = catalogue.FoldName(word)
			all[word] = column{field: f}
			if !f.isText() {
				continue
			}
			for lang, words := range languageWords {
				for name := range strings.SplitSeq(lang+","+words, ",") {
					all[word+catalogue.FoldName(name)] = column{f, lang}
				}
			}
		}
	}
	return all
}()

var otherLanguage = regexp.MustCompile(`^(.*?)[\s_(\[-]+([A-Za-z]{2,3})[)\]]?$`)

func parseHeader(s string) (column, bool) {
	if c, known := headers[catalogue.FoldName(s)]; known {
		return c, true
	}
	if m := otherLanguage.FindStringSubmatch(strings.TrimSpace(s)); m != nil {
		c, known := headers[catalogue.FoldName(m[1])]
		if known && c.lang == "" && c.field.isText() {
			return column{c.field, strings.ToLower(m[2])}, true
		}
	}
	return column{}, false
}

// check returns an error if a cell cannot be in the column.
func (c column) check(of cell) error {
	if err := catalogue.CheckControls(of.text); err != nil || c.field == nil {
		return err
	}
	switch of.kind {
	case broken:
		return errors.New("the spreadsheet could not calculate this cell: correct it")
	case logical:
		return errors.New("the spreadsheet took this cell for true or false: format the column as text and write the cell again")
	case day, month:
		if c.field.name != "expiry" {
			return errors.New("the spreadsheet took this cell for a date: format the column as text and write the cell again")
		}
	case percent:
		if c.field.numbers != strengths {
			return errors.New("a percentage cannot be here: write a number")
		}
	case number:
		if digits := strings.TrimLeft(of.text, "-0"); c.field.isKey() && len(digits) > spreadsheetDigits {
			return fmt.Errorf("the spreadsheet keeps only %d digits of a number: format the column as text and write the id again", spreadsheetDigits)
		}
	}
	return nil
}

// spreadsheetDigits is how many significant digits of a number spreadsheet
// programs keep.
const spreadsheetDigits = 15

// columnsOf returns the columns for a catalogue. Text fields have a column for
// every language of the site, even if it is empty, so that it can be filled
// in.
func columnsOf(c *catalogue.Catalogue) []column {
	used := map[column]bool{}
	note := func(f *field, t catalogue.Text) {
		for lang := range t.All() {
			used[column{f, lang}] = true
		}
	}
	for _, f := range fields {
		switch {
		case f.category.text != nil:
			for i := range c.Categories {
				note(f, *f.category.text(&c.Categories[i]))
			}
		case f.group.text != nil:
			for i := range c.Groups {
				note(f, *f.group.text(&c.Groups[i]))
			}
		case f.variant.text != nil:
			for i := range c.Groups {
				for j := range c.Groups[i].Variants {
					note(f, *f.variant.text(&c.Groups[i].Variants[j]))
				}
			}
		}
	}
	var columns []column
	for _, f := range fields {
		if !f.isText() {
			columns = append(columns, column{field: f})
			continue
		}
		of := []column{}
		for _, lang := range catalogue.Languages {
			of = append(of, column{f, lang})
		}
		for col := range used {
			if col.field == f && !slices.Contains(of, col) {
				of = append(of, col)
			}
		}
		slices.SortFunc(of, func(a, b column) int { return catalogue.CompareLanguages(a.lang, b.lang) })
		columns = append(columns, of...)
	}
	return columns
}
