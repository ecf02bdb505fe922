// Package lint checks the quality of a catalogue file. Its findings are
// warnings for a person to review; they do not make a file unusable.
package lint

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/search"
)

// Words reports which forms and pack units have names in every language, where a
// nil function accepts all, and holds the names of both, and of substances, if
// they are known.
type Words struct {
	Form       func(string) bool
	Unit       func(string) bool // of a pack
	Forms      *catalogue.Terms
	Units      *catalogue.Terms
	Substances *search.Substances
}

// Check parses a catalogue file as [catfile.ParseAt] does and also checks its
// quality. Its own findings are all warnings.
//
// Check returns at most 200 findings per quality rule, followed by a fault that
// counts the others. Its cost is roughly linear in the size of the file.
func Check(data []byte, now time.Time, words Words) (*catalogue.Catalogue, []catfile.Fault, error) {
	d := catfile.ReadDocument(data, now)
	faults, err := CheckDocument(d, words)
	if err != nil {
		return nil, faults, err
	}
	return d.Catalogue, faults, nil
}

// CheckDocument is like Check, for a file that has been read. It must be called
// only once for a document.
func CheckDocument(d *catfile.Document, words Words) ([]catfile.Fault, error) {
	// Quality is checked in spite of errors, unless the file was not read to
	// its end.
	q := &quality{Document: d, c: d.Catalogue, words: words, counts: map[string]int{}, doses: map[string][]remark{}}
	if d.Complete {
		q.check()
	}
	faults, err := d.Faults()
	for _, rule := range slices.Sorted(maps.Keys(q.counts)) {
		if n := q.counts[rule] - maxPerRule; n > 0 {
			faults = append(faults, catfile.Fault{Rule: rule, Line: 1, Column: 1, More: n, Message: fmt.Sprintf("%d more of this rule are not listed", n)})
		}
	}
	return faults, err
}

// maxPerRule is the maximum number of findings per rule, so that one rule does
// not hide the findings of others.
const maxPerRule = 200

// quality is the state of Check.
type quality struct {
	*catfile.Document
	c      *catalogue.Catalogue
	words  Words
	counts map[string]int      // of findings, by rule
	doses  map[string][]remark // findings by strength; few strengths are distinct
}

// remark is a finding without its place.
type remark struct{ rule, message string }

func (q *quality) warn(s *catfile.Site, member, rule, format string, args ...any) {
	if q.counts[rule]++; q.counts[rule] <= maxPerRule {
		q.Warn(s, member, rule, fmt.Sprintf(format, args...))
	}
}

func (q *quality) check() {
	if q.Old {
		q.warn(nil, "", "missing-class", "a file of this form names no classes: nothing in it can be ordered")
	} else {
		for i := range q.c.Categories {
			q.text(&q.Categories[i], "name", q.c.Categories[i].Name)
			for j, synonym := range q.c.Categories[i].Synonyms {
				q.script(&q.Categories[i], fmt.Sprintf("synonyms[%d]", j), "", synonym)
			}
		}
	}
	ids := make(map[string]bool, len(q.c.Groups))
	for i := range q.c.Groups {
		ids[q.c.Groups[i].ID] = true
	}
	variants := q.Variants
	for i := range q.c.Groups {
		g, s := &q.c.Groups[i], &q.Groups[i]
		q.text(s, "name", g.Name)
		q.text(s, "description", g.Description)
		for j, synonym := range g.Synonyms {
			q.script(s, fmt.Sprintf("synonyms[%d]", j), "", synonym)
		}
		for j, brand := range g.Brands {
			q.script(s, fmt.Sprintf("brands[%d]", j), "", brand)
		}
		// The group's code may be missing where each variant has its own.
		if !q.Old && (g.ATC != "" || len(g.Variants) == 0 || slices.ContainsFunc(g.Variants, func(v catalogue.Variant) bool { return v.ATC == "" })) {
			q.atc(s, g.ATC)
		}
		for j, id := range g.DistinctFrom {
			if !ids[id] || id == g.ID {
				q.warn(s, fmt.Sprintf("distinct_from[%d]", j), "unknown-group", "no other group has the id %q: correct it or take it out", id)
			}
		}
		here := variants[:len(g.Variants)]
		variants = variants[len(g.Variants):]
		for j := range g.Variants {
			q.variant(&g.Variants[j], &here[j])
		}
		q.prices(g, here)
	}
	q.lookAlikes()
	q.cutOffs()
	q.duplicates()
}

// duplicates warns about variants of a group that a customer cannot tell apart,
// and about ids that differ only by case or leading zeros.
func (q *quality) duplicates() {
	alikeIDs := func(kind string, sites []catfile.Site, id func(int) string) {
		first := make(map[string]int, len(sites))
		for i := range sites {
			key := catalogue.AlikeID(id(i))
			if j, found := first[key]; !found {
				first[key] = i
			} else if other := id(j); other != id(i) {
				q.warn(&sites[i], "id", "alike-id", "the ids of two %s, %q and %q, differ only by case or leading zeros: if they are one, merge them; if not, write ids that nobody takes for each other", kind, other, id(i))
			}
		}
	}
	if !q.Old {
		alikeIDs("categories", q.Categories, func(i int) string { return q.c.Categories[i].ID })
	}
	alikeIDs("groups", q.Groups, func(i int) string { return q.c.Groups[i].ID })
	ids := make([]string, 0, len(q.Variants))
	for i := range q.c.Groups {
		first := map[string]string{}
		for j := range q.c.Groups[i].Variants {
			v := &q.c.Groups[i].Variants[j]
			key := v.AlikeKey()
			if other, found := first[key]; found {
				q.warn(&q.Variants[len(ids)], "id", "alike-variants", "the variants %q and %q have the same form, strength, pack and brand, and a customer cannot tell them apart: if they are one, merge them; if not, complete them", other, v.ID)
			} else {
				first[key] = v.ID
			}
			ids = append(ids, v.ID)
		}
	}
	alikeIDs("variants", q.Variants, func(i int) string { return ids[i] })
}

// cutOffs warns about names and synonyms of which a space or joiner cuts off
// the name of another substance: whoever reads or searches may take the one for
// the other.
func (q *quality) cutOffs() {
	key := func(name string) string { return strings.ReplaceAll(search.Fold(name), " ", "") }
	names := map[string]bool{}
	for i := range q.c.Groups {
		for _, name := range q.c.Groups[i].Name.All() {
			names[key(name)] = true
		}
	}
	for i := range q.c.Groups {
		g := &q.c.Groups[i]
		var own []string
		for _, name := range g.Name.All() {
			own = append(own, name)
		}
		own = append(own, g.Synonyms...)
		check := func(member, name string) {
			if part := q.words.Substances.CutOff(name, own, func(key string) bool { return names[key] }); part != "" {
				q.warn(&q.Groups[i], member, "cut-off-name", "the part %q of %q is the name of another substance: write the name as one word", part, name)
			}
		}
		for lang, name := range g.Name.All() {
			member := "name"
			if lang != "" {
				member += "." + lang
			}
			check(member, name)
		}
		for j, synonym := range g.Synonyms {
			check(fmt.Sprintf("synonyms[%d]", j), synonym)
		}
	}
}

func (q *quality) variant(v *catalogue.Variant, s *catfile.Site) {
	q.text(s, "name", v.Name)
	q.text(s, "description", v.Description)
	q.script(s, "brand", "", v.Brand)
	if v.ATC != "" {
		q.atc(s, v.ATC)
	}
	q.script(s, "manufacturer", "", v.Manufacturer)
	if v.Class == catalogue.Prescription && !q.Old && !q.Written(s, "class") {
		q.warn(s, "class", "missing-class", "no class: the variant counts as prescription and cannot be ordered; write general, pharmacist, prescription or controlled")
	}
	for _, of := range []struct{ member, text string }{{"form", v.Form}, {"strength", v.Strength}, {"pack.unit", v.Pack.Unit}} {
		// The parser reports control characters, as errors.
		if r, ok := firstIn(of.text, invisible); ok && catalogue.CheckControls(of.text) == nil {
			q.warn(s, of.member, "invisible", "the invisible character %U: take it out", r)
		}
	}
	for _, r := range q.strength(v.Strength) {
		q.warn(s, "strength", r.rule, "%s", r.message)
	}
	if v.Form != "" && q.words.Form != nil && !q.words.Form(v.Form) {
		q.warn(s, "form", "unknown-form", "the form %q has no name in the site's languages and is shown as it is: %s", v.Form, q.words.Forms.Advice(v.Form, "write one such as \"tablet\" or \"oral-solution\""))
	}
	if u := v.Pack.Unit; u != "" && q.words.Unit != nil && !q.words.Unit(u) {
		q.warn(s, "pack.unit", "unknown-unit", "the unit %q has no name in the site's languages and is shown as it is: %s", u, q.words.Units.Advice(u, "write a singular word such as \"tablet\", or \"ml\" or \"g\""))
	}
}

func (q *quality) atc(s *catfile.Site, code string) {
	switch {
	case code == "":
		q.warn(s, "atc", "missing-atc", "no ATC code: add one such as N02BE01")
	case !catalogue.IsATC(code):
		q.warn(s, "atc", "bad-atc", "%q is not an ATC code of a substance: write a main group's letter (A, B, C, D, G, H, J, L, M, N, P, R, S or V), two digits, two letters and two digits, as in N02BE01", code)
	}
}

// text checks each translation of a text, and warns about missing ones.
func (q *quality) text(s *catfile.Site, name string, t catalogue.Text) {
	if t.IsZero() {
		return
	}
	var missing []string
	for _, lang := range catalogue.Languages {
		if !t.Has(lang) {
			missing = append(missing, lang)
		}
	}
	if len(missing) > 0 {
		q.warn(s, name, "missing-language", "no text in %s: another language is shown", strings.Join(missing, ", "))
	}
	for lang, text := range t.All() {
		at := name
		if lang != "" {
			at += "." + lang
		}
		q.script(s, at, lang, text)
		for _, r := range doseInText(text) {
			q.warn(s, at, r.rule, "%s", r.message)
		}
	}
}

var (
	// pictures are the characters with default emoji presentation or that form
	// emoji sequences (Unicode Technical Standard #51, emoji-data.txt), except
	// signs that occur in plain text, such as ©.
	pictures = &unicode.RangeTable{
		R16: []unicode.Range16{
			{0x20e3, 0x20e3, 1}, {0x231a, 0x231b, 1}, {0x2328, 0x2328, 1}, {0x23cf, 0x23cf, 1}, {0x23e9, 0x23fa, 1},
			{0x25b6, 0x25b6, 1}, {0x25c0, 0x25c0, 1}, {0x25fb, 0x25fe, 1}, {0x2600, 0x27bf, 1}, {0x2934, 0x2935, 1},
			{0x2b05, 0x2b07, 1}, {0x2b1b, 0x2b1c, 1}, {0x2b50, 0x2b50, 1}, {0x2b55, 0x2b55, 1}, {0x3030, 0x3030, 1},
			{0x303d, 0x303d, 1}, {0x3297, 0x3297, 1}, {0x3299, 0x3299, 1}, {0xfe0f, 0xfe0f, 1},
		},
		R32: []unicode.Range32{{0x1f000, 0x1faff, 1}, {0xe0020, 0xe007f, 1}},
	}
	markup = regexp.MustCompile(`</?[A-Za-z!][^<>]*>|&(?:[A-Za-z]+|#[0-9]+|#[xX][0-9A-Fa-f]+);`)
)

// Letters that only one of the two languages uses (CLDR, main exemplars of fa
// and ar). They look like the other language's letters, so that the mistake is
// invisible, but search and sorting treat them differently.
const (
	arabicOnly  = "يكةى"
	persianOnly = "یکگپچژ"
)

// script warns about markup, emoji and invisible characters, and about letters
// that do not belong to the script of lang. The language "" accepts any.
func (q *quality) script(s *catfile.Site, member, lang, text string) {
	plain := true // ASCII without markup: nothing to find, and most of a catalogue
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf || c == '<' || c == '&' || c < ' ' || c == 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return
	}
	if m := markup.FindString(text); m != "" {
		q.warn(s, member, "markup", "the markup %q is shown as it is: write plain text", m)
	}
	if r, ok := firstIn(text, func(r rune) bool { return unicode.Is(pictures, r) }); ok {
		q.warn(s, member, "emoji", "the emoji %q (%U): take it out", r, r)
	}
	if r, ok := firstIn(text, invisible); ok {
		q.warn(s, member, "invisible", "the invisible character %U: take it out", r)
	}
	mixed := ""
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.M) && r != '\u200c'
	}) {
		if mixedWord(word) {
			mixed = word
			break
		}
	}
	if mixed != "" {
		q.warn(s, member, "mixed-script", "the word %q has letters of two scripts or alphabets: write it in one", mixed)
	}
	foreign, ok := firstIn(text, func(r rune) bool {
		if !unicode.IsLetter(r) || r == '\u00b5' || unicode.In(r, unicode.Latin, unicode.Greek, unicode.Common) {
			return false
		}
		switch lang {
		case "fa", "ar", "":
			return !unicode.Is(unicode.Arabic, r)
		case "en", "tr":
			return true
		}
		return false
	})
	switch {
	case mixed != "":
	case ok:
		q.warn(s, member, "foreign-script", "the letter %q (%U) is of a script that does not belong here", foreign, foreign)
	case lang == "fa" && strings.ContainsAny(text, arabicOnly):
		q.warn(s, member, "foreign-letter", "the Arabic letter %q in a Persian text: write ی, ک or ه", text[strings.IndexAny(text, arabicOnly):][:2])
	case lang == "ar" && strings.ContainsAny(text, persianOnly):
		q.warn(s, member, "foreign-letter", "the Persian letter %q in an Arabic text", text[strings.IndexAny(text, persianOnly):][:2])
	}
}

func firstIn(text string, f func(rune) bool) (rune, bool) {
	if at := strings.IndexFunc(text, f); at >= 0 {
		r, _ := utf8.DecodeRuneInString(text[at:])
		return r, true
	}
	return 0, false
}

// invisible reports whether r is invisible or affects text direction. The two
// joiners are part of spelling, and line feeds are allowed.
func invisible(r rune) bool {
	switch r {
	case '\n', '\r', '\t', '\u200c', '\u200d':
		return false
	}
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf) && !unicode.Is(pictures, r)
}

func mixedWord(word string) bool {
	var scripts, arabic, persian = 0, false, false
	for i, table := range []*unicode.RangeTable{unicode.Latin, unicode.Arabic, unicode.Greek, unicode.Cyrillic} {
		for _, r := range word {
			if unicode.IsLetter(r) && r != 'μ' && unicode.Is(table, r) {
				scripts |= 1 << i
				break
			}
		}
	}
	if scripts&(1<<1) != 0 {
		arabic, persian = strings.ContainsAny(word, arabicOnly), strings.ContainsAny(word, persianOnly)
	}
	return scripts&(scripts-1) != 0 || arabic && persian
}

// The rules for doses follow the SI brochure and the Institute for Safe
// Medication Practices (List of Error-Prone Abbreviations, Symbols, and Dose
// Designations): a space between value and unit, a leading zero but no trailing
// zeros, and "micrograms" and "units" in full, since µ is misread as m, mcg as
// mg, and U as a zero.
var (
	misreadUnit = regexp.MustCompile(`^(?:[µμ]\pL*|(?i:mcg)|ug|[kKmM]?(?:IU|iu|U|UI|I\.U\.?))$`)
	manyUnits   = regexp.MustCompile(`^[kKmM](?:IU|iu|U|UI|I\.U\.?)$`)
	plainNumber = regexp.MustCompile(`^[0-9]*(?:\.[0-9]+)?$`)

	misreadInText = regexp.MustCompile(`[µμ]\pL|\b(?i:mcg)\b|\bIU\b|\bI\.U\.`)
	tightInText   = regexp.MustCompile(`(?:^|[^\pL\pN.,٫])[0-9۰-۹٠-٩]+(?:[.,٫][0-9۰-۹٠-٩]+)?(?:mg|g|kg|ml|l|mcg|[µμ]g|IU|mmol|micrograms?|units?)(?:$|[^\pL\pN])`)
	leadInText    = regexp.MustCompile(`(?:^|[^\pL\pN.,٫])[.٫][0-9۰-۹٠-٩]+[ \x{00a0}]?(?:mg|g|kg|ml|l|mcg|[µμ]g|IU|mmol|micrograms?|units?|میلی|گرم|ملغ|مل)`)

	// What follows a number in a text.
	misreadAfter = regexp.MustCompile(`^[ \x{00a0}]?(ug|[kKmM]?(?:IU|iu|U|UI))(?:$|[^\pL\pN])`)
	unitAfter    = regexp.MustCompile(`^[ \x{00a0}]?(?:mg|g|kg|ml|l|mcg|[µμ]g|[kKmM]?IU|mmol|micrograms?|units?|میلی|گرم|مجم|ملغ|مل|غ)`)
	wordAfter    = regexp.MustCompile(`^[ \x{00a0}]?([\pL\pM\x{200c}]+)`)
	trailingZero = regexp.MustCompile(`^(?:[^.]+\.\p{Nd}*[0۰٠]|[^٫]+٫\p{Nd}*[0۰٠]|[^,]+,\p{Nd}?[0۰٠])$`)
)

func doseInText(text string) []remark {
	if !strings.ContainsAny(text, "0123456789۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩µμIMm") {
		return nil
	}
	var found []remark
	add := func(rule, format string, args ...any) { // the first of each rule
		if !slices.ContainsFunc(found, func(r remark) bool { return r.rule == rule }) {
			found = append(found, remark{rule, fmt.Sprintf(format, args...)})
		}
	}
	for at, number := range catalogue.Numbers(text) {
		rest := text[at+len(number):]
		if m := misreadAfter.FindStringSubmatchIndex(rest); m != nil {
			plain, err := catalogue.ParseNumber(number)
			if _, _, ambiguous := catalogue.Readings(number); err != nil || ambiguous {
				plain = ""
			}
			add("misread-unit", "%q %s", text[at:at+len(number)+m[3]], misread(plain, rest[m[2]:m[3]]))
		}
		m := unitAfter.FindString(rest)
		if m == "" || !trailingZero.MatchString(number) {
			continue
		}
		m = text[at : at+len(number)+len(m)]
		unit := ""
		if word := wordAfter.FindStringSubmatch(rest); word != nil {
			unit = word[1]
		}
		if reading := ambiguous(number, unit); reading != "" {
			add("ambiguous-number", "%q %s", m, reading)
			continue
		}
		advice := "2 mg and not 2.0 mg"
		if plain, err := (catalogue.Notation{}).Read(number, true); err == nil && catalogue.UnitSpelling(unit) != "" {
			advice = quantity(plain, unit)
		}
		add("trailing-zero", "%q has a trailing zero, and the point is easily missed: write %s", m, advice)
	}
	for _, rule := range []struct {
		name    string
		re      *regexp.Regexp
		message string
	}{
		{"misread-unit", misreadInText, "%q is misread: write micrograms or units"},
		{"no-space", tightInText, "%q has no space between value and unit"},
		{"leading-zero", leadInText, "%q has no zero before the point, which is easily missed: write 0.5 mg and not .5 mg"},
	} {
		m := rule.re.FindString(text)
		if m == "" {
			continue
		}
		m = strings.TrimFunc(m, func(r rune) bool { return r != '.' && r != '٫' && !unicode.In(r, unicode.L, unicode.N) })
		add(rule.name, rule.message, m)
	}
	return found
}

// misread returns what to write for a unit that is misread, after a number in
// plain decimal notation, or "" if that is not known.
func misread(plain, unit string) string {
	switch {
	case !manyUnits.MatchString(unit):
		return "is misread: write micrograms or units"
	case unit[0] == 'm': // m may be a small M
		return "may be thousandths or millions of units: write the number of units in full"
	case plain == "":
		return "is misread: write the number of units in full, as in 5000 units"
	}
	return "is misread: write " + quantity(plain, unit)
}

// quantity returns a quantity with its unit as it is to be written: "5000
// units" for 5 kIU. An unknown unit remains.
func quantity(plain, unit string) string {
	if unit == "" {
		return plain
	}
	known, more := catalogue.UnitSpelling(unit), ""
	switch {
	case !manyUnits.MatchString(unit):
		if first, rest, found := strings.Cut(unit, " "); found && known == catalogue.UnitSpelling(first) {
			unit, more = first, " "+rest // "IU anti-Xa"
		}
	case unit[0] == 'm':
		known = ""
	case unit[0] == 'M':
		known = "million units"
	default:
		known = "units"
		if n, err := strconv.ParseFloat(plain+"e3", 64); err == nil {
			plain = strconv.FormatFloat(n, 'f', -1, 64)
		}
	}
	if known == "" {
		known = unit
	}
	if one, plural := strings.CutSuffix(known, "s"); plain == "1" && plural && catalogue.KnownStrengthUnit(one) {
		known = one
	}
	return plain + " " + known + more
}

// strength returns the findings for a strength. A strength is a value, a space
// and a unit, repeated after slashes or plus signs; after the first, the value
// may be omitted ("10 mg/ml").
func (q *quality) strength(strength string) []remark {
	if strength == "" {
		return nil
	}
	if found, known := q.doses[strength]; known {
		return found
	}
	var found []remark
	add := func(rule, format string, args ...any) {
		r := remark{rule, fmt.Sprintf(format, args...)}
		if !slices.Contains(found, r) {
			found = append(found, r)
		}
	}
	for i, part := range strings.FieldsFunc(strength, func(r rune) bool { return r == '/' || r == '+' || r == '＋' }) {
		part = strings.TrimSpace(part)
		number, unit := catalogue.CutNumber(part)
		if strings.ContainsFunc(unit, unicode.IsDigit) {
			for _, n := range catalogue.Numbers(part) {
				if decimal, grouped, ok := catalogue.Readings(n); ok {
					add("ambiguous-number", "%q in %q may be %s or %s", n, part, decimal, grouped)
				}
			}
			add("unknown-unit", "%q is not a value and a unit as in \"500 mg\"", part)
			continue
		}
		if number == "" {
			switch known := catalogue.KnownStrengthUnit(part); {
			case misreadUnit.MatchString(part):
				add("misread-unit", "%q %s", part, misread("", part))
			case known && i == 0:
				add("missing-value", "the strength %q has no value before its unit", strength)
			case !known:
				add("unknown-unit", "%q is not a value and a unit as in \"500 mg\"", part)
			}
			continue
		}
		unit, spaced := cutSpace(unit)
		value, err := catalogue.ParseNumber(number)
		reading := ambiguous(number, unit)
		switch {
		case reading != "":
			add("ambiguous-number", "%q %s", part, reading)
			value = ""
		case err != nil || !plainNumber.MatchString(number):
			add("bad-number", "%q: write the digits 0 to 9, a point for decimals and nothing between thousands", part)
			continue
		default:
			if strings.HasPrefix(number, ".") {
				add("leading-zero", "%q has no zero before the point, which is easily missed: write %s", part, quantity(value, unit))
			}
			if strings.Contains(number, ".") && strings.HasSuffix(number, "0") {
				add("trailing-zero", "%q has a trailing zero, and the point is easily missed: write %s", part, quantity(value, unit))
			}
		}
		known := catalogue.KnownStrengthUnit(unit)
		switch {
		case unit == "":
			add("missing-unit", "%q has no unit: write it as in \"500 mg\"", part)
			continue
		case misreadUnit.MatchString(unit):
			add("misread-unit", "%q %s", unit, misread(value, unit))
		case !known:
			add("unknown-unit", "the unit %q is not known: write mg, g, micrograms, units, mmol, %% or ml, in small letters", unit)
		}
		switch {
		case spaced:
		case value == "" || catalogue.UnitSpelling(unit) == "":
			add("no-space", "%q has no space between value and unit", part)
		default:
			add("no-space", "%q has no space between value and unit: write %q", part, quantity(value, unit))
		}
	}
	if _, err := catalogue.ReadStrength(strength); err != nil && len(found) == 0 {
		add("unreadable-strength", "%q cannot be read, and so is neither sorted nor compared: write it as in \"10 mg/5 mg\" or \"2.5 mg/5 ml\"", strength)
	}
	q.doses[strength] = found
	return found
}

// ambiguous returns what a number before a unit may be, or "" if it can be only
// one number. In the catalogue file a point marks decimals, but whoever wrote
// 1.500 mg may have meant the other: three decimals of which the last is zero
// are not usual.
func ambiguous(number, unit string) string {
	decimal, grouped, ok := catalogue.Readings(number)
	if !ok || plainNumber.MatchString(number) && catalogue.DecimalUnit(unit) && !strings.HasSuffix(number, "0") {
		return ""
	}
	return fmt.Sprintf("may be %s or %s: write %s or %s", decimal, grouped, quantity(decimal, unit), quantity(grouped, unit))
}

// cutSpace returns a text without the space that it begins with, and whether
// there is one.
func cutSpace(s string) (rest string, found bool) {
	for _, space := range []string{" ", "\u00a0"} {
		if rest, found = strings.CutPrefix(s, space); found {
			return rest, true
		}
	}
	return s, false
}

// Factors from which on a price is an outlier.
const (
	outlierFactor  = 5   // a unit price, from the median of at least three
	dearerPack     = 1.5 // a greater pack's unit price, from the smaller's
	cheaperPack    = 1.5 // a smaller pack's price, from the greater's
	cheaperDose    = 2   // a lower strength's unit price, from the higher's
	cheaperDoseFar = 5   // the same between forms, such as tablets and capsules
)

// pricedVariant is a variant with a unit price.
type pricedVariant struct {
	v       *catalogue.Variant
	s       *catfile.Site
	unit    float64
	kind    catalogue.UnitKind
	measure catalogue.Measure
}

// prices warns about implausible prices of a group's variants. It compares each
// variant only with its neighbours in sort order, so that the cost is not
// quadratic in the size of the group.
func (q *quality) prices(g *catalogue.Group, here []catfile.Site) {
	var all []pricedVariant
	for j := range g.Variants {
		v := &g.Variants[j]
		if unit, kind, ok := v.ExactUnitPrice(); ok && v.Form != "" && v.Strength != "" {
			all = append(all, pricedVariant{v, &here[j], unit, kind, catalogue.MeasureOf(v.Strength)})
		}
	}
	if len(all) < 2 {
		return
	}
	reported := map[*catalogue.Variant]bool{} // one finding per price is enough
	warn := func(p pricedVariant, rule, format string, args ...any) {
		if !reported[p.v] {
			reported[p.v] = true
			q.warn(p.s, "price", rule, format, args...)
		}
	}
	sameForm := func(a, b pricedVariant) int {
		return cmp.Or(cmp.Compare(a.v.Form, b.v.Form), cmp.Compare(a.kind, b.kind), cmp.Compare(a.v.Pack.Unit, b.v.Pack.Unit))
	}
	sameMaker := func(a, b pricedVariant) int {
		return cmp.Or(sameForm(a, b), cmp.Compare(a.v.Brand, b.v.Brand), cmp.Compare(a.v.Manufacturer, b.v.Manufacturer))
	}
	byPack := func(a, b pricedVariant) int { return cmp.Compare(a.v.Pack.Amount, b.v.Pack.Amount) }

	runs(all, func(a, b pricedVariant) int { return cmp.Or(sameForm(a, b), a.measure.Compare(b.measure)) }, func(run []pricedVariant) {
		if len(run) < 3 {
			return
		}
		prices := make([]float64, len(run))
		for i := range run {
			prices[i] = run[i].unit
		}
		slices.Sort(prices)
		median := prices[len(prices)/2]
		for _, p := range run {
			if p.unit > median*outlierFactor || p.unit < median/outlierFactor {
				warn(p, "price-outlier", "the price %s is %.3g by the unit, where %s %s is %.3g in the middle of %d prices", p.v.Price.Amount, p.unit/1000, p.v.Form, p.v.Strength, median/1000, len(run))
			}
		}
	})
	runs(all, func(a, b pricedVariant) int { return cmp.Or(sameMaker(a, b), a.measure.Compare(b.measure)) }, func(run []pricedVariant) {
		slices.SortStableFunc(run, byPack)
		for i := 1; i < len(run); i++ {
			small, great := run[i-1], run[i]
			switch {
			case small.v.Pack.Amount == great.v.Pack.Amount:
			case great.unit > small.unit*dearerPack:
				warn(great, "price-pack", "the pack of %v costs %s, %.1f times as much by the unit as the pack of %v (%s)", great.v.Pack.Amount, great.v.Price.Amount, great.unit/small.unit, small.v.Pack.Amount, small.v.ID)
			case float64(small.v.Price.Amount) > float64(great.v.Price.Amount)*cheaperPack:
				warn(great, "price-pack", "the pack of %v costs %s, less than the pack of %v at %s (%s)", great.v.Pack.Amount, great.v.Price.Amount, small.v.Pack.Amount, small.v.Price.Amount, small.v.ID)
			}
		}
	})
	// A higher strength that costs much less than a lower one.
	cheaper := func(run []pricedVariant, same func(a, b pricedVariant) bool, factor float64) {
		slices.SortStableFunc(run, func(a, b pricedVariant) int { return cmp.Or(a.measure.Compare(b.measure), byPack(a, b)) })
		var lower []pricedVariant // the next lower strength
		for len(run) > 0 {
			n := 1
			for n < len(run) && run[n].measure.Compare(run[0].measure) == 0 {
				n++
			}
			this := run[:n]
			run = run[n:]
			at := 0
			for _, p := range this {
				for at < len(lower)-1 && lower[at].v.Pack.Amount < p.v.Pack.Amount {
					at++
				}
				for _, l := range slices.Backward(lower[max(at-1, 0):min(at+1, len(lower))]) {
					if l.v.Pack.Amount > 2*p.v.Pack.Amount || 2*l.v.Pack.Amount < p.v.Pack.Amount || !same(l, p) || !p.measure.Exceeds(l.measure) {
						continue
					}
					if p.unit*factor < l.unit {
						warn(p, "price-strength", "%s %s costs %s for %v and the lower %s %s costs %s for %v (%s)", p.v.Form, p.v.Strength, p.v.Price.Amount, p.v.Pack.Amount, l.v.Form, l.v.Strength, l.v.Price.Amount, l.v.Pack.Amount, l.v.ID)
					}
				}
			}
			lower = this
		}
	}
	runs(all, sameMaker, func(run []pricedVariant) {
		cheaper(run, func(a, b pricedVariant) bool { return true }, cheaperDose)
	})
	var swallowed []pricedVariant
	for _, p := range all {
		if p.v.Form == "tablet" || p.v.Form == "capsule" || strings.HasSuffix(p.v.Form, "-tablet") || strings.HasSuffix(p.v.Form, "-capsule") {
			swallowed = append(swallowed, p)
		}
	}
	cheaper(swallowed, func(a, b pricedVariant) bool { return a.kind == b.kind }, cheaperDoseFar)
}

// runs sorts all and calls f for each run of equal elements.
func runs(all []pricedVariant, compare func(a, b pricedVariant) int, f func([]pricedVariant)) {
	slices.SortStableFunc(all, compare)
	for from := 0; from < len(all); {
		to := from + 1
		for to < len(all) && compare(all[from], all[to]) == 0 {
			to++
		}
		f(all[from:to])
		from = to
	}
}
