package cache

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// The time limits of one Redis command. A cache that takes longer than a
// page costs to make is no cache.
const (
	dialTimeout    = 200 * time.Millisecond
	commandTimeout = 150 * time.Millisecond
	poolTimeout    = 200 * time.Millisecond
)

// ErrURL is wrapped by what Connect says of an address that it cannot use.
var ErrURL = errors.New("not a usable Redis address")

// ParseURL reads a redis://, rediss:// or unix:// address. Several addr=
// parameters make it a cluster's. An address without time limits of its own
// gets those of this package.
func ParseURL(raw string) (*redis.UniversalOptions, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: it cannot be parsed", ErrURL) // err would repeat a password
	}
	switch u.Scheme {
	case "redis", "rediss":
		if u.Query().Has("addr") {
			return parseCluster(raw)
		}
	case "unix":
	default:
		return nil, fmt.Errorf("%w: scheme %q; use redis://, rediss:// or unix://", ErrURL, u.Scheme)
	}
	o, err := redis.ParseURL(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrURL, scrub(err))
	}
	if o.Network != "unix" {
		if err := checkPorts(o.Addr); err != nil {
			return nil, err
		}
	}
	// NewUniversalClient knows the network only by the look of the address.
	uo := &redis.UniversalOptions{
		Addrs: []string{o.Addr}, DB: o.DB, Username: o.Username, Password: o.Password,
		TLSConfig: o.TLSConfig, PoolSize: o.PoolSize, ClientName: o.ClientName, Protocol: o.Protocol,
		DialTimeout: o.DialTimeout, ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout, PoolTimeout: o.PoolTimeout,
	}
	return tune(uo), nil
}

func parseCluster(raw string) (*redis.UniversalOptions, error) {
	o, err := redis.ParseClusterURL(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrURL, scrub(err))
	}
	if err := checkPorts(o.Addrs...); err != nil {
		return nil, err
	}
	return tune(&redis.UniversalOptions{
		Addrs: o.Addrs, IsClusterMode: true, Username: o.Username, Password: o.Password,
		TLSConfig: o.TLSConfig, PoolSize: o.PoolSize, ClientName: o.ClientName, Protocol: o.Protocol,
		DialTimeout: o.DialTimeout, ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout, PoolTimeout: o.PoolTimeout,
	}), nil
}

// checkPorts refuses what go-redis would find out with every dial.
func checkPorts(addrs ...string) error {
	for _, addr := range addrs {
		_, port, err := net.SplitHostPort(addr)
		if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 {
			return fmt.Errorf("%w: port %q is not a number from 1 to 65535", ErrURL, port)
		}
	}
	return nil
}

// scrub keeps an address, which may hold a password, out of a message.
func scrub(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// tune sets what go-redis would set for a database: long time limits,
// retries, and commands at connect that older servers refuse.
func tune(o *redis.UniversalOptions) *redis.UniversalOptions {
	limit := func(d *time.Duration, ours time.Duration) {
		if *d == 0 {
			*d = ours
		}
	}
	limit(&o.DialTimeout, dialTimeout)
	limit(&o.ReadTimeout, commandTimeout)
	limit(&o.WriteTimeout, commandTimeout)
	limit(&o.PoolTimeout, poolTimeout)
	o.MaxRetries = -1
	o.DialerRetries = 1
	o.ContextTimeoutEnabled = true
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o
}

// Connect returns a client for an address that ParseURL accepts. It does not
// wait for an answer.
func Connect(raw string) (redis.UniversalClient, error) {
	o, err := ParseURL(raw)
	if err != nil {
		return nil, err
	}
	return redis.NewUniversalClient(o), nil
}

// Probe sets, reads, lets expire and deletes a key of its own, as a check
// before a deployment.
func Probe(ctx context.Context, client redis.UniversalClient) error {
	key := fmt.Sprintf("cache:lock:check-%d", time.Now().UnixNano())
	steps := []struct {
		name string
		do   func() error
	}{
		{"set", func() error { return client.Set(ctx, key, "1", time.Minute).Err() }},
		{"get", func() error { return client.Get(ctx, key).Err() }},
		{"expire", func() error {
			if err := client.PExpire(ctx, key, 20*time.Millisecond).Err(); err != nil {
				return err
			}
			for ctx.Err() == nil {
				n, err := client.Exists(ctx, key).Result()
				if err != nil || n == 0 {
					return err
				}
				select {
				case <-ctx.Done():
				case <-time.After(10 * time.Millisecond):
				}
			}
			return ctx.Err()
		}},
		{"delete", func() error {
			if err := client.Set(ctx, key, "1", time.Minute).Err(); err != nil {
				return err
			}
			n, err := client.Del(ctx, key).Result()
			if err == nil && n != 1 {
				err = errors.New("the key was not there")
			}
			return err
		}},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}
