package assets

import (
	"bytes"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

// A coding is a content coding (RFC 9110, section 8.4.1), best first.
type coding int

const (
	br coding = iota
	gz
	identity
	codings // their number
)

var codingNames = [codings]string{"br", "gzip", "identity"}

// encode gives content in br or gz, as small as they can. Brotli's greatest
// level takes some milliseconds a file, once a start, and is an eighth
// smaller than gzip; its fast levels are larger than gzip on files this
// small.
func encode(c coding, content []byte) []byte {
	var b bytes.Buffer
	var w io.WriteCloser
	if c == br {
		w = brotli.NewWriterLevel(&b, brotli.BestCompression)
	} else {
		w, _ = gzip.NewWriterLevel(&b, gzip.BestCompression) // fails for unknown levels only
	}
	w.Write(content) // a bytes.Buffer does not fail
	w.Close()
	return b.Bytes()
}

// negotiate chooses among the codings that a file has, from the lines of
// Accept-Encoding (RFC 9110, section 12.5.3): the one with the highest
// weight, and of equal ones the smallest. Identity is acceptable without
// being named, at last; it is refused by "identity;q=0", or by "*;q=0" where
// it is not named. Without the header nothing is compressed. It reports
// false where the client accepts nothing that there is.
func negotiate(lines []string, has [codings]bool) (coding, bool) {
	const unnamed = -1
	weights := [codings]int{unnamed, unnamed, unnamed}
	rest := unnamed // of "*"
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			name, weight, ok := parseElement(element)
			if !ok {
				continue
			}
			switch {
			case name == "*":
				rest = weight
			case strings.EqualFold(name, "br"):
				weights[br] = weight
			case strings.EqualFold(name, "gzip"), strings.EqualFold(name, "x-gzip"):
				weights[gz] = weight
			case strings.EqualFold(name, "identity"):
				weights[identity] = weight
			}
		}
	}
	chosen, best := identity, 0
	for c := range codings {
		if weights[c] == unnamed {
			weights[c] = rest
		}
		if has[c] && weights[c] > best {
			chosen, best = c, weights[c]
		}
	}
	return chosen, best > 0 || weights[identity] == unnamed
}

// parseElement takes "gzip;q=0.5" apart, the weight in thousandths. It
// reports false for what RFC 9110's grammar does not allow.
func parseElement(s string) (name string, weight int, ok bool) {
	name, parameter, weighted := strings.Cut(s, ";")
	name = strings.Trim(name, " \t")
	if !weighted {
		return name, 1000, name != ""
	}
	parameter = strings.Trim(parameter, " \t")
	if len(parameter) < 3 || !strings.EqualFold(parameter[:2], "q=") {
		return "", 0, false
	}
	weight, ok = parseWeight(parameter[2:])
	return name, weight, ok && name != ""
}

// parseWeight reads a qvalue: "0" or "1" with at most three decimals, and
// none above 1 (RFC 9110, section 12.4.2).
func parseWeight(s string) (int, bool) {
	if len(s) > 5 || s[0] != '0' && s[0] != '1' || len(s) > 1 && s[1] != '.' {
		return 0, false
	}
	weight, unit := int(s[0]-'0')*1000, 100
	for i := 2; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		weight += int(s[i]-'0') * unit
		unit /= 10
	}
	return weight, weight <= 1000
}
