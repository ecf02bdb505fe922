package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Without Redis the commands act on the caches of the running server, through its
// operations listener.
func TestCommandsActOnTheServer(t *testing.T) {
	t.Parallel()
	s := startSite(t, "CATALOGUE="+stock{}.file(t))

	s.get(shelfPage).is(200).cached(freshlyMade)
	s.get(shelfPage).is(200).cached(fromMemory)
	s.add(shelfVariant)

	cleared := s.command("clear-cache").exits(exitDone)
	cleared.says(`^medicines:\* +2 removed$`)
	cleared.says(`^page:\* +1 removed$`)
	cleared.says(`^fragment:\* +0 removed$`)
	cleared.says(`^Cleared the running server at ` + s.admin + `\. Baskets and sessions were kept\.$`)
	s.get(shelfPage).cached(freshlyMade)

	cleared = s.command("clear-cache", "--all").exits(exitDone)
	cleared.says(`^page:\* +1 removed$`)
	cleared.says(`^cache:lock:\* +0 removed$`)
	s.get(shelfPage).cached(freshlyMade)
	s.basket().has(`Paracetamol`)

	warmed := s.command("warm-cache").exits(exitDone)
	made := warmed.says(`^Warmed the running server at ` + s.admin + `: (\d+) pages rendered, 1 already warm, in `)
	for _, path := range s.canonical() {
		s.get(path).is(200).cached(fromMemory)
	}
	if renders := s.metric(`pharmacy_cache_requests_total{cache="page",result="hit",tier="none"}`); renders != "0" {
		t.Errorf("hits in no tier: %s", renders)
	}
	again := s.command("warm-cache").exits(exitDone)
	again.says(`: 0 pages rendered, (\d+) already warm`)
	if want := fmt.Sprintf(": 0 pages rendered, %d already", atoi(t, made)+1); !strings.Contains(again.stdout, want) {
		t.Errorf("warming again: %q, want %q", again.stdout, want)
	}

	table := s.command("stats").exits(exitDone)
	table.says(`^ +cache +tier +hits +misses +errors +ratio +entries +bytes +evictions *$`)
	table.says(`^ +page +memory +[1-9]\d* +[1-9]\d* +0 +\d+\.\d % +[1-9]\d* +[1-9]\d* +0 *$`)
	table.says(`^evictions from memory: 0; not cached by design: 0$`)
	s.get("/api/search?q=ibuprofen").is(200)

	var st statistics
	out := s.command("stats", "--json").exits(exitDone)
	if err := json.Unmarshal([]byte(out.stdout), &st); err != nil {
		t.Fatalf("stats --json: %v\n%s", err, out.stdout)
	}
	if st.Server != s.admin || st.Redis != nil || len(st.Warnings) != 0 || st.Bypassed != 1 {
		t.Errorf("stats --json: %+v", st)
	}
	entries := map[string]int64{}
	for _, c := range st.Caches {
		entries[c.Cache+" "+c.Tier] = c.Entries
		if ratio := float64(c.Hits) / float64(max(1, c.Hits+c.Misses)); c.Ratio != ratio {
			t.Errorf("%s: ratio %f, want %f", c.Cache, c.Ratio, ratio)
		}
		if c.Evictions == nil || *c.Evictions != 0 {
			t.Errorf("%s: evictions %v, want 0", c.Cache, c.Evictions)
		}
		if c.Bytes < c.Entries {
			t.Errorf("%s: %d entries in %d bytes", c.Cache, c.Entries, c.Bytes)
		}
	}
	if len(entries) != 4 || entries["page memory"] != int64(atoi(t, made)+1) || entries["groups memory"] != 1 || entries["top200 memory"] != 1 {
		t.Errorf("entries: %v", entries)
	}

	// An operations listener on all addresses is reached on the loopback address.
	_, port, _ := strings.Cut(s.admin, ":")
	for _, addr := range []string{":" + port, "0.0.0.0:" + port, "localhost:" + port} {
		pharmacy(t, []string{"ADMIN_ADDR=" + addr}, "stats").exits(exitDone)
	}

	if code := s.stop(); code != exitDone {
		t.Fatalf("exit code %d", code)
	}
	for _, args := range []string{"clear-cache", "clear-cache --all", "warm-cache", "stats", "stats --json"} {
		o := s.command(strings.Fields(args)...).exits(exitFailed)
		o.complains(`^pharmacy: \S+: no REDIS_URL is set, so the caches live in the server, and no server answers at the operations listener \(dial tcp ` + s.admin + `: connect: connection refused\)$`)
		if o.stdout != "" {
			t.Errorf("%s without a server: stdout %q", args, o.stdout)
		}
	}
}

// warm-cache must not succeed if the pages do not fit into memory.
func TestWarmFailsWhereMemoryIsTooSmall(t *testing.T) {
	t.Parallel()
	s := startSite(t, "CATALOGUE="+stock{}.file(t), "CACHE_MEMORY=100KiB")
	s.command("warm-cache").exits(exitFailed).complains(`^pharmacy: warm-cache: CACHE_MEMORY=102400 is too small for all pages, [1-9]\d* were evicted: raise it$`)
}

// A server shutting down finishes the requests in progress, accepts no new
// connections, and exits with 0.
func TestShutdownFinishesRequests(t *testing.T) {
	t.Parallel()
	s := startSite(t, "CATALOGUE="+stock{}.file(t))
	conn, err := net.Dial("tcp", s.public)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(testPatience))
	form := "variant=" + shelfVariant + "&quantity=1"
	fmt.Fprintf(conn, "POST /en/cart/items HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", s.public, len(form))
	r := bufio.NewReader(conn)
	// The server sends this when it begins to read the form.
	if line, err := r.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err)
	}
	_, _ = r.ReadString('\n')

	code := make(chan int)
	go func() { code <- s.stop() }()
	s.log.await(t, testPatience, `msg="shutting down"`)
	eventually(t, "no new connection", func() bool {
		second, err := net.Dial("tcp", s.public)
		if err == nil {
			second.Close()
		}
		return err != nil
	})
	select {
	case <-code:
		t.Fatal("the server exited before it responded")
	default:
	}
	fmt.Fprint(conn, form)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusSeeOther {
		t.Errorf("request in progress: %+v, %v", resp, err)
	}
	if c := <-code; c != exitDone {
		t.Errorf("exit code %d\n%s", c, s.log)
	}
}

// A server shutting down does not wait for warming, which may take long.
func TestShutdownCancelsWarming(t *testing.T) {
	t.Parallel()
	s := startSite(t) // the embedded catalogue
	r, err := http.NewRequest("POST", "http://"+s.admin+"/cache/warm", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	var p warmProgress
	if line, err := lines.ReadString('\n'); err != nil || json.Unmarshal([]byte(line), &p) != nil || p.Total < 1000 {
		t.Fatalf("%q, %v", line, err)
	}
	if code := s.stop(); code != exitDone {
		t.Errorf("exit code %d\n%s", code, s.log)
	}
	rest, err := io.ReadAll(lines)
	if last := strings.TrimSpace(string(rest)); err != nil || !strings.HasSuffix(last, `"Error":"the server is shutting down","Done":true}`) {
		t.Errorf("the last line of warming is %.300q, %v", last[strings.LastIndexByte(last, '\n')+1:], err)
	} else if last = last[strings.LastIndexByte(last, '\n')+1:]; json.Unmarshal([]byte(last), &p) != nil || p.Looked >= p.Total {
		t.Errorf("warming was not cancelled: %.300s", last)
	}
}

func TestServeNeedsItsPorts(t *testing.T) {
	t.Parallel()
	s := startSite(t, "CATALOGUE="+stock{}.file(t))
	taken := pharmacy(t, s.environ, "serve", "--addr", s.public).exits(exitFailed)
	taken.complains(`^pharmacy: ADDR: listen tcp ` + s.public + `: bind: address already in use$`)
	taken = pharmacy(t, s.environ, "serve", "--admin-addr", s.admin).exits(exitFailed)
	taken.complains(`^pharmacy: ADMIN_ADDR: listen tcp ` + s.admin + `: bind: address already in use \(set another, or "off"\)$`)
	s.get("/healthz").is(200)
}

func atoi(t testing.TB, s string) int {
	t.Helper()
	var n int
	if _, err := fmt.Sscan(s, &n); err != nil {
		t.Fatalf("%q is not a number", s)
	}
	return n
}
