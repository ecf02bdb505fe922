package search

import (
	"slices"
	"strings"
	"testing"
)

// substances is a short list for the tests: a few that the documents have, and
// a few that they do not.
func substances() *Substances {
	return NewSubstances(func(yield func([]string) bool) {
		for _, line := range []string{
			"citalopram | sitalopram | سیتالوپرام | سيتالوبرام", "escitalopram | essitalopram | اس\u200cسیتالوپرام | إسيتالوبرام | اس سیتالوپرام",
			"urea | üre | اوره | يوريا", "hydroxycarbamide | hydroxyurea", "heparin | heparin | هپارین | هيبارين", "tretinoin", "isotretinoin",
			"nicotine | nikotin | نیکوتین", "nicotinamide | nikotinamid | نیکوتین\u200cآمید", "salicylic acid | salisilik asit | سالیسیلیک اسید | اسید سالیسیلیک", "acetylsalicylic acid | aspirin",
			"paracetamol | acetaminophen | پاراستامول", "codeine", "estradiol", "valsartan", "losartan",
			"fluticasone | flutikazon | fluticasone propionate | fluticasone furoate", "cysteine | سیستئین", "sertraline", "omeprazole", "esomeprazole", "alfentanil | آلفنتانیل", "fentanyl | فنتانیل", "procaine", "benzocaine",
			"sodium phosphate", "copper sulfate", "parathyroid hormone", "interferon beta-1a", "acetylcysteine | استیل\u200cسیستئین | ان استیل سیستئین",
		} {
			if !yield(strings.Split(line, " | ")) {
				return
			}
		}
	})
}

func TestAnswersAndQuestions(t *testing.T) {
	docs := []Document{
		{Names: []string{"Escitalopram", "اس سیتالوپرام"}, Brands: []string{"Cipralex"}},
		{Names: []string{"Hydroxycarbamide"}, Synonyms: []string{"hydroxy-urea", "هیدروکسی اوره"}},
		{Names: []string{"Heparinoid"}},
		{Names: []string{"Isotretinoin"}},
		{Names: []string{"Nicotinamide", "نیکوتین آمید"}},
		{Names: []string{"Acetyl salicylic acid"}, Brands: []string{"Parafon"}},
		{Names: []string{"Paracetamol"}, Brands: []string{"Parol", "Adult Cold Forte"}, Synonyms: []string{"APAP"}},
		{Names: []string{"Codeine phosphate and paracetamol"}},
		{Names: []string{"Dexamethasone"}, Brands: []string{"Fortecortin", "Dexacort"}},
		{Names: []string{"Estradiol valerate"}},
		{Names: []string{"Sodium valproate"}, Synonyms: []string{"valproic acid"}},
		{Names: []string{"Levothyroxine", "levo thyroxine"}, Brands: []string{"Letrox", "Euthyrox"}},
		{Names: []string{"Fluticasone furoate"}},
		{Names: []string{"Sertraline"}},
		{Names: []string{"Esomeprazole"}, Synonyms: []string{"S-omeprazole"}},
		{Names: []string{"Fentanyl", "فنتانیل"}},
		{Names: []string{"Benzocaine"}, Brands: []string{"Pro-Caine"}},
		{Names: []string{"Dexameth"}, Synonyms: []string{"dexameth sodium phosphate", "dexameth sulfate"}, Items: []Item{{Words: []string{"copper coil"}}}},
		{Names: []string{"Cinacalcet"}, Descriptions: []string{"Lowers parathyroid hormone."}},
		{Names: []string{"استیل\u200cسیستئین"}},
		{Names: []string{"اسید استیل سالیسیلیک"}, Topics: []string{"Pain"}},
		{Names: []string{"Naloxone"}, Descriptions: []string{"Used against an overdose of codeine or heparin."}},
	}
	x := NewIndex(len(docs), substances(), func(i int) Document { return docs[i] })
	all := func(list ...string) []string { return list }
	for _, test := range []struct {
		query     string
		hits      []string // names of documents, best first
		asks      []string
		unstocked string
	}{
		// The name of another substance, cut off or inside.
		{"citalopram", nil, all("Escitalopram"), "citalopram"},
		{"سیتالوپرام", nil, all("Escitalopram"), "سیتالوپرام"},
		{"citalopram 20 mg", nil, nil, "citalopram"},
		{"escitalopram", all("Escitalopram"), nil, ""},
		{"اس\u200cسیتالوپرام", all("Escitalopram"), nil, ""},
		{"اس سیتالوپرام", all("Escitalopram"), nil, ""},
		{"urea", nil, all("Hydroxycarbamide"), "urea"},
		{"sertraline hydrochloride", nil, all("Sertraline"), ""},
		{"sertraline", all("Sertraline"), nil, ""},
		{"omeprazole", nil, all("Esomeprazole"), "omeprazole"}, // S-omeprazole
		{"آلفنتانیل", nil, nil, "الفنتانیل"},
		{"فنتانیل", all("Fentanyl"), nil, ""},
		{"procaine", nil, nil, "procaine"}, // Pro-Caine is a brand of another
		{"sodium phosphate", nil, nil, "sodium phosphate"},
		{"copper sulfate", nil, nil, "copper sulfate"},
		{"parathyroid hormone", nil, nil, "parathyroid hormone"},
		{"interferon beta-1a", nil, nil, "interferon beta 1 a"},
		{"اوره", nil, all("Hydroxycarbamide"), "اوره"},
		{"hydroxyurea", all("Hydroxycarbamide"), nil, ""},
		{"hydroxy urea", all("Hydroxycarbamide"), nil, ""},
		{"tretinoin", nil, all("Isotretinoin"), "tretinoin"},
		{"nicotine", nil, nil, "nicotine"},
		{"نیکوتین", nil, all("Nicotinamide"), "نیکوتین"},
		{"نیکوتین\u200cآمید", all("Nicotinamide"), nil, ""},
		{"salicylic acid", nil, all("Acetyl salicylic acid"), "salicylic acid"},
		{"acetyl salicylic acid", all("Acetyl salicylic acid"), nil, ""},
		{"aspirin", all("Acetyl salicylic acid"), nil, ""}, // by the list
		{"اسید سالیسیلیک", nil, all("اسید استیل سالیسیلیک"), "اسید سالیسیلیک"},
		{"سیستئین", nil, all("استیل\u200cسیستئین"), "سیستیین"},
		{"ان استیل سیستئین", all("استیل\u200cسیستئین"), nil, ""},
		// Another salt or ester of the substance is another medicine.
		{"fluticasone", all("Fluticasone furoate"), nil, ""},
		{"flutikazon", all("Fluticasone furoate"), nil, ""},
		{"fluticasone furoate", all("Fluticasone furoate"), nil, ""},
		{"fluticasone propionate", nil, all("Fluticasone furoate"), ""},
		// The beginning of another substance.
		{"heparin", nil, all("Heparinoid"), "heparin"},
		{"hepari", all("Heparinoid"), nil, ""},
		// Salts, forms and combinations are no compounds.
		{"codeine", all("Codeine phosphate and paracetamol"), nil, ""},
		{"estradiol", all("Estradiol valerate"), nil, ""},
		{"valproate", all("Sodium valproate"), nil, ""},
		{"levo thyroxine", all("Levothyroxine"), nil, ""},
		// Beginnings: of a name an answer, of a brand a question.
		{"parac", all("Paracetamol", "Codeine phosphate and paracetamol"), nil, ""},
		{"paro", nil, all("Paracetamol"), ""},
		{"parol", all("Paracetamol"), nil, ""},
		{"parol paracetamol", all("Paracetamol"), nil, ""},
		{"dex-forte", nil, nil, ""},
		{"dexa fortecortin", nil, nil, ""},
		{"adult cold", nil, nil, ""}, // two of a brand's three words: no beginning of a word
		// Sound: of a name an answer, of a brand a question.
		{"parasetamol", all("Paracetamol"), nil, ""},
		{"letroks", nil, all("Levothyroxine"), ""},
		{"levothyroksin", all("Levothyroxine"), nil, ""},
		// Half a query, or a word's beginning, is not what was meant.
		{"paracetamol xyzzy", nil, nil, ""},
		{"xyzzy dexam", nil, nil, ""},
		{"codein overdoses xyzzy", nil, nil, ""},
	} {
		r := x.Search(test.query)
		var hits, asks []string
		for _, h := range r.Hits {
			hits = append(hits, docs[h.Doc].Names[0])
		}
		for _, s := range r.Suggestions {
			asks = append(asks, docs[s.Doc].Names[0])
		}
		if test.query == "adult cold" {
			if len(asks) > 0 && !slices.Equal(asks, all("Paracetamol")) || len(hits) > 0 && !slices.Equal(hits, all("Paracetamol")) {
				t.Errorf("%q finds %q and asks %q", test.query, hits, asks)
			}
			continue
		}
		if !slices.Equal(hits, test.hits) || !slices.Equal(asks, test.asks) || r.Unstocked != test.unstocked {
			t.Errorf("%q finds %q, asks %q, lacks %q; want %q, %q, %q", test.query, hits, asks, r.Unstocked, test.hits, test.asks, test.unstocked)
		}
	}
	if r := x.Search("paracetamol xyzzy"); len(r.Named) != 1 || docs[r.Named[0].Doc].Names[0] != "Paracetamol" {
		t.Errorf("a name beside another word: %+v", r.Named)
	}
}

// A substance of the list is found by its other spellings in whatever words a
// register has for it, and is not said to be missing.
func TestSpellingsOfTheList(t *testing.T) {
	list := NewSubstances(func(yield func([]string) bool) {
		_ = yield([]string{"ambroxol", "ambroksol", "آمبروکسول"}) && yield([]string{"dexketoprofen", "دکس\u200cکتوپروفن"}) && yield([]string{"josamycin"}) &&
			yield([]string{"metformin", "متفورمین"}) && yield([]string{"sitagliptin"})
	})
	docs := []Document{
		{Names: []string{"Chlorhydrate d'ambroxol"}}, {Names: []string{"Ambroxol (chlorhydrate d')"}}, {Names: []string{"Dexkétoprofène"}},
		{Names: []string{"Josamycine"}}, {Names: []string{"Propionate de josamycine"}},
		{Names: []string{"Sitagliptin and metformin"}}, {Names: []string{"Metformin hydrochloride"}, Items: []Item{{Words: []string{"850 mg", "tablet"}}, {Words: []string{"1 g", "tablet"}}}},
	}
	x := NewIndex(len(docs), list, func(i int) Document { return docs[i] })
	for query, want := range map[string][]string{
		"ambroxol": {"Ambroxol (chlorhydrate d')"}, "ambroksol": {"Ambroxol (chlorhydrate d')"}, "آمبروکسول": {"Ambroxol (chlorhydrate d')"},
		"dexketoprofen": {"Dexkétoprofène"}, "متفورمین": {"Metformin hydrochloride", "Sitagliptin and metformin"}, "متفورمین 850": {"Metformin hydrochloride"},
	} {
		r := x.Search(query)
		var got []string
		for _, h := range r.Hits {
			got = append(got, docs[h.Doc].Names[0])
		}
		if !slices.Equal(got, want) || r.Unstocked != "" {
			t.Errorf("%q finds %q, lacks %q; want %q", query, got, r.Unstocked, want)
		}
	}
	if r := x.Search("josamycin"); len(r.Suggestions) == 0 && len(r.Hits) == 0 || r.Unstocked != "" {
		t.Errorf("josamycin: %+v", r)
	}
}

// A hit and a suggestion say which text matched.
func TestWhatMatched(t *testing.T) {
	docs := []Document{{
		Names: []string{"Paracetamol", "باراسيتامول"}, Synonyms: []string{"acetaminophen"}, Brands: []string{"Parol", "أدول"},
		Codes: []string{"N02BE01"}, Topics: []string{"Pain and fever"}, Descriptions: []string{"يسكن الصداع", "Relieves headache."},
		Items: []Item{{Words: []string{"500 mg", "tablet"}}},
	}}
	x := indexOf(docs)
	for _, test := range []struct {
		query, name string
		kind        Kind
		rank        Rank
	}{
		{"paracetamol", "Paracetamol", Name, Exact},
		{"acetaminophen 500 mg", "acetaminophen", Synonym, Exact},
		{"أدول", "أدول", Brand, Exact},
		{"n02b", "N02BE01", Code, Keyword},
		{"fever", "Pain and fever", Topic, Keyword},
		{"fever tablets", "Pain and fever", Topic, Keyword},
		{"headaches", "", Description, Complaint},
		{"tablet", "", Name, ItemMatch},
	} {
		r := x.Search(test.query)
		if len(r.Hits) != 1 || r.Hits[0].Name != test.name || r.Hits[0].Kind != test.kind || r.Hits[0].Rank != test.rank {
			t.Errorf("%q finds %+v, want %q, kind %d, rank %d", test.query, r.Hits, test.name, test.kind, test.rank)
		}
		if test.kind == Description && len(r.Hits) == 1 && r.Hits[0].Description != 1 {
			t.Errorf("%q finds description %d", test.query, r.Hits[0].Description)
		}
	}
	for query, want := range map[string]Suggestion{
		"paro":       {Text: "Parol", Kind: Brand, Query: "Parol"},
		"racetamol":  {Text: "Paracetamol", Kind: Name, Query: "Paracetamol"},
		"parol 600":  {Text: "Parol", Kind: Brand, Query: "parol", Lacks: LacksStrength},
		"parol gel":  {},
		"paracetmol": {Text: "Paracetamol", Kind: Name, Query: "Paracetamol"},
	} {
		r := x.Search(query)
		if want == (Suggestion{}) && len(r.Suggestions) == 0 {
			continue
		}
		if len(r.Hits) > 0 || len(r.Suggestions) != 1 || r.Suggestions[0] != want {
			t.Errorf("%q: %+v, want %+v", query, r, want)
		}
	}
}

// A word that many substances share lists them.
func TestSharedWords(t *testing.T) {
	docs := []Document{{Names: []string{"Sodium valproate"}}, {Names: []string{"Folic acid"}}, {Names: []string{"Ascorbic acid"}, Synonyms: []string{"vitamin C"}}, {Names: []string{"Insulin glargine"}}, {Names: []string{"Insulin lispro"}}}
	x := indexOf(docs)
	for query, want := range map[string]struct {
		hits   int
		shared bool
	}{"sodium": {1, true}, "acid": {2, true}, "vitamin": {1, true}, "vitamin c": {1, false}, "insulin": {2, false}, "folic acid": {1, false}} {
		if r := x.Search(query); len(r.Hits) != want.hits || r.Shared != want.shared {
			t.Errorf("%q finds %s, shared %t", query, outline(docs, r), r.Shared)
		}
	}
}

// A bare number is milligrams if a variant has as many, whatever unit it is
// written in; a medicine of the whole name goes before combinations.
func TestNumbersAreMilligrams(t *testing.T) {
	item := func(strength, pack string) Item { return Item{Words: []string{strength, "tablet"}, Pack: pack} }
	docs := []Document{
		{Names: []string{"Sitagliptin and metformin"}, Items: []Item{item("50 mg/1000 mg", "56 tablets")}},
		{Names: []string{"Metformin"}, Items: []Item{item("500 mg", "1000 tablets"), item("850 mg", "30 tablets"), item("1 g", "30 tablets")}},
		{Names: []string{"Digoxin"}, Items: []Item{item("62.5 micrograms", "28 tablets"), item("250 micrograms", "28 tablets"), item("50 micrograms/ml", "60 ml")}},
		{Names: []string{"Levothyroxine"}, Items: []Item{item("100 micrograms", "30 tablets"), item("25 micrograms", "100 tablets")}},
		{Names: []string{"Warfarin"}, Items: []Item{item("1 mg", "28 tablets"), item("5 mg", "28 tablets")}},
		{Names: []string{"Carvedilol"}, Items: []Item{item("3.125 mg", "28 tablets"), item("25 mg", "28 tablets")}},
		{Names: []string{"Heparin"}, Items: []Item{item("5000 units/ml", "5 vials"), item("25000 units/ml", "5 vials")}},
	}
	x := indexOf(docs)
	for query, want := range map[string]struct {
		doc   int
		items []int32
	}{
		"metformin 1000": {1, []int32{2}}, "metformin 850": {1, []int32{1}}, "metformin 30": {1, []int32{1, 2}}, "metformin 1,000": {1, []int32{2}}, "metformin 1.000 mg": {1, []int32{2}},
		"digoxin 0.25": {2, []int32{1}}, "digoxin 0,25": {2, []int32{1}}, "digoxin ۰٫۲۵": {2, []int32{1}}, "digoxin 0.0625 mg": {2, []int32{0}}, "digoxin 250": {2, []int32{1}},
		"levothyroxine 0.1": {3, []int32{0}}, "levothyroxine 100": {3, []int32{0}}, "levothyroxine 100 mcg": {3, []int32{0}},
		"warfarin 5": {4, []int32{1}}, "carvedilol 3.125": {5, []int32{0}}, "carvedilol 3,125 mg": {5, []int32{0}},
		"heparin 5.000": {6, []int32{0}}, "heparin 25,000 units": {6, []int32{1}}, "heparin 25.000 IU": {6, []int32{1}},
	} {
		r := x.Search(query)
		if len(r.Hits) == 0 || r.Hits[0].Doc != want.doc || !slices.Equal(r.Hits[0].Items, want.items) {
			t.Errorf("%q finds %s with %v, want items %v of %q", query, outline(docs, r), r.Hits, want.items, docs[want.doc].Names[0])
		}
	}
	// Amounts that a query joins stand so in a strength, in their order.
	combined := []Document{
		{Names: []string{"Perindopril"}, Items: []Item{item("5 mg", "30 tablets"), item("10 mg", "30 tablets")}},
		{Names: []string{"Perindopril and amlodipine"}, Items: []Item{item("5 mg/5 mg", "30 tablets"), item("10 mg/5 mg", "30 tablets"), item("10 mg/10 mg", "30 tablets")}},
		{Names: []string{"Co-amoxiclav"}, Items: []Item{item("500 mg/125 mg", "20 tablets"), item("125 mg/31.25 mg/5 ml", "100 ml")}},
	}
	y := indexOf(combined)
	for query, want := range map[string][]int32{
		"perindopril amlodipine 10 mg + 10 mg": {2}, "perindopril amlodipine 10/5": {1}, "perindopril amlodipine 10 mg/5 mg": {1}, "perindopril amlodipine 5+5": {0},
		"perindopril amlodipine 5/10": nil, "perindopril amlodipine 5 mg/10 mg": nil, "perindopril amlodipine 10 + 20 mg": nil, "perindopril amlodipine 5 mg + 15 mg": nil,
		"co-amoxiclav 500/125": {0}, "co-amoxiclav 500/125 mg": {0}, "co-amoxiclav 0.5 g/125 mg": {0}, "co-amoxiclav 500/625": nil, "co-amoxiclav 625": {0}, "co-amoxiclav 125 mg/31.25 mg": {1},
		"co-amoxiclav 125 mg/31.25 mg/5 ml": {1}, "co-amoxiclav 125/500": nil,
	} {
		r := y.Search(query)
		if want == nil && len(r.Hits) > 0 || want != nil && (len(r.Hits) == 0 || !slices.Equal(r.Hits[0].Items, want)) {
			t.Errorf("%q finds %s with %v, want %v", query, outline(combined, r), r.Hits, want)
		}
	}
	for query, want := range map[string]Suggestion{
		"warfarin 0.5":        {Text: "Warfarin", Doc: 4, Query: "warfarin", Lacks: LacksStrength},
		"warfarin 500 mg":     {Text: "Warfarin", Doc: 4, Query: "warfarin", Lacks: LacksStrength},
		"digoxin 0.25 g":      {Text: "Digoxin", Doc: 2, Query: "digoxin", Lacks: LacksStrength},
		"metformin 750":       {Text: "Metformin", Doc: 1, Query: "metformin", Lacks: LacksStrength},
		"metformin 100000":    {Text: "Metformin", Doc: 1, Query: "metformin", Lacks: LacksStrength},
		"levothyroxine 1 mcg": {Text: "Levothyroxine", Doc: 3, Query: "levothyroxine", Lacks: LacksStrength},
	} {
		r := x.Search(query)
		if len(r.Hits) > 0 || len(r.Suggestions) == 0 || r.Suggestions[0] != want {
			t.Errorf("%q: %s %+v, want %+v", query, outline(docs, r), r.Suggestions, want)
		}
	}
}

// Complaints and kinds of medicines, in the cases and plurals of four languages,
// find a category by its whole words and a medicine by its description.
func TestComplaints(t *testing.T) {
	docs := []Document{
		{Names: []string{"Paracetamol"}, Topics: []string{"Pain and fever", "درد و تب", "Ağrı ve ateş", "الألم والحمى", "painkiller", "مسکن", "ağrı kesici", "مسكن", "خافض حرارة"},
			Descriptions: []string{"Used to relieve headache.", "برای تسکین سردرد به کار می\u200cرود.", "Baş ağrısını gidermek için kullanılır.", "يُستعمل لتسكين الصداع."},
			Items:        []Item{{Words: []string{"tablet", "قرص"}}, {Words: []string{"syrup", "شربت"}}}},
		{Names: []string{"Cetirizine"}, Topics: []string{"Allergy", "hay fever"}, Descriptions: []string{"Used to relieve hay fever and hives."}},
		{Names: []string{"Amlodipine"}, Topics: []string{"Heart and blood pressure", "قلب و فشار خون", "Kalp ve tansiyon", "القلب وضغط الدم", "الضغط"}, Descriptions: []string{"Used to treat high blood pressure."}},
		{Names: []string{"Loperamide"}, Topics: []string{"Stomach and bowel", "Mide ve bağırsak"}, Descriptions: []string{"Used to relieve diarrhoea.", "برای کنترل اسهال.", "İshali gidermek için.", "يُستعمل لتخفيف الإسهال."}},
		{Names: []string{"Furosemide", "Furosemid"}, Topics: []string{"Kidneys"}},
		{Names: []string{"Ambroxol"}, Topics: []string{"Cough, cold and flu", "Öksürük, soğuk algınlığı ve grip", "السعال والزكام"}, Items: []Item{{Words: []string{"syrup", "شربت", "şurup"}}}},
		{Names: []string{"Efavirenz"}, Topics: []string{"Fungal infections", "fungus", "mantar"}},
		{Names: []string{"Fluconazole"}, Topics: []string{"Fungal infections", "fungus", "mantar"}, Descriptions: []string{"Used against fungus infections.", "Mantar enfeksiyonlarında kullanılır."}},
		{Names: []string{"Isoniazid"}, Descriptions: []string{"Used to treat tuberculosis (TB).", "برای درمان سل.", "Verem tedavisinde.", "يُستعمل لعلاج السلّ والوقاية منه."}},
		{Names: []string{"Benzydamine"}, Topics: []string{"Mouth"}, Descriptions: []string{"Used to relieve sore throat.", "برای گلودرد."}},
		{Names: []string{"Amoxicillin"}, Topics: []string{"antibiotic", "antibiyotik", "آنتی\u200cبیوتیک", "مضاد حيوي"}, Descriptions: []string{"Used against infections of the throat."}},
	}
	x := indexOf(docs)
	for query, want := range map[string]string{
		"headache": "Paracetamol", "headache tablets": "Paracetamol", "قرص سردرد": "Paracetamol", "Headaches": "Paracetamol", "سردرد": "Paracetamol", "سر درد": "Paracetamol", "baş ağrısı": "Paracetamol", "صداع": "Paracetamol", "للصداع": "Paracetamol",
		"fever": "Paracetamol", "hay fever": "Cetirizine", "مسکن\u200cها": "Paracetamol", "مسکن ها": "Paracetamol", "مسكنات": "Paracetamol", "ağrı kesiciler": "Paracetamol", "agrikesici": "Paracetamol",
		"painkillers": "Paracetamol", "pain medicine": "Paracetamol", "الألم": "Paracetamol",
		"blood pressure medicine": "Amlodipine", "medicine for blood pressure": "Amlodipine", "tansiyon ilacı": "Amlodipine", "داروی فشار خون": "Amlodipine", "دواء الضغط": "Amlodipine", "ضغط الدم": "Amlodipine",
		"diarrhoea": "Loperamide", "diarrhea": "Loperamide", "اسهال": "Loperamide", "ishal": "Loperamide", "إسهال": "Loperamide",
		"mide": "Loperamide", "flu": "Ambroxol", "öksürük ilacı": "Ambroxol", "cough syrup": "Ambroxol", "öksürük şurubu": "Ambroxol", "علاج السعال": "Ambroxol",
		"sore throat": "Benzydamine", "گلو درد": "Benzydamine", "گلودرد": "Benzydamine",
		"TB": "Isoniazid", "سل": "Isoniazid", "verem": "Isoniazid", "السل": "Isoniazid", "fungus": "Fluconazole", "mantar": "Fluconazole",
		"antibiotic for throat": "Amoxicillin", "head ache": "Paracetamol", "antibiyotikler": "Amoxicillin", "antibiotics": "Amoxicillin", "مضادات حيوية": "Amoxicillin", "آنتی بیوتیک\u200cها": "Amoxicillin",
	} {
		r := x.Search(query)
		if len(r.Hits) == 0 || docs[r.Hits[0].Doc].Names[0] != want {
			t.Errorf("%q finds %s, want %s", query, outline(docs, r), want)
		}
	}
	// A fragment is no kind of medicine, and a substance that is mentioned no answer.
	for _, query := range []string{"blood", "hay", "used"} {
		if r := x.Search(query); len(r.Hits) > 0 && r.Hits[0].Kind == Topic {
			t.Errorf("%q finds %s", query, outline(docs, r))
		}
	}
	// What nothing answers is related to something.
	if r := x.Search("stomach xyzzy"); len(r.Hits) > 0 || !slices.Equal(r.Related, []int{3}) {
		t.Errorf("stomach xyzzy: %+v", r)
	}
}

func TestVitaminsWrittenTogether(t *testing.T) {
	docs := []Document{{Names: []string{"Cyanocobalamin"}, Synonyms: []string{"vitamin B12", "ویتامین ب۱۲"}}, {Names: []string{"Ascorbic acid"}, Synonyms: []string{"vitamin C"}}, {Names: []string{"Thiamine"}, Synonyms: []string{"vitamin B1"}}}
	x := indexOf(docs)
	for query, want := range map[string]string{"vitb12": "Cyanocobalamin", "vit b12": "Cyanocobalamin", "vit b 12": "Cyanocobalamin", "vitaminb12": "Cyanocobalamin", "VitB-12": "Cyanocobalamin", "vitc": "Ascorbic acid", "vitb1": "Thiamine", "ویتامینب۱۲": "Cyanocobalamin"} {
		if r := x.Search(query); len(r.Hits) != 1 || docs[r.Hits[0].Doc].Names[0] != want {
			t.Errorf("%q finds %s, want %s", query, outline(docs, r), want)
		}
	}
}

func TestCutOff(t *testing.T) {
	s := substances()
	for _, test := range []struct {
		name string
		own  []string
		want string
	}{
		{"اس سیتالوپرام", []string{"Escitalopram"}, "سیتالوپرام"},
		{"hydroxy urea", []string{"Hydroxycarbamide"}, "urea"},
		{"S-citalopram", nil, "citalopram"},
		{"(S)-citalopram", nil, "citalopram"},
		{"(es)citalopram", nil, "citalopram"},
		{"hydroxy-urea", nil, "urea"},
		{"هیدروکسی\u200cاوره", nil, ""},
		{"hydroxyurea", nil, ""},
		{"Codeine phosphate", nil, ""},
		{"Paracetamol and codeine", nil, ""},
		{"Estradiol (vaginal)", nil, ""},
		{"oral codeine", nil, ""},
		{"drops codeine", []string{"Codeine (drops)"}, ""},
		{"iso tretinoin", []string{"Isotretinoin"}, ""}, // the name as one word is there
		{"acetyl salicylic acid", nil, "salicylic acid"},
		{"methyl newone", nil, "newone"},
	} {
		if got := s.CutOff(test.name, test.own, func(key string) bool { return key == "newone" }); got != test.want {
			t.Errorf("%q: the part %q, want %q", test.name, got, test.want)
		}
	}
}

func TestStem(t *testing.T) {
	for _, list := range []string{
		"damla damlası damlaları damlalar damlasını", "ağrı ağrısı ağrıları ağrılar", "şurup şurubu şuruplar", "ilaç ilacı ilaçlar ilaçları", "kesici kesiciler",
		"antibiyotik antibiyotikler antibiyotiği", "patch patches", "suppository suppositories", "headache headaches", "allergy allergies", "drop drops", "diarrhoea diarrhea",
		"مسکن مسکن\u200cها مسکن\u200cهای مسكنات", "قطره قطره\u200cها قطرات القطرة قطره\u200cهای", "حبوب حبة الحبوب", "دواء أدوية الدواء", "مضاد مضادات المضادات", "لصقة لصقات", "كبسولة كبسولات",
	} {
		first := ""
		for _, w := range strings.Fields(list) {
			ws := wordsOf(analyse(w))
			got := stem(ws[0].text)
			if first == "" {
				first = got
			}
			if got != first {
				t.Errorf("%q has the stem %q, want %q", w, got, first)
			}
		}
	}
	for _, pair := range [][2]string{{"nasal", "nose"}, {"kalp", "kal"}, {"tablet", "table"}, {"virus", "vir"}, {"iris", "iri"}, {"kan", "kanser"}, {"mide", "mid"}} {
		if stem(pair[0]) == stem(pair[1]) {
			t.Errorf("%q and %q have one stem", pair[0], pair[1])
		}
	}
}
