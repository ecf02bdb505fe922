package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets this test binary be the program too: "pharmacy" in the PATH
// of tests and scripts, a process of its own, with the exit codes, signals
// and output that operators get.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "pharmacy" {
		// These tests wait more than they compute.
		flag.Parse()
		_ = flag.Set("test.parallel", "5")
	}
	testscript.Main(m, map[string]func(){"pharmacy": main})
}

// testPatience is how long a test waits for what must come. It is far more than
// what is promised of any: tests share a small machine, and how soon a change
// is seen, a clear heard of and a lease given up is proven, by the order of
// events, where that is written.
const (
	testPatience = time.Minute
	// nobody is an address at which nothing listens.
	nobody = "127.0.0.1:1"
	// quickExit, as GORACE, spares every process of this test binary the
	// second that the race detector would wait at its end.
	quickExit = "atexit_sleep_ms=10"
)

// outcome is what became of a command.
type outcome struct {
	t              testing.TB
	command        string
	code           int
	stdout, stderr string
	took           time.Duration
}

// pharmacy runs a command in this process, with no environment but the
// given one. Without ADMIN_ADDR in it there is no server to reach.
func pharmacy(t testing.TB, environ []string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*testPatience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	start := time.Now()
	code := run(ctx, args, append([]string{"ADMIN_ADDR=" + nobody}, environ...), &stdout, &stderr)
	return outcome{t, strings.Join(args, " "), code, stdout.String(), stderr.String(), time.Since(start)}
}

// exits demands an exit code.
func (o outcome) exits(code int) outcome {
	o.t.Helper()
	if o.code != code {
		o.t.Fatalf("pharmacy %s: exit code %d, want %d\n%s%s", o.command, o.code, code, o.stdout, o.stderr)
	}
	return o
}

// says demands that standard output matches a regular expression, and gives
// its first group.
func (o outcome) says(pattern string) string {
	o.t.Helper()
	return match(o.t, "pharmacy "+o.command, o.stdout, pattern)
}

// complains demands the same of standard error.
func (o outcome) complains(pattern string) string {
	o.t.Helper()
	return match(o.t, "pharmacy "+o.command+": standard error", o.stderr, pattern)
}

func match(t testing.TB, what, text, pattern string) string {
	t.Helper()
	found := regexp.MustCompile("(?m)" + pattern).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("%s does not match %q:\n%s", what, pattern, text)
	}
	return found[len(found)-1]
}

// site is a running server.
type site struct {
	t       testing.TB
	public  string // host:port
	admin   string // host:port, or "off"
	environ []string
	log     *logBuffer
	client  *http.Client
	stop    func() int // tells the server to stop, and gives its exit code
}

// startSite serves in this process, on free ports, until the test ends.
func startSite(t testing.TB, environ ...string) *site {
	t.Helper()
	s := newSite(t, environ)
	ctx, cancel := context.WithCancel(context.Background())
	code := make(chan int, 1)
	go func() { code <- run(ctx, []string{"serve"}, s.environ, io.Discard, s.log) }()
	s.stop = sync.OnceValue(func() int {
		cancel()
		return <-code
	})
	s.listening()
	return s
}

// startProcess serves in a process of its own, whose working directory is
// dir.
func startProcess(t testing.TB, dir string, environ ...string) *site {
	t.Helper()
	s := newSite(t, environ)
	cmd := exec.Command("pharmacy", "serve")
	cmd.Dir, cmd.Env, cmd.Stderr = dir, append(s.environ, "GORACE="+quickExit), s.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.stop = sync.OnceValue(func() int {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // the code says it
		return cmd.ProcessState.ExitCode()
	})
	s.listening()
	return s
}

func newSite(t testing.TB, environ []string) *site {
	jar, _ := cookiejar.New(nil)
	return &site{
		t: t, log: newLogBuffer(),
		environ: append([]string{"ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0"}, environ...),
		client: &http.Client{
			Jar:     jar,
			Timeout: testPatience,
			// A connection that has not carried a request yet is waited for
			// when the server stops.
			Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// listening waits until the server says where it serves.
func (s *site) listening() {
	s.t.Helper()
	s.t.Cleanup(func() {
		if code := s.stop(); code != exitDone {
			s.t.Errorf("the server ended with exit code %d\n%s", code, s.log)
		}
		if strings.Contains(s.log.String(), "DATA RACE") {
			s.t.Errorf("the server had a data race\n%s", s.log)
		}
	})
	found := s.log.await(s.t, testPatience, `msg=serving addr=(\S+) admin=(\S+)`)
	s.public, s.admin = found[1], found[2]
}

// answer is what a server answered, read to its end.
type answer struct {
	t      testing.TB
	url    string
	status int
	header http.Header
	body   string
}

// url is where the visitor's cookies belong.
func (s *site) url() *url.URL { return &url.URL{Scheme: "http", Host: s.public} }

// get asks the public listener. header is names and values in turn.
func (s *site) get(path string, header ...string) answer {
	s.t.Helper()
	return s.do("GET", s.public, path, nil, header...)
}

// ask asks the operations listener.
func (s *site) ask(method, path string, header ...string) answer {
	s.t.Helper()
	return s.do(method, s.admin, path, nil, header...)
}

// add puts a pack of a variant into the basket of this test's visitor.
func (s *site) add(variant string) {
	s.t.Helper()
	form := url.Values{"variant": {variant}, "quantity": {"1"}}.Encode()
	s.personal(http.StatusSeeOther, func() answer {
		return s.do("POST", s.public, "/en/cart/items", strings.NewReader(form), "Content-Type", "application/x-www-form-urlencoded")
	})
}

// basket is the visitor's basket.
func (s *site) basket() answer {
	s.t.Helper()
	return s.personal(http.StatusOK, func() answer { return s.get("/en/cart") })
}

// personal asks until there is another answer than that the sessions cannot
// be reached: a session has little time, and a busy machine may take it.
func (s *site) personal(status int, ask func() answer) (a answer) {
	s.t.Helper()
	for start := time.Now(); time.Since(start) < testPatience; {
		if a = ask(); a.status != http.StatusServiceUnavailable {
			break
		}
	}
	return a.is(status)
}

// anew waits until a page is no longer the one that this server remembers.
func (s *site) anew(path string) (a answer) {
	s.t.Helper()
	eventually(s.t, s.public+" has forgotten "+path, func() bool {
		a = s.get(path).is(http.StatusOK)
		return !strings.Contains(a.header.Get("Cache-Status"), "detail=memory")
	})
	return a
}

func (s *site) do(method, addr, path string, body io.Reader, header ...string) answer {
	s.t.Helper()
	r, err := http.NewRequest(method, "http://"+addr+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	for pair := range slices.Chunk(header, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Fatalf("%v\n%s", err, s.log)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{s.t, method + " " + path, resp.StatusCode, resp.Header, string(text)}
}

// is demands a status.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d\n%.1000s", a.url, a.status, status, a.body)
	}
	return a
}

// cached demands a Cache-Status that matches.
func (a answer) cached(pattern string) answer {
	a.t.Helper()
	match(a.t, a.url+": Cache-Status", a.header.Get("Cache-Status"), pattern)
	return a
}

// has demands that the body matches, and gives the first group.
func (a answer) has(pattern string) string {
	a.t.Helper()
	return match(a.t, a.url, a.body, pattern)
}

// The states of a page in the cache, as Cache-Status tells them.
const (
	freshlyMade = `^pharmacy; fwd=miss; stored$`
	fromMemory  = `^pharmacy; hit; ttl=\d+; detail=memory$`
	fromRedis   = `^pharmacy; hit; ttl=\d+; detail=redis$`
)

// canonical are the addresses of the sitemap: every canonical page in every
// language.
func (s *site) canonical() []string {
	s.t.Helper()
	var paths []string
	for _, loc := range regexp.MustCompile(`<loc>http://[^/]+([^<]*)</loc>`).FindAllStringSubmatch(s.get("/sitemap.xml").is(200).body, -1) {
		paths = append(paths, strings.ReplaceAll(loc[1], "&amp;", "&"))
	}
	if len(paths) < 20 {
		s.t.Fatalf("the sitemap has only %d addresses", len(paths))
	}
	return append(paths, "/robots.txt", "/sitemap.xml", "/api/medicines/groups")
}

// version is the catalogue that the site serves, by its grouped JSON.
func (s *site) version() string {
	s.t.Helper()
	var groups struct{ Version string }
	a := s.get("/api/medicines/groups").is(200)
	if err := json.Unmarshal([]byte(a.body), &groups); err != nil || groups.Version == "" {
		s.t.Fatalf("%s: no version: %v\n%.300s", a.url, err, a.body)
	}
	return groups.Version
}

// metric is the value of a series, as /metrics writes its name and labels.
func (s *site) metric(series string) string {
	s.t.Helper()
	return s.ask("GET", "/metrics").is(200).has(`^` + regexp.QuoteMeta(series) + ` (\S+)$`)
}

// command runs a command with the settings of the site, on its listener.
func (s *site) command(args ...string) outcome {
	s.t.Helper()
	return pharmacy(s.t, append(slices.Clone(s.environ), "ADMIN_ADDR="+s.admin), args...)
}

// stock is a small catalogue, quick to make pages of: five medicines of six
// variants in two categories, more than a page of the listing holds.
type stock struct {
	updated string // default: a day in the past
	price   string // of the first variant of paracetamol; default 2.40
	name    string // of paracetamol in English
}

const (
	shelfVariant = "paracetamol-tablet-1"
	shelfPage    = "/en/medicines/paracetamol"
)

func (s stock) String() string {
	def := func(value, otherwise string) string {
		if value == "" {
			return otherwise
		}
		return value
	}
	type object = map[string]any
	var groups []object
	for i, id := range []string{"paracetamol", "ibuprofen", "cetirizine", "loratadine", "metformin"} {
		name := strings.ToUpper(id[:1]) + id[1:]
		class, price := "general", "5.15"
		category := "pain"
		if i >= 3 {
			class, category = "prescription", "other"
		}
		var variants []object
		for n := 1; n <= 6; n++ {
			variants = append(variants, object{
				"id": fmt.Sprintf("%s-tablet-%d", id, n), "form": "tablet", "strength": fmt.Sprintf("%d mg", n*100),
				"pack": object{"amount": 20, "unit": "tablet"}, "price": price, "class": class, "expiry": "2098-06",
			})
		}
		if i == 0 {
			name = def(s.name, name)
			variants[0]["price"] = def(s.price, "2.40")
		}
		groups = append(groups, object{
			"id": id, "category": category, "name": object{"en": name, "fa": "دارو " + id, "tr": name, "ar": "دواء " + id}, "variants": variants,
			"atc": fmt.Sprintf("A01AA%02d", i+1),
		})
	}
	b, err := json.MarshalIndent(object{
		"updated": def(s.updated, "2026-01-01T00:00:00Z"), "currency": "EUR",
		"categories": []object{{"id": "pain", "name": "Pain"}, {"id": "other", "name": "Other"}},
		"groups":     groups,
	}, "", " ")
	if err != nil {
		panic(err)
	}
	return string(b)
}

// file writes the stock into a directory of its own.
func (s stock) file(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "medicines.json")
	write(t, path, s.String())
	return path
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// replace puts a file in the place of another in one step.
func replace(t testing.TB, path, content string) {
	t.Helper()
	write(t, path+".new", content)
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// logBuffer keeps what was logged, and tells of each new line.
type logBuffer struct {
	mu   sync.Mutex
	b    bytes.Buffer
	more chan struct{} // closed at the next line
}

func newLogBuffer() *logBuffer { return &logBuffer{more: make(chan struct{})} }

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.more)
	l.more = make(chan struct{})
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// await waits for a line and gives what matched.
func (l *logBuffer) await(t testing.TB, within time.Duration, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile("(?m)" + pattern)
	end := time.After(within)
	for {
		l.mu.Lock()
		found, more := re.FindStringSubmatch(l.b.String()), l.more
		l.mu.Unlock()
		if found != nil {
			return found
		}
		select {
		case <-more:
		case <-end:
			t.Fatalf("not logged within %s: %s\n%s", within, pattern, l)
		}
	}
}

// eventually asks again and again whether something has come about, and
// logs how long it took.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	start := time.Now()
	for !holds() {
		if time.Since(start) > testPatience {
			t.Fatalf("not within %s: %s", testPatience, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Logf("%s: after %s", what, time.Since(start).Round(time.Millisecond))
}

// throughout asks again and again, for a time, whether something stays as
// it is.
func throughout(t testing.TB, span time.Duration, what string, holds func() bool) {
	t.Helper()
	for start := time.Now(); time.Since(start) < span; time.Sleep(20 * time.Millisecond) {
		if !holds() {
			t.Fatalf("no longer after %s: %s", time.Since(start).Round(time.Millisecond), what)
		}
	}
}
