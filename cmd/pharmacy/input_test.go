package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// beginning is a table that an import can read on.
const beginning = "id,price\nparacetamol-tablet-1,2.60\n"

// A signal ends every command that waits for a file.
func TestSignalsEndWaiting(t *testing.T) {
	t.Parallel()
	// That a command reads what first tells when it listens to signals: a FIFO, or
	// "-" for standard input. fed reports whether it gets a catalogue and goes on.
	for _, test := range []struct {
		args, first string
		fed         bool
	}{
		{"import --catalogue catalogue --output new.json prices.csv", "catalogue", false},
		{"import --catalogue catalogue prices.csv", "catalogue", false},
		{"import --catalogue catalogue --output new.json fifo", "fifo", false},
		{"import --catalogue catalogue --output new.json -", "-", false},
		{"import --restore --output new.json catalogue", "catalogue", false},
		{"check --catalogue catalogue", "catalogue", false},
		{"export --catalogue catalogue", "catalogue", false},
		{"export --catalogue catalogue --output fifo", "catalogue", true},
	} {
		for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
			t.Run(test.args+" "+signal.String(), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				for _, name := range []string{"catalogue", "fifo"} {
					if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				write(t, filepath.Join(dir, "prices.csv"), beginning)
				cmd := exec.Command("pharmacy", strings.Fields(test.args)...)
				cmd.Dir, cmd.Env = dir, []string{"ADMIN_ADDR=" + nobody, "GORACE=" + quickExit}
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				stdin, err := cmd.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				defer stdin.Close()
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan struct{})
				go func() {
					_ = cmd.Wait() // the exit code is checked
					close(ended)
				}()
				defer func() {
					_ = cmd.Process.Kill()
					<-ended
				}()
				var feed *os.File
				if test.first == "-" {
					// More than a pipe holds: it reads.
					if _, err := io.WriteString(stdin, beginning+strings.Repeat("\n", 1<<20)); err != nil {
						t.Fatal(err)
					}
				} else {
					eventually(t, test.first+" is opened", func() bool {
						feed, err = os.OpenFile(filepath.Join(dir, test.first), os.O_WRONLY|syscall.O_NONBLOCK, 0)
						return err == nil
					})
					defer feed.Close()
				}
				if test.fed {
					if _, err := io.WriteString(feed, stock{}.String()); err != nil {
						t.Fatal(err)
					}
					feed.Close()
				}
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				select {
				case <-ended:
				case <-time.After(testPatience):
					t.Fatal("it still waits")
				}
				if code := cmd.ProcessState.ExitCode(); code != exitFailed {
					t.Errorf("exit code %d: %s", code, cmd.ProcessState)
				}
				match(t, test.args, stderr.String(), `^pharmacy: (check|import|export): .*(signal received|hangup)`)
				if got := filesIn(t, dir); !slices.Equal(got, []string{"catalogue", "fifo", "prices.csv"}) {
					t.Errorf("files: %s", got)
				}
			})
		}
	}
}

// filesIn returns the names in a directory.
func filesIn(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// A server cannot follow a FIFO, and does not wait for its writer.
func TestServeRefusesAFIFO(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), testPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "pharmacy", "serve", "--catalogue", path)
	cmd.Env = []string{"ADMIN_ADDR=off", "PORT=0", "GORACE=" + quickExit}
	out, _ := cmd.CombinedOutput() // the exit code is checked
	if code := cmd.ProcessState.ExitCode(); code != exitFailed {
		t.Errorf("exit code %d: %s", code, cmd.ProcessState)
	}
	match(t, "serve", string(out), `fifo is not a file that can be read again when it changes: give the path of a JSON file$`)
}

// A signal that comes after everything was read still leaves the file alone.
func TestNothingIsWrittenAfterASignal(t *testing.T) {
	t.Parallel()
	path := stock{}.file(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("terminated"))
	a := &app{stdout: io.Discard, stderr: io.Discard}
	if err := a.replace(ctx, edit{from: path, to: path, was: []byte(stock{}.String())}, []byte("new"), time.Now(), nil); err == nil || err.Error() != "terminated; nothing was written" {
		t.Error(err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != (stock{}).String() {
		t.Errorf("%s: %v", content, err)
	}
}

// A user without the rights of an owner is told so. Root may keep every owner;
// others can only show that a file of their own is protected.
func TestImportAsAnotherUser(t *testing.T) {
	t.Parallel()
	const other = 65534
	program, err := exec.LookPath("pharmacy")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pharmacy") // unlike t.TempDir, one that others can be let into
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	here, copied := filepath.Join(dir, "catalogue"), filepath.Join(dir, "pharmacy")
	path, table := filepath.Join(here, "medicines.json"), filepath.Join(dir, "prices.csv")
	binary, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.WriteFile(copied, binary, 0o755), os.Chmod(copied, 0o755), os.Chmod(dir, 0o755), os.Mkdir(here, 0o755), os.Chmod(here, 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	write(t, path, stock{}.String())
	write(t, table, beginning)
	root := os.Geteuid() == 0
	imports := func(asOther bool, flags ...string) outcome {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), copied, append([]string{"import", "--catalogue", path, table}, flags...)...)
		cmd.Dir, cmd.Env = dir, []string{"GORACE=" + quickExit}
		if root && asOther {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: other, Gid: other}}
		}
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		_ = cmd.Run() // the exit code is checked
		return outcome{t, "import", cmd.ProcessState.ExitCode(), stdout.String(), stderr.String(), 0}
	}
	state := func() string {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s := info.Sys().(*syscall.Stat_t)
		return fmt.Sprintf("%d:%d %s %t %s", s.Uid, s.Gid, info.Mode(), strings.Contains(string(b), `"2.60"`), filesIn(t, here))
	}
	own := func(file string, uid, gid int, mode os.FileMode) {
		t.Helper()
		if root {
			if err := os.Chown(file, uid, gid); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
	}

	own(here, other, other, 0o755)
	own(path, other, other, 0o444)
	before := state()
	imports(true, "--dry-run").exits(exitFailed).complains(`medicines\.json: permission denied: the file is protected from writing: `)
	imports(true).exits(exitFailed).complains(`medicines\.json: permission denied: the file is protected from writing: change its mode, or write another one; nothing was written$`)
	if state() != before {
		t.Errorf("it is %s, was %s", state(), before)
	}
	if !root {
		return
	}

	own(path, 0, 0, 0o644)
	before = state()
	imports(true, "--dry-run").exits(exitFailed).complains(`medicines\.json: its owner, root \(0\), cannot be kept `)
	imports(true).exits(exitFailed).complains(`medicines\.json: its owner, root \(0\), cannot be kept \(operation not permitted\): run this as that user, or as root; nothing was written$`)
	own(path, other, 0, 0o664)
	before = strings.Replace(before, "0:0 -rw-r--r--", "65534:0 -rw-rw-r--", 1)
	imports(true).exits(exitFailed).complains(`medicines\.json: its group, root \(0\), cannot be kept \(operation not permitted\): run this as a member of that group, or as root; nothing was written$`)
	if state() != before {
		t.Errorf("it is %s, want %s", state(), before)
	}

	own(here, 0, 0, 0o755)
	own(path, other, other, 0o644)
	imports(true, "--dry-run").exits(exitFailed).complains(`medicines\.json: cannot create a file in its directory: permission denied; nothing was written$`)
	own(here, other, other, 0o755)

	own(path, other, 4321, 0o640)
	imports(false).exits(exitDone)
	if want := "65534:4321 -rw-r----- true [medicines.json medicines.json.previous]"; state() != want {
		t.Errorf("it is %s, want %s", state(), want)
	}
}

// New files are what the umask makes of them.
func TestUmask(t *testing.T) {
	t.Parallel()
	for umask, want := range map[string]os.FileMode{"002": 0o664, "027": 0o640, "077": 0o600} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a.csv"), "id,group,name\na,g,G\n")
		cmd := exec.Command("sh", "-c", "umask "+umask+"; pharmacy import --output new.json a.csv && pharmacy export --catalogue new.json --output new.csv && pharmacy import --catalogue new.json --restore a.json")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GORACE="+quickExit)
		write(t, filepath.Join(dir, "a.json"), stock{}.String())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, name := range []string{"new.json", "new.csv", "new.json.previous"} {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != want {
				t.Errorf("umask %s: %s is %v, want %v: %v", umask, name, info.Mode(), want, err)
			}
		}
	}
}

// A reader that has seen enough does not end an import before its file is written.
func TestImportToAReaderThatEnds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, table := filepath.Join(dir, "medicines.json"), filepath.Join(dir, "prices.csv")
	write(t, path, stock{}.String())
	write(t, table, beginning)
	for _, args := range [][]string{{table}, {"--restore"}} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		cmd := exec.Command("pharmacy", append([]string{"import", "--catalogue", path}, args...)...)
		cmd.Env, cmd.Stdout = []string{"GORACE=" + quickExit}, w
		err = cmd.Run()
		w.Close()
		content, readErr := os.ReadFile(path)
		if err != nil || readErr != nil || strings.Contains(string(content), `"2.60"`) != (args[0] == table) {
			t.Errorf("%s: %v, %v\n%s", args, err, readErr, content)
		}
	}
}

// What is imported while another import waits for its table is kept.
func TestImportsWhileAnotherWaits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write(t, at("medicines.json"), stock{}.String())
	write(t, at("prices.csv"), beginning)
	if err := syscall.Mkfifo(at("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("pharmacy", "import", "--catalogue", at("medicines.json"), at("fifo"))
	cmd.Env = []string{"GORACE=" + quickExit}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	var feed *os.File
	eventually(t, "the first import waits", func() (open bool) {
		var err error
		feed, err = os.OpenFile(at("fifo"), os.O_WRONLY|syscall.O_NONBLOCK, 0)
		return err == nil
	})
	pharmacy(t, nil, "import", "--catalogue", at("medicines.json"), at("prices.csv")).exits(exitDone)
	if _, err := io.WriteString(feed, strings.NewReplacer("tablet-1", "tablet-2", "2.60", "3.70").Replace(beginning)); err != nil {
		t.Fatal(err)
	}
	feed.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	content, err := os.ReadFile(at("medicines.json"))
	if err != nil || !strings.Contains(string(content), `"2.60"`) || !strings.Contains(string(content), `"3.70"`) {
		t.Errorf("%v: a price is lost:\n%s", err, content)
	}
}

// Many faults are counted rightly, and those that are not listed are not faults.
func TestImportCountsFaults(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rows := func(n int) string {
		path := filepath.Join(dir, fmt.Sprint(n, ".csv"))
		write(t, path, "id,group,name,price\n"+strings.Repeat("v,g,G,cheap\n", n))
		return path
	}
	out := filepath.Join(dir, "new.json")
	o := pharmacy(t, nil, "import", "--output", out, "--dry-run", rows(1500)).exits(exitFailed)
	faults := strings.Count(o.stderr, "error: ")
	if faults < 1500 || strings.Contains(o.stderr, "more faults") {
		t.Errorf("%d faults listed", faults)
	}
	o.complains(fmt.Sprintf(`^pharmacy: import: \S+ has %d faults; nothing was written$`, faults))
	pharmacy(t, nil, "import", "--output", out, rows(100_100)).exits(exitFailed).
		complains(`^pharmacy: import: \S+ has more than 100000 faults; nothing was written$`)
}
