package search

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// minSound is the minimum length of words that are compared by sound. Shorter
// words are too ambiguous.
const minSound = 5

// sound returns a key that spellings of one name share although its letters
// differ by the habits of a language, or "" if w has none. It is looser than
// folding, so what matches by it must satisfy more conditions: see
// [Index.bySound].
func sound(w string) string {
	n := 0
	latin, arabic := true, true
	for _, r := range w {
		n++
		latin = latin && 'a' <= r && r <= 'z'
		arabic = arabic && 0x0620 <= r && r <= 0x06FF
	}
	switch {
	case n < minSound:
		return ""
	case latin:
		return latinSound(w)
	case arabic:
		key, consonants := skeleton(w, nil)
		if consonants < 4 {
			return ""
		}
		return key
	}
	return ""
}

// latinSound undoes the spelling habits that make one international name
// differ between languages. WHO's general principles for devising INNs
// (principle 7) name them: f for ph, t for th, e for ae and oe, i for y, and
// neither h nor k where it can be avoided. Turkish INNs go on: s for the c
// before e and i, k for the others and for ch and qu, ks for x, z for a soft s,
// no doubled letter, no silent e at the end. All vowels stay, so a vowel
// mistyped is an error, not another spelling.
func latinSound(w string) string {
	var b strings.Builder
	var last byte
	put := func(c byte) {
		if c != last {
			b.WriteByte(c)
			last = c
		}
	}
	at := func(i int) byte {
		if i < len(w) {
			return w[i]
		}
		return 0
	}
	for i := 0; i < len(w); i++ {
		c, next := w[i], at(i+1)
		switch {
		case c == 'p' && next == 'h':
			put('f')
			i++
		case strings.IndexByte("tgkr", c) >= 0 && next == 'h':
			put(c)
			i++
		case c == 'c' && next == 'h':
			put('k')
			i++
		case c == 'c' && (next == 'e' || next == 'i' || next == 'y'):
			put('s')
		case c == 'c':
			put('k')
		case c == 'q':
			put('k')
			if next == 'u' {
				i++
			}
		case c == 'x':
			put('k')
			put('s')
		case c == 'z':
			put('s')
		case c == 'w':
			put('v')
		case c == 'y':
			put('i')
		case (c == 'a' || c == 'o') && next == 'e':
			put('e')
			i++
		case c == 'e' && i == len(w)-1 && i > 0 && strings.IndexByte("aeiouy", w[i-1]) < 0:
		default:
			put(c)
		}
	}
	if b.Len() < minSound-1 {
		return ""
	}
	return b.String()
}

// consonant is the class that an Arabic-script letter shares with those that
// stand for the same sound of a Latin name in the other language: Arabic has
// no پ گ چ ژ, and writes ط or ث for some ت of Persian. Vowel letters have none.
// ز and س stay apart, although the languages differ about them: Ezetrol and
// estriol differ in nothing else.
var consonant = map[rune]byte{
	'ب': 'b', 'پ': 'b',
	'ت': 't', 'ط': 't', 'ث': 't',
	'ج': 'g', 'گ': 'g', 'غ': 'g', 'ژ': 'g',
	'چ': 'c', 'ش': 'c',
	'س': 's', 'ص': 's', 'ز': 'z', 'ذ': 'z', 'ض': 'z', 'ظ': 'z',
	'د': 'd', 'ر': 'r', 'ع': 'e', 'ف': 'f', 'ک': 'k', 'ق': 'k',
	'ل': 'l', 'م': 'm', 'ن': 'n', 'ه': 'h', 'ح': 'h', 'خ': 'x',
}

// skeleton returns the consonants of an Arabic-script word, with their count,
// and appends to slots the vowel letters before, between and behind them. Alef
// at the beginning stays in the skeleton, as do و and ی there, which are
// consonants in that place.
func skeleton(w string, slots *[]string) (string, int) {
	var b strings.Builder
	count := 0
	start := 0
	put := func(c byte, i, size int) {
		b.WriteByte(c)
		if slots != nil {
			*slots = append(*slots, w[start:i])
		}
		start = i + size
	}
	for i, r := range w {
		size := utf8.RuneLen(r)
		c, ok := consonant[r]
		switch {
		case ok:
			put(c, i, size)
			count++
		case i == 0 && r == 'و':
			put('w', i, size)
			count++
		case i == 0 && r == 'ی':
			put('y', i, size)
			count++
		case i == 0 && r == 'ا':
			put('a', i, size)
		case r != 'ا' && r != 'و' && r != 'ی':
			return "", 0
		}
	}
	if slots != nil {
		*slots = append(*slots, w[start:])
	}
	return b.String(), count
}

// slipOf reports whether a and b differ by nothing but doubled Latin letters,
// which is no sign of another language, but a slip.
func slipOf(a, b string) bool {
	return a[0] < utf8.RuneSelf && single(a) == single(b)
}

// single replaces doubled letters with single ones.
func single(w string) string {
	b := make([]byte, 0, len(w))
	for i := range len(w) {
		if i == 0 || w[i] != w[i-1] {
			b = append(b, w[i])
		}
	}
	return string(b)
}

// sameVowels reports whether two words of one sound have the same vowels. Latin
// ones do: their sound keeps them. Of Arabic-script ones, each vowel letter must
// stand between the same consonants. One that is left out, as short vowels are,
// is how a hurried hand writes, and also how the names of two medicines differ:
// that is asked, and not assumed.
func sameVowels(a, b string) bool {
	if a[0] < utf8.RuneSelf {
		return true
	}
	var sa, sb []string
	skeleton(a, &sa)
	skeleton(b, &sb)
	return slices.Equal(sa, sb)
}
