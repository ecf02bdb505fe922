package conneg

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// table reads a table of testdata. Pages and static files are tested with the same
// tables.
func table[T any](t testing.TB, name string) (cases []T) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &cases); err != nil || len(cases) == 0 {
		t.Fatalf("%s: %d cases, %v", name, len(cases), err)
	}
	return cases
}

type negotiation struct {
	Available, Lines []string
	Want             string
}

func (n negotiation) available(t testing.TB) (set Codings) {
	t.Helper()
	for _, name := range n.Available {
		switch name {
		case "br":
			set = set.With(Brotli)
		case "gzip":
			set = set.With(Gzip)
		default:
			t.Fatalf("coding %q cannot be unavailable", name)
		}
	}
	return set
}

func TestNegotiate(t *testing.T) {
	for _, c := range table[negotiation](t, "accept-encoding.json") {
		if got := Negotiate(c.Lines, c.available(t)).String(); got != c.Want {
			t.Errorf("Accept-Encoding %q with %q: %s, want %s", c.Lines, c.Available, got, c.Want)
		}
	}
}

type match struct {
	Lines []string
	Want  bool
}

func TestNoneMatch(t *testing.T) {
	for _, c := range table[match](t, "if-none-match.json") {
		for _, etag := range []string{`"TAG"`, `W/"TAG"`} {
			if got := NoneMatch(c.Lines, etag); got != c.Want {
				t.Errorf("If-None-Match %q of %s: %v, want %v", c.Lines, etag, got, c.Want)
			}
		}
	}
}

// Negotiation does not allocate, however many lines a client sends, because every
// request is negotiated.
func TestNothingIsAllocated(t *testing.T) {
	lines := make([]string, 1000)
	for i := range lines {
		lines[i] = `"x"`
	}
	if n := testing.AllocsPerRun(100, func() {
		Negotiate(lines, 0)
		NoneMatch(lines, `"y"`)
	}); n != 0 {
		t.Errorf("%.1f allocations", n)
	}
}

// sets lists all possible sets of codings.
var sets = []Codings{
	0,
	Codings(0).With(Brotli),
	Codings(0).With(Gzip),
	Codings(0).With(Brotli).With(Gzip),
}

var grammarElement = regexp.MustCompile("^[ \\t]*([-!#$%&'*+.^_`|~0-9A-Za-z]+)(?:[ \\t]*;[ \\t]*[qQ]=(0(?:\\.[0-9]{0,3})?|1(?:\\.0{0,3})?))?[ \\t]*$")

// slowly is a second implementation of Negotiate that follows RFC 9110 literally.
func slowly(field string, available Codings) Coding {
	said := map[string]float64{}
	for element := range strings.SplitSeq(field, ",") {
		if m := grammarElement.FindStringSubmatch(element); m != nil {
			q := 1.0
			if m[2] != "" {
				q, _ = strconv.ParseFloat(m[2], 64)
			}
			name := strings.ToLower(m[1])
			if name == "x-gzip" {
				name = "gzip"
			}
			said[name] = q
		}
	}
	weight := func(c Coding) (q float64, named bool) {
		if q, named = said[c.String()]; !named {
			q, named = said["*"]
		}
		return q, named
	}
	chosen, best := Identity, 0.0
	for _, c := range []Coding{Identity, Gzip, Brotli} {
		if q, _ := weight(c); available.has(c) && q >= best && q > 0 {
			chosen, best = c, q
		}
	}
	_, gzipNamed := weight(Gzip)
	if q, named := weight(Identity); named && q == 0 && best == 0 && !gzipNamed && available.has(Gzip) {
		return Gzip
	}
	return chosen
}

func FuzzNegotiate(f *testing.F) {
	for _, c := range table[negotiation](f, "accept-encoding.json") {
		f.Add(strings.Join(c.Lines, ","))
	}
	f.Add("\x00;q=\xff")
	f.Fuzz(func(t *testing.T, field string) {
		for _, available := range sets {
			got := Negotiate([]string{field}, available)
			if want := slowly(field, available); got != want {
				t.Errorf("%q of %b: %s, want %s", field, available, got, want)
			}
			if !available.has(got) {
				t.Errorf("%q of %b: %s is not available", field, available, got)
			}
			if lines := Negotiate(strings.Split(field, ","), available); lines != got {
				t.Errorf("%q of %b: %s, as lines %s", field, available, got, lines)
			}
			if again := Negotiate([]string{field, "unknown, ;q=0,deflate;q=1"}, available); again != got {
				t.Errorf("%q of %b: %s, with unknown codings %s", field, available, got, again)
			}
		}
	})
}

const grammarTag = `(?:W/)?"[^"\x00-\x20\x7f]*"`

var (
	grammarTags = regexp.MustCompile(`^[ \t,]*(?:` + grammarTag + `[ \t]*(?:,[ \t,]*|$))*$`)
	tags        = regexp.MustCompile(grammarTag)
)

func FuzzNoneMatch(f *testing.F) {
	const tag = `W/"TAG"`
	for _, c := range table[match](f, "if-none-match.json") {
		f.Add(strings.Join(c.Lines, ","))
	}
	f.Add(strings.Repeat(`"x",`, 1000))
	f.Add("\"\xff\"," + tag)
	f.Fuzz(func(t *testing.T, field string) {
		got := NoneMatch([]string{field}, tag)
		want := strings.Trim(field, " \t") == "*"
		if grammarTags.MatchString(field) {
			for _, found := range tags.FindAllString(field, -1) {
				want = want || strings.TrimPrefix(found, "W/") == tag[2:]
			}
		}
		if got != want {
			t.Errorf("%q: %v, want %v", field, got, want)
		}
		if NoneMatch([]string{field}, tag[2:]) != got {
			t.Errorf("%q: weak and strong differ", field)
		}
		if one, two := NoneMatch([]string{`"x",` + field}, tag), NoneMatch([]string{`"x"`, field}, tag); one != two {
			t.Errorf("%q: %v in one line, %v in two", field, one, two)
		}
	})
}
