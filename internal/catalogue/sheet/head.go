package sheet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

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
			if slices.ContainsFunc(rows, func(r row) bool { return i < len(r.cells) && strings.TrimSpace(r.cells[i].text) != "" }) {
				m.fault(catfile.Warning, -1, "column %d has no head: it is ignored", i+1)
			}
		case !known && catalogue.ResembledField(text) != "":
			m.fault(catfile.Error, -1, "unknown column %[1]q: it seems to be the %[2]s: name it %[2]q or, if it is something else, rename or remove it", text, catalogue.ResembledField(text))
			fine = false
		case !known:
			m.fault(catfile.Warning, -1, "unknown column %q: it is ignored", text)
		case h.role != noRole:
			roles[h.role] = append(roles[h.role], i)
		default:
			fine = m.assign(i, h.column) && fine
			m.currency(h.currency, i)
			m.headUnit += h.unit
		}
		m.order = append(m.order, i)
	}
	fine = m.assignID(slices.Concat(roles[barcode], roles[registration]), rows) && fine
	for _, i := range roles[medicine] {
		fine = m.assignMedicine(i, rows, true) && fine
	}
	for _, i := range roles[product] {
		fine = m.assignMedicine(i, rows, false) && fine
	}
	for _, i := range roles[substance] {
		fine = m.assignSubstance(i) && fine
	}
	for _, i := range roles[strengthUnit] {
		m.strengthUnit = i + 1
	}
	m.nameNewProducts(rows)
	for _, i := range roles[stock] {
		m.fault(catfile.Warning, -1, "the column %q is ignored: it is taken for the stock, which the catalogue does not hold; if it is the size of a pack, name it pack_amount", m.heads[i])
	}
	slices.SortStableFunc(m.order, func(a, b int) int { return cmp.Compare(m.columns[a].lang, m.columns[b].lang) })
	m.named = m.hasNames() && m.seen[column{field: fieldGroup}] == ""
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

// assignID gives the ids their column, of those that hold numbers of products: the
// one with most ids of the catalogue, or else the first, unless there are ids.
func (m *merge) assignID(columns []int, rows []row) bool {
	best, most := -1, -1
	for _, i := range columns {
		known := 0
		for _, r := range rows {
			if i < len(r.cells) {
				if _, found := m.home[parseCell(r.cells[i])]; found {
					known++
				}
			}
		}
		if known > most {
			best, most = i, known
		}
	}
	fine := true
	if best >= 0 && m.seen[column{field: fieldID}] == "" {
		fine = m.assign(best, column{field: fieldID})
	}
	for _, i := range columns {
		if m.columns[i].field == nil {
			m.fault(catfile.Warning, -1, "the column %q is ignored: the ids are in %q, and the catalogue holds no further number of a product", m.heads[i], m.seen[column{field: fieldID}])
		}
	}
	return fine
}

// hasNames reports whether a column has names of medicines.
func (m *merge) hasNames() bool {
	return slices.ContainsFunc(m.columns, func(c column) bool { return c.field == fieldName })
}

// assignMedicine decides what a column is whose head says only that it is about
// the medicine: the id of its group if all its cells are ids of groups or, with
// newGroups, may be where other columns have names, and otherwise its name.
func (m *merge) assignMedicine(i int, rows []row, newGroups bool) bool {
	group, name := column{field: fieldGroup}, column{field: fieldName}
	newGroups = newGroups && m.hasNames()
	other := func(r row) bool {
		if i >= len(r.cells) {
			return false
		}
		text := parseCell(r.cells[i])
		_, known := m.at["group "+text]
		return text != "" && !known && (!newGroups || catalogue.CheckID(text) != nil || text != strings.ToLower(text))
	}
	switch {
	case m.seen[group] == "" && !slices.ContainsFunc(rows, other):
		return m.assign(i, group)
	case !m.hasNames():
		return m.assign(i, name)
	}
	m.fault(catfile.Warning, -1, "the column %q is ignored: it is not clear what of the medicine it holds; name it group, brand or variant_name", m.heads[i])
	return true
}

// assignSubstance makes the names of substances those of the medicines. What else
// is called a name is then the brand, unless there is one.
func (m *merge) assignSubstance(i int) bool {
	name, brand := column{field: fieldName}, column{field: fieldBrand}
	if other := slices.Index(m.columns, name); other >= 0 {
		delete(m.seen, name)
		m.columns[other] = column{}
		if m.seen[brand] == "" {
			m.assign(other, brand)
			m.brandAt = other + 1
			m.fault(catfile.Warning, -1, "the column %q is taken for the brand, and %q for the name of the medicine", m.heads[other], m.heads[i])
		} else {
			m.fault(catfile.Warning, -1, "the column %q is ignored: the name of the medicine is taken from %q, and the brand from %q", m.heads[other], m.heads[i], m.seen[brand])
		}
	}
	return m.assign(i, name)
}

// nameNewProducts takes the products' own names for those of medicines, if the
// table has no others and all its products are new.
func (m *merge) nameNewProducts(rows []row) {
	own := slices.Index(m.columns, column{field: fieldOwnName})
	id := slices.Index(m.columns, column{field: fieldID})
	if own < 0 || id < 0 || m.seen[column{field: fieldGroup}] != "" || m.hasNames() {
		return
	}
	known := func(r row) bool {
		if id >= len(r.cells) {
			return false
		}
		_, known := m.home[parseCell(r.cells[id])]
		return known
	}
	if !slices.ContainsFunc(rows, known) {
		m.assign(own, column{field: fieldName})
	}
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
