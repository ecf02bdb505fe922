package sheet

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

// Options say how a table is merged into a catalogue.
type Options struct {
	// Notation is that of all numbers of the table; a number that contradicts it
	// is a fault. If it is unknown, it is found for each column.
	Notation catalogue.Notation
	// Forms and Units are the known dosage forms and units of packs. What is none
	// of them is kept as written, with a warning; nil knows everything.
	Forms, Units *catalogue.Terms
	// AllowDuplicates makes a warning of the faults of new ids that seem to be
	// those of something that the catalogue has.
	AllowDuplicates bool
}

// Merge returns a copy of base with the changes and additions of the table. It
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
func (t *Table) Merge(base *catalogue.Catalogue, o Options) (*catalogue.Catalogue, []Fault) {
	m := &merge{c: clone(base), options: o, at: map[string]int{}, said: map[statement]said{}, rows: map[string]int{}, codes: map[int][]rowCode{}, repeated: map[string]*repeated{}}
	m.read(t.rows, base)
	m.countRepeated()
	wrong := func(f Fault) bool { return f.Severity == catfile.Error }
	if !slices.ContainsFunc(m.faults, wrong) {
		m.finishDuplicates(base)
	}
	if slices.ContainsFunc(m.faults, wrong) {
		return nil, m.faults
	}
	return m.c, m.faults
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

// merge is the state of [Table.Merge].
type merge struct {
	c       *catalogue.Catalogue
	columns []column // of each cell; the zero column is ignored
	heads   []string
	seen    map[column]string // head of each column
	// strengthUnit is the number of the column with the units of strengths, from 1;
	// 0 if there is none.
	strengthUnit int
	headUnit     string // the unit in the head of the strengths, as in "Strength (mg)"
	brandAt      int    // number of a column of products' names that is taken for the brand, from 1
	named        bool   // whether groups are found by their names
	width        int    // the least number of cells of a row: up to the last head that is not empty
	order        []int  // in which to set columns: texts for all languages come first
	faults       []Fault

	options Options

	notations     []catalogue.Notation // of each column
	threeDecimals bool                 // of the currency

	at   map[string]int // index of a category, group or variant by kind and id
	home map[string]int // index of the group of each variant
	said map[statement]said
	rows map[string]int // row number by variant id
	row  row

	derived  bool              // whether a group was made from a name
	codes    map[int][]rowCode // by index of the group
	alikeIDs map[string]string // ids of the base's variants by AlikeID

	// Indices by folded name.
	groupNames, categoryNames map[string][]int

	repeated map[string]*repeated // faults by kind
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

func (m *merge) read(rows []row, base *catalogue.Catalogue) {
	for len(rows) > 0 && blank(rows[0]) {
		rows = rows[1:]
	}
	if len(rows) == 0 {
		m.fault(catfile.Error, -1, "the table is empty")
		return
	}
	m.home = map[string]int{}
	for i := range m.c.Categories {
		m.at["category "+m.c.Categories[i].ID] = i
	}
	for i := range m.c.Groups {
		m.at["group "+m.c.Groups[i].ID] = i
		for j := range m.c.Groups[i].Variants {
			id := m.c.Groups[i].Variants[j].ID
			m.at["variant "+id], m.home[id] = j, i
		}
	}
	if !m.header(rows[0], rows[1:]) {
		return
	}
	rows = m.withStrengthUnits(rows)
	m.observe(rows[1:])
	for _, m.row = range rows[1:] {
		if !blank(m.row) {
			m.line()
		}
	}
	m.finish(rows[1:], base)
}

func blank(r row) bool {
	return !slices.ContainsFunc(r.cells, func(c cell) bool { return strings.TrimSpace(c.text) != "" })
}

// cell returns the text of a field in the current row and the index of its
// column, which is -1 if there is none.
func (m *merge) cell(f *field) (string, int) {
	for i, col := range m.columns {
		if col == (column{field: f}) {
			return parseCell(m.row.cells[i]), i
		}
	}
	return "", -1
}

// line applies the current row.
func (m *merge) line() {
	if !m.complete() {
		return
	}
	of, ok := m.subjects()
	if !ok {
		return
	}
	before := len(m.faults)
	for _, i := range m.order {
		if m.columns[i].field != nil && !m.apply(of, i) {
			return
		}
	}
	if code, at := m.cell(fieldATC); of.variant != nil && code != "" {
		m.codes[of.group] = append(m.codes[of.group], rowCode{of.variant.ID, parseATC(code), m.row.number, at})
	}
	_, amountAt := m.cell(fieldAmount)
	_, unitAt := m.cell(fieldUnit)
	if of.variant != nil && max(amountAt, unitAt) >= 0 && len(m.faults) == before {
		m.checkPack(of.variant)
	}
	// A row without a group can add a category that has no groups.
	if of.category != "" && of.group < 0 {
		m.category(of.category)
	}
}

// complete reports whether the current row has all cells, and each may be in its
// column.
func (m *merge) complete() bool {
	for _, c := range m.row.cells[min(len(m.columns), len(m.row.cells)):] {
		if strings.TrimSpace(c.text) != "" {
			m.fault(catfile.Error, -1, "the row has more cells than there are columns: a text with the separator in it, such as the price 2,40, needs quotes")
			return false
		}
	}
	if n := len(m.row.cells); n < m.width {
		m.fault(catfile.Error, -1, "the row has %d cells and the head %d: it may be cut short; write all cells, the empty ones too", n, m.width)
		return false
	}
	sound := true
	for i, c := range m.row.cells[:min(len(m.columns), len(m.row.cells))] {
		if err := m.columns[i].check(c); err != nil {
			m.fault(catfile.Error, i, "%q: %v", c.text, err)
			sound = false
		}
	}
	return sound
}

// subjects are what a row is about.
type subjects struct {
	variant  *catalogue.Variant // nil for none
	group    int                // index; -1 for none
	category string             // id; "" for none

	variantAt, groupAt, categoryAt int // columns of the ids; -1 for none
}

// subjects returns what the current row is about, and adds its variant and group
// if they are new. ok is false after a fault.
func (m *merge) subjects() (of subjects, ok bool) {
	variant, variantAt := m.cell(fieldID)
	group, groupAt := m.cell(fieldGroup)
	category, categoryAt := m.cell(fieldCategory)
	variant, group, category = catalogue.WesternDigits(variant), catalogue.WesternDigits(group), catalogue.WesternDigits(category)
	if _, known := m.at["group "+group]; !known && group != "" {
		if found := m.groupsNamed(group); len(found) == 1 && hasText(m.c.Groups[found[0]].Name, group) {
			group = m.c.Groups[found[0]].ID
		}
	}
	if _, known := m.at["category "+category]; !known && category != "" {
		if found := m.categoriesNamed(category); len(found) == 1 {
			category = m.c.Categories[found[0]].ID
		}
	}
	for _, id := range []struct {
		text string
		at   int
	}{{variant, variantAt}, {group, groupAt}, {category, categoryAt}} {
		if id.text == "" {
			continue
		}
		if err := checkID(id.text); err != nil {
			m.repeat(fmt.Sprintf("id %d", id.at), id.at, "%v", err)
			return of, false
		}
	}
	of = subjects{group: -1, category: category, variantAt: variantAt, groupAt: groupAt, categoryAt: categoryAt}
	home, known := m.home[variant]
	switch {
	case variant == "" && group == "" && m.named && variantAt >= 0:
		m.repeat("no id", variantAt, "the row has no id, such as a barcode: add it")
		return of, false
	case variant == "":
	case m.rows[variant] != 0:
		m.fault(catfile.Error, variantAt, "duplicate id %q: it is already in row %d", variant, m.rows[variant])
		return of, false
	case group == "" && known:
		of.group = home
	case group == "" && m.named:
		if of.group = m.groupByName(); of.group < 0 {
			return of, false
		}
	case group == "":
		if alike := m.alikeVariant(variant); alike != "" {
			m.repeat("group", variantAt, "unknown variant %q: the catalogue has %q, which differs only by case or leading zeros: write that id", variant, alike)
		} else {
			m.repeat("group", groupAt, "unknown variant %q: add its group", variant)
		}
		return of, false
	case known && m.c.Groups[home].ID != group:
		m.fault(catfile.Error, groupAt, "the variant %q belongs to the group %q: use another id, or correct the group", variant, m.c.Groups[home].ID)
		return of, false
	}
	if of.group < 0 && group != "" {
		of.group = m.group(group)
	}
	if variant != "" {
		m.rows[variant] = m.row.number
		of.variant = m.variant(variant, of.group)
	}
	return of, true
}

// apply sets the field of a column in what the current row is about. It returns
// false after a fault because of which the rest of the row means nothing.
func (m *merge) apply(of subjects, i int) bool {
	col := m.columns[i]
	text := parseCell(m.row.cells[i])
	switch col.field.owner() {
	case ofCatalogue:
		m.currency(text, i)
	case ofVariant:
		switch {
		case of.variant != nil:
			m.applyToVariant(of.variant, i)
		case text != "":
			m.fault(catfile.Error, of.variantAt, "the row has a variant's %s but no id: add the id", m.heads[i])
			return false
		}
	case ofGroup:
		switch {
		case text == "" || col.field == fieldGroup || col.field == fieldATC && of.variant != nil:
		case of.group >= 0 && col.field == fieldName && m.isOfAnother(of, text, i):
			return false
		case of.group >= 0 && col.field == fieldName && m.named && m.keepsName(&m.c.Groups[of.group], col, text, i):
		case of.group >= 0:
			if col.field == fieldCategory {
				text = of.category
			}
			g := &m.c.Groups[of.group]
			if m.says(statement{ofGroup, g.ID, col}, text, i) {
				set(m, col.field.group, g, col, text, i)
			}
		case col.field != fieldCategory:
			m.fault(catfile.Error, of.groupAt, "the row has a group's %s but no group: add the group", m.heads[i])
			return false
		}
	case ofCategory:
		switch {
		case text == "":
		case of.category == "":
			m.fault(catfile.Error, of.categoryAt, "the row has a category's %s but no category: add the category", m.heads[i])
			return false
		case m.says(statement{ofCategory, of.category, col}, text, i):
			set(m, col.field.category, &m.c.Categories[m.category(of.category)], col, text, i)
		}
	}
	return true
}

func (m *merge) applyToVariant(v *catalogue.Variant, i int) {
	col := m.columns[i]
	text := parseCell(m.row.cells[i])
	if col.field.numbers != noNumbers {
		var ok bool
		if text, ok = m.plain(col.field.numbers, m.row.cells[i], i); !ok {
			return
		}
	}
	if col.field == fieldStrength {
		m.checkUnit(text, i)
	}
	if name, _ := m.cell(fieldName); name != "" && i == m.brandAt-1 && slices.Contains(m.groupsNamed(text), m.home[v.ID]) {
		text = "" // the product has the name of its substance
	}
	set(m, col.field.variant, v, col, m.term(col.field, text, i), i)
}

func (m *merge) category(id string) int {
	i, known := m.at["category "+id]
	if !known {
		i = len(m.c.Categories)
		m.c.Categories = append(m.c.Categories, catalogue.Category{ID: id})
		m.at["category "+id] = i
	}
	return i
}

func (m *merge) group(id string) int {
	i, known := m.at["group "+id]
	if !known {
		i = len(m.c.Groups)
		m.c.Groups = append(m.c.Groups, catalogue.Group{ID: id})
		m.at["group "+id] = i
	}
	return i
}

func (m *merge) variant(id string, group int) *catalogue.Variant {
	g := &m.c.Groups[group]
	i, known := m.at["variant "+id]
	if !known {
		i = len(g.Variants)
		g.Variants = append(g.Variants, catalogue.Variant{ID: id})
		m.at["variant "+id], m.home[id] = i, group
	}
	return &g.Variants[i]
}

// says reports whether the current row is the first to set a field of a group
// or category. It records a fault if a later row sets another value.
func (m *merge) says(s statement, text string, col int) bool {
	before, found := m.said[s]
	if !found {
		m.said[s] = said{text, m.row.number}
		return true
	}
	if before.text != text {
		m.fault(catfile.Error, col, "row %d has %q for %q and this row %q: use the same value in every row, or leave all but one empty", before.row, before.text, s.id, text)
	}
	return false
}

func (m *merge) currency(text string, col int) {
	if text == "" {
		return
	}
	code, err := parseCurrency(text)
	switch {
	case err != nil:
		m.fault(catfile.Error, col, "%v", err)
	case m.c.Currency == "":
		m.c.Currency = code
	case m.c.Currency != code:
		m.fault(catfile.Error, col, "the currency is %s but other prices are in %s: use one currency", code, m.c.Currency)
	}
}

func parseCurrency(cell string) (code string, err error) {
	code = strings.ToUpper(cell)
	return code, catalogue.CheckCurrency(code)
}

// set sets a field of v from a cell.
func set[T any](m *merge, a access[T], v *T, col column, cell string, at int) {
	switch {
	case a.text != nil:
		m.setText(a.text(v), col, cell, at)
	case a.set != nil:
		err := a.set(v, cell)
		var d doubt
		switch {
		case errors.As(err, &d):
			m.fault(catfile.Warning, at, "%v", err)
		case err != nil:
			m.fault(catfile.Error, at, "%v", err)
		}
	}
}

// setText sets the translation of a text. A text that was the same in all
// languages becomes its English translation.
func (m *merge) setText(to *catalogue.Text, col column, text string, at int) {
	switch {
	case col.lang == "" && text == "":
		if to.Plain() != "" {
			*to = catalogue.Text{}
		}
	case col.lang == "" && to.Plain() == "" && !to.IsZero():
		if !hasText(*to, text) {
			m.warnOnce("text "+col.field.name, at, "%q does not replace the translations of the text: write it in the column of its language, as %s_en", text, col.field.name)
		}
	case col.lang == "":
		*to = catalogue.PlainText(text)
	case to.Plain() == "":
		*to = to.With(col.lang, text)
	case text != "":
		if cell, i := m.cell(col.field); i >= 0 && cell != "" {
			m.fault(catfile.Error, at, "the row has a text for all languages in %q and a translation here: leave one of them empty", m.heads[i])
			return
		}
		*to = catalogue.Text{}.With("en", to.Plain()).With(col.lang, text)
	}
}

// checkPack checks that a pack has both an amount and a unit.
func (m *merge) checkPack(v *catalogue.Variant) {
	_, amountAt := m.cell(fieldAmount)
	unit, unitAt := m.cell(fieldUnit)
	switch err := v.Pack.Check(); {
	case v.Pack.Amount == 0 && unit != "" && amountAt < 0:
		m.warnOnce("pack unit", unitAt, "the unit %q is ignored: no column has the amounts of packs", unit)
		v.Pack = catalogue.Pack{}
	case v.Pack.Amount == 0 && unit != "":
		m.repeat("pack", max(amountAt, unitAt), "the pack has a unit, %q, but no amount: add it", unit)
	case v.Pack.Amount == 0:
		v.Pack = catalogue.Pack{}
	case err != nil:
		m.fault(catfile.Warning, max(amountAt, unitAt), "%v", err)
	}
}

// finish checks for missing names and categories, and for expiries that a
// catalogue file cannot hold, after all rows.
func (m *merge) finish(rows []row, base *catalogue.Catalogue) {
	m.finishExpiries()
	m.finishCodes(base)
	first := map[string]int{} // row of each group
	groupCol := slices.Index(m.columns, column{field: fieldGroup})
	for _, r := range rows {
		if groupCol >= 0 && groupCol < len(r.cells) {
			id := parseCell(r.cells[groupCol])
			if _, found := first[id]; !found {
				first[id] = r.number
			}
		}
	}
	nameCol := slices.IndexFunc(m.columns, func(c column) bool { return c.field == fieldName })
	categoryCol := slices.Index(m.columns, column{field: fieldCategory})
	for i := range m.c.Groups {
		g := &m.c.Groups[i]
		m.row = row{number: first[g.ID]}
		if g.Name.IsZero() {
			m.fault(catfile.Error, nameCol, "the group %q is new and has no name: write it in at least one language, as in name_en", g.ID)
		}
		if _, known := m.at["category "+g.Category]; g.Category != "" && !known {
			m.row.number = m.said[statement{ofGroup, g.ID, column{field: fieldCategory}}].row
			m.fault(catfile.Error, categoryCol, "no category has the id %q: correct it, or give the category a name in category_name_en", g.Category)
		}
	}
	for i := range m.c.Categories {
		if c := &m.c.Categories[i]; c.Name.IsZero() {
			m.row = row{}
			m.fault(catfile.Warning, -1, "the category %q has no name: its id is shown", c.ID)
			c.Name = catalogue.PlainText(c.ID)
		}
	}
}

// finishExpiries makes the impossible dates of a base in the legacy format those
// that they count as. An unreadable one is a fault, as it would be in the file.
func (m *merge) finishExpiries() {
	for i := range m.c.Groups {
		for j := range m.c.Groups[i].Variants {
			v := &m.c.Groups[i].Variants[j]
			text := v.Expiry.Text()
			if text == "" {
				continue
			}
			m.row = row{number: m.rows[v.ID]}
			if v.Expiry.Unreadable() {
				m.fault(catfile.Error, -1, "the variant %q has the unreadable expiry %q: correct it in the catalogue file, or here in the column \"expiry\"", v.ID, text)
				continue
			}
			v.Expiry = v.Expiry.WithoutText()
			m.fault(catfile.Warning, -1, "the variant %q has the impossible expiry %q: it becomes %s", v.ID, text, v.Expiry)
		}
	}
}
