package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"pharmacy/internal/redistest"
)

// terminal opens a pseudo-terminal. It returns a buffer of the output and the
// file to use as standard error.
func terminal(t *testing.T, columns uint16) (screen *logBuffer, stderr *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(int(keyboard.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: min(24, columns), Col: columns})
	}
	if err != nil {
		t.Fatal(err)
	}
	stderr, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	screen = newLogBuffer()
	var reading sync.WaitGroup
	reading.Go(func() { _, _ = io.Copy(screen, keyboard) })
	t.Cleanup(func() {
		stderr.Close() // ends the copying
		reading.Wait()
		keyboard.Close()
	})
	return screen, stderr
}

func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	environ := []string{"REDIS_URL=" + unhurried(redis), "CATALOGUE=" + stock{}.file(t)}
	for _, columns := range []uint16{100, 0} { // 0: unknown size
		for i := range 1200 {
			redis.Client().Set(context.Background(), fmt.Sprintf("page:old:%d", i), "x", 0)
		}
		screen, stderr := terminal(t, columns)
		for command, bar := range map[string]string{
			"clear-cache": `clearing \d+/\d+.*100 ?%`,
			"warm-cache":  `warming 51/51.*100 ?%`,
			"check":       `looking for mistakes 2/2.*100 ?%(.|\s)*indexing the catalogue 1/1.*100 ?%(.|\s)*pages \d+/\d+.*100 ?%`,
		} {
			var stdout bytes.Buffer
			if code := run(t.Context(), []string{command}, environ, &stdout, stderr); code != exitDone {
				t.Fatalf("%s: exit code %d\n%s", command, code, screen)
			}
			screen.await(t, testPatience, bar)
			if strings.ContainsAny(stdout.String(), "\r\x1b") {
				t.Errorf("%s: progress bar on stdout: %q", command, stdout.String())
			}
		}
		if strings.Contains(screen.String(), "warming: ") {
			t.Error("plain lines in addition to the bar")
		}
	}
}

func TestProgressElsewhere(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	environ := []string{"REDIS_URL=" + unhurried(redis), "CATALOGUE=" + stock{}.file(t)}
	o := pharmacy(t, environ, "warm-cache").exits(exitDone)
	lines := strings.Split(strings.TrimSpace(o.stderr), "\n")
	if len(lines) < 5 || len(lines) > 10 {
		t.Errorf("%d lines of progress:\n%s", len(lines), o.stderr)
	}
	for _, line := range lines {
		if !regexp.MustCompile(`^warming: \d+ of 51$`).MatchString(line) {
			t.Errorf("unexpected line %q", line)
		}
	}
}

// interruptAt cancels a context when text is written.
type interruptAt struct {
	io.Writer
	text   string
	cancel func()
}

func (w interruptAt) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(w.text)) {
		w.cancel()
	}
	return w.Writer.Write(p)
}

// An interrupted warm-cache exits with 1.
func TestInterruptedWarmingFails(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"warm-cache"}, []string{"REDIS_URL=" + unhurried(redis), "CATALOGUE=" + stock{}.file(t)},
		&stdout, interruptAt{&stderr, "warming: 1", cancel})
	if code != exitFailed || stdout.Len() > 0 || !strings.Contains(stderr.String(), "pharmacy: warm-cache: ") {
		t.Errorf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
}
