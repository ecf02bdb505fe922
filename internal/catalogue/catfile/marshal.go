package catfile

import (
	"strconv"
	"time"
	"unicode/utf8"

	"pharmacy/internal/catalogue"
)

// Marshal returns the JSON encoding of a catalogue in the current file format,
// whatever format it was read from. The first member is the version, unless
// that is "". [ParseMarshalled] returns an equal catalogue.
func Marshal(c *catalogue.Catalogue, version string) []byte {
	size := 1024
	for i := range c.Groups {
		size += 512 + 256*len(c.Groups[i].Variants)
	}
	w := writer{b: make([]byte, 0, size)}
	w.catalogue(c, version)
	return w.b
}

// writer appends JSON to b. If flush is not nil, it is called with b whenever
// enough has accumulated, and at the end.
type writer struct {
	b     []byte
	flush func([]byte)
	lines bool // begin a new line for each category, group and variant
	comma bool // the next member or element needs a comma
}

func (w *writer) catalogue(c *catalogue.Catalogue, version string) {
	w.open('{')
	w.string("version", version)
	if !c.Updated.IsZero() {
		w.key("updated")
		w.b = append(w.b, '"')
		w.b = c.Updated.UTC().AppendFormat(w.b, time.RFC3339Nano)
		w.b = append(w.b, '"')
	}
	w.string("currency", c.Currency)
	w.key("categories")
	w.open('[')
	for i := range c.Categories {
		w.element()
		w.line()
		w.open('{')
		w.string("id", c.Categories[i].ID)
		w.text("name", c.Categories[i].Name)
		w.strings("synonyms", c.Categories[i].Synonyms)
		w.close('}')
	}
	w.close(']')
	w.key("groups")
	w.open('[')
	for i := range c.Groups {
		w.group(&c.Groups[i])
	}
	w.close(']')
	w.close('}')
	if w.flush != nil {
		w.flush(w.b)
	}
}

func (w *writer) group(g *catalogue.Group) {
	w.element()
	w.line()
	w.open('{')
	w.string("id", g.ID)
	w.string("category", g.Category)
	w.string("atc", g.ATC)
	w.text("name", g.Name)
	w.text("description", g.Description)
	w.strings("synonyms", g.Synonyms)
	w.strings("brands", g.Brands)
	w.strings("distinct_from", g.DistinctFrom)
	w.string("leaflet", g.Leaflet)
	w.key("variants")
	w.open('[')
	for i := range g.Variants {
		w.variant(&g.Variants[i])
		if w.flush != nil && len(w.b) > 32<<10 {
			w.flush(w.b)
			w.b = w.b[:0]
		}
	}
	w.close(']')
	w.close('}')
}

func (w *writer) variant(v *catalogue.Variant) {
	w.element()
	w.line()
	w.open('{')
	w.string("id", v.ID)
	w.text("name", v.Name)
	w.text("description", v.Description)
	w.string("atc", v.ATC)
	w.string("brand", v.Brand)
	w.string("form", v.Form)
	w.string("strength", v.Strength)
	if v.Pack.Amount > 0 {
		w.key("pack")
		w.b = append(w.b, `{"amount":`...)
		w.b = strconv.AppendFloat(w.b, v.Pack.Amount, 'f', -1, 64)
		w.b = append(w.b, `,"unit":`...)
		w.b = appendString(w.b, v.Pack.Unit)
		w.b = append(w.b, '}')
	}
	w.key("price")
	if v.Price.Known {
		w.b = append(w.b, '"')
		w.b = append(w.b, v.Price.Amount.String()...)
		w.b = append(w.b, '"')
	} else {
		w.b = append(w.b, "null"...)
	}
	w.string("class", v.Class.String())
	w.string("expiry", v.Expiry.String())
	w.string("manufacturer", v.Manufacturer)
	w.string("image", v.Image)
	w.close('}')
}

func (w *writer) open(c byte) {
	w.b = append(w.b, c)
	w.comma = false
}

func (w *writer) close(c byte) {
	w.b = append(w.b, c)
	w.comma = true
}

func (w *writer) element() {
	if w.comma {
		w.b = append(w.b, ',')
	}
	w.comma = true
}

func (w *writer) line() {
	if w.lines {
		w.b = append(w.b, '\n')
	}
}

func (w *writer) key(k string) {
	w.element()
	w.b = append(w.b, '"')
	w.b = append(w.b, k...)
	w.b = append(w.b, '"', ':')
}

// string writes a string member unless s is empty.
func (w *writer) string(k, s string) {
	if s != "" {
		w.key(k)
		w.b = appendString(w.b, s)
	}
}

// strings writes an array member unless it is empty.
func (w *writer) strings(k string, all []string) {
	if len(all) == 0 {
		return
	}
	w.key(k)
	w.open('[')
	for _, s := range all {
		w.element()
		w.b = appendString(w.b, s)
	}
	w.close(']')
}

// text writes a text member unless t is zero.
func (w *writer) text(k string, t catalogue.Text) {
	if !t.IsZero() {
		w.key(k)
		w.b = appendText(w.b, t)
	}
}

func appendText(b []byte, t catalogue.Text) []byte {
	if t.Plain() != "" || t.IsZero() {
		return appendString(b, t.Plain())
	}
	open := byte('{')
	for lang, text := range t.All() {
		b = append(b, open)
		b = appendString(b, lang)
		b = append(b, ':')
		b = appendString(b, text)
		open = ','
	}
	return append(b, '}')
}

// appendString appends s as a JSON string. It escapes only what JSON requires,
// and "<", so that the text cannot end an HTML script element that contains
// it.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(b, s[from:i]...)
				b = append(b, "\ufffd"...)
				from = i + 1
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' && c != '<' {
			i++
			continue
		}
		b = append(b, s[from:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		from = i
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}
