package catfile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A file that is mounted by itself, as into a container, cannot be replaced, and
// what was kept before stays.
func TestReplaceFileThatIsMounted(t *testing.T) {
	dir := t.TempDir()
	path, source := filepath.Join(dir, "f"), filepath.Join(t.TempDir(), "source")
	must(t, os.WriteFile(path, nil, 0o644), os.WriteFile(source, []byte("old"), 0o644), os.WriteFile(path+".previous", []byte("older"), 0o644))
	if err := syscall.Mount(source, path, "", syscall.MS_BIND, ""); errors.Is(err, syscall.EPERM) {
		t.Skip("this user may not mount; TestCannotReplaceAMount has the error")
	} else {
		must(t, err)
	}
	defer func() { must(t, syscall.Unmount(path, 0)) }()
	for _, replace := range []func(string, []byte, []byte) (Replaced, error){ReplaceFile, CheckReplace} {
		if _, err := replace(path, []byte("new"), []byte("old")); err == nil || !strings.Contains(err.Error(), path+" is mounted by itself") {
			t.Error(err)
		}
	}
	if content(t, path) != "old" || content(t, path+".previous") != "older" {
		t.Errorf("%q, and kept %q", content(t, path), content(t, path+".previous"))
	}
	if left := names(t, dir); !slices.Equal(left, []string{"f", "f.previous"}) {
		t.Errorf("left: %s", left)
	}
}
