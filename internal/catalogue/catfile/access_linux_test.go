package catfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// list returns an access control list: the owner may read and write, user 4321 and
// the mask have the given rights, and the group and others have none.
func list(user, mask uint16) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 2)
	const nobody = 0xffffffff
	for _, e := range []struct {
		tag, perm uint16
		id        uint32
	}{{1, 6, nobody}, {2, user, 4321}, {4, 0, nobody}, {0x10, mask, nobody}, {0x20, 0, nobody}} {
		b = binary.LittleEndian.AppendUint16(b, e.tag)
		b = binary.LittleEndian.AppendUint16(b, e.perm)
		b = binary.LittleEndian.AppendUint32(b, e.id)
	}
	return b
}

// listOf returns the access control list of a file, or nil.
func listOf(t *testing.T, path string) []byte {
	t.Helper()
	b := make([]byte, 1024)
	n, err := unix.Lgetxattr(path, accessList, b)
	if errors.Is(err, unix.ENODATA) {
		return nil
	}
	must(t, err)
	return b[:n]
}

// Those whom a list lets in are let in afterwards, and nobody else: neither the
// group, whose rights in the mode are the mask of the list, nor whom the directory
// lets in.
func TestReplaceFileKeepsAccessList(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	must(t, os.WriteFile(path, []byte("old"), 0o600))
	set := func(path, name string, list []byte) {
		t.Helper()
		if err := unix.Setxattr(path, name, list, 0); errors.Is(err, unix.ENOTSUP) {
			t.Skip("the file system has no access control lists")
		} else {
			must(t, err)
		}
	}
	set(path, accessList, list(4, 6))
	set(dir, "system.posix_acl_default", list(6, 6))
	was, mode := listOf(t, path), owned(t, path)
	for range 2 {
		_, err := ReplaceFile(path, []byte("new"), []byte(content(t, path)))
		must(t, err)
		for _, name := range []string{path, path + ".previous"} {
			if is := listOf(t, name); !bytes.Equal(is, was) || owned(t, name) != mode {
				t.Errorf("%s has the list %x and is %s, want %x and %s", name, is, owned(t, name), was, mode)
			}
		}
	}

	must(t, unix.Removexattr(path, accessList), os.Chmod(path, 0o640))
	_, err := ReplaceFile(path, []byte("newer"), []byte("new"))
	must(t, err)
	for _, name := range []string{path, path + ".previous"} {
		if is := listOf(t, name); is != nil {
			t.Errorf("%s has the list %x of its directory", name, is)
		}
	}
}
