package catfile

import (
	"bytes"
	"pharmacy/internal/catalogue"
	"strings"
)

// Document is a catalogue file that was read with the place of everything in
// it, so that findings about the catalogue can be given theirs. It is for a
// check and not for serving.
type Document struct {
	Catalogue *catalogue.Catalogue // what could be read of it
	Old       bool                 // the file is one of the replaced application
	Complete  bool                 // the file was read to its end

	// Where everything stands, in the catalogue's order. A file of the
	// replaced application has no categories of its own.
	Categories, Groups, Variants []Site

	parser *parser
}

// ReadDocument reads a catalogue file as Parse does, whatever its faults.
func ReadDocument(data []byte) *Document {
	p := newParser(data)
	p.sites = &sites{}
	c := p.catalogue()
	return &Document{
		Catalogue: c, Old: p.sites.old, Complete: !p.broken,
		Categories: p.sites.categories, Groups: p.sites.groups, Variants: p.sites.variants,
		parser: p,
	}
}

// Warn adds a warning about a member of what stands at a site, or about the
// whole of it where member is "". A nil site is the file.
//
// The bound of what a file of rubbish can make Parse keep does not hold for
// warnings: the caller bounds them.
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

// Written reports whether a member stands at a site and is not empty.
func (d *Document) Written(s *Site, member string) bool {
	if !s.has(member) {
		return false
	}
	_, at := s.find(member)
	rest := d.parser.data[at:]
	return rest[0] != 'n' && !bytes.HasPrefix(rest, []byte(`""`))
}

// Faults returns the faults of the file and the warnings so far, in the
// file's order. The error is a *FaultsError if one of them is an error. It is
// called once.
func (d *Document) Faults() ([]Fault, error) {
	faults := d.parser.finish()
	return faults, errorOf(faults)
}

// sites is where a document's sites are gathered.
type sites struct {
	old                          bool
	categories, groups, variants []Site
	current                      *Site
}

// Site is where a category, group or variant stands, with its members.
type Site struct {
	path    string
	depth   int // of its path
	offset  int
	members []member
}

// member is the value of one member, or one inside it: "name", "name.fa",
// "synonyms[1]", "pack.unit"; in a file of the replaced application "name_fa".
type member struct {
	path   string
	offset int
}

// kind of what a site is of.
type siteKind uint8

const (
	inCategory siteKind = iota
	inGroup
	inVariant
)

// enter begins the site of an object that begins at an offset; what it gives
// ends the site.
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

// note remembers where the value stands that is read next.
func (p *parser) note() {
	if p.sites == nil || p.sites.current == nil {
		return
	}
	p.peek()
	s := p.sites.current
	s.members = append(s.members, member{p.intern([]byte(pathOf(p.path[s.depth:]))), p.pos})
}

// find returns the member with a path, else the nearest around it that there
// is, else the whole.
func (s *Site) find(path string) (fullPath string, offset int) {
	for {
		for _, m := range s.members {
			if m.path == path {
				return s.path + "." + path, m.offset
			}
		}
		// A language of the replaced application's file.
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
