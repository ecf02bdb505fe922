package catfile

import (
	"bytes"
	"strings"
	"time"

	"pharmacy/internal/catalogue"
)

// Document is a parsed catalogue file that also records the place of every
// value, so that a linter can report where its findings are. It is larger and
// slower than Parse, and not meant for serving.
type Document struct {
	Catalogue *catalogue.Catalogue // as far as the file was readable
	Old       bool                 // the file has the legacy format
	Complete  bool                 // the file was read to its end

	// The places of all categories, groups and variants, in the order of
	// Catalogue. A file in the legacy format has no categories of its own.
	Categories, Groups, Variants []Site

	parser *parser
}

// ReadDocument parses a catalogue file as ParseAt does. It returns a Document
// whatever the file's faults.
func ReadDocument(data []byte, now time.Time) *Document {
	p := newParser(data)
	p.now = now
	p.sites = &sites{}
	c := p.catalogue()
	return &Document{
		Catalogue: c, Old: p.sites.old, Complete: !p.broken,
		Categories: p.sites.categories, Groups: p.sites.groups, Variants: p.sites.variants,
		parser: p,
	}
}

// Warn adds a warning about a member of the object at s, or about the whole
// object if member is "". A nil s stands for the file.
//
// The number of warnings is not bounded; the caller must bound it.
func (d *Document) Warn(s *Site, member, rule, message string) {
	path, offset := "", 0
	if s != nil {
		path, offset = s.path, s.offset
		if member != "" {
			path, offset = s.find(member)
		}
	}
	d.parser.faults = append(d.parser.faults, Fault{Severity: Warning, Rule: rule, Path: path, Message: message, offset: offset})
}

// Written reports whether the object at s has the member and its value is
// neither null nor "".
func (d *Document) Written(s *Site, member string) bool {
	if !s.has(member) {
		return false
	}
	_, at := s.find(member)
	rest := d.parser.data[at:]
	return rest[0] != 'n' && !bytes.HasPrefix(rest, []byte(`""`))
}

// Faults returns the faults of the file and the warnings added by Warn, in
// file order. The error is a *FaultsError if any fault has severity Error.
// Faults must be called only once.
func (d *Document) Faults() ([]Fault, error) {
	faults := d.parser.finish()
	return faults, errorOf(faults)
}

// sites collects the sites of a document while it is parsed.
type sites struct {
	old                          bool
	categories, groups, variants []Site
	current                      *Site
}

// Site is the place of a category, group or variant and of its members.
type Site struct {
	path    string
	depth   int // of path
	offset  int
	members []member
}

// member is the place of a value inside a site. Its path is relative to the
// site: "name", "name.fa", "synonyms[1]", "pack.unit", or "name_fa" in the
// legacy format.
type member struct {
	path   string
	offset int
}

// siteKind is the kind of object at a site.
type siteKind uint8

const (
	inCategory siteKind = iota
	inGroup
	inVariant
)

// enter begins the site of an object at an offset. The returned function ends
// it.
func (p *parser) enter(depth, offset int, kind siteKind) (leave func()) {
	if p.sites == nil {
		return func() {}
	}
	outer := p.sites.current
	s := &Site{path: pathOf(p.path[:depth]), depth: depth, offset: offset}
	p.sites.current = s
	return func() {
		p.sites.current = outer
		switch kind {
		case inCategory:
			p.sites.categories = append(p.sites.categories, *s)
		case inGroup:
			p.sites.groups = append(p.sites.groups, *s)
		case inVariant:
			p.sites.variants = append(p.sites.variants, *s)
		}
	}
}

// note records the place of the next value in the current site.
func (p *parser) note() {
	if p.sites == nil || p.sites.current == nil {
		return
	}
	p.peek()
	s := p.sites.current
	s.members = append(s.members, member{p.intern([]byte(pathOf(p.path[s.depth:]))), p.pos})
}

// find returns the full path and offset of the member with a path relative to
// s, or of its nearest ancestor that exists, or of s itself.
func (s *Site) find(path string) (fullPath string, offset int) {
	for {
		for _, m := range s.members {
			if m.path == path {
				return s.path + "." + path, m.offset
			}
		}
		// The legacy format has name_fa for name.fa.
		if name, lang, ok := strings.Cut(path, "."); ok {
			for _, m := range s.members {
				if m.path == name+"_"+lang {
					return s.path + "." + m.path, m.offset
				}
			}
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return s.path, s.offset
		}
		path = path[:cut]
	}
}

func (s *Site) has(path string) bool {
	for _, m := range s.members {
		if m.path == path {
			return true
		}
	}
	return false
}
