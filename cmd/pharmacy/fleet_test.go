package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pharmacy/internal/redistest"
	"pharmacy/internal/supply"
)

// fleet is a set of servers on one Redis, each with its own catalogue file.
type fleet struct {
	redis *redistest.Server
	files []string
	sites []*site
}

func startFleet(t *testing.T, shelves ...stock) *fleet {
	f := &fleet{redis: redistest.Start(t)}
	for _, s := range shelves {
		f.files = append(f.files, s.file(t))
		f.sites = append(f.sites, startSite(t, "REDIS_URL="+unhurried(f.redis), "CATALOGUE="+f.files[len(f.files)-1]))
	}
	t.Cleanup(func() {
		for _, s := range f.sites {
			if t.Failed() {
				t.Logf("%s\n%s", s.public, s.log)
			}
		}
	})
	return f
}

// serves reports whether all servers serve the catalogue with the price, and it
// is the published one.
func (f *fleet) serves(price string) bool {
	versions := map[string]bool{}
	for _, s := range f.sites {
		if !strings.Contains(s.get(shelfPage).is(200).body, price) {
			return false
		}
		body := s.get("/api/medicines/groups").is(200).body
		var groups struct{ Version string }
		if json.Unmarshal([]byte(body), &groups) != nil || groups.Version == "" || !strings.Contains(body, price) {
			return false
		}
		versions[groups.Version] = true
	}
	published, _ := f.redis.Do("getrange", "medicines:groups:all", 0, 300).(string)
	for version := range versions {
		if !strings.Contains(published, version) {
			return false
		}
	}
	return len(versions) == 1
}

func TestFleetSharesPagesAndClears(t *testing.T) {
	t.Parallel()
	f := startFleet(t, stock{}, stock{}, stock{})
	first := f.sites[0].get(shelfPage).is(200).cached(freshlyMade)
	for _, s := range f.sites[1:] {
		other := s.get(shelfPage).is(200).cached(fromRedis)
		if other.body != first.body || other.header.Get("Etag") != first.header.Get("Etag") || first.header.Get("Etag") == "" {
			t.Errorf("%s serves another page: ETag %s, want %s", s.public, other.header.Get("Etag"), first.header.Get("Etag"))
		}
		s.get(shelfPage).is(200).cached(fromMemory)
		if s.do("HEAD", s.public, shelfPage, nil, "If-None-Match", first.header.Get("Etag")).status != 304 {
			t.Errorf("%s does not recognize the ETag", s.public)
		}
	}

	// All servers share the basket.
	f.sites[0].add(shelfVariant)
	for _, s := range f.sites[1:] {
		cookies := f.sites[0].client.Jar.Cookies(f.sites[0].url())
		s.client.Jar.SetCookies(s.url(), cookies)
		s.basket().has(`Paracetamol`)
	}

	for _, args := range [][]string{{"clear-cache"}, {"clear-cache", "--all"}} {
		pharmacy(t, f.sites[0].environ, args...).exits(exitDone).says(`; 3 running servers notified\.`)
		made := 0
		for _, s := range f.sites {
			a := s.anew(shelfPage)
			if strings.Contains(a.header.Get("Cache-Status"), "fwd=miss") {
				made++
			}
			if a.body != first.body {
				t.Error("the page changed")
			}
		}
		if made != 1 {
			t.Errorf("%s: the page was rendered %d times, want once", args, made)
		}
		f.sites[0].basket().has(`Paracetamol`)
	}
}

func TestFleetFollowsTheLatestCatalogue(t *testing.T) {
	t.Parallel()
	f := startFleet(t, stock{}, stock{}, stock{})
	eventually(t, "equal files are served alike", func() bool { return f.serves("2.40") })

	// A later file is adopted by all servers.
	replace(t, f.files[1], stock{updated: "2026-02-01T00:00:00Z", price: "7.31"}.String())
	eventually(t, "the later file is served by all", func() bool { return f.serves("7.31") })
	throughout(t, time.Second, "the later file is served by all", func() bool { return f.serves("7.31") })

	// A file that was edited but is not later is not.
	replace(t, f.files[2], stock{updated: "2026-01-15T00:00:00Z", price: "9.99"}.String())
	f.sites[2].log.await(t, testPatience, `the fleet has a later one`)
	throughout(t, time.Second, "the later file is served by all", func() bool { return f.serves("7.31") })

	// Neither after a clear nor by a server that starts with it.
	pharmacy(t, f.sites[0].environ, "clear-cache", "--all").exits(exitDone)
	for _, s := range f.sites {
		s.anew(shelfPage)
	}
	eventually(t, "the later file is published again", func() bool {
		for _, s := range f.sites {
			if s.shows("9.99")() {
				t.Fatal("the earlier file is served after a clear")
			}
		}
		return f.serves("7.31")
	})
	throughout(t, time.Second, "the later file is served by all", func() bool { return f.serves("7.31") })
	f.sites = append(f.sites, startSite(t, "REDIS_URL="+unhurried(f.redis), "CATALOGUE="+f.files[0]))
	eventually(t, "the later file is served by the new one too", func() bool { return f.serves("7.31") })

	// Warming with an earlier file warms the catalogue that is served.
	warmed := pharmacy(t, f.sites[0].environ, "warm-cache").exits(exitDone)
	warmed.says(`[1-9]\d* already warm`)
	if !f.serves("7.31") {
		t.Error("warming published an earlier catalogue")
	}

	// It is adopted once its time is the latest.
	replace(t, f.files[2], stock{updated: "2026-03-01T00:00:00Z", price: "9.99"}.String())
	eventually(t, "the latest file is served by all", func() bool { return f.serves("9.99") })
	throughout(t, time.Second, "the latest file is served by all", func() bool { return f.serves("9.99") })
}

// A mistyped year in a file does not freeze its prices on every server.
func TestFleetRefusesAFileFromTheFuture(t *testing.T) {
	t.Parallel()
	f := startFleet(t, stock{}, stock{})
	eventually(t, "equal files are served alike", func() bool { return f.serves("2.40") })
	replace(t, f.files[1], stock{updated: "2062-01-01T00:00:00Z", price: "9.99"}.String())
	f.sites[1].log.await(t, testPatience, `level=ERROR msg="fault in the catalogue file" .*path=updated fault="the time 2062-01-01T00:00:00Z is more than a day ahead of the clock`)
	throughout(t, time.Second, "the last good file is served by all", func() bool { return f.serves("2.40") })
	pharmacy(t, []string{"REDIS_URL=" + unhurried(f.redis), "CATALOGUE=" + f.files[1], "ADMIN_ADDR=off"}, "warm-cache").exits(exitFailed).complains(`more than a day ahead of the clock`)
	replace(t, f.files[1], stock{updated: "2026-02-01T00:00:00Z", price: "7.31"}.String())
	eventually(t, "the corrected file is served by all", func() bool { return f.serves("7.31") })
}

// Different files with the same time must not be published alternately.
func TestFleetAgreesWhereNoFileIsLater(t *testing.T) {
	t.Parallel()
	f := startFleet(t, stock{price: "4.04"})
	info, err := os.Stat(f.files[0])
	if err != nil {
		t.Fatal(err)
	}
	path := stock{price: "8.08"}.file(t)
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	f.sites = append(f.sites, startSite(t, "REDIS_URL="+unhurried(f.redis), "CATALOGUE="+path))
	var agreed string
	eventually(t, "both serve the same", func() bool {
		for _, price := range []string{"4.04", "8.08"} {
			if f.serves(price) {
				agreed = price
				return true
			}
		}
		return false
	})
	throughout(t, 1500*time.Millisecond, "both serve "+agreed, func() bool { return f.serves(agreed) })
}

// Equal files with different modification times are the same catalogue.
func TestFleetWithEqualFiles(t *testing.T) {
	t.Parallel()
	f := startFleet(t, stock{}, stock{}, stock{})
	eventually(t, "equal files are served alike", func() bool { return f.serves("2.40") })
	version := f.sites[0].version()
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(f.files[1], later, later); err != nil {
		t.Fatal(err)
	}
	throughout(t, 2*time.Second, "the same version is served by all", func() bool {
		return f.serves("2.40") && f.sites[2].version() == version
	})
	for _, s := range f.sites {
		for line := range strings.Lines(s.log.String()) {
			if strings.Contains(line, "msg=catalogue ") && !strings.Contains(line, "version="+version) {
				t.Errorf("unexpected change: %s", line)
			}
		}
	}
}

// The catalogue is published again without any request for a page.
func TestCatalogueIsPublishedAgain(t *testing.T) {
	t.Parallel()
	f := startFleet(t, stock{}, stock{})
	published := func() bool {
		return f.redis.Do("exists", "medicines:groups:all", "medicines:list:top200") == int64(2)
	}
	await := func(when string) {
		t.Helper()
		for deadline := time.Now().Add(testPatience); !published(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: the catalogue is not published", when)
			}
		}
	}
	await("at the start")
	f.redis.Do("del", "medicines:groups:all", "medicines:list:top200")
	await("after its removal")
	pharmacy(t, []string{"REDIS_URL=" + unhurried(f.redis), "CATALOGUE=" + f.files[0], "ADMIN_ADDR=off"}, "clear-cache", "--all").exits(exitDone)
	await("after a clear")
}

// A wrong catalogue is taken back on any machine, also one that is ahead of the
// clock, and an import is served even after such a one.
func TestFleetTakesBackAWrongCatalogue(t *testing.T) {
	t.Parallel()
	f := startFleet(t, stock{}, stock{})
	eventually(t, "equal files are served alike", func() bool { return f.serves("2.40") })
	on := func(i int, args ...string) outcome {
		t.Helper()
		return pharmacy(t, []string{"REDIS_URL=" + unhurried(f.redis), "CATALOGUE=" + f.files[i]}, append([]string{"import"}, args...)...).exits(exitDone)
	}
	imported := func(price string) string {
		path := filepath.Join(t.TempDir(), "prices.csv")
		write(t, path, "id,price\n"+shelfVariant+","+price+"\n")
		return path
	}
	ahead := func(hours time.Duration, price string) {
		t.Helper()
		replace(t, f.files[1], stock{updated: time.Now().Add(hours * time.Hour).UTC().Format(time.RFC3339), price: price}.String())
		eventually(t, "a file that is ahead of the clock is served by all", func() bool { return f.serves(price) })
	}

	on(1, imported("24.00"))
	eventually(t, "the wrong import is served by all", func() bool { return f.serves("24.00") })
	on(1, "--restore").says(`^changed  variant ` + shelfVariant + `: price "24.00" → "2.40"$`)
	eventually(t, "what it replaced is served by all", func() bool { return f.serves("2.40") })

	ahead(10, "9.99")
	on(0, "--restore", f.files[0]).says(`^Added nothing; changed nothing; removed nothing; left 2 categories, 5 groups, 30 variants\.$`)
	eventually(t, "the file of the other machine is served by all", func() bool { return f.serves("2.40") })

	ahead(20, "9.99")
	on(0, "--force", imported("2.60"))
	eventually(t, "the import is served by all", func() bool { return f.serves("2.60") })

	// What no server would take is not followed either.
	read := func(key string, n int) ([]byte, error) {
		return f.redis.Client().GetRange(t.Context(), key, 0, int64(n)-1).Bytes()
	}
	if updated, err := supply.PublishedUpdated(time.Now(), read); err != nil || updated.Before(time.Now().Add(19*time.Hour)) {
		t.Errorf("published: %s, %v", updated, err)
	}
	if updated, err := supply.PublishedUpdated(time.Now().Add(-20*time.Hour), read); err != nil || !updated.IsZero() {
		t.Errorf("published too far ahead: %s, %v", updated, err)
	}
}

// An import does not depend on Redis.
func TestImportWithoutItsRedis(t *testing.T) {
	t.Parallel()
	path, old := stock{price: "9.99"}.file(t), stock{}.file(t)
	o := pharmacy(t, []string{"REDIS_URL=redis://user:secret@" + nobody, "CATALOGUE=" + path}, "import", "--restore", old).exits(exitDone)
	o.complains(`^warning: cannot ask Redis at redis://user:xxxxx@127\.0\.0\.1:1 how late the catalogue of the fleet is \(.*\): if it is ahead of the clock, it is served on$`)
	o.says(`^Wrote `)
}

// An import on a server whose own file is older than what the fleet serves does not
// bring back what was corrected elsewhere.
func TestFleetRefusesAnImportIntoAnOlderFile(t *testing.T) {
	t.Parallel()
	f := startFleet(t, stock{}, stock{})
	eventually(t, "equal files are served alike", func() bool { return f.serves("2.40") })
	table := func(line string) string {
		path := filepath.Join(t.TempDir(), "prices.csv")
		write(t, path, "id,price\n"+line+"\n")
		return path
	}
	on := func(i int, args ...string) outcome {
		t.Helper()
		return pharmacy(t, []string{"REDIS_URL=" + unhurried(f.redis), "CATALOGUE=" + f.files[i]}, append([]string{"import"}, args...)...)
	}
	content := func(i int) string {
		t.Helper()
		b, err := os.ReadFile(f.files[i])
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	const other = "paracetamol-tablet-2"
	wrong, unrelated := table(shelfVariant+",24.00"), table(other+",3.33")
	on(0, wrong).exits(exitDone)
	eventually(t, "the wrong import is served by all", func() bool { return f.serves("24.00") })
	on(1, "--restore", f.files[1]).exits(exitDone).
		complains(`^note: the fleet serves a later catalogue \(updated 20\S+Z\) than \S+ \(updated 2026-01-01T00:00:00Z\): the list is of changes in the file$`)
	eventually(t, "the right price is served by all", func() bool { return f.serves("2.40") })

	before := content(0)
	for _, args := range [][]string{{unrelated}, {"--dry-run", unrelated}, {wrong}} {
		on(0, args...).exits(exitFailed).complains(`^pharmacy: import: the fleet serves a later catalogue \(updated 20\S+Z\) than \S+ \(updated 20\S+Z\), and this would undo what that one changes: ` +
			`bring the file up to date first, as with a copy from the server where it was changed, or give --force to replace what the fleet serves; nothing was written$`)
	}
	if content(0) != before {
		t.Error("the file was written")
	}
	throughout(t, time.Second, "the right price is served by all", func() bool { return f.serves("2.40") })

	// The remedies: the file of the other server, after which imports follow each
	// other even before the servers take them, and force.
	replace(t, f.files[0], content(1))
	on(0, unrelated).exits(exitDone)
	on(0, table(other+",3.34")).exits(exitDone)
	eventually(t, "the import is served by all", func() bool { return f.serves("3.34") && f.serves("2.40") })
	on(1, table(other+",3.35")).exits(exitFailed)
	on(1, "--force", table(other+",3.35")).exits(exitDone)
	eventually(t, "what was forced is served by all", func() bool { return f.serves("3.35") })
	on(0, "--force", table(other+",3.34")).exits(exitDone).says(`^Added nothing; changed nothing; .*\nWrote `)
	eventually(t, "a file without changes is served by all, if forced", func() bool { return f.serves("3.34") })
}
