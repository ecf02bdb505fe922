package catalogue

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// MaxIDLength is the greatest length of an id, in bytes.
	MaxIDLength = 128
	// MaxVariants is the maximum number of groups, and of variants, in a
	// catalogue. Sort keys in package shelf reserve bits for it.
	MaxVariants = 2_000_000
	// maxPackAmount is the greatest amount of a pack.
	maxPackAmount = 1e9
)

// CheckID returns an error unless id consists of 1 to MaxIDLength ASCII
// letters, digits and hyphens.
func CheckID(id string) error {
	switch {
	case id == "":
		return errors.New("the id is empty: write letters A to Z, digits and hyphens")
	case len(id) > MaxIDLength:
		return fmt.Errorf("the id is longer than %d characters: shorten it", MaxIDLength)
	}
	for i := range len(id) {
		if c := id[i]; c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return fmt.Errorf("invalid id %q: use only letters A to Z, digits and hyphens", id)
		}
	}
	return nil
}

// CheckControls returns an error if s has an ASCII control character other than
// a tab, line feed or carriage return.
func CheckControls(s string) error {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return fmt.Errorf("the control character %U: take it out", c)
		}
	}
	return nil
}

// CheckLanguage returns an error unless lang has the form of an ISO 639 code:
// two or three lower-case letters.
func CheckLanguage(lang string) error {
	if len(lang) != 2 && len(lang) != 3 || strings.Trim(lang, "abcdefghijklmnopqrstuvwxyz") != "" {
		return fmt.Errorf("%q is not a language code", lang)
	}
	return nil
}

// CheckCurrency returns an error unless code has the form of an ISO 4217 code:
// three upper-case letters.
func CheckCurrency(code string) error {
	if len(code) != 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return errors.New("the currency is not an ISO 4217 code: write three capital letters such as EUR")
	}
	return nil
}

// CheckLeaflet returns an error if address is not an http or https URL with a
// host, as a link in a page needs it: without user information, spaces, control
// characters and invisible ones.
func CheckLeaflet(address string) error {
	u, err := url.Parse(address)
	switch {
	case strings.ContainsFunc(address, func(r rune) bool {
		return unicode.In(r, unicode.White_Space, unicode.Cc, unicode.Cf) && !joiner(r)
	}):
		return errors.New("the leaflet's address has a space, or a control or invisible character: remove it, or encode it as in %20")
	case strings.Contains(address, "%00"):
		return errors.New("the leaflet's address has the control character %00: remove it")
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || !isHost(u.Hostname()):
		return errors.New("the leaflet is not an address such as https://example.org/leaflet.pdf: write it in full")
	case !isPort(u.Port()):
		return fmt.Errorf("the leaflet's address has the port %s: write one from 1 to 65535, or none", u.Port())
	case u.User != nil:
		return errors.New("the leaflet's address has a user name: remove it")
	}
	return nil
}

// joiner reports whether r is one of the two invisible characters that are part
// of the spelling of some languages.
func joiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// isHost reports whether s may be a domain name, whose last label may be empty,
// or an IP address.
func isHost(s string) bool {
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		named := false
		for _, r := range label {
			switch {
			case unicode.In(r, unicode.L, unicode.Nd):
				named = true
			case r != '-' && r != ':' && r != '_' && !unicode.Is(unicode.M, r) && !joiner(r):
				return false
			}
		}
		// A label of other letters is not shorter in its ASCII form (RFC 3492).
		if !named || utf8.RuneCountInString(label) > maxLabel {
			return false
		}
	}
	return true
}

// maxLabel is the greatest length of a label of a domain name (RFC 1035).
const maxLabel = 63

// isPort reports whether s is a port from 1 to 65535 or "".
func isPort(s string) bool {
	port, err := strconv.ParseUint(s, 10, 16)
	return s == "" || err == nil && port > 0
}

// MaxAhead is how far the Updated time of a catalogue may be ahead of the clock:
// clocks and time zones differ, but a later time is a slip, such as a wrong
// year, that would make the catalogue the latest one for good.
const MaxAhead = 24 * time.Hour

// CheckUpdated returns an error if a catalogue's Updated time is more than
// MaxAhead after now.
func CheckUpdated(updated, now time.Time) error {
	if updated.Sub(now) > MaxAhead {
		return fmt.Errorf("the time %s is more than a day ahead of the clock: correct it, or the clock", updated.UTC().Format(time.RFC3339))
	}
	return nil
}

// IsATC reports whether code has the form of a code of the fifth level of the
// Anatomical Therapeutic Chemical classification, that of a substance. Its first
// letter is one of the 14 main groups (WHO Collaborating Centre for Drug
// Statistics Methodology, "Structure and principles").
func IsATC(code string) bool { return atcForm.MatchString(code) }

var atcForm = regexp.MustCompile(`^[ABCDGHJLMNPRSV][0-9]{2}[A-Z]{2}[0-9]{2}$`)

// ParsePackAmount parses the amount of a pack, such as "20" or "2.5". It
// returns an error unless the amount is positive and at most maxPackAmount.
func ParsePackAmount(s string) (float64, error) {
	amount, err := strconv.ParseFloat(s, 64)
	if err != nil || !(amount > 0) || amount > maxPackAmount {
		return 0, errors.New("the pack's amount is not between 0 and 1,000,000,000: correct it")
	}
	return amount, nil
}

// ErrPackUnit is returned for a pack that has an amount but no unit.
var ErrPackUnit = errors.New("the pack has no unit: write a singular word such as \"tablet\", or \"ml\" or \"g\"")

// Check returns ErrPackUnit if the pack has an amount but no unit.
func (p Pack) Check() error {
	if p.Amount > 0 && p.Unit == "" {
		return ErrPackUnit
	}
	return nil
}
