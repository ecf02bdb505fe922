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

// File returns the content of a catalogue file, with one line for each
// category, group and variant. It parses the result as a check, and returns an
// error if that has faults or differs from c.
func File(c *catalogue.Catalogue) ([]byte, error) {
	w := writer{lines: true}
	w.catalogue(c, "")
	data := append(w.b, '\n')
	again, _, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("nothing written: the catalogue has faults: %w", err)
	}
	if Hash(again) != Hash(c) {
		return nil, errors.New("nothing written: the catalogue does not survive a round trip")
	}
	return data, nil
}

// WriteFile atomically replaces the file at path with the [File] of a
// catalogue. A concurrent reader sees the old or the new content, and after an
// error the old file is unchanged. WriteFile follows symbolic links and keeps
// the mode of the old file.
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
	// Sync the directory to make the rename durable. Not every file system
	// supports that.
	if dir, openErr := os.Open(filepath.Dir(path)); openErr == nil {
		_ = dir.Sync()
		dir.Close()
	}
	return nil
}

// Hash returns a short hash, in hexadecimal, of the Marshal encoding of a
// catalogue without a version.
func Hash(c *catalogue.Catalogue) string {
	h := sha256.New()
	w := writer{flush: func(b []byte) { h.Write(b) }}
	w.catalogue(c, "")
	return hex.EncodeToString(h.Sum(nil)[:8])
}
