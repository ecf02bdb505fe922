package render

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"

	"golang.org/x/text/feature/plural"
)

//go:embed messages/*.json vocabulary/*.json
var files embed.FS

// vocabulary holds a language's words for forms, packs, units, dates and
// prices: vocabulary/<code>.json.
type vocabulary struct {
	Forms            map[string]string    `json:"forms"`            // dosage form → name
	FormSpellings    map[string]string    `json:"formSpellings"`    // further name → dosage form, or forms between which it does not decide
	Packs            map[string]*packWord `json:"packs"`            // pack unit → its counted forms
	PackSpellings    map[string]string    `json:"packSpellings"`    // further name → pack unit
	Strengths        map[string]string    `json:"strengths"`        // unit of strength → word
	Percent          measure              `json:"percent"`          // of a strength
	Months           [12]string           `json:"months"`           // Gregorian, as in a date
	SolarHijriMonths [12]string           `json:"solarHijriMonths"` // as in a date
	ExpiryMonth      pattern              `json:"expiryMonth"`      // beside a month: {0} its last day in the other calendar
	ExpiryDay        pattern              `json:"expiryDay"`        // beside a day: {0} the same
	Currencies       map[string]measure   `json:"currencies"`       // ISO 4217 code → amount with symbol or name
	UnitPrice        pattern              `json:"unitPrice"`        // {0} price, {1} unit
}

// packWord holds the words for a pack unit: with a number, by plural category,
// and in a unit price ("per tablet").
type packWord struct {
	forms [len(categoriesInOrder)]pattern
	each  string
}

// categoriesInOrder are the plural categories in the order of [plural.Form].
var categoriesInOrder = [...]string{"other", "zero", "one", "two", "few", "many"}

// UnmarshalJSON decodes an object of plural categories and "each".
func (w *packWord) UnmarshalJSON(b []byte) error {
	var texts map[string]measure
	if err := json.Unmarshal(b, &texts); err != nil {
		return err
	}
	each, ok := texts["each"].constant()
	if !ok || each == "" {
		return errors.New(`"each" is missing or has a place for a number`)
	}
	w.each = each
	delete(texts, "each")
	patterns := make(map[string]pattern, len(texts))
	for name, m := range texts {
		patterns[name] = m.pattern
	}
	forms, err := pluralForms(patterns)
	w.forms = forms
	return err
}

// pluralForms returns texts by category. Missing categories default to the text
// of "other".
func pluralForms(texts map[string]pattern) (forms [len(categoriesInOrder)]pattern, err error) {
	other, ok := texts["other"]
	if !ok {
		return forms, errors.New(`the category "other" is missing`)
	}
	for i := range forms {
		forms[i] = other
	}
	for name, p := range texts {
		c, ok := categories[name]
		if !ok {
			return forms, fmt.Errorf("%q is no plural category", name)
		}
		forms[c] = p
	}
	return forms, nil
}

// A message is one text or, if plural is true, one per category.
type message struct {
	plural bool
	forms  [len(categoriesInOrder)]pattern
}

// locales returns the locales by language code. It loads the files once.
var locales = sync.OnceValues(func() (map[string]*Locale, error) { return loadLocales(files) })

func loadLocales(fsys fs.FS) (map[string]*Locale, error) {
	all := make(map[string]*Locale)
	for _, l := range blankLocales() {
		name := "vocabulary/" + l.code + ".json"
		b, err := fs.ReadFile(fsys, name)
		if err == nil {
			l.vocabulary, err = parseVocabulary(b)
		}
		if err != nil {
			return nil, fmt.Errorf("render: %s: %w", name, err)
		}
		name = "messages/" + l.code + ".json"
		b, err = fs.ReadFile(fsys, name)
		if err == nil {
			l.messages, err = parseMessages(b)
		}
		if err != nil {
			return nil, fmt.Errorf("render: %s: %w", name, err)
		}
		all[l.code] = l
	}
	return all, nil
}

func parseVocabulary(b []byte) (*vocabulary, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	v := new(vocabulary)
	if err := d.Decode(v); err != nil {
		return nil, err
	}
	return v, nil
}

// parseMessages parses a flat object of texts, or of objects of texts by plural
// category, by key. It reads tokens to detect duplicate keys.
func parseMessages(b []byte) (map[string]message, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	messages := make(map[string]message)
	err := eachMember(d, func(key string) error {
		if _, twice := messages[key]; twice {
			return errors.New("duplicate key")
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		m, err := parseMessage(value)
		messages[key] = m
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("text after the object")
	}
	return messages, nil
}

// eachMember calls f for each key of the next object of d. f must read the
// value.
func eachMember(d *json.Decoder, f func(key string) error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(err, errors.New("not an object"))
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if err := f(key.(string)); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	_, err := d.Token()
	return err
}

func parseMessage(value json.RawMessage) (message, error) {
	if value[0] != '{' {
		var text pattern
		err := json.Unmarshal(value, &text)
		forms, _ := pluralForms(map[string]pattern{"other": text})
		return message{forms: forms}, err
	}
	var texts map[string]pattern
	if err := json.Unmarshal(value, &texts); err != nil {
		return message{}, err
	}
	forms, err := pluralForms(texts)
	return message{plural: true, forms: forms}, err
}

// packUnits maps English unit names, singular and plural, to vocabulary keys.
var packUnits = sync.OnceValue(func() map[string]string {
	units := make(map[string]string)
	english, _ := LocaleFor("en")
	for id, word := range english.vocabulary.Packs {
		units[id] = id
		many := word.forms[plural.Other].text("")
		units[strings.Trim(many, noBreak)] = id
	}
	return units
})

func packUnit(unit string) (id string, ok bool) {
	id, ok = packUnits()[unit]
	return id, ok
}

// FormTerms returns the names of each dosage form in all languages, also those
// that people use and no page shows. A name of several forms, such as "ampoule",
// is among those of each.
func FormTerms() map[string][]string {
	terms := make(map[string][]string)
	for _, code := range Languages() {
		l, _ := LocaleFor(code)
		for id, name := range l.vocabulary.Forms {
			terms[id] = append(terms[id], name)
		}
		for name, ids := range l.vocabulary.FormSpellings {
			for id := range strings.FieldsSeq(ids) {
				terms[id] = append(terms[id], name)
			}
		}
	}
	return terms
}

// UnitTerms returns the names of each unit of a pack as [FormTerms] does for
// forms.
func UnitTerms() map[string][]string {
	terms := make(map[string][]string)
	for _, code := range Languages() {
		l, _ := LocaleFor(code)
		for id, word := range l.vocabulary.Packs {
			terms[id] = append(terms[id], word.each)
			for _, counted := range word.forms {
				terms[id] = append(terms[id], strings.Trim(counted.text(""), noBreak+" "))
			}
		}
		for name, id := range l.vocabulary.PackSpellings {
			terms[id] = append(terms[id], name)
		}
	}
	return terms
}

// KnownUnit reports whether a unit of a pack has a name in every language.
func KnownUnit(unit string) bool {
	_, ok := packUnit(unit)
	return ok
}
