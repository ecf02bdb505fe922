package cache

import (
	"bytes"
	"strings"
	"testing"
)

func FuzzEnvelope(f *testing.F) {
	const name = "page:b:v:en:/medicines"
	for _, e := range []envelope{
		{},
		{generation: 1, made: 2, expires: 3, cost: 4, value: []byte("page")},
		{generation: 1 << 52, made: 1 << 41, expires: 1<<41 + 600_000, variant: "2 <hash>", value: bytes.Repeat([]byte{0xff}, 100)},
		{variant: strings.Repeat("v", maxVariant)},
		{variant: strings.Repeat("v", maxVariant+1)},
		{made: 2, expires: 1},
		{made: -1, expires: 1},
	} {
		f.Add(e.encode(name))
		f.Add(e.encode("another"))
	}
	f.Add([]byte(nil))
	f.Add([]byte(envelopeMagic))
	f.Add(bytes.Repeat([]byte(envelopeMagic), 20))
	f.Fuzz(func(t *testing.T, b []byte) {
		// PrefixVariant reads the variant from the first bytes alone, before the rest
		// is validated.
		variant := PrefixVariant(b)
		e, err := decodeEnvelope(name, b)
		if err != nil {
			if e.value != nil || e.variant != "" {
				t.Error("rejected, but with content")
			}
			return
		}
		if again := e.encode(name); !bytes.Equal(again, b) {
			t.Errorf("%x decodes and encodes to %x", b, again)
		}
		if e.variant != variant || len(e.variant) > maxVariant || e.made < 0 || e.expires < e.made {
			t.Errorf("accepted: %+v, variant of the prefix %q", e, variant)
		}
		if _, err := decodeEnvelope(name+"2", b); err == nil {
			t.Error("accepted for another key")
		}
	})
}

func TestEnvelopeSurvivesNoChange(t *testing.T) {
	e := envelope{generation: 7, made: 1, expires: 2, cost: 3, variant: "v", value: []byte("page")}
	b := e.encode("page:1")
	if got, err := decodeEnvelope("page:1", b); err != nil || got.generation != 7 || string(got.value) != "page" || got.variant != "v" {
		t.Fatalf("got %+v, %v", got, err)
	}
	for i := range b {
		for bit := range 8 {
			c := bytes.Clone(b)
			c[i] ^= 1 << bit
			if _, err := decodeEnvelope("page:1", c); err == nil {
				t.Errorf("changing bit %d of byte %d is not detected", bit, i)
			}
		}
		if _, err := decodeEnvelope("page:1", b[:i]); err == nil {
			t.Errorf("accepted with only %d bytes", i)
		}
	}
}

func TestPrefixOfItsLengthHoldsTheVariant(t *testing.T) {
	e := envelope{variant: "2026 later", value: []byte("much more")}
	b := e.encode("page:1")
	if got := PrefixVariant(b[:PrefixLength(len(e.variant))]); got != e.variant {
		t.Errorf("got %q", got)
	}
	if got := PrefixVariant(b[:PrefixLength(len(e.variant)-1)]); got != "" {
		t.Errorf("variant from too few bytes: %q", got)
	}
}
