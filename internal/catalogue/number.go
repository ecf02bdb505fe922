package catalogue

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Numbers are read here and nowhere else, so that a number is sorted, found,
// priced and shown as one value. 1.250 is 1250 to a Turkish, German or Persian
// reader and 1.25 to a British one: a number with one point or comma before
// exactly three digits is ambiguous, and only a [Notation] can tell.

// AmbiguousError is the error for a number that has two readings.
type AmbiguousError struct {
	Number           string // as written, such as "1.250"
	Decimal, Grouped string // its readings, such as "1.25" and "1250"
	// InText reports that the number stands in a strength that is not throughout
	// numbers with known units.
	InText bool
}

// Error names both readings.
func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("ambiguous number: %s may be %s or %s", e.Number, e.Grouped, e.Decimal)
}

// ErrNotation is returned for a number that contradicts a Notation from
// [ParseNotation].
var ErrNotation = errors.New("the number contradicts the decimal sign that was given")

var errNumber = errors.New("not a number such as 2.40")

// signs is a set of the two signs whose meaning differs between languages.
type signs uint8

const (
	point signs = 1 << iota
	comma
)

// signOf returns the set that contains r, or the empty set.
func signOf(r rune) signs {
	switch r {
	case '.':
		return point
	case ',':
		return comma
	}
	return 0
}

// other returns the sign that is not s.
func (s signs) other() signs { return s ^ (point | comma) }

// A Notation is what point and comma mean in one source of numbers, such as a
// column of a table. The zero Notation knows nothing yet.
type Notation struct {
	decimal  signs // seen to mark decimals
	grouping signs // seen to separate thousands
	given    bool  // stated by a person, who is not contradicted
	// undecided are the signs of ambiguous numbers where three decimals are
	// usual. Not both can mark decimals.
	undecided signs
}

// ParseNotation returns the notation in which decimals are marked by the named
// sign, "point" or "comma", and thousands may be separated by the other.
func ParseNotation(name string) (Notation, error) {
	switch name {
	case "point":
		return Notation{decimal: point, grouping: comma, given: true}, nil
	case "comma":
		return Notation{decimal: comma, grouping: point, given: true}, nil
	}
	return Notation{}, fmt.Errorf("unknown decimal sign %q: write point or comma", name)
}

// String returns the name that [ParseNotation] accepts, or "" if the notation
// was not given.
func (n Notation) String() string {
	switch {
	case !n.given:
		return ""
	case n.decimal == comma:
		return "comma"
	}
	return "point"
}

// Observe learns from a number of the source, unless it is not a number. An
// ambiguous number does not tell what its sign is, but it contradicts one with
// the other sign. A given notation learns nothing.
func (n *Notation) Observe(s string) { n.observe(s, true) }

// observe is Observe for a number of which decimals reports what it does for
// Read.
func (n *Notation) observe(s string, decimals bool) {
	form, ok := scanNumber(s)
	switch {
	case !ok || n.given:
	case !form.ambiguous:
		n.decimal |= signOf(form.point)
		n.grouping |= signOf(form.group)
	case decimals:
		n.undecided |= signOf(form.point)
	}
}

// silent reports whether no number has told what a sign is.
func (n Notation) silent() bool { return n.decimal|n.grouping == 0 }

// Read reads a number and returns it in plain decimal notation, such as
// "1250.5", without needless zeros. It accepts the digits of any script, and .
// , and ٫ before decimals and . , ' ٬ and spaces between thousands.
//
// decimals reports that three decimals are usual where the number stands, and
// groups of thousands are not, so that an ambiguous number is read as one with
// decimals where the rest of the source says nothing.
//
// The error is an *AmbiguousError, [ErrNotation] or one that says that s is not
// a number.
func (n Notation) Read(s string, decimals bool) (string, error) {
	form, ok := scanNumber(s)
	if !ok || form.whole == "" {
		return "", errNumber
	}
	return n.read(s, form, decimals)
}

func (n Notation) read(s string, form numberForm, decimals bool) (string, error) {
	sign := signOf(form.point)
	if !form.ambiguous {
		if n.given && (sign == n.grouping || signOf(form.group) == n.decimal) {
			return "", ErrNotation
		}
		return form.plain(), nil
	}
	asDecimal := n.decimal&sign != 0 || n.grouping&sign.other() != 0
	asGroup := n.grouping&sign != 0 || n.decimal&sign.other() != 0
	// That the sign itself separates thousands elsewhere counts for more than
	// what is usual. That the other sign marks decimals as well does not: the
	// source is compiled from two.
	usual := decimals && n.grouping&sign == 0
	switch {
	case asDecimal && (!asGroup || usual), usual && !asDecimal && !asGroup && n.undecided&sign.other() == 0:
		return form.plain(), nil
	case asGroup && !asDecimal && !usual:
		return form.grouped(), nil
	}
	return "", form.ambiguity(s)
}

// ambiguity returns the error for an ambiguous number that is written as s.
func (f numberForm) ambiguity(s string) *AmbiguousError {
	return &AmbiguousError{Number: strings.TrimSpace(s), Decimal: f.plain(), Grouped: f.grouped()}
}

// Readings returns the two readings of an ambiguous number, in plain decimal
// notation. ok is false if s is not an ambiguous number.
func Readings(s string) (decimal, grouped string, ok bool) {
	form, ok := scanNumber(s)
	if !ok || !form.ambiguous {
		return "", "", false
	}
	return form.plain(), form.grouped(), true
}

// Unambiguous returns a number in plain decimal notation, with a further zero
// if it would otherwise be ambiguous to a reader who does not know that its
// point marks decimals.
func Unambiguous(plain string) string {
	if _, _, ambiguous := Readings(plain); ambiguous {
		return plain + "0"
	}
	return plain
}

// ThreeDecimals reports whether a currency (ISO 4217) has a minor unit of a
// thousandth.
func ThreeDecimals(currency string) bool {
	switch currency {
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return true
	}
	return false
}

// numberForm is a number as written.
type numberForm struct {
	whole, fraction string // ASCII digits; whole is "" in ".5"
	group, point    rune   // the separators, unified by separator; 0 for none
	// ambiguous reports that point may separate thousands, and fraction be the
	// last of them.
	ambiguous bool
}

// plain returns the number in plain decimal notation, where an ambiguous one
// has decimals.
func (f numberForm) plain() string {
	whole, fraction := strings.TrimLeft(f.whole, "0"), strings.TrimRight(f.fraction, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction == "" {
		return whole
	}
	return whole + "." + fraction
}

// grouped is plain for the other reading of an ambiguous number.
func (f numberForm) grouped() string { return f.whole + f.fraction }

// separator returns a separator in numbers in its usual form, or 0 if r is
// none.
func separator(r rune) rune {
	switch r {
	case '.', '．':
		return '.'
	case ',', '،', '，':
		return ','
	case '\'', '’':
		return '\''
	case '٬', '٫':
		return r
	case ' ', '\u00a0', '\u2007', '\u2009', '\u202f':
		return ' '
	}
	return 0
}

// digitOf returns the value of a decimal digit of any script.
func digitOf(r rune) (byte, bool) {
	if r < utf8.RuneSelf {
		return byte(r - '0'), '0' <= r && r <= '9'
	}
	if !unicode.IsDigit(r) {
		return 0, false
	}
	// Decimal digits are encoded in runs from 0 to 9.
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10), true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10), true
		}
	}
	return 0, false
}

// WesternDigits converts the decimal digits of all scripts to 0 to 9. It removes
// white space at the ends, and format characters such as bidirectional marks.
func WesternDigits(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return r
		}
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		if d, ok := digitOf(r); ok {
			return '0' + rune(d)
		}
		return r
	}, s))
}

// CutNumber splits a text such as "2.5 mg" after the number that it begins
// with. number is "" if there is none.
func CutNumber(s string) (number, rest string) {
	end := 0    // of the number
	digits := 0 // in the last group
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		after := s[i+size:]
		switch sep := separator(r); {
		case isDigit(r):
			digits++
			end = len(s) - len(after)
			continue
		case format(r): // such as a mark of direction
			continue
		case sep == ' ' && digits > 0 && digits <= 3 && startsGroup(after):
		case sep == '.' || sep == '٫' || sep != 0 && sep != ' ' && end > 0:
			if !startsDigit(after) {
				return s[:end], s[end:]
			}
		default:
			return s[:end], s[end:]
		}
		digits = 0
	}
	return s[:end], s[end:]
}

// Numbers yields the numbers in a text with the index of each. Digits at the
// end of a word, as in "B12", are part of the word.
func Numbers(s string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		inWord := false
		for at := 0; at < len(s); {
			r, size := utf8.DecodeRuneInString(s[at:])
			number := ""
			if sep := separator(r); isDigit(r) || !inWord && (sep == '.' || sep == '٫') {
				number, _ = CutNumber(s[at:])
			}
			if number == "" {
				inWord = unicode.IsLetter(r) || inWord && (format(r) || unicode.IsMark(r))
				at += size
				continue
			}
			if inWord {
				// In "D3 500.000", 3 is no group of thousands. In "2x1.000",
				// the word has ended.
				if end := strings.IndexFunc(number, func(r rune) bool { return separator(r) == ' ' }); end > 0 {
					number = number[:end]
				}
				inWord = !strings.ContainsFunc(number, func(r rune) bool { return separator(r) != 0 })
			}
			if !inWord && !yield(at, number) {
				return
			}
			inWord = false
			at += len(number)
		}
	}
}

func isDigit(r rune) bool { _, ok := digitOf(r); return ok }

// startsDigit reports whether s begins with a digit.
func startsDigit(s string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, format))
	return isDigit(r)
}

// startsGroup reports whether s begins with exactly three digits.
func startsGroup(s string) bool {
	n := 0
	for _, r := range s {
		switch {
		case isDigit(r):
			n++
		case !format(r):
			return n == 3
		}
	}
	return n == 3
}

// format reports whether r is an invisible format character.
func format(r rune) bool { return unicode.Is(unicode.Cf, r) }

// scanNumber parses the form of a number. ok is false if s is something else.
func scanNumber(s string) (f numberForm, ok bool) {
	number, rest := CutNumber(strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || format(r) }))
	if number == "" || rest != "" {
		return numberForm{}, false
	}
	var groups []string // of digits
	var seps []rune     // between them
	var digits []byte
	for _, r := range number {
		d, isDigit := digitOf(r)
		switch {
		case isDigit:
			digits = append(digits, '0'+d)
		case !format(r):
			groups, seps, digits = append(groups, string(digits)), append(seps, separator(r)), nil
		}
	}
	groups = append(groups, string(digits))
	f.whole = groups[0]
	last := len(seps) - 1
	if last < 0 {
		return f, true
	}
	pointed := seps[last] == '.' || seps[last] == ',' || seps[last] == '٫'
	thousands := len(groups[0]) >= 1 && len(groups[0]) <= 3 && groups[0][0] != '0'
	switch {
	case last == 0 && pointed:
		f.point, f.fraction = seps[0], groups[1]
		f.ambiguous = thousands && len(groups[1]) == 3 && seps[0] != '٫'
		return f, true
	case pointed && seps[last] != seps[0]:
		f.point, f.fraction = seps[last], groups[last+1]
		groups, seps = groups[:last+1], seps[:last]
	}
	f.group = seps[0]
	for i, sep := range seps {
		if !thousands || sep != f.group || sep == '٫' || len(groups[i+1]) != 3 {
			return numberForm{}, false
		}
		f.whole += groups[i+1]
	}
	return f, true
}
