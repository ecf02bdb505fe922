package cache

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// The accounted size of the memory tier equals its contents: every insertion and
// removal is counted.
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
			t.Errorf("%s: held %d, want %d", when, held, there)
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
		t.Errorf("held %d in an empty tier", c.held.Load())
	}
}

// A replacement that does not fit in the memory tier leaves the entry in place.
// Otherwise both would be lost.
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
	if item, ok := s.cached(key); !ok || len(item.Value) != 1000 {
		t.Errorf("the entry is present: %t", ok)
	}
	if held, there := c.held.Load(), c.Stats().MemoryBytes; held != there {
		t.Errorf("held %d, want %d", held, there)
	}
}
