// Package catfile reads and writes the catalogue file and locates the faults
// in it.
package catfile

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pharmacy/internal/catalogue"
)

// Parse parses a catalogue file in the current format or in the legacy format
// of the replaced application. It detects the format from the member names.
//
// It returns at most 1,000 faults, in file order. If any has severity Error,
// the catalogue is nil and the error is a *FaultsError.
func Parse(data []byte) (*catalogue.Catalogue, []Fault, error) { return ParseAt(data, time.Time{}) }

// ParseAt is like Parse, but an updated time that is ahead of now by more than
// [catalogue.MaxAhead] is an error, unless now is zero.
func ParseAt(data []byte, now time.Time) (*catalogue.Catalogue, []Fault, error) {
	p := newParser(data)
	p.now = now
	return p.parse()
}

// ParseMarshalled parses the result of [Marshal]. Unlike in a file, an expiry
// may be a date that does not exist, because Marshal keeps those of the legacy
// format.
func ParseMarshalled(data []byte) (*catalogue.Catalogue, []Fault, error) {
	p := newParser(data)
	p.marshalled = true
	return p.parse()
}

func (p *parser) parse() (*catalogue.Catalogue, []Fault, error) {
	c := p.catalogue()
	faults := p.finish()
	if err := errorOf(faults); err != nil {
		return nil, faults, err
	}
	return c, faults, nil
}

// parser parses both file formats.
type parser struct {
	scanner
	now        time.Time // bounds the updated time, unless zero
	marshalled bool      // the data was written by Marshal

	words map[string]string // interned strings

	categoryIDs map[string]bool
	groupIDs    map[string]bool
	variantIDs  map[string]bool
	references  []reference // from groups to categories

	// Buffers that are reused for each group and text.
	variants     []catalogue.Variant
	translations []catalogue.Translation
	count        int // of variants so far

	images map[string]string // legacy format: image path by variant id

	sites *sites // records positions; nil if they are not needed
}

// reference is a group's reference to a category, which may be defined later
// in the file.
type reference struct {
	id     string
	group  int
	offset int
}

func newParser(data []byte) *parser {
	return &parser{
		scanner:     scanner{data: data},
		words:       map[string]string{},
		categoryIDs: map[string]bool{},
		groupIDs:    map[string]bool{},
		variantIDs:  map[string]bool{},
	}
}

// finish returns all faults, sorted, with their places.
func (p *parser) finish() []Fault {
	place(p.faults, p.data)
	// Values that were skipped first and parsed later report a fault twice.
	p.faults = slices.CompactFunc(p.faults, func(a, b Fault) bool { return a.offset == b.offset && a.Message == b.Message })
	if p.dropped > 0 {
		more := Fault{Rule: "more-faults", Line: 1, Column: 1, More: p.dropped, Message: fmt.Sprintf("%d more faults are not listed: correct these first", p.dropped)}
		if p.errors {
			more.Severity = Error
		}
		p.faults = append(p.faults, more)
	}
	return p.faults
}

// catalogue parses the whole file.
func (p *parser) catalogue() *catalogue.Catalogue {
	c := &catalogue.Catalogue{}
	switch {
	case bytes.HasPrefix(p.data, []byte("\xef\xbb\xbf")):
		p.fault(Error, "encoding", 0, "the file begins with a byte order mark: save it as UTF-8 without one")
		p.pos = 3
	case bytes.HasPrefix(p.data, []byte("\xff\xfe")), bytes.HasPrefix(p.data, []byte("\xfe\xff")):
		p.fault(Error, "encoding", 0, "the file is UTF-16: save it as UTF-8")
		return c
	}
	if p.peek() == 0 && p.pos >= len(p.data) {
		p.fault(Error, "empty-file", 0, "the file is empty")
		return c
	}
	if !p.expect('{', "an object with \"groups\"") {
		return c
	}
	own, old, categories := false, false, false
	o := p.object()
	for o.next() {
		switch key := o.key; {
		case string(key) == "groups":
			own = true
			p.groups(c)
		case string(key) == "categories":
			categories = true
			p.categories(c)
		case string(key) == "updated":
			c.Updated = p.updated()
		case string(key) == "currency":
			c.Currency = p.currency()
		case string(key) == "version":
			// Written by Marshal; ignored.
		case string(key) == "medicine_images", string(key) == "images":
			p.oldImages()
		case string(key) == "translations", string(key) == "medicine_info":
		case bytes.HasSuffix(key, []byte("_groups")):
			old = true
			if p.sites != nil {
				p.sites.old = true
			}
			p.oldGroups(c, string(bytes.TrimSuffix(key, []byte("_groups")))+"s")
		default:
			p.unknown(&o)
		}
	}
	p.end()
	if p.broken {
		return c
	}
	switch {
	case (own || categories) && old:
		p.fault(Error, "not-a-catalogue", 0, "both \"groups\" or \"categories\" and a member that ends in \"_groups\": use one format")
	case !own && !old:
		p.fault(Error, "not-a-catalogue", 0, "no \"groups\": this is not a catalogue")
	case own && p.images != nil:
		p.fault(Warning, "unknown-member", 0, "images beside \"groups\" are ignored: write \"image\" into the variant")
		p.images = nil
	}
	if (own || old) && len(c.Groups) == 0 && !p.errors {
		p.fault(Warning, "no-groups", 0, "the catalogue has no groups: nothing is listed")
	}
	for _, r := range p.references {
		if !p.categoryIDs[r.id] {
			p.path = []step{{key: []byte("groups")}, {index: r.group}, {key: []byte("category")}}
			p.fault(Error, "unknown-category", r.offset, "no category has the id %q: add it to \"categories\" or correct it", r.id)
		}
	}
	if p.images != nil {
		for i := range c.Groups {
			for j := range c.Groups[i].Variants {
				v := &c.Groups[i].Variants[j]
				v.Image = p.images[v.ID]
			}
		}
	}
	return c
}

func (p *parser) categories(c *catalogue.Catalogue) {
	if p.null() || !p.expect('[', "an array of categories") {
		return
	}
	for a := p.array(); a.next(); {
		if cat, ok := p.category(); ok {
			c.Categories = append(c.Categories, cat)
		}
	}
}

func (p *parser) category() (catalogue.Category, bool) {
	var cat catalogue.Category
	if !p.expect('{', "a category") {
		return cat, false
	}
	start := p.pos
	o := p.object()
	defer p.enter(o.depth, start, inCategory)()
	for o.next() {
		p.note()
		switch string(o.key) {
		case "id":
			cat.ID = p.id()
			p.unique(p.categoryIDs, cat.ID, o.at)
		case "name":
			cat.Name = p.text()
		case "synonyms":
			cat.Synonyms = p.strings()
		default:
			p.unknown(&o)
		}
	}
	p.require(&o, "id", start)
	if cat.Name.IsZero() {
		p.fault(Warning, "missing-name", start, "the category has no name: its id is shown; add \"name\"")
		cat.Name = catalogue.PlainText(cat.ID)
	}
	return cat, true
}

func (p *parser) groups(c *catalogue.Catalogue) {
	if !p.expect('[', "an array of groups") {
		return
	}
	for a := p.array(); a.next(); {
		if len(c.Groups) >= catalogue.MaxVariants {
			p.syntax("more than %d groups", catalogue.MaxVariants)
		}
		if g, ok := p.group(); ok {
			c.Groups = append(c.Groups, g)
		}
	}
}

func (p *parser) group() (catalogue.Group, bool) {
	var g catalogue.Group
	if !p.expect('{', "a group") {
		return g, false
	}
	start := p.pos
	o := p.object()
	defer p.enter(o.depth, start, inGroup)()
	for o.next() {
		p.note()
		switch string(o.key) {
		case "id":
			g.ID = p.id()
			p.unique(p.groupIDs, g.ID, o.at)
		case "category":
			p.peek()
			at := p.pos
			if g.Category = p.word(); g.Category != "" {
				// The index in the array, which counts skipped elements too.
				p.references = append(p.references, reference{g.Category, p.path[o.depth-1].index, at})
			}
		case "atc":
			g.ATC = p.word()
		case "name":
			g.Name = p.text()
		case "description":
			g.Description = p.text()
		case "synonyms":
			g.Synonyms = p.strings()
		case "brands":
			g.Brands = p.strings()
		case "distinct_from":
			g.DistinctFrom = p.strings()
		case "leaflet":
			p.peek()
			at := p.pos
			if g.Leaflet = p.string(); g.Leaflet != "" {
				if err := catalogue.CheckLeaflet(g.Leaflet); err != nil {
					p.fault(Error, "bad-leaflet", at, "%v", err)
				}
			}
		case "variants":
			g.Variants = p.variantArray()
		default:
			p.unknown(&o)
		}
	}
	p.require(&o, "id", start)
	if p.require(&o, "name", start) && g.Name.IsZero() {
		p.fault(Error, "missing-name", start, "the group's name is empty: write it in at least one language")
	}
	if p.require(&o, "variants", start) && len(g.Variants) == 0 {
		p.fault(Warning, "no-variants", start, "the group has no variants: nothing of it is listed")
	}
	return g, true
}

// unknown records a warning about the current member of an object.
func (p *parser) unknown(o *object) {
	p.fault(Warning, "unknown-member", o.at, "unknown member: it is ignored")
}

// unknownOfVariant is unknown for a variant, of which a price, class or expiry
// must not be ignored.
func (p *parser) unknownOfVariant(o *object) {
	key := string(o.key)
	known := catalogue.ResembledField(key)
	if catalogue.FoldName(key) == "price" {
		known = "price"
	}
	if known == "" {
		p.unknown(o)
		return
	}
	p.fault(Error, "unknown-member", o.at, "unknown member: it seems to be the %[1]s: write %[1]q or, if it is something else, rename or remove it", known)
}

// require reports whether the object has the named member, and records a
// fault if it was read to its end without one.
func (p *parser) require(o *object, name string, at int) bool {
	if p.broken || o.seen.has(name) {
		return !p.broken
	}
	p.fault(Error, "missing-member", at, "%q is missing: add it", name)
	return false
}

// unique adds id to the set, and records a fault if it was there already.
func (p *parser) unique(set map[string]bool, id string, at int) {
	if id == "" {
		return
	}
	if set[id] {
		p.fault(Error, "duplicate-id", at, "duplicate id %q: an id must be unique in the file", id)
	}
	set[id] = true
}

func (p *parser) strings() []string {
	if p.null() || !p.expect('[', "an array of strings") {
		return nil
	}
	var all []string
	for a := p.array(); a.next(); {
		p.note()
		if s := p.string(); s != "" {
			all = append(all, s)
		}
	}
	return all
}

func (p *parser) variantArray() []catalogue.Variant {
	if !p.expect('[', "an array of variants") {
		return nil
	}
	p.variants = p.variants[:0]
	for a := p.array(); a.next(); {
		if v, ok := p.variant(); ok {
			p.variants = append(p.variants, v)
		}
	}
	return p.takeVariants()
}

// takeVariants returns a copy of p.variants without spare capacity.
func (p *parser) takeVariants() []catalogue.Variant {
	if len(p.variants) == 0 {
		return nil
	}
	p.count += len(p.variants)
	if p.count > catalogue.MaxVariants {
		p.syntax("more than %d variants", catalogue.MaxVariants)
	}
	return append(make([]catalogue.Variant, 0, len(p.variants)), p.variants...)
}

func (p *parser) variant() (catalogue.Variant, bool) {
	var v catalogue.Variant
	if !p.expect('{', "a variant") {
		return v, false
	}
	start := p.pos
	o := p.object()
	defer p.enter(o.depth, start, inVariant)()
	for o.next() {
		p.note()
		switch string(o.key) {
		case "id":
			v.ID = p.id()
			p.unique(p.variantIDs, v.ID, o.at)
		case "name":
			v.Name = p.text()
		case "atc":
			v.ATC = p.word()
		case "description":
			v.Description = p.text()
		case "brand":
			v.Brand = p.word()
		case "form":
			v.Form = p.clean()
		case "strength":
			v.Strength = p.clean()
		case "pack":
			v.Pack = p.pack()
		case "price":
			v.Price = p.price()
		case "class":
			v.Class = p.class()
		case "expiry":
			v.Expiry = p.expiry(p.marshalled)
		case "manufacturer":
			v.Manufacturer = p.word()
		case "image":
			v.Image = p.string()
		default:
			p.unknownOfVariant(&o)
		}
	}
	p.require(&o, "id", start)
	return v, true
}

func (p *parser) pack() catalogue.Pack {
	var pk catalogue.Pack
	if p.null() || !p.expect('{', "a pack such as {\"amount\": 20, \"unit\": \"tablet\"}") {
		return pk
	}
	start := p.pos
	o := p.object()
	for o.next() {
		p.note()
		switch string(o.key) {
		case "amount":
			if !p.expect(kindByte(p.peek(), '0'), "a number") {
				continue
			}
			at := p.pos
			amount, err := catalogue.ParsePackAmount(string(p.number()))
			if p.broken {
				continue
			}
			if err != nil {
				p.fault(Error, "bad-pack", at, "%v", err)
				continue
			}
			pk.Amount = amount
		case "unit":
			pk.Unit = p.clean()
		default:
			p.unknown(&o)
		}
	}
	if p.require(&o, "amount", start) && p.require(&o, "unit", start) && pk.Unit == "" {
		p.fault(Warning, "missing-unit", start, "%v", catalogue.ErrPackUnit)
	}
	return pk
}

// kindByte returns c if it begins a number, so that expect accepts it, and
// otherwise the other byte.
func kindByte(c, otherwise byte) byte {
	if c == '-' || (c >= '0' && c <= '9') {
		return c
	}
	return otherwise
}

// price parses a decimal string, a number or null.
func (p *parser) price() catalogue.Price {
	if p.null() {
		return catalogue.Price{}
	}
	c := p.peek()
	at := p.pos
	var written string
	switch {
	case c == '"':
		if written = strings.TrimSpace(string(p.stringBytes())); written == "" && !p.broken {
			p.fault(Warning, "missing-price", at, "the price is empty and counts as unknown: write a decimal or null")
			return catalogue.Price{}
		}
	case kindByte(c, 0) == c && c != 0:
		written = plainNumber(string(p.number()))
	default:
		p.expect('"', "a decimal string such as \"2.40\", or null")
		return catalogue.Price{}
	}
	if p.broken {
		return catalogue.Price{}
	}
	price, err := catalogue.ParsePrice(written)
	switch {
	case errors.Is(err, catalogue.ErrZeroPrice):
		p.fault(Warning, "missing-price", at, "%v: write it, or null", err)
	case err != nil:
		p.fault(Error, "bad-price", at, "%v", err)
	}
	return price
}

// plainNumber rewrites a JSON number without its exponent, exactly. It returns
// numbers with large exponents unchanged; these are not valid prices.
func plainNumber(s string) string {
	e := strings.IndexAny(s, "eE")
	if e < 0 {
		return s
	}
	shift, err := strconv.Atoi(s[e+1:])
	if err != nil || shift < -30 || shift > 30 || strings.HasPrefix(s, "-") {
		return s
	}
	whole, fraction, _ := strings.Cut(s[:e], ".")
	point := len(whole) + shift
	all := whole + fraction
	if point < 1 {
		all = strings.Repeat("0", 1-point) + all
		point = 1
	}
	if point > len(all) {
		all += strings.Repeat("0", point-len(all))
	}
	whole, fraction = all[:point], strings.TrimRight(all[point:], "0")
	if fraction != "" {
		fraction = "." + fraction
	}
	return whole + fraction
}

func (p *parser) class() catalogue.Class {
	p.peek()
	at := p.pos
	s := p.word()
	if s == "" {
		return catalogue.Prescription
	}
	c, err := catalogue.ParseClass(s)
	if err != nil {
		p.fault(Error, "bad-class", at, "%v", err)
	}
	return c
}

// expiry parses an expiry. An impossible date is only a warning if old is true.
func (p *parser) expiry(old bool) catalogue.Expiry {
	p.peek()
	at := p.pos
	s := strings.TrimSpace(p.string())
	if s == "" {
		return catalogue.Expiry{}
	}
	parse, severity := catalogue.ParseExpiry, Error
	if old {
		parse, severity = catalogue.ParseOldExpiry, Warning
	}
	e, err := parse(s)
	switch {
	case errors.Is(err, catalogue.ErrExpiryForm):
		p.fault(Error, "bad-date", at, "%v", err)
	case err != nil:
		p.fault(severity, "impossible-date", at, "%v", err)
	}
	return e
}

// updated parses the catalogue's updated time.
func (p *parser) updated() time.Time {
	p.peek()
	at := p.pos
	s := p.string()
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1970 || t.Year() > 9998 {
		p.fault(Error, "bad-time", at, "invalid time: write it as in 2026-11-01T08:00:00Z")
		return time.Time{}
	}
	if !p.now.IsZero() {
		if err := catalogue.CheckUpdated(t, p.now); err != nil {
			p.fault(Error, "future-time", at, "%v", err)
		}
	}
	return t.UTC()
}

func (p *parser) currency() string {
	p.peek()
	at := p.pos
	s := p.string()
	if s == "" {
		return ""
	}
	if err := catalogue.CheckCurrency(s); err != nil {
		p.fault(Error, "bad-currency", at, "%v", err)
		return ""
	}
	return s
}

// text parses a string, or an object of strings by language.
func (p *parser) text() catalogue.Text {
	var t catalogue.Text
	switch c := p.peek(); {
	case c == '"':
		t = catalogue.PlainText(string(p.stringBytes()))
	case p.null():
	case p.expect('{', "a string or an object by language"):
		p.translations = p.translations[:0]
		o := p.object()
		for o.next() {
			if !languageCode(o.key) {
				p.fault(Warning, "bad-language", o.at, "%q is not a language code: the text is ignored", o.key)
				continue
			}
			lang := p.intern(o.key)
			p.note()
			p.translations = append(p.translations, catalogue.Translation{Lang: lang, Text: p.string()})
		}
		t = catalogue.NewText(p.translations)
	}
	return t
}

func languageCode(k []byte) bool { return catalogue.CheckLanguage(string(k)) == nil }

// null consumes a null if it is next, and reports whether it did.
func (p *parser) null() bool {
	if p.peek() != 'n' {
		return false
	}
	p.literal("null")
	return true
}

// string parses a string. It returns "" for null.
func (p *parser) string() string {
	if p.null() || !p.expect('"', "a string") {
		return ""
	}
	return string(p.stringBytes())
}

// word parses a string that is likely to repeat in the file, and interns it.
func (p *parser) word() string {
	if p.null() || !p.expect('"', "a string") {
		return ""
	}
	return p.intern(p.stringBytes())
}

// clean parses a word that must have no control characters: what they hide would
// be read otherwise than it is seen.
func (p *parser) clean() string {
	p.peek()
	at := p.pos
	s := p.word()
	if err := catalogue.CheckControls(s); err != nil {
		p.fault(Error, "invisible", at, "%v", err)
	}
	return s
}

func (p *parser) intern(b []byte) string {
	if s, found := p.words[string(b)]; found {
		return s
	}
	s := string(b)
	p.words[s] = s
	return s
}

// id parses an id. It returns "" if the id is invalid.
func (p *parser) id() string {
	if !p.expect('"', "an id in quotes") {
		return ""
	}
	at := p.pos
	b := p.stringBytes()
	if p.broken {
		return ""
	}
	id := string(b)
	if err := catalogue.CheckID(id); err != nil {
		p.fault(Error, "bad-id", at, "%v", err)
		return ""
	}
	return id
}

// The legacy format of the replaced application.

// oldGroups parses an object of groups by id. variantsKey is the preferred
// name of the member that holds a group's variants.
func (p *parser) oldGroups(c *catalogue.Catalogue, variantsKey string) {
	if !p.expect('{', "an object of groups by id") {
		return
	}
	for o := p.object(); o.next(); {
		if len(c.Groups) >= catalogue.MaxVariants {
			p.syntax("more than %d groups", catalogue.MaxVariants)
		}
		g, ok := p.oldGroup(o.key, o.at, variantsKey)
		if !ok {
			continue
		}
		c.Categories = append(c.Categories, catalogue.Category{ID: g.ID, Name: g.Name})
		c.Groups = append(c.Groups, g)
	}
}

func (p *parser) oldGroup(id []byte, at int, variantsKey string) (catalogue.Group, bool) {
	g := catalogue.Group{}
	if err := catalogue.CheckID(string(id)); err != nil {
		p.fault(Error, "bad-id", at, "%v", err)
	} else {
		g.ID = string(id)
		g.Category = g.ID
		p.unique(p.groupIDs, g.ID, at)
	}
	if !p.expect('{', "a group") {
		return g, false
	}

	// Skip object-valued members first: which of them holds the variants is
	// known only after all names have been seen.
	type object struct {
		key string
		pos int
	}
	var objects []object
	depth := len(p.path)
	start := p.pos
	o := p.object()
	defer p.enter(depth, start, inGroup)()
	for o.next() {
		p.note()
		switch lang, isName := bytes.CutPrefix(o.key, []byte("name_")); {
		case isName && languageCode(lang):
			g.Name = g.Name.With(p.intern(lang), p.string())
		case p.peek() == '{':
			objects = append(objects, object{string(o.key), p.pos})
		}
	}
	if p.broken {
		return g, false
	}
	after := p.pos
	chosen := -1
	for _, key := range []string{variantsKey, "variants"} {
		for i := range objects {
			if objects[i].key == key && chosen < 0 {
				chosen = i
			}
		}
	}
	switch {
	case chosen < 0 && len(objects) == 1:
		chosen = 0
	case chosen < 0 && len(objects) > 1:
		p.fault(Error, "no-variants", at, "none of the group's objects is named %q or \"variants\": name the one that holds the variants", variantsKey)
	case chosen < 0:
		p.fault(Warning, "no-variants", at, "the group has no variants: nothing of it is listed")
	}
	if chosen >= 0 {
		p.pos = objects[chosen].pos
		p.path = append(p.path[:depth], step{key: []byte(objects[chosen].key)})
		g.Variants = p.oldVariants()
		p.path = p.path[:depth]
		p.pos = after
	}
	if g.Name.IsZero() {
		p.fault(Warning, "missing-name", at, "the group has no name: its id is shown; add \"name_en\"")
		g.Name = catalogue.PlainText(g.ID)
	}
	return g, !p.broken
}

// oldVariants parses an object of variants by id.
func (p *parser) oldVariants() []catalogue.Variant {
	p.variants = p.variants[:0]
	for o := p.object(); o.next(); {
		if v, ok := p.oldVariant(o.key, o.at); ok {
			p.variants = append(p.variants, v)
		}
	}
	return p.takeVariants()
}

func (p *parser) oldVariant(id []byte, at int) (catalogue.Variant, bool) {
	var v catalogue.Variant
	if err := catalogue.CheckID(string(id)); err != nil {
		p.fault(Error, "bad-id", at, "%v", err)
	} else {
		v.ID = string(id)
		p.unique(p.variantIDs, v.ID, at)
	}
	if !p.expect('{', "a variant") {
		return v, false
	}
	start := p.pos
	o := p.object()
	defer p.enter(o.depth, start, inVariant)()
	for o.next() {
		p.note()
		if lang, ok := bytes.CutPrefix(o.key, []byte("name_")); ok && languageCode(lang) {
			v.Name = v.Name.With(p.intern(lang), p.string())
			continue
		}
		if lang, ok := bytes.CutPrefix(o.key, []byte("description_")); ok && languageCode(lang) {
			v.Description = v.Description.With(p.intern(lang), p.string())
			continue
		}
		switch string(o.key) {
		case "price":
			v.Price = p.price()
		case "exp":
			v.Expiry = p.expiry(true)
		}
	}
	return v, true
}

// oldImages parses an object of image paths by variant id.
func (p *parser) oldImages() {
	if p.null() || !p.expect('{', "an object of paths by variant id") {
		return
	}
	if p.images == nil {
		p.images = map[string]string{}
	}
	for o := p.object(); o.next(); {
		id := string(o.key)
		if p.peek() != '"' {
			p.fault(Warning, "bad-image", o.at, "the image path is not a string: it is ignored")
			continue
		}
		p.images[id] = string(p.stringBytes())
	}
}
