package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// In debug mode an edited file takes effect at the next request.
func TestDebugReadsFromDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"templates", "static"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join("..", "..", name))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	medicines := filepath.Join(dir, "data", "medicines.json")
	write(t, medicines, stock{}.String())
	edit := func(name, old, now string) {
		t.Helper()
		path := filepath.Join(dir, name)
		content, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(content), old) {
			t.Fatalf("%s has no %q: %v", name, old, err)
		}
		write(t, path, strings.Replace(string(content), old, now, 1))
	}

	s := startProcess(t, dir, "DEBUG=true")
	for range 2 {
		a := s.get(shelfPage).is(200)
		if status := a.header.Get("Cache-Status"); strings.Contains(status, "hit") || strings.Contains(status, "stored") {
			t.Errorf("Cache-Status: %s", status)
		}
		a.has(`2\.40`)
	}

	edit("templates/pages/medicine.html", "<h1>", `<h1 class="edited">`)
	s.get(shelfPage).is(200).has(`<h1 class="edited">`)

	sheet := s.get(shelfPage).has(`<link rel="stylesheet" href="(/static/[^"]+)">`)
	s.get(sheet).is(200)
	edit("static/css/site.css", "{", "{--edited:1;")
	s.get(sheet).is(200).has(`--edited:1;`)

	write(t, medicines, stock{price: "6.66"}.String())
	s.get(shelfPage).is(200).has(`6\.66`)

	// An invalid template fails the request and is logged with its position. The
	// next request sees the corrected one.
	edit("templates/pages/medicine.html", `<h1 class="edited">`, `<h1>{{.NoSuchField}}`)
	s.get(shelfPage).is(500)
	s.log.await(t, testPatience, `medicine\.html:\d+.*NoSuchField`)
	edit("templates/pages/medicine.html", `{{.NoSuchField}}`, ``)
	s.get(shelfPage).is(200)

	o := s.command("warm-cache").exits(exitFailed)
	o.complains(`^pharmacy: warm-cache: DEBUG is set: nothing is cached, so nothing can be warmed$`)
	pharmacy(t, []string{"DEBUG=true", "CATALOGUE=" + medicines}, "check").exits(exitDone)
}
