package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"pharmacy/data"
	"pharmacy/internal/cache"
	"pharmacy/internal/catalogue"
)

func newCheck(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Try everything before a deployment",
		Long: `Check the configuration, the catalogue (each fault with its place in the
file), the templates against their data, and Redis, if one is set, by
setting, reading, expiring and deleting a key.

Exits with 1 if anything is wrong.`,
		Example: `  pharmacy check
  pharmacy check --catalogue medicines.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !a.check(cmd.Context()) {
				return failed("check: not everything is right")
			}
			return nil
		},
	}
}

// check tries what it can and reports all of it; one fault does not hide
// the next.
func (a *app) check(ctx context.Context) bool {
	fine := true
	report := func(what string, err error, note string) bool {
		if err == nil {
			fmt.Fprintf(a.stdout, "ok    %s%s\n", what, note)
			return true
		}
		fine = false
		for _, line := range lines(err) {
			fmt.Fprintf(a.stdout, "FAIL  %s: %s\n", what, line)
		}
		return false
	}
	c, err := a.config()
	if !report("configuration", err, "") {
		return false
	}
	usable := a.checkCatalogue(c, report)
	if c.RedisURL.raw == "" {
		report("redis", nil, " (none set: caches and sessions live in the server)")
	} else {
		report("redis", a.checkRedis(ctx, c.RedisURL), " "+c.RedisURL.String())
		if c.SessionRedisURL != c.RedisURL {
			report("redis for sessions", a.checkRedis(ctx, c.SessionRedisURL), " "+c.SessionRedisURL.String())
		}
	}
	if usable {
		pages, err := checkPages(ctx, c)
		report("pages", err, fmt.Sprintf(" (%d rendered)", pages))
	}
	return fine
}

// maxFaultsShown bounds the list of a file's faults.
const maxFaultsShown = 200

func (a *app) checkCatalogue(c *config, report func(string, error, string) bool) (usable bool) {
	name, content := "embedded", data.Medicines
	if c.Catalogue != "" {
		name = c.Catalogue
		var err error
		if content, err = os.ReadFile(c.Catalogue); err != nil {
			return report("catalogue", err, "")
		}
	}
	parsed, faults, err := catalogue.Parse(content)
	for i, f := range faults {
		if i == maxFaultsShown {
			fmt.Fprintf(a.stdout, "      … and %d more\n", len(faults)-i)
			break
		}
		fmt.Fprintf(a.stdout, "      %s:%s\n", name, f)
	}
	if err != nil {
		n := 0
		for _, f := range faults {
			if f.Severity == catalogue.Error {
				n++
			}
		}
		return report("catalogue", fmt.Errorf("%s has %s", name, count(int64(n), "fault")), "")
	}
	variants := 0
	for i := range parsed.Groups {
		variants += len(parsed.Groups[i].Variants)
	}
	return report("catalogue", nil, fmt.Sprintf(" %s: %d categories, %d medicines, %d variants, %s",
		name, len(parsed.Categories), len(parsed.Groups), variants, count(int64(len(faults)), "warning")))
}

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

// checkPages renders every canonical page in every language, without a
// cache, so that a template which does not fit its data is found here.
func checkPages(ctx context.Context, c *config) (int, error) {
	local := *c
	local.RedisURL, local.SessionRedisURL = redisURL{}, redisURL{}
	local.Debug = false // nothing is kept in debug mode, and warming demands it
	// The pages are thrown away, but the greatest of them must fit.
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
