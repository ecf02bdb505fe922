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

// Document is what a render makes: the bytes of a page and what they are.
// There is no place in it for a cookie or any other header of a visitor's.
type Document struct {
	ContentType string
	Language    string // Content-Language; "" for none
	Body        []byte
}

// Page is a document as it is stored: encoded once, with its validator and
// its header fields made once. It is immutable.
type Page struct {
	contentType string
	language    string
	etag        string
	length      int // of the plain body
	gzip        []byte
	brotli      []byte // nil where it would cost too much to make
	plain       []byte // nil until clients have asked for it twice

	codings  conneg.Codings
	fields   fields
	stamp    atomic.Pointer[stamp]
	unpacked atomic.Bool // a client has asked for the plain body once
}

// fields are header values in the form that http.Header holds them, so that
// a hit puts them there without making anything. Their capacity is their
// length: whoever appends gets a copy.
type fields struct {
	contentType, language, etag           []string
	gzipLength, brotliLength, plainLength []string
}

// stamp holds the header values that say how old a page is. They change once
// a second.
type stamp struct {
	second            int64
	date, age, status []string // no date: net/http sets the present one
}

// maxBrotli is the largest body that is compressed twice, in bytes.
const maxBrotli = 1 << 20

var (
	gzipWriters = sync.Pool{New: func() any {
		w, _ := gzip.NewWriterLevel(io.Discard, 6)
		return w
	}}
	brotliWriters = sync.Pool{New: func() any { return brotli.NewWriterV2(io.Discard, 4) }}
)

// newPage encodes a document. The validator is weak, because one stands for
// all encodings of a body (RFC 9110, section 8.8.1), and is made from
// nothing but the document, so that every process gives the same.
func newPage(d Document) (*Page, error) {
	sum := sha256.New()
	for _, s := range []string{d.ContentType, d.Language} {
		io.WriteString(sum, s)
		sum.Write([]byte{0})
	}
	sum.Write(d.Body)
	p := &Page{
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

func (p *Page) prepare() {
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

// compressor is what gzip's and brotli's writers have in common.
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

// withPlain answers a copy of p that has its plain body.
func (p *Page) withPlain() (*Page, error) {
	r, err := gzip.NewReader(bytes.NewReader(p.gzip))
	if err != nil {
		return nil, err
	}
	body := make([]byte, p.length)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, fmt.Errorf("%w: body of %d bytes: %w", errPage, p.length, err)
	}
	if n, err := io.Copy(io.Discard, io.LimitReader(r, 1)); n != 0 || err != nil {
		return nil, fmt.Errorf("%w: more than %d bytes, or a wrong checksum", errPage, p.length)
	}
	q := &Page{
		contentType: p.contentType, language: p.language, etag: p.etag, length: p.length,
		gzip: p.gzip, brotli: p.brotli, plain: body,
	}
	q.prepare()
	return q, nil
}

var errPage = errors.New("pagecache: not a page of ours, or damaged")

// validETag reports whether s is one weak entity tag.
func validETag(s string) bool {
	s, ok := strings.CutPrefix(s, `W/"`)
	if !ok {
		return false
	}
	s, ok = strings.CutSuffix(s, `"`)
	return ok && s != "" && !strings.Contains(s, `"`)
}

// codec stores pages in Redis: three short texts and two bodies, each after
// its length, and the length of the plain body.
type codec struct{}

const (
	pageFormat   = 1
	maxExpansion = 1032
)

func (codec) Encode(p *Page) ([]byte, error) {
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

// Decode reads a page and rejects whatever Encode does not write, among it
// header values with control characters: strangers may write to our keys.
func (codec) Decode(b []byte) (*Page, error) {
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
	// No gzip expands further than maxExpansion: a length beyond it is made
	// up, and would have somebody make room for it.
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
	p := &Page{
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

// Size is what a page costs in memory.
func (codec) Size(p *Page) int {
	return len(p.gzip) + len(p.brotli) + len(p.plain) + 512
}
