package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"pharmacy/internal/cache"
)

// patience is the timeout of one Redis command when an operator waits for it. It
// is longer than that of a page request.
const patience = 5 * time.Second

func newClearCache(a *app) *cobra.Command {
	var medicines, all bool
	cmd := &cobra.Command{
		Use:   "clear-cache",
		Short: "Clear the caches; baskets and sessions stay",
		Long: `Clear the caches in every process. No cleared entry is served again.

Without a flag, or with --medicines, that is the catalogue's data, the pages
and the fragments; with --all it is every cache of the application. Sessions
are not cache and are never cleared.

With REDIS_URL the shared caches are cleared and every running server is
notified. Without it the caches live in the server, which clears them on a
request to its operations listener.`,
		Example: `  pharmacy clear-cache
  pharmacy clear-cache --all
  REDIS_URL=redis://127.0.0.1:6379/0 pharmacy clear-cache --all`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			if medicines && all {
				return errors.New("clear-cache: give --medicines or --all, not both")
			}
			scope := cache.Medicines
			if all {
				scope = cache.All
			}
			cleared, where, err := a.clear(cmd.Context(), c, scope, all)
			for _, r := range cleared.Removed {
				fmt.Fprintf(a.stdout, "%-12s %d removed\n", r.Prefix+"*", r.Keys)
			}
			if err != nil {
				return failed("clear-cache: %w", err)
			}
			fmt.Fprintf(a.stdout, "Cleared %s. Baskets and sessions were kept.\n", where)
			return nil
		},
	}
	cmd.Flags().BoolVar(&medicines, "medicines", false, "catalogue data, pages and fragments (the default)")
	cmd.Flags().BoolVar(&all, "all", false, "every cache of the application")
	return cmd
}

// clear clears the caches in Redis or, without one, in the running server. where
// names what it has cleared.
func (a *app) clear(ctx context.Context, c *config, scope cache.Scope, all bool) (cleared cache.Cleared, where string, err error) {
	if c.RedisURL.raw == "" {
		path := "/cache/clear?scope=medicines"
		if all {
			path = "/cache/clear?scope=all"
		}
		body, addr, err := a.ask(ctx, c, "POST", path)
		if err != nil {
			return cleared, "", err
		}
		defer body.Close()
		err = json.NewDecoder(body).Decode(&cleared)
		return cleared, "the running server at " + addr, err
	}
	client, err := patientClient(c.RedisURL.raw)
	if err != nil {
		return cleared, "", err
	}
	defer client.Close()
	// cache.New subscribes this process too, so count before it.
	servers, err := cache.Subscribers(ctx, client)
	if err != nil {
		return cleared, "", fmt.Errorf("cannot reach Redis at %s, nothing was cleared: %w", c.RedisURL, err)
	}
	shared, err := cache.New(cache.Options{Redis: client})
	if err != nil {
		return cleared, "", err
	}
	defer shared.Close()
	bar := a.progress("clearing")
	cleared, err = shared.Clear(ctx, scope, func(scanned, _ int64) { bar.set(scanned, 0) })
	bar.finish()
	return cleared, fmt.Sprintf("%s; %s notified", c.RedisURL, count(servers, "running server")), err
}

// count formats n things, such as "1 page" or "2 pages".
func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// patientClient returns a client whose timeouts are patience.
func patientClient(url string) (redis.UniversalClient, error) {
	o, err := cache.ParseURL(url)
	if err != nil {
		return nil, err
	}
	o.ReadTimeout, o.WriteTimeout, o.DialTimeout = patience, patience, patience
	return redis.NewUniversalClient(o), nil
}
