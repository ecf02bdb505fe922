package pagecache

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/andybalholm/brotli"
	"github.com/andybalholm/brotli/matchfinder"
	"github.com/klauspost/compress/gzip"

	"pharmacy/internal/conneg"
)

// Document is a rendered page: its body, media type and language. It has no
// field for a cookie or any other header of one visitor.
type Document struct {
	ContentType string
	Language    string // Content-Language; "" for none
	Body        []byte
}

// storedPage is a document, with its encoded bodies, validator and header
// fields computed once. It is immutable but for its atomic fields.
type storedPage struct {
	contentType string
	language    string
	etag        string
	length      int // of the plain body
	gzip        []byte
	brotli      []byte // nil if the plain body is larger than maxBrotli
	plain       []byte // nil until two requests have needed it

	codings  conneg.Codings
	fields   fields
	stamp    atomic.Pointer[stamp]
	unpacked atomic.Bool // a request has needed the plain body
}

// fields holds header values as http.Header stores them, so that a hit sets
// them without allocating. The capacity of each slice is its length, so that
// appending to one copies it.
type fields struct {
	contentType, language, etag           []string
	gzipLength, brotliLength, plainLength []string
}

// stamp holds the header values that depend on the age of a page, for one
// second.
type stamp struct {
	second            int64
	date, age, status []string // if date is nil, net/http sets the current time
}

// maxBrotli is the size in bytes of the largest body that is also compressed
// with Brotli.
const maxBrotli = 1 << 20

var (
	gzipWriters = sync.Pool{New: func() any {
		w, _ := gzip.NewWriterLevel(io.Discard, 6)
		return w
	}}
	brotliWriters = sync.Pool{New: func() any { return brotli.NewWriterV2(io.Discard, 4) }}
)

// newPage encodes a document. Its validator is weak, because the same one is
// used for every encoding of the body (RFC 9110, section 8.8.1). It is a hash of
// the document alone, so that every process computes the same one.
func newPage(d Document) (*storedPage, error) {
	sum := sha256.New()
	for _, s := range []string{d.ContentType, d.Language} {
		io.WriteString(sum, s)
		sum.Write([]byte{0})
	}
	sum.Write(d.Body)
	p := &storedPage{
		contentType: d.ContentType,
		language:    d.Language,
		etag:        `W/"` + base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:15]) + `"`,
		length:      len(d.Body),
	}
	var err error
	if p.gzip, err = compress(&gzipWriters, d.Body); err != nil {
		return nil, err
	}
	if len(d.Body) <= maxBrotli {
		if p.brotli, err = compress(&brotliWriters, d.Body); err != nil {
			return nil, err
		}
	}
	p.prepare()
	return p, nil
}

// prepare computes codings and fields.
func (p *storedPage) prepare() {
	one := func(s string) []string { return []string{s}[:1:1] }
	length := func(n int) []string { return one(strconv.Itoa(n)) }
	if p.codings = p.codings.With(conneg.Gzip); p.brotli != nil {
		p.codings = p.codings.With(conneg.Brotli)
	}
	p.fields = fields{
		contentType: one(p.contentType), language: one(p.language), etag: one(p.etag),
		gzipLength: length(len(p.gzip)), brotliLength: length(len(p.brotli)), plainLength: length(p.length),
	}
}

// compressor is implemented by the writers of gzip and Brotli.
type compressor interface {
	io.WriteCloser
	Reset(io.Writer)
}

var _ compressor = (*matchfinder.Writer)(nil)

func compress(pool *sync.Pool, body []byte) ([]byte, error) {
	w := pool.Get().(compressor)
	defer pool.Put(w)
	var b bytes.Buffer
	b.Grow(len(body)/4 + 64)
	w.Reset(&b)
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return bytes.Clone(b.Bytes()), nil
}

// withPlain returns a copy of p with its plain body. It returns an error if the
// gzip body is damaged.
func (p *storedPage) withPlain() (*storedPage, error) {
	r, err := gzip.NewReader(bytes.NewReader(p.gzip))
	if err != nil {
		return nil, err
	}
	body := make([]byte, p.length)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, fmt.Errorf("%w: body of %d bytes: %w", errPage, p.length, err)
	}
	if n, err := io.Copy(io.Discard, io.LimitReader(r, 1)); n != 0 || err != nil {
		return nil, fmt.Errorf("%w: body longer than %d bytes or invalid checksum", errPage, p.length)
	}
	q := &storedPage{
		contentType: p.contentType, language: p.language, etag: p.etag, length: p.length,
		gzip: p.gzip, brotli: p.brotli, plain: body,
	}
	q.prepare()
	return q, nil
}

var errPage = errors.New("pagecache: invalid page")

// validETag reports whether s is a single weak entity tag (RFC 9110, section
// 8.8.3).
func validETag(s string) bool {
	s, ok := strings.CutPrefix(s, `W/"`)
	if !ok {
		return false
	}
	s, ok = strings.CutSuffix(s, `"`)
	return ok && s != "" && !strings.Contains(s, `"`)
}

// codec encodes pages for Redis: a format byte, the length of the plain body,
// then content type, language, entity tag, gzip and Brotli body, each preceded
// by its length. Lengths are unsigned varints.
type codec struct{}

const (
	pageFormat   = 1
	maxExpansion = 1032 // largest compression ratio of DEFLATE
)

// Encode encodes p. The error is always nil.
func (codec) Encode(p *storedPage) ([]byte, error) {
	b := make([]byte, 0, len(p.gzip)+len(p.brotli)+len(p.contentType)+len(p.language)+len(p.etag)+32)
	b = append(b, pageFormat)
	b = binary.AppendUvarint(b, uint64(p.length))
	for _, s := range []string{p.contentType, p.language, p.etag} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	for _, body := range [][]byte{p.gzip, p.brotli} {
		b = binary.AppendUvarint(b, uint64(len(body)))
		b = append(b, body...)
	}
	return b, nil
}

// Decode decodes a page. It returns errPage for anything that Encode does not
// write, such as header values with control characters: other clients of Redis
// may write to these keys.
func (codec) Decode(b []byte) (*storedPage, error) {
	if len(b) == 0 || b[0] != pageFormat {
		return nil, errPage
	}
	b = b[1:]
	number := func() (uint64, bool) {
		n, size := binary.Uvarint(b)
		if size <= 0 {
			return 0, false
		}
		b = b[size:]
		return n, true
	}
	next := func() ([]byte, bool) {
		n, ok := number()
		if !ok || n > uint64(len(b)) {
			return nil, false
		}
		part := b[:n:n]
		b = b[n:]
		return part, true
	}
	length, ok := number()
	if !ok || length > 1<<30 {
		return nil, errPage
	}
	var parts [5][]byte
	for i := range parts {
		if parts[i], ok = next(); !ok {
			return nil, errPage
		}
	}
	// A length above the largest possible expansion is forged, and withPlain
	// would allocate that many bytes.
	if len(b) != 0 || len(parts[3]) == 0 || length > maxExpansion*uint64(len(parts[3])) {
		return nil, errPage
	}
	for _, text := range parts[:3] {
		for _, c := range text {
			if c < ' ' || c > '~' {
				return nil, errPage
			}
		}
	}
	p := &storedPage{
		contentType: string(parts[0]), language: string(parts[1]), etag: string(parts[2]),
		length: int(length), gzip: parts[3], brotli: parts[4],
	}
	if !validETag(p.etag) {
		return nil, errPage
	}
	if len(p.brotli) == 0 {
		p.brotli = nil
	}
	p.prepare()
	return p, nil
}

// Size returns the approximate size of p in memory, in bytes.
func (codec) Size(p *storedPage) int {
	return len(p.gzip) + len(p.brotli) + len(p.plain) + 512
}
