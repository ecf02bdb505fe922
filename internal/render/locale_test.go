package render

import (
	"encoding/json"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"unicode"
)

func TestLocaleFor(t *testing.T) {
	for _, c := range []struct{ code, dir, name string }{
		{"fa", "rtl", "فارسی"}, {"en", "ltr", "English"}, {"tr", "ltr", "Türkçe"}, {"ar", "rtl", "العربية"},
	} {
		l := locale(t, c.code)
		if l.Code() != c.code || l.Dir() != c.dir || l.Name() != c.name {
			t.Errorf("%s: %s %s %s", c.code, l.Code(), l.Dir(), l.Name())
		}
	}
	if got := Languages(); !slices.Equal(got, []string{"fa", "en", "tr", "ar"}) {
		t.Errorf("Languages() = %v", got)
	}
	for _, code := range []string{"", "de", "fa-IR", "EN"} {
		if _, ok := LocaleFor(code); ok {
			t.Errorf("LocaleFor(%q) returned a locale", code)
		}
	}
}

// withMessages returns the locales with other messages, the same in each language.
func withMessages(t *testing.T, messages string) (map[string]*Locale, error) {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, lang := range Languages() {
		b, err := fs.ReadFile(files, "vocabulary/"+lang+".json")
		if err != nil {
			t.Fatal(err)
		}
		fsys["vocabulary/"+lang+".json"] = &fstest.MapFile{Data: b}
		fsys["messages/"+lang+".json"] = &fstest.MapFile{Data: []byte(messages)}
	}
	return loadLocales(fsys)
}

func TestT(t *testing.T) {
	all, err := withMessages(t, `{
		"plain": "text {x} {",
		"one": "a {0} b", "two": "{1} {0}", "alone": "{0}",
		"many": {"zero": "z {0}", "one": "o {0}", "two": "t {0}", "few": "f {0}", "many": "m {0}", "other": "x {0}"},
		"bare": {"one": "one only", "other": "{0} of {1}"}
	}`)
	if err != nil {
		t.Fatal(err)
	}
	type named string
	type count int32
	for _, c := range []struct {
		lang, key string
		args      []any
		want      string
	}{
		{"en", "absent", nil, "⟦absent⟧"},
		{"en", "absent", []any{1}, "⟦absent⟧"},
		{"en", "plain", nil, "text {x} {"},
		{"en", "plain", []any{"ignored"}, "text {x} {"},
		{"en", "one", []any{"x"}, "a x b"},
		{"en", "one", nil, "a {0} b"},
		{"en", "two", []any{"x", 1234}, "1,234 x"},
		{"fa", "two", []any{"ایکس", 1234}, "۱٬۲۳۴ ایکس"},
		{"tr", "alone", []any{1234}, "1.234"},
		{"fa", "alone", []any{count(1234)}, "۱٬۲۳۴"},
		{"fa", "alone", []any{int64(12)}, "۱۲"},

		// isolates
		{"fa", "one", []any{"Tylenol"}, "a \u2068Tylenol\u2069 b"},
		{"fa", "one", []any{"پاراستامول"}, "a پاراستامول b"},
		{"fa", "one", []any{"(500) Tylenol"}, "a \u2068(500) Tylenol\u2069 b"},
		{"fa", "one", []any{"500"}, "a 500 b"}, // no strong character
		{"fa", "one", []any{""}, "a  b"},
		{"en", "one", []any{"پاراستامول"}, "a \u2068پاراستامول\u2069 b"},
		{"tr", "one", []any{"ağrı"}, "a ağrı b"},
		{"ar", "one", []any{Isolate{"500 mg", "ltr"}}, "a \u2068500 mg\u2069 b"},
		{"ar", "one", []any{named("x")}, "a \u2068x\u2069 b"},
		{"ar", "one", []any{nil}, "a \u2068<nil>\u2069 b"},

		// plurals
		{"en", "many", []any{1}, "o 1"},
		{"en", "many", []any{0}, "x 0"},
		{"en", "many", []any{2}, "x 2"},
		{"fa", "many", []any{0}, "o ۰"},
		{"fa", "many", []any{1}, "o ۱"},
		{"fa", "many", []any{2}, "x ۲"},
		{"tr", "many", []any{0}, "x 0"},
		{"tr", "many", []any{1}, "o 1"},
		{"tr", "many", []any{-1}, "o -1"},
		{"ar", "many", []any{0}, "z 0"},
		{"ar", "many", []any{1}, "o 1"},
		{"ar", "many", []any{2}, "t 2"},
		{"ar", "many", []any{3}, "f 3"},
		{"ar", "many", []any{10}, "f 10"},
		{"ar", "many", []any{11}, "m 11"},
		{"ar", "many", []any{99}, "m 99"},
		{"ar", "many", []any{100}, "x 100"},
		{"ar", "many", []any{103}, "f 103"},
		{"ar", "many", []any{10_000_003}, "f 10,000,003"},
		{"ar", "many", []any{uint8(3)}, "x 3"},
		{"en", "many", []any{"x"}, "x x"}, // not an integer: other
		{"en", "bare", []any{1, "x"}, "one only"},
		{"ar", "bare", []any{3, "س"}, "3 of س"}, // missing category: other
		{"en", "bare", []any{"of", 1}, "one only"},
	} {
		if got := all[c.lang].T(c.key, c.args...); got != c.want {
			t.Errorf("%s: T(%q, %v) = %q, want %q", c.lang, c.key, c.args, got, c.want)
		}
	}
}

func TestMessageFaults(t *testing.T) {
	for messages, want := range map[string]string{
		``:                                  "not an object",
		`[]`:                                "not an object",
		`{"a": "x"`:                         "EOF",
		`{"a": "x"} {}`:                     "text after the object",
		`{"a": "x", "b": 1}`:                "b: ",
		`{"a": ""}`:                         "a: empty text",
		`{"a": "x", "a": "y"}`:              "a: duplicate key",
		`{"a": {"one": "x"}}`:               `a: the category "other" is missing`,
		`{"a": {"other": "", "x": ""}}`:     "a: empty text",
		`{"a": {"other": "x", "ten": "x"}}`: `a: "ten" is no plural category`,
	} {
		_, err := withMessages(t, messages)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "messages/fa.json") {
			t.Errorf("%s: %v, want messages/fa.json and %q", messages, err, want)
		}
	}
}

// Message files have the same keys and placeholders in every language.
func TestMessagesAgree(t *testing.T) {
	type texts map[string]string // by plural category, or "" without plurals
	read := func(lang string) map[string]texts {
		b, err := fs.ReadFile(files, "messages/"+lang+".json")
		if err != nil {
			t.Fatal(err)
		}
		var raw map[string]json.RawMessage
		if err := json.Unmarshal(b, &raw); err != nil {
			t.Fatal(err)
		}
		messages := make(map[string]texts)
		for key, value := range raw {
			var one string
			if json.Unmarshal(value, &one) == nil {
				messages[key] = texts{"": one}
				continue
			}
			var many texts
			if err := json.Unmarshal(value, &many); err != nil {
				t.Fatalf("%s: %s: %v", lang, key, err)
			}
			messages[key] = many
		}
		return messages
	}
	places := func(m texts) string {
		found := map[string]bool{}
		for _, text := range m {
			for _, p := range regexp.MustCompile(`\{\d\}`).FindAllString(text, -1) {
				found[p] = true
			}
		}
		return strings.Join(slices.Sorted(maps.Keys(found)), "")
	}
	// CLDR's cardinal categories of the languages.
	wanted := map[string][]string{
		"fa": {"one", "other"}, "en": {"one", "other"}, "tr": {"one", "other"},
		"ar": {"zero", "one", "two", "few", "many", "other"},
	}
	english := read("en")
	if len(english) == 0 {
		t.Fatal("no messages")
	}
	for _, lang := range Languages() {
		messages := read(lang)
		for key, m := range english {
			if _, ok := messages[key]; !ok {
				t.Errorf("%s: %s is missing", lang, key)
			} else if got, want := places(messages[key]), places(m); got != want {
				t.Errorf("%s: %s has placeholders %s, want %s", lang, key, got, want)
			}
		}
		for key, m := range messages {
			if _, ok := english[key]; !ok {
				t.Errorf("%s: %s is not in en", lang, key)
			}
			if _, plain := m[""]; plain {
				if m[""] == "" {
					t.Errorf("%s: %s is empty", lang, key)
				}
			} else if got := slices.Sorted(maps.Keys(m)); !slices.Equal(got, slices.Sorted(slices.Values(wanted[lang]))) {
				t.Errorf("%s: %s has categories %v, want %v", lang, key, got, wanted[lang])
			}
			for category, text := range m {
				checkScript(t, lang, key+" "+category, text)
				if category != "" && category != "one" && category != "two" && category != "zero" && strings.Contains(places(m), "{0}") && !strings.Contains(text, "{0}") {
					t.Errorf("%s: %s %s omits the number", lang, key, category)
				}
			}
		}
	}
}

// checkScript reports letters of another language's alphabet, and invisible
// characters other than the joiners of Persian.
func checkScript(t *testing.T, lang, where, text string) {
	t.Helper()
	for _, r := range text {
		arabic := unicode.Is(unicode.Arabic, r)
		switch {
		case lang == "fa" && strings.ContainsRune("يكة", r),
			lang == "ar" && strings.ContainsRune("یکگپچژ", r),
			(lang == "en" || lang == "tr") && arabic,
			unicode.Is(unicode.Cf, r) && !(lang == "fa" && r == '\u200c'),
			lang == "fa" && '0' <= r && r <= '9' && !strings.Contains(text, "{"),
			lang != "fa" && '۰' <= r && r <= '۹', '٠' <= r && r <= '٩':
			t.Errorf("%s: %s: %q contains %q (%U)", lang, where, text, r, r)
		}
	}
}

// Formatting modifies no shared state, as the race detector verifies.
func TestLocaleIsShared(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			l, _ := LocaleFor("fa")
			for i := range 100 {
				l.T("absent", i)
				l.Strength("2.5 mg/5 ml")
				l.Pack(float64(i), "tablets")
				l.Money(int64(i), "EUR")
				l.Expiry(2027, 8, i, true)
			}
		})
	}
	wg.Wait()
}

func FuzzT(f *testing.F) {
	f.Add("a {0} b {1}", "x", 3)
	f.Add("{0}{0}", "\u202eس", -1)
	f.Add("{{0}}", "", 1<<62)
	l := blankLocales()[0]
	f.Fuzz(func(t *testing.T, text, arg string, n int) {
		forms, _ := pluralForms(map[string]pattern{"other": parsePattern(text)})
		l := *l
		l.messages = map[string]message{"k": {plural: true, forms: forms}}
		got := l.T("k", arg, n)
		want := strings.NewReplacer("{0}", l.isolate(arg), "{1}", l.Number(n)).Replace(text)
		if got != want {
			t.Errorf("%q with %q, %d = %q, want %q", text, arg, n, got, want)
		}
	})
}

func TestCapital(t *testing.T) {
	for _, c := range []struct{ lang, text, want string }{
		{"en", "inhaler", "Inhaler"}, {"tr", "inhaler", "İnhaler"}, {"tr", "ılık", "Ilık"}, {"tr", "çözelti", "Çözelti"},
		{"en", "5 ml", "5 ml"}, {"en", "Tablet", "Tablet"}, {"fa", "قرص", "قرص"}, {"ar", "قرص", "قرص"}, {"en", "", ""},
	} {
		if got := locale(t, c.lang).Capital(c.text); got != c.want {
			t.Errorf("%s: Capital(%q) = %q, want %q", c.lang, c.text, got, c.want)
		}
	}
}
