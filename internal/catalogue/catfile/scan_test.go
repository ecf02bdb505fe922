package catfile

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// accepts reports whether the scanner finds exactly one value and no syntax error.
func accepts(data []byte) bool {
	s := scanner{data: data}
	s.skip()
	s.peek()
	return !s.broken && s.pos == len(data)
}

// The scanner accepts the same JSON as encoding/json, except that it limits
// nesting.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0.5e+3,true,false,null,"x\n\u00e9\ud83d\ude00"]}`, `[]`, `{}`, `""`, `0`, `-`, `01`, `1.`, `1e`, `.5`, `+1`,
		`[1,]`, `{"a":1,}`, `{"a"}`, `{a:1}`, `"\x"`, `"\u12"`, "\"\n\"", `nul`, `nulll`, `[1 2]`, "\ufeff1", `{"a":1 "b":2}`, ` 1 `, `1 1`, "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !utf8.Valid(data) {
			// The scanner reports invalid UTF-8 but continues; check only that it
			// terminates.
			accepts(data)
			return
		}
		got, want := accepts(data), json.Valid(data)
		if got != want && strings.Count(string(data), "[")+strings.Count(string(data), "{") <= maxDepth {
			t.Errorf("%q: accepted %v, want %v", data, got, want)
		}
		// Strings are decoded as encoding/json decodes them.
		var s string
		if len(data) > 0 && data[0] == '"' && got && json.Unmarshal(data, &s) == nil {
			sc := scanner{data: data}
			if text := string(sc.stringBytes()); text != s {
				t.Errorf("%q: text %q, want %q", data, text, s)
			}
			if again := appendString(nil, s); json.Unmarshal(again, new(string)) != nil {
				t.Errorf("%q is encoded as %s", s, again)
			}
		}
	})
}

// Duplicate members are detected among few and among many.
func TestMembersTwice(t *testing.T) {
	for _, n := range []int{1, 13, 14, 15, 200} {
		var b strings.Builder
		for i := range n {
			b.WriteString(`"k`)
			b.WriteString(strings.Repeat("x", i))
			b.WriteString(`": 1, `)
		}
		s := scanner{data: []byte("{" + b.String() + `"k` + strings.Repeat("x", n/2) + `": 1}`)}
		s.skip()
		if len(s.faults) != 1 || s.broken {
			t.Errorf("%d members: faults %v", n, s.faults)
		}
	}
}
