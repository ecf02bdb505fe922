package search

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// names returns the first name of each hit, preceded by its rank.
func names(docs []Document, r Result) []string {
	var out []string
	for _, h := range r.Hits {
		out = append(out, fmt.Sprintf("%d %s", h.Rank, docs[h.Doc].Names[0]))
	}
	return out
}

func TestRanking(t *testing.T) {
	tablet := []Item{{Words: []string{"5 mg", "tablet", "20 tablets"}}}
	docs := []Document{
		{Names: []string{"Dihydrocodeine"}},
		{Names: []string{"Morphine"}, Topics: []string{"Codeine and its like"}},
		{Names: []string{"Ibuprofen and codeine"}},
		{Names: []string{"Codeine phosphate linctus"}},
		{Names: []string{"Codeinette"}},
		{Names: []string{"Methylmorphine"}, Synonyms: []string{"codeine"}, Items: tablet},
		{Names: []string{"Codeine"}, Items: tablet},
		{Names: []string{"Tabletine"}},
		{Names: []string{"Protabletine"}, Items: tablet},
		{Names: []string{"Lubricant"}, Items: []Item{{Words: []string{"gel"}}}},
		{Names: []string{"Fish oil"}, Items: []Item{{Words: []string{"gelcap"}}}},
		{Names: []string{"Iron"}, Items: tablet, Codes: []string{"B03AA07"}},
		{Names: []string{"Paracetamol"}, Synonyms: []string{"Panadol Extra"}},
	}
	x := indexOf(docs)
	for _, test := range []struct {
		query string
		want  []string
	}{
		// Dihydrocodeine only contains the query, and codeine is a name.
		{"codeine", []string{"0 Codeine", "0 Methylmorphine", "1 Codeine phosphate linctus", "1 Ibuprofen and codeine", "3 Morphine"}},
		{"codei", []string{"5 Codeine", "5 Codeinette", "5 Codeine phosphate linctus", "5 Methylmorphine", "5 Ibuprofen and codeine"}},
		{"odeine", nil},
		{"dei", nil},
		{"codeine ibuprofen", []string{"1 Ibuprofen and codeine"}},
		{"linctus codeine", []string{"1 Codeine phosphate linctus"}},
		{"tablet", []string{"2 Methylmorphine", "2 Codeine", "2 Protabletine", "2 Iron", "5 Tabletine"}},
		{"tabl", []string{"5 Tabletine"}},
		{"gel", []string{"2 Lubricant"}},
		{"gelc", []string{"2 Fish oil"}},
		{"5 mg", []string{"2 Methylmorphine", "2 Codeine", "2 Protabletine", "2 Iron"}},
		{"5", []string{"2 Methylmorphine", "2 Codeine", "2 Protabletine", "2 Iron"}},
		{"20", []string{"2 Methylmorphine", "2 Codeine", "2 Protabletine", "2 Iron"}},
		{"codeine tablet", []string{"0 Codeine", "0 Methylmorphine"}},
		{"b03aa07", []string{"3 Iron"}},
		{"b03a", []string{"3 Iron"}},
		{"b03", []string{"3 Iron"}},
		{"paracetamol extra", []string{"1 Paracetamol"}},
		{"extra panadol", []string{"1 Paracetamol"}},
		{"kodein", []string{"6 Codeine", "6 Codeine phosphate linctus", "6 Methylmorphine"}},
		{"codeine 500", nil},
		{"codeine xyz", nil},
		{"", nil},
		{" \u202e-", nil},
	} {
		if got := names(docs, x.Search(test.query)); !slices.Equal(got, test.want) {
			t.Errorf("%q finds %q, want %q", test.query, got, test.want)
		}
	}
}

func TestNarrowing(t *testing.T) {
	item := func(words ...string) Item { return Item{Words: words} }
	docs := []Document{
		{
			Names: []string{"Amoxicillin", "آموکسی\u200cسیلین", "Amoksisilin", "أموكسيسيلين"},
			Items: []Item{
				0:  item("250 mg", "capsule", "کپسول", "kapsül", "كبسولة", "20 capsules"),
				1:  item("500 mg", "capsule", "کپسول", "kapsül", "كبسولة", "15 capsules"),
				2:  item("500 mg", "capsule", "کپسول", "kapsül", "كبسولة", "20 capsules"),
				3:  item("1 g", "tablet", "قرص", "tablet", "قرص", "20 tablets"),
				4:  item("250 mg/5 ml", "powder for oral suspension", "پودر برای تهیهٔ سوسپانسیون خوراکی", "60 ml"),
				5:  item("500 mg", "powder for injection", "پودر تزریقی", "enjeksiyonluk toz", "مسحوق للحقن", "10 vials"),
				6:  item("50 mg/ml", "oral drops", "قطرهٔ خوراکی", "oral damla", "قطرات فموية", "20 ml"),
				7:  item("0.05 %", "cream", "کرم", "krem", "كريم", "20 g"),
				8:  item("1.5 million units", "prolonged-release tablet", "قرص آهسته\u200cرهش", "uzatılmış salımlı tablet", "قرص ممتد المفعول", "1 tablet"),
				9:  item("100 micrograms/dose", "inhaler", "اسپری استنشاقی", "200 doses"),
				10: item("suppository", "شیاف", "supozituvar", "تحميلة", "10 suppositories", "125 mg"),
			},
		},
		{
			Names:    []string{"Amoxicillin and clavulanic acid"},
			Synonyms: []string{"co-amoxiclav", "Augmentin"},
			Items: []Item{
				item("500 mg/125 mg", "tablet", "20 tablets"),
				item("875 mg/125 mg", "tablet", "20 tablets"),
			},
		},
		{Names: []string{"Hydrocortisone"}, Items: []Item{item("10 mg", "tablet")}},
		{
			Names:    []string{"Hydrocortisone (skin)"},
			Synonyms: []string{"hydrocortisone cream"},
			Items:    []Item{item("1 %", "ointment"), item("1 %", "cream"), item("0.5 %", "cream")},
		},
		{
			Names:    []string{"Cyanocobalamin"},
			Synonyms: []string{"vitamin B12", "ویتامین ب۱۲"},
			Items:    []Item{item("50 micrograms", "tablet", "12 tablets"), item("1 mg/ml", "injection", "5 ampoules")},
		},
		{
			Names:    []string{"Paracetamol"},
			Synonyms: []string{"Panadol"},
			Items: []Item{
				{Words: []string{"500 mg", "tablet"}},
				{Names: []string{"Panadol"}, Words: []string{"500 mg", "tablet"}},
			},
		},
		{
			Names:    []string{"Valproate"},
			Synonyms: []string{"Depakine", "Depakine 500 mg"},
			Items:    []Item{item("200 mg", "tablet"), item("500 mg", "tablet")},
		},
		{Names: []string{"Vitamin B"}, Items: []Item{item("12 mg", "tablet"), item("5 mg", "tablet")}},
		{Names: []string{"Menthol"}, Items: []Item{item("1 %", "gel"), item("1 %", "gelcap")}},
	}
	x := indexOf(docs)
	all := []int32(nil)
	for _, test := range []struct {
		query string
		doc   int // -1 means no hits
		items []int32
	}{
		{"amoxicillin", 0, all},
		{"amoxicillin capsule", 0, []int32{0, 1, 2}},
		{"amoxicillin capsules", 0, []int32{0, 1, 2}},
		{"amoxicillin cap", 0, []int32{0, 1, 2}},
		{"amoxicillin 500 capsule", 0, []int32{1, 2}},
		{"capsule 500 amoxicillin", 0, []int32{1, 2}},
		{"آموکسی سیلین ۵۰۰ کپسول", 0, []int32{1, 2}},
		{"أموكسيسيلين ٥٠٠ كبسولة", 0, []int32{1, 2}},
		{"amoksisilin 500mg KAPSÜL", 0, []int32{1, 2}},
		{"amoxicillin 500", 0, []int32{1, 2, 5}},
		{"amoxicillin 500 mg", 0, []int32{1, 2, 5}},
		{"amoxicillin 0.5 g", 0, []int32{1, 2, 5}},
		{"amoxicillin 500 میلی", 0, []int32{1, 2, 5}},
		{"آموکسی سیلین ۵۰۰ میلی کپسول", 0, []int32{1, 2}},
		{"amoxicillin 500 m", 0, []int32{1, 2, 5}},
		{"amoxicillin 500 mil", 0, []int32{1, 2, 5}},
		{"amoxicillin ۵۰۰ میلی گ", 0, []int32{1, 2, 5}},
		{"amoxicillin 1000 mg", 0, []int32{3}},
		{"amoxicillin 1,000mg", 0, []int32{3}},
		{"amoxicillin 500 mg 15 capsules", 0, []int32{1}},
		{"amoxicillin 15", 0, []int32{1}},
		{"amoxicillin 20", 0, []int32{0, 2, 3, 6, 7}},
		{"amoxicillin 20 tablets", 0, []int32{3}},
		{"amoxicillin tabs", 0, []int32{3, 8}},
		{"آموکسی\u200cسیلین قرص", 0, []int32{3, 8}},
		{"آموکسی\u200cسیلین قرص آهسته رهش", 0, []int32{8}},
		{"آموکسی\u200cسیلین قرص آهستهرهش", 0, []int32{8}},
		{"amoxicillin prolonged release", 0, []int32{8}},
		{"amoxicillin 1500000 IU", 0, []int32{8}},
		{"amoxicillin 1.5 milyon ünite", 0, []int32{8}},
		{"amoxicillin 250 mg/5 ml", 0, []int32{4}},
		{"amoxicillin 250mg/5ml 60 ml", 0, []int32{4}},
		{"amoxicillin 50 mg/ml", 0, []int32{6}},
		{"amoxicillin 50 mg/5 ml", -1, nil},
		{"amoxicillin 0.05%", 0, []int32{7}},
		{"amoksisilin %0,05 krem", 0, []int32{7}},
		{"amoxicillin 100 mcg", 0, []int32{9}},
		{"amoxicillin 200 puffs", 0, []int32{9}},
		{"آموکسی سیلین آمپول", 0, []int32{5}},
		{"آموکسی سیلین شیاف", 0, []int32{10}},
		{"أموكسيسيلين أقراص", 0, []int32{3, 8}},
		{"amoxicillin 250 mg", 0, []int32{0, 4}},
		{"amoxicillin 750", -1, nil},
		{"amoxicillin 5 mg", -1, nil},
		{"amoxicillin 500 micrograms", -1, nil},
		{"amoxicillin ointment", -1, nil},
		{"amoxicillin 1 g capsule", -1, nil},
		{"amoxicillin 625", -1, nil}, // the sum of the strengths, but of another medicine
		{"co-amoxiclav 625", 1, []int32{0}},
		{"augmentin 625 mg", 1, []int32{0}},
		{"augmentin 1 g", 1, []int32{1}},
		{"augmentin 500/125", 1, []int32{0}},
		{"augmentin 125", 1, all},
		{"hydrocortisone tablet", 2, all},
		{"hydrocortisone cream", 3, []int32{1, 2}},
		{"hydrocortisone 1% cream", 3, []int32{1}},
		{"vitamin b12", 4, all},
		{"vitamin b 12", 4, all},
		{"vitamin b12 tablet", 4, []int32{0}},
		{"ویتامین ب ۱۲", 4, all},
		{"vitamin b1", -1, nil},
		{"vitamin b 5", 7, []int32{1}},
		{"panadol", 5, []int32{1}},
		{"panadol 500", 5, []int32{1}},
		{"paracetamol 500", 5, all},
		{"paracetamol panadol", 5, []int32{1}},
		{"depakine 500 mg", 6, []int32{1}},
		{"vitamin b 12 mg", 7, []int32{0}},
		{"menthol gel", 8, []int32{0}},
		{"menthol gelc", 8, []int32{1}},
		{"menthol ge", 8, all},
	} {
		r := x.Search(test.query)
		switch {
		case test.doc < 0 && len(r.Hits) > 0:
			t.Errorf("%q finds %s", test.query, outline(docs, r))
		case test.doc >= 0 && (len(r.Hits) == 0 || r.Hits[0].Doc != test.doc):
			t.Errorf("%q finds %s, want %q", test.query, outline(docs, r), docs[test.doc].Names[0])
		case test.doc >= 0 && !slices.Equal(r.Hits[0].Items, test.items):
			t.Errorf("%q finds items %v of %q, want %v", test.query, r.Hits[0].Items, docs[test.doc].Names[0], test.items)
		}
	}
}

// In files of the replaced application, groups are lists of products, each with
// its full name in every language and no fields for strength and form.
func TestItemNames(t *testing.T) {
	docs := []Document{
		{
			Names: []string{"Antibiotics", "آنتی\u200cبیوتیک\u200cها"},
			Items: []Item{
				{Names: []string{"Amoxicillin 500mg Capsule 💊", "کپسول آموکسی\u200cسیلین ۵۰۰ میلی\u200cگرم"}},
				{Names: []string{"Amoxicillin 250mg/5ml Syrup", "شربت آموکسیسیلین ۲۵۰"}},
				{Names: []string{"Azithromycin 500mg Tablet", "قرص آزیترومایسین ۵۰۰"}},
			},
		},
		{
			Names: []string{"Vitamins", "ویتامین\u200cها"},
			Items: []Item{
				{Names: []string{"Vitamin C 500mg Tablet"}},
				{Names: []string{"Vitamin D3 1000IU"}},
				{Names: []string{"Zinc Plus"}},
			},
		},
	}
	x := indexOf(docs)
	for _, test := range []struct {
		query string
		doc   int
		items []int32
	}{
		{"antibiotics", 0, nil},
		{"amoxicillin", 0, []int32{0, 1}},
		{"am", 0, []int32{0, 1}},
		{"moxicil", -1, nil},
		{"amoxicillin 500 capsule", 0, []int32{0}},
		{"amoxicillin 250 mg", 0, []int32{1}},
		{"آموکسی سیلین", 0, []int32{0, 1}},
		{"شربت آموکسی سیلین", 0, []int32{1}},
		{"۵۰۰", 0, []int32{0, 2}},
		{"azitromisin", 0, []int32{2}},
		{"azitromisim", -1, nil},
		{"azithromycine", 0, []int32{2}},
		{"vitamin d3", 1, []int32{1}},
		{"vitamin c", 1, []int32{0}},
		{"vitamin c 500", 1, []int32{0}},
		{"vitamin 1000 units", 1, []int32{1}},
		{"vitamins", 1, nil},
		{"zinc", 1, []int32{2}},
	} {
		r := x.Search(test.query)
		switch {
		case test.doc < 0 && len(r.Hits) > 0:
			t.Errorf("%q finds %s", test.query, outline(docs, r))
		case test.doc >= 0 && (len(r.Hits) == 0 || r.Hits[0].Doc != test.doc):
			t.Errorf("%q finds %s", test.query, outline(docs, r))
		case test.doc >= 0 && !slices.Equal(r.Hits[0].Items, test.items):
			t.Errorf("%q finds items %v, want %v", test.query, r.Hits[0].Items, test.items)
		}
	}
}

func TestSuggestions(t *testing.T) {
	docs := medicines(t)
	x := indexOf(docs)
	for _, test := range []struct{ query, text, corrected string }{
		{"paracetmol", "Paracetamol", "Paracetamol"},
		{"PARCETAMOL", "Paracetamol", "Paracetamol"},
		{"pracaetamol", "Paracetamol", "Paracetamol"},
		{"amoxicilin", "Amoxicillin", "Amoxicillin"},
		{"amoxicilin 500 capsule", "Amoxicillin", "Amoxicillin 500 capsule"},
		{"amoxicilin ۵۰۰ کپسول", "Amoxicillin", "Amoxicillin ۵۰۰ کپسول"},
		{"amoxicilin 600", "Amoxicillin", "Amoxicillin"},
		{"amoxicillin 600", "Amoxicillin", "amoxicillin"},
		{"ibuprofin", "Ibuprofen", "Ibuprofen"},
		{"پاراستاموک", "پاراستامول", "پاراستامول"},
		{"آموکسی سیلیم", "آموکسی\u200cسیلین", "آموکسی\u200cسیلین"},
		{"losartam", "Losartan", "Losartan"},
		{"clavulanik amoxicilin", "Amoxicillin and clavulanic acid", "clavulanik amoxicillin"},
		{"metformin tablt", "Metformin", "metformin tablet"},
		{"\u202eparacetmol\u202c", "Paracetamol", "Paracetamol"},
	} {
		r := x.Search(test.query)
		if len(r.Hits) > 0 || len(r.Suggestions) == 0 {
			t.Errorf("%q: %s", test.query, outline(docs, r))
			continue
		}
		if s := r.Suggestions[0]; s.Text != test.text || s.Query != test.corrected {
			t.Errorf("%q suggests %q by %q, want %q by %q", test.query, s.Text, s.Query, test.text, test.corrected)
		}
		checkResult(t, x, docs, test.query, r)
	}
	for _, query := range []string{
		"paracetamol ibuprofen", "paracetamol qqqqq", "paracetamol and ibuprofen", "xyzzy", "zincc", "qqq", "vitamin b2", "vitamin q", "vitamin c paracetamol", "penicillin g", "azelastine hydrochloride",
		"hydroxyzine", "cefaclor", "qwertyuiop asdfghjkl zxcvbnm poiuytrewq", "12345", "",
	} {
		if r := x.Search(query); len(r.Hits)+len(r.Suggestions) > 0 {
			t.Errorf("%q: %s", query, outline(docs, r))
		}
	}
}

// A word of five letters may have one slip and one of nine letters two. For two
// slips the first letter must be correct.
func TestSuggestionDistance(t *testing.T) {
	docs := []Document{{Names: []string{"Abcde"}}, {Names: []string{"Rstuvwxyz"}}, {Names: []string{"Klmnopqr"}}}
	x := indexOf(docs)
	for query, want := range map[string]bool{
		"abcdx": true, "abcd": false, "abce": false, "xbcde": true, "abxyz": false, "bacde": true, "abcdex": true,
		"rstuvwxy": true, "rsuvwxy": false, "rstuvwabz": true, "rstuvabcz": false, "xstuvwxyz": true, "xstuvwxya": false,
		"klmnopqx": true, "klmnopxx": false,
	} {
		r := x.Search(query)
		if query == "abcd" || query == "rstuvwxy" {
			if len(r.Hits) != 1 {
				t.Errorf("%q is not the prefix of a name", query)
			}
			continue
		}
		if got := len(r.Suggestions) > 0; got != want || len(r.Hits) > 0 {
			t.Errorf("%q: %s, want a suggestion: %t", query, outline(docs, r), want)
		}
	}
}

// A query is not corrected to a name without its first letters, even if they
// look like an article.
func TestNoSuggestionWithoutArticle(t *testing.T) {
	docs := []Document{{Names: []string{"الوپاتادین"}}}
	x := indexOf(docs)
	if r := x.Search("وپاتادیم"); len(r.Hits)+len(r.Suggestions) > 0 {
		t.Errorf("unexpected result: %s", outline(docs, r))
	}
	if r := x.Search("الوپاتادیم"); len(r.Suggestions) != 1 {
		t.Errorf("want one suggestion: %s", outline(docs, r))
	}
}

// checkResult checks the invariants of a result.
func checkResult(t *testing.T, x *Index, docs []Document, query string, r Result) {
	t.Helper()
	if len(r.Hits) > 0 && len(r.Suggestions) > 0 {
		t.Errorf("%q has both hits and suggestions", query)
	}
	if len(r.Suggestions) > maxSuggestions {
		t.Errorf("%q has %d suggestions", query, len(r.Suggestions))
	}
	seen := map[int]bool{}
	for i, h := range r.Hits {
		if seen[h.Doc] {
			t.Errorf("%q finds document %d twice", query, h.Doc)
		}
		seen[h.Doc] = true
		if i > 0 && h.Rank < r.Hits[i-1].Rank {
			t.Errorf("%q has rank %d after %d", query, h.Rank, r.Hits[i-1].Rank)
		}
		if (h.Name == "") != (h.Rank == ItemMatch) {
			t.Errorf("%q has name %q at rank %d", query, h.Name, h.Rank)
		}
		n := int32(len(docs[h.Doc].Items))
		if h.Items != nil && (len(h.Items) == 0 || len(h.Items) >= int(n)) {
			t.Errorf("%q has %d items of %d", query, len(h.Items), n)
		}
		for j, item := range h.Items {
			if item < 0 || item >= n || j > 0 && item <= h.Items[j-1] {
				t.Errorf("%q has items %v of %d", query, h.Items, n)
				break
			}
		}
	}
	for i, s := range r.Suggestions {
		if i > 0 && slices.ContainsFunc(r.Suggestions[:i], func(o Suggestion) bool { return o.Doc == s.Doc }) {
			t.Errorf("%q suggests document %d twice", query, s.Doc)
		}
		if s.Text == "" || s.Query == "" {
			t.Errorf("%q suggests %+v", query, s)
		}
		if !slices.ContainsFunc(x.Search(s.Query).Hits, func(h Hit) bool { return h.Doc == s.Doc }) {
			t.Errorf("%q suggests %q, which does not find %q", query, s.Query, s.Text)
		}
	}
}

func TestEveryNameFindsItsMedicine(t *testing.T) {
	docs := medicines(t)
	x := indexOf(docs)
	for i, d := range docs {
		for _, name := range slices.Concat(d.Names, d.Synonyms) {
			for _, query := range []string{name, strings.ToUpper(name), strings.ReplaceAll(name, "\u200c", " "), strings.ReplaceAll(name, "\u200c", "")} {
				r := x.Search(query)
				if len(r.Hits) == 0 || r.Hits[0].Doc != i || r.Hits[0].Rank != Exact {
					t.Errorf("%q of %q finds %s", query, d.Names[0], outline(docs, r))
				}
			}
		}
	}
}

// A medicine that is not in the index must not match another by sound. Any match
// by sound must share a word with it, as another route of the same substance does.
func TestNoOtherMedicineBySound(t *testing.T) {
	docs := medicines(t)
	// Leave out one part of the medicines at a time.
	const parts = 12
	for part := range parts {
		var in, out []Document
		for i, d := range docs {
			if i%parts == part {
				out = append(out, d)
			} else {
				in = append(in, d)
			}
		}
		x := indexOf(in)
		for _, d := range out {
			own := slices.Concat(d.Names, d.Synonyms)
			words := map[string]bool{}
			for _, name := range own {
				for _, w := range strings.Fields(Fold(name)) {
					words[w] = len([]rune(w)) >= minSound
				}
			}
			for _, name := range own {
				for _, h := range x.Search(name).Hits {
					other := in[h.Doc]
					if h.Rank == Spelling && !slices.ContainsFunc(slices.Concat(other.Names, other.Synonyms), func(n string) bool {
						return slices.ContainsFunc(strings.Fields(Fold(n)), func(w string) bool { return words[w] })
					}) {
						t.Errorf("%q of %q matches %q by %q", name, d.Names[0], other.Names[0], h.Name)
					}
				}
			}
		}
	}
}

// A number is a strength if a variant has it, and otherwise a pack size.
func TestStrengthsBeforePacks(t *testing.T) {
	docs := []Document{
		{Names: []string{"Aspirin"}, Items: []Item{
			{Words: []string{"75 mg", "tablet"}, Pack: "100 tablets"},
			{Words: []string{"100 mg", "tablet"}, Pack: "20 tablets"},
			{Words: []string{"300 mg", "tablet"}, Pack: "75 tablets"},
			{Words: []string{"5 mg/ml", "syrup"}, Pack: "150 ml"},
		}},
		{Names: []string{"Warfarin"}, Items: []Item{{Words: []string{"5 mg", "tablet"}, Pack: "28 tablets"}, {Words: []string{"1 mg", "tablet"}, Pack: "5 tablets"}}},
	}
	x := indexOf(docs)
	for query, want := range map[string][]int32{
		"aspirin 100": {1}, "aspirin 75": {0}, "aspirin 20": {1}, "aspirin 75 100": {0}, "aspirin 75mg 100": {0}, "aspirin 75 mg 100 tablets": {0},
		"aspirin 300 75": {2}, "aspirin 300 mg 75 tablet": {2}, "aspirin 150 ml": {3}, "aspirin 150": {3}, "warfarin 5": {0}, "warfarin 1 mg 5": {1}, "warfarin 28": {0},
	} {
		r := x.Search(query)
		if len(r.Hits) != 1 || !slices.Equal(r.Hits[0].Items, want) {
			t.Errorf("%q finds %s with %v, want %v", query, outline(docs, r), r.Hits, want)
		}
	}
	if r := x.Search("aspirin 28"); len(r.Hits) > 0 {
		t.Errorf("hit for a pack size that does not exist: %s", outline(docs, r))
	}
}

// Confusable names in four languages, from the ISMP's list of confused drug names
// and similar ones. A search for one of a pair never finds the other.
func TestLookAlikesStayApart(t *testing.T) {
	names := func(s string) []string { return strings.Split(s, " ") }
	for _, pair := range [][2][]string{
		{names("Prednisone پردنیزون Prednizon بريدنيزون"), names("Prednisolone پردنیزولون Prednizolon بريدنيزولون")},
		{names("Hydroxyzine هیدروکسی\u200cزین Hidroksizin هيدروكسيزين"), names("Hydralazine هیدرالازین Hidralazin هيدرالازين")},
		{names("Chlorpromazine کلرپرومازین Klorpromazin كلوربرومازين"), names("Chlorpropamide کلرپروپامید Klorpropamid كلوربروباميد")},
		{names("Vinblastine وین\u200cبلاستین Vinblastin فينبلاستين"), names("Vincristine وین\u200cکریستین Vinkristin فينكريستين")},
		{names("Dopamine دوپامین Dopamin دوبامين"), names("Dobutamine دوبوتامین Dobutamin دوبوتامين")},
		{names("Ephedrine افدرین Efedrin إيفيدرين"), names("Epinephrine اپی\u200cنفرین Epinefrin إيبينفرين")},
		{names("Clomifene کلومیفن Klomifen كلوميفين"), names("Clomipramine کلومیپرامین Klomipramin كلوميبرامين")},
		{names("Clonidine کلونیدین Klonidin كلونيدين"), names("Clonazepam کلونازپام Klonazepam كلونازيبام")},
		{names("Clozapine کلوزاپین Klozapin كلوزابين"), names("Clobazam کلوبازام Klobazam كلوبازام")},
		{names("Carbamazepine کاربامازپین Karbamazepin كاربامازيبين"), names("Oxcarbazepin اکس\u200cکاربازپین Okskarbazepin أوكسكاربازيبين")},
		{names("Carbimazole کاربیمازول Karbimazol كاربيمازول"), names("Carbamazepine کاربامازپین Karbamazepin كاربامازيبين")},
		{names("Bupropion بوپروپیون Bupropiyon بوبروبيون"), names("Buspirone بوسپیرون Buspiron بوسبيرون")},
		{names("Doxorubicin دوکسوروبیسین Doksorubisin دوكسوروبيسين"), names("Daunorubicin دانوروبیسین Daunorubisin داونوروبيسين")},
		{names("Cisplatin سیس\u200cپلاتین Sisplatin سيسبلاتين"), names("Carboplatin کربوپلاتین Karboplatin كاربوبلاتين")},
		{names("Nifedipine نیفدیپین Nifedipin نيفيديبين"), names("Nimodipine نیمودیپین Nimodipin نيموديبين")},
		{names("Nicardipine نیکاردیپین Nikardipin نيكارديبين"), names("Nifedipine نیفدیپین Nifedipin نيفيديبين")},
		{names("Lamotrigine لاموتریژین Lamotrijin لاموتريجين"), names("Lamivudine لامیوودین Lamivudin لاميفودين")},
		{names("Fluoxetine فلوکستین Fluoksetin فلوكستين"), names("Fluvoxamine فلووکسامین Fluvoksamin فلوفوكسامين")},
		{names("Fluoxetine فلوکستین Fluoksetin فلوكستين"), names("Duloxetine دولوکستین Duloksetin دولوكستين")},
		{names("Paroxetine پاروکستین Paroksetin باروكستين"), names("Piroxicam پیروکسیکام Piroksikam بيروكسيكام")},
		{names("Risperidone ریسپریدون Risperidon ريسبيريدون"), names("Ropinirole روپینیرول Ropinirol روبينيرول")},
		{names("Tramadol ترامادول Tramadol ترامادول"), names("Trazodone ترازودون Trazodon ترازودون")},
		{names("Amlodipine آملودیپین Amlodipin أملوديبين"), names("Amiodarone آمیودارون Amiodaron أميودارون")},
		{names("Amiloride آمیلوراید Amilorid أميلوريد"), names("Amlodipine آملودیپین Amlodipin أملوديبين")},
		{names("Quinine کینین Kinin كينين"), names("Quinidine کینیدین Kinidin كينيدين")},
		{names("Glipizide گلی\u200cپیزید Glipizid غليبيزيد"), names("Glimepiride گلیمپیرید Glimepirid غليمبيريد")},
		{names("Tolbutamide تولبوتامید Tolbutamid تولبوتاميد"), names("Tolazamide تولازامید Tolazamid تولازاميد")},
		{names("Sulfadiazine سولفادیازین Sülfadiazin سلفاديازين"), names("Sulfasalazine سولفاسالازین Sülfasalazin سلفاسالازين")},
		{names("Methotrexate متوترکسات Metotreksat ميثوتركسات"), names("Metolazone متولازون Metolazon ميتولازون")},
		{names("Metronidazole مترونیدازول Metronidazol ميترونيدازول"), names("Metformin متفورمین Metformin ميتفورمين")},
		{names("Levothyroxine لووتیروکسین Levotiroksin ليفوثيروكسين"), names("Liothyronine لیوتیرونین Liyotironin ليوثيرونين")},
		{names("Estradiol استرادیول Estradiol إستراديول"), names("Estriol استریول Estriol إستريول")},
		{names("Ezetrol ازترول Ezetrol إزيترول"), names("Estriol استریول Estriol إستريول")},
		{names("Losec لوسک Losec لوسك"), names("Lasix لازیکس Lasix لازيكس")},
		{names("Celebrex سلبرکس Celebrex سيليبركس"), names("Celexa سلکسا Celexa سيليكسا")},
		{names("Zantac زانتاک Zantac زانتاك"), names("Zyrtec زیرتک Zyrtec زيرتك")},
		{names("Lamictal لامیکتال Lamictal لاميكتال"), names("Lamisil لامیسیل Lamisil لاميسيل")},
		{names("Primidone پریمیدون Primidon بريميدون"), names("Pyramidon پیرامیدون Piramidon بيراميدون")},
		{names("Biperiden بیپریدن Biperiden بيبيريدين"), names("Benperidol بنپریدول Benperidol بنبريدول")},
		{names("Zolpidem زولپیدم Zolpidem زولبيديم"), names("Zopiclone زوپیکلون Zopiklon زوبيكلون")},
	} {
		for i := range pair {
			on, asked := pair[i], pair[1-i]
			docs := []Document{{Names: on}, {Names: []string{"Paracetamol"}}}
			x := indexOf(docs)
			for _, name := range asked {
				// As written, in capitals, folded, and with a space for the non-joiner.
				for _, query := range []string{name, strings.ToUpper(name), Fold(name), strings.ReplaceAll(name, "\u200c", " ")} {
					if r := x.Search(query); len(r.Hits) > 0 {
						t.Errorf("%q must not match: %s", query, outline(docs, r))
					}
				}
			}
			both := []Document{{Names: on}, {Names: asked}}
			x = indexOf(both)
			for _, name := range asked {
				if r := x.Search(name); len(r.Hits) != 1 || r.Hits[0].Doc != 1 || r.Hits[0].Rank != Exact {
					t.Errorf("%q finds %s", name, outline(both, r))
				}
			}
		}
	}
}

// A word without one of its vowel letters in Arabic script gets a suggestion,
// not a hit.
func TestVowelsLeftOutAreSuggested(t *testing.T) {
	docs := medicines(t)
	x := indexOf(docs)
	for query, want := range map[string]string{
		"پارستامول": "پاراستامول", "پاراستمول": "پاراستامول", "باراستمول": "پاراستامول", "کلریتروميسين": "كلاريثروميسين",
		"متفورمن": "متفورمین", "آزیترومیسن": "أزيثروميسين",
	} {
		r := x.Search(query)
		if len(r.Hits) > 0 || len(r.Suggestions) == 0 {
			t.Errorf("%q: %s", query, outline(docs, r))
			continue
		}
		if d := docs[r.Suggestions[0].Doc]; !slices.Contains(slices.Concat(d.Names, d.Synonyms), want) {
			t.Errorf("%q suggests a name of %q, want one of %s", query, d.Names, want)
		}
	}
}

// If two medicines have the same sound, neither is a hit for a third spelling.
func TestAmbiguousSound(t *testing.T) {
	docs := []Document{{Names: []string{"Kelophan"}}, {Names: []string{"Celofan"}}, {Names: []string{"Paracetamol"}}}
	x := indexOf(docs)
	if r := x.Search("parasetamol"); len(r.Hits) != 1 || r.Hits[0].Rank != Spelling {
		t.Errorf("parasetamol: %s", outline(docs, r))
	}
	docs[0].Names[0], docs[1].Names[0] = "Quelophan", "Kelofan"
	x = indexOf(docs)
	if r := x.Search("chelofan"); len(r.Hits) > 0 || len(r.Suggestions) != 2 {
		t.Errorf("chelofan: %s", outline(docs, r))
	}
	if r := x.Search("kelofan"); len(r.Hits) != 1 || r.Hits[0].Doc != 1 {
		t.Errorf("kelofan: %s", outline(docs, r))
	}
}

// A letter or a code belongs to the word next to it.
func TestLettersAcrossNames(t *testing.T) {
	docs := []Document{
		{Names: []string{"Colecalciferol"}, Synonyms: []string{"vitamin D3", "vitamin D"}, Topics: []string{"Vitamins"}, Codes: []string{"A11CC05"}},
		{Names: []string{"Alfacalcidol"}, Synonyms: []string{"Alpha D3", "One D"}, Topics: []string{"Vitamins"}, Codes: []string{"A11CC03"}},
		{Names: []string{"Retinol"}, Synonyms: []string{"vitamin A"}, Topics: []string{"Vitamins"}, Codes: []string{"D10AD02"}},
		{Names: []string{"Thiamine"}, Synonyms: []string{"vitamin B1"}, Items: []Item{{Words: []string{"2 ampoules"}}, {Words: []string{"5 ampoules"}}}},
	}
	x := indexOf(docs)
	for query, want := range map[string][]string{
		"vitamin d3":  {"0 Colecalciferol"},
		"vitamin d":   {"0 Colecalciferol"},
		"vitamin a":   {"0 Retinol"},
		"vitamin a1":  nil,
		"vitamin b2":  nil, // not B1 in packs of 2
		"vitamin b 2": nil,
		"vitamin b":   {"1 Thiamine"},
		"vitamin 5":   {"1 Thiamine"},
		"alpha d3":    {"0 Alfacalcidol"},
	} {
		if got := names(docs, x.Search(query)); !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
}

func TestDocumentsAreAskedForOnce(t *testing.T) {
	var asked []int
	x := NewIndex(3, nil, func(i int) Document {
		asked = append(asked, i)
		return Document{Names: []string{"Name"}}
	})
	x.Search("name")
	if !slices.Equal(asked, []int{0, 1, 2}) {
		t.Errorf("documents requested: %v", asked)
	}
}

func TestEmptyIndex(t *testing.T) {
	for _, docs := range [][]Document{nil, {{}}, {{Names: []string{"", "!"}, Items: []Item{{}, {Names: []string{"-"}}}}}} {
		x := indexOf(docs)
		for _, query := range []string{"", "paracetamol", "a", "500 mg", "paracetamol 500 mg tablet", "پاراستامول"} {
			if r := x.Search(query); len(r.Hits)+len(r.Suggestions) > 0 {
				t.Errorf("%d documents: %q finds %v", len(docs), query, r)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	docs := medicines(t)
	x := indexOf(docs)
	long := strings.Repeat("paracetamol ", 5000)
	if r := x.Search(long); len(r.Hits) == 0 || docs[r.Hits[0].Doc].Names[0] != "Paracetamol" {
		t.Errorf("a long query finds %s", outline(docs, r))
	}
	// Anything beyond the limits is ignored.
	if a, b := x.Search(strings.Repeat(" ", maxQueryRunes)+"paracetamol"), x.Search(""); !reflect.DeepEqual(a, b) {
		t.Errorf("beyond %d characters: %s", maxQueryRunes, outline(docs, a))
	}
	words := strings.Repeat("paracetamol ", maxQueryWords)
	if a, b := x.Search(words+"xyzzy"), x.Search(words); !reflect.DeepEqual(a, b) {
		t.Errorf("beyond %d words: %s", maxQueryWords, outline(docs, a))
	}
	if r := x.Search(strings.Repeat("paracetamol ", maxQueryWords-1) + "xyzzy"); len(r.Hits) > 0 {
		t.Errorf("%d words: the last one is ignored", maxQueryWords)
	}
	for _, unit := range []string{
		"x", "پ", "\u202e", "\u200c", "\u064b", "\xff", "ﷺ", "%", "1,", "0", "a ", "1 ", "mg ", "500 mg ", "paracetmol ",
		"tablet ", "b12 ", "a\u0301", "\x00", "👩\u200d⚕️", "vitamin b ", "i u ", "amoxicilin 500 capsul ",
	} {
		query := strings.Repeat(unit, 10_000/len(unit))
		start := time.Now()
		checkResult(t, x, docs, query, x.Search(query))
		// A thousand times what it takes, for busy machines.
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%q 10,000 characters long takes %v", unit, d)
		}
	}
}

// A search looks at no more than maxCandidates documents, beginning with those
// that contain the whole word.
func TestCandidatesAreBounded(t *testing.T) {
	const n = maxCandidates + 1000
	x := NewIndex(n, nil, func(i int) Document {
		d := Document{Names: []string{"Abcdefin " + strconv.Itoa(i)}, Items: []Item{{Words: []string{"tablet"}}}}
		if i == n-1 {
			d.Names[0] = "Abcde"
		}
		return d
	})
	for _, query := range []string{"abcd", "tablet", "a", "abcd tablet"} {
		r := x.Search(query)
		if len(r.Hits) != maxCandidates {
			t.Errorf("%q has %d hits", query, len(r.Hits))
		}
		if query == "abcd" && (r.Hits[0].Doc != n-1 || r.Hits[0].Rank != Prefix) {
			t.Errorf("first hit for %q is %+v", query, r.Hits[0])
		}
	}
}

func TestFoldIsLinear(t *testing.T) {
	for _, unit := range []string{"%", "1,", "1,000,", "a.", "\u200c", "\u064b", "international ", "i u ", "5 % % ", "\xff"} {
		start := time.Now()
		Fold(strings.Repeat(unit, 200_000/len(unit)))
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%q takes %v", unit, d)
		}
	}
}

// Searches reuse memory. Nothing may leak from one into the next.
func TestSearchesAreApart(t *testing.T) {
	docs := medicines(t)
	queries := []string{
		"paracetamol", "tablet", "500 mg", "amoxicilin 500 capsule", "آموکسی سیلین ۵۰۰", "cillin", "a", "vitamin b12",
		"xyzzy", "paracetamol ibuprofen", "قرص", "hydrocortisone cream", "N02BE01", "", "amox cap", "asetaminofen", "co-amoxiclav 625",
	}
	want := make([]Result, len(queries))
	for i, q := range queries {
		want[i] = indexOf(docs).Search(q)
	}
	x := indexOf(docs)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for i := range 10 * len(queries) {
				i := (i*(n+1) + n) % len(queries)
				if got := x.Search(queries[i]); !reflect.DeepEqual(got, want[i]) {
					t.Errorf("%q finds %s, then %s", queries[i], outline(docs, want[i]), outline(docs, got))
					return
				}
			}
		})
	}
	wg.Wait()
}

func FuzzSearch(f *testing.F) {
	docs := medicines(f)
	x := indexOf(docs)
	for _, q := range []string{
		"paracetamol 500", "آموکسی سیلین ۵۰۰ کپسول", "amoxicilin 500 capsule", "vitamin b12", "N02BE01", "tablet 500 mg",
		"\u202eabc\u202c", "\xff\x00", "%5 krem", "co-amoxiclav 625", "paracetamol and ", "500 m", "میلی گ", "b 12 12", "levo thyrox",
		"paracetmol ibuprofin", "5-asa", "ال باراسيتامول", "vitamin", "والباراسيتامول",
	} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := x.Search(query)
		checkResult(t, x, docs, query, r)
		if again := x.Search(query); !reflect.DeepEqual(r, again) {
			t.Errorf("%q finds %s, then %s", query, outline(docs, r), outline(docs, again))
		}
		// Folding a query does not change its result, except for a query longer than
		// the limits and for which words are adjacent.
		if len(query) < maxQueryRunes && len(strings.Fields(Fold(query))) == 0 && len(r.Hits) > 0 {
			t.Errorf("%q has no words but finds %s", query, outline(docs, r))
		}
	})
}

// Any name finds its document.
func FuzzName(f *testing.F) {
	for _, s := range []string{
		"Paracetamol", "آموکسی\u200cسیلین", "Vitamin B12", "B 12", "NPH 70/30", "5-FU", "A12CC04", "% 5", "500 mg", "2.5 mg/5 ml",
		"and", "St John's wort", "a", "ال\u200cدی", "1.5 million units", "co-amoxiclav 500/125", "x mg ml", "5 m", "و حمض", "0", "میلی گرم",
	} {
		f.Add(s, "Paracetamol 500 mg tablet")
	}
	f.Fuzz(func(t *testing.T, name, other string) {
		if len(name) > 100 || len(strings.Fields(Fold(name))) > 8 {
			return
		}
		docs := []Document{
			{Names: []string{other}, Items: []Item{{Names: []string{other}, Words: []string{name, other}}}},
			{Names: []string{name}, Synonyms: []string{other}, Topics: []string{other}, Items: []Item{{Words: []string{other}}, {Words: []string{name}}}},
		}
		x := indexOf(docs)
		r := x.Search(name)
		checkResult(t, x, docs, name, r)
		if len(strings.Fields(Fold(name))) == 0 {
			return
		}
		i := slices.IndexFunc(r.Hits, func(h Hit) bool { return h.Doc == 1 })
		if i < 0 || r.Hits[i].Rank != Exact {
			t.Errorf("%q finds %s", name, outline(docs, r))
		}
	})
}
