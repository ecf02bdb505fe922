package pagecache

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxParams is the maximum number of query parameters of a route.
const maxParams = 8

// Address holds the parts of a request that a cached page may depend on: the
// wildcards of its path and the query parameters that its route declares. It
// does not expose headers, cookies, the host or undeclared parameters.
type Address struct {
	path   func(string) string
	names  []string
	values [maxParams]string
}

// Path returns the value of a path wildcard, or "" if there is none of that
// name.
func (a *Address) Path(name string) string { return a.path(name) }

// Query returns the first value of a declared query parameter, as valid UTF-8,
// or "" if the parameter is absent or not declared.
func (a *Address) Query(name string) string {
	for i, n := range a.names {
		if n == name {
			return a.values[i]
		}
	}
	return ""
}

// addressOf returns the address of a request. names are the declared query
// parameters.
func addressOf(r *http.Request, names []string) Address {
	a := Address{path: r.PathValue, names: names}
	a.parse(r.URL.RawQuery)
	return a
}

// parse records the first well-formed value of each declared parameter.
func (a *Address) parse(query string) {
	if len(a.names) == 0 || query == "" {
		return
	}
	var seen [maxParams]bool
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(pair, "=")
		name, ok := unescape(name)
		if !ok {
			continue
		}
		i := slices.Index(a.names, name)
		if i < 0 || seen[i] {
			continue
		}
		if value, ok = unescape(value); ok {
			a.values[i], seen[i] = value, true
		}
	}
}

// unescape decodes a name or value of a query and replaces invalid UTF-8. It
// reports false if the escaping is invalid.
func unescape(s string) (string, bool) {
	if strings.ContainsAny(s, "%+") {
		var err error
		if s, err = url.QueryUnescape(s); err != nil {
			return "", false
		}
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return s, true
}

// Param is a query parameter and its value.
type Param struct{ Name, Value string }

// Canonical returns path with a canonical query: parameters sorted by name and
// escaped as by url.QueryEscape. Parameters with an empty value are omitted, so
// callers pass "" for a default value. Canonical sorts params in place.
func Canonical(path string, params ...Param) string {
	n := len(path)
	for _, p := range params {
		if p.Value != "" {
			n += len(p.Name) + len(p.Value) + 2
		}
	}
	if n == len(path) {
		return path
	}
	slices.SortStableFunc(params, func(a, b Param) int { return strings.Compare(a.Name, b.Name) })
	var b strings.Builder
	b.Grow(n)
	b.WriteString(path)
	sep := byte('?')
	for _, p := range params {
		if p.Value == "" {
			continue
		}
		b.WriteByte(sep)
		b.WriteString(url.QueryEscape(p.Name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(p.Value))
		sep = '&'
	}
	return b.String()
}
