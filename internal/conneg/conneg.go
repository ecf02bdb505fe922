// Package conneg evaluates the header fields with which a client chooses
// among the representations of one resource: Accept-Encoding and
// If-None-Match. Both pages and static files use it.
//
// Fields are slices of field lines, as in net/http, which together form one list
// (RFC 9110, section 5.3).
package conneg

import "strings"

// A Coding is a content coding (RFC 9110, section 8.4.1). Lower values are
// preferred.
type Coding uint8

const (
	Brotli Coding = iota
	Gzip
	Identity
	NumCodings // number of codings
)

// String returns the registered name of the coding.
func (c Coding) String() string {
	return [...]string{"br", "gzip", "identity"}[c]
}

// Codings is a set of codings. Identity is in every set.
type Codings uint8

// With returns the set with c added.
func (s Codings) With(c Coding) Codings { return s | 1<<c }

// has reports whether c is in the set.
func (s Codings) has(c Coding) bool { return c == Identity || s&(1<<c) != 0 }

const ows = " \t"

// Negotiate returns the best available coding for a client that sent these lines
// of Accept-Encoding (RFC 9110, section 12.5.3): the one with the highest weight,
// and among equals the most preferred. Identity is acceptable if it is not
// listed, but then comes last. Without the field Negotiate returns Identity,
// because the client may not support any coding.
//
// Negotiate ignores elements that do not have the form "codings [ weight ]",
// such as "gzip;q=1;x=y", since the meaning of unknown parameters is unknown. If
// a coding is listed twice, the last weight counts.
//
// If the client accepts no available coding, Negotiate disregards the field, as
// the RFC allows, because an unreadable response is no worse than a 406. It
// returns Identity, or Gzip if the client rejects identity but does not mention
// gzip.
func Negotiate(lines []string, available Codings) Coding {
	const unnamed = -1
	weights := [NumCodings]int{unnamed, unnamed, unnamed}
	others := unnamed
	for _, line := range lines {
		for line != "" {
			var element string
			element, line, _ = strings.Cut(line, ",")
			name, weight, ok := parseElement(element)
			if !ok {
				continue
			}
			switch {
			case name == "*":
				others = weight
			case strings.EqualFold(name, "br"):
				weights[Brotli] = weight
			case strings.EqualFold(name, "gzip"), strings.EqualFold(name, "x-gzip"): // equivalent: section 8.4.1.3
				weights[Gzip] = weight
			case strings.EqualFold(name, "identity"):
				weights[Identity] = weight
			}
		}
	}
	chosen, best := Identity, 0
	for c := range NumCodings {
		if weights[c] == unnamed {
			weights[c] = others
		}
		if available.has(c) && weights[c] > best {
			chosen, best = c, weights[c]
		}
	}
	if best == 0 && weights[Identity] == 0 && weights[Gzip] == unnamed && available.has(Gzip) {
		return Gzip
	}
	return chosen
}

// parseElement splits "gzip;q=0.5" into its name and its weight in
// thousandths. ok reports whether the element is well-formed.
func parseElement(s string) (name string, weight int, ok bool) {
	name, parameter, weighted := strings.Cut(s, ";")
	name = strings.Trim(name, ows)
	if !weighted {
		return name, 1000, name != ""
	}
	parameter = strings.Trim(parameter, ows)
	if len(parameter) < 3 || !strings.EqualFold(parameter[:2], "q=") {
		return "", 0, false
	}
	weight, ok = parseWeight(parameter[2:])
	return name, weight, ok && name != ""
}

// parseWeight parses a non-empty qvalue (RFC 9110, section 12.4.2) and returns it
// in thousandths.
func parseWeight(s string) (int, bool) {
	if len(s) > 5 || s[0] != '0' && s[0] != '1' || len(s) > 1 && s[1] != '.' {
		return 0, false
	}
	weight, unit := int(s[0]-'0')*1000, 100
	for i := 2; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		weight += int(s[i]-'0') * unit
		unit /= 10
	}
	return weight, weight <= 1000
}

// NoneMatch reports whether the lines of If-None-Match match an entity tag by
// weak comparison (RFC 9110, section 13.1.2), so that the response is a 304.
//
// A malformed field, such as "*" in a list, matches nothing: an unnecessary 200
// is harmless, while a wrong 304 is not.
func NoneMatch(lines []string, etag string) bool {
	if len(lines) == 1 && strings.Trim(lines[0], ows) == "*" {
		return true
	}
	opaque := strings.TrimPrefix(etag, "W/")
	found := false
	for _, line := range lines {
		for {
			line = strings.TrimLeft(line, ows+",") // elements may be empty: section 5.6.1
			if line == "" {
				break
			}
			var tag string
			var ok bool
			if tag, line, ok = cutTag(line); !ok {
				return false
			}
			found = found || tag == opaque
			if line = strings.TrimLeft(line, ows); line != "" && line[0] != ',' {
				return false
			}
		}
	}
	return found
}

// cutTag cuts an entity tag from the front of s and returns it without the W/
// prefix (RFC 9110, section 8.8.3).
func cutTag(s string) (opaque, rest string, ok bool) {
	s = strings.TrimPrefix(s, "W/")
	if s == "" || s[0] != '"' {
		return "", "", false
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return s[:i+1], s[i+1:], true
		case c <= ' ' || c == 0x7f:
			return "", "", false
		}
	}
	return "", "", false
}
