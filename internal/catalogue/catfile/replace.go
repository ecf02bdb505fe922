package catfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// WriteFile atomically replaces the file at path, or creates it. A concurrent
// reader sees the old or the new content, and after an error the old file is
// unchanged.
//
// The new file has the owner, group and mode of the old one; if this process may
// not give it the same owner, that is an error. A file that is created has the
// mode 0666 less the umask. Access control lists are not kept.
//
// A symbolic link is followed, to a file that does not exist, too. Of a file with
// several hard links only the given name is replaced, so that a copy made of
// links keeps the old content. A file that cannot be replaced under its name,
// because it is mounted there, and one that this process may not write are
// errors, and so is what is no regular file.
func WriteFile(path string, data []byte) error {
	_, err := replace(path, data, false)
	return err
}

// ReplaceFile is like WriteFile but first keeps the file that it replaces, byte
// for byte and with its owner and mode, in the file that [Previous] names. It
// returns that name, or "" if there was no file to keep.
func ReplaceFile(path string, data []byte) (previous string, err error) {
	return replace(path, data, true)
}

// Previous returns the path at which ReplaceFile keeps the file that it replaces
// at path: beside it, where path is not a symbolic link.
func Previous(path string) (string, error) {
	t, err := find(path)
	if err != nil {
		return "", err
	}
	return t.path + ".previous", nil
}

func replace(path string, data []byte, keep bool) (previous string, err error) {
	t, err := find(path)
	if err != nil {
		return "", err
	}
	next, err := t.stage(data, t.info)
	if err != nil {
		return "", err
	}
	defer next.discard()
	if !keep || t.info == nil {
		return "", next.commit()
	}

	old, err := os.ReadFile(t.path)
	if err != nil {
		return "", err
	}
	previous = t.path + ".previous"
	kept, err := find(previous)
	if err != nil {
		return "", fmt.Errorf("keeping the file that is replaced: %w", err)
	}
	last, err := kept.stage(old, t.info)
	if err != nil {
		return "", fmt.Errorf("keeping the file that is replaced: %w", err)
	}
	defer last.discard()
	// If the file cannot be replaced after all, the one kept before is put back.
	// Not every file system has hard links.
	before := staged{temp: temporary(kept.path), target: kept.path}
	linked := kept.info != nil && os.Link(kept.path, before.temp) == nil
	defer before.discard()
	if err := last.commit(); err != nil {
		return "", fmt.Errorf("keeping the file that is replaced: %w", err)
	}
	if err := next.commit(); err != nil {
		if linked {
			err = errors.Join(err, before.commit())
		}
		return "", err
	}
	return previous, nil
}

// target is a path that is no symbolic link, where a file is or may be created.
type target struct {
	path string
	info fs.FileInfo // nil if there is no file
}

// maxLinks bounds the symbolic links that find follows, as Linux does.
const maxLinks = 40

// find follows symbolic links to a regular file or to the path of one that does
// not exist. It is an error if that is in a directory that does not exist.
func find(path string) (target, error) {
	at := path
	for range maxLinks {
		// Not Dir and Join, which shorten link/.. to nothing.
		dir, name := filepath.Split(at)
		if dir == "" {
			dir = "."
		}
		if name == "" || name == "." || name == ".." {
			return target{}, fmt.Errorf("%s is a directory: give the path of a file", describe(path, at))
		}
		real, err := filepath.EvalSymlinks(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return target{}, fmt.Errorf("%s: there is no directory %s: create it first", describe(path, at), filepath.Clean(dir))
		case err != nil:
			return target{}, fmt.Errorf("%s: %w", path, err)
		}
		at = filepath.Join(real, name)
		info, err := os.Lstat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			// What is open under no name, such as /dev/stdout, may seem missing.
			if _, err := os.Stat(path); err == nil {
				return target{}, fmt.Errorf("%s is an open file without a name: give the path of a file", path)
			}
			return target{at, nil}, nil
		case err != nil:
			return target{}, err
		case info.Mode().IsRegular():
			return target{at, info}, nil
		case info.IsDir():
			return target{}, fmt.Errorf("%s is a directory: give the path of a file", describe(path, at))
		case info.Mode().Type() != fs.ModeSymlink:
			return target{}, fmt.Errorf("%s is not a file: give the path of one", describe(path, at))
		}
		link, err := os.Readlink(at)
		if err != nil {
			return target{}, err
		}
		if !filepath.IsAbs(link) {
			link = real + string(filepath.Separator) + link
		}
		at = link
	}
	return target{}, fmt.Errorf("%s: more than %d symbolic links, or a loop of them: correct the link", path, maxLinks)
}

// describe names a path and, if it is another one, what its links lead to.
func describe(path, at string) string {
	if at = filepath.Clean(at); filepath.Clean(path) == at {
		return path
	}
	return path + " (" + at + ")"
}

// staged is the new content of a file, complete and on disk under another name.
type staged struct{ temp, target string }

// temporary returns an unused name beside path.
func temporary(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text()[:12])
}

// stage writes data to a new file beside the target. It has the owner and mode of
// like, unless that is nil.
func (t target) stage(data []byte, like fs.FileInfo) (_ staged, err error) {
	s := staged{temporary(t.path), t.path}
	// At no time may the file be read by more users than in the end.
	create := fs.FileMode(0o666)
	if like != nil {
		create = like.Mode().Perm() & 0o600
	}
	f, err := os.OpenFile(s.temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, create)
	if err != nil {
		return s, fmt.Errorf("%s: cannot create a file in its directory: %w", t.path, reason(err))
	}
	defer func() {
		if err != nil {
			f.Close()
			s.discard()
		}
	}()
	if like != nil {
		if err = keepOwner(f, t.path, like); err != nil {
			return s, err
		}
		// After the owner, whose change clears set-user-id bits.
		if err = f.Chmod(like.Mode() & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)); err != nil {
			return s, err
		}
	}
	if t.info != nil {
		// A rename would replace a file that is protected from writing.
		old, openErr := os.OpenFile(t.path, os.O_WRONLY, 0)
		if openErr != nil {
			err = fmt.Errorf("%w: the file is protected from writing: change its mode, or write another one", openErr)
			return s, err
		}
		old.Close()
	}
	if _, err = f.Write(data); err != nil {
		return s, err
	}
	if err = f.Sync(); err != nil {
		return s, err
	}
	return s, f.Close()
}

// reason returns err without the path, which is that of a temporary file.
func reason(err error) error {
	if at, ok := err.(*fs.PathError); ok {
		return at.Err
	}
	return err
}

// commit makes the staged content that of the target.
func (s staged) commit() error {
	if err := os.Rename(s.temp, s.target); err != nil {
		return cannotReplace(s.target, err)
	}
	// Sync the directory to make the rename durable. Not every file system
	// supports that.
	if dir, err := os.Open(filepath.Dir(s.target)); err == nil {
		_ = dir.Sync()
		dir.Close()
	}
	return nil
}

// discard removes what was staged, unless it was committed.
func (s staged) discard() { _ = os.Remove(s.temp) }

// cannotReplace explains an error of a rename over the file at path.
func cannotReplace(path string, err error) error {
	if errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EXDEV) {
		return fmt.Errorf("%s is mounted by itself, as into a container, and cannot be replaced: mount its directory instead, or write another file and copy it: %w", path, err)
	}
	return err
}
