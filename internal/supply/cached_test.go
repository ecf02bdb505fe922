package supply

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pharmacy/internal/cache"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/redistest"
	"pharmacy/internal/shelf"
)

// server is a process of a fleet with its own clock.
type server struct {
	*Cached
	path   string
	clock  atomic.Pointer[time.Time]
	logged safeBuffer
}

// join starts a server of the fleet that shares a Redis. It does not watch its
// file or publish on its own.
func join(t *testing.T, redis *redistest.Server, now time.Time, file []byte) *server {
	t.Helper()
	s := &server{path: filepath.Join(t.TempDir(), "medicines.json")}
	s.clock.Store(&now)
	write(t, s.path, file)
	log := slog.New(slog.NewTextHandler(&s.logged, nil))
	store, err := Open(Options{Path: s.path, Now: func() time.Time { return *s.clock.Load() }, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	c, err := cache.New(cache.Options{Memory: 1 << 20, Redis: redis.Client(), Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	s.Cached = NewCached(c, store, time.Minute, log)
	return s
}

func (s *server) price() string { return priceIn(s.Current()) }

// A catalogue with a time in the distant future would be the latest one for good.
// A process whose clock is right does not take it, and replaces it.
func TestFleetIgnoresTimesAheadOfTheClock(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	future := time.Date(2062, 11, 29, 12, 0, 0, 0, time.UTC)
	redis := redistest.Start(t)
	// With a wrong clock, or as published by an earlier version of the program.
	wrong := join(t, redis, future, dated("9.99", "2062-11-01T08:00:00Z"))
	wrong.Publish(ctx)
	published := func() string { return redis.Client().Get(ctx, groupsKey).Val() }
	poisoned := published()
	if !strings.Contains(poisoned, "2062-11-01T08:00:00Z") {
		t.Fatal("nothing is published")
	}

	right := join(t, redis, now, dated("2.00", "2026-11-01T00:00:00Z"))
	right.Publish(ctx)
	if right.price() != "2.00" || !strings.Contains(right.logged.String(), "ignoring a published catalogue") {
		t.Errorf("the price is %s\n%s", right.price(), &right.logged)
	}
	eventually(t, "it is replaced", func() bool {
		return strings.Contains(published(), "2026-11-01T00:00:00Z") && !strings.Contains(published(), "2062")
	})
	// One that is at most a day ahead is taken as ever.
	ahead := join(t, redis, now.Add(time.Hour), dated("3.00", "2026-11-30T12:30:00Z"))
	ahead.Publish(ctx)
	if ahead.price() != "3.00" {
		t.Errorf("the price is %s", ahead.price())
	}
	right.Publish(ctx)
	if right.price() != "2.00" {
		t.Errorf("half an hour too early the price is %s", right.price())
	}
	later := now.Add(time.Hour)
	right.clock.Store(&later)
	ahead.Publish(ctx)
	right.Publish(ctx)
	if right.price() != "3.00" {
		t.Errorf("then the price is %s", right.price())
	}

	// Once its clock is right, the first process does not publish its catalogue
	// but takes the fleet's.
	redis.Client().Del(ctx, groupsKey)
	wrong.clock.Store(&later)
	wrong.Publish(ctx)
	if published() != "" || !strings.Contains(wrong.logged.String(), "cannot publish the catalogue") {
		t.Errorf("published a catalogue of the future\n%s", &wrong.logged)
	}
	if b, err := wrong.Groups(ctx, wrong.Current()); err != nil || !bytes.Contains(b, []byte("9.99")) || published() != "" {
		t.Errorf("its own pages: %v", err)
	}
	right.Publish(ctx)
	wrong.Publish(ctx)
	if wrong.price() != "3.00" {
		t.Errorf("the first process keeps the price %s", wrong.price())
	}
}

// Without a time in the file, its modification time counts, but not one ahead of
// the clock.
func TestFleetIgnoresModificationTimesAheadOfTheClock(t *testing.T) {
	ctx := context.Background()
	now := time.Now()
	redis := redistest.Start(t)
	right := join(t, redis, now, priced("2.00"))
	right.Publish(ctx)
	wrong := join(t, redis, now, priced("9.99"))
	if err := os.Chtimes(wrong.path, time.Time{}, now.AddDate(36, 0, 0)); err != nil {
		t.Fatal(err)
	}
	write(t, wrong.path+".new", priced("8.88"))
	if err := os.Chtimes(wrong.path+".new", time.Time{}, now.AddDate(36, 0, 0)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(wrong.path+".new", wrong.path); err != nil {
		t.Fatal(err)
	}
	if err := wrong.Reload(); err != nil || wrong.price() != "8.88" || !wrong.Current().Source().Updated.IsZero() || !wrong.Current().Source().Modified.IsZero() {
		t.Fatalf("%s, %v, %+v", wrong.price(), err, wrong.Current().Source())
	}
	wrong.Publish(ctx)
	right.Publish(ctx)
	if wrong.price() != "2.00" || right.price() != "2.00" {
		t.Errorf("prices %s and %s", wrong.price(), right.price())
	}
	if !strings.Contains(wrong.logged.String(), "modification time is more than a day ahead of the clock") {
		t.Error("not logged")
	}
}

// The doubtful dates of the legacy format are the same in all processes.
func TestFleetSharesALegacyCatalogue(t *testing.T) {
	ctx := context.Background()
	legacy := []byte(`{"x_groups": {"g": {"name_en": "G", "xs": {
		"a": {"price": "1.00", "exp": "2027/02/31"}, "b": {"price": "1.00", "exp": "2571/06"}, "c": {"price": "1.00", "exp": "1403/05"}}}}}`)
	redis := redistest.Start(t)
	first := join(t, redis, time.Now(), legacy)
	first.Publish(ctx)
	second := join(t, redis, time.Now(), dated("2.00", "2025-01-01T00:00:00Z"))
	second.Publish(ctx)
	if first.Current().Content() != second.Current().Content() {
		t.Fatalf("not adopted\n%s", &second.logged)
	}
	for _, s := range []*server{first, second} {
		for id, want := range map[string]string{"a": "2027/02/31 2027-02-28", "b": "2571/06 unreadable", "c": "1403-05 2024-08-21"} {
			ref, _ := s.Current().Variant(id)
			e := ref.Variant.Expiry
			got := e.String() + " unreadable"
			if !e.Unreadable() {
				got = e.String() + " " + e.Last().String()
			}
			if got != want {
				t.Errorf("%s is %s, want %s", id, got, want)
			}
		}
	}
}

// A published variant with an unreadable expiry, as an earlier version of the
// program may publish it, cannot be ordered.
func TestPublishedUnreadableExpiry(t *testing.T) {
	ctx := context.Background()
	redis := redistest.Start(t)
	now := time.Now()
	unreadable, err := catalogue.ParseOldExpiry("2571/06")
	if !unreadable.Unreadable() {
		t.Fatal(err)
	}
	c := mustParse(t, dated("1.00", "2026-02-01T00:00:00Z"))
	c.Groups[0].Variants[0].Expiry = unreadable
	first := join(t, redis, now, dated("2.00", "2025-02-01T00:00:00Z"))
	if s := shelf.NewSnapshot(c, catalogue.DayOf(now), shelf.Options{}); !first.adopt(s.Catalogue(), s.Source()) {
		t.Fatal("not adopted")
	}
	first.Publish(ctx)
	second := join(t, redis, now, dated("2.00", "2025-01-01T00:00:00Z"))
	second.Publish(ctx)
	ref, _ := second.Current().Variant("v")
	if ok, reason := ref.Variant.Orderable(second.Current().Day()); second.price() != "1.00" || ok || reason != catalogue.ReasonUnreadable {
		t.Errorf("price %s: orderable %v, %q", second.price(), ok, reason)
	}
}

func TestPublishedUpdatedOfWhatIsNoCatalogue(t *testing.T) {
	failing := errors.New("gone")
	for content, want := range map[string]error{"": nil, "PHC1": nil, "something else, at the same key, of another program": nil, "gone": failing} {
		updated, err := PublishedUpdated(time.Now(), func(key string, n int) ([]byte, error) {
			if key != groupsKey || n < maxStamp {
				t.Errorf("read %d bytes of %s", n, key)
			}
			if content == "gone" {
				return nil, failing
			}
			return []byte(content), nil
		})
		if !updated.IsZero() || err != want {
			t.Errorf("%q: %s, %v", content, updated, err)
		}
	}
}
