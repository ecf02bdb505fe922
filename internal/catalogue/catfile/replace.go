package catfile

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// WriteFile atomically replaces the file at path, or creates it. A concurrent
// reader sees the old or the new content, and after an error the old file is
// unchanged.
//
// The new file has the owner, group, mode and, on Linux, the access control list of
// the old one; if this process may not give it the same ones, that is an error. A
// file that is created has the mode 0666 less the umask, or what its directory has
// as a default.
//
// A symbolic link is followed, to a file that does not exist, too. Of a file with
// several hard links only the given name is replaced, so that a copy made of
// links keeps the old content. A file that cannot be replaced under its name,
// because it is mounted there, and one that this process may not write are
// errors, and so is what is no regular file.
func WriteFile(path string, data []byte) error {
	t, err := find(path)
	if err != nil {
		return err
	}
	next, err := t.stage(data, t)
	if err != nil {
		return err
	}
	defer next.discard()
	if err := next.commit(); err != nil {
		return err
	}
	t.removeRemains()
	return nil
}

// Replaced tells where ReplaceFile wrote.
type Replaced struct {
	Path     string // the file, where the given path is a link to it
	Previous string // what holds the content that it replaced, or ""
}

// ReplaceFile is like WriteFile but first keeps the file that it replaces, byte
// for byte and with its owner, mode and access control list, in the file that
// [Previous] names.
//
// was is the content that data was made from, or nil if there was no file. If the
// file has another one by now, that is an error, so that what someone else wrote
// meanwhile is not lost.
func ReplaceFile(path string, data, was []byte) (Replaced, error) {
	r, err := prepare(path, data, was)
	if err != nil {
		return Replaced{}, err
	}
	defer r.discard()
	if err := r.commit(); err != nil {
		return Replaced{}, err
	}
	r.target.removeRemains()
	if r.keeps {
		r.kept.removeRemains()
	}
	return r.done, nil
}

// CheckReplace does what ReplaceFile does, with the same errors, up to the point
// where it would change a file.
func CheckReplace(path string, data, was []byte) (Replaced, error) {
	r, err := prepare(path, data, was)
	if err != nil {
		return Replaced{}, err
	}
	r.discard()
	return r.done, nil
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

// replacement is a file that is about to be replaced, with all content on disk.
type replacement struct {
	target target
	was    []byte
	next   staged
	keeps  bool // there is a file to keep:
	kept   target
	last   staged // its content
	done   Replaced
}

func prepare(path string, data, was []byte) (_ *replacement, err error) {
	t, err := find(path)
	if err != nil {
		return nil, err
	}
	r := &replacement{target: t, was: was, keeps: t.info != nil, done: Replaced{Path: t.path}}
	if err := r.unchanged(); err != nil {
		return nil, err
	}
	if r.next, err = t.stage(data, t); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			r.discard()
		}
	}()
	if !r.keeps {
		return r, nil
	}
	r.done.Previous = t.path + ".previous"
	if r.kept, err = find(r.done.Previous); err == nil && r.kept.path == t.path {
		err = fmt.Errorf("%s leads to the file itself: remove that link", r.done.Previous)
	}
	if err == nil {
		r.last, err = r.kept.stage(was, t)
	}
	if err != nil {
		return nil, keeping(err)
	}
	return r, nil
}

func keeping(err error) error { return fmt.Errorf("keeping the file that is replaced: %w", err) }

// unchanged returns an error if the file no longer has the content that is to be
// replaced.
func (r *replacement) unchanged() error {
	now, err := os.ReadFile(r.target.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if r.was == nil {
			return nil
		}
	case err != nil:
		return err
	case r.was != nil && bytes.Equal(now, r.was):
		return nil
	}
	return fmt.Errorf("%s changed meanwhile: do it again", r.target.path)
}

func (r *replacement) commit() error {
	if !r.keeps {
		return r.next.create()
	}
	// If the file cannot be replaced after all, the one kept before is put back.
	// Not every file system has hard links.
	before := staged{temp: temporary(r.kept.path), target: r.kept.path}
	linked := r.kept.info != nil && os.Link(r.kept.path, before.temp) == nil
	defer before.discard()
	if err := r.unchanged(); err != nil {
		return err
	}
	if err := r.last.commit(); err != nil {
		return keeping(err)
	}
	err := r.unchanged()
	if err == nil {
		err = r.next.commit()
	}
	if err != nil && linked {
		err = errors.Join(err, before.commit())
	}
	return err
}

func (r *replacement) discard() {
	r.next.discard()
	if r.keeps {
		r.last.discard()
	}
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
func temporary(path string) string { return temporaryPrefix(path) + rand.Text()[:unique] }

// unique is the number of random characters in the name of a temporary file.
const unique = 12

func temporaryPrefix(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".")
}

// remainsAfter is the time after which a temporary file is one that was left by a
// process that was killed.
var remainsAfter = time.Hour

// removeRemains removes what processes that were killed left beside the target.
func (t target) removeRemains() {
	entries, err := os.ReadDir(filepath.Dir(t.path))
	if err != nil {
		return // nothing depends on it
	}
	for _, e := range entries {
		path := filepath.Join(filepath.Dir(t.path), e.Name())
		random, ok := strings.CutPrefix(path, temporaryPrefix(t.path))
		if !ok || len(random) != unique || strings.Trim(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" || !e.Type().IsRegular() {
			continue
		}
		if at, err := changed(path); err == nil && time.Since(at) > remainsAfter {
			_ = os.Remove(path)
		}
	}
}

// stage writes data to a new file beside the target. It has the owner, mode and
// access control list of the file like, if that exists.
func (t target) stage(data []byte, like target) (_ staged, err error) {
	s := staged{temporary(t.path), t.path}
	if t.info != nil && mounted(t.path) {
		return s, cannotReplace(t.path, syscall.EBUSY)
	}
	// At no time may the file be read by more users than in the end.
	create := fs.FileMode(0o666)
	if like.info != nil {
		create = like.info.Mode().Perm() & 0o600
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
	failed := func(err error) error { return fmt.Errorf("%s: cannot write its new content: %w", t.path, reason(err)) }
	if like.info != nil {
		if err = keepOwner(f, t.path, like.info); err != nil {
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
		return s, failed(err)
	}
	if like.info != nil {
		// The list first: without it, the mode may let the group in. Both after the
		// owner and the content, whose change clears set-user-id bits.
		if err = keepAccess(f, like.path); err != nil {
			return s, fmt.Errorf("%s: its access control list cannot be kept (%w): remove that, or write another file", t.path, reason(err))
		}
		if err = f.Chmod(like.info.Mode() & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)); err != nil {
			return s, failed(err)
		}
	}
	if err = f.Sync(); err != nil {
		return s, failed(err)
	}
	if err = f.Close(); err != nil {
		return s, failed(err)
	}
	return s, nil
}

// reason returns err without the path, which is that of a temporary file.
func reason(err error) error {
	switch at := err.(type) {
	case *fs.PathError:
		return at.Err
	case *os.LinkError:
		return at.Err
	}
	return err
}

// commit makes the staged content that of the target.
func (s staged) commit() error {
	if err := os.Rename(s.temp, s.target); err != nil {
		return cannotReplace(s.target, err)
	}
	s.syncDirectory()
	return nil
}

// create is like commit, but it is an error if the target exists. On a file system
// without hard links it may replace one that was just created.
func (s staged) create() error {
	switch err := os.Link(s.temp, s.target); {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s changed meanwhile: do it again", s.target)
	case err != nil:
		return s.commit()
	}
	s.discard()
	s.syncDirectory()
	return nil
}

// syncDirectory makes what was renamed durable. Not every file system supports
// that.
func (s staged) syncDirectory() {
	if dir, err := os.Open(filepath.Dir(s.target)); err == nil {
		_ = dir.Sync()
		dir.Close()
	}
}

// discard removes what was staged, unless it was committed.
func (s staged) discard() { _ = os.Remove(s.temp) }

// cannotReplace explains an error of a rename over the file at path.
func cannotReplace(path string, err error) error {
	if errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EXDEV) {
		return fmt.Errorf("%s is mounted by itself, as into a container, and cannot be replaced: mount its directory instead, or write another file and copy it: %w", path, err)
	}
	return fmt.Errorf("%s: cannot be replaced: %w", path, reason(err))
}
