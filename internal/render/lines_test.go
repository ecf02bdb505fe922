package render

import (
	"strings"
	"testing"
)

func TestLinesEndOnlyWhereALongDoseAllows(t *testing.T) {
	for in, want := range map[string]string{
		"":                      "",
		"500\u00a0mg":           "",
		"120\u00a0mg/5\u00a0ml": "",
		"25\u00a0micrograms/125\u00a0micrograms/dose":               "25\u00a0micrograms/|125\u00a0micrograms/|dose",
		"Paracetamol 120\u00a0mg/5\u00a0ml oral suspension, 100 ml": "",
		"A and b 160\u00a0micrograms/4.5\u00a0micrograms/dose puff": "A and b 160\u00a0micrograms/|4.5\u00a0micrograms/|dose puff",
	} {
		got := strings.Join(lines(in), "|")
		if got != want {
			t.Errorf("lines(%q) = %q, want %q", in, got, want)
		}
		if got != "" && strings.ReplaceAll(got, "|", "") != in {
			t.Errorf("lines(%q) loses text: %q", in, got)
		}
	}
}
