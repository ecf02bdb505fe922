// Package sheet writes the catalogue as a spreadsheet and reads it back.
package sheet

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

// A table has one row per variant, which repeats the fields of its group. A row
// without a variant id holds a group without variants or, without a group id,
// a category.

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

// Write returns a catalogue as a table: RFC 4180 text in UTF-8 with a byte order
// mark, which spreadsheet programs need. The separator is a comma, a semicolon
// or a tab. [Read], with no base, returns an equal catalogue, except for its Updated
// time, unless a text has control characters.
//
// The categories come first, one row each, and then the variants. A list, such
// as the synonyms, is one cell with " | " between its items. No number in the
// table is ambiguous: 1.125 is written as 1.1250.
func Write(c *catalogue.Catalogue, separator byte) []byte {
	columns := columnsOf(c)
	b := []byte(byteOrderMark)
	line := func(cell func(column) string) {
		for i, col := range columns {
			if i > 0 {
				b = append(b, separator)
			}
			text := cell(col)
			verbatim := false
			if col.field.numbers != noNumbers {
				text, verbatim = col.field.numbers.unambiguous(text)
			}
			b = appendCell(b, text, separator, verbatim)
		}
		b = append(b, "\r\n"...)
	}
	line(column.String)
	for i := range c.Categories {
		line(func(col column) string {
			switch col.field {
			case fieldCategory:
				return c.Categories[i].ID
			case fieldCurrency:
				return c.Currency
			}
			return col.field.category.cell(&c.Categories[i], col.lang)
		})
	}
	for i := range c.Groups {
		g := &c.Groups[i]
		lineOf := func(v *catalogue.Variant) {
			line(func(col column) string {
				switch col.field.owner() {
				case ofCatalogue:
					return c.Currency
				case ofGroup:
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
			lineOf(&g.Variants[j])
		}
		if len(g.Variants) == 0 {
			lineOf(nil)
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
	return b
}

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

// Fault is one mistake in a table, with its place.
type Fault struct {
	Severity catfile.Severity
	Row      int    // number in the spreadsheet, from 1; 0 for the whole table
	Column   string // head of the column as written; "" for the whole row
	Message  string
}

// String formats the fault on one line.
func (f Fault) String() string {
	switch {
	case f.Row == 0:
		return f.Message
	case f.Column == "":
		return fmt.Sprintf("row %d: %s", f.Row, f.Message)
	}
	return fmt.Sprintf("row %d, %s: %s", f.Row, f.Column, f.Message)
}

// Read returns a copy of base with the changes and additions of a table. It
// returns a nil catalogue if any fault has severity Error.
//
// The first row names the columns, in any order. Rows refer to variants, groups
// and categories by id, and add those that do not exist. Fields without a
// column, and objects without a row, are unchanged. An empty cell of a variant
// field clears it, as for an unknown price; an empty cell of a group or
// category field has no effect, so that a variant can be added without
// repeating its group. A row with fewer cells than the first is a fault, since
// one that was cut short would clear fields.
//
// Numbers may be in the notation of any of the site's languages. If a number
// is ambiguous, as 1.250 is, the rest of its column decides, and otherwise it
// is a fault. The catalogue has them in plain decimal notation.
func Read(base *catalogue.Catalogue, data []byte) (*catalogue.Catalogue, []Fault) {
	return ReadNotation(base, data, catalogue.Notation{})
}

// ReadNotation is like Read, but all numbers of the table are in the given
// notation. A number that contradicts it is a fault.
func ReadNotation(base *catalogue.Catalogue, data []byte, n catalogue.Notation) (*catalogue.Catalogue, []Fault) {
	t := &table{c: clone(base), given: n, at: map[string]int{}, said: map[statement]said{}, rows: map[string]int{}}
	rows, err := readRows(data)
	if err != nil {
		t.faults = append(t.faults, Fault{Severity: catfile.Error, Message: err.Error()})
		return nil, t.faults
	}
	t.read(rows)
	if slices.ContainsFunc(t.faults, func(f Fault) bool { return f.Severity == catfile.Error }) {
		return nil, t.faults
	}
	return t.c, t.faults
}

// clone copies the parts of a catalogue that a table can change.
func clone(c *catalogue.Catalogue) *catalogue.Catalogue {
	n := *c
	n.Categories = slices.Clone(c.Categories)
	n.Groups = slices.Clone(c.Groups)
	for i := range n.Groups {
		n.Groups[i].Variants = slices.Clone(n.Groups[i].Variants)
	}
	return &n
}

// table is the state of Read.
type table struct {
	c       *catalogue.Catalogue
	columns []column // of each cell; the zero column is ignored
	heads   []string
	width   int   // the least number of cells of a row: up to the last head that is not empty
	order   []int // in which to set columns: texts for all languages come first
	faults  []Fault

	given         catalogue.Notation   // of all numbers
	notations     []catalogue.Notation // of each column
	threeDecimals bool                 // of the currency

	at   map[string]int // index of a category, group or variant by kind and id
	home map[string]int // index of the group of each variant
	said map[statement]said
	rows map[string]int // row number by variant id
	row  row
}

// statement is a field of one group or category, which several rows may set.
type statement struct {
	owner
	id string
	column
}

// said is the value that a row set a field to.
type said struct {
	text string
	row  int
}

func (t *table) fault(severity catfile.Severity, col int, format string, args ...any) {
	f := Fault{Severity: severity, Row: t.row.number, Message: fmt.Sprintf(format, args...)}
	if col >= 0 {
		f.Column = t.heads[col]
	}
	switch {
	case len(t.faults) < maxFaults:
		t.faults = append(t.faults, f)
	case severity == catfile.Error && len(t.faults) == maxFaults:
		t.faults = append(t.faults, Fault{Severity: catfile.Error, Message: "more faults are not listed: correct these first"})
	}
}

func (t *table) read(rows []row) {
	for len(rows) > 0 && blank(rows[0]) {
		rows = rows[1:]
	}
	if len(rows) == 0 {
		t.fault(catfile.Error, -1, "the table is empty")
		return
	}
	if !t.header(rows[0]) {
		return
	}
	t.home = map[string]int{}
	for i := range t.c.Categories {
		t.at["category "+t.c.Categories[i].ID] = i
	}
	for i := range t.c.Groups {
		t.at["group "+t.c.Groups[i].ID] = i
		for j := range t.c.Groups[i].Variants {
			id := t.c.Groups[i].Variants[j].ID
			t.at["variant "+id], t.home[id] = j, i
		}
	}
	t.observe(rows[1:])
	for _, t.row = range rows[1:] {
		if !blank(t.row) {
			t.line()
		}
	}
	t.finish(rows[1:])
}

func blank(r row) bool {
	return !slices.ContainsFunc(r.cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// header parses the row of column heads and reports whether the table is
// usable.
func (t *table) header(r row) bool {
	t.row = r
	seen := map[column]string{}
	fine := true
	for i, cell := range r.cells {
		head := parseCell(cell)
		t.heads = append(t.heads, head)
		col, known := parseHeader(head)
		if head != "" {
			t.width = i + 1
		}
		if err := catalogue.CheckControls(cell); err != nil {
			t.fault(catfile.Error, -1, "column %d, %q: %v", i+1, head, err)
			fine = false
		}
		switch {
		case head == "":
			t.heads[i] = fmt.Sprintf("column %d", i+1)
		case !known && catalogue.ResembledField(head) != "":
			t.fault(catfile.Error, -1, "unknown column %[1]q: it seems to be the %[2]s: name it %[2]q or, if it is something else, rename or remove it", head, catalogue.ResembledField(head))
			fine = false
		case !known:
			t.fault(catfile.Warning, -1, "unknown column %q: it is ignored", head)
		case seen[col] != "":
			t.fault(catfile.Error, -1, "the columns %q and %q are both %s: remove one", seen[col], head, col)
			fine = false
		default:
			seen[col] = head
		}
		t.columns = append(t.columns, col)
		t.order = append(t.order, i)
	}
	slices.SortStableFunc(t.order, func(a, b int) int { return cmp.Compare(t.columns[a].lang, t.columns[b].lang) })
	if fine && seen[column{field: fieldID}] == "" && seen[column{field: fieldGroup}] == "" && seen[column{field: fieldCategory}] == "" {
		t.fault(catfile.Error, -1, "no column is named id, group or category: the first row must name the columns")
		fine = false
	}
	return fine
}

// cell returns the text of a field in the current row and the index of its
// column, which is -1 if there is none.
func (t *table) cell(f *field) (string, int) {
	for i, col := range t.columns {
		if col == (column{field: f}) {
			return parseCell(t.row.cells[i]), i
		}
	}
	return "", -1
}

// line applies the current row.
func (t *table) line() {
	for _, cell := range t.row.cells[min(len(t.columns), len(t.row.cells)):] {
		if strings.TrimSpace(cell) != "" {
			t.fault(catfile.Error, -1, "the row has more cells than there are columns: a text with the separator in it, such as the price 2,40, needs quotes")
			return
		}
	}
	if n := len(t.row.cells); n < t.width {
		t.fault(catfile.Error, -1, "the row has %d cells and the head %d: it may be cut short; write all cells, the empty ones too", n, t.width)
		return
	}
	sound := true
	for i, cell := range t.row.cells[:min(len(t.columns), len(t.row.cells))] {
		if err := catalogue.CheckControls(cell); err != nil {
			t.fault(catfile.Error, i, "%q: %v", cell, err)
			sound = false
		}
	}
	if !sound {
		return
	}
	variant, variantAt := t.cell(fieldID)
	group, groupAt := t.cell(fieldGroup)
	category, categoryAt := t.cell(fieldCategory)
	for _, id := range []struct {
		text string
		at   int
	}{{variant, variantAt}, {group, groupAt}, {category, categoryAt}} {
		if id.text == "" {
			continue
		}
		if err := catalogue.CheckID(id.text); err != nil {
			t.fault(catfile.Error, id.at, "%v", err)
			return
		}
	}
	g := -1
	if variant != "" {
		if first := t.rows[variant]; first != 0 {
			t.fault(catfile.Error, variantAt, "duplicate id %q: it is already in row %d", variant, first)
			return
		}
		t.rows[variant] = t.row.number
		home, known := t.home[variant]
		switch {
		case group == "" && !known:
			t.fault(catfile.Error, groupAt, "unknown variant %q: add its group", variant)
			return
		case group == "":
			g = home
		case known && t.c.Groups[home].ID != group:
			t.fault(catfile.Error, groupAt, "the variant %q belongs to the group %q: use another id, or correct the group", variant, t.c.Groups[home].ID)
			return
		}
	}
	if g < 0 && group != "" {
		g = t.group(group)
	}
	var v *catalogue.Variant
	if variant != "" {
		v = t.variant(variant, g)
	}
	pack := false
	before := len(t.faults)
	for _, i := range t.order {
		col := t.columns[i]
		if col.field == nil {
			continue
		}
		text := parseCell(t.row.cells[i])
		switch col.field.owner() {
		case ofCatalogue:
			t.currency(text, i)
		case ofVariant:
			switch {
			case v != nil:
				if col.field.numbers != noNumbers {
					var ok bool
					if text, ok = t.plain(col.field.numbers, t.row.cells[i], i); !ok {
						continue
					}
				}
				set(t, col.field.variant, v, col, text, i)
				pack = pack || col.field == fieldAmount || col.field == fieldUnit
			case text != "":
				t.fault(catfile.Error, variantAt, "the row has a variant's %s but no id: add the id", t.heads[i])
				return
			}
		case ofGroup:
			switch {
			case text == "" || col.field == fieldGroup:
			case g >= 0:
				if t.says(statement{ofGroup, t.c.Groups[g].ID, col}, text, i) {
					set(t, col.field.group, &t.c.Groups[g], col, text, i)
				}
			case col.field != fieldCategory:
				t.fault(catfile.Error, groupAt, "the row has a group's %s but no group: add the group", t.heads[i])
				return
			}
		case ofCategory:
			if text == "" {
				continue
			}
			id := category
			if id == "" {
				t.fault(catfile.Error, categoryAt, "the row has a category's %s but no category: add the category", t.heads[i])
				return
			}
			if t.says(statement{ofCategory, id, col}, text, i) {
				set(t, col.field.category, &t.c.Categories[t.category(id)], col, text, i)
			}
		}
	}
	if pack && len(t.faults) == before {
		t.checkPack(v)
	}
	// A row without a group can add a category that has no groups.
	if category != "" && g < 0 {
		t.category(category)
	}
}

func (t *table) category(id string) int {
	i, known := t.at["category "+id]
	if !known {
		i = len(t.c.Categories)
		t.c.Categories = append(t.c.Categories, catalogue.Category{ID: id})
		t.at["category "+id] = i
	}
	return i
}

func (t *table) group(id string) int {
	i, known := t.at["group "+id]
	if !known {
		i = len(t.c.Groups)
		t.c.Groups = append(t.c.Groups, catalogue.Group{ID: id})
		t.at["group "+id] = i
	}
	return i
}

func (t *table) variant(id string, group int) *catalogue.Variant {
	g := &t.c.Groups[group]
	i, known := t.at["variant "+id]
	if !known {
		i = len(g.Variants)
		g.Variants = append(g.Variants, catalogue.Variant{ID: id})
		t.at["variant "+id], t.home[id] = i, group
	}
	return &g.Variants[i]
}

// says reports whether the current row is the first to set a field of a group
// or category. It records a fault if a later row sets another value.
func (t *table) says(s statement, text string, col int) bool {
	before, found := t.said[s]
	if !found {
		t.said[s] = said{text, t.row.number}
		return true
	}
	if before.text != text {
		t.fault(catfile.Error, col, "row %d has %q for %q and this row %q: use the same value in every row, or leave all but one empty", before.row, before.text, s.id, text)
	}
	return false
}

func (t *table) currency(text string, col int) {
	if text == "" {
		return
	}
	code, err := parseCurrency(text)
	switch {
	case err != nil:
		t.fault(catfile.Error, col, "%v", err)
	case t.c.Currency == "":
		t.c.Currency = code
	case t.c.Currency != code:
		t.fault(catfile.Error, col, "the currency is %s but other prices are in %s: use one currency", code, t.c.Currency)
	}
}

func parseCurrency(cell string) (code string, err error) {
	code = strings.ToUpper(cell)
	return code, catalogue.CheckCurrency(code)
}

// set sets a field of v from a cell.
func set[T any](t *table, a access[T], v *T, col column, cell string, at int) {
	switch {
	case a.text != nil:
		t.setText(a.text(v), col, cell, at)
	case a.set != nil:
		err := a.set(v, cell)
		var d doubt
		switch {
		case errors.As(err, &d):
			t.fault(catfile.Warning, at, "%v", err)
		case err != nil:
			t.fault(catfile.Error, at, "%v", err)
		}
	}
}

// setText sets the translation of a text. A text that was the same in all
// languages becomes its English translation.
func (t *table) setText(to *catalogue.Text, col column, text string, at int) {
	switch {
	case col.lang == "" && text == "":
		if to.Plain() != "" {
			*to = catalogue.Text{}
		}
	case col.lang == "":
		*to = catalogue.PlainText(text)
	case to.Plain() == "":
		*to = to.With(col.lang, text)
	case text != "":
		if cell, i := t.cell(col.field); i >= 0 && cell != "" {
			t.fault(catfile.Error, at, "the row has a text for all languages in %q and a translation here: leave one of them empty", t.heads[i])
			return
		}
		*to = catalogue.Text{}.With("en", to.Plain()).With(col.lang, text)
	}
}

// checkPack checks that a pack has both an amount and a unit.
func (t *table) checkPack(v *catalogue.Variant) {
	_, amountAt := t.cell(fieldAmount)
	unit, unitAt := t.cell(fieldUnit)
	switch err := v.Pack.Check(); {
	case v.Pack.Amount == 0 && unit != "":
		t.fault(catfile.Error, max(amountAt, unitAt), "the pack has a unit, %q, but no amount: add it", unit)
	case v.Pack.Amount == 0:
		v.Pack = catalogue.Pack{}
	case err != nil:
		t.fault(catfile.Warning, max(amountAt, unitAt), "%v", err)
	}
}

// finish checks for missing names and categories, and for expiries that a
// catalogue file cannot hold, after all rows.
func (t *table) finish(rows []row) {
	t.finishExpiries()
	first := map[string]int{} // row of each group
	groupCol := slices.Index(t.columns, column{field: fieldGroup})
	for _, r := range rows {
		if groupCol >= 0 && groupCol < len(r.cells) {
			id := parseCell(r.cells[groupCol])
			if _, found := first[id]; !found {
				first[id] = r.number
			}
		}
	}
	nameCol := slices.IndexFunc(t.columns, func(c column) bool { return c.field == fieldName })
	categoryCol := slices.Index(t.columns, column{field: fieldCategory})
	for i := range t.c.Groups {
		g := &t.c.Groups[i]
		t.row = row{number: first[g.ID]}
		if g.Name.IsZero() {
			t.fault(catfile.Error, nameCol, "the group %q is new and has no name: write it in at least one language, as in name_en", g.ID)
		}
		if _, known := t.at["category "+g.Category]; g.Category != "" && !known {
			t.row.number = t.said[statement{ofGroup, g.ID, column{field: fieldCategory}}].row
			t.fault(catfile.Error, categoryCol, "no category has the id %q: correct it, or give the category a name in category_name_en", g.Category)
		}
	}
	for i := range t.c.Categories {
		if c := &t.c.Categories[i]; c.Name.IsZero() {
			t.row = row{}
			t.fault(catfile.Warning, -1, "the category %q has no name: its id is shown", c.ID)
			c.Name = catalogue.PlainText(c.ID)
		}
	}
}

// finishExpiries makes the impossible dates of a base in the legacy format those
// that they count as. An unreadable one is a fault, as it would be in the file.
func (t *table) finishExpiries() {
	for i := range t.c.Groups {
		for j := range t.c.Groups[i].Variants {
			v := &t.c.Groups[i].Variants[j]
			text := v.Expiry.Text()
			if text == "" {
				continue
			}
			t.row = row{number: t.rows[v.ID]}
			if v.Expiry.Unreadable() {
				t.fault(catfile.Error, -1, "the variant %q has the unreadable expiry %q: correct it in the catalogue file, or here in the column \"expiry\"", v.ID, text)
				continue
			}
			v.Expiry = v.Expiry.WithoutText()
			t.fault(catfile.Warning, -1, "the variant %q has the impossible expiry %q: it becomes %s", v.ID, text, v.Expiry)
		}
	}
}
