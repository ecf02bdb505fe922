package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pharmacy/internal/redistest"
)

// unhurried returns the URL of a Redis with long timeouts, for tests that are not
// about timeouts.
func unhurried(redis *redistest.Server) string {
	return redis.URL() + "?dial_timeout=30s&read_timeout=30s&write_timeout=30s"
}

// quoted returns a regular expression for that URL as commands print it.
func quoted(redis *redistest.Server) string { return regexp.QuoteMeta(unhurried(redis)) }

// begin returns the keys that begin with one of the prefixes.
func begin(keys []string, prefixes ...string) []string {
	var found []string
	for _, key := range keys {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			found = append(found, key)
		}
	}
	return found
}

func TestClearRemovesTheCachesAndNothingElse(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	s := startSite(t, "REDIS_URL="+unhurried(redis), "CATALOGUE="+stock{}.file(t))
	s.get("/en").is(200).cached(freshlyMade)
	s.get(shelfPage).is(200).cached(freshlyMade)
	s.add(shelfVariant)

	ctx := context.Background()
	foreign := []string{"celery-task-meta-1", "django:session:abc", "fragments", "medicine", "page", "sessions"}
	for _, key := range foreign {
		redis.Do("set", key, "theirs")
	}
	redis.Do("hset", "page:of-another-type", "a", "b")
	pipe := redis.Client().Pipeline()
	for i := range 1800 { // several batches
		pipe.Set(ctx, fmt.Sprintf("page:old-build:%d", i), "x", time.Hour)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		t.Fatal(err)
	}
	count := func(prefix string) int { return len(begin(redis.Keys(), prefix)) }
	eventually(t, "catalogue published", func() bool { return count("medicines:") == 2 })
	if count("session:") != 1 || count("fragment:") == 0 || count("page:") < 1803 {
		t.Fatalf("%d sessions, %d fragments, %d pages", count("session:"), count("fragment:"), count("page:"))
	}
	// The server may publish again, under a lease, while keys are removed.
	want := fmt.Sprintf(`^medicines:\*  [2-4] removed\npage:\*       %d removed\nfragment:\*   %d removed\ncache:lock:\* [0-2] removed\n`, count("page:"), count("fragment:"))
	before := redis.Do("get", "cache:generation")

	published := map[string]any{}
	for _, key := range begin(redis.Keys(), "medicines:") {
		published[key] = redis.Do("get", key)
	}
	monitor := redis.Monitor()
	cleared := s.command("clear-cache", "--all").exits(exitDone)
	commands := monitor()
	if !regexp.MustCompile(want).MatchString(cleared.stdout) {
		t.Errorf("got\n%s\nwant\n%s", cleared.stdout, want)
	}
	cleared.says(`^Cleared ` + quoted(redis) + `; 1 running server notified\. Baskets and sessions were kept\.$`)
	if cleared.stderr != "" {
		t.Errorf("stderr without a terminal: %q", cleared.stderr)
	}
	keys := redis.Keys()
	again := func(key string) bool {
		if _, of := published[key]; of {
			return redis.Do("get", key) != published[key]
		}
		return strings.HasSuffix(key, ":medicines:groups:all") || strings.HasSuffix(key, ":medicines:list:top200")
	}
	if left := slices.DeleteFunc(begin(keys, "medicines:", "page:", "fragment:", "cache:lock:"), again); len(left) > 0 {
		t.Errorf("not removed: %q", left)
	}
	if left := begin(keys, "session:"); len(left) != 1 {
		t.Errorf("sessions: %q", left)
	}
	for _, key := range foreign {
		if redis.Do("get", key) != "theirs" {
			t.Errorf("%s was removed", key)
		}
	}
	// The generation is raised before anything is removed.
	raised, removed := false, false
	for _, c := range commands {
		name, _, _ := strings.Cut(strings.ToLower(c), " ")
		switch name = strings.Trim(name, `"`); name {
		case "keys", "flushdb", "flushall":
			t.Errorf("clear-cache uses %s", c)
		case "set":
			raised = raised || strings.Contains(c, "cache:generation")
		case "unlink", "del":
			if !removed && !raised {
				t.Errorf("%s before the generation was raised", c)
			}
			removed = true
		}
	}
	if !removed || !raised || redis.Do("get", "cache:generation") == before {
		t.Errorf("raised %t, removed %t", raised, removed)
	}
	s.anew(shelfPage).cached(freshlyMade)
	s.basket().has(`Paracetamol`)

	// Without a flag it does the same, except for the leases.
	redis.Do("set", "cache:lock:x", "1", "ex", "60")
	cleared = s.command("clear-cache").exits(exitDone)
	cleared.says(`^page:\* +1 removed$`)
	left := slices.DeleteFunc(begin(redis.Keys(), "page:", "cache:lock:"), again)
	if !slices.Equal(left, []string{"cache:lock:x"}) {
		t.Errorf("left: %q", left)
	}
	s.basket().has(`Paracetamol`)
}

// The number of notified servers lets an operator see that none was missed.
func TestClearCountsTheServers(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	environ := []string{"REDIS_URL=" + unhurried(redis), "CATALOGUE=" + stock{}.file(t)}
	subscribers := func(n int) func() bool {
		return func() bool {
			return fmt.Sprint(redis.Do("pubsub", "numsub", "cache:generation")) == fmt.Sprintf("[cache:generation %d]", n)
		}
	}
	for servers, want := range []string{"0 running servers", "1 running server", "2 running servers"} {
		if servers > 0 {
			startSite(t, environ...)
		}
		eventually(t, fmt.Sprint(servers, " servers listen"), subscribers(servers))
		for range 5 {
			pharmacy(t, environ, "clear-cache").exits(exitDone).says(`; ` + want + ` notified\.`)
			eventually(t, "the command no longer listens", subscribers(servers))
		}
	}
}

// nowhere is the address of a Redis that does not exist.
const nowhere = "redis://:s3cret@" + nobody + "/0"

func TestCommandsReportUnreachableRedis(t *testing.T) {
	t.Parallel()
	environ := []string{"REDIS_URL=" + nowhere, "CATALOGUE=" + stock{}.file(t)}
	const refused = `dial tcp ` + nobody + `: connect: connection refused`
	for args, want := range map[string]string{
		"clear-cache":       `^pharmacy: clear-cache: cannot reach Redis at redis://:xxxxx@` + nobody + `/0, nothing was cleared: ` + refused + `$`,
		"clear-cache --all": `^pharmacy: clear-cache: cannot reach Redis at redis://:xxxxx@` + nobody + `/0, nothing was cleared: ` + refused + `$`,
		"warm-cache":        `^pharmacy: warm-cache: cannot reach Redis at redis://:xxxxx@` + nobody + `/0: ` + refused + `$`,
		"stats": `^pharmacy: stats: cannot reach Redis at redis://:xxxxx@` + nobody + `/0 \(` + refused + `\), ` +
			`and no server answers at the operations listener \(` + refused + `\)$`,
		"check": `^pharmacy: check: some checks failed$`,
	} {
		o := pharmacy(t, environ, strings.Fields(args)...).exits(exitFailed)
		o.complains(want)
		if args == "check" {
			o.says(`^FAIL  redis: set: ` + refused + `$`)
		} else if o.stdout != "" {
			t.Errorf("%s: stdout %q", args, o.stdout)
		}
		if o.took > testPatience {
			t.Errorf("%s takes %s to fail", args, o.took)
		}
		if strings.Contains(o.stdout+o.stderr, "s3cret") {
			t.Errorf("%s prints the password:\n%s%s", args, o.stdout, o.stderr)
		}
	}

	// The server serves without Redis and does not log the password.
	s := startSite(t, environ...)
	s.get(shelfPage).is(200).cached(freshlyMade)
	s.get(shelfPage).is(200).cached(fromMemory)
	s.ask("GET", "/readyz").is(200).has(`^redis: does not answer$`)
	if got := s.metric("pharmacy_redis_breaker_open"); got != "1" {
		t.Errorf("breaker open: %s", got)
	}
	stats := s.command("stats").exits(exitDone)
	stats.says(`^warning: cannot reach Redis at redis://:xxxxx@` + nobody + `/0: ` + refused + `$`)
	stats.says(`^warning: the server cannot reach Redis and serves without it$`)
	if strings.Contains(s.log.String()+stats.stdout, "s3cret") {
		t.Errorf("the password is printed:\n%s%s", s.log, stats.stdout)
	}
}

// Commands do not wait long for a Redis that accepts connections but does not
// respond.
func TestCommandsTimeOut(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	environ := []string{"REDIS_URL=" + redis.URL(), "CATALOGUE=" + stock{}.file(t)}
	redis.Freeze()
	t.Cleanup(redis.Thaw)
	commands := []string{"clear-cache", "warm-cache", "stats", "check"}
	outcomes := make([]outcome, len(commands))
	var all sync.WaitGroup
	for i, command := range commands {
		all.Go(func() { outcomes[i] = pharmacy(t, environ, command) })
	}
	all.Wait()
	for _, o := range outcomes {
		o.exits(exitFailed)
		if o.complains(`^pharmacy: ` + o.command + `: .`); o.took > testPatience {
			t.Errorf("%s takes %s to fail", o.command, o.took)
		}
		t.Logf("%s failed after %s", o.command, o.took.Round(time.Millisecond))
	}
}

func TestWarmedPagesAreHits(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	environ := []string{"REDIS_URL=" + unhurried(redis), "CATALOGUE=" + stock{}.file(t)}
	made := pharmacy(t, environ, "warm-cache").exits(exitDone).says(`^Warmed ` + quoted(redis) + `: (\d+) pages rendered, 0 already warm, in \S+s\.$`)
	again := pharmacy(t, environ, "warm-cache").exits(exitDone)
	again.says(`: 0 pages rendered, ` + made + ` already warm, in `)

	s := startSite(t, environ...)
	paths := s.canonical()
	if fmt.Sprint(len(paths)) != made {
		t.Errorf("%s pages rendered, want %d", made, len(paths))
	}
	for _, path := range paths {
		want := fromRedis
		if path == "/sitemap.xml" { // requested by canonical
			want = fromMemory
		}
		s.get(path).is(200).cached(want)
	}
	for _, route := range []string{"home", "listing", "medicine", "a-to-z", "about"} {
		if strings.Contains(s.ask("GET", "/metrics").body, `pharmacy_renders_total{route="`+route+`"}`) {
			t.Errorf("%s was rendered", route)
		}
	}
	for key, most := range map[string]time.Duration{
		"medicines:groups:all": 5 * time.Minute, "medicines:list:top200": 5 * time.Minute, "page:": 10 * time.Minute, "fragment:": 10 * time.Minute,
	} {
		keys := begin(redis.Keys(), key)
		if len(keys) == 0 {
			t.Errorf("no %s", key)
		}
		for _, key := range keys {
			ttl, err := redis.Client().PTTL(context.Background(), key).Result()
			if err != nil || ttl <= 0 || ttl > most {
				t.Errorf("%s: TTL %s, %v", key, ttl, err)
			}
		}
	}
	// The basket and the pages survive a restart.
	s.add(shelfVariant)
	if code := s.stop(); code != exitDone {
		t.Fatalf("exit code %d", code)
	}
	second := startSite(t, environ...)
	second.client.Jar.SetCookies(second.url(), s.client.Jar.Cookies(s.url()))
	second.basket().has(`Paracetamol`)
	second.get(shelfPage).is(200).cached(fromRedis)
}

// warm-cache fails if Redis refuses writes.
func TestWarmFailsWherePagesCannotBeStored(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	environ := []string{"REDIS_URL=" + unhurried(redis), "CATALOGUE=" + stock{}.file(t)}
	pharmacy(t, environ, "clear-cache").exits(exitDone) // there is a generation now
	redis.Do("config", "set", "maxmemory", "1")
	o := pharmacy(t, environ, "warm-cache").exits(exitFailed)
	o.complains(`^pharmacy: warm-cache: (\d+) of \d+ pages failed$`)
	o.complains(`^/fa/medicines/paracetamol: `)

	o = pharmacy(t, environ, "check").exits(exitFailed)
	o.says(`^FAIL  redis: set: OOM `)
	o.says(`^ok    pages `)
}

func TestStatsWithRedis(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, "--maxmemory-policy", "allkeys-lru")
	environ := []string{"REDIS_URL=" + unhurried(redis), "CATALOGUE=" + stock{}.file(t)}
	made := pharmacy(t, environ, "warm-cache").exits(exitDone).says(`: (\d+) pages rendered`)

	// Without a server the contents of Redis are still shown.
	o := pharmacy(t, environ, "stats").exits(exitDone)
	o.says(`^ +page +redis +0 +0 +0 +- +` + made + ` +[1-9]\d* +- *$`)
	o.says(`^warning: no server answers at the operations listener \(.*\): hits and misses are unknown$`)

	s := startSite(t, environ...)
	s.get(shelfPage).cached(fromRedis)
	s.get(shelfPage).cached(fromMemory)
	s.get("/en/nowhere").is(404)
	s.add(shelfVariant)
	o = s.command("stats").exits(exitDone)
	o.says(`^ +page +memory +1 +1 +0 +50\.0 % +1 +[1-9]\d* +0 *$`)
	o.says(`^ +page +redis +1 +0 +0 +100\.0 % +` + made + ` +[1-9]\d* +- *$`)
	o.says(`^Redis ` + quoted(redis) + `: [1-9]\d* bytes used \(no limit\), policy allkeys-lru, 0 keys evicted, 1 sessions, generation [1-9]\d*$`)
	o.says(`^warning: maxmemory-policy allkeys-lru lets Redis evict sessions once its memory is limited and full: baskets would be lost\. Use volatile-ttl, or `)

	var st statistics
	if err := json.Unmarshal([]byte(s.command("stats", "--json").exits(exitDone).stdout), &st); err != nil {
		t.Fatal(err)
	}
	if r := st.Redis; r == nil || r.EvictionPolicy != "allkeys-lru" || r.UsedMemory == 0 || r.Sessions != 1 || r.Generation == "" || len(st.Warnings) != 1 {
		t.Errorf("stats --json: %+v %+v", st, st.Redis)
	}
	if i := slices.IndexFunc(st.Caches, func(c tierStats) bool { return c.Cache == "page" && c.Tier == "redis" }); i < 0 ||
		fmt.Sprint(st.Caches[i].Entries) != made || st.Caches[i].Hits != 1 || st.Caches[i].Ratio != 1 || st.Caches[i].Bytes == 0 || st.Caches[i].Evictions != nil {
		t.Errorf("stats --json: %+v", st.Caches)
	}
}

// Which eviction policies are warned about depends on whether sessions share the
// Redis of the caches.
func TestStatsWarnOfEviction(t *testing.T) {
	t.Parallel()
	caches, sessions := redistest.Start(t), redistest.Start(t)
	shared := "REDIS_URL=" + unhurried(caches)
	apart := "SESSION_REDIS_URL=" + unhurried(sessions)
	another := "SESSION_REDIS_URL=redis://" + caches.Addr() + "/1"
	for _, c := range []struct {
		environ                    []string
		cachePolicy, sessionPolicy string
		warned                     string // the policy
	}{
		{[]string{shared}, "noeviction", "allkeys-lru", ""},
		{[]string{shared}, "volatile-ttl", "allkeys-lru", ""},
		{[]string{shared}, "volatile-lru", "noeviction", "volatile-lru"},
		{[]string{shared}, "allkeys-random", "noeviction", "allkeys-random"},
		{[]string{shared, another}, "volatile-ttl", "noeviction", ""},
		{[]string{shared, another}, "volatile-lfu", "noeviction", "volatile-lfu"},
		{[]string{shared, apart}, "allkeys-lru", "noeviction", ""},
		{[]string{shared, apart}, "allkeys-lru", "volatile-ttl", "volatile-ttl"},
	} {
		caches.Do("config", "set", "maxmemory-policy", c.cachePolicy)
		sessions.Do("config", "set", "maxmemory-policy", c.sessionPolicy)
		o := pharmacy(t, c.environ, "stats").exits(exitDone)
		if c.warned != "" {
			o.says(`^warning: maxmemory-policy ` + c.warned + ` lets Redis evict sessions`)
		} else if strings.Contains(o.stdout, "evict sessions") {
			t.Errorf("%+v: %s", c, o.stdout)
		}
	}
}

func TestCheckTriesRedis(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	environ := []string{"REDIS_URL=" + unhurried(redis), "CATALOGUE=" + stock{}.file(t)}
	monitor := redis.Monitor()
	o := pharmacy(t, environ, "check").exits(exitDone)
	commands := strings.ToLower(strings.Join(monitor(), "\n"))
	o.says(`^ok    redis ` + quoted(redis) + `$`)
	for _, command := range []string{`"set" "cache:lock:check-`, `"get" "cache:lock:check-`, `"exists" "cache:lock:check-`, `"del" "cache:lock:check-`, `"pexpire" "cache:lock:check-`} {
		if !strings.Contains(commands, command) {
			t.Errorf("check does not use %s:\n%s", command, commands)
		}
	}
	if keys := redis.Keys(); len(keys) > 0 {
		t.Errorf("keys left by check: %q", keys)
	}

	sessions := redistest.Start(t)
	o = pharmacy(t, append(environ, "SESSION_REDIS_URL="+unhurried(sessions)), "check").exits(exitDone)
	o.says(`^ok    redis for sessions ` + quoted(sessions) + `$`)
	alone := []string{"SESSION_REDIS_URL=" + unhurried(sessions), environ[1]}
	o = pharmacy(t, alone, "check").exits(exitDone)
	o.says(`^ok    redis \(none set: caches live in the server\)$`)
	o.says(`^ok    redis for sessions ` + quoted(sessions) + `$`)
	sessions.Kill()
	pharmacy(t, alone, "check").exits(exitFailed).says(`^FAIL  redis for sessions: set: dial tcp .*: connect: connection refused$`)
	o = pharmacy(t, append(environ, "SESSION_REDIS_URL="+unhurried(sessions)), "check").exits(exitFailed)
	o.says(`^ok    redis ` + quoted(redis) + `$`)
	o.says(`^FAIL  redis for sessions: set: dial tcp .*: connect: connection refused$`)
}

// Commands work with the caches on a cluster and the sessions on a single Redis.
func TestCommandsOnACluster(t *testing.T) {
	t.Parallel()
	cluster, sessions := redistest.StartCluster(t), redistest.Start(t)
	address := "redis://" + cluster.Addr() + "?addr=" + cluster.Addr() + "&read_timeout=30s&write_timeout=30s&dial_timeout=30s"
	environ := []string{"REDIS_URL=" + address, "SESSION_REDIS_URL=" + unhurried(sessions), "CATALOGUE=" + stock{}.file(t)}
	pharmacy(t, environ, "check").exits(exitDone)
	made := pharmacy(t, environ, "warm-cache").exits(exitDone).says(`: (\d+) pages rendered, 0 already warm`)
	s := startSite(t, environ...)
	s.get(shelfPage).is(200).cached(fromRedis)
	s.add(shelfVariant)
	s.command("stats").exits(exitDone).says(`^ +page +redis +1 +0 +0 +100\.0 % +` + made + ` +`)
	cleared := s.command("clear-cache", "--all").exits(exitDone)
	cleared.says(`^page:\* +` + made + ` removed$`)
	s.anew(shelfPage)
	s.basket().has(`Paracetamol`)
	if n := len(begin(sessions.Keys(), "session:")); n != 1 {
		t.Errorf("%d sessions", n)
	}
}
