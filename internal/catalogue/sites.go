package catalogue

import "strings"

// sites tells where in its file everything of a catalogue stands, in the
// catalogue's order. It is kept for a check and not for serving.
type sites struct {
	old                          bool // the file is one of the replaced application
	categories, groups, variants []site
	current                      *site
}

// site is where a category, group or variant stands, with its members.
type site struct {
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
	s := &site{path: pathOf(p.path[:depth]), depth: depth, offset: offset}
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

// find gives the member with a path, else the nearest around it that there
// is, else the whole.
func (s *site) find(path string) (fullPath string, offset int) {
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

func (s *site) has(path string) bool {
	for _, m := range s.members {
		if m.path == path {
			return true
		}
	}
	return false
}
