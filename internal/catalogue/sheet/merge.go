package sheet

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

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

// maxFaults is the maximum number of faults kept for a table.
const maxFaults = 1000

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
	m := &merge{c: clone(base), options: o, at: map[string]int{}, said: map[statement]said{}, rows: map[string]int{}, codes: map[int][]rowCode{}, repeated: map[string]int{}, lastRepeated: map[string]int{}}
	m.read(t.rows)
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
	named   bool              // whether groups are found by their names
	width   int               // the least number of cells of a row: up to the last head that is not empty
	order   []int             // in which to set columns: texts for all languages come first
	faults  []Fault

	options Options

	notations     []catalogue.Notation // of each column
	threeDecimals bool                 // of the currency

	at   map[string]int // index of a category, group or variant by kind and id
	home map[string]int // index of the group of each variant
	said map[statement]said
	rows map[string]int // row number by variant id
	row  row

	alike   int               // new variants that are like another new one
	derived bool              // whether a group was made from a name
	codes   map[int][]rowCode // by index of the group
	// Indices by folded name.
	groupNames, categoryNames map[string][]int

	repeated     map[string]int // number of errors by kind
	lastRepeated map[string]int // index of the last listed fault of each kind
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

func (m *merge) fault(severity catfile.Severity, col int, format string, args ...any) {
	f := Fault{Severity: severity, Row: m.row.number, Message: fmt.Sprintf(format, args...)}
	if col >= 0 {
		f.Column = m.heads[col]
	}
	switch {
	case len(m.faults) < maxFaults:
		m.faults = append(m.faults, f)
	case severity == catfile.Error && len(m.faults) == maxFaults:
		m.faults = append(m.faults, Fault{Severity: catfile.Error, Message: "more faults are not listed: correct these first"})
	}
}

// maxRepeated is the maximum number of faults of one kind that are listed with
// their rows.
const maxRepeated = 5

// repeat records an error of a kind that may be in every row, where it would
// hide all others: after maxRepeated ones it is only counted.
func (m *merge) repeat(kind string, col int, format string, args ...any) {
	if m.repeated[kind]++; m.repeated[kind] <= maxRepeated {
		m.fault(catfile.Error, col, format, args...)
		m.lastRepeated[kind] = len(m.faults) - 1
	}
}

// countRepeated adds to the last listed fault of each kind how many there are
// besides.
func (m *merge) countRepeated() {
	for kind, n := range m.repeated {
		if n > maxRepeated {
			f := &m.faults[m.lastRepeated[kind]]
			f.Message += fmt.Sprintf(" (and likewise in %d more rows)", n-maxRepeated)
		}
	}
}

func (m *merge) read(rows []row) {
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
	m.observe(rows[1:])
	for _, m.row = range rows[1:] {
		if !blank(m.row) {
			m.line()
		}
	}
	m.finish(rows[1:])
}

func blank(r row) bool {
	return !slices.ContainsFunc(r.cells, func(c cell) bool { return strings.TrimSpace(c.text) != "" })
}

// header parses the row of column heads and reports whether the table is
// usable. rows are all others.
func (m *merge) header(r row, rows []row) bool {
	m.row = r
	m.columns = make([]column, len(r.cells))
	m.seen = map[column]string{}
	fine := true
	var roles [stock + 1][]int // indices of the columns of each role
	for i, c := range r.cells {
		text := parseCell(c)
		m.heads = append(m.heads, text)
		h, known := parseHeader(text)
		if text != "" {
			m.width = i + 1
		}
		if err := catalogue.CheckControls(c.text); err != nil {
			m.fault(catfile.Error, -1, "column %d, %q: %v", i+1, text, err)
			fine = false
		}
		switch {
		case text == "":
			m.heads[i] = fmt.Sprintf("column %d", i+1)
		case !known && catalogue.ResembledField(text) != "":
			m.fault(catfile.Error, -1, "unknown column %[1]q: it seems to be the %[2]s: name it %[2]q or, if it is something else, rename or remove it", text, catalogue.ResembledField(text))
			fine = false
		case !known:
			m.fault(catfile.Warning, -1, "unknown column %q: it is ignored", text)
		case h.role != noRole:
			roles[h.role] = append(roles[h.role], i)
		default:
			fine = m.assign(i, h.column) && fine
		}
		m.order = append(m.order, i)
	}
	for _, role := range []role{barcode, registration} {
		for _, i := range roles[role] {
			if id := m.seen[column{field: fieldID}]; id == "" {
				fine = m.assign(i, column{field: fieldID}) && fine
			} else {
				m.fault(catfile.Warning, -1, "the column %q is ignored: the ids are in %q, and the catalogue holds no further number of a product", m.heads[i], id)
			}
		}
	}
	for _, i := range roles[product] {
		fine = m.assignProduct(i, rows) && fine
	}
	for _, i := range roles[stock] {
		m.fault(catfile.Warning, -1, "the column %q is ignored: it is taken for the stock, which the catalogue does not hold; if it is the size of a pack, name it pack_amount", m.heads[i])
	}
	slices.SortStableFunc(m.order, func(a, b int) int { return cmp.Compare(m.columns[a].lang, m.columns[b].lang) })
	m.named = slices.ContainsFunc(m.columns, func(c column) bool { return c.field == fieldName }) && m.seen[column{field: fieldGroup}] == ""
	if fine && m.seen[column{field: fieldID}] == "" && m.seen[column{field: fieldGroup}] == "" && m.seen[column{field: fieldCategory}] == "" {
		m.fault(catfile.Error, -1, "no column is named id, group or category: the first row must name the columns, one of them with an id of each product, such as its barcode, and has %s", quoted(m.heads))
		fine = false
	}
	return fine
}

// assign gives a field its column. It reports whether it had none before.
func (m *merge) assign(i int, c column) bool {
	if other := m.seen[c]; other != "" {
		m.fault(catfile.Error, -1, "the columns %q and %q are both %s: remove or rename one", other, m.heads[i], c)
		return false
	}
	m.seen[c] = m.heads[i]
	m.columns[i] = c
	return true
}

// assignProduct decides what a column is whose head says only that it is about
// the medicine: the id of its group if all its cells are ids of groups, or may
// be where other columns have names, and otherwise its name.
func (m *merge) assignProduct(i int, rows []row) bool {
	group, name := column{field: fieldGroup}, column{field: fieldName}
	named := slices.ContainsFunc(m.columns, func(c column) bool { return c.field == fieldName })
	other := func(r row) bool {
		if i >= len(r.cells) {
			return false
		}
		text := parseCell(r.cells[i])
		_, known := m.at["group "+text]
		return text != "" && !known && (!named || catalogue.CheckID(text) != nil || text != strings.ToLower(text))
	}
	switch {
	case m.seen[group] == "" && !slices.ContainsFunc(rows, other):
		return m.assign(i, group)
	case !named:
		return m.assign(i, name)
	}
	m.fault(catfile.Warning, -1, "the column %q is ignored: it is not clear what of the medicine it holds; name it group, brand or variant_name", m.heads[i])
	return true
}

// quoted returns a list of heads in quotes, shortened.
func quoted(heads []string) string {
	const most = 12
	var b strings.Builder
	for i, head := range heads {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(heads)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(brief(head))
	}
	return b.String()
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
	for _, c := range m.row.cells[min(len(m.columns), len(m.row.cells)):] {
		if strings.TrimSpace(c.text) != "" {
			m.fault(catfile.Error, -1, "the row has more cells than there are columns: a text with the separator in it, such as the price 2,40, needs quotes")
			return
		}
	}
	if n := len(m.row.cells); n < m.width {
		m.fault(catfile.Error, -1, "the row has %d cells and the head %d: it may be cut short; write all cells, the empty ones too", n, m.width)
		return
	}
	sound := true
	for i, c := range m.row.cells[:min(len(m.columns), len(m.row.cells))] {
		if err := m.columns[i].check(c); err != nil {
			m.fault(catfile.Error, i, "%q: %v", c.text, err)
			sound = false
		}
	}
	if !sound {
		return
	}
	variant, variantAt := m.cell(fieldID)
	group, groupAt := m.cell(fieldGroup)
	category, categoryAt := m.cell(fieldCategory)
	if _, known := m.at["group "+group]; !known && group != "" {
		if found := m.groupsNamed(group); len(found) == 1 {
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
			return
		}
	}
	g := -1
	if variant != "" {
		if first := m.rows[variant]; first != 0 {
			m.fault(catfile.Error, variantAt, "duplicate id %q: it is already in row %d", variant, first)
			return
		}
		m.rows[variant] = m.row.number
		home, known := m.home[variant]
		switch {
		case group == "" && !known && m.named:
			if g = m.groupByName(); g < 0 {
				return
			}
		case group == "" && !known:
			m.repeat("group", groupAt, "unknown variant %q: add its group", variant)
			return
		case group == "":
			g = home
		case known && m.c.Groups[home].ID != group:
			m.fault(catfile.Error, groupAt, "the variant %q belongs to the group %q: use another id, or correct the group", variant, m.c.Groups[home].ID)
			return
		}
	}
	if g < 0 && group != "" {
		g = m.group(group)
	}
	var v *catalogue.Variant
	if variant != "" {
		v = m.variant(variant, g)
	}
	pack := false
	before := len(m.faults)
	for _, i := range m.order {
		col := m.columns[i]
		if col.field == nil {
			continue
		}
		text := parseCell(m.row.cells[i])
		switch col.field.owner() {
		case ofCatalogue:
			m.currency(text, i)
		case ofVariant:
			switch {
			case v != nil:
				if col.field.numbers != noNumbers {
					var ok bool
					if text, ok = m.plain(col.field.numbers, m.row.cells[i], i); !ok {
						continue
					}
				}
				text = m.term(col.field, text, i)
				set(m, col.field.variant, v, col, text, i)
				pack = pack || col.field == fieldAmount || col.field == fieldUnit
			case text != "":
				m.fault(catfile.Error, variantAt, "the row has a variant's %s but no id: add the id", m.heads[i])
				return
			}
		case ofGroup:
			switch {
			case text == "" || col.field == fieldGroup || col.field == fieldATC && v != nil:
			case g >= 0 && col.field == fieldName && m.named && m.isNamed(&m.c.Groups[g], text):
			case g >= 0:
				if col.field == fieldCategory {
					text = category
				}
				if m.says(statement{ofGroup, m.c.Groups[g].ID, col}, text, i) {
					set(m, col.field.group, &m.c.Groups[g], col, text, i)
				}
			case col.field != fieldCategory:
				m.fault(catfile.Error, groupAt, "the row has a group's %s but no group: add the group", m.heads[i])
				return
			}
		case ofCategory:
			if text == "" {
				continue
			}
			id := category
			if id == "" {
				m.fault(catfile.Error, categoryAt, "the row has a category's %s but no category: add the category", m.heads[i])
				return
			}
			if m.says(statement{ofCategory, id, col}, text, i) {
				set(m, col.field.category, &m.c.Categories[m.category(id)], col, text, i)
			}
		}
	}
	if code, _ := m.cell(fieldATC); v != nil && code != "" {
		m.codes[g] = append(m.codes[g], rowCode{variant, parseATC(code)})
	}
	if pack && len(m.faults) == before {
		m.checkPack(v)
	}
	// A row without a group can add a category that has no groups.
	if category != "" && g < 0 {
		m.category(category)
	}
}

// checkID is like [catalogue.CheckID] and knows what spreadsheets do to a long
// number.
func checkID(id string) error {
	if shortened.MatchString(id) {
		return fmt.Errorf("a spreadsheet shortened the id to %q: format the column as text and write the id again", id)
	}
	return catalogue.CheckID(id)
}

var shortened = regexp.MustCompile(`^[0-9]([.,][0-9]+)?[Ee]\+[0-9]+$`)

// groupByName returns the index of the group that the current row names, which
// is new if no group has the name, or -1 after a fault.
func (m *merge) groupByName() int {
	name, at := "", -1
	for i, col := range m.columns {
		if col.field == fieldName && name == "" {
			name, at = parseCell(m.row.cells[i]), i
		}
	}
	if name == "" {
		m.repeat("group", at, "the variant is new and the row has no name of a medicine: add it")
		return -1
	}
	switch found := m.groupsNamed(name); len(found) {
	case 0:
		if !m.derived {
			m.derived = true
			m.fault(catfile.Warning, -1, "no column is named group: new variants with the same name are one medicine")
		}
		g := m.group(m.newGroupID(name))
		m.groupNames[foldText(name)] = []int{g}
		return g
	case 1:
		return found[0]
	default:
		m.repeat("group", at, "%q is the name of the groups %q and %q: add a column \"group\" with the id", name, m.c.Groups[found[0]].ID, m.c.Groups[found[1]].ID)
		return -1
	}
}

// groupsNamed returns the indices of the groups that a text is a name of: those
// of the base, and those that names of the table have made.
func (m *merge) groupsNamed(text string) []int {
	if m.groupNames == nil {
		m.groupNames = map[string][]int{}
		for i := range m.c.Groups {
			addNames(m.groupNames, m.c.Groups[i].Name, i)
		}
	}
	return m.groupNames[foldText(text)]
}

// categoriesNamed returns the indices of the categories of the base that a text
// is a name of.
func (m *merge) categoriesNamed(text string) []int {
	if m.categoryNames == nil {
		m.categoryNames = map[string][]int{}
		for i := range m.c.Categories {
			addNames(m.categoryNames, m.c.Categories[i].Name, i)
		}
	}
	return m.categoryNames[foldText(text)]
}

// addNames adds an index under the folded form of each translation of a name.
func addNames(to map[string][]int, name catalogue.Text, i int) {
	for _, text := range name.All() {
		if key := foldText(text); !slices.Contains(to[key], i) {
			to[key] = append(to[key], i)
		}
	}
}

// isNamed reports whether a text is one of the names of a group.
func (m *merge) isNamed(g *catalogue.Group, text string) bool {
	for _, name := range g.Name.All() {
		if foldText(name) == foldText(text) {
			return true
		}
	}
	return false
}

// foldText returns a text in small letters with single spaces.
func foldText(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// newGroupID returns an id for a new group with a name: the words of the name
// if they are in Latin script, and a hash of it otherwise.
func (m *merge) newGroupID(name string) string {
	const longest = 80
	var b strings.Builder
	whole := true
	for _, r := range norm.NFKD.String(strings.NewReplacer("ı", "i", "ß", "ss", "ø", "o", "æ", "ae", "œ", "oe").Replace(strings.ToLower(name))) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			whole = false
		case !unicode.Is(unicode.Mn, r) && b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(foldText(name)))
	hash := fmt.Sprintf("%08x", h.Sum32())
	id := strings.Trim(b.String(), "-")
	if !whole || id == "" || len(id) > longest {
		id = "medicine-" + hash
	}
	if _, taken := m.at["group "+id]; taken {
		id += "-" + hash
	}
	return id
}

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
	if id, ok := terms.Find(text); ok {
		return id
	}
	kind := fmt.Sprintf("%s %q", what, text)
	if f == fieldClass {
		_, err := catalogue.ParseClass(text)
		m.repeat(kind, at, "%v", err)
		return ""
	}
	if m.repeated[kind] == 0 {
		m.fault(catfile.Warning, at, "unknown %s %q: it is kept, and shown as it is: %s", what, text, terms.Advice(text, advice))
	}
	m.repeated[kind]++
	return text
}

// parseATC returns a code in capital letters, if it is one.
func parseATC(s string) string {
	if code := strings.ToUpper(strings.ReplaceAll(s, " ", "")); catalogue.IsATC(code) {
		return code
	}
	return s
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
func (m *merge) finish(rows []row) {
	m.finishExpiries()
	m.finishCodes()
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
