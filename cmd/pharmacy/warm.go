package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
)

func newWarmCache(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "warm-cache",
		Short: "Fill the caches before visitors come",
		Long: `Publish the catalogue and render the canonical pages of every language, by the
same code that serves them. Nothing is cleared, and warm pages are skipped.

With REDIS_URL the shared caches are filled. Pages are cached for each release,
so a new release warms its pages while the old one still serves. Without
REDIS_URL the server warms its own caches on a request to its operations
listener.

Exits with 1 if any page could not be rendered and stored.`,
		Example: `  pharmacy warm-cache

  # Before a restart, only with a shared Redis:
  pharmacy check && pharmacy warm-cache && systemctl restart pharmacy

  # Without Redis, after the restart:
  pharmacy check && systemctl restart pharmacy && pharmacy warm-cache`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			start := time.Now()
			result, where, err := a.warm(cmd.Context(), c)
			if err == nil && result.Failed > 0 {
				err = fmt.Errorf("%d of %d pages failed", result.Failed, result.Total)
			}
			if err != nil {
				return failed("warm-cache: %w", err)
			}
			fmt.Fprintf(a.stdout, "Warmed %s: %d pages rendered, %d already warm, in %s.\n",
				where, result.Made, result.Found, time.Since(start).Round(time.Millisecond))
			return nil
		},
	}
}

// warm warms the caches in Redis or, without one, in the running server. where
// names what it has warmed.
func (a *app) warm(ctx context.Context, c *config) (result warmProgress, where string, err error) {
	if c.Debug {
		return result, "", errors.New("DEBUG is set: nothing is cached, so nothing can be warmed")
	}
	if c.RedisURL.raw == "" {
		return a.warmServer(ctx, c)
	}
	if err := ping(ctx, c.RedisURL); err != nil {
		return result, "", err
	}
	// Log lines would break the progress bar. The errors of pages are printed
	// by show.
	s, err := newShop(c, slog.New(slog.DiscardHandler), 0, patientClient, nil)
	if err != nil {
		return result, "", err
	}
	defer s.close()
	bar := a.progress("warming")
	result, err = s.warm(ctx, func(p warmProgress) { a.show(bar, p) })
	bar.finish()
	return result, c.RedisURL.String(), err
}

// ping returns an error if Redis cannot be reached, which would otherwise fail
// every page.
func ping(ctx context.Context, u redisURL) error {
	client, err := patientClient(u.raw)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("cannot reach Redis at %s: %w", u, err)
	}
	return nil
}

// warmServer makes the running server warm its caches, and shows the progress.
func (a *app) warmServer(ctx context.Context, c *config) (result warmProgress, where string, err error) {
	body, addr, err := a.ask(ctx, c, "POST", "/cache/warm")
	if err != nil {
		return result, "", err
	}
	defer body.Close()
	bar := a.progress("warming")
	defer bar.finish()
	for lines := json.NewDecoder(body); ; {
		var p warmProgress
		if err := lines.Decode(&p); errors.Is(err, io.EOF) {
			return result, "", errors.New("the server stopped before warming was done")
		} else if err != nil {
			return result, "", err
		}
		if p.Done {
			bar.set(int64(p.Looked), int64(p.Total))
			if p.Error != "" {
				return p, "", errors.New(p.Error)
			}
			return p, "the running server at " + addr, nil
		}
		a.show(bar, p)
	}
}

// show updates the bar and prints a line for a failed page.
func (a *app) show(bar *progress, p warmProgress) {
	bar.set(int64(p.Looked), int64(p.Total))
	if p.Error != "" {
		fmt.Fprintf(a.stderr, "%s: %s\n", p.Path, p.Error)
	}
}
