// Package supply keeps the current shelf: read from a file that may change, and
// agreed upon by the processes of a fleet.
package supply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/shelf"
)

// ErrNotLater says that a file was read without fault but is not served,
// because the fleet has a later catalogue.
var ErrNotLater = errors.New("catalogue: the fleet has a later catalogue")

const (
	// maxFileSize bounds what a wrong path can make us read.
	maxFileSize = 1 << 30
	// loggedFaults is how many faults of a file are logged.
	loggedFaults = 20
	// settle is how long a file must be left alone before it is read: an
	// editor or a copy writes it in several steps.
	settle = 100 * time.Millisecond
	// pollInterval is how soon a change is seen where the system does not
	// tell of changes, as on network file systems.
	pollInterval = 10 * time.Second
)

// Options say where the catalogue comes from.
type Options struct {
	Path     string           // of the catalogue file; "" for the embedded one
	Embedded []byte           // the content when there is no path
	Now      func() time.Time // nil: time.Now
	Logger   *slog.Logger     // nil: nothing is logged
	// FormNames is as in Options.
	FormNames func(form string) []string
}

// Store holds the current snapshot. It is safe for concurrent use.
type Store struct {
	path     string
	embedded []byte
	now      func() time.Time
	log      *slog.Logger
	words    func(form string) []string

	current  atomic.Pointer[shelf.Snapshot]
	failures atomic.Int64

	mu     sync.Mutex // held by what changes the content
	seen   identity   // of the file when it was last read
	logged string     // what was last logged of it, so that it is logged once
	fleet  bool       // other processes have offered their catalogues

	hookMu   sync.Mutex // held while hooks run, so that they run one at a time
	hooks    []func(*shelf.Snapshot)
	notified *shelf.Snapshot // what the hooks were last called with
}

// identity tells whether a path still leads to the same content, as far as
// that can be told without reading it.
type identity struct {
	info fs.FileInfo // nil: there was no file
}

func identify(path string) identity {
	info, err := os.Stat(path)
	if err != nil {
		return identity{}
	}
	return identity{info}
}

func (a identity) same(b identity) bool {
	if a.info == nil || b.info == nil {
		return a.info == b.info
	}
	return os.SameFile(a.info, b.info) && a.info.Size() == b.info.Size() && a.info.ModTime().Equal(b.info.ModTime())
}

// OpenStore reads the catalogue for the first time. The error is one of the
// file system or a *FaultsError.
func Open(options Options) (*Store, error) {
	s := &Store{path: options.Path, embedded: options.Embedded, now: options.Now, log: options.Logger, words: options.FormNames}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.path != "" {
		s.log = s.log.With("catalogue", s.path)
	}
	snapshot, faults, err := s.read()
	if err != nil {
		return nil, err
	}
	s.report(faults)
	s.current.Store(snapshot)
	s.notified = snapshot
	return s, nil
}

// read makes a snapshot of the file or of the embedded content.
func (s *Store) read() (*shelf.Snapshot, []catfile.Fault, error) {
	data, modified := s.embedded, time.Time{}
	if s.path != "" {
		var err error
		if data, modified, err = s.readFile(); err != nil {
			return nil, nil, fmt.Errorf("reading the catalogue: %w", err)
		}
	}
	c, faults, err := catfile.Parse(data)
	if err != nil {
		if s.path != "" {
			err = fmt.Errorf("%s:%w", s.path, err)
		}
		return nil, faults, err
	}
	return shelf.NewSnapshot(c, catalogue.DayOf(s.now()), shelf.Options{Modified: modified, FormNames: s.words}), faults, nil
}

func (s *Store) readFile() ([]byte, time.Time, error) {
	s.seen = identity{}
	f, err := os.Open(s.path)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer f.Close()
	// What is remembered is taken before the reading, so that a change
	// during it is seen afterwards.
	info, err := f.Stat()
	if err != nil {
		return nil, time.Time{}, err
	}
	s.seen = identity{info}
	if info.IsDir() {
		return nil, time.Time{}, fmt.Errorf("%s is a directory: give the path of a JSON file", s.path)
	}
	if info.Size() > maxFileSize {
		return nil, time.Time{}, fmt.Errorf("%s has more than %d bytes: this is not a catalogue", s.path, maxFileSize)
	}
	data := make([]byte, 0, info.Size()+512)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case errors.Is(err, io.EOF):
			return data, info.ModTime(), nil
		case err != nil:
			return nil, time.Time{}, err
		case len(data) > maxFileSize:
			return nil, time.Time{}, fmt.Errorf("%s has more than %d bytes: this is not a catalogue", s.path, maxFileSize)
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

// Current returns the snapshot of today, in UTC.
func (s *Store) Current() *shelf.Snapshot {
	for {
		snapshot := s.current.Load()
		today := catalogue.DayOf(s.now())
		if snapshot.Day() == today {
			return snapshot
		}
		// Not under the lock: a visitor at midnight must wait neither for a
		// file that is being read nor for the hooks.
		rolled := snapshot.WithDay(today)
		if s.current.CompareAndSwap(snapshot, rolled) {
			go s.notify()
			return rolled
		}
	}
}

// OnChange calls a function with every snapshot that becomes current from
// now on, one call at a time; of changes in quick succession it may miss all
// but the last. The function must not call Reload or Adopt.
func (s *Store) OnChange(f func(*shelf.Snapshot)) {
	s.hookMu.Lock()
	defer s.hookMu.Unlock()
	s.hooks = append(s.hooks, f)
}

func (s *Store) notify() {
	s.hookMu.Lock()
	defer s.hookMu.Unlock()
	snapshot := s.current.Load()
	if snapshot == s.notified {
		return
	}
	s.notified = snapshot
	for _, f := range s.hooks {
		f(snapshot)
	}
}

// ReloadFailures returns how often a file could not be used.
func (s *Store) ReloadFailures() int64 { return s.failures.Load() }

// Reload reads the file again and makes it current. With a fault the
// snapshot stays as it was; each fault is logged with its place, once. In a
// fleet a file that is not later than the current catalogue is not served
// either, and the error is ErrNotLater.
func (s *Store) Reload() error {
	if s.path == "" {
		return nil
	}
	err := s.reload()
	s.notify()
	return err
}

func (s *Store) reload() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	snapshot, faults, err := s.read()
	if err != nil {
		s.failures.Add(1)
		if text := err.Error(); text != s.logged {
			s.logged = text
			s.report(faults)
			s.log.Error("the catalogue file cannot be used: still serving the last good catalogue", "error", err)
		}
		return err
	}
	current := s.current.Load()
	if snapshot.Content() == current.Content() {
		// The same again: the pages made from it stay valid. Only its place
		// in time may have moved.
		s.logged = ""
		if shelf.Later(snapshot.Source(), current.Source()) {
			s.current.Store(current.WithSource(snapshot.Source()))
		}
		return nil
	}
	if s.fleet && !shelf.Later(snapshot.Source(), current.Source()) {
		if text := snapshot.Content() + " " + current.Content(); text != s.logged {
			s.logged = text
			s.log.Warn("the catalogue file is not served: the fleet has a later one; raise \"updated\" in the file to make it the latest",
				"file_updated", snapshot.Source().Updated, "fleet_updated", current.Source().Updated)
		}
		return ErrNotLater
	}
	s.logged = ""
	s.report(faults)
	s.current.Store(snapshot)
	s.log.Info("the catalogue file was loaded", "version", snapshot.Version(), "groups", len(snapshot.Catalogue().Groups), "variants", snapshot.Len())
	return nil
}

// report logs faults with their places.
func (s *Store) report(faults []catfile.Fault) {
	for i, f := range faults {
		if i == loggedFaults {
			s.log.Warn(fmt.Sprintf("and %d more faults in the catalogue file: pharmacy check lists them", len(faults)-i))
			return
		}
		level := slog.LevelWarn
		if f.Severity == catfile.Error {
			level = slog.LevelError
		}
		s.log.Log(context.Background(), level, "fault in the catalogue file", "line", f.Line, "column", f.Column, "path", f.Path, "fault", f.Message)
	}
}

// Adopt offers the catalogue of another process of the fleet, with its
// source. It becomes current, and the answer is true, if its source is later
// than the current one. From the first offer on, a file that is not later
// than what is current is no longer served.
//
// The catalogue must have come from Parse and must not be changed
// afterwards. It may be nil if only the source is known: then the answer
// says whether the catalogue would be wanted.
func (s *Store) Adopt(c *catalogue.Catalogue, source shelf.Source) bool {
	adopted := s.adopt(c, source)
	s.notify()
	return adopted
}

func (s *Store) adopt(c *catalogue.Catalogue, source shelf.Source) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fleet = true
	current := s.current.Load()
	if !shelf.Later(source, current.Source()) {
		return false
	}
	if source.Hash == current.Content() {
		// The same content by a later claim: no page changes.
		s.current.Store(current.WithSource(source))
		return false
	}
	if c == nil {
		return true
	}
	snapshot := shelf.NewSnapshot(c, catalogue.DayOf(s.now()), shelf.Options{FormNames: s.words})
	if snapshot.Content() != source.Hash {
		s.log.Warn("a catalogue of the fleet is not used: its content is not what its source says", "content", snapshot.Content(), "source", source.Hash)
		return false
	}
	snapshot = snapshot.WithSource(source)
	s.current.Store(snapshot)
	s.log.Info("a later catalogue of the fleet was loaded", "version", snapshot.Version(), "updated", source.Updated)
	return true
}

// Watch reloads the file when it changes, until the context ends. It also
// sees to it that hooks are called soon after midnight.
func (s *Store) Watch(ctx context.Context) error {
	watch := &dirWatch{log: s.log}
	defer watch.stop()
	if s.path != "" {
		watch.follow(filepath.Dir(s.path))
	}
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	settled := time.NewTimer(0) // a change between opening and now is seen at once
	defer settled.Stop()
	settling, written := true, false
	for {
		select {
		case <-ctx.Done():
			return nil
		case event := <-watch.events():
			// A file is rarely written in one step, and a link is never
			// swapped in one; what counts is when it has come to rest. Other
			// files do not put that off: some are written to all the time.
			own := filepath.Base(event.Name) == filepath.Base(s.path)
			if own || !settling {
				settled.Reset(settle)
				settling = true
			}
			// A copy may keep size and time; that it was written is enough.
			written = written || own && event.Has(fsnotify.Create|fsnotify.Write)
		case err := <-watch.errors():
			s.log.Warn("watching the catalogue's directory failed; the file is looked at from time to time", "error", err)
			settled.Reset(settle)
			settling = true
		case <-settled.C:
			settling = false
			if written {
				written = false
				_ = s.Reload() // logged and counted
				continue
			}
			s.Refresh()
		case <-poll.C:
			if s.path != "" {
				watch.follow(filepath.Dir(s.path))
			}
			s.Refresh()
			s.Current()
		}
	}
}

// Refresh reloads the file if the path leads to another one, or to one that
// was written to. Its errors have been logged and counted.
func (s *Store) Refresh() {
	if s.path == "" {
		return
	}
	s.mu.Lock()
	same := s.seen.same(identify(s.path))
	s.mu.Unlock()
	if !same {
		_ = s.Reload()
	}
}

// dirWatch tells of changes in a directory. The directory is watched and
// not the file: a file that is replaced takes its watch with it, and a
// mounted one changes by a link beside it.
type dirWatch struct {
	log     *slog.Logger
	watcher *fsnotify.Watcher
	dir     identity
	warned  bool
}

// follow makes sure that the directory is watched, also if it was replaced
// by another or comes to exist only now.
func (w *dirWatch) follow(path string) {
	now := identify(path)
	if w.watcher != nil && now.info != nil && os.SameFile(now.info, w.dir.info) {
		return
	}
	w.stop()
	watcher, err := fsnotify.NewWatcher()
	if err == nil {
		if err = watcher.Add(path); err != nil {
			watcher.Close()
		}
	}
	if err != nil {
		if !w.warned {
			w.warned = true
			w.log.Warn("the catalogue's directory cannot be watched; the file is looked at from time to time", "error", err)
		}
		return
	}
	w.watcher, w.dir, w.warned = watcher, now, false
}

func (w *dirWatch) stop() {
	if w.watcher != nil {
		w.watcher.Close()
		w.watcher = nil
	}
}

// events returns changes; nothing ever comes while nothing is watched.
func (w *dirWatch) events() <-chan fsnotify.Event {
	if w.watcher == nil {
		return nil
	}
	return w.watcher.Events
}

func (w *dirWatch) errors() <-chan error {
	if w.watcher == nil {
		return nil
	}
	return w.watcher.Errors
}
