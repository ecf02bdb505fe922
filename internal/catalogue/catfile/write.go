package catfile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"pharmacy/internal/catalogue"
)

// File returns the content of a catalogue file, with one line for each
// category, group and variant. It parses the result as a check, and returns an
// error if that has faults or differs from c.
func File(c *catalogue.Catalogue) ([]byte, error) {
	w := writer{lines: true}
	w.catalogue(c, "")
	data := append(w.b, '\n')
	again, _, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("nothing written: the catalogue has faults: %w", err)
	}
	if Hash(again) != Hash(c) {
		return nil, errors.New("nothing written: the catalogue does not survive a round trip")
	}
	return data, nil
}

// SetUpdated returns data, the content of a catalogue file without errors in
// either format, with another updated time and nothing else changed.
func SetUpdated(data []byte, updated time.Time) ([]byte, error) {
	want, _, err := Parse(data)
	if err != nil {
		return nil, err
	}
	value := updated.UTC().Format(`"` + time.RFC3339Nano + `"`)
	s := scanner{data: data}
	s.peek()
	from, to, text := s.pos+1, s.pos+1, `"updated": `+value+`,` // if there is none yet
	for o := s.object(); o.next(); {
		if string(o.key) == "updated" {
			s.skip()
			from, to, text = o.value, s.pos, value
			break
		}
	}
	changed := slices.Concat(data[:from], []byte(text), data[to:])
	want.Updated = updated
	if again, _, err := Parse(changed); err != nil {
		return nil, err
	} else if Hash(again) != Hash(want) {
		return nil, errors.New("the catalogue changed with its updated time")
	}
	return changed, nil
}

// Hash returns a short hash, in hexadecimal, of the Marshal encoding of a
// catalogue without a version.
func Hash(c *catalogue.Catalogue) string {
	h := sha256.New()
	w := writer{flush: func(b []byte) { h.Write(b) }}
	w.catalogue(c, "")
	return hex.EncodeToString(h.Sum(nil)[:8])
}
