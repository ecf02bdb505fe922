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

// patience is how long an operator's command waits for Redis to do one
// thing. Visitors do not wait on it.
const patience = 5 * time.Second

func newClearCache(a *app) *cobra.Command {
	var medicines, all bool
	cmd := &cobra.Command{
		Use:   "clear-cache",
		Short: "Clear the caches; baskets and sessions stay",
		Long: `Clear what is cached, everywhere: no process serves it again.

Without a flag, or with --medicines, that is the catalogue's data, the pages
and the fragments; with --all it is every cache of the application. Sessions
are not cache and are never touched.

With REDIS_URL the shared caches are cleared and every running server is
told. Without, the caches live in the server, which is asked to clear them
through its operations listener.`,
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
			fmt.Fprintf(a.stdout, "Cleared %s. Baskets and sessions were left alone.\n", where)
			return nil
		},
	}
	cmd.Flags().BoolVar(&medicines, "medicines", false, "catalogue data, pages and fragments (the default)")
	cmd.Flags().BoolVar(&all, "all", false, "every cache of the application")
	return cmd
}

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
	shared, client, err := a.sharedCache(c)
	if err != nil {
		return cleared, "", err
	}
	defer client.Close()
	defer shared.Close()
	bar := a.progress("clearing")
	cleared, err = shared.Clear(ctx, scope, func(looked, _ int64) { bar.set(looked, looked) })
	bar.finish()
	// This process listens as well.
	where = fmt.Sprintf("%s; %s told", c.RedisURL, count(max(0, cleared.Told-1), "running server"))
	return cleared, where, err
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// sharedCache connects to Redis for an operator's command.
func (a *app) sharedCache(c *config) (*cache.Cache, redis.UniversalClient, error) {
	client, err := a.patientClient(c.RedisURL)
	if err != nil {
		return nil, nil, err
	}
	shared, err := cache.New(cache.Options{Redis: client})
	if err != nil {
		client.Close()
		return nil, nil, err
	}
	return shared, client, nil
}

// patientClient makes a client that waits longer than a page may.
func (a *app) patientClient(u redisURL) (redis.UniversalClient, error) {
	o, err := cache.ParseURL(u.raw)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	o.ReadTimeout, o.WriteTimeout, o.DialTimeout = patience, patience, patience
	return redis.NewUniversalClient(o), nil
}
