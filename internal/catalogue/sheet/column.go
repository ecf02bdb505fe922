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

// head is what a column head means: a column, or one of the following.
type head struct {
	column
	role     role
	currency string // of the prices in the column; "" if the head does not say
	unit     string // of the strengths in the column, likewise
}

// role is what a head means that is not simply that of a column.
type role uint8

const (
	noRole       role = iota
	barcode           // of the product: an id, unless another column is
	registration      // a number of a national register: an id, unless another column is
	medicine          // of the medicine: its name, or the id of its group
	product           // of a product: the name of its medicine, if there is no other
	substance         // the name of the medicine, beside that of the product
	strengthUnit      // of the numbers in the column of strengths
	stock             // which the catalogue does not hold
)

// roleWords are the heads of each role. Those of stock are never a size of a
// pack: "Adet" may be 20 tablets or 20 boxes.
var roleWords = map[role]string{
	barcode:      "barcode, barcode no, barcode number, bar code, gtin, gtin code, gtin8, gtin12, gtin13, gtin14, gtin number, ean, ean code, ean8, ean13, upc, barkod, barkodu, barkod no, barkod numarası, ürün barkodu, karekod, بارکد, بارکد کالا, شماره بارکد, کد بارکد, باركود, الباركود, رقم الباركود, رمز الباركود, الرمز الشريطي",
	registration: "irc, irc code, کد irc, کد آی آر سی, ndc, ndc code, pzn, cip, cip7, cip13, din, ma number, register number, registration number, registration no, ruhsat no, ruhsat numarası, شماره ثبت, شماره پروانه, کد ثبت, رقم التسجيل, رقم الترخيص",
	medicine:     "medicine, medicines, ilaç, ilaçlar, دارو, داروها, الدواء, دواء",
	substance:    "generic, generic name, inn, active ingredient, active ingredients, active substance, scientific name, substance, jenerik adı, jenerik, etken madde, etken maddesi, etkin madde, نام ژنریک, نام عمومی, ماده موثره, ماده مؤثره, الاسم العلمي, الاسم العام, المادة الفعالة",
	strengthUnit: "strength unit, unit of strength, dose unit, dosage unit, doz birimi, güç birimi, واحد دوز, واحد قدرت, وحدة التركيز, وحدة العيار, وحدة الجرعة",
	product:      "drug, drug name, product, product name, preparation, item, item name, ürün, ürünün adı, müstahzar, müstahzar adı, محصول, نام محصول, کالا, نام کالا, فراورده, المنتج, المستحضر, اسم المستحضر",
	stock:        "quantity, qty, qty in stock, quantity in stock, quantity on hand, on hand, in stock, stock, stock level, stock quantity, inventory, adet, adedi, miktar, stok, stok adedi, stok miktarı, mevcut, mevcut stok, eldeki miktar, تعداد, تعداد موجود, تعداد موجودی, موجودی, موجودی انبار, انبار, الكمية, كمية, الكمية المتوفرة, العدد, عدد, المخزون, مخزون, الرصيد, رصيد المخزون",
}

// headers maps a folded column head to its meaning.
var headers = func() map[string]head {
	all := map[string]head{}
	for r, words := range roleWords {
		for word := range strings.SplitSeq(words, ",") {
			all[catalogue.FoldName(word)] = head{role: r}
		}
	}
	for _, f := range fields {
		for word := range strings.SplitSeq(f.name+","+f.words, ",") {
			word = catalogue.FoldName(word)
			all[word] = head{column: column{field: f}}
			if !f.isText() {
				continue
			}
			for lang, words := range languageWords {
				for name := range strings.SplitSeq(lang+","+words, ",") {
					all[word+catalogue.FoldName(name)] = head{column: column{f, lang}}
				}
			}
		}
	}
	return all
}()

// otherLanguage is a head with a language that is not the site's: after an
// underscore, as [Write] has it, or in brackets. "Name old" has none.
var otherLanguage = regexp.MustCompile(`^(.*?)(?:_|\s*[(\[])([A-Za-z]{2,3})[)\]]?$`)

func parseHeader(s string) (head, bool) {
	direct, found := headers[catalogue.FoldName(s)]
	if found && direct.role != noRole {
		return direct, true
	}
	if m := measuredIn.FindStringSubmatch(strings.TrimSpace(s)); m != nil {
		h, known := headers[catalogue.FoldName(m[1])]
		in := m[2] + m[3]
		switch code := currenciesOf(in); {
		case !known:
		case h.field == fieldPrice && code != "" && !strings.Contains(code, " "):
			h.currency = code
			return h, true
		case h.field == fieldStrength && catalogue.UnitSpelling(in) != "" && h.column.lang == "":
			h.unit = in
			return h, true
		}
	}
	if found {
		return direct, true
	}
	if m := otherLanguage.FindStringSubmatch(strings.TrimSpace(s)); m != nil {
		h, known := headers[catalogue.FoldName(m[1])]
		if known && h.lang == "" && h.field != nil && h.field.isText() {
			return head{column: column{h.field, strings.ToLower(m[2])}}, true
		}
	}
	return head{}, false
}

// measuredIn is a head with a currency or unit, as in "Fiyat (TL)" and "Dose mg".
var measuredIn = regexp.MustCompile(`^(.*?)(?:\s*[(\[]([^)\]]+)[)\]]|\s+(\S+))$`)

// check returns an error if a cell cannot be in the column.
func (c column) check(of cell) error {
	if err := catalogue.CheckControls(of.text); err != nil || c.field == nil {
		return err
	}
	if c.field.name != "leaflet" && c.field.name != "image" && of.kind != broken {
		if text, guarded := cutGuard(of); !guarded {
			if err := checkLetters(text); err != nil {
				return err
			}
		}
	}
	switch of.kind {
	case broken:
		return errors.New("the cell has no value that can be read: correct it, or format the column as text and write the cell again")
	case logical:
		return errors.New("the spreadsheet took this cell for true or false: format the column as text and write the cell again")
	case day, month:
		if c.field != fieldExpiry {
			return errors.New("the spreadsheet took this cell for a date: format the column as text and write the cell again")
		}
	case raised:
		return errors.New("a part of the text is superscript or subscript, which is lost: write it in plain characters, as 1000000000 or 10^9")
	case struck:
		return errors.New("the text is struck through: empty the cell, or write it again without")
	case measured, coded:
		if n := c.field.numbers; n == counts || n == prices || n == strengths && of.kind == coded {
			return fmt.Errorf("the format of the cell adds text to the number: it shows %q: write only the number, or format the column as text", of.text)
		}
	case percent:
		if c.field.numbers != strengths {
			return errors.New("a percentage cannot be here: write a number")
		}
	case number:
		if c.field == fieldExpiry {
			return errors.New("a number is no date, and may have lost a zero, as 2028.10 does: format the cell as a date, or as text and write the date again")
		}
		if of.currencies != "" && c.field.numbers != prices {
			return errors.New("the format of the cell shows a currency, which cannot be here: format the column as text and write the cell again")
		}
		if c.field.isKey() && strings.ContainsAny(of.text, "-.") {
			return errors.New("a number with a sign or decimals is no id: format the column as text and write the id again")
		}
		if digits := strings.TrimLeft(of.text, "0"); c.field.isKey() && len(digits) > spreadsheetDigits {
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
