package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"pharmacy/data"
	"pharmacy/internal/cache"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/catalogue/lint"
	"pharmacy/internal/render"
)

func newCheck(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check everything before a deployment",
		Long: `Check the configuration, the catalogue, the templates against their data,
and Redis, if one is set, by setting, reading, expiring and deleting a key.

Each fault of the catalogue is reported with its place in the file. A file with
errors is not used. A warning points out what looks wrong, such as a misread
unit, a missing language or class, a name that is easily confused with another,
or a price out of line with similar ones.

Exits with 1 if a check fails. Warnings are not failures.`,
		Example: `  pharmacy check
  pharmacy check --catalogue medicines.json
  pharmacy check --catalogue medicines.json --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := &report{out: a.stdout, Checks: []checked{}, Faults: []fileFault{}}
			if asJSON {
				r.out = io.Discard
			}
			a.check(cmd.Context(), r)
			if asJSON {
				r.OK = !r.wrong
				e := json.NewEncoder(a.stdout)
				e.SetIndent("", "  ")
				e.SetEscapeHTML(false)
				if err := e.Encode(r); err != nil {
					return failed("check: %w", err)
				}
			}
			if r.wrong {
				return failed("check: some checks failed")
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// report is the result of check. It is written line by line during the check,
// or, with --json, as one object at the end.
type report struct {
	OK       bool        `json:"ok"`
	Errors   int         `json:"errors"`   // in the catalogue
	Warnings int         `json:"warnings"` // in the catalogue
	Checks   []checked   `json:"checks"`
	Faults   []fileFault `json:"faults"`

	out   io.Writer
	wrong bool
}

// checked is the result of one check.
type checked struct {
	Check  string   `json:"check"`
	OK     bool     `json:"ok"`
	Detail string   `json:"detail,omitempty"`
	Errors []string `json:"errors,omitempty"`
}

// fileFault is a fault of a catalogue file. File is "embedded" for the embedded
// catalogue.
type fileFault struct {
	File string `json:"file"`
	catfile.Fault
}

// add records and prints the result of a check. It reports whether err is nil.
func (r *report) add(what string, err error, note string) bool {
	c := checked{Check: what, OK: err == nil}
	if err == nil {
		c.Detail = note
		if note != "" {
			note = " " + note
		}
		fmt.Fprintf(r.out, "ok    %s%s\n", what, note)
	} else {
		r.wrong = true
		for _, line := range lines(err) {
			c.Errors = append(c.Errors, line)
			fmt.Fprintf(r.out, "FAIL  %s: %s\n", what, line)
		}
	}
	r.Checks = append(r.Checks, c)
	return err == nil
}

// check runs all checks and adds their results to r. A failed check does not end
// it, unless the following ones depend on it.
func (a *app) check(ctx context.Context, r *report) {
	c, err := a.config()
	if !r.add("configuration", err, "") {
		return
	}
	usable := checkCatalogue(c, r)
	switch {
	case c.RedisURL.raw != "":
		r.add("redis", a.checkRedis(ctx, c.RedisURL), c.RedisURL.String())
	case c.SessionRedisURL.raw != "":
		r.add("redis", nil, "(none set: caches live in the server)")
	default:
		r.add("redis", nil, "(none set: caches and sessions live in the server)")
	}
	if c.SessionRedisURL != c.RedisURL {
		r.add("redis for sessions", a.checkRedis(ctx, c.SessionRedisURL), c.SessionRedisURL.String())
	}
	if usable {
		pages, err := checkPages(ctx, c)
		r.add("pages", err, fmt.Sprintf("(%d rendered)", pages))
	}
}

// maxFaultsShown bounds the printed list of a file's errors, and that of its
// warnings. JSON has all of them.
const maxFaultsShown = 200

// checkCatalogue checks the catalogue and reports whether it can be used.
func checkCatalogue(c *config, r *report) (usable bool) {
	name, content := "embedded", data.Medicines
	var now time.Time // the embedded catalogue is used whatever the clock says
	if c.Catalogue != "" {
		name, now = c.Catalogue, time.Now()
		var err error
		if content, err = os.ReadFile(c.Catalogue); err != nil {
			return r.add("catalogue", err, "")
		}
	}
	parsed, faults, err := lint.Check(content, now, lint.Words{
		Form: func(form string) bool { return render.FormNames(form) != nil },
		Unit: render.KnownUnit, Forms: forms(), Units: units(), Substances: searchWords().Substances,
	})
	for _, f := range faults {
		r.Faults = append(r.Faults, fileFault{name, f})
	}
	r.Errors = r.list(catfile.Error)
	r.Warnings = r.list(catfile.Warning)
	if err != nil {
		return r.add("catalogue", fmt.Errorf("%s has %s", name, count(int64(r.Errors), "fault")), "")
	}
	variants := 0
	for i := range parsed.Groups {
		variants += len(parsed.Groups[i].Variants)
	}
	return r.add("catalogue", nil, fmt.Sprintf("%s: %d categories, %d medicines, %d variants, %s",
		name, len(parsed.Categories), len(parsed.Groups), variants, count(int64(r.Warnings), "warning")))
}

// list prints the faults of one severity and returns their number.
func (r *report) list(severity catfile.Severity) int {
	n := 0
	for _, f := range r.Faults {
		if f.Severity != severity {
			continue
		}
		if n == 0 {
			fmt.Fprintf(r.out, "%ss:\n", severity)
		}
		if n++; n <= maxFaultsShown {
			fmt.Fprintf(r.out, "      %s:%s\n", f.File, f.Fault)
		}
	}
	if n > maxFaultsShown {
		fmt.Fprintf(r.out, "      … and %d more: --json lists all\n", n-maxFaultsShown)
	}
	return n
}

// checkRedis checks that a Redis can do what a cache needs.
func (a *app) checkRedis(ctx context.Context, u redisURL) error {
	client, err := patientClient(u.raw)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	return cache.Probe(ctx, client)
}

// checkPages renders every canonical page in every language and returns their
// number. It finds templates that do not match their data.
func checkPages(ctx context.Context, c *config) (int, error) {
	local := *c
	local.RedisURL, local.SessionRedisURL = redisURL{}, redisURL{}
	local.Debug = false // warming needs a cache
	// The pages are discarded, but a page that does not fit would be a failure.
	s, err := newShop(&local, slog.New(slog.DiscardHandler), max(int64(c.CacheMemory), 64<<20), nil)
	if err != nil {
		return 0, err
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	var errs []error
	result, err := s.warm(ctx, func(p warmProgress) {
		if p.Error != "" && len(errs) < 20 {
			errs = append(errs, fmt.Errorf("%s: %s", p.Path, p.Error))
		}
	})
	return result.Made + result.Found, errors.Join(append(errs, err)...)
}
