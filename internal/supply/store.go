// Package supply provides the current shelf snapshot. It loads the catalogue
// file, reloads it when it changes, and shares it among the processes of a
// fleet.
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

// ErrNotLater is returned by Reload for a valid file that is not served because
// the fleet has a later catalogue.
var ErrNotLater = errors.New("supply: the fleet has a later catalogue")

const (
	// maxFileSize is the maximum size of a catalogue file, in bytes.
	maxFileSize = 1 << 30
	// loggedFaults is the maximum number of faults logged for a file.
	loggedFaults = 20
	// settle is how long a file must be unchanged before it is read: editors
	// and copies write it in several steps.
	settle = 100 * time.Millisecond
	// pollInterval is the polling interval for file systems without change
	// notification, such as network file systems.
	pollInterval = 10 * time.Second
)

// Options configure a Store.
type Options struct {
	Path     string           // catalogue file; "" for the embedded one
	Embedded []byte           // content of the catalogue file if Path is ""
	Now      func() time.Time // nil means time.Now
	Logger   *slog.Logger     // nil discards logs
	Words    shelf.Words
}

// Store holds the current snapshot. It is safe for concurrent use.
type Store struct {
	path     string
	embedded []byte
	now      func() time.Time
	log      *slog.Logger
	words    shelf.Words

	current  atomic.Pointer[shelf.Snapshot]
	failures atomic.Int64

	mu     sync.Mutex // serializes changes of the content
	seen   identity   // of the file when it was last read
	logged string     // last problem logged about the file, to log it once
	fleet  bool       // other processes have offered their catalogues

	hookMu   sync.Mutex // serializes calls of hooks
	hooks    []func(*shelf.Snapshot)
	notified *shelf.Snapshot // last argument of the hooks
}

// identity identifies the content of a file by its metadata.
type identity struct {
	info fs.FileInfo // nil if there was no file
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

// Open loads the catalogue and returns a Store for it. The error is a file
// system error or wraps a [*catfile.FaultsError].
func Open(options Options) (*Store, error) {
	s := &Store{path: options.Path, embedded: options.Embedded, now: options.Now, log: options.Logger, words: options.Words}
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

// Of returns a Store whose only catalogue is that of a snapshot.
func Of(snapshot *shelf.Snapshot) *Store {
	s := &Store{now: time.Now, log: slog.New(slog.DiscardHandler), notified: snapshot}
	s.current.Store(snapshot)
	return s
}

// read loads the file, or the embedded content, into a new snapshot.
func (s *Store) read() (*shelf.Snapshot, []catfile.Fault, error) {
	now := s.now()
	data, modified, bound := s.embedded, time.Time{}, time.Time{}
	if s.path != "" {
		var err error
		if data, modified, err = s.readFile(); err != nil {
			return nil, nil, fmt.Errorf("reading the catalogue: %w", err)
		}
		if catalogue.CheckUpdated(modified, now) != nil {
			s.log.Warn("the catalogue file's modification time is more than a day ahead of the clock: it is ignored", "modified", modified)
			modified = time.Time{}
		}
		bound = now // a machine without a clock can still serve the embedded one
	}
	c, faults, err := catfile.ParseAt(data, bound)
	if err != nil {
		if s.path != "" {
			err = fmt.Errorf("%s:%w", s.path, err)
		}
		return nil, faults, err
	}
	return shelf.NewSnapshot(c, catalogue.DayOf(now), shelf.Options{Modified: modified, Words: s.words}), faults, nil
}

func (s *Store) readFile() ([]byte, time.Time, error) {
	s.seen = identity{}
	// Opening a FIFO would wait for a writer.
	info, err := os.Stat(s.path)
	switch {
	case err != nil:
		return nil, time.Time{}, err
	case info.IsDir():
		return nil, time.Time{}, fmt.Errorf("%s is a directory: give the path of a JSON file", s.path)
	case !info.Mode().IsRegular():
		return nil, time.Time{}, fmt.Errorf("%s is not a file that can be read again when it changes: give the path of a JSON file", s.path)
	}
	f, err := os.Open(s.path)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer f.Close()
	// Stat before reading, so that a change during the read is detected
	// afterwards.
	info, err = f.Stat()
	if err != nil {
		return nil, time.Time{}, err
	}
	s.seen = identity{info}
	if info.Size() > maxFileSize {
		return nil, time.Time{}, fmt.Errorf("%s is larger than %d bytes: this is not a catalogue", s.path, maxFileSize)
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
			return nil, time.Time{}, fmt.Errorf("%s is larger than %d bytes: this is not a catalogue", s.path, maxFileSize)
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

// Current returns the current snapshot, for today in UTC.
func (s *Store) Current() *shelf.Snapshot {
	for {
		snapshot := s.current.Load()
		today := catalogue.DayOf(s.now())
		if snapshot.Day() == today {
			return snapshot
		}
		// Without the lock: at midnight a request must not wait for a reload
		// or for the hooks.
		rolled := snapshot.WithDay(today)
		if s.current.CompareAndSwap(snapshot, rolled) {
			go s.notify()
			return rolled
		}
	}
}

// OnChange registers a function to be called with each new current snapshot.
// Calls do not overlap, and changes in quick succession may be coalesced into
// one. The function must not call Reload.
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

// ReloadFailures returns the number of failed reloads.
func (s *Store) ReloadFailures() int64 { return s.failures.Load() }

// Reload reads the file again and makes it current. If the file is unusable,
// Reload logs its faults, once, and keeps the current snapshot. In a fleet it
// returns ErrNotLater for a file that is not later than the current catalogue.
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
		// The content is unchanged, so rendered pages stay valid. Only its
		// source may be later.
		s.logged = ""
		if s.later(snapshot.Source(), current.Source()) {
			s.current.Store(current.WithSource(snapshot.Source()))
		}
		return nil
	}
	if s.fleet && !s.later(snapshot.Source(), current.Source()) {
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
	s.log.Info("loaded the catalogue file", "version", snapshot.Version(), "groups", len(snapshot.Catalogue().Groups), "variants", snapshot.Len())
	return nil
}

// later reports whether a is later than b, as [shelf.Later] does, unless one of
// them is too far ahead of the clock, which counts as earlier than any other.
func (s *Store) later(a, b shelf.Source) bool {
	aheadA, aheadB := s.checkTimes(a) != nil, s.checkTimes(b) != nil
	if aheadA != aheadB {
		return aheadB
	}
	return shelf.Later(a, b)
}

// checkTimes returns an error if a source has a time that is too far ahead of
// the clock. Such a source would be later than any correction.
func (s *Store) checkTimes(source shelf.Source) error {
	now := s.now()
	if err := catalogue.CheckUpdated(source.Updated, now); err != nil {
		return err
	}
	return catalogue.CheckUpdated(source.Modified, now)
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

// adopt makes the catalogue of another process current if its source is later
// than the current one, and reports whether it did. After the first call,
// Reload rejects files that are not later than the current catalogue.
//
// c must come from [catfile.ParseMarshalled] and must not be modified afterwards.
func (s *Store) adopt(c *catalogue.Catalogue, source shelf.Source) bool {
	adopted := s.replace(c, source)
	s.notify()
	return adopted
}

func (s *Store) replace(c *catalogue.Catalogue, source shelf.Source) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fleet = true
	current := s.current.Load()
	if !s.later(source, current.Source()) {
		return false
	}
	if source.Hash == current.Content() {
		// The same content with a later source: no page changes.
		s.current.Store(current.WithSource(source))
		return false
	}
	snapshot := shelf.NewSnapshot(c, catalogue.DayOf(s.now()), shelf.Options{Words: s.words})
	if snapshot.Content() != source.Hash {
		s.log.Warn("ignoring a catalogue of the fleet: its content does not match its hash", "content", snapshot.Content(), "source", source.Hash)
		return false
	}
	snapshot = snapshot.WithSource(source)
	s.current.Store(snapshot)
	s.log.Info("loaded a later catalogue of the fleet", "version", snapshot.Version(), "updated", source.Updated)
	return true
}

// Watch reloads the file whenever it changes, and calls the functions registered
// with OnChange soon after midnight. It returns when ctx is done.
func (s *Store) Watch(ctx context.Context) {
	watch := &dirWatch{log: s.log}
	defer watch.stop()
	if s.path != "" {
		watch.follow(filepath.Dir(s.path))
	}
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	settled := time.NewTimer(0) // check at once for a change since Open
	defer settled.Stop()
	settling, written := true, false
	for {
		select {
		case <-ctx.Done():
			return
		case event := <-watch.events():
			// A write or a link swap takes several steps, so wait until the
			// file has been quiet for a while. Events of other files do not
			// extend the wait: some are written to all the time.
			own := filepath.Base(event.Name) == filepath.Base(s.path)
			if own || !settling {
				settled.Reset(settle)
				settling = true
			}
			// A copy may preserve size and time, so a write always reloads.
			written = written || own && event.Has(fsnotify.Create|fsnotify.Write)
		case err := <-watch.errors():
			s.log.Warn("watching the catalogue's directory failed: polling the file", "error", err)
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

// Refresh reloads the file if it was replaced or modified since it was last
// read. Errors are logged and counted.
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

// dirWatch watches a directory for changes. It watches the directory and not
// the file because replacing a file removes its watch, and a mounted Kubernetes
// volume changes through a symbolic link beside the file.
type dirWatch struct {
	log     *slog.Logger
	watcher *fsnotify.Watcher
	dir     identity
	warned  bool
}

// follow starts watching the directory at path, unless it is already watched.
// It must be called regularly, in case the directory is created or replaced.
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
			w.log.Warn("cannot watch the catalogue's directory: polling the file", "error", err)
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

// events returns the channel of changes, nil if nothing is watched.
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
