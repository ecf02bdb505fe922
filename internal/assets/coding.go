package assets

import (
	"bytes"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"

	"pharmacy/internal/conneg"
)

// encode returns content in Brotli or gzip, as small as they can. Brotli's
// greatest level takes some milliseconds a file, once a start, and is an
// eighth smaller than gzip; its fast levels are larger than gzip on files
// this small.
func encode(c conneg.Coding, content []byte) []byte {
	var b bytes.Buffer
	var w io.WriteCloser
	if c == conneg.Brotli {
		w = brotli.NewWriterLevel(&b, brotli.BestCompression)
	} else {
		w, _ = gzip.NewWriterLevel(&b, gzip.BestCompression) // fails for unknown levels only
	}
	w.Write(content) // a bytes.Buffer does not fail
	w.Close()
	return b.Bytes()
}
