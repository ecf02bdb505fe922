package redistest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Fault is a way in which Redis fails.
type Fault struct {
	Name string
	// Writes reports whether only writes fail.
	Writes bool
	// Inflict makes the server behind a proxy, or the proxy, fail. Mend ends
	// the fault.
	Inflict, Mend func(*Proxy)
}

// Faults returns the faults that a program must tolerate. They affect clients of
// the proxy. Direct clients of the server may not notice them.
func Faults() []Fault {
	return []Fault{
		{
			Name:    "refused",
			Inflict: (*Proxy).refuse,
			Mend:    (*Proxy).accept,
		},
		{
			Name:    "frozen (SIGSTOP)",
			Inflict: func(p *Proxy) { p.server.Freeze() },
			Mend:    func(p *Proxy) { p.server.Thaw() },
		},
		{
			Name:    "killed (SIGKILL), then restarted",
			Inflict: func(p *Proxy) { p.server.Kill() },
			Mend:    func(p *Proxy) { p.server.Restart() },
		},
		{
			Name:    "500 ms late",
			Inflict: func(p *Proxy) { p.delay(500 * time.Millisecond) },
			Mend:    (*Proxy).pass,
		},
		{
			Name:    "truncated replies",
			Inflict: (*Proxy).truncate,
			Mend:    (*Proxy).pass,
		},
		{
			Name:    "garbage replies",
			Inflict: (*Proxy).garble,
			Mend:    (*Proxy).pass,
		},
		{
			Name:    "LOADING",
			Inflict: func(p *Proxy) { p.server.loadSlowly() },
			Mend:    func(p *Proxy) { p.server.loadQuickly() },
		},
		{
			Name: "NOAUTH",
			Inflict: func(p *Proxy) {
				// Existing connections stay authenticated until they are closed.
				p.server.Do("config", "set", "requirepass", "secret")
				p.server.Do("client", "kill", "type", "normal", "skipme", "yes")
			},
			Mend: func(p *Proxy) { p.server.Do("config", "set", "requirepass", "") },
		},
		{
			Name:    "OOM",
			Writes:  true,
			Inflict: func(p *Proxy) { p.server.Do("config", "set", "maxmemory", "1") },
			Mend:    func(p *Proxy) { p.server.Do("config", "set", "maxmemory", "0") },
		},
		{
			Name:    "READONLY",
			Writes:  true,
			Inflict: func(p *Proxy) { p.server.Do("replicaof", "127.0.0.1", "1") },
			Mend:    func(p *Proxy) { p.server.Do("replicaof", "no", "one") },
		},
	}
}

// Do executes a command on the server. It fails the test if the command fails.
func (s *Server) Do(args ...any) any {
	s.t.Helper()
	v, err := s.Client().Do(context.Background(), args...).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		s.t.Fatalf("redistest: %v: %v", args, err)
	}
	return v
}

// Replace deletes key and runs the command args in one transaction, so that no
// process restores a missing key in between.
func (s *Server) Replace(key string, args ...any) {
	s.t.Helper()
	ctx := context.Background()
	_, err := s.Client().TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Del(ctx, key)
		pipe.Do(ctx, args...)
		return nil
	})
	if err != nil {
		s.t.Fatalf("redistest: %v: %v", args, err)
	}
}

// filler is the prefix of the keys that make loading slow.
const filler = "redistest:filler:"

// loadSlowly restarts the server with its data and so many additional keys that
// it is loading until loadQuickly is called.
func (s *Server) loadSlowly() {
	s.t.Helper()
	s.Do("eval", "for i = 1, 20000 do redis.call('set', ARGV[1] .. i, i) end", 0, filler)
	s.Do("save")
	s.Kill()
	s.restart("--key-load-delay", "2000", "--loading-process-events-interval-bytes", "1024")
}

// loadQuickly ends the loading and removes the additional keys.
func (s *Server) loadQuickly() {
	s.t.Helper()
	s.Do("config", "set", "key-load-delay", "0")
	eventually(s.t, "the server has finished loading", func() bool {
		return s.Client().Ping(context.Background()).Err() == nil
	})
	s.Do("eval", "for i = 1, 20000 do redis.call('unlink', ARGV[1] .. i) end", 0, filler)
}

// eventually waits until holds returns true. It fails the test after patience.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("redistest: timed out waiting: %s", what)
		}
	}
}
