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
	"time"
	"unicode"
	"unicode/utf8"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/catalogue/lint"
)

// categoryOrder is the order of the categories in the catalogue, from the most
// sought after to those mostly used in hospitals.
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

// form is a dosage form, with the default unit of its packs and the units that
// its packs may have.
type form struct {
	unit      string // default unit; "" if packs must have an explicit one
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

// unitPlurals maps pack units to their plurals.
var unitPlurals = map[string]string{
	"tablet": "tablets", "capsule": "capsules", "lozenge": "lozenges", "piece": "pieces", "sachet": "sachets",
	"suppository": "suppositories", "pessary": "pessaries", "enema": "enemas", "patch": "patches", "plaster": "plasters",
	"ampoule": "ampoules", "vial": "vials", "bag": "bags", "syringe": "syringes", "pen": "pens", "cartridge": "cartridges",
	"dose": "doses", "ml": "ml", "g": "g",
}

// strengthUnits are the units of a strength with their approximate size in
// milligrams, which only affects invented prices.
var strengthUnits = map[string]float64{
	"mg": 1, "g": 1000, "microgram": 0.001, "micrograms": 0.001, "ml": 1000, "unit": 0.01, "units": 0.01,
	"million units": 10000, "mmol": 50, "%": 10,
}

// perUnits are the units that need no value after a slash: "10 mg/ml".
var perUnits = map[string]bool{"ml": true, "g": true, "dose": true, "hour": true}

// category is one source file.
type category struct {
	catalogue.Category
	place
	groups []*group
}

// group is one record: a medicine with its products.
type group struct {
	catalogue.Group // Variants are derived from products
	place
	class    catalogue.Class
	products []product
}

// product is one form and strength of a medicine.
type product struct {
	form, strength string
	class          catalogue.Class
	active         float64 // approximate active amount in milligrams; 0 if unknown
	packs          []catalogue.Pack
	line           int
}

// place is the position of a category or group in its source, with the lines of
// its languages and lists, by key.
type place struct {
	file  string
	line  int
	lines map[string]int
}

// lineOf returns the line of a member such as "name.fa" or "synonyms[1]".
func (p place) lineOf(member string) int {
	_, key, _ := strings.Cut(member, ".")
	switch {
	case strings.HasPrefix(member, "synonyms"):
		key = "also"
	case strings.HasPrefix(member, "brands"):
		key = "brands"
	}
	if line, found := p.lines[key]; found {
		return line
	}
	return p.line
}

// fault is a mistake in a source, with its place.
type fault struct {
	file string
	line int
	text string
}

func (f fault) String() string { return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.text) }

// readSources parses and checks all sources in a directory. The error is not nil
// only if a file cannot be read.
func readSources(dir string) (*catalogue.Catalogue, []fault, error) {
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
	c := p.finish()
	return c, p.faults, nil
}

// finish checks the sources as a whole and returns their catalogue, in the order
// of categoryOrder.
func (p *parser) finish() *catalogue.Catalogue {
	slices.SortStableFunc(p.categories, func(a, b *category) int {
		return cmp.Compare(slices.Index(categoryOrder, a.ID), slices.Index(categoryOrder, b.ID))
	})
	p.checkAcross()
	c := newCatalogue(p.categories)
	p.lint(c)
	slices.SortStableFunc(p.faults, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
	})
	// Packs on one line share their faults.
	p.faults = slices.Compact(p.faults)
	return c
}

var faultPath = regexp.MustCompile(`^(categories|groups)\[(\d+)\](?:\.variants\[(\d+)\])?\.?(.*)$`)

// lint adds the findings of package lint, including warnings, at their source
// lines.
func (p *parser) lint(c *catalogue.Catalogue) {
	var groups []*group
	for _, cat := range p.categories {
		groups = append(groups, cat.groups...)
	}
	_, faults, _ := lint.Check(catfile.Marshal(c, ""), time.Time{}, lint.Words{})
	for _, f := range faults {
		m := faultPath.FindStringSubmatch(f.Path)
		if m == nil {
			p.faultAt("the sources", 1, "%s", f.Message)
			continue
		}
		n, _ := strconv.Atoi(m[2])
		member, text := m[4], f.Message
		if member != "" {
			text = member + ": " + text
		}
		if m[1] == "categories" {
			cat := p.categories[n]
			p.faultAt(cat.file, cat.lineOf(member), "%s", text)
			continue
		}
		g := groups[n]
		line := g.lineOf(member)
		if m[3] != "" {
			// The variants are those of the products' packs, in order.
			n, _ := strconv.Atoi(m[3])
			for _, pr := range g.products {
				if line = pr.line; n < len(pr.packs) {
					break
				}
				n -= len(pr.packs)
			}
		}
		p.faultAt(g.file, line, "%s", text)
	}
}

// parser parses source files and collects their faults.
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

// file parses one source.
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
			p.fault("%q before the category: a file begins with \"@ id\"", key)
		case key == "=":
			p.startGroup(rest)
		case slices.Contains(catalogue.Languages[:], key):
			p.text(key, rest)
		case key == "also" && p.g == nil:
			p.list(p.cat.place, key, &p.cat.Synonyms, rest)
		case p.g == nil:
			p.fault("unknown key %q: expected en, fa, tr, ar, also or =", key)
		case key == "also":
			p.list(p.g.place, key, &p.g.Synonyms, rest)
		case key == "brands":
			p.list(p.g.place, key, &p.g.Brands, rest)
		case key == "distinct":
			p.g.DistinctFrom = append(p.g.DistinctFrom, strings.Fields(strings.ReplaceAll(rest, ",", " "))...)
		case key == "-":
			p.product(rest)
		default:
			p.fault("unknown key %q: expected en, fa, tr, ar, also, brands, distinct, -, = or @", key)
		}
	}
	if p.cat == nil {
		p.fault("no category: a file begins with \"@ id\"")
		return
	}
	if len(p.cat.groups) == 0 {
		p.fault("the category %q has no groups", p.cat.ID)
	}
}

// unwanted reports whether r is invisible or deceptive: a control or
// bidirectional character, or a no-break space.
func unwanted(r rune) bool {
	switch r {
	case '\u200c': // zero-width non-joiner, needed in Persian
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
	p.cat = &category{Category: catalogue.Category{ID: id}, place: p.here()}
	if !idPattern.MatchString(id) {
		p.fault("bad category id %q: small letters, digits and single hyphens", id)
	}
	if base := strings.TrimSuffix(filepath.Base(p.name), ".txt"); base != id {
		p.fault("category %q in %s.txt: rename the file after the category", id, base)
	}
	if !slices.Contains(categoryOrder, id) {
		p.fault("the category %q has no place among the others: add it to categoryOrder in data/generate", id)
	}
	p.categories = append(p.categories, p.cat)
}

func (p *parser) here() place {
	return place{file: p.name, line: p.line, lines: map[string]int{}}
}

func (p *parser) startGroup(rest string) {
	fields := strings.Fields(rest)
	if len(fields) != 3 {
		p.fault("expected \"= id ATC class\", found %d words after =", len(fields))
		for len(fields) < 3 {
			fields = append(fields, "")
		}
	}
	g := &group{Group: catalogue.Group{ID: fields[0], Category: p.cat.ID, ATC: fields[1]}, place: p.here(), class: p.class(fields[2])}
	if !idPattern.MatchString(g.ID) {
		p.fault("bad group id %q: small letters, digits and single hyphens", g.ID)
	}
	p.g = g
	p.cat.groups = append(p.cat.groups, g)
}

func (p *parser) class(s string) catalogue.Class {
	class, err := catalogue.ParseClass(s)
	if err != nil {
		p.fault("%v", err)
	}
	return class
}

// text parses the name and, in a group, the use in one language.
func (p *parser) text(lang, rest string) {
	if p.g == nil {
		if p.cat.Name.Has(lang) {
			p.fault("a second name in %q", lang)
		}
		p.cat.Name = p.cat.Name.With(lang, rest)
		p.cat.lines[lang] = p.line
		p.checkText(lang, "name", rest)
		return
	}
	if p.g.Name.Has(lang) {
		p.fault("a second line in %q", lang)
	}
	name, use, found := strings.Cut(rest, " | ")
	if !found || strings.Contains(use, "|") {
		p.fault("expected \"%s name | sentence.\"", lang)
	}
	name, use = strings.TrimSpace(name), strings.TrimSpace(use)
	p.g.Name, p.g.Description = p.g.Name.With(lang, name), p.g.Description.With(lang, use)
	p.g.lines[lang] = p.line
	p.checkText(lang, "name", name)
	p.checkText(lang, "sentence", use)
	switch {
	case !strings.HasSuffix(use, "."):
		p.fault("the sentence in %q does not end with a full stop", lang)
	case sentenceBreak.MatchString(use):
		p.fault("more than one sentence in %q", lang)
	}
}

// sentenceBreak matches a full stop inside a text, except after an initial as in
// "H. pylori".
var sentenceBreak = regexp.MustCompile(`\pL\pL\.\s`)

// letterHeh matches the isolated letter heh, as in the name of a vitamin. It is
// followed by a tatweel (U+0640), which is not allowed elsewhere.
var letterHeh = regexp.MustCompile(`\x{0647}\x{0640}($|[^\pL\pM])`)

// checkText checks that a name or sentence has only letters, digits and signs
// that are allowed in sources. These are stricter than for catalogues.
func (p *parser) checkText(lang, what, s string) {
	arabic := lang == "fa" || lang == "ar"
	if arabic {
		s = letterHeh.ReplaceAllString(s, "\u0647$1")
	}
	for _, r := range s {
		switch {
		case r == '\u0640':
			p.fault("the %s in %q has a tatweel (U+0640): remove it", what, lang)
			return
		case arabic && unicode.Is(unicode.Latin, r):
			p.fault("the %s in %q has the Latin letter %q", what, lang, r)
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
}

// list parses a line of names: "also", the synonyms of a category or group, or
// "brands", the brand names of a group.
func (p *parser) list(at place, key string, names *[]string, rest string) {
	if at.lines[key] != 0 {
		p.fault("a second line %q", key)
	}
	at.lines[key] = p.line
	for s := range strings.SplitSeq(rest, ",") {
		s = strings.TrimSpace(s)
		if s == "" {
			p.fault("an empty name: one comma too many")
			continue
		}
		*names = append(*names, s)
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
		pr.class = p.class(cols[3])
	}
	if f.injection && pr.class.Orderable() {
		p.fault("%s is given by injection and cannot be %q: write prescription or controlled", pr.form, pr.class)
	}
	if msg := checkStrength(pr.strength); msg != "" {
		p.fault("strength %q: %s", pr.strength, msg)
	} else {
		pr.active = active(pr.strength)
	}
	for _, other := range p.g.products {
		if other.form == pr.form && other.strength == pr.strength && other.class == pr.class {
			p.fault("%s %s is already listed: put its packs on one line", pr.form, pr.strength)
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
		if known && !slices.Contains(f.units, pk.Unit) {
			p.fault("pack %q: a %s has no packs in %s", s, pr.form, unitPlurals[pk.Unit])
		}
		pr.packs = append(pr.packs, pk)
	}
	p.g.products = append(p.g.products, pr)
}

var valuePattern = regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$`)

// checkValue returns a message if a number is invalid, or "". It rejects long
// numbers, which would overflow the prices.
func checkValue(s string) string {
	switch {
	case len(s) > 10:
		return "number too long"
	case s == "0" || !valuePattern.MatchString(s):
		return fmt.Sprintf("%q is not a number above zero, without a trailing zero", s)
	}
	return ""
}

// checkStrength returns a message if a strength is invalid in a way that package
// lint does not detect, or "".
func checkStrength(s string) string {
	if s == "" {
		return "missing"
	}
	for part := range strings.SplitSeq(s, "/") {
		value, unit, found := strings.Cut(part, " ")
		if !found {
			continue
		}
		if msg := checkValue(value); msg != "" {
			return msg
		}
		switch one := value == "1"; {
		case one && (unit == "micrograms" || unit == "units"):
			return "one " + strings.TrimSuffix(unit, "s") + ", not one " + unit
		case !one && (unit == "microgram" || unit == "unit"):
			return value + " " + unit + "s, not " + value + " " + unit
		}
	}
	if text := catalogue.StrengthText(s); text != s {
		return fmt.Sprintf("write %q", text) // so that active can take it apart
	}
	return ""
}

// parsePack parses a pack such as "20", "100 ml" or "5 pens". The message is ""
// if it is valid.
func parsePack(s string, f form) (catalogue.Pack, string) {
	number, unit, written := strings.Cut(s, " ")
	if msg := checkValue(number); msg != "" {
		return catalogue.Pack{}, msg
	}
	amount, err := catalogue.ParsePackAmount(number)
	if err != nil {
		return catalogue.Pack{}, err.Error()
	}
	if !written {
		if f.unit == "" {
			return catalogue.Pack{}, "this form has no unit of its own: write one"
		}
		return catalogue.Pack{Amount: amount, Unit: f.unit}, ""
	}
	for singular, plural := range unitPlurals {
		if unit == plural || (unit == singular && number == "1") {
			return catalogue.Pack{Amount: amount, Unit: singular}, ""
		}
	}
	return catalogue.Pack{}, fmt.Sprintf("unknown unit %q", unit)
}

// checkAcross reports duplicate ATC codes, and synonyms and brands that are
// ambiguous or redundant.
func (p *parser) checkAcross() {
	atcs, names := map[string]*group{}, map[string][]owned{}
	var all []*group
	for _, c := range p.categories {
		all = append(all, c.groups...)
	}
	for _, g := range all {
		if first := atcs[g.ATC]; first != nil {
			p.faultAt(g.file, g.line, "duplicate ATC code %s, first at %s:%d (%s)", g.ATC, first.file, first.line, first.ID)
		} else {
			atcs[g.ATC] = g
		}
		for _, name := range g.Name.All() {
			name = strings.ToLower(name)
			names[name] = append(names[name], owned{g, "name"})
		}
	}
	for _, c := range p.categories {
		for _, s := range c.Synonyms {
			if found := names[strings.ToLower(s)]; found != nil {
				p.faultAt(c.file, c.lineOf("synonyms"), "the synonym %q is the name of %s", s, found[0].g.ID)
			}
		}
	}
	for _, g := range all {
		p.checkNames(names, g, "synonym", g.lineOf("synonyms"), g.Synonyms)
	}
	for _, g := range all {
		p.checkNames(names, g, "brand", g.lineOf("brands"), g.Brands)
	}
}

// owned is what a name is to a group: a "name", a "synonym" or a "brand".
type owned struct {
	g    *group
	kind string
}

// checkNames adds the synonyms or brands of a group to names, and reports those
// that are there already, except for another route of the same substance.
func (p *parser) checkNames(names map[string][]owned, g *group, kind string, line int, list []string) {
	for _, s := range list {
		key := strings.ToLower(s)
		for _, other := range names[key] {
			if other.g == g {
				p.faultAt(g.file, line, "the %s %q is already a %s of the medicine itself", kind, s, other.kind)
				break
			}
			if !sameSubstance(g, other.g) {
				p.faultAt(g.file, line, "the %s %q is also a %s of %s", kind, s, other.kind, other.g.ID)
				break
			}
		}
		names[key] = append(names[key], owned{g, kind})
	}
}

// sameSubstance reports whether two groups are one substance for two routes of
// use: "Hydrocortisone" and "Hydrocortisone (skin)". These may share synonyms
// and brands.
func sameSubstance(a, b *group) bool { return a.ShortName("en") == b.ShortName("en") }
