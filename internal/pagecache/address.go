package pagecache

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxParams bounds the parameters that a route may declare.
const maxParams = 8

// Address is all that a cached page may learn of a request: the named parts
// of its path and the parameters that its route declares. There is no way
// from here to a header, a cookie, a host or an undeclared parameter.
type Address struct {
	path   func(string) string
	names  []string
	values [maxParams]string
}

// Path is a named part of the path; "" when there is none of that name.
func (a *Address) Path(name string) string { return a.path(name) }

// Query is the first value of a declared parameter, as valid UTF-8; "" when
// it is absent or not declared.
func (a *Address) Query(name string) string {
	for i, n := range a.names {
		if n == name {
			return a.values[i]
		}
	}
	return ""
}

// addressOf takes out of a request what a page may see of it.
func addressOf(r *http.Request, names []string) Address {
	a := Address{path: r.PathValue, names: names}
	a.parse(r.URL.RawQuery)
	return a
}

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

// unescape decodes one part of a query. One that is not properly escaped
// does not exist.
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

// Param is a parameter with the value that a page has for it.
type Param struct{ Name, Value string }

// Canonical is the one spelling of a path with parameters: sorted by name,
// without those that have no value, escaped in one way. Callers leave out
// default values by giving "".
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
