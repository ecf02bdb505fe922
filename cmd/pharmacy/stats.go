package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"pharmacy/internal/cache"
	"pharmacy/internal/session"
)

// tierStats are the statistics of one cache in one tier.
type tierStats struct {
	Cache   string  `json:"cache"`
	Tier    string  `json:"tier"`
	Hits    int64   `json:"hits"`
	Misses  int64   `json:"misses"`
	Errors  int64   `json:"errors"`
	Ratio   float64 `json:"ratio"` // hits / (hits + misses), 0 if there are none
	Entries int64   `json:"entries"`
	Bytes   int64   `json:"bytes"`
	// Evictions is nil for Redis, which counts evictions of all keys together:
	// see redisStats.
	Evictions *int64 `json:"evictions"`
}

// redisStats are the statistics of a Redis server.
type redisStats struct {
	Addr           string `json:"addr"`
	UsedMemory     int64  `json:"used_memory"`
	MaxMemory      int64  `json:"max_memory"` // 0: no limit
	EvictionPolicy string `json:"eviction_policy"`
	EvictedKeys    int64  `json:"evicted_keys"`
	Sessions       int64  `json:"sessions"`
	Generation     string `json:"generation,omitempty"`
}

// statistics is the output of "stats --json".
type statistics struct {
	Server    string      `json:"server"` // address of the operations listener, "" if it does not answer
	Caches    []tierStats `json:"caches"`
	Bypassed  int64       `json:"bypassed"`  // requests that are never cached, such as searches
	Evictions int64       `json:"evictions"` // from the memory tier, all caches
	Redis     *redisStats `json:"redis,omitempty"`
	Sessions  *redisStats `json:"session_redis,omitempty"` // set if sessions have a Redis of their own
	Warnings  []string    `json:"warnings"`
}

func newStats(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Show the contents and hit ratios of the caches",
		Long: `Show, for each cache and tier, hits, misses, ratio, entries, bytes and
evictions.

Hits, misses and evictions from memory come from the operations listener of the
running server. The contents of Redis come from Redis, which counts evictions of
all keys together.`,
		Example: `  pharmacy stats
  pharmacy stats --json | jq .caches`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			st, err := a.statistics(cmd.Context(), c)
			if err != nil {
				return failed("stats: %w", err)
			}
			if asJSON {
				encoder := json.NewEncoder(a.stdout)
				encoder.SetIndent("", "  ")
				if err := encoder.Encode(st); err != nil {
					return failed("stats: %w", err)
				}
				return nil
			}
			a.printStatistics(st)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// cacheKeys lists the prefix of the keys of each cache in Redis.
var cacheKeys = []struct{ name, prefix string }{
	{"page", "page:"}, {"fragment", "fragment:"}, {"groups", "medicines:groups:all"}, {"top200", "medicines:list:top200"},
}

// statistics collects the statistics of the running server and of Redis. It
// returns an error only if neither can be reached.
func (a *app) statistics(ctx context.Context, c *config) (*statistics, error) {
	st := &statistics{Warnings: []string{}}
	held := map[string]tierStats{}
	shared := c.RedisURL.raw != ""
	var redisErr error
	if shared {
		if st.Redis, redisErr = redisFigures(ctx, c.RedisURL, held); redisErr != nil {
			st.Warnings = append(st.Warnings, fmt.Sprintf("cannot reach Redis at %s: %v", c.RedisURL, redisErr))
		}
	}
	sessions := st.Redis
	if c.SessionRedisURL != c.RedisURL {
		var err error
		if st.Sessions, err = redisFigures(ctx, c.SessionRedisURL, nil); err != nil {
			st.Warnings = append(st.Warnings, fmt.Sprintf("cannot reach Redis for sessions at %s: %v", c.SessionRedisURL, err))
		}
		sessions = st.Sessions
	}
	if sessions != nil {
		st.Warnings = append(st.Warnings, evictionWarning(sessions, c.RedisURL.sameServer(c.SessionRedisURL))...)
	}
	figures, addr, serverErr := a.serverFigures(ctx, c)
	switch {
	case serverErr == nil:
		st.Server, st.Evictions = addr, figures.Evictions
		for _, n := range figures.Counts {
			if n.Tier == cache.None && n.Outcome == cache.Bypass {
				st.Bypassed += n.N
			}
		}
		if figures.BreakerOpen {
			st.Warnings = append(st.Warnings, "the server cannot reach Redis and serves without it")
		}
	case !shared:
		return nil, serverErr
	case redisErr != nil:
		return nil, fmt.Errorf("cannot reach Redis at %s (%w), and %w", c.RedisURL, redisErr, serverErr)
	default:
		st.Warnings = append(st.Warnings, serverErr.Error()+": hits and misses are unknown")
	}
	st.Caches = tiersOf(figures, held, shared)
	return st, nil
}

// serverFigures returns the cache statistics of the running server and the
// address of its operations listener.
func (a *app) serverFigures(ctx context.Context, c *config) (figures cache.Stats, addr string, err error) {
	body, addr, err := a.ask(ctx, c, "GET", "/cache/stats")
	if err != nil {
		return figures, "", err
	}
	defer body.Close()
	err = json.NewDecoder(body).Decode(&figures)
	return figures, addr, err
}

// tiersOf combines the server's statistics with the contents of Redis. There is
// one element for each cache and tier.
func tiersOf(figures cache.Stats, held map[string]tierStats, shared bool) []tierStats {
	var all []tierStats
	for _, k := range cacheKeys {
		for _, tier := range []cache.Tier{cache.Memory, cache.Redis} {
			if tier == cache.Redis && !shared {
				continue
			}
			t := tierStats{Cache: k.name, Tier: tier.String()}
			for _, n := range figures.Counts {
				if n.Space != k.name || n.Tier != tier {
					continue
				}
				switch n.Outcome {
				case cache.Hit:
					t.Hits = n.N
				case cache.Miss:
					t.Misses = n.N
				case cache.Error:
					t.Errors = n.N
				}
			}
			if answered := t.Hits + t.Misses; answered > 0 {
				t.Ratio = float64(t.Hits) / float64(answered)
			}
			if tier == cache.Redis {
				t.Entries, t.Bytes = held[k.name].Entries, held[k.name].Bytes
			}
			if tier == cache.Memory {
				t.Evictions = new(int64)
			}
			for _, m := range figures.Memory {
				if tier == cache.Memory && m.Space == k.name {
					t.Entries, t.Bytes, *t.Evictions = int64(m.Entries), m.Bytes, m.Evictions
				}
			}
			all = append(all, t)
		}
	}
	return all
}

// redisFigures returns the statistics of a Redis. Unless held is nil, it sets the
// number and size of the entries of each cache there.
func redisFigures(ctx context.Context, u redisURL, held map[string]tierStats) (*redisStats, error) {
	client, err := patientClient(u.raw)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	info, err := client.Info(ctx, "memory", "stats").Result()
	if err != nil {
		return nil, err
	}
	fields := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(info)); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok {
			fields[name] = strings.TrimSpace(value)
		}
	}
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(fields[name], 10, 64)
		return n
	}
	st := &redisStats{
		Addr: u.String(), UsedMemory: number("used_memory"), MaxMemory: number("maxmemory"),
		EvictionPolicy: fields["maxmemory_policy"], EvictedKeys: number("evicted_keys"),
	}
	if st.Sessions, _, err = cache.Measure(ctx, client, session.KeyPrefix); err != nil {
		return nil, err
	}
	if held == nil {
		return st, nil
	}
	if st.Generation, err = cache.Generation(ctx, client); err != nil {
		return nil, err
	}
	for _, k := range cacheKeys {
		entries, bytes, err := cache.Measure(ctx, client, k.prefix)
		if err != nil {
			return nil, err
		}
		held[k.name] = tierStats{Entries: entries, Bytes: bytes}
	}
	return st, nil
}

// evictionWarning returns a warning if the Redis of the sessions may evict them.
// In a Redis shared with caches volatile-ttl is safe, since it evicts the
// entries of caches first: they expire sooner.
func evictionWarning(st *redisStats, besideCaches bool) []string {
	advice := "Use noeviction"
	if besideCaches {
		advice = "Use volatile-ttl, or a Redis of their own for sessions (SESSION_REDIS_URL)"
	}
	if st.EvictionPolicy == "noeviction" || besideCaches && st.EvictionPolicy == "volatile-ttl" {
		return nil
	}
	limit := "once its memory is limited and full"
	if st.MaxMemory > 0 {
		limit = "once its memory is full"
	}
	return []string{fmt.Sprintf("maxmemory-policy %s lets Redis evict sessions %s: baskets would be lost. %s", st.EvictionPolicy, limit, advice)}
}

// printStatistics prints a table of st.
func (a *app) printStatistics(st *statistics) {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "cache\ttier\thits\tmisses\terrors\tratio\tentries\tbytes\tevictions\t")
	for _, t := range st.Caches {
		ratio, evictions := "-", "-"
		if t.Hits+t.Misses > 0 {
			ratio = fmt.Sprintf("%.1f %%", t.Ratio*100)
		}
		if t.Evictions != nil {
			evictions = strconv.FormatInt(*t.Evictions, 10)
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%s\t%d\t%d\t%s\t\n", t.Cache, t.Tier, t.Hits, t.Misses, t.Errors, ratio, t.Entries, t.Bytes, evictions)
	}
	_ = w.Flush()
	fmt.Fprintf(a.stdout, "evictions from memory: %d; not cached by design: %d\n", st.Evictions, st.Bypassed)
	for _, r := range []*redisStats{st.Redis, st.Sessions} {
		if r == nil {
			continue
		}
		limit, generation := "no limit", ""
		if r.MaxMemory > 0 {
			limit = fmt.Sprintf("of %d", r.MaxMemory)
		}
		if r == st.Redis {
			generation = ", generation " + r.Generation
		}
		fmt.Fprintf(a.stdout, "Redis %s: %d bytes used (%s), policy %s, %d keys evicted, %d sessions%s\n",
			r.Addr, r.UsedMemory, limit, r.EvictionPolicy, r.EvictedKeys, r.Sessions, generation)
	}
	for _, warning := range st.Warnings {
		fmt.Fprintln(a.stdout, "warning:", warning)
	}
}
