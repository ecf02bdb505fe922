//go:build !unix

package catfile

import (
	"io/fs"
	"os"
	"time"
)

// keepOwner does nothing: the file system has no owners that a program sets.
func keepOwner(*os.File, string, fs.FileInfo) error { return nil }

// changed returns the time at which the file at path was last written.
func changed(path string) (time.Time, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}
