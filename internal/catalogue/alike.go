package catalogue

import (
	"fmt"
	"strconv"
	"strings"
)

// AlikeKey returns a key that is equal for variants of one group that a customer
// cannot tell apart: those with the same form, strength, pack and brand, however
// they are spelled, and, where all four are unknown, the same name. Who makes
// them, and the price, may differ.
func (v *Variant) AlikeKey() string {
	strength := foldWords(v.Strength)
	if read, err := ReadStrength(v.Strength); err == nil {
		strength = read.key()
	}
	key := foldWords(v.Form) + "\n" + strength + "\n" + foldWords(v.Brand) + "\n"
	if v.Pack != (Pack{}) {
		key += strconv.FormatFloat(v.Pack.Amount, 'f', -1, 64) + " " + foldWords(v.Pack.Unit)
	} else if key == "\n\n\n" {
		for lang, name := range v.Name.All() {
			key += lang + " " + foldWords(name) + "\n"
		}
	}
	return key
}

// key returns a key that is equal for strengths with the same amounts: 1 g and
// 1000 mg, but not 5 mg/ml and 10 mg/2 ml, of which a syringe holds less.
func (s Strength) key() string {
	var b strings.Builder
	for _, q := range s.amounts {
		fmt.Fprintf(&b, "%d %g+", units[q.unit].kind, q.size())
	}
	if s.per.unit != "" {
		fmt.Fprintf(&b, "/%d %g", units[s.per.unit].kind, s.per.size())
	}
	return b.String()
}

// foldWords returns the words of a text in small letters with single spaces.
func foldWords(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// AlikeID returns a key that is equal for ids that a spreadsheet or a person may
// make of each other: those that differ only by case or, if they are numbers, by
// leading zeros.
func AlikeID(id string) string {
	if strings.Trim(id, "0123456789") == "" {
		return strings.TrimLeft(id, "0")
	}
	return strings.ToLower(id)
}
