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

	"golang.org/x/text/unicode/norm"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

// A table is the catalogue as a spreadsheet has it: a row for each variant,
// with what is known of its group in every row. Rows without a variant's id
// hold a group that has no variants, or, without a group's id, a category.

// column is a field, and of a text the language; "" is the text that is the
// same in all.
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

// languageWords are how a header may name a language, beside its code.
var languageWords = map[string]string{
	"en": "english, انگلیسی, ingilizce, إنجليزي, الإنجليزية",
	"fa": "persian, farsi, فارسی, farsça, فارسي, الفارسية",
	"tr": "turkish, ترکی, türkçe, تركي, التركية",
	"ar": "arabic, عربی, arapça, عربي, العربية",
}

// headers leads from the folded head of a column to what it holds.
var headers = func() map[string]column {
	all := map[string]column{}
	for _, f := range fields {
		for word := range strings.SplitSeq(f.name+","+f.words, ",") {
			word = foldHeader(word)
			all[word] = column{field: f}
			if !f.isText() {
				continue
			}
			for lang, words := range languageWords {
				for name := range strings.SplitSeq(lang+","+words, ",") {
					all[word+foldHeader(name)] = column{f, lang}
				}
			}
		}
	}
	return all
}()

// foldHeader leaves letters and digits, without case, marks and the ways in
// which keyboards differ.
func foldHeader(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			continue
		case r == 'ı':
			r = 'i'
		case r == 'ي' || r == 'ى':
			r = 'ی'
		case r == 'ك':
			r = 'ک'
		case r == 'ة':
			r = 'ه'
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

var otherLanguage = regexp.MustCompile(`^(.*?)[\s_(\[-]+([A-Za-z]{2,3})[)\]]?$`)

func parseHeader(s string) (column, bool) {
	if c, known := headers[foldHeader(s)]; known {
		return c, true
	}
	if m := otherLanguage.FindStringSubmatch(strings.TrimSpace(s)); m != nil {
		c, known := headers[foldHeader(m[1])]
		if known && c.lang == "" && c.field.isText() {
			return column{c.field, strings.ToLower(m[2])}, true
		}
	}
	return column{}, false
}

// Table writes a catalogue as a table: RFC 4180 text in UTF-8 with a byte
// order mark, so that spreadsheets read it. The separator is a comma, a
// semicolon or a tab. [ReadTable] makes an equal catalogue of it, but for the
// time of its update.
//
// First come the categories, a row each, and then the variants. A list, such
// as that of the synonyms, is one cell with " | " between its items.
func Write(c *catalogue.Catalogue, separator byte) []byte {
	columns := columnsOf(c)
	b := []byte(byteOrderMark)
	line := func(cell func(column) string) {
		for i, col := range columns {
			if i > 0 {
				b = append(b, separator)
			}
			b = appendCell(b, cell(col), separator)
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

// columnsOf returns the columns that a catalogue needs: those of the site's
// languages always, so that they can be filled in.
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

// textCell returns a text in exactly one language.
func textCell(t catalogue.Text, lang string) string {
	for l, text := range t.All() {
		if l == lang {
			return text
		}
	}
	return ""
}

// A list is one cell with a bar between its items. A bar or a backslash in
// an item, and white space at its ends, has a backslash before it.

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

func splitList(cell string) []string {
	var items []string
	var item []rune
	kept := 0 // what may not be trimmed
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

// TableFault is one thing that is wrong in a table, with its place.
type Fault struct {
	Severity catfile.Severity
	Row      int    // as the spreadsheet numbers it; 0 for the table as a whole
	Column   string // as its head is written; "" for the whole row
	Message  string
}

// String writes the fault on one line.
func (f Fault) String() string {
	switch {
	case f.Row == 0:
		return f.Message
	case f.Column == "":
		return fmt.Sprintf("row %d: %s", f.Row, f.Message)
	}
	return fmt.Sprintf("row %d, %s: %s", f.Row, f.Column, f.Message)
}

// ReadTable adds a table to a catalogue, which stays as it is. With a fault
// that is an error there is no catalogue.
//
// The first row names the columns, in any order. Rows find what they are
// about by the ids of variant, group and category, and add what is not there.
// What the table has no column for stays, and so does everything of which it
// has no row. An empty cell about a variant means that there is none, as with
// a price that is not known; about a group or category it says nothing, so
// that a variant can be added without repeating everything.
func Read(base *catalogue.Catalogue, data []byte) (*catalogue.Catalogue, []Fault) {
	t := &table{c: clone(base), at: map[string]int{}, said: map[statement]said{}, rows: map[string]int{}}
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

// clone copies what a table can change.
func clone(c *catalogue.Catalogue) *catalogue.Catalogue {
	n := *c
	n.Categories = slices.Clone(c.Categories)
	n.Groups = slices.Clone(c.Groups)
	for i := range n.Groups {
		n.Groups[i].Variants = slices.Clone(n.Groups[i].Variants)
	}
	return &n
}

// table is where the reading of one stands.
type table struct {
	c       *catalogue.Catalogue
	columns []column // of each cell; a zero one is passed over
	heads   []string
	order   []int // of the columns: texts that are the same in all languages come first
	faults  []Fault

	at   map[string]int // place of a category, group or variant by its kind and id
	home map[string]int // group of each variant
	said map[statement]said
	rows map[string]int // the row in which a variant's id stands
	row  row
}

// statement is what several rows may say of one group or category.
type statement struct {
	owner
	id string
	column
}

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

// header reads the heads of the columns.
func (t *table) header(r row) bool {
	t.row = r
	seen := map[column]string{}
	fine := true
	for i, cell := range r.cells {
		head := parseCell(cell)
		t.heads = append(t.heads, head)
		col, known := parseHeader(head)
		switch {
		case head == "":
			t.heads[i] = fmt.Sprintf("column %d", i+1)
		case !known:
			t.fault(catfile.Warning, -1, "the column %q is not known: it is ignored", head)
		case seen[col] != "":
			t.fault(catfile.Error, -1, "the columns %q and %q are both the %s: take one out", seen[col], head, col)
			fine = false
		default:
			seen[col] = head
		}
		t.columns = append(t.columns, col)
		t.order = append(t.order, i)
	}
	slices.SortStableFunc(t.order, func(a, b int) int { return cmp.Compare(t.columns[a].lang, t.columns[b].lang) })
	if fine && seen[column{field: fieldID}] == "" && seen[column{field: fieldGroup}] == "" && seen[column{field: fieldCategory}] == "" {
		t.fault(catfile.Error, -1, "no column is headed id, group or category: the first row names the columns")
		fine = false
	}
	return fine
}

// cell returns the text in a field's column, and the column; -1 if there is
// none.
func (t *table) cell(f *field) (string, int) {
	for i, col := range t.columns {
		if col == (column{field: f}) {
			if i >= len(t.row.cells) {
				return "", i
			}
			return parseCell(t.row.cells[i]), i
		}
	}
	return "", -1
}

// line reads one row.
func (t *table) line() {
	for _, cell := range t.row.cells[min(len(t.columns), len(t.row.cells)):] {
		if strings.TrimSpace(cell) != "" {
			t.fault(catfile.Error, -1, "the row has more cells than there are columns: a text with the separator in it, such as the price 2,40, needs quotes")
			return
		}
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
			t.fault(catfile.Error, groupAt, "no variant has the id %q yet: name its group", variant)
			return
		case group == "":
			g = home
		case known && t.c.Groups[home].ID != group:
			t.fault(catfile.Error, groupAt, "the variant %q is of the group %q: give it another id, or correct the group", variant, t.c.Groups[home].ID)
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
		text := ""
		if i < len(t.row.cells) {
			text = parseCell(t.row.cells[i])
		}
		switch col.field.owner() {
		case ofCatalogue:
			t.currency(text, i)
		case ofVariant:
			switch {
			case v != nil:
				set(t, col.field.variant, v, col, text, i)
				pack = pack || col.field == fieldAmount || col.field == fieldUnit
			case text != "":
				t.fault(catfile.Error, variantAt, "the row has no id, and its %s is that of a variant: give it one", t.heads[i])
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
				t.fault(catfile.Error, groupAt, "the row has no group, and its %s is that of a group: name it", t.heads[i])
				return
			}
		case ofCategory:
			if text == "" {
				continue
			}
			id := category
			if id == "" {
				t.fault(catfile.Error, categoryAt, "the row has no category, and has its %s: name it", t.heads[i])
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
	// A row for itself is how a category comes to be that has no group.
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

// says reports whether a row is the first to say something of a group or
// category. Others must agree.
func (t *table) says(s statement, text string, col int) bool {
	before, found := t.said[s]
	if !found {
		t.said[s] = said{text, t.row.number}
		return true
	}
	if before.text != text {
		t.fault(catfile.Error, col, "row %d says %q of %q, and this one %q: write the same in every row, or leave all but one empty", before.row, before.text, s.id, text)
	}
	return false
}

func (t *table) currency(text string, col int) {
	if text == "" {
		return
	}
	text = strings.ToUpper(text)
	switch {
	case catalogue.CheckCurrency(text) != nil:
		t.fault(catfile.Error, col, "%v", catalogue.CheckCurrency(text))
	case t.c.Currency == "":
		t.c.Currency = text
	case t.c.Currency != text:
		t.fault(catfile.Error, col, "the currency is %s, and all other prices are in %s: a catalogue has one", text, t.c.Currency)
	}
}

// set puts a cell's text into a field of v. A field without set, such as an
// id, is how v was found.
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

// setText puts a text in its language. One that was the same in all
// languages becomes the English one beside another.
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
			t.fault(catfile.Error, at, "the row has a text that is the same in all languages, in %q, and one in this: leave one of them empty", t.heads[i])
			return
		}
		*to = catalogue.Text{}.With("en", to.Plain()).With(col.lang, text)
	}
}

// checkPack looks at what amount and unit say together.
func (t *table) checkPack(v *catalogue.Variant) {
	_, amountAt := t.cell(fieldAmount)
	unit, unitAt := t.cell(fieldUnit)
	switch err := v.Pack.Check(); {
	case v.Pack.Amount == 0 && unit != "":
		t.fault(catfile.Error, max(amountAt, unitAt), "the pack has a unit, %q, and no amount: write it", unit)
	case v.Pack.Amount == 0:
		v.Pack = catalogue.Pack{}
	case err != nil:
		t.fault(catfile.Warning, max(amountAt, unitAt), "%v", err)
	}
}

// finish looks at what can only be missed once all rows are read.
func (t *table) finish(rows []row) {
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

var (
	points = regexp.MustCompile(`^[0-9]{1,3}(?:[,\x{66c} \x{a0}\x{202f}'][0-9]{3})+(?:\.[0-9]+)?$`)
	commas = regexp.MustCompile(`^[0-9]{1,3}(?:[.\x{66c} \x{a0}\x{202f}'][0-9]{3})+(?:,[0-9]+)?$`)
	simple = regexp.MustCompile(`^[0-9]+(?:[.,][0-9]+)?$`)
)

// decimal returns a number as it is written in English of one that is written
// as in the site's languages: with other digits, a decimal comma or ٫, and
// separators between thousands. What can be read in two ways is an error:
// 1,234 is a thousand to some and little more than one to others.
func decimal(s string) (string, error) {
	s = westernDigits(s)
	arabic := strings.Contains(s, "٫")
	s = strings.ReplaceAll(s, "٫", ".")
	_, fraction, comma := strings.Cut(s, ",")
	switch {
	case simple.MatchString(s) && comma && len(fraction) == 3 && !strings.HasPrefix(s, "0,"):
		return "", errors.New("this is a thousand to some and little more than one to others: write it without separators, and with a point for decimals")
	case simple.MatchString(s):
		return strings.Replace(s, ",", ".", 1), nil
	case points.MatchString(s):
		return strings.Map(digitOr('.'), s), nil
	case !arabic && commas.MatchString(s):
		return strings.Replace(strings.Map(digitOr(','), s), ",", ".", 1), nil
	}
	return "", errors.New("not a number such as 2.40")
}

func digitOr(other rune) func(rune) rune {
	return func(r rune) rune {
		if r == other || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}
}

// westernDigits writes Persian and Arabic digits as 0 to 9 and takes out the
// marks of direction that come with them.
func westernDigits(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r >= '۰' && r <= '۹':
			return r - '۰' + '0'
		case r >= '٠' && r <= '٩':
			return r - '٠' + '0'
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s))
}

// parseExpiry reads a date with hyphens or slashes. Only what was in a file
// of the replaced application, with slashes, may not exist.
func parseExpiry(s string) (e catalogue.Expiry, doubt string, err error) {
	s = westernDigits(s)
	if strings.Contains(s, "/") {
		return catalogue.ParseOldExpiry(s)
	}
	if e, err = catalogue.ParseExpiry(s); !errors.Is(err, catalogue.ErrExpiryForm) {
		return e, "", err
	}
	// A month or day with one digit.
	if e, doubt, err := catalogue.ParseOldExpiry(strings.ReplaceAll(s, "-", "/")); err == nil && doubt == "" {
		return e, "", nil
	}
	return catalogue.Expiry{}, "", errors.New("the expiry is not a date: write YYYY-MM or YYYY-MM-DD, and have the spreadsheet keep the column as text")
}
