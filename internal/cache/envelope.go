package cache

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// envelope is an entry as Redis holds it.
//
// Layout, all integers big-endian: magic (4), generation (8), made at (8)
// and expires at (8), both Unix milliseconds, cost in microseconds (4),
// length of the variant (2), variant, value, CRC-32C of the key's name and
// all before (4). With the name in it, a value that got under another key,
// or a reply that answers another question, is not taken for an entry.
type envelope struct {
	generation uint64
	made       int64
	expires    int64
	cost       uint32
	variant    string
	value      []byte
}

const (
	envelopeMagic  = "PHC1"
	envelopeHeader = len(envelopeMagic) + 8 + 8 + 8 + 4 + 2
	maxVariant     = 1 << 10
)

var (
	errEnvelope = errors.New("cache: not an entry of ours, or damaged")
	castagnoli  = crc32.MakeTable(crc32.Castagnoli)
)

func (e *envelope) encode(name string) []byte {
	b := make([]byte, 0, envelopeHeader+len(e.variant)+len(e.value)+4)
	b = append(b, envelopeMagic...)
	b = binary.BigEndian.AppendUint64(b, e.generation)
	b = binary.BigEndian.AppendUint64(b, uint64(e.made))
	b = binary.BigEndian.AppendUint64(b, uint64(e.expires))
	b = binary.BigEndian.AppendUint32(b, e.cost)
	b = binary.BigEndian.AppendUint16(b, uint16(len(e.variant)))
	b = append(b, e.variant...)
	b = append(b, e.value...)
	return binary.BigEndian.AppendUint32(b, checksum(name, b))
}

func checksum(name string, b []byte) uint32 {
	return crc32.Update(crc32.Checksum([]byte(name), castagnoli), castagnoli, b)
}

// decodeEnvelope reads the entry of a key. The value shares b's memory. Whatever is
// not exactly an entry is errEnvelope: strangers may write to our keys.
func decodeEnvelope(name string, b []byte) (envelope, error) {
	var e envelope
	if len(b) < envelopeHeader+4 || string(b[:4]) != envelopeMagic {
		return e, errEnvelope
	}
	body, sum := b[:len(b)-4], binary.BigEndian.Uint32(b[len(b)-4:])
	if checksum(name, body) != sum {
		return e, errEnvelope
	}
	e.generation = binary.BigEndian.Uint64(b[4:])
	e.made = int64(binary.BigEndian.Uint64(b[12:]))
	e.expires = int64(binary.BigEndian.Uint64(b[20:]))
	e.cost = binary.BigEndian.Uint32(b[28:])
	n := int(binary.BigEndian.Uint16(b[32:]))
	if n > maxVariant || envelopeHeader+n > len(body) || e.made < 0 || e.expires < e.made {
		return e, errEnvelope
	}
	e.variant = string(body[envelopeHeader : envelopeHeader+n])
	e.value = body[envelopeHeader+n:]
	return e, nil
}

// PrefixLength is how many bytes at the start of a stored value hold its
// variant, when the variant has at most n bytes: the length to give Follow.
func PrefixLength(n int) int { return envelopeHeader + n }

// PrefixVariant reads the variant out of the first bytes of a stored value,
// as Follow delivers them. It returns "" when they are not an entry's.
func PrefixVariant(b []byte) string {
	if len(b) < envelopeHeader || string(b[:4]) != envelopeMagic {
		return ""
	}
	n := int(binary.BigEndian.Uint16(b[32:]))
	if n > maxVariant || envelopeHeader+n > len(b) {
		return ""
	}
	return string(b[envelopeHeader : envelopeHeader+n])
}
