package sheet

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
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

// withStrengthUnits returns the rows with the units of strengths, which may have a
// column of their own, after their numbers.
func (m *merge) withStrengthUnits(rows []row) []row {
	at, unit := slices.Index(m.columns, column{field: fieldStrength}), m.strengthUnit-1
	if unit < 0 && m.headUnit == "" {
		return rows
	}
	m.row = rows[0]
	if at < 0 {
		m.fault(catfile.Warning, -1, "the column %q is ignored: no column has the strengths", m.heads[unit])
		return rows
	}
	joined := slices.Clone(rows)
	for i, r := range joined[1:] {
		if len(r.cells) <= max(at, unit) {
			continue
		}
		text := m.headUnit
		if unit >= 0 {
			text = parseCell(r.cells[unit])
		}
		of := r.cells[at]
		digits, rest := catalogue.CutNumber(parseCell(of))
		switch {
		case text == "" || parseCell(of) == "":
		case digits != "" && rest == "":
			of.text += " " + text
			if of.kind == number {
				of.kind = measured
			}
			r.cells = slices.Clone(r.cells)
			r.cells[at] = of
			joined[i+1] = r
		case foldText(strings.TrimSpace(rest)) != foldText(text) && (catalogue.UnitSpelling(rest) == "" || catalogue.UnitSpelling(rest) != catalogue.UnitSpelling(text) || strings.ContainsAny(rest+text, "/+")):
			m.row = r
			m.repeat("strength unit", at, "the strength %q does not fit the unit %q of its column: write each strength with its units in one cell", parseCell(of), text)
		}
	}
	return joined
}

// checkUnit warns about a strength that is a number without a unit.
func (m *merge) checkUnit(strength string, at int) {
	if number, rest := catalogue.CutNumber(strength); number != "" && rest == "" {
		m.warnOnce("strength", at, "the strength %q has no unit: write it as in \"500 mg\", or the unit in a column strength_unit", strength)
	}
}

// term returns the value of a field that a cell names, in any language, or the
// text of the cell after a fault.
func (m *merge) term(f *field, text string, at int) string {
	if f.isPlain() && noValue[strings.ToLower(text)] {
		m.warnOnce("no value "+f.name+text, at, "%q is kept as the %s: if it means that there is none, leave the cell empty", text, f.name)
	}
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
	if u := catalogue.UnitSpelling(text); f == fieldUnit && slices.Contains([]string{"mg", "micrograms", "million units", "mmol", "%"}, u) {
		m.repeat("unit "+text, at, "the unit %q is one of strengths, not of packs: name the column strength_unit", text)
		return ""
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

// noValue are texts that programs and people write where there is no value.
var noValue = map[string]bool{"-": true, "--": true, "–": true, "—": true, "n/a": true, "na": true, "nan": true, "null": true, "none": true, "#n/a": true}

// parseATC returns a code in capital letters, if it is one.
func parseATC(s string) string {
	if code := strings.ToUpper(strings.ReplaceAll(s, " ", "")); catalogue.IsATC(code) {
		return code
	}
	return s
}
