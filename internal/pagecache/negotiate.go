package pagecache

import (
	"strings"
)

// encoding is a content coding that pages are stored in.
type encoding uint8

const (
	identity encoding = iota
	gzipped
	brotlied
	encodings
)

// negotiate picks the best content coding that an Accept-Encoding field
// allows: the greatest quality value, and among equals Brotli, gzip,
// identity (RFC 9110, section 12.5.3). When the field rules out everything
// that we have it is disregarded in favour of gzip if it rules out identity,
// and of identity otherwise: a page is better than a refusal.
func negotiate(accept string) encoding {
	const unset = -1
	quality := [encodings]int{unset, unset, unset}
	others := unset
	for accept != "" {
		var item string
		item, accept, _ = strings.Cut(accept, ",")
		name, parameters, _ := strings.Cut(item, ";")
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		q, ok := parseQuality(parameters)
		if !ok {
			continue
		}
		switch {
		case strings.EqualFold(name, "br"):
			quality[brotlied] = q
		case strings.EqualFold(name, "gzip"), strings.EqualFold(name, "x-gzip"):
			quality[gzipped] = q
		case strings.EqualFold(name, "identity"):
			quality[identity] = q
		case name == "*":
			others = q
		}
	}
	best, bestQuality := identity, 0
	for _, e := range [...]encoding{brotlied, gzipped, identity} {
		q := quality[e]
		if q == unset {
			if q = others; q == unset && e == identity {
				q = 1 // acceptable unless ruled out, but the last choice
			}
		}
		if q > bestQuality {
			best, bestQuality = e, q
		}
	}
	if bestQuality == 0 && (quality[identity] == 0 || quality[identity] == unset && others == 0) && quality[gzipped] != 0 && others != 0 {
		return gzipped
	}
	return best
}

// parseQuality reads the weight among a member's parameters, in thousandths
// (RFC 9110, section 12.4.2). A member with a malformed weight is ignored.
func parseQuality(parameters string) (int, bool) {
	for parameters != "" {
		var p string
		p, parameters, _ = strings.Cut(parameters, ";")
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		value = strings.TrimSpace(value)
		if value == "" || len(value) > 5 || value[0] != '0' && value[0] != '1' || len(value) > 1 && value[1] != '.' {
			return 0, false
		}
		q, scale := 0, 100
		for _, c := range value[min(2, len(value)):] {
			if c < '0' || c > '9' {
				return 0, false
			}
			q += int(c-'0') * scale
			scale /= 10
		}
		if value[0] == '1' {
			if q != 0 {
				return 0, false
			}
			q = 1000
		}
		return q, true
	}
	return 1000, true
}

// noneMatch evaluates an If-None-Match field against an entity tag by weak
// comparison (RFC 9110, sections 13.1.2 and 8.8.3.2). It reports whether the
// condition is false, that is, whether the client has the page.
func noneMatch(field, etag string) bool {
	opaque := strings.TrimPrefix(etag, "W/")
	for {
		field = strings.TrimLeft(field, " \t,")
		if field == "" {
			return false
		}
		if field[0] == '*' {
			return strings.TrimRight(field[1:], " \t") == ""
		}
		field = strings.TrimPrefix(field, "W/")
		if field == "" || field[0] != '"' {
			return false
		}
		end := strings.IndexByte(field[1:], '"')
		if end < 0 {
			return false
		}
		if field[:end+2] == opaque {
			return true
		}
		field = field[end+2:]
	}
}

// validETag reports whether s is one weak entity tag.
func validETag(s string) bool {
	s, ok := strings.CutPrefix(s, `W/"`)
	if !ok {
		return false
	}
	s, ok = strings.CutSuffix(s, `"`)
	return ok && s != "" && !strings.Contains(s, `"`)
}
