package data_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"pharmacy/data"
	"pharmacy/internal/search"
)

// columns returns the cells of each line of the file. That data.Substances reads
// the same is checked in TestSubstancesFile.
func columns(t *testing.T) [][]string {
	t.Helper()
	text, err := os.ReadFile("substances.tsv")
	if err != nil {
		t.Fatal(err)
	}
	// The file is in every binary and read at every start.
	if len(text) > 250_000 {
		t.Errorf("substances.tsv has %d bytes", len(text))
	}
	if !strings.HasSuffix(string(text), "\n") {
		t.Error("substances.tsv does not end with a line feed")
	}
	var lines [][]string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, "#") {
			continue
		}
		lines = append(lines, strings.Split(line, "\t"))
	}
	return lines
}

func TestSubstancesFile(t *testing.T) {
	t.Parallel()
	lines := columns(t)
	if n := len(lines); n < 2_500 || n > 4_000 {
		t.Errorf("%d substances", n)
	}
	latin := regexp.MustCompile(`^[a-z0-9çğıöşü]([a-z0-9çğıöşü '.,()-]*[a-z0-9çğıöşü)])?$`)
	arabic := func(s string) bool {
		letters := 0
		for _, r := range s {
			switch {
			case unicode.Is(unicode.Arabic, r) && unicode.IsLetter(r):
				letters++
			case unicode.Is(unicode.Nd, r), r == ' ', r == '-', r == '\u200c':
			default:
				return false
			}
		}
		return letters > 0
	}
	var english []string
	for _, line := range lines {
		if len(line) != 5 {
			t.Fatalf("%q has %d columns, want 5", line, len(line))
		}
		english = append(english, line[0])
		if !latin.MatchString(line[0]) || strings.ContainsAny(line[0], "çğıöşü") {
			t.Errorf("%q is not a lower-case English name", line[0])
		}
		if line[1] != "" && (!latin.MatchString(line[1]) || search.Fold(line[1]) == search.Fold(line[0])) {
			t.Errorf("%s: %q is not a lower-case Turkish name that differs from the English one", line[0], line[1])
		}
		// Persian letters are in Persian names and Arabic letters in Arabic ones.
		if line[2] != "" && (!arabic(line[2]) || strings.ContainsAny(line[2], "كيىةإأ")) {
			t.Errorf("%s: %q is not a Persian name", line[0], line[2])
		}
		if line[3] != "" && (!arabic(line[3]) || strings.ContainsAny(line[3], "کیپچژگ\u200c")) {
			t.Errorf("%s: %q is not an Arabic name", line[0], line[3])
		}
		further := strings.Split(line[4], "|")
		if line[4] == "" {
			further = nil
		}
		for _, spelling := range further {
			if !latin.MatchString(spelling) && !arabic(spelling) {
				t.Errorf("%s: %q is not a spelling", line[0], spelling)
			}
		}
		for _, spelling := range slices.Concat(line[:4], further) {
			if spelling != strings.TrimSpace(spelling) || strings.Contains(spelling, "  ") || !norm.NFC.IsNormalString(spelling) {
				t.Errorf("%s: %q has superfluous spaces or is not in normalization form C", line[0], spelling)
			}
		}
	}
	if !slices.IsSorted(english) {
		t.Error("the lines are not sorted by their English names")
	}

	n := 0
	for s := range data.Substances() {
		var want []string
		for _, cell := range append(lines[n][:4:4], strings.Split(lines[n][4], "|")...) {
			if cell != "" {
				want = append(want, cell)
			}
		}
		if got := slices.Collect(s.Spellings()); !slices.Equal(got, want) || s.English != lines[n][0] || s.Turkish != lines[n][1] || s.Persian != lines[n][2] || s.Arabic != lines[n][3] {
			t.Fatalf("substance %d is %+v, want %q", n, s, lines[n])
		}
		n++
	}
	if n != len(lines) {
		t.Errorf("Substances returns %d of %d", n, len(lines))
	}
}

// byFold returns the English name of each spelling's substance.
func byFold(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{}
	for s := range data.Substances() {
		for spelling := range s.Spellings() {
			folded := search.Fold(spelling)
			if folded == "" {
				t.Errorf("%s: nothing of %q is left after folding", s.English, spelling)
			}
			if other, ok := names[folded]; ok && other != s.English {
				t.Errorf("%q is a spelling of %s and of %s", spelling, other, s.English)
			}
			names[folded] = s.English
		}
	}
	return names
}

// A question for a substance would be answered with another one, if a spelling
// were shared.
func TestSubstancesShareNoSpelling(t *testing.T) {
	t.Parallel()
	byFold(t)
}

// No further spelling is one that folding finds anyway.
func TestFurtherSpellingsAreNeeded(t *testing.T) {
	t.Parallel()
	for _, line := range columns(t) {
		seen := map[string]string{}
		for _, name := range line[:4] {
			seen[search.Fold(name)] = name
		}
		for spelling := range strings.SplitSeq(line[4], "|") {
			folded := search.Fold(spelling)
			if other, ok := seen[folded]; ok && spelling != "" {
				t.Errorf("%s: %q is found by %q", line[0], spelling, other)
			}
			seen[folded] = spelling
		}
	}
}

// Every substance of the embedded catalogue is known by its names in all four
// languages. What an aspect in parentheses tells apart, "Timolol (eye)", is one
// substance. A name with "and" or a comma is a combination, which is not a
// substance; those that it combines are. No synonym is a spelling of another
// substance.
func TestSubstancesHoldTheCatalogue(t *testing.T) {
	t.Parallel()
	var file struct {
		Groups []struct {
			ID       string
			Name     map[string]string
			Synonyms []string
		}
	}
	if err := json.Unmarshal(data.Medicines, &file); err != nil {
		t.Fatal(err)
	}
	known := byFold(t)
	aspect := regexp.MustCompile(` *\(.*\)`)
	combines := regexp.MustCompile(`, | and `)
	for _, g := range file.Groups {
		english := aspect.ReplaceAllString(g.Name["en"], "")
		parts := combines.Split(english, -1)
		for _, part := range parts {
			if known[search.Fold(part)] == "" {
				t.Errorf("%s: %q is not a known substance", g.ID, part)
			}
		}
		if len(parts) > 1 {
			continue
		}
		for _, synonym := range g.Synonyms {
			if got, want := known[search.Fold(synonym)], known[search.Fold(english)]; got != "" && got != want {
				t.Errorf("%s: its synonym %q is a spelling of %q, want %q or none", g.ID, synonym, got, want)
			}
		}
		for language, name := range g.Name {
			if got, want := known[search.Fold(aspect.ReplaceAllString(name, ""))], known[search.Fold(english)]; got != want {
				t.Errorf("%s: %q (%s) is a spelling of %q, want %q", g.ID, name, language, got, want)
			}
		}
	}
}

func TestSubstancesByTheirSpellings(t *testing.T) {
	t.Parallel()
	known := byFold(t)
	for english, spellings := range map[string]string{
		// Names that are part of another's.
		"citalopram":          "sitalopram سیتالوپرام سيتالوبرام",
		"escitalopram":        "essitalopram اس\u200cسیتالوپرام إسيتالوبرام",
		"tretinoin":           "ترتینوئین ترتینویین تريتينوين",
		"isotretinoin":        "izotretinoin ایزوترتینوئین إيزوتريتينوين",
		"ephedrine":           "efedrin افدرین إيفيدرين",
		"pseudoephedrine":     "psödoefedrin پسودوافدرین سودوإيفيدرين",
		"glycerol":            "glycerin glycerine gliserin گلیسیرین گلیسرین جليسرين غليسرين",
		"glyceryl trinitrate": "nitroglycerin nitrogliserin نیتروگلیسیرین نيتروغليسيرين نيتروجليسرين",
		"urea":                "carbamide üre اوره يوريا",
		"phenol":              "fenol فنول فينول",
		"opium":               "afyon تریاک أفيون",
		"menadione":           "menadion منادیون ميناديون",
		"phytomenadione":      "phytonadione fitomenadion فیتونادیون فيتوميناديون",
		"ethisterone":         "etisteron اتیسترون إيثيستيرون",
		"norethisterone":      "norethindrone noretisteron نورتیسترون نوريثيستيرون",
		"barbital":            "barbitone باربیتال باربيتال",
		"phenobarbital":       "phenobarbitone fenobarbital فنوباربیتال فينوباربيتال",
		"tetracycline":        "tetrasiklin تتراسایکلین تتراسيكلين",
		"cetirizine":          "setirizin ستیریزین سيتيريزين",
		"ketoprofen":          "کتوپروفن كيتوبروفين",
		"prednisolone":        "prednizolon پردنیزولون بريدنيزولون",
		"progesterone":        "progesteron پروژسترون بروجستيرون",
		"quinine":             "kinin کینین كينين",
		"caffeine":            "kafein کافئین كافيين",
		"camphor":             "kafur کافور كافور",
		"digitalis":           "دیژیتال ديجيتاليس",
		// Names that differ from country to country.
		"paracetamol":          "acetaminophen parasetamol asetaminofen استامینوفن پاراستامول باراسيتامول أسيتامينوفين",
		"epinephrine":          "adrenaline adrenalin اپی\u200cنفرین آدرنالین إبينفرين أدرينالين",
		"norepinephrine":       "noradrenaline noradrenalin نوراپی\u200cنفرین نورأدرينالين",
		"aciclovir":            "acyclovir asiklovir آسیکلوویر أسيكلوفير",
		"ciclosporin":          "cyclosporine siklosporin سیکلوسپورین سيكلوسبورين",
		"salbutamol":           "albuterol سالبوتامول آلبوترول",
		"levothyroxine":        "thyroxine levotiroksin tiroksin لووتیروکسین ثيروكسين",
		"acetylsalicylic acid": "aspirin آسپیرین أسبرين",
		"lithium":              "lityum لیتیم ليثيوم",
	} {
		for spelling := range strings.SplitSeq(english+"|"+strings.ReplaceAll(spellings, " ", "|"), "|") {
			if got := known[search.Fold(spelling)]; got != english {
				t.Errorf("%q is a spelling of %q, want %q", spelling, got, english)
			}
		}
	}
	for spelling, english := range map[string]string{
		"lithium carbonate": "lithium",
		"vitamin C":         "ascorbic acid",
		"C vitamini":        "ascorbic acid",
		"ویتامین سی":        "ascorbic acid",
		"folik asit":        "folic acid",
		"كربونات الكالسيوم": "calcium carbonate",
		"منیزیم هیدروکسید":  "magnesium hydroxide",
		"insülin glarjin":   "insulin glargine",
	} {
		if got := known[search.Fold(spelling)]; got != english {
			t.Errorf("%q is a spelling of %q, want %q", spelling, got, english)
		}
	}
}

// Words that are in the names of many substances, or in everyday use, are
// no names of one.
func TestSubstancesAreNoCommonWords(t *testing.T) {
	t.Parallel()
	known := byFold(t)
	for _, words := range []string{
		"acid asit اسید حمض base ester salt water alcohol alkol الکل كحول oxygen",
		"sodium sodyum سدیم صوديوم potassium potasyum پتاسیم بوتاسيوم calcium kalsiyum کلسیم كالسيوم magnesium magnezyum منیزیم مغنيسيوم",
		"iron demir آهن حديد zinc çinko روی زنك copper bakır مس aluminium aluminum iodine iyot ید يود sulfur sulphur kükürt گوگرد silver gümüş",
		"hydrochloride hidroklorür هیدروکلراید هيدروكلوريد sulfate sülfat سولفات كبريتات phosphate maleate fumarate citrate acetate chloride trihydrate choline trometamol meglumine",
		"vitamin ویتامین فيتامين insulin insülin انسولین أنسولين hormone interferon antibiotic penicillin vaccine immunoglobulin albuminoid",
		"tablet قرص capsule syrup شربت cream krem drops human conjugated inhaled mg unit ginger papatya بابونه water talk",
	} {
		for word := range strings.FieldsSeq(words) {
			if substance, ok := known[search.Fold(word)]; ok {
				t.Errorf("%q is a spelling of %s", word, substance)
			}
		}
	}
}
