package catalogue

import "testing"

// The quick test passes every strength that is unclear.
func FuzzUnclearStrength(f *testing.F) {
	for _, s := range []string{"400.000 IU", "2x50.000", "1,250", "1.2500", "۴۰۰.۰۰۰", "1.250.500", ".125", "1000.500", "3.125 mg"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if hasTwoReadings(s) && !mayBeUnclear(s) {
			t.Errorf("%q is not recognized", s)
		}
	})
}
