package catfile

import (
	"reflect"
	"testing"

	"pharmacy/internal/catalogue"
)

func TestPlainNumber(t *testing.T) {
	tests := map[string]string{
		"22.44": "22.44", "1e2": "100", "1.5E+1": "15", "12345e-3": "12.345", "5e-1": "0.5", "1.50e0": "1.5",
		"1.2345e1": "12.345", "1e-3": "0.001", "1e400": "1e400", "-1e2": "-1e2", "10e-1": "1",
	}
	for in, want := range tests {
		if got := plainNumber(in); got != want {
			t.Errorf("plainNumber(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestText(t *testing.T) {
	tests := []struct {
		json           string // with the languages in output order
		fa, en, de     string
		hasFa, hasZero bool
	}{
		{`{"en":"Zinc","fa":"روی"}`, "روی", "Zinc", "Zinc", true, false},
		{`{"tr":"Çinko","ar":"زنك"}`, "Çinko", "Çinko", "Çinko", false, false},
		{`{"en":"Zinc","tr":"Çinko"}`, "Zinc", "Zinc", "Zinc", false, false},
		{`"Zinc"`, "Zinc", "Zinc", "Zinc", true, false},
		{`""`, "", "", "", false, true},
	}
	for _, test := range tests {
		text, err := parseText(test.json)
		if err != nil {
			t.Errorf("%s: %v", test.json, err)
			continue
		}
		if text.In("fa") != test.fa || text.In("en") != test.en || text.In("de") != test.de || text.Has("fa") != test.hasFa || text.IsZero() != test.hasZero {
			t.Errorf("%s: fa %q, en %q, de %q, has fa %v, zero %v", test.json, text.In("fa"), text.In("en"), text.In("de"), text.Has("fa"), text.IsZero())
		}
		if again := string(appendText(nil, text)); again != test.json {
			t.Errorf("%s is encoded as %s", test.json, again)
		}
	}
	turned, err := parseText(`{"ku":"Zînk","de":"Zink","tr":"Çinko","en":"Zinc"}`)
	if err != nil {
		t.Fatal(err)
	}
	if b := string(appendText(nil, turned)); b != `{"en":"Zinc","tr":"Çinko","de":"Zink","ku":"Zînk"}` {
		t.Errorf("languages in another order are encoded as %s", b)
	}
	text := inLanguages("en", "Zinc", "fa", "روی")
	got := map[string]string{}
	for lang, s := range text.All() {
		got[lang] = s
	}
	if want := map[string]string{"en": "Zinc", "fa": "روی"}; !reflect.DeepEqual(got, want) {
		t.Errorf("All: %v", got)
	}
	for _, bad := range []string{`7`, `["x"]`, `{"en":7}`} {
		if _, err := parseText(bad); err == nil {
			t.Errorf("%s: accepted as a text", bad)
		}
	}
}

// parseText parses a text as written in a file.
func parseText(json string) (catalogue.Text, error) {
	p := newParser([]byte(json))
	text := p.text()
	p.end()
	return text, errorOf(p.finish())
}
