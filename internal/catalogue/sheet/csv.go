package sheet

import (
	"bytes"
	"fmt"
	"strings"
)

// readRows parses RFC 4180 text in UTF-8. It accepts any kind of line ending, and
// a comma, semicolon or tab as separator, which it detects from the first row or
// takes from a first line such as sep=; (a spreadsheet convention).
func readRows(data []byte) ([]row, error) {
	var separator byte
	if len(data) > 4 && strings.EqualFold(string(data[:4]), "sep=") && (len(data) == 5 || data[5] == '\n' || data[5] == '\r') {
		separator = data[4]
		data = bytes.TrimPrefix(bytes.TrimPrefix(data[5:], []byte("\r")), []byte("\n"))
	} else {
		separator = separatorOf(data)
	}

	var rows []row
	for number := 1; len(data) > 0; number++ {
		r := row{number: number}
		for {
			text, rest, err := cutCell(data, separator)
			if err != nil {
				return nil, fmt.Errorf("row %d, cell %d: %w", number, len(r.cells)+1, err)
			}
			r.cells = append(r.cells, cell{text: text})
			if data = rest; len(data) == 0 {
				break
			}
			end := data[0]
			data = data[1:]
			if end == separator {
				continue
			}
			if end == '\r' {
				data = bytes.TrimPrefix(data, []byte("\n"))
			}
			break
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// cutCell parses one cell. rest is empty or begins with the separator or a
// line ending.
func cutCell(data []byte, separator byte) (text string, rest []byte, err error) {
	if len(data) == 0 || data[0] != '"' {
		end := bytes.IndexFunc(data, func(r rune) bool { return r == rune(separator) || r == '\n' || r == '\r' })
		if end < 0 {
			end = len(data)
		}
		return string(data[:end]), data[end:], nil
	}
	var b []byte
	for rest = data[1:]; ; {
		end := bytes.IndexByte(rest, '"')
		if end < 0 {
			return "", nil, fmt.Errorf("unclosed quote")
		}
		b = append(b, rest[:end]...)
		rest = rest[end+1:]
		if len(rest) == 0 || rest[0] != '"' {
			break
		}
		b = append(b, '"')
		rest = rest[1:]
	}
	if len(rest) > 0 && rest[0] != separator && rest[0] != '\n' && rest[0] != '\r' {
		return "", nil, fmt.Errorf("unexpected text after the closing quote: double a quote inside a text")
	}
	return string(b), rest, nil
}

// separatorOf returns the most frequent separator in the first row, outside
// of quotes.
func separatorOf(data []byte) byte {
	counts := map[byte]int{}
	quoted := false
	for _, c := range data {
		if c == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if c == '\n' || c == '\r' {
			break
		}
		counts[c]++
	}
	best := byte(',')
	for _, c := range []byte{';', '\t'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}
