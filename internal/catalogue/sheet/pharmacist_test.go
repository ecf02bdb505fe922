package sheet

import (
	"fmt"
	"strings"
	"testing"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

// terms are some forms and units with their names.
var (
	someForms = catalogue.NewTerms(map[string][]string{
		"tablet": {"tablets", "قرص", "أقراص", "film kaplı tablet"}, "chewable-tablet": {"chewable tablet"}, "syrup": {"شربت", "şurup"},
		"solution-for-injection": {"solution for injection"}, "powder-for-injection": {"powder for injection"},
	})
	someUnits = catalogue.NewTerms(map[string][]string{"tablet": {"tablets", "قرص"}, "ml": {"میلی\u200cلیتر"}, "bag": {"كيس"}, "sachet": {"كيس"}})
	known     = Options{Forms: someForms, Units: someUnits}
)

// merged returns the JSON of the groups that a table makes of a base, and the
// faults without their severity, or only the faults if it has errors.
func merged(base *catalogue.Catalogue, table string, o Options) (groups string, faults []string) {
	c, all := readTable(base, []byte(table), o)
	for _, f := range all {
		faults = append(faults, f.String())
	}
	if c == nil {
		return "", faults
	}
	_, groups, _ = strings.Cut(string(catfile.Marshal(c, "")), `"groups":`)
	return strings.TrimSuffix(strings.TrimSpace(groups), "}"), faults
}

// Values are read in any language and case. What is unknown is named, once, with
// what is nearest to it, and an unknown class is an error.
func TestTableValues(t *testing.T) {
	const head = "id;group;name;form;pack;unit;strength;class\n"
	row := func(form, unit, strength, class string) string {
		return head + "a;g;G;" + form + ";20;" + unit + ";" + strength + ";" + class + "\n"
	}
	for _, test := range []struct{ form, unit, strength, class, want string }{
		{"TABLET", "TABLET", "500 MG", "OTC", "tablet/tablet/500 mg/general"},
		{"قرص", "قرص", "500 میلی\u200cگرم", "بدون نسخه", "tablet/tablet/500 mg/general"},
		{"Film Kaplı Tablet", "Tablets", "250Mg/5ML", "Reçeteli", "tablet/tablet/250 mg/5 ml/prescription"},
		{"أقراص", "tablets", "500 ملغم", "بدون وصفة طبية", "tablet/tablet/500 mg/general"},
		{"ŞURUP", "ml", "1 g", "REÇETESİZ", "syrup/ml/1 g/general"},
		{"solution-for-injection", "ML", "1 G", "controlled", "solution-for-injection/ml/1 g/controlled"},
		{"Solution for Injection", "", "", "", "solution-for-injection/tablet//prescription"},
		// What may mean something else stays as it is.
		{"tablet", "ml", "500 mcg", "Rx", "tablet/ml/500 mcg/prescription"},
		{"tablet", "ml", "2 gr", "GSL", "tablet/ml/2 gr/general"},
		{"tablet", "ml", "1 MIU", "POM", "tablet/ml/1 MIU/prescription"},
		{"tablet", "ml", "2 x 5 MG", "kırmızı reçete", "tablet/ml/2 x 5 MG/controlled"},
		{"tablet", "ml", "1 g", "داروساز", "tablet/ml/1 g/pharmacist"},
		{"tablet", "ml", "1 g", "O.T.C.", "tablet/ml/1 g/general"},
		// Unknown ones.
		{"tablet?", "ml", "1 g", "OTC", `tablet?/ml/1 g/general: row 2, form: unknown form "tablet?": it is kept, and shown as it is: the nearest known ones are "tablet" and "chewable-tablet"`},
		{"for injection", "كيس", "1 g", "OTC", `for injection/كيس/1 g/general: row 2, form: unknown form "for injection": it is kept, and shown as it is: the nearest known ones are "powder-for-injection" and "solution-for-injection" row 2, unit: unknown unit "كيس": it is kept, and shown as it is: the nearest known ones are "bag" and "sachet"`},
		{"snuff", "ml", "1 g", "OTC", `snuff/ml/1 g/general: row 2, form: unknown form "snuff": it is kept, and shown as it is: write one such as "tablet" or "oral-solution"`},
		{"tablet", "ml", "1 g", "P", `row 2, class: unknown class "P": write general, pharmacist, prescription or controlled`},
		{"tablet", "ml", "1 g", "OTC?", `row 2, class: unknown class "OTC?": write general, pharmacist, prescription or controlled`},
		{"tablet", "ml", "1 g", "OTC/Rx", `row 2, class: unknown class "OTC/Rx": write general, pharmacist, prescription or controlled`},
		{"tablet", "ml", "1 g", "نسخه؟", `row 2, class: unknown class "نسخه؟": write general, pharmacist, prescription or controlled`},
		{"tablet", "ml", "1 g", "evet", `row 2, class: unknown class "evet": write general, pharmacist, prescription or controlled`},
	} {
		unit := test.unit
		if unit == "" {
			unit = "tablet"
		}
		c, faults := readTable(new(catalogue.Catalogue), []byte(row(test.form, unit, test.strength, test.class)), known)
		var all []string
		for _, f := range faults {
			all = append(all, f.String())
		}
		got := strings.Join(all, " ")
		if c != nil {
			v := c.Groups[0].Variants[0]
			of := v.Form + "/" + v.Pack.Unit + "/" + v.Strength + "/" + v.Class.String()
			if got != "" {
				of += ": "
			}
			got = of + got
		}
		if got != test.want {
			t.Errorf("%q:\ngot  %s\nwant %s", test, got, test.want)
		}
	}
	// A value of many rows is named once.
	var many strings.Builder
	many.WriteString(head)
	for i := range 50 {
		fmt.Fprintf(&many, "v%d;g;G;snuff;%d;ml;1 g;OTC\n", i, i+1)
	}
	if _, faults := merged(new(catalogue.Catalogue), many.String(), known); len(faults) != 1 || !strings.HasSuffix(faults[0], "(and likewise in 49 more rows)") {
		t.Errorf("%q", faults)
	}
	// So is a class, with the number of its rows.
	_, faults := merged(new(catalogue.Catalogue), strings.ReplaceAll(many.String(), "OTC", "P"), Options{})
	if len(faults) != maxRepeated || !strings.HasSuffix(faults[maxRepeated-1], "(and likewise in 45 more rows)") {
		t.Errorf("%q", faults)
	}
}

// The heads of pharmacists' tables are understood, or said to be unknown by
// their own names.
func TestTableHeadsOfPharmacists(t *testing.T) {
	base := &catalogue.Catalogue{Categories: []catalogue.Category{{
		ID: "pain", Name: catalogue.NewText([]catalogue.Translation{{Lang: "en", Text: "Pain and fever"}, {Lang: "fa", Text: "درد و تب"}}),
	}}, Groups: []catalogue.Group{{
		ID: "paracetamol", Name: catalogue.NewText([]catalogue.Translation{{Lang: "en", Text: "Paracetamol"}, {Lang: "fa", Text: "استامینوفن"}}),
		Description: catalogue.NewText([]catalogue.Translation{{Lang: "en", Text: "For pain."}}), Synonyms: []string{"acetaminophen"}, Brands: []string{"Panadol"},
		Variants: []catalogue.Variant{{ID: "p-1", Form: "tablet"}},
	}}}
	plainBase := &catalogue.Catalogue{Groups: []catalogue.Group{{ID: "parol", Name: catalogue.PlainText("Parol"), Variants: []catalogue.Variant{{ID: "p-1"}}}}}
	const derived = "row 2: no column is named group: new variants with the same name are one medicine"
	stock := func(head string) string {
		return fmt.Sprintf("row 1: the column %q is ignored: it is taken for the stock, which the catalogue does not hold; if it is the size of a pack, name it pack_amount", head)
	}
	group := func(id, name, variant string) string {
		return `{"id":"` + id + `","name":"` + name + `","variants":[{"id":"` + variant + `","price":null,"class":"prescription"}]}`
	}
	two := &catalogue.Catalogue{Groups: []catalogue.Group{base.Groups[0], {ID: "ibuprofen", Name: catalogue.PlainText("Ibuprofen"), Variants: []catalogue.Variant{{ID: "i-1"}}}}}
	for _, test := range []struct {
		base   *catalogue.Catalogue
		table  string
		groups string
		faults []string
	}{
		{nil, "Barkod;İlaç adı\n8699514010012;Parol 500 mg\n", group("parol-500-mg", "Parol 500 mg", "8699514010012"), []string{derived}},
		{nil, "GTIN;Medicine\n4001;Ibuprofen\n", group("ibuprofen", "Ibuprofen", "4001"), []string{derived}},
		{nil, "IRC;نام دارو\n1228;استامینوفن\n", group("medicine-c4e26108", "استامینوفن", "1228"), []string{derived}},
		{nil, "بارکد;دارو\n1228;استامینوفن\n", group("medicine-c4e26108", "استامینوفن", "1228"), []string{derived}},
		{nil, "الباركود;اسم الدواء\n6223;Panadol\n", group("panadol", "Panadol", "6223"), []string{derived}},
		{nil, "Barcode;Drug name;Qty\n4001;Ibuprofen;5\n", group("ibuprofen", "Ibuprofen", "4001"), []string{stock("Qty"), derived}},
		{nil, "Kod;Ürün;Adet\nx1;Parol;5\n", group("parol", "Parol", "x1"), []string{stock("Adet"), derived}},
		{nil, "کد;نام دارو;تعداد\nx1;Parol;5\n", group("parol", "Parol", "x1"), []string{stock("تعداد"), derived}},
		{nil, "الرمز;الدواء;الكمية\nx1;Parol;5\n", group("parol", "Parol", "x1"), []string{stock("الكمية"), derived}},
		{nil, "id;Medicine;Quantity\nx1;Parol;5\n", group("parol", "Parol", "x1"), []string{stock("Quantity"), derived}},
		{nil, "Barkod;Ürün adı\n1;Parol\n", group("parol", "Parol", "1"), []string{derived}},
		{base, "id;Product name;form\np-1;Paracetamol 500;syrup\n", `"variants":[{"id":"p-1","form":"syrup"`, []string{`row 2, Product name: "Paracetamol 500" does not replace the name of the group "paracetamol": to rename a medicine, write its group or the language, as in name_en`}},
		{base, "id;name_fa\np-1;پاراستامول\n", `"name":{"en":"Paracetamol","fa":"پاراستامول"}`, nil},
		{base, "id;group;name\np-1;paracetamol;Paracetamol 500\n", `"name":{"en":"Paracetamol","fa":"استامینوفن"}`, []string{`row 2, name: "Paracetamol 500" does not replace the translations of the text: write it in the column of its language, as name_en`}},
		{base, "id;Açıklama;fiyat\np-1;yeni fiyat;5\n", `"description":{"en":"For pain."}`, []string{`row 2, Açıklama: "yeni fiyat" does not replace the translations of the text: write it in the column of its language, as description_en`}},
		{base, "id;description_en\np-1;Pain.\n", `"description":{"en":"Pain."}`, nil},
		// A medicine with one name for all languages is renamed by "name" alone.
		{plainBase, "Barkod;Ürün;fiyat\np-1;PAROL 500 MG;5\n", `"name":"Parol"`, []string{`row 2, Ürün: "PAROL 500 MG" does not replace the name of the group "parol": to rename a medicine, write its group or the language, as in name_en`}},
		{plainBase, "id;name\np-1;Parol 500\n", `"name":"Parol 500"`, nil},
		{plainBase, "id;group;İlaç adı\np-1;parol;Parol 500\n", `"name":"Parol 500"`, nil},
		{base, "id;ürün adı\np-1;Paracetamol 500\n", `"variants":[{"id":"p-1","name":"Paracetamol 500"`, nil},
		// One number is the id, whichever column comes first, and the others are said.
		{nil, "IRC;Barkod;Ad\n1;2;Parol\n", group("parol", "Parol", "2"), []string{`row 1: the column "IRC" is ignored: the ids are in "Barkod", and the catalogue holds no further number of a product`, derived}},
		{nil, "Barkod;id;Ad\n1;2;Parol\n", group("parol", "Parol", "2"), []string{`row 1: the column "Barkod" is ignored: the ids are in "id", and the catalogue holds no further number of a product`, derived}},
		{nil, "Barkod;GTIN;Ad\n1;2;Parol\n", group("parol", "Parol", "1"), []string{`row 1: the column "GTIN" is ignored: the ids are in "Barkod", and the catalogue holds no further number of a product`, derived}},
		// "Medicine" is a group where its cells are ids.
		{base, "id;medicine;form\np-2;paracetamol;syrup\n", "p-2", nil},
		{nil, "id;medicine;name_en\np-2;paracetamol;Paracetamol\n", `{"id":"paracetamol","name":{"en":"Paracetamol"},"variants":[{"id":"p-2","price":null,"class":"prescription"}]}`, nil},
		{base, "id;group;Medicine;form\np-2;paracetamol;Paracetamol tablets;syrup\n", `"id":"p-2"`, []string{`row 2, Medicine: "Paracetamol tablets" does not replace the translations of the text: write it in the column of its language, as name_en`}},
		{base, "id;group;name_en;Medicine;form\np-2;paracetamol;Paracetamol;Paracetamol tablets;syrup\n", "p-2", []string{`row 1: the column "Medicine" is ignored: it is not clear what of the medicine it holds; name it group, brand or variant_name`}},
		// A new variant belongs to the medicine that has the name, and its other names
		// remain.
		{base, "Barcode;Name;Form\n4001;PARACETAMOL ;syrup\n", `"variants":[{"id":"p-1","form":"tablet","price":null,"class":"prescription"},{"id":"4001","form":"syrup",`, nil},
		{base, "Barcode;Name;Form\n4001;Acetaminophen;syrup\n", `"variants":[{"id":"p-1","form":"tablet","price":null,"class":"prescription"},{"id":"4001","form":"syrup",`, nil},
		{base, "بارکد;نام دارو;شکل\n4001;استامينوفن;شربت\n", `"variants":[{"id":"p-1","form":"tablet","price":null,"class":"prescription"},{"id":"4001","form":"syrup",`, nil},
		{base, "بارکد;نام دارو;شکل\n4001;استامینوفن;شربت\n", `"variants":[{"id":"p-1","form":"tablet","price":null,"class":"prescription"},{"id":"4001","form":"syrup",`, nil},
		{nil, "Barcode;Name\n1;Parol\n2;PAROL\n3;Parol 2.5\n4;Parol 25\n5;Parol 2,5\n", `[{"id":"parol","name":"Parol","variants":[{"id":"1","price":null,"class":"prescription"},{"id":"2","price":null,"class":"prescription"}]},{"id":"parol-2-5","name":"Parol 2.5",`, []string{derived, `row 3: the variants "1" and "2" are alike: they have the same form, strength, pack and brand, and a customer cannot tell them apart`}},
		// A group or category may be named instead.
		{base, "id;group;form\np-2;Paracetamol;syrup\n", `{"id":"p-2","form":"syrup"`, nil},
		{base, "id;group;form\np-2;استامینوفن;syrup\n", `{"id":"p-2","form":"syrup"`, nil},
		{base, "id;category\np-1;درد و تب\n", `"category":"pain"`, nil},
		{base, "id;category\np-1;PAIN AND FEVER\n", `"category":"pain"`, nil},
		{base, "id;category\np-1;cough\n", "", []string{`row 2, category: no category has the id "cough": correct it, or give the category a name in category_name_en`}},
		// The substance is the medicine, and what else is a name is the brand.
		{nil, "Barkod;İlaç adı;Etkin madde\n1;PAROL;Parasetamol\n", `{"id":"parasetamol","name":"Parasetamol","variants":[{"id":"1","brand":"PAROL",`, []string{`row 1: the column "İlaç adı" is taken for the brand, and "Etkin madde" for the name of the medicine`, derived}},
		{nil, "Barkod;İlaç adı;Etkin madde\n1;PAROL;\n", `{"id":"parol","name":"PAROL","variants":[{"id":"1","brand":"PAROL",`, []string{`row 1: the column "İlaç adı" is taken for the brand, and "Etkin madde" for the name of the medicine`, derived}},
		{nil, "Barcode;Product;Generic name\n1;nurofen;Ibuprofen\n", `{"id":"ibuprofen","name":"Ibuprofen","variants":[{"id":"1","brand":"nurofen",`, []string{`row 1: the column "Product" is taken for the brand, and "Generic name" for the name of the medicine`, derived}},
		{nil, "Barcode;Brand;Medicine name;INN\n1;Nurofen;x;Ibuprofen\n", `{"id":"ibuprofen","name":"Ibuprofen","variants":[{"id":"1","brand":"Nurofen",`, []string{`row 1: the column "Medicine name" is ignored: the name of the medicine is taken from "INN", and the brand from "Brand"`, derived}},
		// The ids of the catalogue decide which number is the id.
		{base, "Barkod;IRC;Fiyat\n77;p-1;5\n", `{"id":"p-1","form":"tablet","price":"5.00"`, []string{`row 1: the column "Barkod" is ignored: the ids are in "IRC", and the catalogue holds no further number of a product`}},
		{base, "id;price\nP-1;5\n", "", []string{`row 2, id: unknown variant "P-1": the catalogue has "p-1", which differs only by case or leading zeros: write that id`}},
		// A unit of strengths has a column of its own.
		{nil, "id;name;Strength;Strength unit\n1;G;400;mg\n", `"strength":"400 mg"`, []string{derived}},
		{nil, "id;name;Doz;Doz birimi\n1;G;2,5;MG\n2;G;100 ml;\n", `"strength":"2.5 mg"`, []string{derived}},
		{nil, "id;name;Strength;Pack;Unit\n1;G;400;20;mg\n", "", []string{derived, `row 2, Strength: the strength "400" has no unit: write it as in "500 mg", or the unit in a column strength_unit`, `row 2, Unit: the unit "mg" is one of strengths, not of packs: name the column strength_unit`}},
		{nil, "id;name;Strength;Strength unit\n1;G;250 mg;MG\n2;G;;mg\n", `"strength":"250 mg"`, []string{derived}},
		{nil, "id;name;Strength;Strength unit\n1;G;50 mg;mcg\n2;G;160/4.5;mcg\n3;G;10+5;mg\n4;G;250 mg;mg/5 ml\n", "", []string{
			`row 2, Strength: the strength "50 mg" does not fit the unit "mcg" of its column: write each strength with its units in one cell`,
			`row 3, Strength: the strength "160/4.5" does not fit the unit "mcg" of its column: write each strength with its units in one cell`,
			`row 4, Strength: the strength "10+5" does not fit the unit "mg" of its column: write each strength with its units in one cell`,
			`row 5, Strength: the strength "250 mg" does not fit the unit "mg/5 ml" of its column: write each strength with its units in one cell`, derived}},
		{nil, "id;name;Strength (mg)\n1;G;250\n2;G;500 mg\n", `"strength":"250 mg"`, []string{derived}},
		{nil, "id;name;Dose mg\n1;G;250\n", `"strength":"250 mg"`, []string{derived}},
		{nil, "id;name;دوز (میلی\u200cگرم)\n1;G;۲۵۰\n", `"strength":"250 mg"`, []string{derived}},
		{nil, "id;name;Strength (mg)\n1;G;250 mcg\n", "", []string{`row 2, Strength (mg): the strength "250 mcg" does not fit the unit "mg" of its column: write each strength with its units in one cell`, derived}},
		// Ids have one kind of digits.
		{nil, "بارکد;نام دارو\n۶۲۶۰۰۱;Parol\n", group("parol", "Parol", "626001"), []string{derived}},
		// A name of another medicine is a slip, such as a column sorted by itself.
		{two, "id;INN;price\np-1;Ibuprofen;5\n", "", []string{`row 2, INN: "Ibuprofen" is a name of the group "ibuprofen", but the row is about "paracetamol": correct the id or the name, or import with --allow-duplicates`}},
		{two, "id;name_fa;price\np-1;استامینوفن;5\n", `"price":"5.00"`, nil},
		// A product that has the name of its substance has no brand.
		{base, "id;INN;Product name\np-1;Paracetamol;PARACETAMOL\n", `{"id":"p-1","form":"tablet","price"`, []string{`row 1: the column "Product name" is taken for the brand, and "INN" for the name of the medicine`}},
		{nil, "id;name;Strength unit\n1;G;mg\n", group("g", "G", "1"), []string{`row 1: the column "Strength unit" is ignored: no column has the strengths`, derived}},
		// Nothing is ignored without a word.
		{nil, "id;name;;class\n1;G;Rx;\n", group("g", "G", "1"), []string{"row 1: column 3 has no head: it is ignored", derived}},
		{nil, "id;name;Name old;name_ku;Name (de)\n1;G;;;\n", group("g", "G", "1"), []string{`row 1: unknown column "Name old": it is ignored`, derived}},
		{nil, "Barkod;Ad;Miktar\n1;G;150\n", group("g", "G", "1"), []string{stock("Miktar"), derived}},
		{nil, "Barkod;Ad\n;G\n", "", []string{"row 2, Barkod: the row has no id, such as a barcode: add it"}},
		// A price may name its currency.
		{nil, "Barkod;Ad;Fiyat (TL)\n1;G;2,50\n", `"price":"2.50"`, []string{derived}},
		{nil, "Barkod;Ad;Price (EUR);currency\n1;G;2,50;USD\n", "", []string{derived, "row 2, currency: the currency is USD but other prices are in EUR: use one currency"}},
		{nil, "Barkod;Ad;Price (₺);currency\n1;G;2,50;USD\n", "", []string{derived, "row 2, currency: the currency is USD but other prices are in TRY: use one currency"}},
		{nil, "Barkod;Ad;قیمت (تومان)\n1;G;2\n", group("g", "G", "1"), []string{`row 1: unknown column "قیمت (تومان)": it is ignored`, derived}},
		{nil, "Barkod;Ad;Adet;Birim\n1;G;150;tablet\n2;H;3;tablet\n", group("g", "G", "1"), []string{stock("Adet"), derived, `row 2, Birim: the unit "tablet" is ignored: no column has the amounts of packs (and likewise in 1 more row)`}},
		// What is missing is said.
		{nil, "Medicine;Price\nParol 500;2.40\n", "", []string{`row 1: no column is named id, group or category: the first row must name the columns, one of them with an id of each product, such as its barcode, and has "Medicine", "Price"`}},
		{nil, "Barkod;Ad\n1;\n", "", []string{"row 2, Ad: the variant is new and the row has no name of a medicine: add it"}},
		{nil, "Barkod;Ad\n8,69951E+12;Parol\n", "", []string{`row 2, Barkod: a spreadsheet shortened the id to "8,69951E+12": format the column as text and write the id again`}},
	} {
		b := test.base
		if b == nil {
			b = new(catalogue.Catalogue)
		}
		groups, faults := merged(b, test.table, known)
		if (groups == "") != (test.groups == "") || !strings.Contains(groups, test.groups) || fmt.Sprint(faults) != fmt.Sprint(test.faults) {
			t.Errorf("%s\ngot  %s\n     %q\nwant %s\n     %q", test.table, groups, faults, test.groups, test.faults)
		}
	}
	// An id that is none is not said twenty thousand times.
	var many strings.Builder
	many.WriteString("id;name\n")
	for i := range 20_000 {
		fmt.Fprintf(&many, "Parol %d mg;N\n", i)
	}
	if _, faults := merged(new(catalogue.Catalogue), many.String(), known); len(faults) != maxRepeated || !strings.HasSuffix(faults[maxRepeated-1], "(and likewise in 19995 more rows)") {
		t.Errorf("%q", faults)
	}
}

// What a spreadsheet made of an id does not add its variant again.
func TestTableDuplicates(t *testing.T) {
	parse := func(s string) *catalogue.Catalogue {
		c, _, err := catfile.Parse([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	base := parse(`{"categories": [{"id": "pain", "name": "Ache"}], "groups": [
{"id": "paracetamol", "category": "pain", "name": {"en": "Paracetamol"}, "synonyms": ["acetaminophen"], "brands": ["Panadol"], "variants": [
 {"id": "000123", "form": "tablet", "strength": "500 mg", "pack": {"amount": 20, "unit": "tablet"}, "brand": "", "price": "2.40"},
 {"id": "para-a", "form": "tablet", "strength": "500 mg", "pack": {"amount": 20, "unit": "tablet"}, "brand": "Parol", "price": "2.40"}]},
{"id": "MAR-1", "name": "Marimer", "variants": [{"id": "m", "name": {"en": "Marimer spray"}}]}]}`)
	const head = "id,group,name,form,strength,pack,unit,brand,price\n"
	for table, want := range map[string]string{
		// Changed ids.
		"123,paracetamol,,tablet,500 mg,20,tablet,,2.60":        `row 2, id: the variant "123" is new, but the catalogue has "000123", which differs only by case or leading zeros`,
		"Para-A,paracetamol,,tablet,500 mg,20,tablet,,":         `row 2, id: the variant "Para-A" is new, but the catalogue has "para-a", which differs only by case or leading zeros`,
		"PARA-A,paracetamol,,syrup,,,,Other,":                   `row 2, id: the variant "PARA-A" is new, but the catalogue has "para-a", which differs only by case or leading zeros`,
		"x,mar-1,Marimer,syrup,,,,,":                            `row 2, group: the group "mar-1" is new, but the catalogue has "MAR-1", which differs only by case or leading zeros`,
		"1-Mar,paracetamol,,tablet,500 mg,20,tablet,PAROL,9.99": `row 2, id: the variant "1-Mar" is new, but the group "paracetamol" has "para-a" with the same form, strength, pack and brand`,
		// Equal, however it is written.
		"x,paracetamol,,TABLET,0500 MG,20.0,Tablets,,": `row 2, id: the variant "x" is new, but the group "paracetamol" has "000123" with the same form, strength, pack and brand`,
		"x,paracetamol,,قرص,500MG,20,قرص,parol,":       `row 2, id: the variant "x" is new, but the group "paracetamol" has "para-a" with the same form, strength, pack and brand`,
		"x,paracetamol,,tablet,500.0 mg,20,tablet,,":   `row 2, id: the variant "x" is new, but the group "paracetamol" has "000123" with the same form, strength, pack and brand`,
		// Other products.
		"x,paracetamol,,tablet,500 mg,30,tablet,,":           "",
		"x,paracetamol,,tablet,250 mg,20,tablet,,":           "",
		"x,paracetamol,,syrup,500 mg,20,tablet,,":            "",
		"x,paracetamol,,tablet,500 mg,20,tablet,Minoset,":    "",
		"0123,ibuprofen,Ibuprofen,tablet,500 mg,20,tablet,,": `row 2, id: the variant "0123" is new, but the catalogue has "000123", which differs only by case or leading zeros`,
		"1230,paracetamol,,syrup,,,,,":                       "",
		// The catalogue's own.
		"000123,paracetamol,,tablet,500 mg,20,tablet,,2.60": "",
	} {
		_, faults := merged(base, head+table+"\n", known)
		full := want
		if want != "" {
			full = want + ": write that id or, if it is another product, import with --allow-duplicates"
		}
		if got := strings.Join(faults, "; "); got != full {
			t.Errorf("%s\ngot  %s\nwant %s", table, got, full)
		}
		// It is another product after all.
		o := known
		o.AllowDuplicates = true
		c, allowed := readTable(base, []byte(head+table+"\n"), o)
		if c == nil || want != "" && (len(allowed) != 1 || allowed[0].Severity != catfile.Warning || allowed[0].String() != want) {
			t.Errorf("%s with --allow-duplicates: %v", table, allowed)
		}
	}
	if _, faults := merged(base, "category,category_name\nPAIN,Ache 2\n", known); len(faults) != 1 || !strings.Contains(faults[0], `the category "PAIN" is new, but the catalogue has "pain"`) {
		t.Errorf("%q", faults)
	}
	// A table of a whole shop is no change of ids: its alike rows are named, some of
	// many.
	table := head
	for i := range 9 {
		table += fmt.Sprintf("v%d,g,G,tablet,%s,20,tablet,,\n", i, []string{"1 g", "1000 mg"}[i%2])
	}
	groups, faults := merged(new(catalogue.Catalogue), table, known)
	if groups == "" || len(faults) != maxRepeated+1 || faults[0] != `row 3: the variants "v0" and "v1" are alike: they have the same form, strength, pack and brand, and a customer cannot tell them apart` ||
		faults[maxRepeated] != `3 more variants are like others: "pharmacy check" tells of them` {
		t.Errorf("%q", faults)
	}
	// A name of another medicine, and a variant of which too little is said.
	for table, want := range map[string]string{
		"id,group,name_en,form\nx,new,paracetamol,syrup\n":    `row 2, group: the name "paracetamol" of the group "new" is also one of the group "paracetamol": write that id or, if it is another product, import with --allow-duplicates`,
		"id,group,name,form\nx,new,Acetaminophen,syrup\n":     `row 2, group: the name "Acetaminophen" of the group "new" is also one of the group "paracetamol": write that id or, if it is another product, import with --allow-duplicates`,
		"Barcode,Medicine,Form\n77,PANADOL,syrup\n":           `row 2: no column is named group: new variants with the same name are one medicine; row 2: the name "PANADOL" of the group "panadol" is a brand of the group "paracetamol": write that id or, if it is another product, import with --allow-duplicates`,
		"id,name_en\nm,Paracetamol\n":                         `row 2, name_en: "Paracetamol" is a name of the group "paracetamol", but the row is about "MAR-1": correct the id or the name, or import with --allow-duplicates`,
		"id,group,strength\nx,paracetamol,500 mg\n":           `row 2: the variant "x" is new, and nothing that the table says of it tells it from "000123": add what is missing of form, strength, pack and brand`,
		"id,group,form,pack,unit\nx,paracetamol,tablet,20,\n": `row 2, unit: the pack has no unit: write a singular word such as "tablet", or "ml" or "g"; row 2: the variant "x" is new, and nothing that the table says of it tells it from "000123": add what is missing of form, strength, pack and brand`,
		"id,group,strength\nx,paracetamol,250 mg\n":           "",
		"id,brand\npara-a,\n":                                 `row 2: the variants "000123" and "para-a" are now alike: they have the same form, strength, pack and brand, and a customer cannot tell them apart`,
		"id,brand\npara-a,Parol Plus\n":                       "",
	} {
		_, faults := merged(base, table, known)
		if got := strings.Join(faults, "; "); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", table, got, want)
		}
	}
}

// The rows of a group may have different codes.
func TestTableCodes(t *testing.T) {
	base := func() *catalogue.Catalogue {
		return &catalogue.Catalogue{Groups: []catalogue.Group{{ID: "s", Name: catalogue.PlainText("S"), ATC: "R03AC02", Variants: []catalogue.Variant{
			{ID: "i", Form: "inhaler"}, {ID: "t", Form: "tablet", ATC: "R03CC02"}, {ID: "u", Form: "tablet", ATC: "R03CC02", Strength: "2 mg"},
		}}}}
	}
	plain := func() *catalogue.Catalogue {
		c := base()
		for i := range c.Groups[0].Variants {
			c.Groups[0].Variants[i].ATC = ""
		}
		return c
	}
	none := func() *catalogue.Catalogue {
		c := base()
		c.Groups[0].ATC = ""
		return c
	}
	scratch := func() *catalogue.Catalogue { return new(catalogue.Catalogue) }
	for _, test := range []struct {
		base        func() *catalogue.Catalogue
		table, want string // the group's code, and the own ones of its variants
	}{
		{scratch, "id,group,name,atc\ni,s,S,R03AC02\nt,s,S,R03CC02\n", "R03AC02: i t=R03CC02"},
		{scratch, "id,group,name,atc\ni,s,S,r03ac02\nt,s,S,R03 CC02\nu,s,S,R03CC02\n", "R03CC02: i=R03AC02 t u"},
		{scratch, "id,group,name,atc\ni,s,S,R03AC02\nt,s,S,\n", "R03AC02: i t"},
		{scratch, "id,group,name,atc\ni,s,S,R03AC02\nt,s,S,R03AC02\n", "R03AC02: i t"},
		{scratch, "id,group,name,atc\n,s,S,R03AC02\ni,s,,R03CC02\n", "R03AC02: i=R03CC02"},
		{scratch, "id,group,name,atc,variant_atc\ni,s,S,R03AC02,\nt,s,S,R03AC02,R03CC02\n", "R03AC02: i t=R03CC02"},
		{scratch, "id,group,name,variant_atc\ni,s,S,R03AC02\nt,s,S,r03cc02\n", ": i=R03AC02 t=R03CC02"},
		// A row changes nothing that has no row.
		{base, "id,atc\nt,R03CC03\n", "R03AC02: i t=R03CC03 u=R03CC02"},
		{base, "id,atc\nt,R03AC02\n", "R03AC02: i t u=R03CC02"},
		{base, "id,atc\ni,R03AC03\n", "R03AC03: i t=R03CC02 u=R03CC02"},
		{plain, "id,atc\ni,R03AC03\nt,R03AC03\nu,R03AC03\n", "R03AC03: i t u"},
		{plain, "id,group,form,atc\nn,s,inhaler,R03AC03\n", "R03AC02: i t u n=R03AC03"},
		{plain, "id,atc\ni,-\n", "R03AC02: i t u: row 2, atc: \"-\" is not an ATC code, and not that of the group: it is ignored"},
		{plain, "id,atc\ni,-\nt,R03AC2\n", "R03AC02: i t u: row 2, atc: \"-\" is not an ATC code, and not that of the group: it is ignored: row 3, atc: \"R03AC2\" is not an ATC code, and not that of the group: it is ignored"},
		{base, "id,atc\ni,R03AC03\nt,R03CC02\n", "R03AC03: i t=R03CC02 u=R03CC02"},
		{base, "id,atc\ni,R03AC03\nt,R03CC02\nu,R03CC02\n", "R03CC02: i=R03AC03 t u"},
		{base, "id,atc\ni,R03AC02\nt,R03CC02\nu,R03CC02\n", "R03AC02: i t=R03CC02 u=R03CC02"},
		{base, "id,variant_atc\nt,\n", "R03AC02: i t u=R03CC02"},
		{none, "id,group,atc\nt,s,R03CC02\nu,s,R03CC02\ni,s,\n", ": i t=R03CC02 u=R03CC02"},
		{base, "id,price\nt,2\n", "R03AC02: i t=R03CC02 u=R03CC02"},
		// A group whose variants have one code has another in one row.
		{plain, "id,atc\ni,R03AC03\n", "R03AC02: i=R03AC03 t u"},
		{plain, "id,atc\ni,R03AC02\nt,R03CC02\n", "R03AC02: i t=R03CC02 u"},
		// As exported, with one cell edited.
		{base, "id,group,atc,variant_atc\ni,s,R03AC02,\nt,s,R03CC02,R03CC02\nu,s,R03CC02,R03CC02\n", "R03AC02: i t=R03CC02 u=R03CC02"},
		{base, "id,group,atc,variant_atc\ni,s,R03AC03,\nt,s,R03CC02,R03CC02\nu,s,R03CC02,R03CC02\n", "R03AC03: i t=R03CC02 u=R03CC02"},
		{base, "id,group,atc\ni,s,R03AC02\nt,s,R03CC02\nu,s,R03CC02\n", "R03AC02: i t=R03CC02 u=R03CC02"},
		{base, "id,group,atc,variant_atc\nt,s,R03CC03,R03CC02\n", "[row 2, atc: the variant has the code \"R03CC03\" here and \"R03CC02\" in \"variant_atc\": write one, or remove a column]"},
	} {
		c, faults := readTable(test.base(), []byte(test.table), Options{AllowDuplicates: true})
		got := fmt.Sprint(faults)
		if c != nil {
			got = c.Groups[0].ATC + ":"
			for _, v := range c.Groups[0].Variants {
				got += " " + v.ID
				if v.ATC != "" {
					got += "=" + v.ATC
				}
			}
			for _, f := range faults {
				if strings.Contains(f.Message, "ATC") {
					got += ": " + f.String()
				}
			}
		}
		if got != test.want {
			t.Errorf("%q:\ngot  %s\nwant %s", test.table, got, test.want)
		}
	}
	c := base()
	c.Groups = append(c.Groups, catalogue.Group{ID: "own", Name: catalogue.PlainText("Own"), ATC: "N02BE01", Variants: []catalogue.Variant{{ID: "o", ATC: "N02BE51"}}},
		catalogue.Group{ID: "same", Name: catalogue.PlainText("Same"), ATC: "A02BC02", Variants: []catalogue.Variant{{ID: "s", ATC: "A02BC02"}}})
	if got, want := catfile.Marshal(again(t, c, "commas"), ""), catfile.Marshal(c, ""); string(got) != string(want) {
		t.Errorf("%s\nwant %s", got, want)
	}
}
