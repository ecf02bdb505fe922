package catalogue

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxIDLength = 128
	// maxVariants keeps the numbers by which listings are sorted within
	// their bits, with room to spare.
	maxVariants = 2_000_000
)

// Parse reads a catalogue file: one in the catalogue's own format, or one of
// the application that this one replaced. Which of the two it is shows in
// its shape.
//
// The faults are in the file's order, at most 1,000 of them. If one of them
// is an error, there is no catalogue and the error is a *FaultsError.
func Parse(data []byte) (*Catalogue, []Fault, error) {
	p := newParser(data)
	c := p.catalogue()
	faults := p.finish()
	if err := errorOf(faults); err != nil {
		return nil, faults, err
	}
	return c, faults, nil
}

// parser knows the members of both kinds of file.
type parser struct {
	scanner
	words map[string]string // strings that repeat, each kept once

	categoryIDs map[string]bool
	groupIDs    map[string]bool
	variantIDs  map[string]bool
	references  []reference // of groups to categories

	// What is being read, gathered where there is room until its size is
	// known.
	variants     []Variant
	translations []translation
	count        int // of variants so far

	images map[string]string // of the replaced application: variant id to path

	sites *sites // where everything stands; nil unless it is to be known
}

// reference is a group's mention of a category, which may come later in the
// file.
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

// finish gives all faults with their places.
func (p *parser) finish() []Fault {
	place(p.faults, p.data)
	// What was passed over and then read is faulted twice.
	p.faults = slices.CompactFunc(p.faults, func(a, b Fault) bool { return a.offset == b.offset && a.Message == b.Message })
	if p.dropped > 0 {
		more := Fault{Rule: "more-faults", Line: 1, Column: 1, Message: fmt.Sprintf("%d more faults are not listed: correct these first", p.dropped)}
		if p.errors {
			more.Severity = Error
		}
		p.faults = append(p.faults, more)
	}
	return p.faults
}

// catalogue reads the whole file.
func (p *parser) catalogue() *Catalogue {
	c := &Catalogue{}
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
			c.Updated = p.moment()
		case string(key) == "currency":
			c.Currency = p.currency()
		case string(key) == "version":
			// Stands where the catalogue was served by us.
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
			p.fault(Warning, "unknown-member", o.at, "unknown member: it is ignored")
		}
	}
	p.end()
	if p.broken {
		return c
	}
	switch {
	case (own || categories) && old:
		p.fault(Error, "not-a-catalogue", 0, "both \"groups\" or \"categories\" and a member that ends in \"_groups\": a file is of one kind")
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

func (p *parser) categories(c *Catalogue) {
	if p.null() || !p.expect('[', "an array of categories") {
		return
	}
	for a := p.array(); a.next(); {
		if cat, ok := p.category(); ok {
			c.Categories = append(c.Categories, cat)
		}
	}
}

func (p *parser) category() (Category, bool) {
	var cat Category
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
			p.only(p.categoryIDs, cat.ID, o.at)
		case "name":
			cat.Name = p.text()
		case "synonyms":
			cat.Synonyms = p.strings()
		default:
			p.fault(Warning, "unknown-member", o.at, "unknown member: it is ignored")
		}
	}
	p.require(&o, "id", start)
	if cat.Name.IsZero() {
		p.fault(Warning, "missing-name", start, "the category has no name: its id is shown; add \"name\"")
		cat.Name.plain = cat.ID
	}
	return cat, true
}

func (p *parser) groups(c *Catalogue) {
	if !p.expect('[', "an array of groups") {
		return
	}
	for a := p.array(); a.next(); {
		if len(c.Groups) >= maxVariants {
			p.syntax("more than %d groups", maxVariants)
		}
		if g, ok := p.group(); ok {
			c.Groups = append(c.Groups, g)
		}
	}
}

func (p *parser) group() (Group, bool) {
	var g Group
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
			p.only(p.groupIDs, g.ID, o.at)
		case "category":
			p.peek()
			at := p.pos
			if g.Category = p.word(); g.Category != "" {
				// The element's own number, not that of groups read so far,
				// is what its path shows.
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
		case "distinct_from":
			g.DistinctFrom = p.strings()
		case "leaflet":
			p.peek()
			at := p.pos
			if g.Leaflet = p.string(); g.Leaflet != "" && !address(g.Leaflet) {
				p.fault(Error, "bad-leaflet", at, "the leaflet is not an address: begin it with https://")
			}
		case "variants":
			g.Variants = p.variantArray()
		default:
			p.fault(Warning, "unknown-member", o.at, "unknown member: it is ignored")
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

// require faults an object that was read to its end without a member.
func (p *parser) require(o *object, name string, at int) bool {
	if p.broken || o.seen.has(name) {
		return !p.broken
	}
	p.fault(Error, "missing-member", at, "%q is missing: add it", name)
	return false
}

// only faults an id that stands already in the set.
func (p *parser) only(set map[string]bool, id string, at int) {
	if id == "" {
		return
	}
	if set[id] {
		p.fault(Error, "duplicate-id", at, "the id %q stands twice: every id is the only one of its kind in the file", id)
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

func (p *parser) variantArray() []Variant {
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

// takeVariants copies what was gathered into a slice without spare room.
func (p *parser) takeVariants() []Variant {
	if len(p.variants) == 0 {
		return nil
	}
	p.count += len(p.variants)
	if p.count > maxVariants {
		p.syntax("more than %d variants", maxVariants)
	}
	return append(make([]Variant, 0, len(p.variants)), p.variants...)
}

func (p *parser) variant() (Variant, bool) {
	var v Variant
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
			p.only(p.variantIDs, v.ID, o.at)
		case "name":
			v.Name = p.text()
		case "description":
			v.Description = p.text()
		case "brand":
			v.Brand = p.word()
		case "form":
			v.Form = p.word()
		case "strength":
			v.Strength = p.word()
		case "pack":
			v.Pack = p.pack()
		case "price":
			v.Price = p.price()
		case "class":
			v.Class = p.class()
		case "expiry":
			v.Expiry = p.expiry()
		case "manufacturer":
			v.Manufacturer = p.word()
		case "image":
			v.Image = p.string()
		default:
			p.fault(Warning, "unknown-member", o.at, "unknown member: it is ignored")
		}
	}
	p.require(&o, "id", start)
	return v, true
}

func (p *parser) pack() Pack {
	var pk Pack
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
			amount, err := strconv.ParseFloat(string(p.number()), 64)
			if p.broken {
				continue
			}
			if err != nil || !(amount > 0) || amount > 1e9 {
				p.fault(Error, "bad-pack", at, "the pack's amount is not between 0 and 1,000,000,000: correct it")
				continue
			}
			pk.Amount = amount
		case "unit":
			pk.Unit = p.word()
		default:
			p.fault(Warning, "unknown-member", o.at, "unknown member: it is ignored")
		}
	}
	if p.require(&o, "amount", start) && p.require(&o, "unit", start) && pk.Unit == "" {
		p.fault(Warning, "missing-unit", start, "the pack has no unit: write a singular word such as \"tablet\", or \"ml\" or \"g\"")
	}
	return pk
}

// kindByte gives c itself if it begins a number, so that expect accepts it,
// else a byte that c is not.
func kindByte(c, otherwise byte) byte {
	if c == '-' || (c >= '0' && c <= '9') {
		return c
	}
	return otherwise
}

// price reads a decimal string, a number or null.
func (p *parser) price() Price {
	if p.null() {
		return Price{}
	}
	c := p.peek()
	at := p.pos
	var written string
	switch {
	case c == '"':
		if written = strings.TrimSpace(string(p.stringBytes())); written == "" && !p.broken {
			p.fault(Warning, "missing-price", at, "the price is empty and counts as unknown: write a decimal or null")
			return Price{}
		}
	case kindByte(c, 0) == c && c != 0:
		written = plainNumber(string(p.number()))
	default:
		p.expect('"', "a decimal string such as \"2.40\", or null")
		return Price{}
	}
	if p.broken {
		return Price{}
	}
	amount, err := ParseAmount(written)
	if err != nil {
		p.fault(Error, "bad-price", at, "%v", err)
		return Price{}
	}
	if amount == 0 {
		p.fault(Warning, "missing-price", at, "the price is 0 and counts as unknown: write it, or null")
		return Price{}
	}
	return Price{Amount: amount, Known: true}
}

// plainNumber writes a JSON number with an exponent without one, exactly.
// What would be absurdly long stays as it is, and is then no price.
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

func (p *parser) class() Class {
	p.peek()
	at := p.pos
	s := p.word()
	if s == "" {
		return Prescription
	}
	c, err := ParseClass(s)
	if err != nil {
		p.fault(Error, "bad-class", at, "%v", err)
	}
	return c
}

// expiry reads a date of either kind of file.
func (p *parser) expiry() Expiry {
	p.peek()
	at := p.pos
	s := strings.TrimSpace(p.string())
	if s == "" {
		return Expiry{}
	}
	if strings.Contains(s, "/") {
		e, doubt, err := parseOldExpiry(s)
		if err != nil {
			p.fault(Error, "bad-date", at, "%v", err)
		} else if doubt != "" {
			p.fault(Warning, "impossible-date", at, "%s", doubt)
		}
		return e
	}
	e, err := ParseExpiry(s)
	if err != nil {
		p.fault(Error, "bad-date", at, "%v", err)
	}
	return e
}

func (p *parser) moment() time.Time {
	p.peek()
	at := p.pos
	s := p.string()
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1970 || t.Year() > 9998 {
		p.fault(Error, "bad-time", at, "the time is not like 2026-11-01T08:00:00Z")
		return time.Time{}
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
	if len(s) != 3 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		p.fault(Error, "bad-currency", at, "the currency is not an ISO 4217 code: write three capital letters such as EUR")
		return ""
	}
	return s
}

// text reads a string or an object by language.
func (p *parser) text() Text {
	var t Text
	switch c := p.peek(); {
	case c == '"':
		t.plain = string(p.stringBytes())
	case p.null():
	case p.expect('{', "a string or an object by language"):
		t.in = p.translations[:0]
		o := p.object()
		for o.next() {
			if !languageCode(o.key) {
				p.fault(Warning, "bad-language", o.at, "%q is not a language code: the text is ignored", o.key)
				continue
			}
			lang := p.intern(o.key)
			p.note()
			t.set(lang, p.string())
		}
		p.translations = t.in
		t.in = append([]translation(nil), t.in...)
	}
	return t
}

func languageCode(k []byte) bool {
	for _, c := range k {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return len(k) == 2 || len(k) == 3
}

// null reads a null if one is next.
func (p *parser) null() bool {
	if p.peek() != 'n' {
		return false
	}
	p.literal("null")
	return true
}

// string reads a string; null counts as an empty one.
func (p *parser) string() string {
	if p.null() || !p.expect('"', "a string") {
		return ""
	}
	return string(p.stringBytes())
}

// word reads a string that is likely to repeat in the file.
func (p *parser) word() string {
	if p.null() || !p.expect('"', "a string") {
		return ""
	}
	return p.intern(p.stringBytes())
}

func (p *parser) intern(b []byte) string {
	if s, found := p.words[string(b)]; found {
		return s
	}
	s := string(b)
	p.words[s] = s
	return s
}

// id reads an id; it is "" if the id is bad.
func (p *parser) id() string {
	if !p.expect('"', "an id in quotes") {
		return ""
	}
	at := p.pos
	b := p.stringBytes()
	if p.broken {
		return ""
	}
	if msg := checkID(b); msg != "" {
		p.fault(Error, "bad-id", at, "%s", msg)
		return ""
	}
	return string(b)
}

// checkID says what is wrong with an id, or "".
func checkID(b []byte) string {
	switch {
	case len(b) == 0:
		return "the id is empty: write letters A to Z, digits and hyphens"
	case len(b) > maxIDLength:
		return fmt.Sprintf("the id is longer than %d characters: shorten it", maxIDLength)
	}
	for _, c := range b {
		if !idByte(c) {
			return fmt.Sprintf("the id %q has other characters than letters A to Z, digits and hyphens: replace them", b)
		}
	}
	return ""
}

func idByte(c byte) bool {
	return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
}

// The file of the application that this one replaced.

// oldGroups reads one object of groups by id; variantsKey is the member
// under which their variants most likely stand.
func (p *parser) oldGroups(c *Catalogue, variantsKey string) {
	if !p.expect('{', "an object of groups by id") {
		return
	}
	for o := p.object(); o.next(); {
		if len(c.Groups) >= maxVariants {
			p.syntax("more than %d groups", maxVariants)
		}
		g, ok := p.oldGroup(o.key, o.at, variantsKey)
		if !ok {
			continue
		}
		c.Categories = append(c.Categories, Category{ID: g.ID, Name: g.Name})
		c.Groups = append(c.Groups, g)
	}
}

func (p *parser) oldGroup(id []byte, at int, variantsKey string) (Group, bool) {
	g := Group{}
	if msg := checkID(id); msg != "" {
		p.fault(Error, "bad-id", at, "%s", msg)
	} else {
		g.ID = string(id)
		g.Category = g.ID
		p.only(p.groupIDs, g.ID, at)
	}
	if !p.expect('{', "a group") {
		return g, false
	}

	// Which member holds the variants is known only when all have been
	// seen, so the objects among them are passed over first.
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
			g.Name.set(p.intern(lang), p.string())
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
		g.Name.plain = g.ID
	}
	return g, !p.broken
}

// oldVariants reads an object of variants by id.
func (p *parser) oldVariants() []Variant {
	p.variants = p.variants[:0]
	for o := p.object(); o.next(); {
		if v, ok := p.oldVariant(o.key, o.at); ok {
			p.variants = append(p.variants, v)
		}
	}
	return p.takeVariants()
}

func (p *parser) oldVariant(id []byte, at int) (Variant, bool) {
	var v Variant
	if msg := checkID(id); msg != "" {
		p.fault(Error, "bad-id", at, "%s", msg)
	} else {
		v.ID = string(id)
		p.only(p.variantIDs, v.ID, at)
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
			v.Name.set(p.intern(lang), p.string())
			continue
		}
		if lang, ok := bytes.CutPrefix(o.key, []byte("description_")); ok && languageCode(lang) {
			v.Description.set(p.intern(lang), p.string())
			continue
		}
		switch string(o.key) {
		case "price":
			v.Price = p.price()
		case "exp":
			v.Expiry = p.expiry()
		}
	}
	return v, true
}

// oldImages reads the paths of pictures by the id of their variant.
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
			p.fault(Warning, "bad-image", o.at, "the path of the picture is not a string: it is ignored")
			continue
		}
		p.images[id] = string(p.stringBytes())
	}
}
