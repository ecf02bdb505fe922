package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"pharmacy/data"
	"pharmacy/internal/cache"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/catalogue/lint"
	"pharmacy/internal/pagecache"
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
	"pharmacy/internal/storefront"
)

func newCheck(a *app) *cobra.Command {
	var asJSON, all bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check everything before a deployment",
		Long: `Check the configuration, the catalogue, the templates against their data,
and Redis, if one is set, by setting, reading, expiring and deleting a key.

Each fault of the catalogue is reported with its place in the file. A file with
errors is not used. A warning points out what looks wrong, such as a misread
unit, a missing language or class, a name that is easily confused with another,
or a price out of line with similar ones.

Of a large catalogue a sample of pages is rendered: each kind of page in every
language, with the extremes of the catalogue, such as the most variants and the
longest names, and each state of its data, such as a missing price or an expired
pack. --all renders every page that warm-cache renders, and indexes the whole
catalogue for searches; that takes a minute or more for 20,000 medicines. In debug
mode the templates are those of the working directory.

Exits with 1 if a check fails. Warnings are not failures.`,
		Example: `  pharmacy check
  pharmacy check --catalogue medicines.json
  pharmacy check --catalogue medicines.json --all
  pharmacy check --catalogue medicines.json --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := &report{out: a.stdout, Checks: []checked{}, Faults: []fileFault{}}
			if asJSON {
				r.out = io.Discard
			}
			a.check(cmd.Context(), r, all)
			if asJSON {
				r.OK = !r.wrong
				e := json.NewEncoder(a.stdout)
				e.SetIndent("", "  ")
				e.SetEscapeHTML(false)
				if err := e.Encode(r); err != nil {
					return failed("check: %w", err)
				}
			}
			if err := context.Cause(cmd.Context()); err != nil {
				return failed("check: %w", err)
			}
			if r.wrong {
				return failed("check: some checks failed")
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "render every canonical page")
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
// it, unless the following ones depend on it; the end of ctx does. all makes it render every canonical
// page.
func (a *app) check(ctx context.Context, r *report, all bool) {
	c, err := a.config()
	if !r.add("configuration", err, "") {
		return
	}
	parsed, large := a.checkCatalogue(ctx, c, r)
	if ctx.Err() != nil {
		return
	}
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
	if parsed != nil && ctx.Err() == nil {
		n, err := await(ctx, func() (pageCounts, error) { return a.checkPages(ctx, c, parsed, large, all) })
		if r.add("pages", err, fmt.Sprintf("(%d rendered)", n.rendered)) && n.rendered < n.of {
			fmt.Fprintf(r.out, "      a sample of %d, with %d searches, baskets and other listings: --all renders every one\n", n.of, n.others)
		}
	}
}

const (
	// maxFaultsShown bounds the printed list of a file's errors, and that of
	// its warnings. JSON has more of them.
	maxFaultsShown = 200
	// maxPagesShown bounds the list of pages that cannot be rendered.
	maxPagesShown = 20
	// largeFile is the size of a catalogue file, in bytes, and largeSite the
	// number of pages, from which on check takes seconds.
	largeFile = 1 << 20
	largeSite = 1000
	// smallSite is the number of canonical pages up to which all are rendered.
	smallSite = 200
)

// checkCatalogue checks the catalogue and returns it, or nil if it cannot be
// used. large reports whether its file is.
func (a *app) checkCatalogue(ctx context.Context, c *config, r *report) (_ *catalogue.Catalogue, large bool) {
	name, content := "embedded", data.Medicines
	var now time.Time // the embedded catalogue is used whatever the clock says
	if path := catalogueFile(c); path != "" {
		name, now = path, time.Now()
		var err error
		if content, err = readFile(ctx, path); err != nil {
			r.add("catalogue", err, "")
			return nil, false
		}
	}
	large = len(content) >= largeFile
	bar := a.progress("check").quietUnless(large)
	bar.begin("reading the catalogue", 0, 2)
	document, cause := await(ctx, func() (*catfile.Document, error) { return catfile.ReadDocument(content, now), nil })
	var faults []catfile.Fault
	var err error
	if cause == nil {
		bar.begin("looking for mistakes", 1, 2)
		faults, cause = await(ctx, func() (faults []catfile.Fault, _ error) {
			faults, err = lint.CheckDocument(document, lint.Words{
				Form: func(form string) bool { return render.FormNames(form) != nil },
				Unit: render.KnownUnit, Forms: forms(), Units: units(), Substances: searchWords().Substances,
			})
			return faults, nil
		})
	}
	bar.set(2, 2)
	bar.finish()
	if cause != nil {
		r.add("catalogue", cause, "")
		return nil, large
	}
	for _, f := range faults {
		r.Faults = append(r.Faults, fileFault{name, f})
	}
	r.Errors = r.list(catfile.Error)
	r.Warnings = r.list(catfile.Warning)
	if err != nil {
		r.add("catalogue", fmt.Errorf("%s has %s", name, count(int64(r.Errors), "fault")), "")
		return nil, large
	}
	parsed, variants := document.Catalogue, 0
	for i := range parsed.Groups {
		variants += len(parsed.Groups[i].Variants)
	}
	r.add("catalogue", nil, fmt.Sprintf("%s: %d categories, %d medicines, %d variants, %s",
		name, len(parsed.Categories), len(parsed.Groups), variants, count(int64(r.Warnings), "warning")))
	return parsed, large
}

// list prints the faults of one severity and returns their number, which counts
// those that the check does not list, too.
func (r *report) list(severity catfile.Severity) int {
	n, listed := 0, 0
	for _, f := range r.Faults {
		if f.Severity != severity {
			continue
		}
		if n == 0 {
			fmt.Fprintf(r.out, "%ss:\n", severity)
		}
		if n += f.Count(); f.More > 0 {
			continue // it says how many there are, as the last line does
		}
		if listed++; listed <= maxFaultsShown {
			fmt.Fprintf(r.out, "      %s:%s\n", f.File, f.Fault)
		}
	}
	switch more := n - min(listed, maxFaultsShown); {
	case more == 0:
	case listed < n:
		fmt.Fprintf(r.out, "      … and %d more: --json lists %d of all %d, some of every rule\n", more, listed, n)
	default:
		fmt.Fprintf(r.out, "      … and %d more: --json lists all\n", more)
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
	err = cache.Probe(ctx, client)
	if parent := context.Cause(ctx); parent != nil && errors.Is(err, context.Canceled) {
		return parent
	}
	return err
}

// pageCounts counts canonical pages, and the other answers that were rendered.
type pageCounts struct{ rendered, of, others int }

// checkPages renders a sample of the pages or, with all, every canonical page. It
// finds templates that do not match their data.
func (a *app) checkPages(ctx context.Context, c *config, parsed *catalogue.Catalogue, large, all bool) (n pageCounts, err error) {
	bar := a.progress("check").quietUnless(large)
	bar.begin("indexing the catalogue", 0, 1)
	day := catalogue.DayOf(time.Now())
	choice := storefront.Choose(parsed, day)
	options := shelf.Options{Words: searchWords()}
	if large && !all {
		options.Indexed = choice.Has // only those are searched for
	}
	snap := shelf.NewSnapshot(parsed, day, options)
	local := *c
	local.RedisURL, local.SessionRedisURL = redisURL{}, redisURL{}
	s, err := newShop(&local, slog.New(slog.DiscardHandler), fragmentMemory, nil, snap)
	bar.set(1, 1)
	bar.finish()
	if err != nil {
		return n, err
	}
	defer s.close()
	every, of := s.front.Plans(snap)
	pages, others := s.front.Sample(snap, choice)
	if all || of <= smallSite {
		pages = slices.AppendSeq(make([]pagecache.Plan, 0, of), every)
	}
	n = pageCounts{rendered: len(pages), of: of, others: len(others)}
	pages = append(pages, others...)
	bar = a.progress("pages").quietUnless(large || len(pages) >= largeSite)
	defer bar.finish()
	var failed []string
	tried := 0
	err = s.front.Try(ctx, slices.Values(pages), runtime.GOMAXPROCS(0), func(plan pagecache.Plan, err error) {
		if tried++; err != nil {
			failed = append(failed, fmt.Sprintf("%s: %v", plan.Address(), err))
		}
		bar.set(int64(tried), int64(len(pages)))
	})
	slices.Sort(failed)
	var errs []error
	for i, text := range failed {
		if i == maxPagesShown {
			errs = append(errs, fmt.Errorf("… and %d more", len(failed)-i))
			break
		}
		errs = append(errs, errors.New(text))
	}
	return n, errors.Join(append(errs, err)...)
}

// fragmentMemory is the memory for the fragments of the pages, in bytes.
const fragmentMemory = 64 << 20
