package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// languages of the catalogue, in the order in which they are written.
var languages = []string{"en", "fa", "tr", "ar"}

// categoryOrder is the order of the categories in the catalogue: what people
// look for most first, what only a hospital uses last.
var categoryOrder = []string{
	"pain-and-fever",
	"cough-cold-and-flu",
	"allergy",
	"stomach-and-bowel",
	"skin",
	"eyes-and-ears",
	"vitamins-and-minerals",
	"muscles-bones-and-joints",
	"asthma-and-breathing",
	"heart-and-blood-pressure",
	"cholesterol-and-clotting",
	"diabetes",
	"hormones-and-thyroid",
	"womens-health",
	"kidneys-bladder-and-prostate",
	"bacterial-infections",
	"fungal-viral-and-parasitic-infections",
	"mental-health",
	"nervous-system",
	"cancer-and-immune-system",
}

// classes says how a variant may be sold.
var classes = []string{"general", "pharmacist", "prescription", "controlled"}

// form is a dosage form: the unit of a pack that is written as a bare number,
// and the units that may be written.
type form struct {
	unit      string // "" when a unit must be written
	units     []string
	injection bool // never sold without a prescription
}

// forms are the dosage forms that sources may use.
var forms = func() map[string]form {
	m := map[string]form{}
	add := func(unit string, units string, names string) {
		for _, n := range strings.Fields(names) {
			f := form{unit: unit, units: strings.Fields(units)}
			if unit != "" {
				f.units = append(f.units, unit)
			}
			m[n] = f
		}
	}
	add("tablet", "", "tablet chewable-tablet effervescent-tablet orodispersible-tablet gastro-resistant-tablet prolonged-release-tablet sublingual-tablet vaginal-tablet")
	add("capsule", "", "capsule gastro-resistant-capsule prolonged-release-capsule inhalation-capsule")
	add("lozenge", "", "lozenge")
	add("piece", "", "medicated-gum vaginal-ring implant intrauterine-system")
	add("sachet", "g", "oral-powder granules powder-for-oral-solution")
	m["powder-for-oral-solution"] = form{unit: "sachet", units: []string{"sachet", "g", "ml"}}
	add("", "ml sachet ampoule vial dose", "oral-solution oral-suspension")
	add("", "ml sachet", "syrup oral-drops powder-for-oral-suspension mouthwash gargle")
	add("", "ml dose", "oromucosal-spray")
	add("", "g sachet", "oral-gel vaginal-cream vaginal-gel rectal-cream rectal-ointment cream ointment gel cutaneous-foam")
	add("suppository", "", "suppository")
	add("pessary", "", "pessary")
	add("enema", "", "enema")
	add("", "ml", "lotion cutaneous-solution shampoo medicated-nail-lacquer cutaneous-spray")
	add("patch", "", "transdermal-patch")
	add("plaster", "", "medicated-plaster")
	add("", "ml dose ampoule vial", "eye-drops ear-drops eye-ear-drops nasal-drops nasal-spray")
	add("", "g", "eye-ointment eye-gel")
	add("", "dose", "inhaler inhalation-powder")
	add("ampoule", "vial ml", "nebuliser-solution")
	add("ampoule", "vial syringe pen cartridge ml", "solution-for-injection")
	add("vial", "ampoule", "powder-for-injection")
	add("vial", "bag ml ampoule", "solution-for-infusion")
	add("ampoule", "vial bag syringe ml", "emulsion-for-injection")
	add("syringe", "", "prefilled-syringe")
	add("pen", "", "prefilled-pen")
	add("cartridge", "", "cartridge")
	for _, n := range strings.Fields("solution-for-injection powder-for-injection solution-for-infusion emulsion-for-injection prefilled-syringe prefilled-pen cartridge") {
		f := m[n]
		f.injection = true
		m[n] = f
	}
	return m
}()

// unitPlurals has the pack units that may be written after a number, by
// their singular.
var unitPlurals = map[string]string{
	"tablet": "tablets", "capsule": "capsules", "lozenge": "lozenges", "piece": "pieces", "sachet": "sachets",
	"suppository": "suppositories", "pessary": "pessaries", "enema": "enemas", "patch": "patches", "plaster": "plasters",
	"ampoule": "ampoules", "vial": "vials", "bag": "bags", "syringe": "syringes", "pen": "pens", "cartridge": "cartridges",
	"dose": "doses", "ml": "ml", "g": "g",
}

// strengthUnits are the units of a strength with what one of them is in
// milligrams, as far as that can be said; it only shapes invented prices.
var strengthUnits = map[string]float64{
	"mg": 1, "g": 1000, "microgram": 0.001, "micrograms": 0.001, "ml": 1000, "unit": 0.01, "units": 0.01,
	"million units": 10000, "mmol": 50, "%": 10,
}

// perUnits may stand without a value after a slash: "10 mg/ml".
var perUnits = map[string]bool{"ml": true, "g": true, "dose": true, "hour": true}

// category is one source file.
type category struct {
	id       string
	name     map[string]string
	synonyms []string
	groups   []*group
	file     string
	line     int
	also     int // line of the synonyms
}

// group is one record: a medicine with what it is sold as.
type group struct {
	id, atc, class string
	name, use      map[string]string
	synonyms       []string
	distinct       []string // ids of other medicines whose names look like this one's
	products       []product
	file           string
	line           int
	also           int // line of the synonyms
}

// product is one form and strength of a medicine.
type product struct {
	form, strength, class string
	active                float64 // roughly the active amount in milligrams; 0 when it cannot be said
	packs                 []pack
	line                  int
}

// pack is an amount of a unit. The amount is kept as written.
type pack struct {
	amount, unit string
}

func (p pack) value() float64 {
	v, _ := strconv.ParseFloat(p.amount, 64)
	return v
}

// fault is a mistake in a source with its place.
type fault struct {
	file string
	line int
	text string
}

func (f fault) String() string { return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.text) }

// readSources parses every file of the directory and holds the whole to the
// rules. The error is for files that cannot be read.
func readSources(dir string) ([]*category, []fault, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, nil, err
	}
	if len(names) == 0 {
		return nil, nil, fmt.Errorf("no sources in %s: give the data directory with -dir", dir)
	}
	p := &parser{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, nil, err
		}
		p.file(filepath.ToSlash(name), string(text))
	}
	p.checkAcross()
	slices.SortStableFunc(p.categories, func(a, b *category) int {
		return cmp.Compare(slices.Index(categoryOrder, a.id), slices.Index(categoryOrder, b.id))
	})
	slices.SortStableFunc(p.faults, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
	})
	return p.categories, p.faults, nil
}

// parser reads source files and gathers their faults.
type parser struct {
	categories []*category
	faults     []fault

	name string
	line int
	cat  *category
	g    *group
}

func (p *parser) fault(format string, args ...any) {
	p.faultAt(p.name, p.line, format, args...)
}

func (p *parser) faultAt(file string, line int, format string, args ...any) {
	p.faults = append(p.faults, fault{file, line, fmt.Sprintf(format, args...)})
}

// file parses one source. A group is complete when the next one, or the end
// of the file, is reached.
func (p *parser) file(name, text string) {
	p.name, p.line, p.cat, p.g = name, 0, nil, nil
	for line := range strings.SplitSeq(text, "\n") {
		p.line++
		if bad := strings.IndexFunc(line, unwanted); bad >= 0 {
			r, _ := utf8.DecodeRuneInString(line[bad:])
			p.fault("the character %U does not belong in a source: remove it or write a plain space", r)
		}
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		switch {
		case key == "@":
			p.startCategory(rest)
		case p.cat == nil:
			p.fault("%q stands before the category: a file begins with \"@ id\"", key)
		case key == "=":
			p.startGroup(rest)
		case slices.Contains(languages, key):
			p.text(key, rest)
		case key == "also" && p.g == nil:
			p.also(&p.cat.also, &p.cat.synonyms, rest)
		case p.g == nil:
			p.fault("unknown key %q: expected en, fa, tr, ar, also or =", key)
		case key == "also":
			p.also(&p.g.also, &p.g.synonyms, rest)
		case key == "distinct":
			p.g.distinct = append(p.g.distinct, strings.Fields(strings.ReplaceAll(rest, ",", " "))...)
		case key == "-":
			p.product(rest)
		default:
			p.fault("unknown key %q: expected en, fa, tr, ar, also, distinct, -, = or @", key)
		}
	}
	p.endGroup()
	if p.cat == nil {
		p.fault("no category: a file begins with \"@ id\"")
		return
	}
	if len(p.cat.groups) == 0 {
		p.fault("the category %q has no groups", p.cat.id)
	}
	for _, lang := range languages {
		if p.cat.name[lang] == "" {
			p.faultAt(p.cat.file, p.cat.line, "the category has no name in %q", lang)
		}
	}
}

// unwanted reports characters that nobody can see or that would come out
// differently than they look: controls, marks of order, hard spaces.
func unwanted(r rune) bool {
	switch r {
	case '\u200c': // joins nothing; written Persian needs it
		return false
	case '\t', '\u00a0', utf8.RuneError:
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) || (r != ' ' && unicode.Is(unicode.Zs, r))
}

var idPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (p *parser) startCategory(id string) {
	if p.cat != nil {
		p.fault("a second category %q: one file holds one category", id)
		return
	}
	p.cat = &category{id: id, name: map[string]string{}, file: p.name, line: p.line}
	if !idPattern.MatchString(id) {
		p.fault("bad category id %q: small letters, digits and single hyphens", id)
	}
	if base := strings.TrimSuffix(filepath.Base(p.name), ".txt"); base != id {
		p.fault("the category %q stands in %s.txt: the file has the category's name", id, base)
	}
	if !slices.Contains(categoryOrder, id) {
		p.fault("the category %q has no place among the others: add it to categoryOrder in data/generate", id)
	}
	p.categories = append(p.categories, p.cat)
}

var atcPattern = regexp.MustCompile(`^[A-Z]\d\d[A-Z]{2}\d\d$`)

func (p *parser) startGroup(rest string) {
	p.endGroup()
	fields := strings.Fields(rest)
	if len(fields) != 3 {
		p.fault("expected \"= id ATC class\", found %d words after =", len(fields))
		for len(fields) < 3 {
			fields = append(fields, "")
		}
	}
	g := &group{id: fields[0], atc: fields[1], class: fields[2], name: map[string]string{}, use: map[string]string{}, file: p.name, line: p.line}
	if !idPattern.MatchString(g.id) {
		p.fault("bad group id %q: small letters, digits and single hyphens", g.id)
	}
	if !atcPattern.MatchString(g.atc) {
		p.fault("bad ATC code %q: seven characters as in N02BE01", g.atc)
	}
	p.checkClass(g.class)
	p.g = g
	p.cat.groups = append(p.cat.groups, g)
}

func (p *parser) checkClass(class string) {
	if !slices.Contains(classes, class) {
		p.fault("unknown class %q: one of %s", class, strings.Join(classes, ", "))
	}
}

// endGroup checks what can only be missed once the record is over.
func (p *parser) endGroup() {
	g := p.g
	p.g = nil
	if g == nil {
		return
	}
	for _, lang := range languages {
		if g.name[lang] == "" {
			p.faultAt(g.file, g.line, "%s has no name in %q", g.id, lang)
		}
	}
	if len(g.products) == 0 {
		p.faultAt(g.file, g.line, "%s has no forms: add a line \"- form | strength | packs\"", g.id)
	}
	ids := map[string]bool{}
	for _, v := range g.variants() {
		if ids[v.id] {
			p.faultAt(g.file, v.line, "the id %s occurs twice: the same form, strength and pack", v.id)
		}
		ids[v.id] = true
	}
}

// text reads the name, and in a group the use, in one language.
func (p *parser) text(lang, rest string) {
	if p.g == nil {
		if p.cat.name[lang] != "" {
			p.fault("a second name in %q", lang)
		}
		p.cat.name[lang] = rest
		p.checkText(lang, "name", rest)
		return
	}
	if p.g.name[lang] != "" {
		p.fault("a second line in %q", lang)
	}
	name, use, found := strings.Cut(rest, " | ")
	if !found || strings.Contains(use, "|") {
		p.fault("expected \"%s name | sentence.\"", lang)
	}
	name, use = strings.TrimSpace(name), strings.TrimSpace(use)
	p.g.name[lang], p.g.use[lang] = name, use
	p.checkText(lang, "name", name)
	p.checkText(lang, "sentence", use)
	switch {
	case use == "":
		p.fault("no sentence in %q", lang)
	case !strings.HasSuffix(use, "."):
		p.fault("the sentence in %q does not end with a full stop", lang)
	case sentenceBreak.MatchString(use):
		p.fault("more than one sentence in %q", lang)
	}
}

// sentenceBreak finds a full stop inside a text, but not that of an initial
// as in "H. pylori".
var sentenceBreak = regexp.MustCompile(`\pL\pL\.\s`)

// Letters that only one of the two languages uses. A text that has the
// other's looks right and is not found by those who type it.
const (
	onlyArabic  = "\u064a\u0643\u0629\u0649"
	onlyPersian = "\u06cc\u06a9\u06af\u067e\u0686\u0698"
)

// letterHeh finds the letter heh standing alone, as in the name of a vitamin.
// There it is followed by a tatweel (U+0640), which belongs nowhere else.
var letterHeh = regexp.MustCompile(`\x{0647}\x{0640}($|[^\pL\pM])`)

// checkText holds a name or sentence to the letters and digits of its
// language.
func (p *parser) checkText(lang, what, s string) {
	if s == "" {
		return
	}
	script, wrong := unicode.Latin, "other than Latin"
	if lang == "fa" || lang == "ar" {
		script, wrong = unicode.Arabic, "not of the Arabic script"
		s = letterHeh.ReplaceAllString(s, "\u0647$1")
	}
	for _, r := range s {
		switch {
		case r == '\u0640':
			p.fault("the %s in %q has a tatweel (U+0640): remove it", what, lang)
			return
		case unicode.IsLetter(r) && !unicode.Is(script, r):
			p.fault("the %s in %q has %q (%U), a letter %s", what, lang, r, r, wrong)
			return
		case lang == "fa" && strings.ContainsRune(onlyArabic, r):
			p.fault("the %s in \"fa\" has the Arabic letter %q (%U): Persian writes ی, ک or ه", what, r, r)
			return
		case lang == "ar" && strings.ContainsRune(onlyPersian, r):
			p.fault("the %s in \"ar\" has the Persian letter %q (%U)", what, r, r)
			return
		case r == '\u200c' && lang != "fa":
			p.fault("the %s in %q has a zero-width non-joiner (U+200C)", what, lang)
			return
		case unicode.IsDigit(r) && (r >= '۰' && r <= '۹') != (lang == "fa"):
			p.fault("the %s in %q has the digit %q (%U): ۰ to ۹ in Persian, 0 to 9 elsewhere", what, lang, r, r)
			return
		case !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && !strings.ContainsRune(" -.,،؛;()'’/%+\u200c:", r):
			p.fault("the %s in %q has %q (%U), which belongs in no text", what, lang, r, r)
			return
		}
	}
	p.checkWords(what, s)
}

var forbiddenUnit = regexp.MustCompile(`[µμ]|(?i:\bmcg\b)|\bIU\b|\bI\.U\.`)

// checkWords looks for two scripts in a word and for abbreviations that are
// misread.
func (p *parser) checkWords(what, s string) {
	s = letterHeh.ReplaceAllString(s, "\u0647$1")
	if m := forbiddenUnit.FindString(s); m != "" {
		p.fault("the %s has %q: write micrograms or units", what, m)
	}
	for _, w := range strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.M) && r != '\u200c'
	}) {
		latin, arabic := false, false
		for _, r := range w {
			switch {
			case unicode.Is(unicode.Latin, r):
				latin = true
			case unicode.Is(unicode.Arabic, r):
				arabic = true
			case unicode.IsLetter(r):
				p.fault("the %s has %q (%U), a letter of another script", what, r, r)
			}
		}
		if latin && arabic {
			p.fault("the %s mixes two scripts in the word %q", what, w)
		}
		if strings.ContainsAny(w, onlyArabic) && strings.ContainsAny(w, onlyPersian) {
			p.fault("the %s mixes Arabic and Persian letters in the word %q", what, w)
		}
	}
}

// also reads the line of the synonyms of a category or a group.
func (p *parser) also(line *int, synonyms *[]string, rest string) {
	if *line != 0 {
		p.fault("a second line of synonyms")
	}
	*line = p.line
	for s := range strings.SplitSeq(rest, ",") {
		s = strings.TrimSpace(s)
		if s == "" {
			p.fault("an empty synonym: one comma too many")
			continue
		}
		p.checkWords("synonym "+s, s)
		*synonyms = append(*synonyms, s)
	}
}

func (p *parser) product(rest string) {
	cols := strings.Split(rest, "|")
	for i := range cols {
		cols[i] = strings.TrimSpace(cols[i])
	}
	if len(cols) < 3 || len(cols) > 4 {
		p.fault("expected \"- form | strength | packs\" and perhaps \"| class\", found %d columns", len(cols))
		return
	}
	pr := product{form: cols[0], strength: cols[1], class: p.g.class, line: p.line}
	f, known := forms[pr.form]
	if !known {
		p.fault("unknown form %q", pr.form)
	}
	if len(cols) == 4 {
		pr.class = cols[3]
		p.checkClass(pr.class)
	}
	if f.injection && (pr.class == "general" || pr.class == "pharmacist") {
		p.fault("%s is given by injection and cannot be %q: write prescription or controlled", pr.form, pr.class)
	}
	if msg := checkStrength(pr.strength); msg != "" {
		p.fault("strength %q: %s", pr.strength, msg)
	} else {
		pr.active = active(pr.strength)
	}
	for _, other := range p.g.products {
		if other.form == pr.form && other.strength == pr.strength && other.class == pr.class {
			p.fault("%s %s stands twice: put its packs on one line", pr.form, pr.strength)
		}
	}
	for s := range strings.SplitSeq(cols[2], ",") {
		s = strings.TrimSpace(s)
		if s == "" {
			p.fault("no packs, or one comma too many")
			continue
		}
		pk, msg := parsePack(s, f)
		if msg != "" {
			p.fault("pack %q: %s", s, msg)
			continue
		}
		if known && !slices.Contains(f.units, pk.unit) {
			p.fault("pack %q: a %s has no packs in %s", s, pr.form, unitPlurals[pk.unit])
		}
		if slices.Contains(pr.packs, pk) {
			p.fault("pack %q stands twice", s)
			continue
		}
		pr.packs = append(pr.packs, pk)
	}
	p.g.products = append(p.g.products, pr)
}

var valuePattern = regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$`)

// checkValue says what is wrong with a number, or "".
func checkValue(s string) string {
	switch {
	case len(s) > 10:
		return "absurd number"
	case valuePattern.MatchString(s) && s != "0":
		return ""
	case strings.HasPrefix(s, "."):
		return "the zero before the decimal point is missing"
	case strings.Contains(s, ",") || strings.Contains(s, "٫"):
		return "no thousands separators, and a point for decimals"
	case strings.Contains(s, ".") && strings.HasSuffix(s, "0"):
		return "trailing zero"
	}
	return fmt.Sprintf("%q is not a number above zero", s)
}

// checkStrength says what is wrong with a strength, or "". A strength is
// value, space, unit, and more of them after slashes; after the first, a
// unit may stand alone ("10 mg/ml").
func checkStrength(s string) string {
	if s == "" {
		return "missing"
	}
	if m := forbiddenUnit.FindString(s); m != "" {
		return fmt.Sprintf("%q is misread: write micrograms or units", m)
	}
	for i, part := range strings.Split(s, "/") {
		if i > 0 && perUnits[part] {
			continue
		}
		value, unit, found := strings.Cut(part, " ")
		if !found {
			return fmt.Sprintf("%q is not a value, a space and a unit", part)
		}
		if msg := checkValue(value); msg != "" {
			return msg
		}
		if strengthUnits[unit] == 0 {
			return fmt.Sprintf("unknown unit %q", unit)
		}
		if one := value == "1"; one != strings.HasSuffix(unit, "microgram") && strings.HasPrefix(unit, "microgram") {
			return "1 microgram, but 2 micrograms"
		}
		if one := value == "1"; (unit == "unit" && !one) || (unit == "units" && one) {
			return "1 unit, but 2 units"
		}
	}
	return ""
}

// parsePack reads "20", "100 ml" or "5 pens". The message is "" when all is
// well.
func parsePack(s string, f form) (pack, string) {
	amount, unit, written := strings.Cut(s, " ")
	if msg := checkValue(amount); msg != "" {
		return pack{}, msg
	}
	if !written {
		if f.unit == "" {
			return pack{}, "this form has no unit of its own: write one"
		}
		return pack{amount, f.unit}, ""
	}
	for singular, plural := range unitPlurals {
		if unit == plural || (unit == singular && amount == "1") {
			return pack{amount, singular}, ""
		}
	}
	return pack{}, fmt.Sprintf("unknown unit %q", unit)
}

// checkAcross finds what is wrong only between records: things that must be
// the only ones of their kind.
func (p *parser) checkAcross() {
	ids, atcs, variants := map[string]*group{}, map[string]*group{}, map[string]*group{}
	names := map[string]map[string]*group{}
	anyName := map[string][]*group{}
	for _, lang := range languages {
		names[lang] = map[string]*group{}
	}
	cats := map[string]bool{}
	var all []*group
	for _, c := range p.categories {
		if cats[c.id] {
			p.faultAt(c.file, c.line, "the category %q stands twice", c.id)
		}
		cats[c.id] = true
		all = append(all, c.groups...)
	}
	for _, g := range all {
		if first := ids[g.id]; first != nil {
			// Everything else of it would be reported a second time.
			p.faultAt(g.file, g.line, "the group %q stands already at %s:%d", g.id, first.file, first.line)
			continue
		}
		ids[g.id] = g
		if first := atcs[g.atc]; first != nil {
			p.faultAt(g.file, g.line, "the ATC code %s stands already at %s:%d (%s)", g.atc, first.file, first.line, first.id)
		} else {
			atcs[g.atc] = g
		}
		for _, v := range g.variants() {
			if first := variants[v.id]; first != nil && first != g {
				p.faultAt(g.file, v.line, "the variant id %s occurs already in %s", v.id, first.id)
			}
			variants[v.id] = g
		}
		for _, lang := range languages {
			name := strings.ToLower(g.name[lang])
			if name == "" {
				continue
			}
			if first := names[lang][name]; first != nil {
				p.faultAt(g.file, g.line, "the name %q (%s) is also that of %s", g.name[lang], lang, first.id)
			}
			names[lang][name] = g
			anyName[name] = append(anyName[name], g)
		}
	}
	synonyms := map[string][]*group{}
	for _, c := range p.categories {
		for _, s := range c.synonyms {
			if found := anyName[strings.ToLower(s)]; found != nil {
				p.faultAt(c.file, c.also, "the synonym %q is the name of %s", s, found[0].id)
			}
		}
	}
	for _, g := range all {
		for _, id := range g.distinct {
			if other := ids[id]; other == nil || other == g {
				p.faultAt(g.file, g.line, "%s is distinct from %q, which is no other group", g.id, id)
			}
		}
		for _, s := range g.synonyms {
			key := strings.ToLower(s)
			for _, other := range anyName[key] {
				if other == g {
					p.faultAt(g.file, g.also, "the synonym %q is a name of the medicine itself", s)
				} else if !sameSubstance(g, other) {
					p.faultAt(g.file, g.also, "the synonym %q is the name of %s", s, other.id)
				} else {
					continue
				}
				break
			}
			for _, other := range synonyms[key] {
				if other == g {
					p.faultAt(g.file, g.also, "the synonym %q stands twice", s)
				} else if !sameSubstance(g, other) {
					p.faultAt(g.file, g.also, "the synonym %q is also one of %s", s, other.id)
				}
			}
			synonyms[key] = append(synonyms[key], g)
		}
	}
}

// sameSubstance reports whether two groups are one substance by two routes:
// "Hydrocortisone" and "Hydrocortisone (skin)". These may share synonyms.
func sameSubstance(a, b *group) bool {
	substance := func(g *group) string {
		s, _, _ := strings.Cut(g.name["en"], " (")
		return s
	}
	return substance(a) == substance(b)
}
