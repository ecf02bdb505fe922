package assets

import (
	"bytes"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"

	"pharmacy/internal/conneg"
)

// encode compresses content with Brotli or gzip at the best level. Brotli takes
// a few milliseconds per file, once at startup, and is an eighth smaller than
// gzip; its fast levels are larger than gzip for files this small.
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
