package sheet

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"pharmacy/data"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
)

// in encodes a text, which must have only characters of the encoding.
func in(t testing.TB, e encoding.Encoding, text string) []byte {
	t.Helper()
	b, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatalf("%.100q: %v", text, err)
	}
	return []byte(b)
}

// namesIn returns a table of the demonstration catalogue's texts in a language, in
// the letters of code page 1256 if it is Persian.
func namesIn(t *testing.T, lang string) string {
	t.Helper()
	c, _, err := catfile.Parse(data.Medicines)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "id,group,name_%[1]s,description_%[1]s,strength\r\n", lang)
	pageLetters := strings.NewReplacer("ی", "ي", "ٔ", "", "۱", "1", "۲", "2", "۳", "3", "۶", "6", "۷", "7")
	for i := range c.Groups {
		g := &c.Groups[i]
		for j := range g.Variants {
			cell := func(text catalogue.Text) string {
				return `"` + strings.ReplaceAll(pageLetters.Replace(textCell(text, lang)), `"`, `""`) + `"`
			}
			fmt.Fprintf(&b, "%s,%s,%s,%s,%s\r\n", g.Variants[j].ID, g.ID, cell(g.Name), cell(g.Description), g.Variants[j].Strength)
		}
	}
	return b.String()
}

func TestEncodings(t *testing.T) {
	little := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	big := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	latin, arabic := charmap.Windows1254, charmap.Windows1256
	persian := namesIn(t, "fa")
	const excelFrench = "id,group,name,brand\r\na,g,Paracétamol,DOLIPRANE® comprimé pelliculé – “adulte”\r\n"
	for _, test := range []struct {
		name     string
		encoding encoding.Encoding
		text     string
		source   string
		guessed  bool
	}{
		{"UTF-8", encoding.Nop, persian, "UTF-8 text", false},
		{"UTF-8 with a mark", encoding.Nop, "\ufeff" + persian, "UTF-8 text", false},
		{"UTF-16", little, "\ufeff" + persian, "UTF-16 text", false},
		{"UTF-16, big-endian", big, "\ufeff" + persian, "UTF-16 text", false},
		{"UTF-16 without a mark", little, persian, "UTF-16 text", true},
		{"UTF-16 without a mark, big-endian", big, persian, "UTF-16 text", true},
		{"UTF-16 without a mark, ASCII", little, "id,price\n1,2\n", "UTF-16 text", true},
		{"UTF-16 with an emoji", big, "id,brand\na,💊\n", "UTF-16 text", true},
		{"Turkish", latin, namesIn(t, "tr"), "windows-1254 (Turkish) text", true},
		{"one Turkish word", latin, "id,name_tr\na,Ağrı\n", "windows-1254 (Turkish) text", true},
		{"Turkish capitals", latin, "id,name_tr\na,AĞRI KESİCİ ŞURUP\nb,ÜÇ GÖZ DAMLASI\nc,IŞIK\nd,KARDEŞ’İN\n", "windows-1254 (Turkish) text", true},
		{"Turkish with signs", latin, "id,name_tr\na,GÜÇ’LÜ ağrı “SÜRÜ” 5 cm³ £5 ¼ 2. § KARDEŞ’İN 1ª nº 5¹ OÙ® Ö…\n", "windows-1254 (Turkish) text", true},
		{"French", latin, excelFrench, "windows-1254 (Turkish) text", true},
		{"Arabic", arabic, namesIn(t, "ar"), "windows-1256 (Arabic, Persian) text", true},
		{"Persian", arabic, persian, "windows-1256 (Arabic, Persian) text", true},
		{"Persian letters and a joiner", arabic, "id,name\na,پماد چشم ژل گلو؛ قرص\u200cهاي تک\n", "windows-1256 (Arabic, Persian) text", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			encoded := in(t, test.encoding, test.text)
			text, source, guessed, err := decodeText(encoded)
			want := strings.TrimPrefix(test.text, "\ufeff")
			if err != nil || source != test.source || guessed != test.guessed || string(text) != want {
				t.Errorf("%s, guessed %t, %v\n%.300q\nwant\n%.300q", source, guessed, err, text, want)
			}
			table, err := Parse(encoded, "")
			if err != nil || table.Source != test.source || table.Guessed != test.guessed || len(table.rows) != strings.Count(want, "\n") {
				t.Errorf("%+.200v, %v", table, err)
			}
		})
	}
}

// What is not certain is not guessed.
func TestEncodingsThatCannotBeTold(t *testing.T) {
	utf := strings.Repeat("a,Ağrı kesici şurup\n", 3)
	turkish := string(in(t, charmap.Windows1254, "b,Göğüs ağrısı için şurup\n"))
	persian := string(in(t, charmap.Windows1256, "c,شربت سينه براي کودکان\n"))
	for _, test := range []struct{ name, text, want string }{
		{"a stray byte in UTF-8", utf + "b,x\xfey\n", "line 4 is not UTF-8, and others are: save"},
		{"a stray byte in Persian UTF-8", "a,شربت\nb,قر\xd8\n", "line 2 is not UTF-8, and others are: save"},
		{"a stray byte in UTF-8 with a letter a word", "a,Süt\nb,Gül\nc,x\xfey\n", "line 3 is not UTF-8, and others are: save"},
		{"a stray byte after a mark", byteOrderMark + "id\na\xfe\n", "line 2 is not UTF-8: save"},
		{"Turkish in two encodings", strings.Repeat(turkish, 9) + utf, "line 1 is not UTF-8, and others are: save"},
		{"Persian in two encodings", strings.Repeat(persian, 9) + "a,شربت\n", "line 1 is not UTF-8, and others are: save"},
		{"two code pages", strings.Repeat(turkish, 3) + persian, "line 1 is not UTF-8, and its words tell neither"},
		{"two code pages, mostly Persian", strings.Repeat(persian, 3) + turkish, "line 1 is not UTF-8, and its words tell neither"},
		{"a word of UTF-8 in Turkish", strings.Repeat(turkish, 9) + "b,Koçak\n" + turkish, "line 1 is not UTF-8, and line 10 is: save"},
		{"a capital of UTF-8 in Turkish", strings.Repeat(turkish, 9) + "b,İLAC\n", "line 1 is not UTF-8, and line 10 is: save"},
		{"a letter of UTF-8 in Turkish", strings.Repeat(turkish, 9) + "b,Agrı\n", "line 1 is not UTF-8, and line 10 is: save"},
		{"a Persian letter of UTF-8 in Turkish", strings.Repeat(turkish, 9) + "b,x ا\n", "line 1 is not UTF-8, and line 10 is: save"},
		{"an apostrophe of UTF-8 in Turkish", strings.Repeat(turkish, 9) + "b,Ali’nin\n", "line 1 is not UTF-8, and line 10 is: save"},
		{"a Turkish word of UTF-8 in Persian", strings.Repeat(persian, 9) + "b,Koçak\n", "line 1 is not UTF-8, and line 10 is: save"},
		{"Polish", string(in(t, charmap.Windows1250, "id,name\na,Tabletki\nb,Zakłady Łódź\n")), "line 3 is not UTF-8, and"},
		{"Polish with a sign in a word", string(in(t, charmap.Windows1250, "id,name\na,Zakłady\n")), "line 2 is not UTF-8, and line 2 as windows-1254 (Turkish) has \"Zak³ady\": save"},
		{"Polish with a sign before a word", string(in(t, charmap.Windows1250, "id,name\na,Łagodny, ósmy\n")), "line 2 is not UTF-8, and line 2 as windows-1254 (Turkish) has \"£agodny\": save"},
		{"Polish with a sign after a word", string(in(t, charmap.Windows1250, "id,name\na,są\n")), "line 2 is not UTF-8, and line 2 as windows-1254 (Turkish) has \"s¹\": save"},
		{"Polish with a last letter", string(in(t, charmap.Windows1250, "id,name\na,był\n")), "line 2 is not UTF-8, and line 2 as windows-1254 (Turkish) has \"by³\": save"},
		{"no word", "id,group\na,\xfe\n", "line 2 is not UTF-8, and its words tell neither"},
		{"Cyrillic", string(in(t, charmap.Windows1251, "а,Парацетамол таблетки\n")), "line 1 is not UTF-8, and its words tell neither"},
		{"Cyrillic capitals", string(in(t, charmap.Windows1251, "А,ПАРАЦЕТАМОЛ ТАБЛЕТКИ СИРОП\n")), "line 1 is not UTF-8, and its words tell neither"},
		{"Greek", string(in(t, charmap.Windows1253, "α,Παρακεταμόλη δισκία\n")), "line 1 is not UTF-8, and its words tell neither"},
		{"Greek capitals", string(in(t, charmap.Windows1253, "Α,ΠΑΡΑΚΕΤΑΜΟΛΗ ΔΙΣΚΙΑ\n")), "line 1 is not UTF-8, and its words tell neither"},
		{"half a unit", "\xff\xfei\x00d", "damaged UTF-16"},
		{"half a surrogate pair", "\xfe\xff\xd8\x3d", "damaged UTF-16"},
		{"a surrogate alone", "\xfe\xff\xd8\x3d\x00a", "damaged UTF-16"},
		{"bytes of a program", "\x7fELF\x02\x01\x00\x00\xfe\xff", "line 1 is not UTF-8: save"},
	} {
		if text, source, _, err := decodeText([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: read as %s, %v, want %s\n%.100s", test.name, source, err, test.want, text)
		}
	}
	if _, err := Parse([]byte("id\na\n"), "Prices"); err == nil || !strings.Contains(err.Error(), `the table is text, which has no sheet "Prices"`) {
		t.Error(err)
	}
}

// Letters that were lost before the import are not a name.
func TestLostLetters(t *testing.T) {
	for _, text := range []string{
		"ا?بوپروفن", "?????????", "?", "??? ???", "?buprofen", "A?r? kesici", "A??r kesici", "500 ?g", "500?g", "(?buprofen)", "tablet (?12 ya?)", "Zi?a/?urup", "Parasetamol\ufffd", "\ufffd",
		"????? 500 mg", "Emin misiniz? ?laç",
		"ParasetamÃ¶l", "AÄŸrÄ± kesici", "Ä°LAÃ‡", "Åžurup", "Å\u009eurup", "40 Â°C", "Aliâ€™nin", "Ø§ÛŒØ¨ÙˆÙ¾Ø±ÙˆÙ\u0081Ù†", "ط§غŒط¨ظˆظ¾ط±ظˆظپظ†", "Ø´Ø±Ø¨Øª",
	} {
		if err := checkLetters(text); err != errLettersLost {
			t.Errorf("%q: %v", text, err)
		}
	}
	c, _, err := catfile.Parse(data.Medicines)
	must(t, err)
	columns := columnsOf(c)
	for texts := range lines(c, columns) {
		for i, text := range texts {
			if err := checkLetters(text); err != nil {
				t.Errorf("%s, %q: %v", columns[i], text, err)
			}
		}
	}
	for _, text := range []string{
		"", "tablet?", "Rx?", "Ağrı mı? Evet.", "Emin misiniz ?", "Is it so? Yes!", "Why?!", "(why?)", "\"Why?\" he said", "چرا؟", "؟", "What ? No", "see https://example.org/a?b=c", "(http://example.org?x)", "www.example.org/?id=1",
		"Ağrı kesici", "Paracétamol", "GÜÇ’TEN", "KÂĞIT", "Åland", "رگ", "برگ", "عکس", "قرص\u200cهای", "500 µg", "25 °C", "±5", "“İMLÂ”", "Ñ", "¿Qué?", "Ömer’in",
	} {
		if err := checkLetters(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, test := range []struct {
		table string
		lost  bool
	}{
		{"id;group;name\na;g;A?r? kesici\n", true},
		{"id;group;name;manufacturer\na;g;G;?????\n", true},
		{"id;group;name;description\na;g;G;https://example.org/a?b=c\n", false},
		{"id;group;name;leaflet\na;g;G;https://example.org/a?b=c\n", false},
		{"id;group;name;image\na;g;G;a?b=c.png\n", false},
		{"id;group;name;remark\na;g;G;A?r?\n", false},
	} {
		if _, faults := readTable(new(catalogue.Catalogue), []byte(test.table), Options{}); strings.Contains(fmt.Sprint(faults), errLettersLost.Error()) != test.lost {
			t.Errorf("%q: %v", test.table, faults)
		}
	}
}

// Any bytes give UTF-8 or an error, and UTF-8 is returned as it is.
func FuzzDecodeText(f *testing.F) {
	for _, text := range []string{"id,name\na,Ağrı\n", "id,name\na,درد سينه\n", "id,name\na,💊\n"} {
		f.Add([]byte(text))
		for _, e := range []encoding.Encoding{charmap.Windows1254, charmap.Windows1256, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)} {
			b, _ := encoding.ReplaceUnsupported(e.NewEncoder()).Bytes([]byte(text))
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, source, guessed, err := decodeText(data)
		switch {
		case err != nil:
		case !utf8.Valid(text):
			t.Errorf("%s: %q", source, text)
		case source == UTF8 && (guessed || !bytes.Equal(text, bytes.TrimPrefix(data, []byte(byteOrderMark)))):
			t.Errorf("%q", text)
		}
	})
}
