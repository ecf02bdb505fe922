package redistest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
)

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func TestMain(m *testing.M) {
	redis.SetLogger(silent{})
	goleak.VerifyTestMain(m)
}

// impatient returns a client with short timeouts, like that of a server.
func impatient(t *testing.T, addr string) *redis.Client {
	c := redis.NewClient(&redis.Options{
		Addr: addr, MaxRetries: -1, DialerRetries: 1, DisableIdentity: true, ContextTimeoutEnabled: true,
		DialTimeout: 100 * time.Millisecond, ReadTimeout: 100 * time.Millisecond,
	})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestFaultsComeAndGo(t *testing.T) {
	ctx := context.Background()
	for _, f := range Faults() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			s := Start(t)
			p := s.Proxy()
			c := impatient(t, p.Addr())
			write := func() error { return c.Set(ctx, "key", "value", 0).Err() }
			read := func() error {
				err := c.Get(ctx, "key").Err()
				if errors.Is(err, redis.Nil) {
					return nil
				}
				return err
			}
			eventually(t, "the server is usable", func() bool { return write() == nil && read() == nil })
			f.Inflict(p)
			if err := write(); err == nil {
				t.Error("write succeeded")
			}
			if err := read(); (err == nil) != f.Writes {
				t.Errorf("read: %v", err)
			}
			f.Mend(p)
			eventually(t, "the server is usable after the fault", func() bool { return write() == nil && read() == nil })
			if keys := s.Keys(); !slices.Equal(keys, []string{"key"}) {
				t.Errorf("%d keys left: %.5q", len(keys), keys)
			}
		})
	}
}

func TestMonitorSeesWhatScriptsDo(t *testing.T) {
	s := Start(t)
	stop := s.Monitor()
	s.Do("set", "a", "1")
	s.Do("eval", "return redis.call('get', KEYS[1])", 1, "a")
	commands := stop()
	for _, want := range []string{`"set" "a" "1"`, `"get" "a"`} {
		if !slices.Contains(commands, want) {
			t.Errorf("missing %s in %q", want, commands)
		}
	}
}

func TestRestartForgets(t *testing.T) {
	s := Start(t)
	s.Do("set", "a", "1")
	s.Kill()
	s.Restart()
	if keys := s.Keys(); len(keys) != 0 {
		t.Errorf("%q survived", keys)
	}
}

func TestClusterRefusesKeysOfDifferentSlots(t *testing.T) {
	s := StartCluster(t)
	if err := s.Client().MSet(context.Background(), "a", "1", "b", "2").Err(); err == nil || !strings.Contains(err.Error(), "CROSSSLOT") {
		t.Errorf("got %v", err)
	}
}
