package cache

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// envelope is the encoded form of an entry in Redis.
//
// Its layout, with all integers big-endian, is: magic (4 bytes), generation
// (8), load time (8) and expiry (8) in Unix milliseconds, cost in microseconds
// (4), length of the variant (2), variant, value, and the CRC-32C (4) of the
// key's name and everything before. The name is part of the checksum so that a
// value under another key, or the reply to another command, is rejected.
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
	errEnvelope = errors.New("cache: malformed entry")
	castagnoli  = crc32.MakeTable(crc32.Castagnoli)
)

// encode returns the encoded entry for the key name.
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

// decodeEnvelope decodes the entry of the key name. The value shares b's
// memory. It returns errEnvelope if b is malformed in any way, because other
// programs may write to the same keys.
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

// PrefixLength returns the length to pass to Follow for PrefixVariant to find a
// variant of at most n bytes.
func PrefixLength(n int) int { return envelopeHeader + n }

// PrefixVariant returns the variant of an entry, given the prefix that Follow
// passes to notify. It returns "" if b is not the beginning of an entry.
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
