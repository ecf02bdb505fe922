package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func (s *site) shows(price string) func() bool {
	return func() bool { return strings.Contains(s.get(shelfPage).is(200).body, price) }
}

func TestCatalogueFileIsWatched(t *testing.T) {
	t.Parallel()
	path := stock{}.file(t)
	s := startSite(t, "CATALOGUE="+path)
	s.get(shelfPage).is(200).has(`2\.40`)
	first := s.version()

	write(t, path, stock{price: "3.31"}.String())
	eventually(t, "the edited file is served", s.shows("3.31"))
	replace(t, path, stock{price: "3.32"}.String())
	eventually(t, "the replaced file is served", s.shows("3.32"))
	// Again, because a watch on the file itself would have ended by now.
	replace(t, path, stock{price: "3.33"}.String())
	eventually(t, "the file replaced again is served", s.shows("3.33"))
	last := s.version()
	if last == first {
		t.Error("the version did not change")
	}

	// A file with faults is not served, and its faults are logged.
	broken := strings.Replace(stock{price: "3.34"}.String(), `"3.34"`, `"three"`, 1)
	line := 1 + strings.Count(broken[:strings.Index(broken, "three")], "\n")
	// A file that is written in place may be read half written, and counted.
	failures := func() int { return atoi(t, s.metric("pharmacy_catalogue_reload_failures_total")) }
	failed := failures()
	replace(t, path, broken)
	eventually(t, "the failure is counted", func() bool { return failures() > failed })
	found := s.log.await(t, testPatience, `level=ERROR msg="fault in the catalogue file" .*line=(\d+) .*path=groups\[0\]\.variants\[0\]\.price fault=`)
	if atoi(t, found[1]) != line {
		t.Errorf("fault logged in line %s, want %d", found[1], line)
	}
	s.log.await(t, testPatience, `level=ERROR msg="the catalogue file cannot be used: still serving the last good catalogue"`)
	s.get(shelfPage).is(200).has(`3\.33`)
	if s.version() != last {
		t.Error("the version changed with a broken file")
	}

	// A truncated file, as an editor may leave it for a moment, and no file.
	failed = failures()
	write(t, path, broken[:len(broken)/2])
	eventually(t, "the next failure is counted", func() bool { return failures() > failed })
	failed = failures()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a missing file is counted", func() bool { return failures() > failed })
	s.get(shelfPage).is(200).has(`3\.33`)

	write(t, path, stock{price: "3.35"}.String())
	eventually(t, "the corrected file is served", s.shows("3.35"))
}

// Kubernetes mounts a file as a symbolic link through a directory that is itself
// a link, and replaces the latter.
func TestCatalogueBehindALinkIsWatched(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	version := func(name, price string) {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name, "medicines.json"), stock{price: price}.String())
		link := filepath.Join(dir, "link")
		if err := os.Symlink(name, link); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(link, filepath.Join(dir, "data")); err != nil {
			t.Fatal(err)
		}
	}
	version("v1", "3.41")
	if err := os.Symlink(filepath.Join("data", "medicines.json"), filepath.Join(dir, "medicines.json")); err != nil {
		t.Fatal(err)
	}
	s := startSite(t, "CATALOGUE="+filepath.Join(dir, "medicines.json"))
	s.get(shelfPage).is(200).has(`3\.41`)
	version("v2", "3.42")
	eventually(t, "the new file is served", s.shows("3.42"))
}

// oldShelf is a file of the replaced application with typical faults: an
// impossible date, markup, no price.
const oldShelf = `{
 "headache_groups": {
  "1": {"name_en": "Headache", "name_fa": "سردرد", "name_tr": "Baş ağrısı", "name_ar": "صداع", "headaches": {
   "101": {"name_en": "Acetaminophen 500 💊", "name_fa": "استامینوفن ۵۰۰", "description_en": "For <b>pain</b>\nand fever", "price": "22.44", "exp": "2027/02/31"},
   "102": {"name_en": "Ibuprofen 400", "name_fa": "ایبوپروفن ۴۰۰", "price": null, "exp": "2027/05"}
  }},
  "2": {"name_en": "Migraine", "name_fa": "میگرن", "variants": {
   "201": {"name_en": "Sumatriptan 50", "price": 7.5, "exp": "2027/08/15"}
  }}
 },
 "translations": {"fa": {"title": "داروخانه"}},
 "medicine_images": {"101": "images/101.jpg"},
 "medicine_info": {}
}`

func TestOldCatalogueFileIsServed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "medicines.json")
	write(t, path, oldShelf)
	s := startSite(t, "CATALOGUE="+path)
	s.get("/fa/medicines").is(200).has(`استامینوفن ۵۰۰`)
	listing := s.get("/en/medicines").is(200)
	listing.has(`Acetaminophen 500`)
	listing.has(`22\.44`)
	if strings.Contains(listing.body, "/cart/items") {
		t.Error("a variant without a class has an order form")
	}
	groups := s.get("/api/medicines/groups").is(200)
	for _, want := range []string{`"Headache"`, `"Migraine"`, `"Sumatriptan 50"`, `"22\.44"`, `"version":`} {
		groups.has(want)
	}
	moved := s.get("/item/101/").is(301).header.Get("Location")
	page := s.get(moved).is(200)
	if page.has(`Acetaminophen 500`); strings.Contains(page.body, "<b>pain</b>") {
		t.Error("markup in a text is not escaped")
	}
	// A forged order is refused.
	s.do("POST", s.public, "/en/cart/items", strings.NewReader("variant=101&quantity=1"), "Content-Type", "application/x-www-form-urlencoded")
	for _, c := range s.client.Jar.Cookies(s.url()) {
		if c.Name == "basket" {
			t.Errorf("a variant without a class was ordered: %s", c)
		}
	}
	o := s.command("check").exits(exitDone)
	o.says(`^ok    catalogue ` + path + `: \d+ categories, \d+ medicines, 3 variants, `)
	o.says(`^ok    pages \(\d+ rendered\)$`)
}

// The grouped JSON of a large catalogue has megabytes. It is checked and warmed
// like any page.
func TestLargePagesAreCheckedAndWarmed(t *testing.T) {
	t.Parallel()
	// Incompressible text in a field that only the JSON contains.
	text := make([]byte, 900<<10)
	_, _ = rand.NewChaCha8([32]byte{}).Read(text)
	path := filepath.Join(t.TempDir(), "medicines.json")
	write(t, path, fmt.Sprintf(`{"groups": [{"id": "a", "name": "A", "variants": [{"id": "a-1", "manufacturer": "%x"}]}]}`, text))
	s := startSite(t, "CATALOGUE="+path)
	s.command("check").exits(exitDone).says(`^ok    pages \(\d+ rendered\)$`)
	s.command("warm-cache").exits(exitDone)
	if a := s.get("/api/medicines/groups", "Accept-Encoding", "gzip").is(200).cached(fromMemory); len(a.body) < 900<<10 {
		t.Errorf("the page has only %d bytes", len(a.body))
	}
}
