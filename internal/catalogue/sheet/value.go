package sheet

import (
	"fmt"
	"regexp"
	"strings"

	"pharmacy/internal/catalogue"
)

// checkID is like [catalogue.CheckID] and knows what spreadsheets do to a long
// number.
func checkID(id string) error {
	if shortened.MatchString(id) {
		return fmt.Errorf("a spreadsheet shortened the id to %q: format the column as text and write the id again", id)
	}
	return catalogue.CheckID(id)
}

var shortened = regexp.MustCompile(`^[0-9]([.,][0-9]+)?[Ee]\+[0-9]+$`)

// term returns the value of a field that a cell names, in any language, or the
// text of the cell after a fault.
func (m *merge) term(f *field, text string, at int) string {
	var terms *catalogue.Terms
	what, advice := f.name, ""
	switch f {
	case fieldOwnATC:
		return parseATC(text)
	case fieldForm:
		terms, advice = m.options.Forms, "write one such as \"tablet\" or \"oral-solution\""
	case fieldUnit:
		what, terms, advice = "unit", m.options.Units, "write a singular word such as \"tablet\", or \"ml\" or \"g\""
	case fieldClass:
		terms = catalogue.Classes
	}
	if terms == nil || text == "" {
		return text
	}
	find := terms.Find
	if f == fieldClass {
		find = terms.FindAs // a denial must not lose its place
	}
	if id, ok := find(text); ok {
		return id
	}
	kind := fmt.Sprintf("%s %q", what, text)
	if f == fieldClass {
		_, err := catalogue.ParseClass(text)
		m.repeat(kind, at, "%v", err)
		return ""
	}
	if m.repeated[kind] == nil {
		advice = terms.Advice(text, advice)
	}
	m.warnOnce(kind, at, "unknown %s %q: it is kept, and shown as it is: %s", what, text, advice)
	return text
}

// parseATC returns a code in capital letters, if it is one.
func parseATC(s string) string {
	if code := strings.ToUpper(strings.ReplaceAll(s, " ", "")); catalogue.IsATC(code) {
		return code
	}
	return s
}
