package supply

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/shelf"
)

// priced returns a small catalogue that is identified by its price.
func priced(price string) []byte {
	return []byte(strings.Replace(minimal, "2.40", price, 1))
}

// dated is like priced, with a time of update.
func dated(price, updated string) []byte {
	return []byte(strings.Replace(string(priced(price)), "{", `{"updated":"`+updated+`",`, 1))
}

func priceIn(s *shelf.Snapshot) string {
	ref, _ := s.Variant("v")
	return ref.Variant.Price.Amount.String()
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// safeBuffer may be written to while it is read.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// opened opens a store on a new file.
func opened(t *testing.T, data []byte) (s *Store, path string, logged *safeBuffer) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "medicines.json")
	write(t, path, data)
	logged = &safeBuffer{}
	s, err := Open(Options{Path: path, Logger: slog.New(slog.NewTextHandler(logged, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return s, path, logged
}

// patience is the timeout of every wait. It allows for polling too, on a busy
// machine.
const patience = 3 * pollInterval

// eventually waits for the effect of another goroutine.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: timed out", what)
		}
	}
}

func TestOpenStore(t *testing.T) {
	s, err := Open(Options{Embedded: priced("2.40")})
	if err != nil || priceIn(s.Current()) != "2.40" {
		t.Fatalf("embedded: %v", err)
	}
	if !s.Current().Source().Modified.IsZero() {
		t.Error("the embedded catalogue has a modification time")
	}
	if err := s.Reload(); err != nil {
		t.Errorf("reloading the embedded catalogue: %v", err)
	}
	if _, err := Open(Options{Path: filepath.Join(t.TempDir(), "none.json")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Open(Options{Path: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a directory: %v", err)
	}
	path := filepath.Join(t.TempDir(), "bad.json")
	write(t, path, priced("-1"))
	_, err = Open(Options{Path: path})
	var faults *catfile.FaultsError
	if !errors.As(err, &faults) || !strings.HasPrefix(err.Error(), path+":3:72: groups[0].variants[0].price: ") {
		t.Errorf("a faulty file: %v", err)
	}
}

func TestReloadKeepsTheLastGoodOne(t *testing.T) {
	s, path, logged := opened(t, priced("2.40"))
	var seen []string
	s.OnChange(func(s *shelf.Snapshot) { seen = append(seen, priceIn(s)) })
	good := s.Current()
	for i, bad := range [][]byte{priced("-1"), nil, []byte(minimal[:100])} {
		write(t, path, bad)
		for range 3 {
			if err := s.Reload(); err == nil {
				t.Errorf("%s: no error", bad)
			}
		}
		if s.Current() != good {
			t.Fatalf("%s: served", bad)
		}
		if got := s.ReloadFailures(); got != int64(3*i+3) {
			t.Errorf("%d failures after %d files", got, i+1)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); !errors.Is(err, fs.ErrNotExist) || s.Current() != good {
		t.Errorf("without a file: %v", err)
	}
	for _, want := range []string{"the price is negative", "the file is empty", "ends too early", "no such file"} {
		if n := strings.Count(logged.String(), "still serving the last good catalogue"); n != 4 {
			t.Errorf("logged %d times, want once per file", n)
		}
		if !strings.Contains(logged.String(), want) {
			t.Errorf("not logged: %s", want)
		}
	}
	if !strings.Contains(logged.String(), "line=3 column=72 path=groups[0].variants[0].price") {
		t.Errorf("no position in\n%s", logged)
	}
	write(t, path, priced("3.00"))
	if err := s.Reload(); err != nil || priceIn(s.Current()) != "3.00" {
		t.Errorf("good file again: %v", err)
	}
	// The same content is not a change.
	after := s.Current()
	write(t, path, append([]byte(" "), priced("3.00")...))
	if err := s.Reload(); err != nil || s.Current().Version() != after.Version() {
		t.Errorf("same content: %v", err)
	}
	if len(seen) == 0 || seen[0] != "3.00" || s.ReloadFailures() != 10 {
		t.Errorf("hooks saw %v, %d failures", seen, s.ReloadFailures())
	}
	// A previous fault that comes back is logged again.
	write(t, path, priced("-1"))
	if err := s.Reload(); err == nil {
		t.Error("no error")
	}
	if n := strings.Count(logged.String(), "still serving the last good catalogue"); n != 5 {
		t.Errorf("logged %d times", n)
	}
}

// An updated time ahead of the clock is a fault of the file, at a start and later.
func TestUpdatedAheadOfTheClock(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "medicines.json")
	options := Options{Path: path, Now: func() time.Time { return now }}
	want := path + ":1:12: updated: the time 2062-11-01T08:00:00Z is more than a day ahead of the clock: correct it, or the clock"
	write(t, path, dated("9.99", "2062-11-01T08:00:00Z"))
	var faults *catfile.FaultsError
	if _, err := Open(options); !errors.As(err, &faults) || err.Error() != want {
		t.Errorf("at a start: %v", err)
	}
	write(t, path, dated("2.00", "2026-11-30T12:00:00Z"))
	s, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, dated("9.99", "2062-11-01T08:00:00Z"))
	if err := s.Reload(); !errors.As(err, &faults) || err.Error() != want || priceIn(s.Current()) != "2.00" || s.ReloadFailures() != 1 {
		t.Errorf("price %s: %v", priceIn(s.Current()), err)
	}
	write(t, path, dated("3.00", "2026-11-30T12:00:01Z"))
	if err := s.Reload(); err == nil || priceIn(s.Current()) != "2.00" {
		t.Errorf("a second too far ahead: price %s, %v", priceIn(s.Current()), err)
	}
	write(t, path, dated("3.00", "2026-11-29T12:00:00Z"))
	if err := s.Reload(); err != nil || priceIn(s.Current()) != "3.00" {
		t.Errorf("corrected: price %s, %v", priceIn(s.Current()), err)
	}
}

func TestFaultsAreLoggedInBounds(t *testing.T) {
	s, path, logged := opened(t, priced("2.40"))
	write(t, path, []byte(`{"groups":[`+strings.Repeat("1,", 54)+`1]}`))
	if err := s.Reload(); err == nil {
		t.Error("no error")
	}
	if n := strings.Count(logged.String(), "fault in the catalogue file"); n != loggedFaults {
		t.Errorf("%d faults logged", n)
	}
	if !strings.Contains(logged.String(), "and 35 more faults") {
		t.Errorf("unexpected log\n%s", logged)
	}
}

func TestWatch(t *testing.T) {
	s, path, _ := opened(t, priced("1.00"))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { s.Watch(ctx); close(done) }()
	changes := make(chan string, 100)
	s.OnChange(func(s *shelf.Snapshot) { changes <- priceIn(s) })

	becomes := func(price string) {
		t.Helper()
		eventually(t, "price "+price, func() bool { return priceIn(s.Current()) == price })
	}
	// Written in place, twice.
	write(t, path, priced("2.00"))
	becomes("2.00")
	write(t, path, priced("3.00"))
	becomes("3.00")
	// Same size and time, as with a copy that preserves both.
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, priced("3.50"))
	if err := os.Chtimes(path, time.Time{}, info.ModTime()); err != nil {
		t.Fatal(err)
	}
	becomes("3.50")
	// Replaced atomically, as editors and deployments do. Several times, since a
	// watch on the file itself would end with the first.
	for _, price := range []string{"4.00", "5.00", "6.00"} {
		write(t, path+".new", priced(price))
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
		becomes(price)
	}
	// A truncated file is not served until the rest is written.
	half := priced("7.00")
	write(t, path, half[:50])
	eventually(t, "a failure", func() bool { return s.ReloadFailures() > 0 })
	becomes("6.00")
	write(t, path, half)
	becomes("7.00")
	// Removed and created again.
	failures := s.ReloadFailures()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another failure", func() bool { return s.ReloadFailures() > failures })
	write(t, path, priced("8.00"))
	becomes("8.00")

	cancel()
	<-done
	for last := ""; last != "8.00"; {
		select {
		case last = <-changes:
		case <-time.After(patience):
			t.Fatal("the hook did not see the last change")
		}
	}
}

// A mounted ConfigMap: the file is a symbolic link into a directory that is itself
// a link, and only the latter is replaced.
func TestWatchLinkedDirectory(t *testing.T) {
	dir := t.TempDir()
	version := func(name, price string) {
		t.Helper()
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name, "medicines.json"), priced(price))
		if err := os.Symlink(name, filepath.Join(dir, "..data_tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	version("..1", "1.00")
	path := filepath.Join(dir, "medicines.json")
	if err := os.Symlink(filepath.Join("..data", "medicines.json"), path); err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { s.Watch(ctx) })
	defer wg.Wait()
	defer cancel()
	for i := 2; i <= 4; i++ {
		price := fmt.Sprintf("%d.00", i)
		version(fmt.Sprint("..", i), price)
		if err := os.RemoveAll(filepath.Join(dir, fmt.Sprint("..", i-1))); err != nil {
			t.Fatal(err)
		}
		eventually(t, price, func() bool { return priceIn(s.Current()) == price })
	}
}

// Without change notification, polling detects a change.
func TestRefresh(t *testing.T) {
	s, path, _ := opened(t, priced("1.00"))
	before := s.Current()
	s.Refresh()
	if s.Current() != before {
		t.Error("reloaded without a change")
	}
	write(t, path, priced("22.00")) // also of another size: clocks are coarse
	s.Refresh()
	if priceIn(s.Current()) != "22.00" {
		t.Error("the change was not detected")
	}
	// A bad file is read once, not at every poll.
	write(t, path, priced("-111"))
	s.Refresh()
	s.Refresh()
	if n := s.ReloadFailures(); n != 1 {
		t.Errorf("%d failures", n)
	}
	// A missing file likewise.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s.Refresh()
	s.Refresh()
	if n := s.ReloadFailures(); n != 2 {
		t.Errorf("%d failures", n)
	}
}

// If a directory is replaced by another of the same name, the new one is watched.
func TestFollowReplacedDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	w := &dirWatch{log: slog.New(slog.DiscardHandler)}
	defer w.stop()
	w.follow(dir)
	if w.events() != nil || w.errors() != nil {
		t.Error("a missing directory is watched")
	}
	for range 2 {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		w.follow(dir)
		events := w.events()
		w.follow(dir)
		if w.events() != events {
			t.Error("the same directory is watched again")
		}
		write(t, filepath.Join(dir, "f"), nil)
		select {
		case <-events:
		case <-time.After(patience):
			t.Fatal("no event")
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMidnight(t *testing.T) {
	var mu sync.Mutex
	now := time.Date(2028, 6, 30, 23, 59, 59, 0, time.UTC)
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	s, err := Open(Options{Embedded: priced("2.40"), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	changed := make(chan *shelf.Snapshot, 10)
	s.OnChange(func(s *shelf.Snapshot) { changed <- s })
	before := s.Current()
	ref, _ := before.Variant("v")
	if ok, reason := ref.Variant.Orderable(before.Day()); !ok || s.Current() != before {
		t.Errorf("on its last day: %v, %q", ok, reason)
	}
	mu.Lock()
	now = now.Add(time.Second)
	mu.Unlock()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { s.Current() })
	}
	wg.Wait()
	after := s.Current()
	if ok, reason := ref.Variant.Orderable(after.Day()); ok || reason != catalogue.ReasonExpired {
		t.Errorf("the day after: %v, %q", ok, reason)
	}
	if after.Version() == before.Version() || after.Catalogue() != before.Catalogue() || s.Current() != after {
		t.Error("the day did not change exactly once")
	}
	if got := <-changed; got != after {
		t.Error("the hook saw another snapshot")
	}
}

func TestAdopt(t *testing.T) {
	const early, middle, late = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"
	theirs := func(price, updated string) (*catalogue.Catalogue, shelf.Source) {
		s := shelf.NewSnapshot(mustParse(t, dated(price, updated)), today, shelf.Options{})
		return s.Catalogue(), s.Source()
	}
	s, path, logged := opened(t, dated("2.00", middle))
	reload := func(price, updated string) error {
		t.Helper()
		write(t, path, dated(price, updated))
		return s.Reload()
	}

	// A process that has adopted nothing serves whatever the file contains.
	if err := reload("1.00", early); err != nil || priceIn(s.Current()) != "1.00" {
		t.Fatalf("earlier file: %v", err)
	}
	if err := reload("2.00", middle); err != nil {
		t.Fatal(err)
	}

	// Only a later catalogue is adopted.
	if s.adopt(theirs("9.00", early)) || priceIn(s.Current()) != "2.00" {
		t.Error("an earlier catalogue was adopted")
	}
	_, source := theirs("3.00", late)
	if !s.adopt(theirs("3.00", late)) || priceIn(s.Current()) != "3.00" {
		t.Error("a later one was not adopted")
	}
	if s.adopt(theirs("3.00", late)) || s.Current().Source() != source {
		t.Error("the same one was adopted twice")
	}

	// Now a file that is not later is not served, and this is logged once.
	for range 2 {
		if err := reload("4.00", middle); !errors.Is(err, ErrNotLater) || priceIn(s.Current()) != "3.00" {
			t.Errorf("earlier file: %v", err)
		}
	}
	if n := strings.Count(logged.String(), `raise \"updated\"`); n != 1 || s.ReloadFailures() != 0 {
		t.Errorf("logged %d times, %d failures", n, s.ReloadFailures())
	}
	if err := reload("5.00", "2026-04-01T00:00:00Z"); err != nil || priceIn(s.Current()) != "5.00" {
		t.Errorf("later file: %v", err)
	}
	if s.adopt(theirs("3.00", late)) || priceIn(s.Current()) != "5.00" {
		t.Error("an earlier published catalogue was adopted")
	}

	// A catalogue that does not match its hash is refused.
	c, source := theirs("6.00", "2026-05-01T00:00:00Z")
	source.Hash = "0123456789abcdef"
	if s.adopt(c, source) || priceIn(s.Current()) != "5.00" {
		t.Error("a catalogue with a wrong hash was adopted")
	}

	// The same content with a later time changes no page.
	before := s.Current()
	same := before.Source()
	same.Modified = same.Modified.Add(time.Hour)
	if c, _ := theirs("5.00", "2026-04-01T00:00:00Z"); s.adopt(c, same) || s.Current().Version() != before.Version() || s.Current().Source() != same {
		t.Errorf("source %v, want %v", s.Current().Source(), same)
	}
}

// Processes with different files converge on one catalogue, whoever publishes
// first.
func TestFleetAgrees(t *testing.T) {
	files := [][]byte{dated("1.00", "2026-01-01T00:00:00Z"), dated("2.00", "2026-01-01T00:00:00Z"), dated("3.00", "2025-01-01T00:00:00Z")}
	for first := range files {
		var stores []*Store
		for _, f := range files {
			s, err := Open(Options{Embedded: f})
			if err != nil {
				t.Fatal(err)
			}
			stores = append(stores, s)
		}
		changes := 0
		for range 3 {
			for i := range stores {
				from := stores[(first+i)%len(stores)].Current()
				for _, s := range stores {
					if s.adopt(from.Catalogue(), from.Source()) {
						changes++
					}
				}
			}
		}
		for _, s := range stores {
			if s.Current().Content() != stores[0].Current().Content() || priceIn(s.Current()) == "3.00" {
				t.Errorf("prices differ or belong to the oldest: %s", priceIn(s.Current()))
			}
		}
		if changes > len(stores)*(len(stores)-1) {
			t.Errorf("%d changes", changes)
		}
	}
}

func TestStoreConcurrently(t *testing.T) {
	s, path, _ := opened(t, priced("1.00"))
	s.OnChange(func(*shelf.Snapshot) { s.Current() })
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 20 {
				switch i {
				case 0:
					// Replaced atomically, so that no partial file is read.
					other := path + ".new"
					if err := os.WriteFile(other, priced(fmt.Sprintf("%d.00", n+1)), 0o644); err == nil {
						err = os.Rename(other, path)
						if err != nil {
							t.Error(err)
						}
					}
				case 1:
					if err := s.Reload(); err != nil {
						t.Error(err)
					}
				default:
					if s.Current().Count(shelf.Query{}) != 1 {
						t.Error("number of variants is not 1")
					}
				}
			}
		})
	}
	wg.Wait()
	if err := s.Reload(); err != nil || priceIn(s.Current()) != "20.00" {
		t.Errorf("finally %s, %v", priceIn(s.Current()), err)
	}
}

// Other files in the catalogue's directory, such as a log, may be written to all
// the time. That must not delay detection of a change in the catalogue.
func TestWatchInABusyDirectory(t *testing.T) {
	s, path, _ := opened(t, priced("2.40"))
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { s.Watch(ctx) })
	running.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			write(t, filepath.Join(filepath.Dir(path), "log"), []byte{byte(n)})
			time.Sleep(settle / 10)
		}
	})
	time.Sleep(2 * settle)
	// Same size and time, so that polling does not detect it.
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, priced("3.10"))
	if err := os.Chtimes(path, time.Time{}, info.ModTime()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the change is seen", func() bool { return priceIn(s.Current()) == "3.10" })
}

var today = catalogue.DayOf(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))

var minimal = func() string {
	data, err := os.ReadFile("../catalogue/catfile/testdata/minimal.json")
	if err != nil {
		panic(err)
	}
	return string(data)
}()

func mustParse(t testing.TB, data []byte) *catalogue.Catalogue {
	t.Helper()
	c, faults, err := catfile.Parse(data)
	if err != nil {
		t.Fatalf("%v\n%v", err, faults)
	}
	return c
}
