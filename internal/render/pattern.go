package render

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/unicode/bidi"
)

// noBreak joins a number with its unit, so that no line ends between them.
const noBreak = "\u00a0"

// A pattern is a text with numbered places, "{0} per {1}", taken apart once.
type pattern struct {
	parts []part
}

// A part is literal text, or the place of an argument where literal is empty.
type part struct {
	literal string
	arg     int
}

// parsePattern takes s apart. A place is one digit in braces; any other brace
// is text.
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

// UnmarshalText makes pattern a member of the vocabulary's JSON.
func (p *pattern) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		return fmt.Errorf("empty text")
	}
	*p = parsePattern(string(b))
	return nil
}

// constant is the whole text of a pattern without places.
func (p pattern) constant() (string, bool) {
	switch len(p.parts) {
	case 0:
		return "", true
	case 1:
		return p.parts[0].literal, p.parts[0].literal != ""
	}
	return "", false
}

// text fills the places. One without an argument stays visible.
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

// A measure is a pattern whose number never stands on another line than its
// unit: a space beside a place is a no-break space. The files hold plain
// spaces, which editors show and keep.
type measure struct{ pattern }

// UnmarshalText makes measure a member of the vocabulary's JSON.
func (m *measure) UnmarshalText(b []byte) error {
	s := strings.ReplaceAll(string(b), "} ", "}"+noBreak)
	s = strings.ReplaceAll(s, " {", noBreak+"{")
	return m.pattern.UnmarshalText([]byte(s))
}

// categories are the plural categories of CLDR by the name that the files use.
var categories = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two,
	"few": plural.Few, "many": plural.Many, "other": plural.Other,
}

// direction is that of the first strong character of s (UAX #9, rule P2), or
// "" where there is none.
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

// asWritten is a text that the language has no words for: it keeps the
// direction of its own script.
func asWritten(s string) Isolate {
	if dir := direction(s); dir != "" {
		return Isolate{Text: s, Dir: dir}
	}
	return Isolate{Text: s, Dir: "ltr"}
}
