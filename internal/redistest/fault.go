package redistest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Fault is a way in which a Redis fails its clients.
type Fault struct {
	Name string
	// Writes says that only writes fail, while what is stored can be read.
	Writes bool
	// Inflict makes the server behind a proxy fail, Mend makes it well again.
	Inflict, Mend func(*Proxy)
}

// Faults are the ways of failing that a program must bear. Each is inflicted
// on the clients of the proxy; who asks the server itself may see less of it.
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
				// Connections stay in until they end.
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

// Do executes a command on the server and fails the test when it fails.
func (s *Server) Do(args ...any) any {
	s.t.Helper()
	v, err := s.Client().Do(context.Background(), args...).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		s.t.Fatalf("redistest: %v: %v", args, err)
	}
	return v
}

// Replace puts what a command makes in the place of a key, in one step: who
// heals a key that is missing, or spoilt, does not come in between.
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

// filler is the prefix of the keys that make a server's loading long.
const filler = "redistest:filler:"

// loadSlowly restarts the server with what it holds, and with so much beside
// it that it goes on loading until loadQuickly.
func (s *Server) loadSlowly() {
	s.t.Helper()
	s.Do("eval", "for i = 1, 20000 do redis.call('set', ARGV[1] .. i, i) end", 0, filler)
	s.Do("save")
	s.Kill()
	s.restart("--key-load-delay", "2000", "--loading-process-events-interval-bytes", "1024")
}

func (s *Server) loadQuickly() {
	s.t.Helper()
	s.Do("config", "set", "key-load-delay", "0")
	eventually(s.t, "the server has loaded", func() bool {
		return s.Client().Ping(context.Background()).Err() == nil
	})
	s.Do("eval", "for i = 1, 20000 do redis.call('unlink', ARGV[1] .. i) end", 0, filler)
}

// eventually waits until what holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("redistest: it never came about that %s", what)
		}
	}
}
