package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// check --json writes one JSON object and nothing else, whichever check fails.
func TestCheckAsJSON(t *testing.T) {
	t.Parallel()
	good := stock{}.String()
	for name, test := range map[string]struct {
		file     string
		exit     int
		checks   string
		faults   int
		errors   int
		warnings int
	}{
		"good":    {good, exitDone, "configuration catalogue redis pages", 0, 0, 0},
		"warning": {strings.Replace(good, `"100 mg"`, `"100mg"`, 1), exitDone, "configuration catalogue redis pages", 1, 0, 1},
		"error":   {strings.Replace(good, `"2.40"`, `"two"`, 1), exitFailed, "configuration catalogue redis", 1, 1, 0},
	} {
		path := filepath.Join(t.TempDir(), "medicines.json")
		write(t, path, test.file)
		o := pharmacy(t, []string{"CATALOGUE=" + path}, "check", "--json").exits(test.exit)
		var got struct {
			OK               bool
			Errors, Warnings int
			Checks           []struct {
				Check string
				OK    bool
			}
			Faults []struct {
				Severity, Rule, File, Path, Message string
				Line, Column                        int
			}
		}
		if err := json.Unmarshal([]byte(o.stdout), &got); err != nil {
			t.Errorf("%s: %v\n%s", name, err, o.stdout)
			continue
		}
		var checks []string
		for _, c := range got.Checks {
			checks = append(checks, c.Check)
		}
		if strings.Join(checks, " ") != test.checks || got.OK != (test.exit == exitDone) || len(got.Faults) != test.faults || got.Errors != test.errors || got.Warnings != test.warnings {
			t.Errorf("%s: %+v", name, got)
		}
		for _, f := range got.Faults {
			if f.File != path || f.Line < 2 || f.Column < 1 || !strings.HasPrefix(f.Path, "groups[0].variants[0].") || f.Rule == "" || f.Message == "" {
				t.Errorf("%s: %+v", name, f)
			}
		}
	}
}

// many returns a catalogue of n ordinary medicines in two categories, after
// change has changed some of them, and a text of size bytes that no page shows.
func many(n, size int, change func(groups []map[string]any)) string {
	type object = map[string]any
	var groups []object
	for i := range n {
		name := fmt.Sprintf("Medicine %d", i)
		var variants []object
		for j := range 3 {
			variants = append(variants, object{
				"id": fmt.Sprintf("m%d-%d", i, j), "form": "tablet", "strength": fmt.Sprintf("%d mg", 10*(j+1)),
				"pack": object{"amount": 20, "unit": "tablet"}, "price": "5.15", "class": "general", "expiry": "2098-06",
			})
		}
		groups = append(groups, object{
			"id": fmt.Sprintf("m%d", i), "category": []string{"pain", "other"}[i%2], "variants": variants,
			"name": object{"en": name, "fa": "دارو " + name, "tr": name, "ar": "دواء " + name},
		})
	}
	if change != nil {
		change(groups)
	}
	b, err := json.Marshal(object{
		"updated": "2026-01-01T00:00:00Z", "currency": "EUR", "categories": []object{{"id": "pain", "name": "Pain"}, {"id": "other", "name": "Other"}},
		"groups": groups, "ignored": strings.Repeat("x", size),
	})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// check renders few pages of a large catalogue, and with --all those that
// warm-cache renders. It shows its progress on standard error.
func TestCheckRendersASample(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "medicines.json")
	write(t, path, many(300, largeFile, nil))
	s := startSite(t, "CATALOGUE="+path)

	o := s.command("check").exits(exitDone)
	sample := atoi(t, o.says(`^ok    pages \((\d+) rendered\)\n      a sample of \d+, with \d+ searches, baskets and other listings: --all renders every one$`))
	total := atoi(t, o.says(`^      a sample of (\d+), with `))
	if sample < 20 || 5*sample > total {
		t.Errorf("a sample of %d of %d pages", sample, total)
	}
	if !strings.HasPrefix(o.stderr, "check: reading the catalogue\ncheck: looking for mistakes\ncheck: indexing the catalogue\npages: ") {
		t.Errorf("standard error does not begin with the stages:\n%s", o.stderr)
	}
	progress := regexp.MustCompile(`(?m)^(check|pages): .*\n`)
	if rest := progress.ReplaceAllString(o.stderr, ""); rest != "" || progress.MatchString(o.stdout) {
		t.Errorf("standard error: %q\nstandard output: %q", rest, o.stdout)
	}

	o = s.command("check", "--all").exits(exitDone)
	if all := atoi(t, o.says(`^ok    pages \((\d+) rendered\)$`)); all != total || strings.Contains(o.stdout, "--all") {
		t.Errorf("%d of %d pages with --all:\n%s", all, total, o.stdout)
	}
	o.complains(`^pages: \d+ of \d+$`)
	o = s.command("warm-cache").exits(exitDone)
	if warmed := atoi(t, o.says(`: (\d+) pages rendered, `)) + atoi(t, o.says(` (\d+) already warm`)); warmed != total {
		t.Errorf("warm-cache renders %d pages, check --all %d", warmed, total)
	}

	o = s.command("check", "--json").exits(exitDone)
	if !json.Valid([]byte(o.stdout)) || !strings.Contains(o.stdout, fmt.Sprintf(`"detail": "(%d rendered)"`, sample)) {
		t.Errorf("standard output with --json: %s", o.stdout)
	}
	o.complains(`^check: reading the catalogue$`)
}

// A fault of a template that only one medicine of many shows, or only a search, a
// basket or a late page, fails the check.
func TestCheckFindsWhatOneMedicineShows(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	variant := func(g object) object { return g["variants"].([]object)[1] }
	catalogue := many(300, 0, func(groups []object) {
		groups[133]["synonyms"] = []string{"a1", "a2", "a3"}
		groups[141]["name"].(object)["fa"] = strings.Repeat("دارو ", 20)
		variant(groups[152])["expiry"] = "2020-01"
		variant(groups[163])["class"] = "controlled"
		variant(groups[174])["price"] = nil
		delete(variant(groups[185]), "strength")
		var variants []object
		for j := range 150 {
			variants = append(variants, object{"id": fmt.Sprintf("many-%d", j), "class": "general"})
		}
		groups[196]["variants"] = variants
	})
	for name, test := range map[string]struct{ file, after, when, page string }{
		"nothing":             {"pages/medicine.html", "<h1>", "false", ""},
		"synonyms":            {"pages/medicine.html", "<h1>", "gt (len .Synonyms) 2", "/en/medicines/m133"},
		"longest name":        {"pages/medicine.html", "<h1>", "gt (len .Name) 100", "/fa/medicines/m141"},
		"expired on a card":   {"partials/card.html", "<h3>", ".Expiry.Expired", "/tr/medicines?group=m152"},
		"class":               {"partials/variants.html", `<tr id="{{.ID}}">`, `eq .Class.ID "controlled"`, "/ar/medicines/m163"},
		"price":               {"partials/variants.html", `<tr id="{{.ID}}">`, `not .Price`, "/en/medicines/m174"},
		"strength":            {"partials/card.html", "<h3>", `not .Strength.Text`, "/en/medicines?group=m185"},
		"second page":         {"partials/pagination.html", "<nav", `and .Previous (not .Next)`, "/en/medicines/m196?page=2"},
		"nothing is found":    {"partials/empty.html", "<h2>", `.Query`, "/en/medicines?q=qqqqqq"},
		"problem in a basket": {"partials/basket.html", "<tbody>", `(index .Lines 0).Problem`, "/en/cart"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(filepath.Join(dir, "templates"), os.DirFS(filepath.Join("..", "..", "templates"))); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "medicines.json"), catalogue)
			path := filepath.Join(dir, "templates", test.file)
			content, err := os.ReadFile(path)
			if err != nil || !strings.Contains(string(content), test.after) {
				t.Fatalf("%s has no %q: %v", path, test.after, err)
			}
			write(t, path, strings.Replace(string(content), test.after, "{{if "+test.when+"}}{{.NoSuchField}}{{end}}"+test.after, 1))
			cmd := exec.Command("pharmacy", "check", "--debug", "--catalogue", "medicines.json")
			cmd.Dir, cmd.Env = dir, []string{"GORACE=" + quickExit}
			out, _ := cmd.CombinedOutput() // the exit code is checked
			switch code := cmd.ProcessState.ExitCode(); {
			case test.page == "" && code == exitDone:
			case code == exitFailed && strings.Contains(string(out), "FAIL  pages: "+test.page) && strings.Contains(string(out), "NoSuchField"):
			default:
				t.Errorf("exit code %d, want a fault of %q\n%s", code, test.page, out)
			}
		})
	}
}

// Warnings are counted, and not the lines about them.
func TestCheckCountsAllWarnings(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "medicines.json")
	write(t, path, many(300, 0, func(groups []map[string]any) {
		for _, g := range groups {
			for _, v := range g["variants"].([]map[string]any) {
				v["strength"] = strings.ReplaceAll(v["strength"].(string), " ", "")
			}
		}
	}))
	o := pharmacy(t, []string{"CATALOGUE=" + path}, "check").exits(exitDone)
	o.says(`^      … and 1001 more: --json lists 401 of all 1201, some of every rule$`)
	o.says(`^ok    catalogue .*, 1201 warnings$`)
	if strings.Contains(o.stdout, "more of this rule") {
		t.Error(o.stdout)
	}
	pharmacy(t, []string{"CATALOGUE=" + path}, "check", "--json").exits(exitDone).says(`^  "warnings": 1201,$`)
}

// A signal ends a check at once, whatever it is doing, and is not the fault of a
// page.
func TestCheckEndsOnASignal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "medicines.json")
	write(t, path, many(4000, largeFile, nil))
	for _, test := range []struct{ stage, check string }{
		{"check: reading the catalogue", "catalogue"}, {"check: looking for mistakes", "catalogue"},
		{"check: indexing the catalogue", "pages"}, {"pages: ", "pages"},
	} {
		t.Run(test.stage, func(t *testing.T) {
			cmd := exec.Command("pharmacy", "check", "--all", "--catalogue", path)
			cmd.Env = []string{"GORACE=" + quickExit}
			var stdout bytes.Buffer
			cmd.Stdout = &stdout
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(stderr)
			for lines.Scan() && !strings.HasPrefix(lines.Text(), test.stage) {
			}
			start := time.Now()
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			var last string
			for lines.Scan() {
				last = lines.Text()
			}
			_ = cmd.Wait() // the exit code is checked
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it ended after %s", took)
			}
			if last != "pharmacy: check: interrupt signal received" || cmd.ProcessState.ExitCode() != exitFailed {
				t.Errorf("%s: %s", cmd.ProcessState, last)
			}
			if match(t, "check", stdout.String(), `^FAIL  (.*: interrupt signal received)$`); strings.Count(stdout.String(), "FAIL") != 1 || !strings.Contains(stdout.String(), "FAIL  "+test.check+": interrupt") {
				t.Error(stdout.String())
			}
		})
	}
}
