package sheet

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

// groupByName returns the index of the group that the current row names, which
// is new if no group has the name, or -1 after a fault.
func (m *merge) groupByName() int {
	name, at := "", -1
	for i, col := range m.columns {
		if col.field == fieldName && name == "" {
			name, at = parseCell(m.row.cells[i]), i
		}
	}
	brand := ""
	if name == "" { // of a product whose substance is not known
		brand, _ = m.cell(fieldBrand)
		name = brand
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
		if brand != "" {
			m.c.Groups[g].Name = catalogue.PlainText(brand)
		}
		m.groupNames[foldText(name)] = []int{g}
		return g
	case 1:
		return found[0]
	default:
		m.repeat("group", at, "%q is the name of the groups %q and %q: add a column \"group\" with the id", name, m.c.Groups[found[0]].ID, m.c.Groups[found[1]].ID)
		return -1
	}
}

// groupsNamed returns the indices of the groups that a text is a name or
// synonym of: those of the base, and those that names of the table have made.
func (m *merge) groupsNamed(text string) []int {
	if m.groupNames == nil {
		m.groupNames = map[string][]int{}
		for i := range m.c.Groups {
			addNames(m.groupNames, m.c.Groups[i].Name, i)
			for _, synonym := range m.c.Groups[i].Synonyms {
				addName(m.groupNames, synonym, i)
			}
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
		addName(to, text, i)
	}
}

func addName(to map[string][]int, name string, i int) {
	if key := foldText(name); !slices.Contains(to[key], i) {
		to[key] = append(to[key], i)
	}
}

// keepsName reports whether the name of a group stays where a row of a table
// without groups has another: if that is one of its names or synonyms, or
// may be the name of a product, as under "Medicine".
func (m *merge) keepsName(g *catalogue.Group, c column, text string, at int) bool {
	if hasText(g.Name, text) || slices.ContainsFunc(g.Synonyms, func(synonym string) bool { return foldText(synonym) == foldText(text) }) {
		return true
	}
	if c.lang != "" || g.Name.IsZero() || g.Name.Plain() != "" && catalogue.FoldName(m.heads[at]) == fieldName.name {
		return false
	}
	m.warnOnce("name", at, "%q does not replace the name of the group %q: to rename a medicine, write its group or the language, as in name_en", text, g.ID)
	return true
}

// isOfAnother reports whether a text is a name of another group than that of the
// row, which is a fault: the id or the name is of another medicine, as where a
// column was sorted without the others.
func (m *merge) isOfAnother(of subjects, text string, at int) bool {
	found := m.groupsNamed(text)
	if len(found) == 0 || slices.Contains(found, of.group) || m.options.AllowDuplicates {
		return false
	}
	g := &m.c.Groups[of.group]
	if g.Name.IsZero() { // a new group, which finishDuplicates names
		return false
	}
	m.repeat("other medicine", at, "%q is a name of the group %q, but the row is about %q: correct the id or the name, or import with --allow-duplicates", text, m.c.Groups[found[0]].ID, g.ID)
	return true
}

// hasText reports whether a text is one of the translations, in other letters or
// not.
func hasText(of catalogue.Text, text string) bool {
	for _, translation := range of.All() {
		if foldText(translation) == foldText(text) {
			return true
		}
	}
	return false
}

// foldText returns a text in small letters with single spaces, without marks and
// invisible characters, and with variants of Arabic letters unified.
func foldText(s string) string {
	ascii := func(r rune) bool { return r < utf8.RuneSelf }
	if strings.IndexFunc(s, func(r rune) bool { return !ascii(r) }) >= 0 {
		s = strings.Map(func(r rune) rune {
			switch {
			case r == 'ı':
				return 'i'
			case r == 'ي' || r == 'ى':
				return 'ی'
			case r == 'ك':
				return 'ک'
			case r == 'ة':
				return 'ه'
			case r == 'ـ' || unicode.In(r, unicode.Mn, unicode.Cf):
				return -1
			}
			return r
		}, norm.NFKD.String(s))
	}
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}

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
