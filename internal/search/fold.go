package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns s in the form in which texts are compared: lower-case words
// separated by single spaces. The package documentation lists its rules.
func Fold(s string) string {
	var b strings.Builder
	for i, p := range analyse(s) {
		if i > 0 && !p.joined {
			b.WriteByte(' ')
		}
		b.WriteString(p.text)
	}
	return b.String()
}

// A kind is the kind of a piece of text. Only pieces of one kind match.
type kind uint8

const (
	letters kind = iota
	number       // "500", "2.5"
	unit         // "mg", "%", "million"
	code         // "b12", a letter or two with a number; "n02be01"
)

// A piece is the smallest part of a folded text.
type piece struct {
	text   string
	kind   kind
	joined bool // part of the same word as the piece before, after a zero-width non-joiner
	tight  bool // touches the piece before, as mg does in 500mg
	apart  bool // a comma, a plus or the like stands before it

	otherwise string // of a number; see [word]
}

const zwnj = '\u200c'

// analyse splits s into folded pieces, units included.
func analyse(s string) []piece {
	return foldUnits(split(clean(s)))
}

// clean applies the rules for single characters (1 to 7). It keeps separators,
// which the rules for numbers need.
func clean(s string) []rune {
	if strings.ContainsAny(s, "™℠") {
		s = strings.NewReplacer("™", "", "℠", "").Replace(s)
	}
	// Normalization does not apply next to invalid UTF-8, so replace it first.
	s = norm.NFKD.String(strings.ToValidUTF8(s, "\ufffd"))
	out := make([]rune, 0, len(s))
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		i += size
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == zwnj:
			out = append(out, r)
		case 'A' <= r && r <= 'Z':
			out = append(out, r+'a'-'A')
		case r < utf8.RuneSelf:
			out = append(out, r)
		case 0x0660 <= r && r <= 0x0669:
			out = append(out, r-0x0660+'0')
		case 0x06F0 <= r && r <= 0x06F9:
			out = append(out, r-0x06F0+'0')
		case 0x0621 <= r && r <= 0x064A, 0x0671 <= r && r <= 0x06D3: // letters, no marks
			out = appendLetter(out, r)
		case r == utf8.RuneError:
			out = append(out, ' ')
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		default:
			out = appendLetter(out, r)
		}
	}
	return out
}

// appendLetter appends the folded form of r, which is not ASCII.
func appendLetter(out []rune, r rune) []rune {
	switch r {
	case 'ي', 'ى', 'ے', 'ې', 'ۍ', 'ێ', 'ۑ':
		return append(out, 'ی')
	case 'ك', 'ڪ':
		return append(out, 'ک')
	case 'ګ':
		return append(out, 'گ')
	case 'ة', 'ە', 'ہ', 'ھ', 'ۃ':
		return append(out, 'ه')
	case 'ٱ', 'ٲ', 'ٳ':
		return append(out, 'ا')
	case 'ۆ', 'ۇ', 'ۈ', 'ۉ', 'ۋ', 'ۊ', 'ۏ':
		return append(out, 'و')
	case 'ڤ':
		return append(out, 'ف')
	case 'ء', 'ـ':
		return out
	case '’', '‘', 'ʼ', 'ʻ', 'ʾ', 'ʿ', '′', '＇':
		return append(out, '\'')
	case '٪':
		return append(out, '%')
	}
	if 0x0620 <= r && r <= 0x06FF {
		return append(out, r)
	}
	switch r = unicode.ToLower(unicode.ToUpper(r)); r {
	case 'ı':
		return append(out, 'i')
	case 'ß', 'ẞ':
		return append(out, 's', 's')
	case 'æ':
		return append(out, 'a', 'e')
	case 'œ':
		return append(out, 'o', 'e')
	case 'ø':
		return append(out, 'o')
	case 'ł':
		return append(out, 'l')
	case 'đ', 'ð':
		return append(out, 'd')
	case 'þ':
		return append(out, 't', 'h')
	}
	return append(out, r)
}

func isDigit(r rune) bool  { return '0' <= r && r <= '9' }
func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || r >= utf8.RuneSelf && unicode.IsLetter(r) }

// split cuts cleaned text into pieces (rules 8, 9 and 11).
func split(rs []rune) []piece {
	var pieces []piece
	at := func(i int) rune {
		if i < 0 || i >= len(rs) {
			return 0
		}
		return rs[i]
	}
	end := -1 // where the last piece ended
	// What stands between two pieces. A bracket without a space separates
	// nothing: (S)-citalopram.
	var apart, bracket, space bool
	put := func(p piece) {
		p.apart = (apart || bracket && space) && len(pieces) > 0
		apart, bracket, space = false, false, false
		pieces = append(pieces, p)
	}
	for i := 0; i < len(rs); {
		r := rs[i]
		switch {
		case isDigit(r), isPoint(r) && isDigit(at(i+1)) && (i == 0 || unicode.IsSpace(at(i-1))):
			texts, n := readNumber(rs[i:])
			for j, text := range texts {
				p := piece{text: text, kind: number, tight: end == i && i > 0 && j == 0}
				if len(texts) == 1 {
					p.otherwise = otherwise(rs[i:i+n], text)
				}
				put(p)
			}
			i += n
			end = i
		case r == '%':
			put(piece{text: "%", kind: unit, tight: end == i && i > 0})
			i++
			end = i
		case isLetter(r) && !isLetter(at(i-1)) && !isDigit(at(i-1)) && atcLen(rs[i:]) > 0:
			n := atcLen(rs[i:])
			put(piece{text: string(rs[i : i+n]), kind: code})
			i += n
			end = i
		case isLetter(r):
			text, n := readWord(rs[i:])
			p := piece{text: text, tight: end == i && i > 0}
			// A zero-width non-joiner joins two runs of letters into one word.
			if at(i-1) == zwnj && len(pieces) > 0 {
				j := i - 1
				for at(j) == zwnj {
					j--
				}
				if last := pieces[len(pieces)-1]; end == j+1 {
					p.joined = last.kind == letters
					p.tight = !p.joined
				}
			}
			put(p)
			i += n
			end = i
		default:
			apart = apart || strings.ContainsRune(",،;؛/+&|:•", r)
			bracket = bracket || strings.ContainsRune("()[]{}", r)
			space = space || unicode.IsSpace(r)
			i++
		}
	}
	return pieces
}

// atcLen returns the length of the ATC code, of the third level or below, that
// rs begins with, or zero. Codes must be recognized before rules 9 and 10 apply:
// A12CC04 is not 12 cc.
func atcLen(rs []rune) int {
	const shape = "a00aa00"
	n := 0
	for n < len(rs) && (isLetter(rs[n]) || isDigit(rs[n])) {
		if n == len(shape) || isDigit(rs[n]) != (shape[n] == '0') || rs[n] >= utf8.RuneSelf {
			return 0
		}
		n++
	}
	// The letters are those of WHO's anatomical main groups.
	if n != 4 && n != 5 && n != 7 || !strings.ContainsRune("abcdghjlmnprsv", rs[0]) {
		return 0
	}
	return n
}

func isPoint(r rune) bool { return r == '.' || r == '٫' }

// readWord returns the word that rs begins with, without apostrophes between
// letters and the points of abbreviations, and the count of runes read.
func readWord(rs []rune) (string, int) {
	out := make([]rune, 0, 16)
	dotted := true // so far only single letters with points between
	i := 0
	for i < len(rs) {
		switch r := rs[i]; {
		case isLetter(r):
			if i > 0 && isLetter(rs[i-1]) {
				dotted = false
			}
			out = append(out, r)
			i++
			continue
		case r == '\'' && i+1 < len(rs) && isLetter(rs[i+1]) && i > 0 && isLetter(rs[i-1]):
			i++
			dotted = false
			continue
		case r == '.' && dotted && i+1 < len(rs) && isLetter(rs[i+1]) && (i+2 == len(rs) || !isLetter(rs[i+2])):
			i++
			continue
		}
		break
	}
	return string(out), i
}

// readNumber returns the number that rs begins with, or several numbers that
// only points and commas separate, in plain form, and the count of runes read.
// It applies rule 8.
func readNumber(rs []rune) ([]string, int) {
	type group struct {
		sep        rune
		start, end int
	}
	var groups []group
	i := 0
	if isPoint(rs[0]) {
		groups = append(groups, group{}) // ".5"
	}
	for {
		g := group{start: i}
		if len(groups) > 0 {
			g.sep = rs[i]
			g.start = i + 1
		}
		for i = g.start; i < len(rs) && isDigit(rs[i]); i++ {
		}
		g.end = i
		groups = append(groups, g)
		if i+1 >= len(rs) || !strings.ContainsRune(",.،٬٫", rs[i]) || !isDigit(rs[i+1]) {
			break
		}
	}
	digits := func(g group) string { return string(rs[g.start:g.end]) }
	first := groups[0]

	if len(groups) == 1 {
		if digits(first) == "0" && i+1 < len(rs) && rs[i] == '/' && isDigit(rs[i+1]) {
			frac := group{start: i + 1, end: i + 1}
			for frac.end < len(rs) && isDigit(rs[frac.end]) {
				frac.end++
			}
			return []string{plain("0", digits(frac))}, frac.end
		}
		return []string{plain(digits(first), "")}, i
	}

	// Either all groups after the first are thousands, or all but the last, or
	// the text is not a single number (a date, a list).
	thousands := func(gs []group) bool {
		head := digits(first)
		if len(head) > 3 || len(head) == 0 || head[0] == '0' {
			return false
		}
		for _, g := range gs {
			if g.end-g.start != 3 || g.sep == '٫' || g.sep != gs[0].sep {
				return false
			}
		}
		return true
	}
	last := groups[len(groups)-1]
	inner := groups[1 : len(groups)-1]
	join := func(gs []group) string {
		out := slices.Clone(rs[first.start:first.end])
		for _, g := range gs {
			out = append(out, rs[g.start:g.end]...)
		}
		return string(out)
	}
	oneDot := len(groups) == 2 && last.sep == '.'
	switch {
	case thousands(groups[1:]) && (!oneDot || digits(last) == "000"):
		return []string{plain(join(groups[1:]), "")}, i
	case last.sep != '٬' && len(inner) == 0:
		return []string{plain(digits(first), digits(last))}, i
	case last.sep != '٬' && len(inner) > 0 && thousands(inner) && last.sep != inner[0].sep:
		return []string{plain(join(inner), digits(last))}, i
	}
	var list []string
	for _, g := range groups {
		if g.end > g.start {
			list = append(list, plain(digits(g), ""))
		}
	}
	return list, i
}

// otherwise returns the other number that rs may be, if it is read as text and
// its only point or comma may be decimal as well as separate thousands, or "".
func otherwise(rs []rune, text string) string {
	at := slices.IndexFunc(rs, func(r rune) bool { return !isDigit(r) })
	if at < 1 || at > 3 || rs[0] == '0' || rs[at] != '.' && rs[at] != ',' || len(rs) != at+4 {
		return ""
	}
	whole, frac := string(rs[:at]), string(rs[at+1:])
	if joined := plain(whole+frac, ""); joined != text {
		return joined
	}
	return plain(whole, frac)
}

// plain formats a number without leading zeros and trailing zero decimals.
func plain(whole, frac string) string {
	whole = strings.TrimLeft(whole, "0")
	frac = strings.TrimRight(frac, "0")
	if whole == "" {
		whole = "0"
	}
	if frac == "" {
		return whole
	}
	return whole + "." + frac
}
