package sheet

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"pharmacy/data"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

// writers are the ways to write a table, by name.
var writers = map[string]func(*catalogue.Catalogue) ([]byte, error){
	"commas":     func(c *catalogue.Catalogue) ([]byte, error) { return Write(c, ','), nil },
	"semicolons": func(c *catalogue.Catalogue) ([]byte, error) { return Write(c, ';'), nil },
	"tabs":       func(c *catalogue.Catalogue) ([]byte, error) { return Write(c, '\t'), nil },
	"workbook":   WriteWorkbook,
}

// again returns the catalogue read back from a table of c.
func again(t *testing.T, c *catalogue.Catalogue, writer string) *catalogue.Catalogue {
	t.Helper()
	table, err := writers[writer](c)
	if err != nil {
		t.Fatal(err)
	}
	read, faults := readTable(new(catalogue.Catalogue), table, Options{})
	if read == nil {
		t.Fatalf("faults in a table that Write returned: %v", faults)
	}
	read.Updated = c.Updated
	return read
}

// odd contains what spreadsheets and separators could corrupt.
const odd = `{"updated": "2026-01-01T00:00:00Z", "currency": "KWD",
"categories": [{"id": "empty", "name": "Empty, and \"quoted\""}, {"id": "c2", "name": {"ku": "Sorî", "en": " Two ", "de": "Zwei"}, "synonyms": ["two | zwei", "=2", "دو"]}, {"id": "c1", "name": {"fa": "یک"}}],
"groups": [
{"id": "none", "name": "=1+1", "variants": []},
{"id": "g", "category": "c1", "atc": "-A01", "name": {"ar": "دواء", "en": "@SUM(A1)", "tr": "İlaç\r\nsatır\r\ttab"}, "description": "'quoted; 'twice'",
 "synonyms": ["a | b", "c\\d", " e ", "\\", "+f", "g,h;i\tj", "|", "'k"], "brands": ["B | c", "-", "آ"], "distinct_from": ["none"], "leaflet": "https://example.org/leaflet?a=1,2",
 "variants": [
  {"id": "v1", "name": {"xx": "\u0085\u00ad", "fa": "نام\nدو سطر"}, "description": "  ", "brand": "-", "form": " tablet", "strength": "۵۰۰ mg", "pack": {"amount": 0.125, "unit": ""}, "price": "0.125", "class": "general", "expiry": "1407/02/31", "manufacturer": "＝x", "image": "/a b.png"},
  {"id": "v2", "price": null, "expiry": "2027/3", "pack": {"amount": 1e9, "unit": "ml"}},
  {"id": "v3", "price": 1e3, "class": "controlled", "expiry": "2030-01-05", "brand": "\ufeff\u00a0\u2003", "strength": "\"\"", "name": "plain"}
 ]},
{"id": "last", "category": "c2", "name": {"en": "Last", "fa": "آخر", "tr": "Son", "ar": "الأخير"}, "variants": [{"id": "1"}]}
]}`

func TestTableLosesNothing(t *testing.T) {
	for name, data := range map[string][]byte{
		"demonstration": data.Medicines, "old": oldWithSoundDates(t), "odd": []byte(odd), "sound": sound,
		"nothing": []byte(`{"groups": []}`), "currency": []byte(`{"currency": "EUR", "groups": []}`),
		"category": []byte(`{"categories": [{"id": "a", "name": "A"}], "groups": []}`),
	} {
		c, _, err := catfile.Parse(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for writer := range writers {
			if got, want := catfile.Marshal(again(t, c, writer), ""), catfile.Marshal(c, ""); !bytes.Equal(got, want) {
				t.Errorf("%s with %s:\n%.2000s\nwant\n%.2000s", name, writer, got, want)
			}
		}
	}
}

// oldWithSoundDates returns a file in the legacy format without impossible dates,
// which a table may not have.
func oldWithSoundDates(t *testing.T) []byte {
	data := read(t, "../catfile/testdata/old.json")
	return bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("2027/02/31"), []byte("2027/02/28")), []byte("2027/13"), []byte("1406/12"))
}

// The dates of a legacy file are read leniently, but a table and the file written
// with it are not.
func TestImpossibleDatesOfTheOldFile(t *testing.T) {
	old, _, err := catfile.Parse(read(t, "../catfile/testdata/old.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ table, want string }{
		{string(Write(old, ',')), `row 8, expiry: "2027/02/31": there is no day 31 in 2027-02, which has 28 days: correct it, or write 2027-02 for the last day
row 10, expiry: "2027/13": there is no month 13: correct it or, if 13 is the day, write YYYY-MM-DD
`},
		{"id,price\n201,2.40\nv1,1.00\n", `the variant "102" has the impossible expiry "2027/02/31": it becomes 2027-02
row 3: the variant "v1" has the unreadable expiry "2027/13": correct it in the catalogue file, or here in the column "expiry"
`},
		{"id,expiry\nv1,1406/10\n102,\n", ""},
	} {
		c, faults := readTable(old, []byte(test.table), Options{})
		var got strings.Builder
		for _, f := range faults {
			fmt.Fprintln(&got, f)
		}
		if got.String() != test.want || (c == nil) != (test.want != "") {
			t.Errorf("%s\n%s\nwant\n%s", test.table, got.String(), test.want)
		}
		if c == nil {
			continue
		}
		if _, err := catfile.File(c); err != nil {
			t.Error(err)
		}
	}
	c, faults := readTable(old, []byte("id,expiry\nv1,1406/10\n"), Options{})
	if c == nil || len(faults) != 1 || faults[0].Severity != catfile.Warning {
		t.Fatalf("%v", faults)
	}
	if changes, _ := Changes(old, c); fmt.Sprint(changes) != `[{variant 102 false expiry "2027/02/31" → "2027-02"} {variant v1 false expiry "2027/13" → "1406-10"}]` {
		t.Errorf("%v", changes)
	}
	if _, err := catfile.File(c); err != nil {
		t.Error(err)
	}
}

// Reading a catalogue's own table, or only some of its rows, changes nothing.
func TestTableOfTheSameChangesNothing(t *testing.T) {
	for _, data := range []string{odd, string(sound)} {
		c, _, err := catfile.Parse([]byte(data))
		if err != nil {
			t.Fatal(err)
		}
		before := catfile.Marshal(c, "")
		rows := bytes.SplitAfter(Write(c, ','), []byte("\r\n"))
		workbook, err := WriteWorkbook(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range [][]byte{bytes.Join(rows, nil), append(rows[0], rows[len(rows)-2]...), workbook} {
			same, faults := readTable(c, table, Options{})
			if same == nil {
				t.Fatal(faults)
			}
			if changes, _ := Changes(c, same); len(changes) > 0 || !bytes.Equal(catfile.Marshal(same, ""), before) {
				t.Errorf("%v", changes)
			}
		}
		if !bytes.Equal(catfile.Marshal(c, ""), before) {
			t.Error("the base was changed")
		}
	}
}

// Other programs must parse our output correctly.
func TestTableIsCSV(t *testing.T) {
	c, _, err := catfile.Parse([]byte(odd))
	if err != nil {
		t.Fatal(err)
	}
	table, found := bytes.CutPrefix(Write(c, ','), []byte(byteOrderMark))
	if !found {
		t.Error("no byte order mark")
	}
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1+3+1+3+1 {
		t.Errorf("%d rows", len(rows))
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r ") {
				t.Errorf("a spreadsheet may take %q for a formula", cell)
			}
		}
	}
}

func FuzzTable(f *testing.F) {
	f.Add([]byte(odd))
	f.Add(sound)
	f.Add(read(f, "../catfile/testdata/old.json"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, _, err := catfile.Parse(data)
		if err != nil || impossibleDates(c) || catalogue.CheckControls(string(Write(c, ','))) != nil {
			return
		}
		for writer := range writers {
			if writer == "workbook" {
				if _, err := WriteWorkbook(c); err != nil {
					continue
				}
			}
			if got, want := catfile.Marshal(again(t, c, writer), ""), catfile.Marshal(c, ""); !bytes.Equal(got, want) {
				t.Errorf("with %s:\n%s\nwant\n%s", writer, got, want)
			}
		}
	})
}

// impossibleDates reports whether a catalogue has a date that only the legacy
// format may have.
func impossibleDates(c *catalogue.Catalogue) bool {
	for _, g := range c.Groups {
		if slices.ContainsFunc(g.Variants, func(v catalogue.Variant) bool { return v.Expiry.Text() != "" }) {
			return true
		}
	}
	return false
}

// Any catalogue read from a table can be written as a file.
func FuzzReadTable(f *testing.F) {
	c, _, err := catfile.Parse([]byte(odd))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(Write(c, ';'))
	f.Add([]byte(","))
	f.Add([]byte("sep=\t\nid\tgroup\tname\tprice\n1\tg\tN\t۲٫۵\n"))
	f.Add([]byte("شناسه,گروه,نام فارسی,قیمت,pack,unit,exp\rx,g,ن,\"1,5\",2,ml,2027/2/31\r\n"))
	base, _, err := catfile.Parse(sound)
	if err != nil {
		f.Fatal(err)
	}
	before := catfile.Marshal(base, "")
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, b := range []*catalogue.Catalogue{new(catalogue.Catalogue), base} {
			if got, faults := readTable(b, data, Options{}); got != nil {
				if _, err := catfile.File(got); err != nil {
					t.Errorf("%v\n%v", err, faults)
				}
			} else if len(faults) == 0 {
				t.Error("neither a catalogue nor a fault")
			}
		}
		if !bytes.Equal(catfile.Marshal(base, ""), before) {
			t.Error("the base was changed")
		}
	})
}

func TestTableHeads(t *testing.T) {
	for head, want := range map[string]string{
		"id": "id", "ID": "id", " Variant ID ": "id", "variant_id": "id", "شناسه": "id", "Kimlik": "id", "المعرّف": "id",
		"Price": "price", "PRICE": "price", "قیمت": "price", "قيمت": "price", "Fiyat": "price", "FİYAT": "price", "السعر": "price",
		"Name EN": "name_en", "name-fa": "name_fa", "name (tr)": "name_tr", "Name Arabic": "name_ar", "نام فارسی": "name_fa", "نام دارو (انگلیسی)": "name_en",
		"İlaç adı Türkçe": "name_tr", "ILAC ADI": "name", "الاسم العربية": "name_ar", "name": "name", "name_ku": "name_ku", "Description [de]": "description_de",
		"Pack size": "pack_amount", "pack-unit": "pack_unit", "Pack Amount": "pack_amount", "واحد": "pack_unit", "Son Kullanma Tarihi": "expiry", "SKT": "expiry",
		"تاریخ انقضا": "expiry", "تاريخ الانتهاء": "expiry", "Category name fa": "category_name_fa", "نام دسته فارسی": "category_name_fa", "variantname_en": "variant_name_en",
		"تاریخ انقضاء": "expiry", "انقضاء": "expiry", "تاريخ انتهاء الصلاحية": "expiry", "تاريخ الصلاحية": "expiry", "exp date": "expiry", "exp_date": "expiry", "Exp. Date": "expiry",
		"expires on": "expiry", "Best before": "expiry", "Use by": "expiry", "Son kullanma": "expiry", "SON KULLANIM TARİHİ": "expiry", "S.K.T.": "expiry", "Miad": "expiry", "MİAD": "expiry",
		"Distinct from": "distinct_from", "ATC code": "atc", "مترادف ها": "synonyms", "مترادف\u200cها": "synonyms",
		"Brand": "brand", "Marka": "brand", "نام تجاری": "brand", "الاسم التجاري": "brand", "Brands": "brands", "Markalar": "brands", "نام\u200cهای تجاری": "brands", "الأسماء التجارية": "brands", "ÜRETİCİ": "manufacturer",
		"": "", "colour": "", "name_x": "", "price_en": "", "stock": "",
	} {
		got := ""
		if c, known := parseHeader(head); known && c.field != nil {
			got = c.String()
		}
		if got != want {
			t.Errorf("%q is %q, want %q", head, got, want)
		}
	}
	// No word is a header of two columns.
	seen := map[string]string{}
	note := func(words, of string) {
		for word := range strings.SplitSeq(words, ",") {
			if other, found := seen[catalogue.FoldName(word)]; found && other != of {
				t.Errorf("%q is a header of both %s and %s", word, other, of)
			}
			seen[catalogue.FoldName(word)] = of
		}
	}
	for _, f := range fields {
		note(f.name+","+f.words, f.name)
	}
	for role, words := range roleWords {
		note(words, fmt.Sprintf("role %d", role))
	}
}

// A column of dates or classes under a name that is not known is not ignored.
func TestTableHeadsThatResembleOthers(t *testing.T) {
	base, _, err := catfile.Parse(sound)
	if err != nil {
		t.Fatal(err)
	}
	for head, want := range map[string]string{
		"Expiry (YYYY-MM)": "expiry", "S.K.T. (ay/yıl)": "expiry", "expiry2": "expiry", "EXP 2": "expiry", "expiry_en": "expiry", "exp": "", "Expected": "", "Export price": "", "Experience": "",
		"Miadı": "expiry", "SKT'si": "expiry", "Son kullanma (yıl)": "expiry", "Son tüketim tarihi": "expiry", "تاریخ انقضای بسته": "expiry", "تاریخ مصرف": "expiry", "دستور مصرف": "", "انتهاء": "expiry", "مدة الصلاحية": "expiry",
		"Class (sale)": "class", "Prescription?": "class", "Rx": "class", "Reçete (durum)": "class", "İlaç sınıfı": "class", "طبقه\u200cبندی": "class", "صنف البيع": "class", "الصنف (البيع)": "class",
		"ATC class": "", "Therapeutic class": "", "طبقه درمانی": "", "Terapötik sınıf": "", "اسم الصنف": "", "رقم الصنف": "", "الصنف الدوائي": "",
		"Colour": "", "stock": "", "رنگ": "", "Raf": "", "desktop": "", "ملاحظات": "", "شرح مصرف": "",
	} {
		c, faults := readTable(base, []byte("id,"+head+"\np-5-20,\n"), Options{})
		got := fmt.Sprint(faults)
		ok := c != nil
		if want != "" {
			ok = c == nil && got == fmt.Sprintf("[row 1: unknown column %[1]q: it seems to be the %[2]s: name it %[2]q or, if it is something else, rename or remove it]", head, want)
		}
		if !ok {
			t.Errorf("%q: want %q, got %s", head, want, got)
		}
	}
}

func TestTableDates(t *testing.T) {
	for s, want := range map[string]string{
		"2028-06": "2028-06", "2028-06-30": "2028-06-30", "2028/06": "2028-06", "2028/06/30": "2028-06-30", "2028/6/3": "2028-06-03", "۲۰۲۸/۰۶": "2028-06", "٢٠٢٨-٠٦": "2028-06",
		"2028-6": "2028-06", "१४०३/०५": "1403-05", "۱۴۰۷/۰۳/۳۱": "1407-03-31", "1407-3": "1407-03",
	} {
		c, faults := readTable(new(catalogue.Catalogue), []byte("id,group,name,expiry\na,g,N,"+s+"\n"), Options{})
		if c == nil || c.Groups[0].Variants[0].Expiry.String() != want {
			t.Errorf("%q is not %q: %v", s, want, faults)
		}
	}
}

// Tables as pharmacists may write them.
func TestTableOfAPharmacist(t *testing.T) {
	want := `{"currency":"EUR","categories":[{"id":"pain","name":{"fa":"درد"}}],"groups":[{"id":"aspirin","category":"pain","name":{"en":"Aspirin","fa":"آسپرین"},"variants":[` +
		`{"id":"a-20","form":"tablet","strength":"500 mg","pack":{"amount":20,"unit":"tablet"},"price":"2.40","class":"general","expiry":"2028-06"},` +
		`{"id":"a-30","strength":"two\nlines","pack":{"amount":2.5,"unit":"ml"},"price":null,"class":"prescription"}]}]}`
	for _, table := range []string{
		"id,group,category,category name fa,name en,name fa,form,strength,pack,unit,price,currency,class,expiry\n" +
			"a-20,aspirin,pain,درد,Aspirin,آسپرین,tablet,500 mg,20,tablet,2.40,EUR,general,2028-06\n" +
			"a-30,aspirin,,,,,,\"two\nlines\",2.5,ml,,,,\n",
		// Semicolons, a byte order mark, other line endings and digits, another order of
		// columns, empty rows and an unknown column.
		"\ufeffقیمت;شناسه;گروه;دسته;نام دسته (فارسی);نام انگلیسی;نام فارسی;شکل دارویی;دوز;مقدار بسته;واحد;ارز;Class;تاریخ انقضا;رنگ\r\n" +
			";;;;;;;;;;;;;;\r\n" +
			"۲٫۴۰;a-20;aspirin;pain;درد;Aspirin;آسپرین;tablet;500 mg;۲۰;tablet;eur;General;۲۰۲۸/۰۶;قرمز\r\n" +
			" ; a-30 ;aspirin;;;;;;\"two\nlines\";2,5;ml;;;;\r\n\r\n",
		"sep=\t\r\nKimlik\tGrup\tKategori\tKategori adı Farsça\tAd İngilizce\tAd Farsça\tŞekil\tDoz\tPaket miktarı\tBirim\tFiyat\tPara birimi\tSınıf\tSKT\r\n" +
			"a-20\taspirin\tpain\tدرد\tAspirin\tآسپرین\ttablet\t500 mg\t20\ttablet\t2,40\tEUR\tgeneral\t2028-06\r\n" +
			"a-30\taspirin\t\t\t\t\t\t\"two\nlines\"\t2,5\tml\t\t\t\t\r\n",
	} {
		c, faults := readTable(new(catalogue.Catalogue), []byte(table), Options{})
		if c == nil {
			t.Errorf("%s\n%v", table, faults)
			continue
		}
		if got := string(catfile.Marshal(c, "")); got != want {
			t.Errorf("%s\nyields\n%s\nwant\n%s", table, got, want)
		}
		if unknown := strings.Contains(table, "رنگ"); unknown != (len(faults) == 1) || unknown && faults[0].String() != `row 1: unknown column "رنگ": it is ignored` {
			t.Errorf("faults %v", faults)
		}
	}
}

func TestTableMerges(t *testing.T) {
	base, _, err := catfile.Parse(sound)
	if err != nil {
		t.Fatal(err)
	}
	table := `id,group,price,brand,name_de,strength
p-5-20,,4.50,,,5 mg
p-s-100,prednisone,,,,2.5 mg/5 ml
i-2,ibuprofen,7.00,New,,400 mg
n-1,new,1.00,,Neu,1 mg
`
	c, faults := readTable(base, []byte(table), Options{})
	if c == nil {
		t.Fatal(faults)
	}
	changes, left := Changes(base, c)
	got := fmt.Sprint(changes, left)
	want := `[{variant p-5-20 false price "4.00" → "4.50"} {variant p-s-100 false brand "Brand" → (none), price "9.00" → (none)} {variant i-2 true } {group new true } {variant n-1 true }] map[category:1 group:2 variant:5]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if v := c.Groups[0].Variants[0]; v.Expiry.String() != "2098-06" || v.Pack.Amount != 20 || len(c.Groups[0].Synonyms) != 3 || len(c.Groups[0].Brands) != 2 {
		t.Errorf("fields without a column were changed: %+v", v)
	}
	// A text without languages becomes the English text when another language is
	// added.
	plain, _, err := catfile.Parse([]byte(`{"groups": [{"id": "a", "name": "A", "variants": []}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if c, faults := readTable(plain, []byte("group,name_fa\na,آ\n"), Options{}); c == nil || c.Groups[0].Name.In("en") != "A" || c.Groups[0].Name.In("fa") != "آ" {
		t.Errorf("%v %v", c, faults)
	}
}

// full returns a table with commas added to the rows that have fewer cells than
// the first.
func full(table string) []byte {
	cells := func(row string) int {
		n, quoted := 1, false
		for _, r := range row {
			quoted = quoted != (r == '"')
			if r == ',' && !quoted {
				n++
			}
		}
		return n
	}
	rows := strings.Split(table, "\n")
	for i := range rows {
		if n := cells(rows[0]) - cells(rows[i]); n > 0 && rows[i] != "" {
			rows[i] += strings.Repeat(",", n)
		}
	}
	return []byte(strings.Join(rows, "\n"))
}

// A row that is cut short is a fault, and clears nothing.
func TestTableRowsCutShort(t *testing.T) {
	base, _, err := catfile.Parse([]byte(`{"groups": [{"id": "g", "name": "G", "variants": [{"id": "v", "price": "2.00", "expiry": "2020-01"}, {"id": "w", "expiry": "2020-01"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	const short = "it may be cut short; write all cells, the empty ones too"
	for _, test := range []struct{ table, want string }{
		{"id,price,expiry\nv,3.10\n", "[row 2: the row has 2 cells and the head 3: " + short + "]"},
		{"id,price,expiry\nv,3.10,\nw\n", "[row 3: the row has 1 cells and the head 3: " + short + "]"},
		{"id;price;stock\nv;3.10\n", `[row 1: the column "stock" is ignored: it is taken for the stock, which the catalogue does not hold; if it is the size of a pack, name it pack_amount row 2: the row has 2 cells and the head 3: ` + short + "]"},
		{"id\tprice\t\texpiry\t\t\nv\t3.10\t\n", "[row 2: the row has 3 cells and the head 4: " + short + "]"},
		// As spreadsheets write them.
		{"id,price,expiry\r\nv,3.10,\r\n\r\n,,\r\n", "3.10 none"},
		{"id,price,expiry\r\nv,3.10,2020-02\r\n,\r\n", "3.10 2020-02"},
		{"id,price,,\r\nv,3.10\r\n", "3.10 2020-01"},
		{"id,price,,\r\nv,3.10,,a remark\r\n", "3.10 2020-01"},
		{"id,price,expiry\nv,3.10,,,\n", "3.10 none"},
	} {
		c, faults := readTable(base, []byte(test.table), Options{})
		got := fmt.Sprint(faults)
		if c != nil {
			v := c.Groups[0].Variants[0]
			if got = v.Price.Amount.String() + " " + v.Expiry.String(); !v.Expiry.Known() {
				got += "none"
			}
		}
		if got != test.want {
			t.Errorf("%q: %s, want %s", test.table, got, test.want)
		}
	}
}

func TestTableFaults(t *testing.T) {
	const head = "id,group,name,price,class,expiry,pack,unit,currency,leaflet,category,name_en,category_name\n"
	tests := []struct{ table, want string }{
		{"", "the table is empty"},
		{"\n ,\n", "the table is empty"},
		{"a;b\n1;2\n", "row 1: no column is named id, group or category"},
		{"id,ID\n", `row 1: the columns "id" and "ID" are both id`},
		{"\xff\xfei", "the table is damaged UTF-16 text"},
		{"PK\x03\x04", "the workbook is damaged"},
		{"id,group\na,\xfe\n", "line 2 is not UTF-8"},
		{"id,group\na,\"b\n", "row 2, cell 2: unclosed quote"},
		{"id,group\na,\"b\"c\n", "row 2, cell 2: unexpected text after the closing quote"},
		{"id,group,price\na,b,2,40\n", "row 2: the row has more cells than there are columns"},
		{head + "a b,g,N\n", `row 2, id: invalid id "a b": use only`},
		{head + "a,g,N\n\na,g\n", `row 4, id: duplicate id "a": it is already in row 2`},
		{head + "i-1,prednisone\n", `row 2, group: the variant "i-1" belongs to the group "ibuprofen"`},
		{head + "a\n", `row 2, group: unknown variant "a": add its group`},
		{"id,price\na,2\n", `row 2: unknown variant "a": add its group`},
		{head + "a,g\n", `row 2, name: the group "g" is new and has no name`},
		{head + "a,g,N,three\n", `row 2, price: "three": not a number such as 2.40`},
		{head + "a,g,N,-2\n", `row 2, price: "-2"`},
		{head + "a,g,N,\"1,234\"\n", `row 2, price: "1,234": ambiguous number`},
		{head + "a,g,N,1.2345\n", `row 2, price: "1.2345": the price has more than three decimals`},
		{head + "a,g,N,,p\n", `row 2, class: unknown class "p"`},
		{head + "a,g,N,,,Jun-28\n", `row 2, expiry: "Jun-28": the expiry is not a date: write YYYY-MM or YYYY-MM-DD, and have the spreadsheet keep the column as text`},
		{head + "a,g,N,,,46905\n", `row 2, expiry: "46905": the expiry is not a date`},
		{head + "a,g,N,,,2027/02/31\n", `row 2, expiry: "2027/02/31": there is no day 31 in 2027-02`},
		{head + "a,g,N,,,2027-02-31\n", `row 2, expiry: "2027-02-31": there is no day 31 in 2027-02`},
		{head + "a,g,N\nb,g,,,,2028/13\n", `row 3, expiry: "2028/13": there is no month 13`},
		{head + "a,g,N,,,2027-13-40\n", `row 2, expiry: "2027-13-40": there is no month 13`},
		{head + "a,g,N,,,۱۴۰۴/۱۲/۳۰\n", `row 2, expiry: "۱۴۰۴/۱۲/۳۰": there is no day 30 in 1404-12`},
		{head + "a,g,N,,,1445/05\n", `row 2, expiry: "1445/05": 1445-05 may be lunar Hijri (about 2023-11/12) or Solar Hijri (2066-07/08)`},
		{head + "a,g,N,,,2571/06\n", `row 2, expiry: "2571/06": 2571-06 may be of the Buddhist era (2028-06) or`},
		{head + "a,g,N,,,0228-06\n", `row 2, expiry: "0228-06": the year 0228 is implausible`},
		{head + "a,g,N,,,01/06/2028\n", `row 2, expiry: "01/06/2028": the year does not come first: write 2028-06-01 or 2028-01-06`},
		{head + "a,g,N,,,30.06.2028\n", `row 2, expiry: "30.06.2028": the year does not come first: write 2028-06-30`},
		{head + "a,g,N,,,,none\n", `row 2, pack: "none": not a number`},
		{head + "a,g,N,,,,,ml\n", `row 2, unit: the pack has a unit, "ml", but no amount`},
		{head + "a,g,N,,,,,,euro\n", "row 2, currency: the currency is not an ISO 4217 code"},
		{head + "a,g,N,,,,,,USD\n", "row 2, currency: the currency is USD but other prices are in EUR"},
		{head + "a,g,N,,,,,,,leaflet.pdf\n", "row 2, leaflet: the leaflet is not an address"},
		{head + "a,g,N,,,,,,,/leaflet?a=1\n", "row 2, leaflet: the leaflet is not an address"},
		{head + "a,g,N,,,,,,,//evil\n", "row 2, leaflet: the leaflet is not an address"},
		{head + "a,g,N,,,,,,,https://user@example.org/\n", "row 2, leaflet: the leaflet's address has a user name"},
		{head + "a,g,N,,,,,,,,nowhere\n", `row 2, category: no category has the id "nowhere"`},
		{head + "a,g,N\nb,g,M\n", `row 3, name: row 2 has "N" for "g" and this row "M"`},
		{head + "a,g,N,,,,,,,,,M\n", "row 2, name_en: the row has a text for all languages"},
		{head + ",,,2\n", "row 2, id: the row has a variant's price but no id"},
		{head + ",,N\n", "row 2, group: the row has a group's name but no group"},
		{head + ",,,,,,,,,,,,C\n", "row 2, category: the row has a category's category_name but no category"},
	}
	base, _, err := catfile.Parse(sound)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		c, faults := readTable(base, full(test.table), Options{})
		found := false
		for _, f := range faults {
			found = found || strings.Contains(f.String(), test.want) && f.Severity == catfile.Error
		}
		if c != nil || !found {
			t.Errorf("%q: %v, want %s", test.table, faults, test.want)
		}
	}
	// All faults are reported together, each with its row.
	_, faults := readTable(base, full(head+"a,g,N,x\nb,g,,y\nc,g,,1\n"), Options{})
	if len(faults) != 2 || faults[0].Row != 2 || faults[1].Row != 3 {
		t.Errorf("%v", faults)
	}
	var many strings.Builder
	many.WriteString("id,group,price\n")
	for i := range MaxFaults + 10 {
		fmt.Fprintf(&many, "a%d,g,x\n", i)
	}
	if _, faults := readTable(base, []byte(many.String()), Options{}); len(faults) != MaxFaults+1 {
		t.Errorf("%d faults", len(faults))
	}
}

// A control character is a fault wherever it is: a cell of "general\x00" is not
// what it looks like.
func TestTableControlCharacters(t *testing.T) {
	for _, test := range []struct{ table, want string }{
		{"id,group,name,strength\na,g,N,5 mg\x00\n", `row 2, strength: "5 mg\x00": the control character U+0000: take it out`},
		{"id,group,name,strength\na,g,N,\"5\x1b mg\"\n", `row 2, strength: "5\x1b mg": the control character U+001B: take it out`},
		{"id,group,name,expiry\na,g,N,\x00\n", `row 2, expiry: "\x00": the control character U+0000: take it out`},
		{"id,group,name,expiry\na,g,N,2020-01\x7f\n", `row 2, expiry: "2020-01\x7f": the control character U+007F: take it out`},
		{"id,group,name,price\na,g,N,2.40\nb,g,N,\x002.40\n", `row 3, price: "\x002.40": the control character U+0000: take it out`},
		{"id,group,name,colour\na,g,N\x08,red\x00\n", "row 2, name: \"N\\b\": the control character U+0008: take it out\nrow 2, colour: \"red\\x00\": the control character U+0000: take it out"},
		{"id,group,name,ex\x00piry\na,g,N,2020-01\n", `row 1: column 4, "ex\x00piry": the control character U+0000: take it out`},
		{"id,group,name,brand\na,g,N,\"a\tb\r\nc\rd\"\n", ""},
		{"id;group;name;brand\na;g;N;a\tb\n", ""},
	} {
		c, faults := readTable(new(catalogue.Catalogue), []byte(test.table), Options{})
		var got []string
		for _, f := range faults {
			if f.Severity == catfile.Error {
				got = append(got, f.String())
			}
		}
		if strings.Join(got, "\n") != test.want || (c == nil) != (test.want != "") {
			t.Errorf("%q: %s\nwant %s", test.table, got, test.want)
		}
	}
}

// Random but reproducible catalogues with everything that is hard for a table.
func TestTablesOfRandomCatalogues(t *testing.T) {
	pieces := []string{
		"a", "B", "=", "+", "-", "@", "'", "\"", ",", ";", "\t", "\n", "\r\n", "\r", " ", "\u00a0", "|", " | ", "\\", "\u200c", "\ufeff", "\u0085", "💊", "ی", "ك", "۲", "٫", "<b>", "sep=;", "＝",
	}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 5))
		word := func() string {
			var b strings.Builder
			for range r.IntN(5) {
				b.WriteString(pieces[r.IntN(len(pieces))])
			}
			return b.String()
		}
		text := func() any {
			if r.IntN(4) == 0 {
				return word()
			}
			all := map[string]any{}
			for _, lang := range []string{"en", "fa", "tr", "ar", "de", "kmr"} {
				if r.IntN(2) == 0 {
					all[lang] = word()
				}
			}
			return all
		}
		one := func(of ...any) any { return of[r.IntN(len(of))] }
		type object = map[string]any
		var categories, groups []object
		for i := range r.IntN(4) {
			categories = append(categories, object{"id": fmt.Sprintf("c%d", 9-i), "name": text(), "synonyms": []string{word(), word()}})
		}
		for i := range r.IntN(5) {
			g := object{
				"id": fmt.Sprintf("g%d", i), "name": object{"en": "x" + word(), "fa": word()}, "description": text(), "atc": word(), "leaflet": one("", "https://example.org/?a=,;|'\"=+@<b>"),
				"synonyms": []string{word(), word(), word()}, "brands": []string{word(), word()}, "distinct_from": []string{word()},
			}
			if len(categories) > 0 {
				g["category"] = one("", categories[r.IntN(len(categories))]["id"])
			}
			variants := []object{}
			for j := range r.IntN(4) {
				v := object{
					"id": fmt.Sprintf("v-%d-%d", i, j), "name": text(), "description": text(), "brand": word(), "form": word(), "strength": word(), "manufacturer": word(), "image": word(),
					"price": one(nil, "0.125", "2.40", 1e6, "999999999.999"), "class": one("", "general", "pharmacist", "prescription", "controlled"),
					"expiry": one("", "2028-06", "2028-06-30", "2027/02", "2030/1/5", "1407/05", "۱۴۰۷-۵-۳۱"),
				}
				if r.IntN(3) > 0 {
					v["pack"] = object{"amount": one(20, 0.125, 2.5, 1e9, 1e-7), "unit": word()}
				}
				variants = append(variants, v)
			}
			g["variants"] = variants
			groups = append(groups, g)
		}
		data, err := json.Marshal(object{"currency": one("", "EUR"), "categories": categories, "groups": append([]object{}, groups...)})
		if err != nil {
			t.Fatal(err)
		}
		c, _, err := catfile.Parse(data)
		if err != nil {
			// Without categories the list is null.
			data = bytes.Replace(data, []byte(`"categories":null`), []byte(`"categories":[]`), 1)
			if c, _, err = catfile.Parse(data); err != nil {
				t.Fatalf("seed %d: %v\n%s", seed, err, data)
			}
		}
		writer := []string{"commas", "semicolons", "tabs", "workbook"}[seed%4]
		if got, want := catfile.Marshal(again(t, c, writer), ""), catfile.Marshal(c, ""); !bytes.Equal(got, want) {
			t.Fatalf("seed %d with %s:\n%s\nwant\n%s", seed, writer, got, want)
		}
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sound is a catalogue without faults or findings.
var sound = func() []byte {
	data, err := os.ReadFile("../lint/testdata/sound.json")
	if err != nil {
		panic(err)
	}
	return data
}()

// readTable parses a table and merges it.
func readTable(base *catalogue.Catalogue, data []byte, o Options) (*catalogue.Catalogue, []Fault) {
	t, err := Parse(data, "")
	if err != nil {
		return nil, []Fault{{Severity: catfile.Error, Message: err.Error()}}
	}
	return t.Merge(base, o)
}

// A text that looks as if it had lost letters is exported so that it is read as
// it is.
func TestTextsThatSeemSpoilt(t *testing.T) {
	c := &catalogue.Catalogue{Groups: []catalogue.Group{{ID: "g", Name: catalogue.PlainText("ParasetamÃ¶l"), Description: catalogue.PlainText("Is it safe?Yes, it is."),
		Variants: []catalogue.Variant{{ID: "v", Brand: "??", Strength: "A?r?"}}}}}
	workbook, err := WriteWorkbook(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range [][]byte{Write(c, ','), workbook} {
		if got, faults := readTable(new(catalogue.Catalogue), table, Options{}); got == nil || catfile.Hash(got) != catfile.Hash(c) {
			t.Errorf("%v", faults)
		}
	}
}
