package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// A generation read before a clear must not undo the clear.
func TestGenerationNeverGoesBack(t *testing.T) {
	c, err := New(Options{Memory: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := NewSpace(c, SpaceOptions[[]byte]{TTL: time.Minute, Codec: Bytes{}})
	load := func(text string) string {
		r, err := s.Load(t.Context(), Key{Name: "page:1"}, func(context.Context) ([]byte, error) { return []byte(text), nil })
		if err != nil {
			t.Fatal(err)
		}
		return string(r.Value)
	}
	c.setGeneration(5)
	load("old")
	c.setGeneration(7)
	if got := load("new"); got != "new" {
		t.Errorf("got %q", got)
	}
	for _, g := range []uint64{5, 6, 7} {
		c.setGeneration(g)
		if got := load("newer"); got != "new" || c.generation.Load() != 7 {
			t.Errorf("after %d: got %q under %d", g, got, c.generation.Load())
		}
	}
}

// A load that ends while memory is being cleared may store its value afterwards.
func TestMemoryServesNothingOfAnotherGeneration(t *testing.T) {
	c, err := New(Options{Memory: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := NewSpace(c, SpaceOptions[[]byte]{TTL: time.Minute, Codec: Bytes{}})
	k := Key{Name: "page:1"}
	if _, err := s.Load(t.Context(), k, func(context.Context) ([]byte, error) { return []byte("old"), nil }); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.cached(k); !ok {
		t.Fatal("the entry is missing")
	}
	c.generation.Add(1)
	if _, ok := s.cached(k); ok {
		t.Error("the entry is served in another generation")
	}
}

// reply is an error returned by Redis.
type reply string

func (r reply) Error() string { return string(r) }
func (reply) RedisError()     {}

func TestWhichErrorsSayThatRedisIsUnavailable(t *testing.T) {
	for err, want := range map[error]bool{
		nil:                                     false,
		redis.Nil:                               false,
		context.Canceled:                        false,
		context.DeadlineExceeded:                true,
		io.EOF:                                  true,
		errors.New("redis: invalid reply"):      true,
		reply("LOADING Redis is loading"):       true,
		reply("BUSY Redis is busy"):             true,
		reply("BUSYKEY target exists"):          false,
		reply("NOAUTH Authentication required"): true,
		fmt.Errorf("dialling: %w", reply("WRONGPASS no")):   true,
		reply("MASTERDOWN Link with MASTER is down"):        true,
		reply("CLUSTERDOWN The cluster is down"):            true,
		reply("ERR max number of clients reached"):          true,
		reply("OOM command not allowed"):                    false,
		reply("READONLY You can't write"):                   false,
		reply("WRONGTYPE Operation against"):                false,
		reply("NOPERM this user has no permissions"):        false,
		reply("ERR unknown command"):                        false,
		reply("MISCONF Redis is configured to save, fails"): false,
	} {
		if got := unavailable(err); got != want {
			t.Errorf("%v: got %v", err, got)
		}
	}
}

func TestBreaker(t *testing.T) {
	failed := errors.New("connection refused")
	b := breaker{log: slog.New(slog.DiscardHandler)}
	for _, step := range []struct {
		do   func()
		open bool
	}{
		{func() { b.note(failed); b.note(failed) }, false},
		{func() { b.note(nil); b.note(failed); b.note(failed) }, false},
		{func() { b.note(redis.Nil); b.note(failed); b.note(failed) }, false},
		{func() { b.note(failed) }, true},
		{func() { b.note(nil) }, true}, // only the probe closes it
		{b.reset, false},
		{func() { b.note(failed); b.note(failed) }, false}, // counting starts over
		{func() { b.trip(failed) }, true},
	} {
		if step.do(); b.open() != step.open {
			t.Errorf("open: %v, want %v", b.open(), step.open)
		}
	}
}

// An outage is reported once when it begins and once when it ends, whatever the
// order in which the outcomes of concurrent writes arrive.
func TestOutageOfWritesIsNoticedOnce(t *testing.T) {
	refusal := reply("OOM command not allowed")
	var w writeState
	early, late := w.begin(), w.begin()
	for i, step := range []struct {
		since   uint64
		err     error
		changed bool
	}{
		{early, nil, false},
		{early, refusal, true},
		{late, refusal, false}, // refused at the same time
		{late, nil, false},     // stored before, reported late
	} {
		if got := w.end(step.since, step.err); got != step.changed {
			t.Errorf("step %d: changed %v", i, got)
		}
	}
	early, late = w.begin(), w.begin()
	for i, step := range []struct {
		since   uint64
		err     error
		changed bool
	}{
		{early, errors.New("connection refused"), false},
		{early, context.Canceled, false},
		{early, nil, true},
		{late, nil, false},
		{late, refusal, false}, // refused before, reported late
		{w.begin(), nil, false},
	} {
		if got := w.end(step.since, step.err); got != step.changed {
			t.Errorf("recovered, step %d: changed %v", i, got)
		}
	}
	if !w.end(w.begin(), refusal) {
		t.Error("the next outage is not reported")
	}
}
