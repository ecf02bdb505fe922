package catalogue

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A table is the catalogue as a spreadsheet has it: a row for each variant,
// with what is known of its group in every row. Rows without a variant's id
// hold a group that has no variants, or, without a group's id, a category.

// field is what a column holds. Texts have a column for each language.
type field string

// The fields by their names in a table, in the order of its columns.
const (
	fieldID                 field = "id"
	fieldGroup              field = "group"
	fieldCategory           field = "category"
	fieldATC                field = "atc"
	fieldName               field = "name"
	fieldBrand              field = "brand"
	fieldForm               field = "form"
	fieldStrength           field = "strength"
	fieldAmount             field = "pack_amount"
	fieldUnit               field = "pack_unit"
	fieldPrice              field = "price"
	fieldCurrency           field = "currency"
	fieldClass              field = "class"
	fieldExpiry             field = "expiry"
	fieldManufacturer       field = "manufacturer"
	fieldImage              field = "image"
	fieldSynonyms           field = "synonyms"
	fieldDistinct           field = "distinct_from"
	fieldLeaflet            field = "leaflet"
	fieldDescription        field = "description"
	fieldVariantName        field = "variant_name"
	fieldVariantDescription field = "variant_description"
	fieldCategoryName       field = "category_name"
	fieldCategorySynonyms   field = "category_synonyms"
)

// owner is of what a field tells.
type owner uint8

const (
	ofVariant owner = iota
	ofGroup
	ofCategory
	ofCatalogue
)

// fields in the order of a table's columns, with the words that head them
// beside their names, in English, Persian, Turkish and Arabic.
var fields = []struct {
	field
	owner
	text  bool
	words string
}{
	{fieldID, ofVariant, false, "variant, variant id, code, شناسه, کد, شناسه فراورده, kimlik, kod, ürün kodu, المعرف, معرف, الرمز"},
	{fieldGroup, ofGroup, false, "group id, medicine, medicine id, گروه, دارو, شناسه گروه, grup, ilaç, ilaç grubu, المجموعة, مجموعة, الدواء"},
	{fieldCategory, ofGroup, false, "category id, دسته, رده, kategori, الفئة, فئة"},
	{fieldATC, ofGroup, false, "atc code, کد atc, atc kodu, رمز atc"},
	{fieldName, ofGroup, true, "medicine name, group name, نام, نام دارو, ad, adı, isim, ilaç adı, الاسم, اسم, اسم الدواء"},
	{fieldBrand, ofVariant, false, "brand name, trade name, برند, نام تجاری, marka, العلامة التجارية, الاسم التجاري"},
	{fieldForm, ofVariant, false, "dosage form, شکل, شکل دارویی, farmasötik form, şekil, الشكل, الشكل الصيدلاني"},
	{fieldStrength, ofVariant, false, "dose, دوز, قدرت, doz, güç, yitilik, التركيز, العيار, الجرعة"},
	{fieldAmount, ofVariant, false, "pack, amount, pack size, quantity, مقدار, تعداد, مقدار بسته, miktar, adet, paket miktarı, الكمية, العدد"},
	{fieldUnit, ofVariant, false, "unit, واحد, واحد بسته, birim, paket birimi, الوحدة, وحدة"},
	{fieldPrice, ofVariant, false, "قیمت, fiyat, السعر, سعر"},
	{fieldCurrency, ofCatalogue, false, "ارز, واحد پول, para birimi, العملة"},
	{fieldClass, ofVariant, false, "class of sale, طبقه, طبقه فروش, sınıf, satış sınıfı, الصنف, فئة البيع"},
	{fieldExpiry, ofVariant, false, "exp, expires, expiry date, expiration date, انقضا, تاریخ انقضا, son kullanma tarihi, skt, تاريخ الانتهاء, انتهاء الصلاحية, الصلاحية"},
	{fieldManufacturer, ofVariant, false, "maker, سازنده, تولیدکننده, شرکت سازنده, üretici, المصنع, الشركة المصنعة"},
	{fieldImage, ofVariant, false, "picture, تصویر, عکس, resim, görsel, الصورة, صورة"},
	{fieldSynonyms, ofGroup, false, "other names, مترادف\u200cها, نام\u200cهای دیگر, eş anlamlılar, diğer adlar, المرادفات, أسماء أخرى"},
	{fieldDistinct, ofGroup, false, "متمایز از, şundan farklı, مختلف عن"},
	{fieldLeaflet, ofGroup, false, "بروشور, راهنما, prospektüs, kullanma talimatı, النشرة"},
	{fieldDescription, ofGroup, true, "شرح, توضیح, توضیحات, açıklama, الوصف, وصف"},
	{fieldVariantName, ofVariant, true, "نام فراورده, ürün adı, اسم المنتج"},
	{fieldVariantDescription, ofVariant, true, "شرح فراورده, ürün açıklaması, وصف المنتج"},
	{fieldCategoryName, ofCategory, true, "نام دسته, kategori adı, اسم الفئة"},
	{fieldCategorySynonyms, ofCategory, false, "category words, مترادف\u200cهای دسته, kategori eş anlamlıları, مرادفات الفئة"},
}

func ownerOf(f field) owner {
	for _, known := range fields {
		if known.field == f {
			return known.owner
		}
	}
	return ofCatalogue
}

// column is a field, and of a text the language; "" is the text that is the
// same in all.
type column struct {
	field field
	lang  string
}

func (c column) String() string {
	if c.lang == "" {
		return string(c.field)
	}
	return string(c.field) + "_" + c.lang
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
		for word := range strings.SplitSeq(string(f.field)+","+f.words, ",") {
			word = foldHeader(word)
			all[word] = column{field: f.field}
			if !f.text {
				continue
			}
			for lang, words := range languageWords {
				for name := range strings.SplitSeq(lang+","+words, ",") {
					all[word+foldHeader(name)] = column{f.field, lang}
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
		for _, f := range fields {
			if known && c.lang == "" && f.field == c.field && f.text {
				return column{c.field, strings.ToLower(m[2])}, true
			}
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
func Table(c *Catalogue, separator byte) []byte {
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
			return categoryCell(&c.Categories[i], col)
		})
	}
	for i := range c.Groups {
		g := &c.Groups[i]
		lineOf := func(v *Variant) {
			line(func(col column) string {
				switch ownerOf(col.field) {
				case ofCatalogue:
					return c.Currency
				case ofGroup:
					return groupCell(g, col)
				case ofVariant:
					if v != nil {
						return variantCell(v, col)
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

// columnsOf gives the columns that a catalogue needs: those of the site's
// languages always, so that they can be filled in.
func columnsOf(c *Catalogue) []column {
	used := map[column]bool{}
	note := func(f field, t Text) {
		for lang := range t.All() {
			used[column{f, lang}] = true
		}
	}
	for i := range c.Categories {
		note(fieldCategoryName, c.Categories[i].Name)
	}
	for i := range c.Groups {
		g := &c.Groups[i]
		note(fieldName, g.Name)
		note(fieldDescription, g.Description)
		for j := range g.Variants {
			note(fieldVariantName, g.Variants[j].Name)
			note(fieldVariantDescription, g.Variants[j].Description)
		}
	}
	var columns []column
	for _, f := range fields {
		if !f.text {
			columns = append(columns, column{field: f.field})
			continue
		}
		of := []column{}
		for _, lang := range languages {
			of = append(of, column{f.field, lang})
		}
		for col := range used {
			if col.field == f.field && !slices.Contains(of, col) {
				of = append(of, col)
			}
		}
		slices.SortFunc(of, func(a, b column) int { return byLanguage(a.lang, b.lang) })
		columns = append(columns, of...)
	}
	return columns
}

// textCell gives a text in exactly one language.
func textCell(t Text, lang string) string {
	for l, text := range t.All() {
		if l == lang {
			return text
		}
	}
	return ""
}

func categoryCell(c *Category, col column) string {
	switch col.field {
	case fieldCategoryName:
		return textCell(c.Name, col.lang)
	case fieldCategorySynonyms:
		return joinList(c.Synonyms)
	}
	return ""
}

func groupCell(g *Group, col column) string {
	switch col.field {
	case fieldGroup:
		return g.ID
	case fieldCategory:
		return g.Category
	case fieldATC:
		return g.ATC
	case fieldName:
		return textCell(g.Name, col.lang)
	case fieldDescription:
		return textCell(g.Description, col.lang)
	case fieldSynonyms:
		return joinList(g.Synonyms)
	case fieldDistinct:
		return joinList(g.DistinctFrom)
	case fieldLeaflet:
		return g.Leaflet
	}
	return ""
}

func variantCell(v *Variant, col column) string {
	switch col.field {
	case fieldID:
		return v.ID
	case fieldVariantName:
		return textCell(v.Name, col.lang)
	case fieldVariantDescription:
		return textCell(v.Description, col.lang)
	case fieldBrand:
		return v.Brand
	case fieldForm:
		return v.Form
	case fieldStrength:
		return v.Strength
	case fieldAmount:
		if v.Pack.Amount > 0 {
			return strconv.FormatFloat(v.Pack.Amount, 'f', -1, 64)
		}
	case fieldUnit:
		if v.Pack.Amount > 0 {
			return v.Pack.Unit
		}
	case fieldPrice:
		if v.Price.Known {
			return v.Price.Amount.String()
		}
	case fieldClass:
		return v.Class.String()
	case fieldExpiry:
		return v.Expiry.String()
	case fieldManufacturer:
		return v.Manufacturer
	case fieldImage:
		return v.Image
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
type TableFault struct {
	Severity Severity
	Row      int    // as the spreadsheet numbers it; 0 for the table as a whole
	Column   string // as its head is written; "" for the whole row
	Message  string
}

// String writes the fault on one line.
func (f TableFault) String() string {
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
func ReadTable(base *Catalogue, data []byte) (*Catalogue, []TableFault) {
	t := &table{c: clone(base), at: map[string]int{}, said: map[statement]said{}, rows: map[string]int{}}
	rows, err := readRows(data)
	if err != nil {
		t.faults = append(t.faults, TableFault{Severity: Error, Message: err.Error()})
		return nil, t.faults
	}
	t.read(rows)
	if slices.ContainsFunc(t.faults, func(f TableFault) bool { return f.Severity == Error }) {
		return nil, t.faults
	}
	return t.c, t.faults
}

// clone copies what a table can change.
func clone(c *Catalogue) *Catalogue {
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
	c       *Catalogue
	columns []column // of each cell; a zero one is passed over
	heads   []string
	order   []int // of the columns: texts that are the same in all languages come first
	faults  []TableFault

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

func (t *table) fault(severity Severity, col int, format string, args ...any) {
	f := TableFault{Severity: severity, Row: t.row.number, Message: fmt.Sprintf(format, args...)}
	if col >= 0 {
		f.Column = t.heads[col]
	}
	switch {
	case len(t.faults) < maxFaults:
		t.faults = append(t.faults, f)
	case severity == Error && len(t.faults) == maxFaults:
		t.faults = append(t.faults, TableFault{Severity: Error, Message: "more faults are not listed: correct these first"})
	}
}

func (t *table) read(rows []row) {
	for len(rows) > 0 && blank(rows[0]) {
		rows = rows[1:]
	}
	if len(rows) == 0 {
		t.fault(Error, -1, "the table is empty")
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
			t.fault(Warning, -1, "the column %q is not known: it is ignored", head)
		case seen[col] != "":
			t.fault(Error, -1, "the columns %q and %q are both the %s: take one out", seen[col], head, col)
			fine = false
		default:
			seen[col] = head
		}
		t.columns = append(t.columns, col)
		t.order = append(t.order, i)
	}
	slices.SortStableFunc(t.order, func(a, b int) int { return cmp.Compare(t.columns[a].lang, t.columns[b].lang) })
	if fine && seen[column{field: fieldID}] == "" && seen[column{field: fieldGroup}] == "" && seen[column{field: fieldCategory}] == "" {
		t.fault(Error, -1, "no column is headed id, group or category: the first row names the columns")
		fine = false
	}
	return fine
}

// cell gives the text in a field's column, and the column; -1 if there is
// none.
func (t *table) cell(f field) (string, int) {
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
			t.fault(Error, -1, "the row has more cells than there are columns: a text with the separator in it, such as the price 2,40, needs quotes")
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
		if msg := checkID([]byte(id.text)); msg != "" {
			t.fault(Error, id.at, "%s", msg)
			return
		}
	}
	g := -1
	if variant != "" {
		if first := t.rows[variant]; first != 0 {
			t.fault(Error, variantAt, "the id %q stands already in row %d: every id is the only one of its kind", variant, first)
			return
		}
		t.rows[variant] = t.row.number
		home, known := t.home[variant]
		switch {
		case group == "" && !known:
			t.fault(Error, groupAt, "no variant has the id %q yet: name its group", variant)
			return
		case group == "":
			g = home
		case known && t.c.Groups[home].ID != group:
			t.fault(Error, groupAt, "the variant %q is of the group %q: give it another id, or correct the group", variant, t.c.Groups[home].ID)
			return
		}
	}
	if g < 0 && group != "" {
		g = t.group(group)
	}
	var v *Variant
	if variant != "" {
		v = t.variant(variant, g)
	}
	pack := -1
	for _, i := range t.order {
		col := t.columns[i]
		if col.field == "" {
			continue
		}
		text := ""
		if i < len(t.row.cells) {
			text = parseCell(t.row.cells[i])
		}
		switch ownerOf(col.field) {
		case ofCatalogue:
			t.currency(text, i)
		case ofVariant:
			switch {
			case v != nil && (col.field == fieldAmount || col.field == fieldUnit):
				pack = i
			case v != nil:
				t.setVariant(v, col, text, i)
			case text != "":
				t.fault(Error, variantAt, "the row has no id, and its %s is that of a variant: give it one", t.heads[i])
				return
			}
		case ofGroup:
			switch {
			case text == "" || col.field == fieldGroup:
			case g >= 0:
				if t.says(statement{ofGroup, t.c.Groups[g].ID, col}, text, i) {
					t.setGroup(&t.c.Groups[g], col, text, i)
				}
			case col.field != fieldCategory:
				t.fault(Error, groupAt, "the row has no group, and its %s is that of a group: name it", t.heads[i])
				return
			}
		case ofCategory:
			if text == "" {
				continue
			}
			id := category
			if id == "" {
				t.fault(Error, categoryAt, "the row has no category, and has its %s: name it", t.heads[i])
				return
			}
			if t.says(statement{ofCategory, id, col}, text, i) {
				c := &t.c.Categories[t.category(id)]
				if col.field == fieldCategorySynonyms {
					c.Synonyms = splitList(text)
				} else {
					t.setText(&c.Name, col, text, i, fieldCategoryName)
				}
			}
		}
	}
	if pack >= 0 {
		t.setPack(v)
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
		t.c.Categories = append(t.c.Categories, Category{ID: id})
		t.at["category "+id] = i
	}
	return i
}

func (t *table) group(id string) int {
	i, known := t.at["group "+id]
	if !known {
		i = len(t.c.Groups)
		t.c.Groups = append(t.c.Groups, Group{ID: id})
		t.at["group "+id] = i
	}
	return i
}

func (t *table) variant(id string, group int) *Variant {
	g := &t.c.Groups[group]
	i, known := t.at["variant "+id]
	if !known {
		i = len(g.Variants)
		g.Variants = append(g.Variants, Variant{ID: id})
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
		t.fault(Error, col, "row %d says %q of %q, and this one %q: write the same in every row, or leave all but one empty", before.row, before.text, s.id, text)
	}
	return false
}

func (t *table) currency(text string, col int) {
	if text == "" {
		return
	}
	text = strings.ToUpper(text)
	switch {
	case len(text) != 3 || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
		t.fault(Error, col, "the currency is not an ISO 4217 code: write three letters such as EUR")
	case t.c.Currency == "":
		t.c.Currency = text
	case t.c.Currency != text:
		t.fault(Error, col, "the currency is %s, and all other prices are in %s: a catalogue has one", text, t.c.Currency)
	}
}

// setText puts a text in its language. One that was the same in all
// languages becomes the English one beside another.
func (t *table) setText(to *Text, col column, text string, at int, f field) {
	switch {
	case col.lang == "" && text == "":
		to.plain = ""
	case col.lang == "":
		*to = Text{plain: text}
	default:
		if text != "" && to.plain != "" {
			if plain, i := t.cell(f); i >= 0 && plain != "" {
				t.fault(Error, at, "the row has a text that is the same in all languages, in %q, and one in this: leave one of them empty", t.heads[i])
				return
			}
			*to = Text{in: []translation{{"en", to.plain}}}
		}
		in := slices.DeleteFunc(slices.Clone(to.in), func(tr translation) bool { return tr.lang == col.lang })
		to.in = in
		to.set(col.lang, text)
		if len(to.in) == 0 {
			to.in = nil
		}
	}
}

func (t *table) setGroup(g *Group, col column, text string, at int) {
	switch col.field {
	case fieldCategory:
		g.Category = text
	case fieldATC:
		g.ATC = text
	case fieldName:
		t.setText(&g.Name, col, text, at, fieldName)
	case fieldDescription:
		t.setText(&g.Description, col, text, at, fieldDescription)
	case fieldSynonyms:
		g.Synonyms = splitList(text)
	case fieldDistinct:
		g.DistinctFrom = splitList(text)
	case fieldLeaflet:
		if !address(text) {
			t.fault(Error, at, "the leaflet is not an address: begin it with https://")
		}
		g.Leaflet = text
	}
}

func (t *table) setVariant(v *Variant, col column, text string, at int) {
	switch col.field {
	case fieldVariantName:
		t.setText(&v.Name, col, text, at, fieldVariantName)
	case fieldVariantDescription:
		t.setText(&v.Description, col, text, at, fieldVariantDescription)
	case fieldBrand:
		v.Brand = text
	case fieldForm:
		v.Form = text
	case fieldStrength:
		v.Strength = text
	case fieldManufacturer:
		v.Manufacturer = text
	case fieldImage:
		v.Image = text
	case fieldPrice:
		v.Price = Price{}
		if text == "" {
			return
		}
		number, err := decimal(text)
		if err == nil {
			v.Price.Amount, err = ParseAmount(number)
		}
		if err != nil {
			t.fault(Error, at, "%q: %v", text, err)
			return
		}
		if v.Price.Known = v.Price.Amount > 0; !v.Price.Known {
			t.fault(Warning, at, "the price is 0 and counts as unknown: write it, or leave the cell empty")
		}
	case fieldClass:
		v.Class = Prescription
		if text == "" {
			return
		}
		class, err := ParseClass(strings.ToLower(text))
		if err != nil {
			t.fault(Error, at, "%v", err)
		}
		v.Class = class
	case fieldExpiry:
		v.Expiry = Expiry{}
		if text == "" {
			return
		}
		e, doubt, err := tableExpiry(text)
		if err != nil {
			t.fault(Error, at, "%q: %v", text, err)
		} else if doubt != "" {
			t.fault(Warning, at, "%s", doubt)
		}
		v.Expiry = e
	}
}

func (t *table) setPack(v *Variant) {
	amount, amountAt := t.cell(fieldAmount)
	unit, unitAt := t.cell(fieldUnit)
	pack := v.Pack
	if unitAt >= 0 {
		pack.Unit = unit
	}
	switch {
	case amountAt < 0:
	case amount == "":
		pack.Amount = 0
	default:
		number, err := decimal(amount)
		if err == nil {
			pack.Amount, err = strconv.ParseFloat(number, 64)
		}
		if err != nil || !(pack.Amount > 0) || pack.Amount > 1e9 {
			t.fault(Error, amountAt, "%q is not an amount between 0 and 1,000,000,000: write it as in 20 or 2.5", amount)
			return
		}
	}
	switch {
	case pack.Amount == 0 && unit != "":
		t.fault(Error, max(amountAt, unitAt), "the pack has a unit, %q, and no amount: write it", unit)
		return
	case pack.Amount == 0:
		pack = Pack{}
	case pack.Unit == "":
		t.fault(Warning, max(amountAt, unitAt), "the pack has no unit: write a singular word such as \"tablet\", or \"ml\" or \"g\"")
	}
	v.Pack = pack
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
			t.fault(Error, nameCol, "the group %q is new and has no name: write it in at least one language, as in name_en", g.ID)
		}
		if _, known := t.at["category "+g.Category]; g.Category != "" && !known {
			t.row.number = t.said[statement{ofGroup, g.ID, column{field: fieldCategory}}].row
			t.fault(Error, categoryCol, "no category has the id %q: correct it, or give the category a name in category_name_en", g.Category)
		}
	}
	for i := range t.c.Categories {
		if c := &t.c.Categories[i]; c.Name.IsZero() {
			t.row = row{}
			t.fault(Warning, -1, "the category %q has no name: its id is shown", c.ID)
			c.Name.plain = c.ID
		}
	}
}

func address(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "/")
}

var (
	points = regexp.MustCompile(`^[0-9]{1,3}(?:[,\x{66c} \x{a0}\x{202f}'][0-9]{3})+(?:\.[0-9]+)?$`)
	commas = regexp.MustCompile(`^[0-9]{1,3}(?:[.\x{66c} \x{a0}\x{202f}'][0-9]{3})+(?:,[0-9]+)?$`)
	plain  = regexp.MustCompile(`^[0-9]+(?:[.,][0-9]+)?$`)
)

// decimal gives a number as it is written in English of one that is written
// as in the site's languages: with other digits, a decimal comma or ٫, and
// separators between thousands. What can be read in two ways is an error:
// 1,234 is a thousand to some and little more than one to others.
func decimal(s string) (string, error) {
	s = westernDigits(s)
	arabic := strings.Contains(s, "٫")
	s = strings.ReplaceAll(s, "٫", ".")
	_, fraction, comma := strings.Cut(s, ",")
	switch {
	case plain.MatchString(s) && comma && len(fraction) == 3 && !strings.HasPrefix(s, "0,"):
		return "", errors.New("this is a thousand to some and little more than one to others: write it without separators, and with a point for decimals")
	case plain.MatchString(s):
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

// tableExpiry reads a date with hyphens or slashes. Only what was in a file
// of the replaced application, with slashes, may not exist.
func tableExpiry(s string) (e Expiry, doubt string, err error) {
	s = westernDigits(s)
	if strings.Contains(s, "/") {
		return parseOldExpiry(s)
	}
	if e, err = ParseExpiry(s); !errors.Is(err, errExpiryForm) {
		return e, "", err
	}
	// A month or day with one digit.
	if e, doubt, err := parseOldExpiry(strings.ReplaceAll(s, "-", "/")); err == nil && doubt == "" {
		return e, "", nil
	}
	return Expiry{}, "", errors.New("the expiry is not a date: write YYYY-MM or YYYY-MM-DD, and have the spreadsheet keep the column as text")
}
