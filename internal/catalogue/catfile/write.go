package catfile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"pharmacy/internal/catalogue"
)

// File returns the bytes of a catalogue file, with a line for each category,
// group and variant. They have been read again: what has faults or is not
// equal is an error.
func File(c *catalogue.Catalogue) ([]byte, error) {
	w := writer{lines: true}
	w.catalogue(c, "")
	data := append(w.b, '\n')
	again, _, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("what would be written has faults, so nothing was: %w", err)
	}
	if Hash(again) != Hash(c) {
		return nil, errors.New("what would be written is not read as it was meant, so nothing was")
	}
	return data, nil
}

// WriteFile writes the [File] of a catalogue in the place of another in one
// step: whoever reads meanwhile reads one of the two, and with any error the
// old one stays. A link stays, and what it leads to is replaced; the mode of
// the old file is kept.
func WriteFile(path string, c *catalogue.Catalogue) (err error) {
	data, err := File(c)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s is not a file", path)
		}
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Chmod(mode); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	// The new name lasts only once its directory is written, too. Not every
	// file system can be asked for that.
	if dir, openErr := os.Open(filepath.Dir(path)); openErr == nil {
		_ = dir.Sync()
		dir.Close()
	}
	return nil
}

// Hash returns a short hash of a catalogue's content, in hexadecimal: that of
// what Marshal writes, without keeping it.
func Hash(c *catalogue.Catalogue) string {
	h := sha256.New()
	w := writer{flush: func(b []byte) { h.Write(b) }}
	w.catalogue(c, "")
	return hex.EncodeToString(h.Sum(nil)[:8])
}
