package catfile

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"pharmacy/internal/catalogue"
)

// scanner is a pull parser for JSON in memory. Unlike encoding/json, it
// reports the place of every fault and detects duplicate members. It reads the
// input in one pass.
//
// After a syntax fault, scanning stops: peek returns 0 and the iterators over
// members and elements end. Other faults are recorded and scanning continues.
type scanner struct {
	data    []byte
	pos     int
	broken  bool
	path    []step
	faults  []Fault
	errors  bool // any fault, kept or dropped, has severity Error
	dropped int  // number of faults beyond maxFaults
}

// step is one element of a path: a member name, or an array index if key is
// nil.
type step struct {
	key   []byte
	index int
}

// maxDepth bounds the nesting of objects and arrays. It is far beyond what a
// catalogue needs.
const maxDepth = 32

// fault records a fault at an offset.
func (s *scanner) fault(severity Severity, rule string, offset int, format string, args ...any) {
	s.errors = s.errors || severity == Error
	if len(s.faults) >= maxFaults {
		s.dropped++
		return
	}
	s.faults = append(s.faults, Fault{Severity: severity, Rule: rule, Path: s.pathString(), Message: fmt.Sprintf(format, args...), offset: offset})
}

// syntax records a syntax fault at the current position and stops scanning.
func (s *scanner) syntax(format string, args ...any) {
	if s.broken {
		return
	}
	s.broken = true
	if s.pos >= len(s.data) {
		s.fault(Error, "syntax", len(s.data), "the file ends too early: it was cut off, or a closing bracket or quote is missing")
		return
	}
	s.fault(Error, "syntax", s.pos, format, args...)
}

func (s *scanner) pathString() string { return pathOf(s.path) }

func pathOf(path []step) string {
	var b []byte
	for _, st := range path {
		switch {
		case st.key == nil:
			b = append(b, '[')
			b = strconv.AppendInt(b, int64(st.index), 10)
			b = append(b, ']')
		case plainKey(st.key):
			if len(b) > 0 {
				b = append(b, '.')
			}
			b = append(b, st.key...)
		default:
			b = append(b, '[')
			b = strconv.AppendQuote(b, string(st.key[:min(len(st.key), 60)]))
			b = append(b, ']')
		}
	}
	return string(b)
}

func plainKey(k []byte) bool {
	for _, c := range k {
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return len(k) > 0 && len(k) <= catalogue.MaxIDLength
}

// peek skips white space and returns the first byte of the next token. It
// returns 0 at the end of the input and after a syntax fault.
func (s *scanner) peek() byte {
	if s.broken {
		return 0
	}
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\n', '\r', '\t':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// expect reports whether the next value begins with the given byte. If not,
// it records a fault and skips the value.
func (s *scanner) expect(begin byte, what string) bool {
	c := s.peek()
	if c == begin {
		return true
	}
	if kind := kindOf(c); kind != "" {
		s.fault(Error, "wrong-type", s.pos, "expected %s, found %s", what, kind)
	}
	s.skip()
	return false
}

// kindOf returns the name of the kind of value that begins with c, or "".
func kindOf(c byte) string {
	switch {
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '"':
		return "a string"
	case c == '-' || (c >= '0' && c <= '9'):
		return "a number"
	case c == 't' || c == 'f':
		return "true or false"
	case c == 'n':
		return "null"
	}
	return ""
}

// skip skips one value of any kind.
func (s *scanner) skip() {
	switch c := s.peek(); {
	case c == '{':
		for o := s.object(); o.next(); {
		}
	case c == '[':
		for a := s.array(); a.next(); {
		}
	case c == '"':
		s.stringBytes()
	case c == 't':
		s.literal("true")
	case c == 'f':
		s.literal("false")
	case c == 'n':
		s.literal("null")
	case c == '-' || (c >= '0' && c <= '9'):
		s.number()
	default:
		s.syntax("expected a value, found %s", s.here())
	}
}

// here returns the character at the current position, quoted.
func (s *scanner) here() string {
	r, size := utf8.DecodeRune(s.data[s.pos:])
	if r == utf8.RuneError && size <= 1 {
		return "a byte that is not UTF-8"
	}
	return strconv.QuoteRune(r)
}

func (s *scanner) literal(word string) {
	rest := s.data[s.pos:]
	if bytes.HasPrefix(rest, []byte(word)) {
		s.pos += len(word)
		return
	}
	if bytes.HasPrefix([]byte(word), rest) {
		s.pos = len(s.data)
	}
	s.syntax("expected %s", word)
}

// number scans a number and returns it as written. The next byte must be a
// digit or a minus sign.
func (s *scanner) number() []byte {
	start := s.pos
	at := func() byte {
		if s.pos < len(s.data) {
			return s.data[s.pos]
		}
		return 0
	}
	run := func() bool {
		from := s.pos
		for c := at(); c >= '0' && c <= '9'; c = at() {
			s.pos++
		}
		return s.pos > from
	}
	if at() == '-' {
		s.pos++
	}
	if at() == '0' {
		s.pos++
	} else if !run() {
		s.syntax("a number has no digits")
		return nil
	}
	if at() == '.' {
		s.pos++
		if !run() {
			s.syntax("a number has no digits after its point")
			return nil
		}
	}
	if c := at(); c == 'e' || c == 'E' {
		s.pos++
		if c := at(); c == '+' || c == '-' {
			s.pos++
		}
		if !run() {
			s.syntax("a number has no digits in its exponent")
			return nil
		}
	}
	return s.data[start:s.pos]
}

// stringBytes scans a string and returns its text, which aliases the input if
// the string has no escapes. The next byte must be a quote.
func (s *scanner) stringBytes() []byte {
	start := s.pos
	s.pos++
	from := s.pos
	ascii := true
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			text := s.data[from:s.pos]
			s.pos++
			if !ascii && !utf8.Valid(text) {
				s.fault(Error, "encoding", start, "the text is not UTF-8: save the file as UTF-8")
				return bytes.ToValidUTF8(text, []byte("\ufffd"))
			}
			return text
		case c == '\\':
			return s.escaped(start, from)
		case c < ' ':
			s.syntax("invalid character %s in a string: write \\n or close the string", s.here())
			return nil
		default:
			ascii = ascii && c < utf8.RuneSelf
			s.pos++
		}
	}
	s.syntax("")
	return nil
}

// escaped scans the rest of a string from its first backslash. start is the
// offset of its quote, from that of its text.
func (s *scanner) escaped(start, from int) []byte {
	text := bytes.Clone(s.data[from:s.pos])
	unpaired := false // surrogate
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		switch {
		case c == '"':
			s.pos++
			if unpaired {
				s.fault(Warning, "encoding", start, "unpaired surrogate in the text is shown as \ufffd: write the character itself")
			}
			if !utf8.Valid(text) {
				s.fault(Error, "encoding", start, "the text is not UTF-8: save the file as UTF-8")
				return bytes.ToValidUTF8(text, []byte("\ufffd"))
			}
			return text
		case c < ' ':
			s.syntax("invalid character %s in a string: write \\n or close the string", s.here())
			return nil
		case c != '\\':
			text = append(text, c)
			s.pos++
			continue
		}
		s.pos++
		if s.pos >= len(s.data) {
			break
		}
		switch c := s.data[s.pos]; c {
		case '"', '\\', '/':
			text = append(text, c)
		case 'b':
			text = append(text, '\b')
		case 'f':
			text = append(text, '\f')
		case 'n':
			text = append(text, '\n')
		case 'r':
			text = append(text, '\r')
		case 't':
			text = append(text, '\t')
		case 'u':
			r, ok := s.hex(s.pos + 1)
			if !ok {
				return nil
			}
			if utf16.IsSurrogate(r) {
				low := rune(-1)
				if next := s.pos + 5; next+1 < len(s.data) && s.data[next] == '\\' && s.data[next+1] == 'u' {
					if low, ok = s.hex(next + 2); !ok {
						return nil
					}
				}
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					r = pair
					s.pos += 6
				} else {
					r, unpaired = utf8.RuneError, true
				}
			}
			text = utf8.AppendRune(text, r)
			s.pos += 4
		default:
			s.syntax("invalid escape \\ before %s: write \\\\ for a backslash", s.here())
			return nil
		}
		s.pos++
	}
	s.syntax("")
	return nil
}

// hex parses the four digits of a \u escape at an offset.
func (s *scanner) hex(at int) (rune, bool) {
	if at+4 > len(s.data) {
		s.pos = len(s.data)
		s.syntax("")
		return 0, false
	}
	var r rune
	for i, c := range s.data[at : at+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			s.pos = at + i
			s.syntax("\\u needs four hexadecimal digits")
			return 0, false
		}
	}
	return r, true
}

// open enters an object or array.
func (s *scanner) open() {
	if len(s.path) >= maxDepth {
		s.syntax("objects and arrays nested more than %d deep", maxDepth)
	}
	s.pos++
	s.path = append(s.path, step{})
}

// close leaves an object or array.
func (s *scanner) close() {
	s.pos++
	s.path = s.path[:len(s.path)-1]
}

// object returns an iterator over the members of an object. The next byte
// must be its opening brace.
func (s *scanner) object() object {
	o := object{s: s}
	o.depth = len(s.path)
	s.open()
	return o
}

// object is an iterator over the members of an object.
type object struct {
	s     *scanner
	depth int
	key   []byte // name of the current member
	at    int    // offset of the name
	value int    // offset of the value
	seen  keySet
	begun bool
}

// next advances to the value of the next member and reports whether there is
// one. It skips the previous value if that has not been read.
func (o *object) next() bool {
	s := o.s
	if o.begun && !s.broken && s.pos == o.value {
		s.skip()
	}
	c := s.peek()
	if s.broken {
		return false
	}
	// Faults from here on concern the object, not its last member.
	s.path = s.path[:o.depth]
	switch {
	case c == '}':
		s.path = s.path[:o.depth+1]
		s.close()
		return false
	case !o.begun:
		o.begun = true
	case c == ',':
		s.pos++
		c = s.peek()
		if c == '}' {
			s.syntax("trailing comma before the closing brace: remove it")
			return false
		}
	default:
		s.syntax("expected a comma or a closing brace")
		return false
	}
	if c != '"' {
		s.syntax("expected a member name in quotes")
		return false
	}
	o.at = s.pos
	o.key = s.stringBytes()
	if s.broken {
		return false
	}
	s.path = append(s.path, step{key: o.key})
	if o.key == nil {
		s.path[o.depth].key = []byte{}
	}
	if s.peek() != ':' {
		s.syntax("expected a colon after the member name")
		return false
	}
	s.pos++
	s.peek()
	o.value = s.pos
	if !o.seen.add(o.key) {
		s.fault(Error, "duplicate-member", o.at, "duplicate member: remove one")
	}
	return true
}

// keySet is a set of names, optimized for few of them.
type keySet struct {
	few  [14][]byte
	n    int
	many map[string]struct{}
}

// add adds a name and reports whether it is new.
func (k *keySet) add(name []byte) bool {
	if k.many != nil {
		_, found := k.many[string(name)]
		k.many[string(name)] = struct{}{}
		return !found
	}
	for _, other := range k.few[:k.n] {
		if bytes.Equal(other, name) {
			return false
		}
	}
	if k.n < len(k.few) {
		k.few[k.n] = name
		k.n++
		return true
	}
	k.many = make(map[string]struct{}, 64)
	for _, other := range k.few {
		k.many[string(other)] = struct{}{}
	}
	k.many[string(name)] = struct{}{}
	return true
}

// has reports whether the name is in the set.
func (k *keySet) has(name string) bool {
	if k.many != nil {
		_, found := k.many[name]
		return found
	}
	return slices.ContainsFunc(k.few[:k.n], func(b []byte) bool { return string(b) == name })
}

// array returns an iterator over the elements of an array. The next byte must
// be its opening bracket.
func (s *scanner) array() array {
	a := array{s: s, index: -1, depth: len(s.path)}
	s.open()
	return a
}

// array is an iterator over the elements of an array.
type array struct {
	s     *scanner
	depth int
	index int // of the current element
	value int // its offset
}

// next advances to the next element and reports whether there is one. It
// skips the previous element if that has not been read.
func (a *array) next() bool {
	s := a.s
	if a.index >= 0 && !s.broken && s.pos == a.value {
		s.skip()
	}
	c := s.peek()
	if s.broken {
		return false
	}
	s.path = s.path[:a.depth]
	switch {
	case c == ']':
		s.path = s.path[:a.depth+1]
		s.close()
		return false
	case a.index < 0:
	case c == ',':
		s.pos++
		if s.peek() == ']' {
			s.syntax("trailing comma before the closing bracket: remove it")
			return false
		}
	default:
		s.syntax("expected a comma or a closing bracket")
		return false
	}
	a.index++
	s.path = append(s.path, step{index: a.index})
	s.peek()
	a.value = s.pos
	return true
}

// end records a fault if anything but white space follows.
func (s *scanner) end() {
	if s.peek(); !s.broken && s.pos < len(s.data) {
		s.fault(Error, "syntax", s.pos, "unexpected data after the end of the catalogue: remove it")
	}
}
