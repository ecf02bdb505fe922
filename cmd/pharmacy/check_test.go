package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
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
