package sheet

import (
	"errors"
	"fmt"
	"strconv"

	"pharmacy/internal/catalogue"
)

// field is what a column holds. A text field has one column per language.
// Exactly one of the three accessors is set, except for the currency, which
// belongs to the catalogue and has none.
type field struct {
	name     string
	words    string // alternative column heads in English, Persian, Turkish and Arabic
	numbers  numbers
	category access[catalogue.Category]
	group    access[catalogue.Group]
	variant  access[catalogue.Variant]
}

// numbers is what the numbers of a field are, which decides how they are read.
// The accessors of the field have them in plain decimal notation.
type numbers uint8

const (
	noNumbers numbers = iota
	counts
	prices
	strengths
)

// access reads and writes a field of a T, either through text or through get
// and set. set is nil for a field that is not set from its cell, such as an
// id.
type access[T any] struct {
	get func(*T) string
	// set parses a cell, which is not empty unless T is a variant. The error
	// may be a doubt.
	set  func(*T, string) error
	text func(*T) *catalogue.Text
}

func (a access[T]) exists() bool { return a.get != nil || a.text != nil }

// cell returns the field of v in cell form.
func (a access[T]) cell(v *T, lang string) string {
	if a.text != nil {
		return textCell(*a.text(v), lang)
	}
	if a.get != nil {
		return a.get(v)
	}
	return ""
}

// plain returns an accessor for a string.
func plain[T any](of func(*T) *string) access[T] {
	return access[T]{
		get: func(v *T) string { return *of(v) },
		set: func(v *T, s string) error { *of(v) = s; return nil },
	}
}

// list returns an accessor for a list of strings.
func list[T any](of func(*T) *[]string) access[T] {
	return access[T]{
		get: func(v *T) string { return joinList(*of(v)) },
		set: func(v *T, s string) error { *of(v) = splitList(s); return nil },
	}
}

// text returns an accessor for a text.
func text[T any](of func(*T) *catalogue.Text) access[T] { return access[T]{text: of} }

// doubt is an error of access.set that is only a warning: the value was set.
type doubt string

func (d doubt) Error() string { return string(d) }

// Fields that code refers to by name: keys of rows, and fields that are parsed
// together.
var (
	fieldID = &field{name: "id", words: "variant, variant id, code, شناسه, کد, شناسه فراورده, kimlik, kod, ürün kodu, المعرف, معرف, الرمز",
		variant: access[catalogue.Variant]{get: func(v *catalogue.Variant) string { return v.ID }}}
	fieldGroup = &field{name: "group", words: "group id, medicine id, گروه, شناسه گروه, شناسه دارو, گروه دارویی, grup, ilaç grubu, المجموعة, مجموعة",
		group: access[catalogue.Group]{get: func(g *catalogue.Group) string { return g.ID }}}
	fieldCategory = &field{name: "category", words: "category id, دسته, رده, kategori, الفئة, فئة",
		group: plain(func(g *catalogue.Group) *string { return &g.Category })}
	fieldName = &field{name: "name", words: "medicine name, name of medicine, group name, نام, نام دارو, ad, adı, isim, ilaç adı, ilacın adı, ilaç ismi, الاسم, اسم, اسم الدواء, إسم الدواء",
		group: text(func(g *catalogue.Group) *catalogue.Text { return &g.Name })}
	fieldAmount = &field{name: "pack_amount", words: "pack, amount, pack size, package size, packsize, units per pack, pack quantity, مقدار, مقدار بسته, تعداد در بسته, تعداد در جعبه, تعداد در هر بسته, اندازه بسته, paket miktarı, paket içeriği, ambalaj miktarı, kutu içeriği, kutudaki adet, ambalaj büyüklüğü, حجم العبوة, محتوى العبوة, عدد الوحدات في العبوة, العدد في العبوة", numbers: counts, variant: access[catalogue.Variant]{packAmount, setPackAmount, nil}}
	fieldUnit   = &field{name: "pack_unit", words: "unit, pack unit, package unit, واحد, واحد بسته, واحد شمارش, birim, paket birimi, الوحدة, وحدة", variant: plain(func(v *catalogue.Variant) *string { return &v.Pack.Unit })}
	fieldATC    = &field{name: "atc", words: "atc code, کد atc, atc kodu, رمز atc", group: access[catalogue.Group]{
		get: func(g *catalogue.Group) string { return g.ATC }, set: func(g *catalogue.Group, s string) error { g.ATC = parseATC(s); return nil }}}
	fieldOwnATC       = &field{name: "variant_atc", words: "variant atc code, کد atc فراورده, ürün atc kodu, رمز atc للمنتج", variant: plain(func(v *catalogue.Variant) *string { return &v.ATC })}
	fieldBrand        = &field{name: "brand", words: "brand name, trade name, proprietary name, برند, نام برند, نام تجاری, marka, marka adı, ticari ad, ticari adı, ticari isim, العلامة التجارية, الاسم التجاري", variant: plain(func(v *catalogue.Variant) *string { return &v.Brand })}
	fieldStrength     = &field{name: "strength", words: "dose, dosage, concentration, دوز, قدرت, doz, güç, yitilik, التركيز, العيار, الجرعة", numbers: strengths, variant: plain(func(v *catalogue.Variant) *string { return &v.Strength })}
	fieldManufacturer = &field{name: "manufacturer", words: "maker, manufacturer name, company, company name, سازنده, تولیدکننده, شرکت, شرکت سازنده, نام شرکت, üretici, üretici firma, firma, firma adı, المصنع, الشركة, اسم الشركة, الشركة المصنعة", variant: plain(func(v *catalogue.Variant) *string { return &v.Manufacturer })}
	fieldPrice        = &field{name: "price", words: "retail price, public price, sale price, selling price, price incl vat, قیمت, قیمت فروش, قیمت مصرف کننده, قیمت مصرف\u200cکننده, fiyat, fiyatı, satış fiyatı, perakende fiyatı, perakende satış fiyatı, psf, السعر, سعر, سعر البيع, سعر الجمهور, السعر للجمهور", numbers: prices, variant: access[catalogue.Variant]{price, setPrice, nil}}
	fieldOwnName      = &field{name: "variant_name", words: "نام فراورده, ürün adı, اسم المنتج", variant: text(func(v *catalogue.Variant) *catalogue.Text { return &v.Name })}
	fieldForm         = &field{name: "form", words: "dosage form, pharmaceutical form, شکل, شکل دارویی, farmasötik form, farmasötik şekil, dozaj formu, şekil, الشكل, الشكل الصيدلاني", variant: plain(func(v *catalogue.Variant) *string { return &v.Form })}
	fieldClass        = &field{name: "class", words: "class of sale, sale class, legal class, legal status, legal category, dispensing class, prescription class, rx otc, otc rx, otc or rx, طبقه, طبقه فروش, نوع نسخه, وضعیت نسخه, sınıf, satış sınıfı, reçete durumu, reçete türü, reçete tipi, الصنف, فئة البيع, حالة الصرف, طريقة الصرف, الوضع القانوني", variant: access[catalogue.Variant]{
		get: func(v *catalogue.Variant) string { return v.Class.String() }, set: setClass}}
	fieldExpiry = &field{name: "expiry", words: "exp, exp date, expires, expires on, expiration, expiry date, expiration date, best before, use by, انقضا, انقضاء, تاریخ انقضا, تاریخ انقضاء, son kullanma, son kullanma tarihi, son kullanım tarihi, skt, miad, تاريخ الانتهاء, تاريخ انتهاء الصلاحية, انتهاء الصلاحية, تاريخ الصلاحية, الصلاحية", variant: access[catalogue.Variant]{
		get: func(v *catalogue.Variant) string { return v.Expiry.String() }, set: setExpiry}}
	fieldCurrency = &field{name: "currency", words: "ارز, واحد پول, para birimi, العملة"}
)

// fields are all fields in column order.
var fields = [...]*field{
	fieldID,
	fieldGroup,
	fieldCategory,
	fieldATC,
	fieldName,
	fieldBrand,
	fieldForm,
	fieldStrength,
	fieldAmount,
	fieldUnit,
	fieldPrice,
	fieldCurrency,
	fieldClass,
	fieldExpiry,
	fieldManufacturer,
	{name: "image", words: "picture, تصویر, عکس, resim, görsel, الصورة, صورة", variant: plain(func(v *catalogue.Variant) *string { return &v.Image })},
	{name: "synonyms", words: "other names, مترادف\u200cها, نام\u200cهای دیگر, eş anlamlılar, diğer adlar, المرادفات, أسماء أخرى", group: list(func(g *catalogue.Group) *[]string { return &g.Synonyms })},
	{name: "brands", words: "brand names, trade names, برندها, نام\u200cهای تجاری, markalar, ticari adlar, الأسماء التجارية, العلامات التجارية", group: list(func(g *catalogue.Group) *[]string { return &g.Brands })},
	{name: "distinct_from", words: "متمایز از, şundan farklı, مختلف عن", group: list(func(g *catalogue.Group) *[]string { return &g.DistinctFrom })},
	{name: "leaflet", words: "بروشور, راهنما, prospektüs, kullanma talimatı, النشرة", group: access[catalogue.Group]{
		get: func(g *catalogue.Group) string { return g.Leaflet }, set: setLeaflet}},
	{name: "description", words: "شرح, توضیح, توضیحات, açıklama, الوصف, وصف", group: text(func(g *catalogue.Group) *catalogue.Text { return &g.Description })},
	fieldOwnATC,
	fieldOwnName,
	{name: "variant_description", words: "شرح فراورده, ürün açıklaması, وصف المنتج", variant: text(func(v *catalogue.Variant) *catalogue.Text { return &v.Description })},
	{name: "category_name", words: "نام دسته, kategori adı, اسم الفئة", category: text(func(c *catalogue.Category) *catalogue.Text { return &c.Name })},
	{name: "category_synonyms", words: "category words, مترادف\u200cهای دسته, kategori eş anlamlıları, مرادفات الفئة", category: list(func(c *catalogue.Category) *[]string { return &c.Synonyms })},
}

// isText reports whether the field has a column for each language.
func (f *field) isText() bool {
	return f.category.text != nil || f.group.text != nil || f.variant.text != nil
}

// isPlain reports whether the field is a text that a page shows as it is.
func (f *field) isPlain() bool {
	return f == fieldForm || f == fieldBrand || f == fieldManufacturer || f == fieldUnit || f == fieldStrength || f == fieldOwnATC
}

// isKey reports whether the field is an id.
func (f *field) isKey() bool { return f == fieldID || f == fieldGroup || f == fieldCategory }

// owner is the kind of object that a field belongs to.
type owner uint8

const (
	ofCatalogue owner = iota
	ofCategory
	ofGroup
	ofVariant
)

func (f *field) owner() owner {
	switch {
	case f.variant.exists():
		return ofVariant
	case f.group.exists():
		return ofGroup
	case f.category.exists():
		return ofCategory
	}
	return ofCatalogue
}

func packAmount(v *catalogue.Variant) string {
	if v.Pack.Amount > 0 {
		return strconv.FormatFloat(v.Pack.Amount, 'f', -1, 64)
	}
	return ""
}

func setPackAmount(v *catalogue.Variant, s string) (err error) {
	v.Pack.Amount = 0
	if s != "" {
		v.Pack.Amount, err = catalogue.ParsePackAmount(s)
	}
	if err != nil {
		return fmt.Errorf("%q: %w", s, err)
	}
	return nil
}

func price(v *catalogue.Variant) string {
	if v.Price.Known {
		return v.Price.Amount.String()
	}
	return ""
}

func setPrice(v *catalogue.Variant, s string) (err error) {
	v.Price = catalogue.Price{}
	if s == "" {
		return nil
	}
	v.Price, err = catalogue.ParsePrice(s)
	switch {
	case errors.Is(err, catalogue.ErrZeroPrice):
		return doubt(err.Error() + ": write it, or leave the cell empty")
	case err != nil:
		return fmt.Errorf("%q: %w", s, err)
	}
	return nil
}

func setClass(v *catalogue.Variant, s string) (err error) {
	v.Class = catalogue.Prescription
	if s != "" {
		v.Class, err = catalogue.ParseClass(s)
	}
	return err
}

func setExpiry(v *catalogue.Variant, s string) error {
	v.Expiry = catalogue.Expiry{}
	if s == "" {
		return nil
	}
	e, err := catalogue.ParseExpiry(s)
	switch {
	case errors.Is(err, catalogue.ErrExpiryForm):
		return fmt.Errorf("%q: %w, and have the spreadsheet keep the column as text", s, err)
	case err != nil:
		return fmt.Errorf("%q: %w", s, err)
	}
	v.Expiry = e
	return nil
}

func setLeaflet(g *catalogue.Group, s string) error {
	g.Leaflet = s
	return catalogue.CheckLeaflet(s)
}
