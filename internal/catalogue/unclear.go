package catalogue

import "unicode/utf8"

// unclearStrength reports whether a strength is not read and has a number that
// has two readings: 400.000 IU may be 400 or 400,000.
func unclearStrength(s string) bool {
	if !mayBeUnclear(s) || !hasTwoReadings(s) {
		return false
	}
	_, err := ReadStrength(s)
	return err != nil
}

// mayBeUnclear is a quick test that few strengths pass: it reports whether a
// point or comma comes before three digits. Any text that is not ASCII passes.
func mayBeUnclear(s string) bool {
	digits := 0 // that follow, in a row
	for i := len(s) - 1; i >= 0; i-- {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits++
		case digits >= 3 && (c == '.' || c == ','), c >= utf8.RuneSelf:
			return true
		default:
			digits = 0
		}
	}
	return false
}

// hasTwoReadings reports whether a text has a number with two readings, after
// whatever it stands: 2x50.000 IU.
func hasTwoReadings(s string) bool {
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		if !isDigit(r) {
			s = s[size:]
			continue
		}
		number, rest := CutNumber(s)
		if _, _, ambiguous := Readings(number); ambiguous {
			return true
		}
		s = rest
	}
	return false
}
