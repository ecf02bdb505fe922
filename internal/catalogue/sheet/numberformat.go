package sheet

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
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

// numberFormat is a number format: sections for positive numbers, negative ones,
// zero and texts, the later ones optional.
type numberFormat []formatSection

// formatSection is what a section of a number format shows of a number.
type formatSection struct {
	year, month, day, clock bool
	// calendar reports whether the date is shown in another calendar than the
	// Gregorian.
	calendar bool

	percent bool
	// ofText reports whether the section shows texts.
	ofText bool
	// conditional reports whether the section is for numbers in some range.
	conditional bool
	// multiplied reports whether the number shown is another one, as one in
	// thousands is.
	multiplied bool
	// fraction reports whether the number is shown as a fraction or with an
	// exponent.
	fraction bool
	grouped  bool
	decimals int // that are shown
	// pattern has, between literal runes, a digit of the whole part for each
	// zeroDigit, padded with zeros, and for each anyDigit, which may be absent,
	// and places for the point and the decimals.
	pattern []rune
}

// The places of digits in a pattern are private-use characters, which no literal
// is.
const (
	zeroDigit    = '\uf8f0'
	anyDigit     = '\uf8f1'
	pointPlace   = '\uf8f2'
	decimalDigit = '\uf8f3'
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
	general := func() {
		literal(anyDigit)
		s.decimals = spreadsheetDigits
		point = true
	}
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
		case '_': // a space of some width
			i++
		case '*': // repeated characters, of which some only fill the cell
			if i++; i < len(code) && !unicode.IsSpace(code[i]) && !unicode.IsPunct(code[i]) {
				literal(code[i])
			}
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
				general()
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
				s.fraction = true
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
				literal(decimalDigit)
			case r == '0':
				literal(zeroDigit)
			default:
				literal(anyDigit)
			}
		case '.':
			if point {
				literal('.')
				break
			}
			point = true
			literal(pointPlace)
		case ',':
			// After the last digit of the whole part, it divides by a thousand.
			if i+1 < len(code) && strings.ContainsRune("0#?", code[i+1]) {
				s.grouped = true
			} else {
				s.multiplied = true
			}
		case '/':
			s.fraction = true
		case '%':
			s.multiplied = s.multiplied || s.percent
			s.percent = true
		case '@':
			s.ofText = true
			general()
		default:
			if s.fraction && r >= '1' && r <= '9' { // the denominator
				break
			}
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
	return s, code[min(i+1, len(code)):], i < len(code)
}

// bracket parses what is in brackets: a text, which need not be a currency, or a
// locale, a time that counts
// beyond a day, which it reports, a condition or a colour.
func (s *formatSection) bracket(text string) (elapsed bool) {
	switch lower := strings.ToLower(text); {
	case strings.HasPrefix(text, "$"):
		sign, locale, _ := strings.Cut(text[1:], "-")
		s.pattern = append(s.pattern, []rune(sign)...)
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

// parts returns the literal text before the number, the number, and the literal
// text after it. number is empty if the section shows none.
func (s formatSection) parts() (before string, number []rune, after string) {
	first := slices.IndexFunc(s.pattern, isDigit)
	if first < 0 {
		return string(s.pattern), nil, ""
	}
	last := len(s.pattern) - 1
	for !isDigit(s.pattern[last]) {
		last--
	}
	return string(s.pattern[:first]), s.pattern[first : last+1], string(s.pattern[last+1:])
}

// isDigit reports whether a rune of a pattern is part of the number.
func isDigit(r rune) bool { return r >= zeroDigit && r <= decimalDigit }

func (s formatSection) isDate() bool { return s.year || s.month || s.day || s.clock }

// sections returns the section for a number or, since conditions are not
// evaluated, all that may be.
func (f numberFormat) sections(v float64) []formatSection {
	if n := len(f); n > 1 && (n > 3 || f[n-1].ofText) {
		f = f[:min(n-1, 3)]
	}
	at := 0
	switch {
	case slices.ContainsFunc(f, func(s formatSection) bool { return s.conditional }):
		return f
	case v < 0 && len(f) > 1:
		at = 1
	case v == 0 && len(f) > 2:
		at = 2
	}
	return f[at : at+1]
}

// read returns the cell for a number that is formatted so: what it means rather
// than what it is stored as. date1904 selects the date system of the workbook.
func (f numberFormat) read(v float64, date1904 bool) cell {
	if len(f) == 0 {
		return cell{text: decimal(v), kind: number}
	}
	sections := f.sections(v)
	c := sections[0].read(v, date1904)
	for _, s := range sections[1:] {
		if s.read(v, date1904) != c {
			return shownOtherwise(decimal(v))
		}
	}
	return c
}

// shownOtherwise returns the cell for a value that its format shows as another
// one.
func shownOtherwise(text string) cell {
	return cell{text: text + ", shown in another way", kind: broken}
}

// hidesText reports whether the format shows a text as another one.
func (f numberFormat) hidesText() bool {
	n := len(f)
	if n == 0 || n < 4 && !f[n-1].ofText {
		return false
	}
	before, _, after := f[min(n, 4)-1].parts()
	return strings.TrimSpace(before+after) != ""
}

// read returns the cell for a number that the section shows. A format that adds
// nothing but space and a currency does not change the number; of others, what
// they show counts.
func (s formatSection) read(v float64, date1904 bool) cell {
	plain := decimal(v)
	if s.isDate() {
		return s.date(v, date1904)
	}
	before, digits, after := s.parts()
	if v <= 0 { // of accounting formats, which show zero as a hyphen
		before, after = strings.Trim(before, " -("), strings.Trim(after, " -)")
	}
	before, after = strings.TrimSpace(before), strings.TrimSpace(after)
	divided := isDivided(digits)
	switch {
	case s.multiplied, s.percent && (divided || before+after != ""):
		return shownOtherwise(plain)
	case s.percent:
		return cell{text: decimal(v * 100), kind: percent}
	case divided:
	case before+after == "":
		if shown, ok := s.show(v); ok && s.decimals == 0 && !s.grouped {
			plain = shown
		}
		return cell{text: plain, kind: number}
	case isTenfold(before) || isTenfold(after):
		return cell{text: plain + ", shown in tomans, of ten rials each", kind: broken}
	case !s.fraction && len(digits) > 0:
		if codes := currenciesShown(before, after); codes != "" {
			return cell{text: plain, kind: number, currencies: codes}
		}
	}
	shown, ok := s.show(v)
	switch joined := isJoined(before, after); {
	case v >= 1e15:
		return cell{text: fmt.Sprintf("%s, of which a spreadsheet keeps only %d digits", plain, spreadsheetDigits), kind: broken}
	case !ok || joined && strings.ContainsAny(before+after, separators) || divided && strings.ContainsAny(string(digits), separators):
		return shownOtherwise(plain)
	case joined || divided:
		return cell{text: shown, kind: coded}
	}
	return cell{text: shown, kind: measured}
}

// separators are the characters that divide a number in some notation, besides
// space.
const separators = ".,'’٫٬"

// isDivided reports whether literal text is between the digits, as in 000-000.
// Space there only groups them, and so do marks that only group thousands.
func isDivided(digits []rune) bool {
	whole := 0 // digits of the whole part after r
	for _, r := range slices.Backward(digits) {
		switch {
		case r == zeroDigit || r == anyDigit:
			whole++
		case isDigit(r) || unicode.IsSpace(r):
		case strings.ContainsRune("'’٬", r) && whole > 0 && whole%3 == 0:
		default:
			return true
		}
	}
	return false
}

// isJoined reports whether the literal text beside a number seems to be part of
// it, such as more digits or a sign.
func isJoined(before, after string) bool {
	runes := []rune(before)
	if n := len(runes); n > 0 {
		last := runes[n-1]
		alone := n == 1 || !unicode.IsLetter(runes[n-2])
		if unicode.IsDigit(last) || alone && strings.ContainsRune(separators, last) {
			return true
		}
	}
	runes = []rune(after)
	switch {
	case len(runes) == 0:
		return false
	case unicode.IsDigit(runes[0]):
		return true
	}
	return len(runes) > 1 && strings.ContainsRune(separators, runes[0]) && unicode.IsDigit(runes[1])
}

// show returns a number as the pattern shows it, with all its decimals and
// without what groups its digits. ok is false if it shows another number.
func (s formatSection) show(v float64) (text string, ok bool) {
	whole, fraction, _ := strings.Cut(decimal(v), ".")
	before, number, after := s.parts()
	if s.fraction || s.multiplied || v < 0 || len(fraction) > s.decimals || len(number) == 0 {
		return "", false
	}
	if sign := strings.TrimSpace(before); v != 0 && strings.HasSuffix(sign, "-") && !strings.ContainsFunc(sign, unicode.IsLetter) && !strings.ContainsFunc(sign, unicode.IsDigit) {
		return "", false
	}
	divided := isDivided(number)
	if divided && s.decimals > 0 {
		return "", false
	}
	digits := []rune(whole)
	if whole == "0" {
		digits = nil
	}
	var reversed []rune
	for _, r := range slices.Backward(number) {
		switch {
		case r == zeroDigit || r == anyDigit:
			if n := len(digits); n > 0 {
				reversed = append(reversed, digits[n-1])
				digits = digits[:n-1]
			} else if r == zeroDigit {
				reversed = append(reversed, '0')
			}
		case divided && !unicode.IsSpace(r):
			reversed = append(reversed, r)
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
	return strings.TrimSpace(before + string(reversed) + fraction + after), true
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
