//go:build unix

package catfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pharmacy/internal/catalogue"
)

// owned returns the owner, group and mode of a file, such as "0:0 0644".
func owned(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	s := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d:%d %04o", s.Uid, s.Gid, info.Mode().Perm())
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// names returns the names in a directory.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// must fails the test at the first error.
func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// Root can give a file to anyone. Others can give it to a group that they are in.
func TestReplaceFileKeepsOwnerAndMode(t *testing.T) {
	uids, gids := []int{os.Geteuid()}, []int{os.Getegid()}
	if os.Geteuid() == 0 {
		uids, gids = append(uids, 4321), append(gids, 8765)
	} else if groups, err := os.Getgroups(); err == nil {
		gids = append(gids, groups...)
	}
	for _, uid := range uids {
		for _, gid := range gids {
			for _, mode := range []fs.FileMode{0o600, 0o640, 0o644, 0o666, 0o775} {
				dir := t.TempDir()
				path := filepath.Join(dir, "f")
				must(t, os.WriteFile(path, []byte("old"), 0o600), os.Chown(path, uid, gid), os.Chmod(path, mode))
				// The file kept before has no say in what the next one is.
				must(t, os.WriteFile(path+".previous", []byte("older"), 0o666))
				was := owned(t, path)
				must(t, WriteFile(path, []byte("old, too")))
				done, err := ReplaceFile(path, []byte("new"), []byte("old, too"))
				if err != nil || done != (Replaced{path, path + ".previous"}) || content(t, path) != "new" || content(t, path+".previous") != "old, too" {
					t.Errorf("%s: %+v: %v", was, done, err)
				}
				if is, kept := owned(t, path), owned(t, path+".previous"); is != was || kept != was {
					t.Errorf("%s became %s, and what was kept %s", was, is, kept)
				}
				if left := names(t, dir); !slices.Equal(left, []string{"f", "f.previous"}) {
					t.Errorf("left: %s", left)
				}
			}
		}
	}
}

// A new file is what the umask makes of it.
func TestWriteFileCreates(t *testing.T) {
	dir := t.TempDir()
	path, plain := filepath.Join(dir, "f"), filepath.Join(dir, "plain")
	f, err := os.OpenFile(plain, os.O_CREATE|os.O_WRONLY, 0o666)
	must(t, err, f.Close())
	done, err := ReplaceFile(path, []byte("new"), nil)
	if err != nil || done != (Replaced{Path: path}) || content(t, path) != "new" || owned(t, path) != owned(t, plain) {
		t.Errorf("%s, want %s: %v, %+v", owned(t, path), owned(t, plain), err, done)
	}
}

// Nobody can read the new content who could not read the old one, not even before
// it is in its place.
func TestReplaceFileIsNeverWider(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	must(t, os.WriteFile(path, []byte("old"), 0o600), os.Chmod(path, 0o600))
	var done atomic.Bool
	wide := make(chan string, 1)
	go func() {
		defer close(wide)
		for !done.Load() {
			entries, _ := os.ReadDir(dir)
			for _, e := range entries {
				if info, err := e.Info(); err == nil && info.Mode().Perm()&^0o600 != 0 {
					wide <- fmt.Sprint(e.Name(), " ", info.Mode())
					return
				}
			}
		}
	}()
	for range 100 {
		if _, err := ReplaceFile(path, []byte("new"), []byte(content(t, path))); err != nil {
			t.Error(err)
			break
		}
	}
	done.Store(true)
	if found, ok := <-wide; ok {
		t.Error(found)
	}
}

// A symbolic link is never replaced by a file.
func TestWriteFileFollowsLinks(t *testing.T) {
	for _, test := range []struct {
		name    string
		links   map[string]string // beside the directories real, real/sub and other
		creates string
		want    string // error
	}{
		{"to a file", map[string]string{"link": "real/old"}, "real/old", ""},
		{"dangling", map[string]string{"link": "real/new"}, "real/new", ""},
		{"dangling, absolute", map[string]string{"link": "/real/new"}, "real/new", ""},
		{"chain", map[string]string{"link": "other/second", "other/second": "../third", "third": "real/new"}, "real/new", ""},
		{"up from a linked directory", map[string]string{"dir": "real/sub", "link": "dir/../new"}, "real/new", ""},
		{"no directory", map[string]string{"link": "nowhere/new"}, "", "link (*/nowhere/new): there is no directory */nowhere: create it first"},
		{"no directory after a chain", map[string]string{"link": "second", "second": "real/nowhere/new"}, "", "there is no directory */real/nowhere: create it first"},
		{"a dangling link as directory", map[string]string{"dir": "nowhere", "link": "dir/new"}, "", "there is no directory */dir: create it first"},
		{"loop", map[string]string{"link": "second", "second": "link"}, "", "link: more than 40 symbolic links, or a loop of them: correct the link"},
		{"to itself", map[string]string{"link": "link"}, "", "a loop of them"},
		{"to a directory", map[string]string{"link": "real"}, "", "link (*/real) is a directory: give the path of a file"},
		{"to a directory above", map[string]string{"link": "real/.."}, "", "is a directory: give the path of a file"},
		{"to a missing directory", map[string]string{"link": "real/new/"}, "", "is a directory: give the path of a file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			must(t, err, os.MkdirAll(filepath.Join(dir, "real", "sub"), 0o755), os.Mkdir(filepath.Join(dir, "other"), 0o755),
				os.WriteFile(filepath.Join(dir, "real", "old"), []byte("old"), 0o644))
			for name, to := range test.links {
				if filepath.IsAbs(to) {
					to = dir + to
				}
				must(t, os.Symlink(to, filepath.Join(dir, name)))
			}
			var before []string
			walk := func() (all []string) {
				must(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
					all = append(all, path)
					return err
				}))
				return all
			}
			before = walk()
			err = WriteFile(filepath.Join(dir, "link"), []byte("new"))
			for name := range test.links {
				if info, err := os.Lstat(filepath.Join(dir, name)); err != nil || info.Mode().Type() != fs.ModeSymlink {
					t.Errorf("the link %s was replaced: %v", name, err)
				}
			}
			if test.want == "" {
				if err != nil || content(t, filepath.Join(dir, test.creates)) != "new" {
					t.Error(err)
				}
				return
			}
			if want := strings.ReplaceAll(test.want, "*", dir); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %s", err, want)
			}
			if after := walk(); !slices.Equal(after, before) {
				t.Errorf("it left %s, want %s", after, before)
			}
		})
	}
}

// What is kept is beside the file, not beside a link to it.
func TestReplaceFileThroughALink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "d", "f"), filepath.Join(dir, "link")
	must(t, os.Mkdir(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("old"), 0o644), os.Symlink("d/f", link))
	done, err := ReplaceFile(link, []byte("new"), []byte("old"))
	named, err2 := Previous(link)
	must(t, err, err2)
	if done.Previous != named || filepath.Base(done.Path) != "f" || content(t, path+".previous") != "old" || content(t, link) != "new" {
		t.Errorf("%+v, and looked for in %s", done, named)
	}
}

// Copies that are made of links keep what they have.
func TestReplaceFileWithHardLinks(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "f"), filepath.Join(dir, "backup")
	must(t, os.WriteFile(path, []byte("old"), 0o644), os.Link(path, backup))
	if err := WriteFile(path, []byte("new")); err != nil || content(t, path) != "new" || content(t, backup) != "old" {
		t.Errorf("%q and %q: %v", content(t, path), content(t, backup), err)
	}
}

func TestWriteFileRefuses(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.Mkdir(path("dir"), 0o755), syscall.Mkfifo(path("fifo"), 0o644), os.WriteFile(path("file"), []byte("old"), 0o644))
	for name, want := range map[string]string{
		"dir": "dir is a directory: give the path of a file", "dir/": "is a directory", ".": "is a directory", "dir/..": "is a directory",
		"fifo": "fifo is not a file: give the path of one", "nowhere/f": "there is no directory " + path("nowhere") + ": create it first",
		"file/f": "not a directory",
	} {
		if err := WriteFile(dir+"/"+name, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if err := WriteFile("", nil); err == nil {
		t.Error("no error without a name")
	}

	// Without a place for what is replaced, nothing is.
	must(t, os.Mkdir(path("file.previous"), 0o755))
	if _, err := ReplaceFile(path("file"), []byte("new"), []byte("old")); err == nil || !strings.Contains(err.Error(), "keeping the file that is replaced: "+path("file.previous")+" is a directory") || content(t, path("file")) != "old" {
		t.Errorf("%q: %v", content(t, path("file")), err)
	}
	if left := names(t, dir); !slices.Equal(left, []string{"dir", "fifo", "file", "file.previous"}) {
		t.Errorf("left: %s", left)
	}
}

// A pipe and a file that was removed are open under no name.
func TestWriteFileToWhatHasNoName(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("only Linux shows open files as links")
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	must(t, err, os.Remove(f.Name()))
	defer f.Close()
	if err := WriteFile(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), nil); err == nil || !strings.Contains(err.Error(), "is an open file without a name: give the path of a file") {
		t.Error(err)
	}
	if left := names(t, filepath.Dir(f.Name())); len(left) > 0 {
		t.Errorf("left: %s", left)
	}
}

func TestCannotReplaceAMount(t *testing.T) {
	for _, errno := range []error{syscall.EBUSY, syscall.EXDEV} {
		err := cannotReplace("m.json", &os.LinkError{Op: "rename", Err: errno})
		if !strings.HasPrefix(err.Error(), "m.json is mounted by itself, as into a container, and cannot be replaced: mount its directory instead, or write another file and copy it: ") {
			t.Error(err)
		}
	}
	err := cannotReplace("m.json", &os.LinkError{Op: "rename", Old: ".m.json.ABC", Err: syscall.EACCES})
	if !errors.Is(err, syscall.EACCES) || err.Error() != "m.json: cannot be replaced: permission denied" {
		t.Error(err)
	}
}

// An invalid catalogue never replaces a valid one.
func TestFileRefuses(t *testing.T) {
	bad := &catalogue.Catalogue{Updated: time.Now(), Groups: []catalogue.Group{{ID: "a b", Name: catalogue.PlainText("A")}}}
	if _, err := File(bad); err == nil || !strings.Contains(err.Error(), "the catalogue has faults") {
		t.Error(err)
	}
	lossy := &catalogue.Catalogue{Groups: []catalogue.Group{{ID: "a", Name: catalogue.PlainText("A"), Variants: []catalogue.Variant{{ID: "v", Price: catalogue.Price{Known: true}}}}}}
	if _, err := File(lossy); err == nil || !strings.Contains(err.Error(), "does not survive a round trip") {
		t.Error(err)
	}
}

func TestSetUpdated(t *testing.T) {
	at := time.Date(2026, 11, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	const is = `"2026-11-02T02:04:05Z"`
	for in, want := range map[string]string{
		`{"updated": "2026-01-01T00:00:00Z", "groups": [{"id":"g","name":"G","variants":[{"id":"v","expiry":"2027-01"}], "colour": 3}]}` + "\n": `{"updated": ` + is + `, "groups": [{"id":"g","name":"G","variants":[{"id":"v","expiry":"2027-01"}], "colour": 3}]}` + "\n",
		` { "groups": [], "updat\u0065d" : null } `:                          ` { "groups": [], "updat\u0065d" : ` + is + ` } `,
		`{"groups": [], "x": {"updated": "never"}}`:                          `{"updated": ` + is + `, "groups": [], "x": {"updated": "never"}}`,
		`{"groups": [], "updated": "2090-01-01T00:00:00Z"}`:                  `{"groups": [], "updated": ` + is + `}`,
		`{"a_groups": {"1": {"as": {"2": {"price": 2, "exp": "2027/13"}}}}}`: `{"updated": ` + is + `,"a_groups": {"1": {"as": {"2": {"price": 2, "exp": "2027/13"}}}}}`,
	} {
		// What is inserted may be followed by any space.
		got, err := SetUpdated([]byte(in), at)
		if err != nil || strings.ReplaceAll(string(got), " ", "") != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%s\n%s\nwant %s\n%v", in, got, want, err)
		}
	}
	if _, err := SetUpdated([]byte(`{}`), at); err == nil {
		t.Error("no error for what is no catalogue")
	}
}

// What another process wrote since the content was read is not lost.
func TestReplaceFileThatChanged(t *testing.T) {
	const meanwhile = "meanwhile"
	for name, test := range map[string]struct{ was, is []byte }{
		"changed":  {[]byte("old"), []byte(meanwhile)},
		"vanished": {[]byte("old"), nil},
		"appeared": {nil, []byte(meanwhile)},
		"emptied":  {[]byte("old"), []byte{}},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "f")
		set := func(content []byte) {
			t.Helper()
			if _ = os.Remove(path); content != nil {
				must(t, os.WriteFile(path, content, 0o644))
			}
		}
		must(t, os.WriteFile(path+".previous", []byte("older"), 0o644))
		want := "f changed meanwhile: do it again"
		check := func(when string, err error) {
			t.Helper()
			now, _ := os.ReadFile(path)
			if err == nil || !strings.HasSuffix(err.Error(), want) || string(now) != string(test.is) || content(t, path+".previous") != "older" {
				t.Errorf("%s, %s: %q, kept %q: %v", name, when, now, content(t, path+".previous"), err)
			}
			if left := slices.DeleteFunc(names(t, dir), func(n string) bool { return n == "f" || n == "f.previous" }); len(left) > 0 {
				t.Errorf("%s, %s: left %s", name, when, left)
			}
		}
		set(test.is)
		_, err := ReplaceFile(path, []byte("new"), test.was)
		check("before", err)
		_, err = CheckReplace(path, []byte("new"), test.was)
		check("before a check", err)

		set(test.was)
		r, err := prepare(path, []byte("new"), test.was)
		must(t, err)
		set(test.is)
		err = r.commit()
		r.discard()
		check("while it is written", err)
	}
}

// A check finds what a replacement finds, and leaves everything as it is.
func TestCheckReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	must(t, os.WriteFile(path, []byte("old"), 0o640), os.WriteFile(path+".previous", []byte("older"), 0o644))
	done, err := CheckReplace(path, []byte("new"), []byte("old"))
	if err != nil || done != (Replaced{path, path + ".previous"}) || content(t, path) != "old" || content(t, path+".previous") != "older" {
		t.Errorf("%+v: %v", done, err)
	}
	must(t, os.Remove(path+".previous"), os.Mkdir(path+".previous", 0o755))
	if _, err := CheckReplace(path, []byte("new"), []byte("old")); err == nil || !strings.Contains(err.Error(), "f.previous is a directory") {
		t.Error(err)
	}
	// The file would be kept in itself.
	must(t, os.Remove(path+".previous"), os.Symlink("f", path+".previous"))
	for _, replace := range []func(string, []byte, []byte) (Replaced, error){CheckReplace, ReplaceFile} {
		if _, err := replace(path, []byte("new"), []byte("old")); err == nil || !strings.Contains(err.Error(), "f.previous leads to the file itself: remove that link") || content(t, path) != "old" {
			t.Error(err)
		}
	}
	if left := names(t, dir); !slices.Equal(left, []string{"f", "f.previous"}) {
		t.Errorf("left: %s", left)
	}
}

// What a process that was killed left is removed, and nothing else.
func TestReplaceFileRemovesRemains(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	remains := []string{".f.ABCDEFGHIJ27", ".f.previous.ABCDEFGHIJ27"}
	others := []string{".f.ABCDEFGHIJ2", ".f.abcdefghij27", ".f.backup", ".g.ABCDEFGHIJ27"}
	for _, name := range slices.Concat(remains, others, []string{"f"}) {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o644))
	}
	// What is new may be that of a process that runs, even if its content is old.
	must(t, os.Chtimes(filepath.Join(dir, remains[0]), time.Time{}, time.Now().Add(-48*time.Hour)))
	_, err := ReplaceFile(path, []byte("new"), []byte("old"))
	must(t, err)
	if left, want := names(t, dir), slices.Sorted(slices.Values(slices.Concat(remains, others, []string{"f", "f.previous"}))); !slices.Equal(left, want) {
		t.Errorf("left: %s, want %s", left, want)
	}
	defer func(d time.Duration) { remainsAfter = d }(remainsAfter)
	remainsAfter = 0
	time.Sleep(20 * time.Millisecond) // the clock of a file system is coarse
	_, err = ReplaceFile(path, []byte("newer"), []byte("new"))
	must(t, err)
	if left, want := names(t, dir), slices.Sorted(slices.Values(append(others, "f", "f.previous"))); !slices.Equal(left, want) {
		t.Errorf("left: %s, want %s", left, want)
	}
}

// Bits that a change of the content clears are kept for any user.
func TestReplaceFileKeepsSpecialBits(t *testing.T) {
	const special = "PHARMACY_TEST_SPECIAL"
	if path := os.Getenv(special); path != "" {
		must(t, os.WriteFile(path, []byte("old"), 0o755), os.Chmod(path, 0o755|fs.ModeSetuid|fs.ModeSetgid))
		_, err := ReplaceFile(path, []byte("new"), []byte("old"))
		must(t, err)
		for _, name := range []string{path, path + ".previous"} {
			info, err := os.Stat(name)
			must(t, err)
			if want := 0o755 | fs.ModeSetuid | fs.ModeSetgid; info.Mode() != want {
				t.Errorf("%s is %s, want %s", name, info.Mode(), want)
			}
		}
		return
	}
	program, err := os.Executable()
	must(t, err)
	dir, err := os.MkdirTemp("", "catfile") // unlike t.TempDir, one that others can be let into
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	binary, err := os.ReadFile(program)
	must(t, err)
	copied, here := filepath.Join(dir, "test"), filepath.Join(dir, "here")
	must(t, os.WriteFile(copied, binary, 0o755), os.Chmod(dir, 0o755), os.Mkdir(here, 0o755))
	cmd := exec.Command(copied, "-test.run=^TestReplaceFileKeepsSpecialBits$")
	cmd.Dir, cmd.Env = here, append(os.Environ(), special+"="+filepath.Join(here, "f"))
	if os.Geteuid() == 0 {
		must(t, os.Chown(here, 65534, 65534))
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
