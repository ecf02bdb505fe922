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

// TestMain makes this test binary the program "pharmacy" as well, for tests and
// scripts that run it as a process of its own.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "pharmacy" {
		// These tests wait more than they compute.
		flag.Parse()
		_ = flag.Set("test.parallel", "5")
	}
	testscript.Main(m, map[string]func(){"pharmacy": main})
}

const (
	// testPatience is the timeout of every wait. It is long, because tests share a
	// slow machine; the packages below test how soon a change, a clear or the end
	// of a lease is noticed.
	testPatience = time.Minute
	// nobody is an address on which nothing listens.
	nobody = "127.0.0.1:1"
	// quickExit is a value of GORACE that makes a process exit without the
	// second for which the race detector waits by default.
	quickExit = "atexit_sleep_ms=10"
)

// outcome is the outcome of a command.
type outcome struct {
	t              testing.TB
	command        string
	code           int
	stdout, stderr string
	took           time.Duration
}

// pharmacy runs a command in this process with the given environment only.
// Unless it sets ADMIN_ADDR, no server can be reached.
func pharmacy(t testing.TB, environ []string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*testPatience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	start := time.Now()
	code := run(ctx, args, append([]string{"ADMIN_ADDR=" + nobody}, environ...), &stdout, &stderr)
	return outcome{t, strings.Join(args, " "), code, stdout.String(), stderr.String(), time.Since(start)}
}

// exits fails the test if the exit code is not code.
func (o outcome) exits(code int) outcome {
	o.t.Helper()
	if o.code != code {
		o.t.Fatalf("pharmacy %s: exit code %d, want %d\n%s%s", o.command, o.code, code, o.stdout, o.stderr)
	}
	return o
}

// says fails the test if standard output does not match a regular expression. It
// returns the last submatch.
func (o outcome) says(pattern string) string {
	o.t.Helper()
	return match(o.t, "pharmacy "+o.command, o.stdout, pattern)
}

// complains is like says, for standard error.
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
	stop    func() int // stops the server and returns its exit code
}

// startSite runs a server in this process, on free ports, until the test ends.
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

// startProcess runs a server as a process with the working directory dir.
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
		_ = cmd.Wait() // the exit code is checked
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
			// A server shutting down waits for connections that have not
			// carried a request yet.
			Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// listening waits until the server has logged its addresses.
func (s *site) listening() {
	s.t.Helper()
	s.t.Cleanup(func() {
		if code := s.stop(); code != exitDone {
			s.t.Errorf("server: exit code %d\n%s", code, s.log)
		}
		if strings.Contains(s.log.String(), "DATA RACE") {
			s.t.Errorf("server: data race\n%s", s.log)
		}
	})
	found := s.log.await(s.t, testPatience, `msg=serving addr=(\S+) admin=(\S+)`)
	s.public, s.admin = found[1], found[2]
}

// answer is a response with its body.
type answer struct {
	t      testing.TB
	url    string
	status int
	header http.Header
	body   string
}

// url returns the URL of the visitor's cookies.
func (s *site) url() *url.URL { return &url.URL{Scheme: "http", Host: s.public} }

// get sends a GET request to the public listener. header alternates names and
// values.
func (s *site) get(path string, header ...string) answer {
	s.t.Helper()
	return s.do("GET", s.public, path, nil, header...)
}

// ask sends a request to the operations listener.
func (s *site) ask(method, path string, header ...string) answer {
	s.t.Helper()
	return s.do(method, s.admin, path, nil, header...)
}

// add adds a pack of a variant to the basket of the test's visitor.
func (s *site) add(variant string) {
	s.t.Helper()
	form := url.Values{"variant": {variant}, "quantity": {"1"}}.Encode()
	s.personal(http.StatusSeeOther, func() answer {
		return s.do("POST", s.public, "/en/cart/items", strings.NewReader(form), "Content-Type", "application/x-www-form-urlencoded")
	})
}

// basket returns the page of the visitor's basket.
func (s *site) basket() answer {
	s.t.Helper()
	return s.personal(http.StatusOK, func() answer { return s.get("/en/cart") })
}

// personal repeats a request while the response is that sessions are not
// available, because the timeout of sessions is short for a busy machine.
func (s *site) personal(status int, ask func() answer) (a answer) {
	s.t.Helper()
	for start := time.Now(); time.Since(start) < testPatience; {
		if a = ask(); a.status != http.StatusServiceUnavailable {
			break
		}
	}
	return a.is(status)
}

// anew requests a page until it does not come from this server's memory, and
// returns the response.
func (s *site) anew(path string) (a answer) {
	s.t.Helper()
	eventually(s.t, s.public+" no longer has "+path+" in memory", func() bool {
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

// is fails the test if the status is another one.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d\n%.1000s", a.url, a.status, status, a.body)
	}
	return a
}

// cached fails the test if Cache-Status does not match.
func (a answer) cached(pattern string) answer {
	a.t.Helper()
	match(a.t, a.url+": Cache-Status", a.header.Get("Cache-Status"), pattern)
	return a
}

// has fails the test if the body does not match a regular expression. It returns
// the last submatch.
func (a answer) has(pattern string) string {
	a.t.Helper()
	return match(a.t, a.url, a.body, pattern)
}

// Patterns of Cache-Status.
const (
	freshlyMade = `^pharmacy; fwd=miss; stored$`
	fromMemory  = `^pharmacy; hit; ttl=\d+; detail=memory$`
	fromRedis   = `^pharmacy; hit; ttl=\d+; detail=redis$`
)

// canonical returns the paths of all canonical pages in all languages, from the
// sitemap.
func (s *site) canonical() []string {
	s.t.Helper()
	var paths []string
	for _, loc := range regexp.MustCompile(`<loc>http://[^/]+([^<]*)</loc>`).FindAllStringSubmatch(s.get("/sitemap.xml").is(200).body, -1) {
		paths = append(paths, strings.ReplaceAll(loc[1], "&amp;", "&"))
	}
	if len(paths) < 20 {
		s.t.Fatalf("only %d URLs in the sitemap", len(paths))
	}
	return append(paths, "/robots.txt", "/sitemap.xml", "/api/medicines/groups")
}

// version returns the version of the catalogue that the server serves.
func (s *site) version() string {
	s.t.Helper()
	var groups struct{ Version string }
	a := s.get("/api/medicines/groups").is(200)
	if err := json.Unmarshal([]byte(a.body), &groups); err != nil || groups.Version == "" {
		s.t.Fatalf("%s: no version: %v\n%.300s", a.url, err, a.body)
	}
	return groups.Version
}

// metric returns the value of a series, such as name{label="value"}.
func (s *site) metric(series string) string {
	s.t.Helper()
	return s.ask("GET", "/metrics").is(200).has(`^` + regexp.QuoteMeta(series) + ` (\S+)$`)
}

// command runs a command with the settings of the server and the address of its
// operations listener.
func (s *site) command(args ...string) outcome {
	s.t.Helper()
	return pharmacy(s.t, append(slices.Clone(s.environ), "ADMIN_ADDR="+s.admin), args...)
}

// stock is a small catalogue: five medicines of six variants in two categories.
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

// file writes the catalogue to a new file and returns its path.
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

// replace replaces a file atomically.
func replace(t testing.TB, path, content string) {
	t.Helper()
	write(t, path+".new", content)
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// logBuffer is a log whose reader can wait for lines.
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

// await waits for a line that matches and returns its submatches.
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

// eventually waits until holds returns true and logs how long it took.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	start := time.Now()
	for !holds() {
		if time.Since(start) > testPatience {
			t.Fatalf("timed out after %s: %s", testPatience, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Logf("%s: after %s", what, time.Since(start).Round(time.Millisecond))
}

// throughout fails the test if holds returns false within span.
func throughout(t testing.TB, span time.Duration, what string, holds func() bool) {
	t.Helper()
	for start := time.Now(); time.Since(start) < span; time.Sleep(20 * time.Millisecond) {
		if !holds() {
			t.Fatalf("no longer true after %s: %s", time.Since(start).Round(time.Millisecond), what)
		}
	}
}
