package shelf

import (
	"cmp"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

func snapshotOf(t testing.TB, data []byte) *Snapshot {
	t.Helper()
	return NewSnapshot(mustParse(t, data), today, Options{})
}

// alphabet returns the sort position of each name and brand of a catalogue.
func alphabet(c *catalogue.Catalogue, lang string) map[string]int32 {
	var texts []string
	for _, g := range c.Groups {
		texts = append(texts, sortText(g.Name.In(lang)))
		for _, v := range g.Variants {
			texts = append(texts, v.Brand, sortText(v.Name.In(lang)))
		}
	}
	at := map[string]int32{}
	for i, place := range places(lang, texts) {
		at[texts[i]] = place
	}
	return at
}

// plainly does what List documents by looking at every variant.
func plainly(c *catalogue.Catalogue, alphabet map[string]int32, q Query) []string {
	type row struct {
		g *catalogue.Group
		v *catalogue.Variant
		n int
	}
	var rows []row
	n := 0
	for i := range c.Groups {
		g := &c.Groups[i]
		for j := range g.Variants {
			v := &g.Variants[j]
			if (q.Category == "" || g.Category == q.Category) && (q.Group == "" || g.ID == q.Group) && (q.Form == "" || v.Form == q.Form) {
				rows = append(rows, row{g, v, n})
			}
			n++
		}
	}
	measures := map[string]catalogue.Measure{}
	for _, r := range rows {
		measures[r.v.Strength] = catalogue.MeasureOf(r.v.Strength)
	}
	name := func(r row) string {
		if !r.v.Name.IsZero() {
			return sortText(r.v.Name.In(q.Lang))
		}
		return sortText(r.g.Name.In(q.Lang))
	}
	last := func(known bool, value float64) float64 {
		if !known {
			return 1e300
		}
		return value
	}
	value := func(r row) float64 {
		switch q.Sort {
		case SortPriceAsc:
			return last(r.v.Price.Known, float64(r.v.Price.Amount))
		case SortPriceDesc:
			return last(r.v.Price.Known, -float64(r.v.Price.Amount))
		case SortExpiry:
			return last(r.v.Expiry.Known(), float64(r.v.Expiry.Last()))
		case SortUnitPrice:
			each, kind, ok := r.v.ExactUnitPrice()
			return last(ok, float64(kind)*1e15+float64(int64(each*1000+0.5)))
		}
		return 0
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(
			cmp.Compare(value(a), value(b)),
			cmp.Compare(alphabet[name(a)], alphabet[name(b)]),
			cmp.Compare(alphabet[a.v.Brand], alphabet[b.v.Brand]),
			strings.Compare(a.v.Form, b.v.Form),
			measures[a.v.Strength].Compare(measures[b.v.Strength]),
			strings.Compare(a.v.Pack.Unit, b.v.Pack.Unit),
			cmp.Compare(a.v.Pack.Amount, b.v.Pack.Amount),
			cmp.Compare(a.n, b.n),
		)
	})
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.v.ID
	}
	return ids
}

// listed returns all pages of a listing, and checks the fields of each.
func listed(t *testing.T, s *Snapshot, q Query) []string {
	t.Helper()
	var ids []string
	for q.Page = 1; ; q.Page++ {
		p := s.List(q)
		from, to := len(ids)+1, len(ids)+len(p.Items)
		if p.Total == 0 {
			from, to = 0, 0
		}
		if p.Number != q.Page || p.From != from || p.To != to || (p.Number < p.Pages && len(p.Items) != PageSize) {
			t.Errorf("%+v: page %d of %d, %d to %d with %d items", q, p.Number, p.Pages, p.From, p.To, len(p.Items))
		}
		for _, r := range p.Items {
			ids = append(ids, r.Variant.ID)
			if !slices.ContainsFunc(r.Group.Variants, func(v catalogue.Variant) bool { return v.ID == r.Variant.ID }) {
				t.Errorf("%s is not in group %s", r.Variant.ID, r.Group.ID)
			}
		}
		if p.Number == p.Pages {
			if len(ids) != p.Total || s.Count(q) != p.Total {
				t.Errorf("%+v: %d items of %d, count %d", q, len(ids), p.Total, s.Count(q))
			}
			return ids
		}
	}
}

func TestListIsTheSameAsLookingAtEverything(t *testing.T) {
	old, err := os.ReadFile("../catalogue/catfile/testdata/old.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"demonstration": demonstration(t), "sample": []byte(sample), "old": old} {
		s := snapshotOf(t, data)
		c := s.Catalogue()
		var queries []Query
		queries = append(queries, Query{}, Query{Form: "tablet"}, Query{Form: "cream"}, Query{Category: c.Groups[0].Category, Group: c.Groups[0].ID, Form: "syrup"})
		for _, i := range []int{0, len(c.Categories) / 2, len(c.Categories) - 1} {
			id := c.Categories[i].ID
			queries = append(queries, Query{Category: id}, Query{Category: id, Form: "tablet"}, Query{Category: id, Group: c.Groups[0].ID})
		}
		for _, i := range []int{0, len(c.Groups) / 2, len(c.Groups) - 1} {
			queries = append(queries, Query{Group: c.Groups[i].ID}, Query{Group: c.Groups[i].ID, Form: "tablet"})
		}
		for _, lang := range catalogue.Languages {
			alphabet := alphabet(c, lang)
			for _, sort := range Sorts() {
				for _, q := range queries {
					q.Lang, q.Sort = lang, sort
					got, want := listed(t, s, q), plainly(c, alphabet, q)
					if !slices.Equal(got, want) {
						for i := range want {
							if i >= len(got) || got[i] != want[i] {
								t.Errorf("%s, %+v: item %d (of %d, want %d) is not %s", name, q, i, len(got), len(want), want[i])
								break
							}
						}
					}
				}
			}
		}
	}
}

func TestListOfWhatDoesNotExist(t *testing.T) {
	s := snapshotOf(t, []byte(sample))
	for _, q := range []Query{{Category: "x"}, {Group: "x"}, {Form: "x"}, {Category: "B", Group: "paracetamol"}, {Category: "B", Form: "tablet"}, {Group: "bare", Form: "tablet"}, {Group: "bare"}} {
		if p := s.List(q); !reflect.DeepEqual(p, ListPage{Number: 1, Pages: 1}) || s.Count(q) != 0 {
			t.Errorf("%+v: %+v", q, p)
		}
	}
}

func TestListPagesBeyondTheEnds(t *testing.T) {
	s := snapshotOf(t, demonstration(t))
	first, last := s.List(Query{Page: 1}), s.List(Query{Page: 1 << 40})
	for _, page := range []int{0, -1, -1 << 62} {
		if p := s.List(Query{Page: page}); !reflect.DeepEqual(p, first) {
			t.Errorf("page %d has number %d", page, p.Number)
		}
	}
	if last.Number != last.Pages || last.To != last.Total || len(last.Items) != last.To-last.From+1 {
		t.Errorf("last page %+v", last)
	}
	// An unknown order means the default one, an unknown language English.
	if p := s.List(Query{Sort: "best", Lang: "xx"}); !reflect.DeepEqual(p, first) {
		t.Errorf("unknown order: %+v", p)
	}
}

// named returns a catalogue with one variant per name, all in one language.
func named(lang string, names ...string) *catalogue.Catalogue {
	c := &catalogue.Catalogue{Categories: []catalogue.Category{{ID: "c"}}}
	for i, n := range names {
		id := fmt.Sprint("g", i)
		c.Groups = append(c.Groups, catalogue.Group{ID: id, Category: "c", Name: catalogue.NewText([]catalogue.Translation{{Lang: lang, Text: n}}), Variants: []catalogue.Variant{{ID: "v" + id}}})
	}
	return c
}

func TestNamesStandByTheLanguagesAlphabet(t *testing.T) {
	tests := []struct {
		lang string
		want []string
	}{
		{"en", []string{"aspirin", "Éclair", "Estradiol", "Vitamin B1", "Vitamin B2", "Vitamin B12", "Zinc"}},
		{"tr", []string{"Celiprolol", "Çinko", "Demir", "Gliserin", "Ğ", "Isı", "İnsülin", "Kodein", "Oksijen", "Ödem", "Sodyum", "Şurup", "Urea", "Üre", "Vitamin"}},
		{"fa", []string{"آسپرین", "انسولین", "بوپرنورفین", "پاراستامول", "تامسولوسین", "جنتامایسین", "چای", "حنا", "ژل", "سالبوتامول", "کدئین", "گاباپنتین", "لیدوکائین", "هپارین", "یُد"}},
		{"ar", []string{"7up", "آزوت", "ازيثروميسين", "أسبرين", "الألم", "إنسولين", "باراسيتامول", "ةاء", "تامسولوسين", "سؤال", "سوء", "سوال", "سول", "كودايين", "لانسوبرازول", "هيبارين", "يسر", "يود", "Zinc"}}, // as in ICU 78
	}
	for _, test := range tests {
		mixed := slices.Clone(test.want)
		slices.Sort(mixed)
		slices.Reverse(mixed)
		s := NewSnapshot(named(test.lang, mixed...), today, Options{})
		var got []string
		for _, r := range s.List(Query{Lang: test.lang}).Items {
			got = append(got, r.Group.Name.In(test.lang))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s:\ngot  %v\nwant %v", test.lang, got, test.want)
		}
	}
}

// The whole alphabets, in the order in which they are taught and which CLDR's
// collations have (common/collation/tr.xml, fa.xml, ar.xml).
func TestAlphabets(t *testing.T) {
	for lang, alphabet := range map[string]string{
		"en": "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z",
		"tr": "A B C Ç D E F G Ğ H I İ J K L M N O Ö P R S Ş T U Ü V Y Z",
		"fa": "آ ا ب پ ت ث ج چ ح خ د ذ ر ز ژ س ش ص ض ط ظ ع غ ف ق ک گ ل م ن و ه ی",
		"ar": "ا ب ت ث ج ح خ د ذ ر ز س ش ص ض ط ظ ع غ ف ق ك ل م ن ه و ي",
	} {
		want := strings.Fields(alphabet)
		var names []string
		for _, letter := range want {
			switch lang {
			case "tr":
				names = append(names, strings.ToLowerSpecial(unicode.TurkishCase, letter)+"n")
			case "en":
				names = append(names, strings.ToLower(letter)+"n")
			default:
				names = append(names, letter+"ن")
			}
		}
		mixed := slices.Clone(names)
		slices.Sort(mixed)
		slices.Reverse(mixed)
		s := NewSnapshot(named(lang, mixed...), today, Options{})
		var letters, listed []string
		for _, l := range s.Letters(lang) {
			letters = append(letters, l.Text)
			for _, g := range l.Groups {
				listed = append(listed, g.Name.In(lang))
			}
		}
		if !slices.Equal(letters, want) || !slices.Equal(listed, names) {
			t.Errorf("%s:\ngot  %v %v\nwant %v %v", lang, letters, listed, want, names)
		}
		listed = nil
		for page := 1; page <= 2; page++ {
			for _, r := range s.List(Query{Lang: lang, Page: page}).Items {
				listed = append(listed, r.Group.Name.In(lang))
			}
		}
		if !slices.Equal(listed, names) {
			t.Errorf("%s:\ngot  %v\nwant %v", lang, listed, names)
		}
	}
}

func TestLetters(t *testing.T) {
	tests := []struct {
		lang  string
		names []string
		want  string // letter, id and names of each section
	}{
		{"en", []string{"zinc", "Aspirin", "Ångström salt", "5-HTP", "(nothing)", "alpha", "💊 Ibuprofen", "***"},
			"A/a: alpha, Ångström salt, Aspirin | I/i: 💊 Ibuprofen | N/n: (nothing) | Z/z: zinc | #/other: ***, 5-HTP"},
		{"tr", []string{"İnsülin", "ısı", "iyot", "Çinko", "Celiprolol", "şurup", "Sodyum", "ümit", "Urea", "Ödem", "oksijen", "Îman"},
			"C/c: Celiprolol | Ç/u00c7: Çinko | I/i: ısı | İ/u0130: Îman, İnsülin, iyot | O/o: oksijen | Ö/u00d6: Ödem | S/s: Sodyum | Ş/u015e: şurup | U/u: Urea | Ü/u00dc: ümit"},
		{"fa", []string{"گاباپنتین", "آسپرین", "انسولین", "پاراستامول", "چای", "ژل", "کدئین", "یُد", "ئیدروژن", "۵-فلوئورواوراسیل", "Zinc"},
			"آ/u0622: آسپرین | ا/u0627: انسولین | پ/u067e: پاراستامول | چ/u0686: چای | ژ/u0698: ژل | ک/u06a9: کدئین | گ/u06af: گاباپنتین | ی/u06cc: ئیدروژن, یُد | Z/z: Zinc | #/other: ۵-فلوئورواوراسیل"},
		{"ar", []string{"إنسولين", "أسبرين", "آزوت", "ازيثروميسين", "الألم", "باراسيتامول", "هيبارين", "يود", "ىود", "Zinc", "7up"},
			"ا/u0627: آزوت, ازيثروميسين, أسبرين, الألم, إنسولين | ب/u0628: باراسيتامول | ه/u0647: هيبارين | ي/u064a: يود, ىود | Z/z: Zinc | #/other: 7up"},
	}
	for _, test := range tests {
		s := NewSnapshot(named(test.lang, test.names...), today, Options{})
		var parts []string
		n := 0
		for _, l := range s.Letters(test.lang) {
			var names []string
			for _, g := range l.Groups {
				names = append(names, g.Name.In(test.lang))
				n++
			}
			parts = append(parts, fmt.Sprintf("%s/%s: %s", l.Text, l.ID, strings.Join(names, ", ")))
		}
		if n != len(test.names) {
			t.Errorf("%s: %d groups of %d", test.lang, n, len(test.names))
		}
		if got := strings.Join(parts, " | "); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.lang, got, test.want)
		}
	}
}

// In every language each group is listed once, and no section repeats.
func TestLettersOfTheDemonstration(t *testing.T) {
	s := snapshotOf(t, demonstration(t))
	for _, lang := range catalogue.Languages {
		seen, ids := map[string]bool{}, map[string]bool{}
		for _, l := range s.Letters(lang) {
			if ids[l.ID] || len(l.Groups) == 0 {
				t.Errorf("%s: section %s repeats or is empty", lang, l.ID)
			}
			ids[l.ID] = true
			for _, g := range l.Groups {
				if seen[g.ID] {
					t.Errorf("%s: %s is listed twice", lang, g.ID)
				}
				seen[g.ID] = true
			}
		}
		if len(seen) != len(s.Catalogue().Groups) {
			t.Errorf("%s: %d groups", lang, len(seen))
		}
	}
}

func TestLookups(t *testing.T) {
	s := snapshotOf(t, []byte(sample))
	if c, ok := s.Category("B"); !ok || c.Name.In("fa") != "plain" {
		t.Errorf("category %v, %v", c, ok)
	}
	if g, ok := s.Group("paracetamol"); !ok || g.ATC != "N02BE01" {
		t.Errorf("group %v, %v", g, ok)
	}
	if r, ok := s.Variant("p2"); !ok || r.Variant.Brand != "Fevrol" || r.Group.ID != "paracetamol" {
		t.Errorf("variant %v, %v", r, ok)
	}
	for _, id := range []string{"", "x", "paracetamol "} {
		if _, ok := s.Category(id); ok {
			t.Errorf("unknown category %q found", id)
		}
		if _, ok := s.Group(id); ok {
			t.Errorf("unknown group %q found", id)
		}
		if _, ok := s.Variant(id); ok {
			t.Errorf("unknown variant %q found", id)
		}
	}
	both := []string{"syrup", "tablet"}
	for _, test := range []struct {
		category, group string
		want            []string
	}{
		{"", "", both}, {"pain-and-fever", "", both}, {"", "paracetamol", both}, {"B", "", nil}, {"", "bare", nil}, {"x", "", nil}, {"", "x", nil},
	} {
		if got := s.Forms(test.category, test.group); !slices.Equal(got, test.want) {
			t.Errorf("forms of %q, %q: %v", test.category, test.group, got)
		}
	}
}

// Every form has a listing, and together they are the listing without a form.
func TestFormsAgreeWithListings(t *testing.T) {
	s := snapshotOf(t, demonstration(t))
	sum := func(forms []string, q Query) {
		n := 0
		for _, q.Form = range forms {
			of := s.Count(q)
			if n += of; of == 0 {
				t.Errorf("%+v: no variant", q)
			}
		}
		q.Form = ""
		if got := s.Count(q); got != n {
			t.Errorf("%+v: %d, but those of the forms add up to %d", q, got, n)
		}
	}
	sum(s.Forms("", ""), Query{})
	for _, c := range s.Catalogue().Categories {
		sum(s.Forms(c.ID, ""), Query{Category: c.ID})
	}
	for _, g := range s.Catalogue().Groups {
		sum(s.Forms("", g.ID), Query{Group: g.ID})
		sum(s.Forms(g.Category, g.ID), Query{Category: g.Category, Group: g.ID})
	}
}

func TestVersion(t *testing.T) {
	s := snapshotOf(t, []byte(sample))
	again := snapshotOf(t, []byte(sample))
	if s.Version() != again.Version() || s.Content() != again.Content() {
		t.Error("the same file yields two versions")
	}
	tomorrow := s.WithDay(today + 1)
	if tomorrow.Version() == s.Version() || tomorrow.Content() != s.Content() || tomorrow.Day() != today+1 || s.Day() != today {
		t.Error("the version does not depend on the day")
	}
	if tomorrow.index != s.index {
		t.Error("the index is rebuilt for another day")
	}
	if back := tomorrow.WithDay(today); back.Version() != s.Version() {
		t.Error("the version depends on more than content and day")
	}
	changed := snapshotOf(t, []byte(strings.Replace(sample, `"2.40"`, `"2.41"`, 1)))
	if changed.Version() == s.Version() || changed.Content() == s.Content() {
		t.Error("the version does not depend on a price")
	}
	// The version depends neither on the modification time nor on the formatting.
	later := NewSnapshot(mustParse(t, catfile.Marshal(s.Catalogue(), "x")), today, Options{Modified: time.Unix(9, 0)})
	if later.Version() != s.Version() {
		t.Error("the version depends on more than the content")
	}
	if len(s.Version()) != 16 || strings.Trim(s.Version(), "0123456789abcdef") != "" {
		t.Errorf("version %q", s.Version())
	}
	ref, _ := s.Variant("paracetamol-tablet-500mg-20")
	if ok, _ := ref.Variant.Orderable(s.Day()); !ok {
		t.Error("not orderable today")
	}
	if ok, reason := ref.Variant.Orderable(s.WithDay(catalogue.DayOf(time.Date(2028, 7, 1, 0, 0, 0, 0, time.UTC))).Day()); ok || reason != catalogue.ReasonExpired {
		t.Errorf("after expiry: %v, %q", ok, reason)
	}
}

func TestLater(t *testing.T) {
	at := func(s int64) time.Time { return time.Unix(s, 0) }
	// In ascending order.
	sources := []Source{
		{Hash: "a"}, {Hash: "b"},
		{Updated: at(1), Hash: "a"},
		{Updated: at(1), Modified: at(1), Hash: "a"},
		{Updated: at(1), Modified: at(1), Hash: "b"},
		{Updated: at(1), Modified: at(2), Hash: "a"},
		{Updated: at(2), Hash: "a"},
	}
	for i, a := range sources {
		for j, b := range sources {
			if got := Later(a, b); got != (i > j) {
				t.Errorf("Later(%v, %v) = %v", a, b, got)
			}
		}
	}
	// A file without a time of update has its modification time.
	c := mustParse(t, []byte(minimal))
	if s := NewSnapshot(c, today, Options{Modified: at(5)}).Source(); !s.Updated.Equal(at(5)) || !s.Modified.Equal(at(5)) {
		t.Errorf("source %v", s)
	}
	if s := NewSnapshot(mustParse(t, []byte(sample)), today, Options{Modified: at(5)}).Source(); s.Updated.Year() != 2026 || !s.Modified.Equal(at(5)) {
		t.Errorf("source %v", s)
	}
}

// Listings are built concurrently, including the first of a kind.
func TestConcurrentUse(t *testing.T) {
	s := snapshotOf(t, demonstration(t))
	want := s.List(Query{Category: "diabetes", Form: "tablet", Sort: SortExpiry, Lang: "ar"})
	s = snapshotOf(t, demonstration(t))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, lang := range catalogue.Languages {
				for _, sort := range Sorts() {
					s.List(Query{Category: "skin", Lang: lang, Sort: sort})
					s.List(Query{Group: "paracetamol", Lang: lang, Sort: sort})
				}
			}
			if got := s.WithDay(today + 1).List(Query{Category: "diabetes", Form: "tablet", Sort: SortExpiry, Lang: "ar"}); got.Total != want.Total || len(got.Items) == 0 || got.Items[0].Variant.ID != want.Items[0].Variant.ID {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
	wg.Wait()
}

var (
	sample  = testFile("sample.json")
	minimal = testFile("minimal.json")
)

// testFile reads one of the files that test the parsing of catalogues.
func testFile(name string) string {
	data, err := os.ReadFile("../catalogue/catfile/testdata/" + name)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func mustParse(t testing.TB, data []byte) *catalogue.Catalogue {
	t.Helper()
	c, faults, err := catfile.Parse(data)
	if err != nil {
		t.Fatalf("%v\n%v", err, faults)
	}
	return c
}

func FuzzSnapshot(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(minimal))
	f.Add([]byte(testFile("old.json")))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, _, err := catfile.Parse(data)
		if err != nil {
			return
		}
		s := NewSnapshot(c, today, Options{})
		for _, lang := range catalogue.Languages {
			for _, sort := range Sorts() {
				if got := s.List(Query{Lang: lang, Sort: sort}).Total; got != s.Len() {
					t.Errorf("%s %s lists %d of %d", lang, sort, got, s.Len())
				}
			}
		}
	})
}
