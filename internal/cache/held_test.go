package cache

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// What the memory tier is said to hold is what it holds: every way in and
// out of it counts.
func TestHeldIsWhatIsThere(t *testing.T) {
	c, err := New(Options{Memory: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := NewSpace(c, SpaceOptions[[]byte]{Name: "x", TTL: time.Minute, Codec: Bytes{}})
	check := func(when string) {
		t.Helper()
		c.memory.CleanUp()
		if held, there := c.held.Load(), c.Stats().MemoryBytes; held != there {
			t.Errorf("%s: held %d, there %d", when, held, there)
		}
	}
	for i := range 2000 {
		key := Key{Name: fmt.Sprint("page:", i%1500)}
		found, err := s.Load(context.Background(), key, func(context.Context) ([]byte, error) { return make([]byte, 1000), nil })
		if err != nil {
			t.Fatal(err)
		}
		if i%7 == 0 {
			s.Replace(key, found.Item, make([]byte, 3000))
		}
	}
	check("after many entries and replacements")
	if _, err := c.Clear(context.Background(), All, nil); err != nil {
		t.Fatal(err)
	}
	check("after a clear")
	if c.held.Load() != 0 {
		t.Errorf("an empty tier holds %d", c.held.Load())
	}
}

// A form of an entry that the memory tier has no room for does not take the
// entry's place: it would be gone in both.
func TestReplacementThatDoesNotFitLeavesTheEntry(t *testing.T) {
	c, err := New(Options{Memory: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := NewSpace(c, SpaceOptions[[]byte]{Name: "x", TTL: time.Minute, Codec: Bytes{}})
	key := Key{Name: "page:large"}
	found, err := s.Load(context.Background(), key, func(context.Context) ([]byte, error) { return make([]byte, 1000), nil })
	if err != nil {
		t.Fatal(err)
	}
	s.Replace(key, found.Item, make([]byte, 1<<20))
	c.memory.CleanUp()
	if item, ok := s.Cached(key); !ok || len(item.Value) != 1000 {
		t.Errorf("the entry is there: %t", ok)
	}
	if held, there := c.held.Load(), c.Stats().MemoryBytes; held != there {
		t.Errorf("held %d, there %d", held, there)
	}
}
