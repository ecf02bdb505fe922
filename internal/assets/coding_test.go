package assets

import (
	"slices"
	"strings"
	"testing"
)

func TestNegotiate(t *testing.T) {
	all := [codings]bool{br: true, gz: true, identity: true}
	noBr := [codings]bool{gz: true, identity: true}
	plain := [codings]bool{identity: true}
	for _, c := range []struct {
		has    [codings]bool
		accept []string
		want   string // "" where nothing is acceptable
	}{
		{all, nil, "identity"},
		{all, []string{""}, "identity"},
		{all, []string{"br"}, "br"},
		{all, []string{"gzip"}, "gzip"},
		{all, []string{"GZip"}, "gzip"},
		{all, []string{"x-gzip"}, "gzip"},
		{all, []string{"gzip, deflate, br, zstd"}, "br"},
		{all, []string{"gzip", "br"}, "br"}, // two lines are one list
		{all, []string{"deflate, zstd"}, "identity"},
		{all, []string{"gzip;q=1.0, br;q=0.8"}, "gzip"},
		{all, []string{"gzip;q=0.001, br;q=0.002"}, "br"},
		{all, []string{"gzip;q=0"}, "identity"},
		{all, []string{"gzip;q=0, br;q=0.000"}, "identity"},
		{all, []string{"br;q=0, gzip"}, "gzip"},
		{all, []string{"identity"}, "identity"},
		{all, []string{"identity, gzip;q=0.5"}, "identity"},
		{all, []string{"identity;q=0.5, gzip;q=0.6"}, "gzip"},
		{all, []string{"gzip;q=0.1"}, "gzip"}, // identity, not named, comes last
		{all, []string{"*"}, "br"},
		{all, []string{"*, br;q=0"}, "gzip"},
		{all, []string{"*;q=0.5, gzip"}, "gzip"},
		{all, []string{"*;q=0"}, ""},
		{all, []string{"*;q=0, gzip"}, "gzip"},
		{all, []string{"*;q=0, identity;q=0.1"}, "identity"},
		{all, []string{"identity;q=0"}, ""},
		{all, []string{"identity;q=0, gzip"}, "gzip"},
		{all, []string{" gzip ; q=0.5 ,\tbr ;Q=0.4"}, "gzip"},
		{all, []string{",,gzip,,"}, "gzip"},
		// What the grammar does not allow is not there.
		{all, []string{"gzip;q=2"}, "identity"},
		{all, []string{"gzip;q=1.001"}, "identity"},
		{all, []string{"gzip;q=0.5000"}, "identity"},
		{all, []string{"gzip;q=-1"}, "identity"},
		{all, []string{"gzip;q="}, "identity"},
		{all, []string{"gzip;q=a"}, "identity"},
		{all, []string{"gzip;q=1;x=y"}, "identity"},
		{all, []string{"gzip;level=9"}, "identity"},
		{all, []string{"gzip;"}, "identity"},
		{all, []string{";q=1"}, "identity"},
		{all, []string{"brotli, gzipped"}, "identity"},

		{noBr, []string{"br, gzip;q=0.2"}, "gzip"},
		{noBr, []string{"br"}, "identity"},
		{plain, []string{"br, gzip"}, "identity"},
		{plain, []string{"br, gzip, identity;q=0"}, ""},
		{plain, []string{"br, *;q=0"}, ""},
	} {
		coding, ok := negotiate(c.accept, c.has)
		got := ""
		if ok {
			got = codingNames[coding]
		}
		if got != c.want {
			t.Errorf("Accept-Encoding %q with %v: %q, want %q", c.accept, c.has, got, c.want)
		}
	}
}

// Whatever a client sends, it gets what the file has, and nothing that it
// refused by name.
func FuzzNegotiate(f *testing.F) {
	for _, s := range []string{"", "br, gzip", "gzip;q=0", "*;q=0", "identity;q=0, br;q=0.5", ";;;,=,q", "*;q=1.000, br;q=0"} {
		f.Add(s, true, true)
	}
	f.Fuzz(func(t *testing.T, accept string, hasBr, hasGz bool) {
		has := [codings]bool{br: hasBr, gz: hasGz, identity: true}
		chosen, ok := negotiate([]string{accept}, has)
		if !has[chosen] {
			t.Fatalf("%q: %s, which there is not", accept, codingNames[chosen])
		}
		refused := func(name string) bool {
			weight := -1
			for element := range strings.SplitSeq(accept, ",") {
				if n, w, ok := parseElement(element); ok && strings.EqualFold(n, name) {
					weight = w
				}
			}
			return weight == 0
		}
		if ok && refused(codingNames[chosen]) && !(chosen == gz && strings.Contains(strings.ToLower(accept), "x-gzip")) {
			t.Errorf("%q: %s was refused", accept, codingNames[chosen])
		}
		if !ok && !refused("identity") && !refused("*") {
			t.Errorf("%q: nothing is acceptable, but identity was not refused", accept)
		}
		// Lines are one list.
		if c, again := negotiate(strings.Split(accept, ","), has); c != chosen || again != ok {
			t.Errorf("%q: %v, as lines %v", accept, chosen, c)
		}
		elements := strings.Split(accept, ",")
		if !strings.Contains(accept, ";") && !slices.Contains(elements, "identity") && chosen == identity && ok &&
			hasBr && slices.Contains(elements, "br") {
			t.Errorf("%q: br was not taken", accept)
		}
	})
}

func FuzzMatches(f *testing.F) {
	f.Add(`"a", W/"b"`, `"b"`)
	f.Add(`*`, `"b"`)
	f.Fuzz(func(t *testing.T, line, etag string) {
		got := matches([]string{line}, etag)
		if got && !strings.Contains(line, etag) && !strings.Contains(line, "*") {
			t.Errorf("%q matches %q", line, etag)
		}
	})
}
