package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// UTF8 is the source of a table in the recommended encoding.
const UTF8 = "UTF-8 text"

// decodeText returns text as UTF-8, without a byte order mark, and says what it
// was. It tells UTF-16, windows-1254 (Turkish) and windows-1256 (Arabic and
// Persian) from UTF-8 by the content; guessed reports that no mark and no
// validity ensures it. An error names the first line that is not UTF-8.
func decodeText(data []byte) (text []byte, source string, guessed bool, err error) {
	switch {
	case bytes.HasPrefix(data, []byte(byteOrderMark)):
		data = data[len(byteOrderMark):]
		if !utf8.Valid(data) {
			return nil, "", false, notUTF8(data, nil)
		}
		return data, UTF8, false, nil
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		text, ok := decodeUTF16(data[2:], data[0] == 0xfe)
		if !ok {
			return nil, "", false, errors.New("the table is damaged UTF-16 text: save it as \"CSV UTF-8\"")
		}
		return text, "UTF-16 text", false, nil
	}
	if bytes.IndexByte(data, 0) >= 0 {
		little, isLittle := decodeUTF16(data, false)
		big, isBig := decodeUTF16(data, true)
		isLittle, isBig = isLittle && readable(little), isBig && readable(big)
		switch {
		case isLittle && !isBig:
			return little, "UTF-16 text", true, nil
		case isBig && !isLittle:
			return big, "UTF-16 text", true, nil
		}
	}
	if utf8.Valid(data) {
		return data, UTF8, false, nil
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, "", false, notUTF8(data, nil)
	}
	page, source, err := codePage(data)
	if err != nil {
		return nil, "", false, notUTF8(data, err)
	}
	text, err = page.NewDecoder().Bytes(data)
	if err != nil {
		return nil, "", false, err
	}
	return text, source, true, nil
}

// notUTF8 returns the error for text whose encoding is unknown. why, which may
// be nil, says what else the text is not.
func notUTF8(data []byte, why error) error {
	line := 1
	for text := range bytes.Lines(data) {
		if !utf8.Valid(text) {
			break
		}
		line++
	}
	if why != nil {
		return fmt.Errorf("line %d is not UTF-8, and %w: save the table as \"CSV UTF-8\"", line, why)
	}
	return fmt.Errorf("line %d is not UTF-8: save the table as \"CSV UTF-8\"", line)
}

// decodeUTF16 decodes UTF-16 without a byte order mark. ok is false if a unit is
// cut short or a surrogate stands alone.
func decodeUTF16(data []byte, bigEndian bool) (text []byte, ok bool) {
	if len(data)%2 != 0 {
		return nil, false
	}
	high, low := 1, 0
	if bigEndian {
		high, low = 0, 1
	}
	unit := func(i int) rune { return rune(data[i+high])<<8 | rune(data[i+low]) }
	for i := 0; i < len(data); i += 2 {
		r := unit(i)
		if utf16.IsSurrogate(r) {
			i += 2
			if i == len(data) {
				return nil, false
			}
			if r = utf16.DecodeRune(r, unit(i)); r == unicode.ReplacementChar {
				return nil, false
			}
		}
		text = utf8.AppendRune(text, r)
	}
	return text, true
}

// readable reports whether at least 95 % of the letters of a text, and at least
// one, are of the scripts of the site. In the wrong byte order, or if they are
// two bytes of another encoding, most are Chinese.
func readable(text []byte) bool {
	letters, known := 0, 0
	for _, r := range string(text) {
		if unicode.IsLetter(r) {
			letters++
			if unicode.In(r, unicode.Latin, unicode.Arabic) {
				known++
			}
		}
	}
	return letters > 0 && known*20 >= letters*19
}

// codePage returns the code page of a text that is not UTF-8. Each word with a
// letter that differs between the code pages votes, and 95 % of the votes
// decide: a word of ASCII letters and others is Turkish, and one of only Arabic
// letters is Arabic or Persian.
func codePage(data []byte) (page *charmap.Charmap, source string, err error) {
	if hasUTF8(data) {
		return nil, "", errors.New("others are")
	}
	var turkish, arabic, usual, neither int
	vote := func(word []byte) {
		ascii, differs, allArabic, hasUsual := false, false, true, false
		for _, b := range word {
			t, a := charmap.Windows1254.DecodeByte(b), charmap.Windows1256.DecodeByte(b)
			ascii = ascii || b < utf8.RuneSelf
			differs = differs || t != a
			allArabic = allArabic && (unicode.In(a, unicode.Arabic, unicode.Mn, unicode.Cf) || a == 'ـ')
			hasUsual = hasUsual || strings.ContainsRune("لمنهويى", a)
		}
		switch {
		case !differs:
		case ascii:
			turkish++
		case len(word) < 3:
			// In Turkish, an initial or a capitalized word such as ÜÇ; in Arabic, one
			// word of many.
		case !allArabic:
			neither++
		default:
			arabic++
			if hasUsual {
				usual++
			}
		}
	}
	isTurkish, differs := true, false
	start := 0 // of a word
	for i, b := range data {
		if !inWord(b) {
			vote(data[start:i])
			start = i + 1
		}
		t, a := charmap.Windows1254.DecodeByte(b), charmap.Windows1256.DecodeByte(b)
		isTurkish = isTurkish && t != utf8.RuneError
		differs = differs || t != a
	}
	vote(data[start:])
	all := turkish + arabic + neither
	switch {
	case all == 0 && differs:
	case isTurkish && turkish*20 >= all*19: // or they are the same, as in French
		if err := notTurkish(data); err != nil {
			return nil, "", err
		}
		return charmap.Windows1254, "windows-1254 (Turkish) text", nil
	// In Cyrillic and Greek code pages the capitals are where Arabic letters are,
	// but not the most usual ones.
	case arabic*20 >= all*19 && usual*5 >= arabic:
		if err := hasLineOfUTF8(data, func(before, r rune) bool {
			return unicode.Is(unicode.Latin, r) && before < utf8.RuneSelf && unicode.IsLetter(before)
		}); err != nil {
			return nil, "", err
		}
		return charmap.Windows1256, "windows-1256 (Arabic, Persian) text", nil
	}
	return nil, "", errors.New("its words tell neither windows-1254 (Turkish) nor windows-1256 (Arabic, Persian)")
}

// notTurkish returns an error for a text that only seems to be windows-1254, with
// its line.
func notTurkish(data []byte) error {
	if err := hasLineOfUTF8(data, func(_, r rune) bool { return true }); err != nil {
		return err
	}
	number := 0
	for line := range bytes.Lines(data) {
		number++
		text, err := charmap.Windows1254.NewDecoder().Bytes(line)
		if err != nil {
			return err
		}
		if word := strangeWord(string(text)); word != "" {
			return fmt.Errorf("line %d as windows-1254 (Turkish) has %q", number, word)
		}
	}
	return nil
}

// hasLineOfUTF8 returns an error for a text that is not UTF-8 but has a character
// that hardly another code page is: one that text of the site has, and that counts
// after the character before it.
func hasLineOfUTF8(data []byte, counts func(before, r rune) bool) error {
	number := 0
	for line := range bytes.Lines(data) {
		number++
		before := rune(0)
		for len(line) > 0 {
			r, size := utf8.DecodeRune(line)
			if size > 1 && isUsual(r) && counts(before, r) {
				return fmt.Errorf("line %d is", number)
			}
			before, line = r, line[size:]
		}
	}
	return nil
}

// isUsual reports whether a character that UTF-8 has in several bytes is usual in
// text of the site. As windows-1252, 1254 or 1256, its bytes are a capital with an
// accent, or an Arabic letter, and a sign: Ã¶, Ä±, Ø§.
func isUsual(r rune) bool {
	switch {
	case r >= 'À' && r <= 'ž', r >= 0x2010 && r <= 0x2026, r == '€', r == '™':
		return true
	case r >= '\u00a0' && r < 'À': // Â and the sign itself
		return strings.ContainsRune("®°±²³µ·×½", r)
	}
	return strings.ContainsRune("ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژکگی،؛؟۰۱۲۳۴۵۶۷۸۹", r)
}

// strangeWord returns a word with a sign where a letter must be, as in the Polish
// Zak³ady, which is windows-1250, or "". Signs after units and ordinals are none.
func strangeWord(text string) string {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;\"|", r) }) {
		runes := []rune(word)
		for i, r := range runes {
			if !strings.ContainsRune("¡£¥§ª¯³¹º¼¾¿", r) {
				continue
			}
			start := i
			for start > 0 && unicode.IsLetter(runes[start-1]) && !strings.ContainsRune("ªº", runes[start-1]) {
				start--
			}
			before := string(runes[start:i])
			follows := i+1 < len(runes) && unicode.IsLetter(runes[i+1])
			switch r {
			case '³', '¹':
				if !follows && strings.Contains(" m cm dm mm km µm ", " "+before+" ") {
					continue
				}
			case 'ª', 'º', '§':
				if before == "" || !follows {
					continue
				}
			}
			if before != "" || follows {
				return word
			}
		}
	}
	return ""
}

var errLettersLost = errors.New("letters were lost when the table was saved: save it as \"CSV UTF-8\" or as .xlsx; a text that is meant so needs an apostrophe before it")

// checkLetters returns an error if a text lost letters, or has others for them,
// because a program saved or read it in an encoding that lacks them. A question
// mark after a word, or among other text by itself, is one.
func checkLetters(text string) error {
	ascii := true
	for i := range len(text) {
		ascii = ascii && text[i] < utf8.RuneSelf
	}
	switch {
	case ascii && strings.IndexByte(text, '?') < 0:
		return nil
	case strings.ContainsRune(text, utf8.RuneError), !ascii && isMisread(text):
		return errLettersLost
	}
	words := strings.Fields(text)
	for _, word := range words {
		marks := strings.Count(word, "?")
		if marks == 0 || strings.Contains(word, "://") || strings.HasPrefix(word, "www.") {
			continue
		}
		if marks == len(word) && (marks > 1 || len(words) == 1) {
			return errLettersLost
		}
		before := rune(0)
		runes := []rune(word)
		for i := 0; i < len(runes); i++ {
			if r := runes[i]; r != '?' {
				before = r
				continue
			}
			for i+1 < len(runes) && runes[i+1] == '?' {
				i++
			}
			if i+1 < len(runes) && isOfWord(runes[i+1]) && (before == 0 || isOfWord(before) || unicode.In(before, unicode.Ps, unicode.Pi, unicode.Pd) || strings.ContainsRune("\"'/+", before)) {
				return errLettersLost
			}
			before = '?'
		}
	}
	return nil
}

func isOfWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd) || r == '\u200c'
}

// isMisread reports whether a text is UTF-8 that was read as another encoding.
func isMisread(text string) bool {
	for _, page := range []*charmap.Charmap{charmap.Windows1252, charmap.Windows1254, charmap.Windows1256} {
		if isMisreadAs(page, text) {
			return true
		}
	}
	return false
}

func isMisreadAs(page *charmap.Charmap, text string) bool {
	var encoded []byte
	for _, r := range text {
		b, ok := page.EncodeRune(r)
		switch {
		case ok:
		case r >= 0x80 && r < 0xa0: // for a byte that the page does not have
			b = byte(r)
		default:
			return false
		}
		encoded = append(encoded, b)
	}
	if !utf8.Valid(encoded) {
		return false
	}
	several := 0
	for _, r := range string(encoded) {
		switch {
		case r < utf8.RuneSelf:
		case !isUsual(r):
			return false
		default:
			several++
		}
	}
	// Two Arabic letters may happen to be one character.
	return several > 1 || several == 1 && page != charmap.Windows1256
}

// inWord reports whether a byte is part of a word in either code page.
func inWord(b byte) bool {
	if b == 0xba { // an Arabic semicolon, or a Spanish ordinal
		return false
	}
	t, a := charmap.Windows1254.DecodeByte(b), charmap.Windows1256.DecodeByte(b)
	return unicode.IsLetter(t) || unicode.In(a, unicode.L, unicode.Mn, unicode.Cf)
}

// hasUTF8 reports whether a text that is not UTF-8 is so in part: it has a word
// with two multi-byte characters, or more of them than stray bytes. Decoding it
// would spoil that part.
func hasUTF8(data []byte) bool {
	characters, strays := 0, 0
	for word := range bytes.FieldsFuncSeq(data, func(r rune) bool { return r < utf8.RuneSelf && !unicode.IsLetter(r) }) {
		before := characters
		for rest := word; len(rest) > 0; {
			r, size := utf8.DecodeRune(rest)
			switch {
			case r == utf8.RuneError && size == 1:
				strays++
			case size > 1:
				characters++
			}
			rest = rest[size:]
		}
		if characters > before+1 && utf8.Valid(word) {
			return true
		}
	}
	return characters > strays
}
