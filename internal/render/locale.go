package render

import (
	"fmt"
	"reflect"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Isolate is a text that must be isolated from the direction of its
// surroundings: <bdi dir="{{.Dir}}">{{.Text}}</bdi>.
type Isolate struct{ Text, Dir string }

// Locale formats messages, numbers and dates in one language. It is immutable
// and safe for concurrent use.
//
// Its output contains no bidirectional control characters, except the isolates
// that T puts around an argument of the opposite direction.
type Locale struct {
	code, dir, name string
	tag             language.Tag
	zero            rune   // the digit 0; the others follow it
	decimal, group  string // separators
	vocabulary      *vocabulary
	messages        map[string]message
}

// Languages returns the codes of the languages: fa, en, tr, ar.
func Languages() []string { return []string{"fa", "en", "tr", "ar"} }

// blankLocales returns the locales without the data in files. Digits and
// separators are those of CLDR. Arabic has Western digits, CLDR's default for
// ar: the Arabic-Indic zero looks like a dot, which is dangerous in a dose.
func blankLocales() []*Locale {
	return []*Locale{
		{code: "fa", dir: "rtl", name: "فارسی", tag: language.Persian, zero: '۰', decimal: "٫", group: "٬"},
		{code: "en", dir: "ltr", name: "English", tag: language.English, zero: '0', decimal: ".", group: ","},
		{code: "tr", dir: "ltr", name: "Türkçe", tag: language.Turkish, zero: '0', decimal: ",", group: "."},
		{code: "ar", dir: "rtl", name: "العربية", tag: language.Arabic, zero: '0', decimal: ".", group: ","},
	}
}

// LocaleFor returns the locale of a language code.
func LocaleFor(lang string) (*Locale, bool) {
	all, err := locales()
	if err != nil {
		// The files are embedded, so an error is a bug.
		panic(err)
	}
	l, ok := all[lang]
	return l, ok
}

// Code returns the language's code: "fa", "en", "tr" or "ar".
func (l *Locale) Code() string { return l.code }

// Dir returns the writing direction: "rtl" or "ltr".
func (l *Locale) Dir() string { return l.dir }

// Name returns the language's own name for itself.
func (l *Locale) Name() string { return l.name }

// T returns the message for key. If the message has plural forms, the first
// integer in args selects one by CLDR's rules. T replaces {0}, {1} and so on
// with the arguments: integers are formatted by Number, and other values are
// isolated (U+2068 … U+2069) if their direction is opposite to the language's.
// For an unknown key T returns ⟦key⟧.
func (l *Locale) T(key string, args ...any) string {
	m, ok := l.messages[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	p := m.forms[plural.Other]
	if m.plural {
		p = m.forms[l.category(args)]
	}
	if s, ok := p.constant(); ok {
		return s
	}
	var room [4]string
	texts := room[:0]
	for _, a := range args {
		texts = append(texts, l.argument(a))
	}
	return p.text(texts...)
}

// category returns the plural form for the first integer in args.
func (l *Locale) category(args []any) plural.Form {
	for _, a := range args {
		if n, ok := integer(a); ok {
			if n < 0 {
				n = -n
			}
			// The rules look no further than the last seven digits.
			return plural.Cardinal.MatchPlural(l.tag, int(n%1e7), 0, 0, 0, 0)
		}
	}
	return plural.Other
}

func (l *Locale) argument(a any) string {
	if s, ok := a.(string); ok {
		return l.isolate(s)
	}
	if n, ok := integer(a); ok {
		return l.Number(int(n))
	}
	if i, ok := a.(Isolate); ok {
		return l.isolate(i.Text)
	}
	return l.isolate(fmt.Sprint(a))
}

func integer(a any) (int64, bool) {
	if n, ok := a.(int); ok {
		return int64(n), true
	}
	v := reflect.ValueOf(a)
	if v.IsValid() && v.CanInt() {
		return v.Int(), true
	}
	return 0, false
}

// isolate wraps a text of the opposite direction in an isolate, so that it does
// not reorder its surroundings (UAX #9, section 2.4).
func (l *Locale) isolate(s string) string {
	if dir := direction(s); dir == "" || dir == l.dir {
		return s
	}
	return "\u2068" + s + "\u2069"
}

// Form returns the name of a dosage form, or the id if it is unknown.
func (l *Locale) Form(id string) string {
	if name, ok := l.vocabulary.Forms[id]; ok {
		return name
	}
	return id
}

// Capital returns s with its first letter in upper case. In Turkish the upper
// case of i is İ.
func (l *Locale) Capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	switch {
	case first == utf8.RuneError:
		return s
	case l.code == "tr":
		return string(unicode.TurkishCase.ToUpper(first)) + s[size:]
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

// FormNames returns a dosage form's names in all languages, or nil for an
// unknown form.
func FormNames(id string) []string {
	var names []string
	for _, code := range Languages() {
		l, _ := LocaleFor(code)
		if name, ok := l.vocabulary.Forms[id]; ok {
			names = append(names, name)
		}
	}
	return names
}

// icons maps dosage forms to icons.
var icons = map[string]string{
	"tablet": "tablet", "chewable-tablet": "tablet", "effervescent-tablet": "tablet", "orodispersible-tablet": "tablet",
	"gastro-resistant-tablet": "tablet", "prolonged-release-tablet": "tablet", "sublingual-tablet": "tablet",
	"vaginal-tablet": "tablet", "lozenge": "tablet", "medicated-gum": "tablet",

	"capsule": "capsule", "gastro-resistant-capsule": "capsule", "prolonged-release-capsule": "capsule",
	"inhalation-capsule": "capsule",

	"oral-powder": "powder", "granules": "powder", "powder-for-oral-solution": "powder",
	"powder-for-oral-suspension": "powder",

	"oral-solution": "liquid", "oral-suspension": "liquid", "syrup": "liquid", "mouthwash": "liquid", "gargle": "liquid",
	"lotion": "liquid", "cutaneous-solution": "liquid", "shampoo": "liquid", "medicated-nail-lacquer": "liquid",
	"enema": "liquid",

	"oral-drops": "drops", "eye-drops": "drops", "ear-drops": "drops", "eye-ear-drops": "drops", "nasal-drops": "drops",

	"oral-gel": "cream", "vaginal-cream": "cream", "vaginal-gel": "cream", "rectal-cream": "cream",
	"rectal-ointment": "cream", "cream": "cream", "ointment": "cream", "gel": "cream", "eye-ointment": "cream",
	"eye-gel": "cream",

	"oromucosal-spray": "spray", "cutaneous-foam": "spray", "cutaneous-spray": "spray", "nasal-spray": "spray",

	"suppository": "suppository", "pessary": "suppository",

	"transdermal-patch": "patch", "medicated-plaster": "patch",

	"inhaler": "inhaler", "inhalation-powder": "inhaler", "nebuliser-solution": "inhaler",

	"solution-for-injection": "injection", "powder-for-injection": "injection", "solution-for-infusion": "injection",
	"emulsion-for-injection": "injection", "prefilled-syringe": "injection", "prefilled-pen": "injection",
	"cartridge": "injection",

	"vaginal-ring": "other", "implant": "other", "intrauterine-system": "other",
}

// FormIcon returns the icon of a dosage form: tablet, capsule, liquid, drops,
// cream, inhaler, injection, suppository, patch, powder, spray or other. It
// returns "other" for unknown forms.
func FormIcon(id string) string {
	if icon, ok := icons[id]; ok {
		return icon
	}
	return "other"
}
