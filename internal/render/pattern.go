package render

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/unicode/bidi"
)

// noBreak is the no-break space, which keeps a number and its unit on one line.
const noBreak = "\u00a0"

// A pattern is a parsed text with placeholders, "{0} per {1}".
type pattern struct {
	parts []part
}

// A part is literal text or, if literal is empty, the placeholder of an
// argument.
type part struct {
	literal string
	arg     int
}

// parsePattern parses s. A placeholder is one digit in braces; any other brace
// is literal.
func parsePattern(s string) pattern {
	var p pattern
	rest := s
	for at := 0; at < len(rest); {
		if isPlace(rest[at:]) {
			if at > 0 {
				p.parts = append(p.parts, part{literal: rest[:at]})
			}
			p.parts = append(p.parts, part{arg: int(rest[at+1] - '0')})
			rest, at = rest[at+3:], 0
			continue
		}
		at++
	}
	if rest != "" {
		p.parts = append(p.parts, part{literal: rest})
	}
	return p
}

func isPlace(s string) bool {
	return len(s) >= 3 && s[0] == '{' && '0' <= s[1] && s[1] <= '9' && s[2] == '}'
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (p *pattern) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		return fmt.Errorf("empty text")
	}
	*p = parsePattern(string(b))
	return nil
}

// constant returns the text of a pattern without placeholders.
func (p pattern) constant() (string, bool) {
	switch len(p.parts) {
	case 0:
		return "", true
	case 1:
		return p.parts[0].literal, p.parts[0].literal != ""
	}
	return "", false
}

// text replaces the placeholders with args. Placeholders without an argument
// stay visible.
func (p pattern) text(args ...string) string {
	if s, ok := p.constant(); ok {
		return s
	}
	var b strings.Builder
	for _, part := range p.parts {
		switch {
		case part.literal != "":
			b.WriteString(part.literal)
		case part.arg < len(args):
			b.WriteString(args[part.arg])
		default:
			fmt.Fprintf(&b, "{%d}", part.arg)
		}
	}
	return b.String()
}

// A measure is a pattern that keeps a number and its unit on one line: spaces
// next to placeholders become no-break spaces. The files have plain spaces,
// which are easier to edit.
type measure struct{ pattern }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (m *measure) UnmarshalText(b []byte) error {
	s := strings.ReplaceAll(string(b), "} ", "}"+noBreak)
	s = strings.ReplaceAll(s, " {", noBreak+"{")
	return m.pattern.UnmarshalText([]byte(s))
}

// categories maps the names of CLDR's plural categories to their forms.
var categories = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two,
	"few": plural.Few, "many": plural.Many, "other": plural.Other,
}

// direction returns the direction of the first strong character of s (UAX #9,
// rule P2), "ltr" or "rtl", or "" if there is none.
func direction(s string) string {
	for len(s) > 0 {
		p, size := bidi.LookupString(s)
		if size == 0 {
			_, size = utf8.DecodeRuneInString(s)
		} else {
			switch p.Class() {
			case bidi.L:
				return "ltr"
			case bidi.R, bidi.AL:
				return "rtl"
			}
		}
		s = s[size:]
	}
	return ""
}

// asWritten returns an untranslated text with the direction of its own script.
func asWritten(s string) Isolate {
	if dir := direction(s); dir != "" {
		return Isolate{Text: s, Dir: dir}
	}
	return Isolate{Text: s, Dir: "ltr"}
}
