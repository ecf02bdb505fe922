package sheet

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/currency"
)

// builtInFormats are the number formats that a workbook refers to only by number
// and that say more than the value (ECMA-376 part 1, 18.8.30). Numbers 27 to 36
// and 50 to 58 are dates in East Asian workbooks.
var builtInFormats = map[int]string{
	9: "0%", 10: "0.00%",
	14: "m/d/yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
	18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yyyy h:mm",
	27: "yyyy/m/d", 28: "yyyy/m/d", 29: "yyyy/m/d", 30: "m/d/yy", 31: "yyyy/m/d", 32: "h:mm", 33: "h:mm:ss", 34: "yyyy/m/d", 35: "yyyy/m/d", 36: "yyyy/m/d",
	45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0",
	50: "yyyy/m/d", 51: "yyyy/m/d", 52: "yyyy/m", 53: "m/d", 54: "yyyy/m/d", 55: "yyyy/m", 56: "m/d", 57: "yyyy/m/d", 58: "m/d",
}

// numberFormat is a number format: sections for positive numbers, negative ones
// and zero, the later ones optional.
type numberFormat []formatSection

// formatSection is what a section of a number format shows of a number.
type formatSection struct {
	year, month, day, clock bool
	// calendar reports whether the date is shown in another calendar than the
	// Gregorian.
	calendar bool

	percent bool
	// currency reports whether the literal text is a currency.
	currency bool
	// conditional reports whether the section is for numbers in some range.
	conditional bool
	// scaled reports whether the number is shown in thousands, or as a fraction
	// or with an exponent.
	scaled   bool
	grouped  bool
	decimals int // that are shown
	// pattern has, between literal runes, a digit of the whole part for each
	// zeroDigit, padded with zeros, and for each anyDigit, which may be absent.
	pattern []rune
}

// The places of digits in a pattern are private-use characters, which no literal
// is.
const (
	zeroDigit = '\uf8f0'
	anyDigit  = '\uf8f1'
)

func parseFormat(code string) numberFormat {
	var f numberFormat
	for rest := []rune(code); ; {
		s, after, more := parseSection(rest)
		f = append(f, s)
		if !more {
			return f
		}
		rest = after
	}
}

// parseSection parses up to a semicolon. more reports whether there was one.
func parseSection(code []rune) (s formatSection, rest []rune, more bool) {
	var dateParts []rune // of each run of letters, in lower case
	point := false
	literal := func(text ...rune) { s.pattern = append(s.pattern, text...) }
	i := 0
	for ; i < len(code) && code[i] != ';'; i++ {
		run := 1 // of the same letter
		for i+run < len(code) && unicode.ToLower(code[i+run]) == unicode.ToLower(code[i]) {
			run++
		}
		switch r := unicode.ToLower(code[i]); r {
		case '"':
			for i++; i < len(code) && code[i] != '"'; i++ {
				literal(code[i])
			}
		case '\\':
			if i++; i < len(code) {
				literal(code[i])
			}
		case '_', '*': // a space of some width, or repeated characters
			i++
		case '[':
			end := slices.Index(code[i:], ']')
			if end < 0 {
				end = len(code) - i
			}
			if s.bracket(string(code[i+1 : i+end])) {
				dateParts = append(dateParts, 'h')
			}
			i = min(i+end, len(code)-1)
		case 'a': // AM/PM, A/P or, in East Asia, a weekday
			for _, skipped := range []string{"am/pm", "a/p"} {
				if strings.HasPrefix(strings.ToLower(string(code[i:])), skipped) {
					run = len(skipped)
					break
				}
			}
			dateParts = append(dateParts, 'a')
			i += run - 1
		case 'g':
			if strings.HasPrefix(strings.ToLower(string(code[i:])), "general") {
				literal(anyDigit)
				s.decimals = spreadsheetDigits
				point = true
				i += len("general") - 1
				break
			}
			s.calendar = true
			i += run - 1
		case 'b': // Buddhist years, or a calendar, as in B2yyyy
			s.calendar = true
			if i+1 < len(code) && (code[i+1] == '1' || code[i+1] == '2') {
				i++
				break
			}
			dateParts = append(dateParts, 'y')
			i += run - 1
		case 'e':
			if i+1 < len(code) && (code[i+1] == '+' || code[i+1] == '-') {
				s.scaled = true
				i++
				break
			}
			s.calendar = true
			dateParts = append(dateParts, 'y')
			i += run - 1
		case 'd':
			part := 'd'
			if run > 2 {
				part = 'w' // the name of the weekday
			}
			dateParts = append(dateParts, part)
			i += run - 1
		case 'y', 'm', 'h', 's':
			dateParts = append(dateParts, r)
			i += run - 1
		case '0', '#', '?':
			switch {
			case point:
				s.decimals++
			case r == '0':
				literal(zeroDigit)
			default:
				literal(anyDigit)
			}
		case '.':
			point = true
		case ',':
			// After the last digit of the whole part, it divides by a thousand.
			if i+1 < len(code) && strings.ContainsRune("0#?", code[i+1]) {
				s.grouped = true
			} else {
				s.scaled = true
			}
		case '/':
			s.scaled = true
		case '%':
			s.percent = true
		case '@':
		default:
			literal(code[i])
		}
	}
	for j, part := range dateParts {
		switch part {
		case 'y':
			s.year = true
		case 'd':
			s.day = true
		case 'h', 's':
			s.clock = true
		case 'm': // minutes after hours and before seconds, else the month
			if j > 0 && dateParts[j-1] == 'h' || j+1 < len(dateParts) && dateParts[j+1] == 's' {
				s.clock = true
			} else {
				s.month = true
			}
		}
	}
	unit := strings.TrimSpace(s.literals())
	s.currency = s.currency || isCurrency(unit)
	return s, code[min(i+1, len(code)):], i < len(code)
}

// bracket parses what is in brackets: a currency or locale, a time that counts
// beyond a day, which it reports, a condition or a colour.
func (s *formatSection) bracket(text string) (elapsed bool) {
	switch lower := strings.ToLower(text); {
	case strings.HasPrefix(text, "$"):
		sign, locale, _ := strings.Cut(text[1:], "-")
		s.currency = s.currency || sign != ""
		// [$-fa-IR,96] and [$-1060401] name a calendar, the latter in its second
		// byte: 1, 2 and 9 to 12 are Gregorian.
		if strings.Contains(locale, ",") {
			s.calendar = true
		}
		if id, err := strconv.ParseUint(locale, 16, 32); err == nil {
			switch id >> 16 & 0xff {
			case 0, 1, 2, 9, 10, 11, 12:
			default:
				s.calendar = true
			}
		}
	case strings.HasPrefix(text, "~"): // a calendar of LibreOffice
		s.calendar = true
	case lower != "" && strings.Trim(lower, lower[:1]) == "" && strings.Contains("hms", lower[:1]):
		return true
	case strings.ContainsAny(text, "<>="):
		s.conditional = true
	}
	return false
}

// literals returns the literal text.
func (s formatSection) literals() string {
	return strings.Map(func(r rune) rune {
		if isDigit(r) {
			return -1
		}
		return r
	}, string(s.pattern))
}

// isCurrency reports whether the literal text of a number format is a currency.
func isCurrency(text string) bool {
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Sc, r) }) {
		return true
	}
	if slices.Contains([]string{"TL", "kr", "Kč", "zł", "Ft", "lei", "ریال", "ريال", "تومان", "تومن", "درهم", "دينار"}, strings.Trim(text, ".-() ")) {
		return true
	}
	_, err := currency.ParseISO(text)
	return err == nil && text == strings.ToUpper(text)
}

func (s formatSection) isDate() bool { return s.year || s.month || s.day || s.clock }

// section returns the section for a number. certain is false if conditions that
// are not evaluated select it.
func (f numberFormat) section(v float64) (s formatSection, certain bool) {
	if slices.ContainsFunc(f, func(s formatSection) bool { return s.conditional }) {
		return f[0], false
	}
	switch {
	case v < 0 && len(f) > 1:
		return f[1], true
	case v == 0 && len(f) > 2:
		return f[2], true
	}
	return f[0], true
}

// read returns the cell for a number that is formatted so: what it means rather
// than what it is stored as. date1904 selects the date system of the workbook.
func (f numberFormat) read(v float64, date1904 bool) cell {
	plain := decimal(v)
	if len(f) == 0 {
		return cell{text: plain, kind: number}
	}
	if f[0].isDate() {
		return f[0].date(v, date1904)
	}
	s, certain := f.section(v)
	switch literals := strings.TrimSpace(s.literals()); {
	case s.percent:
		return cell{text: decimal(v * 100), kind: percent}
	case s.currency:
	case strings.ContainsFunc(literals, func(r rune) bool { return unicode.IsLetter(r) || strings.ContainsRune("%‰°", r) }), s.split() && !s.scaled:
		shown, ok := s.show(v)
		if !ok || !certain {
			return cell{text: plain + ", shown in another way", kind: broken}
		}
		return cell{text: shown, kind: measured}
	case s.decimals == 0 && !s.grouped && !s.scaled && literals == "":
		if shown, ok := s.show(v); ok {
			return cell{text: shown, kind: number}
		}
	}
	return cell{text: plain, kind: number}
}

func isDigit(r rune) bool { return r == zeroDigit || r == anyDigit }

// split reports whether literal text is between the digits, as in 000-000. Space
// there only groups them.
func (s formatSection) split() bool {
	return strings.ContainsFunc(strings.Trim(string(s.pattern), s.literals()), func(r rune) bool { return !isDigit(r) && !unicode.IsSpace(r) })
}

// show returns a number as the pattern shows it, with all its decimals. ok is
// false if it shows another number.
func (s formatSection) show(v float64) (text string, ok bool) {
	whole, fraction, _ := strings.Cut(decimal(v), ".")
	if s.scaled || v < 0 || len(fraction) > s.decimals {
		return "", false
	}
	first := slices.IndexFunc(s.pattern, isDigit)
	if first < 0 || s.decimals > 0 && s.split() {
		return "", false
	}
	last := len(s.pattern) - 1
	for !isDigit(s.pattern[last]) {
		last--
	}
	digits := []rune(whole)
	if whole == "0" {
		digits = nil
	}
	var reversed []rune
	for i := last; i >= first; i-- {
		switch r := s.pattern[i]; {
		case unicode.IsSpace(r):
		case !isDigit(r):
			reversed = append(reversed, r)
		case len(digits) > 0:
			reversed = append(reversed, digits[len(digits)-1])
			digits = digits[:len(digits)-1]
		case r == zeroDigit:
			reversed = append(reversed, '0')
		}
	}
	slices.Reverse(digits)
	reversed = append(reversed, digits...)
	slices.Reverse(reversed)
	if fraction != "" {
		if len(reversed) == 0 {
			reversed = []rune{'0'}
		}
		fraction = "." + fraction
	}
	if len(reversed) == 0 {
		return "", false
	}
	return strings.TrimSpace(string(s.pattern[:first]) + string(reversed) + fraction + string(s.pattern[last+1:])), true
}

// date returns the cell for a serial number that is shown as a date.
func (s formatSection) date(serial float64, date1904 bool) cell {
	days := math.Floor(serial)
	if !s.year && !s.month && !s.day || days < 1 || days > 2_958_465 {
		return cell{text: decimal(serial) + ", shown as a time or date", kind: broken}
	}
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days == 60: // 29 February 1900, which Excel has and the calendar has not
		return cell{text: "1900-02-29", kind: broken}
	case days < 60:
		epoch = epoch.AddDate(0, 0, 1)
	}
	return s.dateOf(epoch.AddDate(0, 0, int(days)))
}

// dateOf returns the cell for a date: a month if that is all that it shows. A day
// other than the first was not meant as a month.
func (s formatSection) dateOf(t time.Time) cell {
	switch text := t.Format(time.DateOnly); {
	case s.year && s.month && !s.day && t.Day() == 1 && !s.calendar:
		return cell{text: t.Format("2006-01"), kind: month}
	case s.year && s.month:
		return cell{text: text, kind: day}
	default:
		return cell{text: fmt.Sprintf("%s, shown without its year or month", text), kind: broken}
	}
}

// decimal returns a number in plain decimal notation, rounded to the digits that
// spreadsheet programs keep: 2.4 may be stored as 2.3999999999999999.
func decimal(v float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', spreadsheetDigits-1, 64), 64)
	if err != nil { // it was rounded beyond the greatest number
		rounded = v
	}
	if rounded == 0 {
		return "0" // not -0
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
