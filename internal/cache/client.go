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

// The timeouts of one Redis command. They are short, because a cache is of no
// use if it takes longer than rendering the page.
const (
	dialTimeout    = 200 * time.Millisecond
	commandTimeout = 150 * time.Millisecond
	poolTimeout    = 200 * time.Millisecond
)

// ParseURL parses a redis://, rediss:// or unix:// address. With addr=
// parameters it is the address of a cluster. Timeouts that the address does
// not set get this package's defaults. Errors do not contain the password.
func ParseURL(raw string) (*redis.UniversalOptions, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("invalid Redis address: not a URL") // err would contain a password
	}
	switch u.Scheme {
	case "redis", "rediss":
		if u.Query().Has("addr") {
			return parseCluster(raw)
		}
	case "unix":
	default:
		return nil, fmt.Errorf("invalid Redis address: unknown scheme %q; use redis://, rediss:// or unix://", u.Scheme)
	}
	o, err := redis.ParseURL(raw)
	if err != nil {
		return nil, fmt.Errorf("invalid Redis address: %w", scrub(err))
	}
	if o.Network != "unix" {
		if err := checkPorts(o.Addr); err != nil {
			return nil, err
		}
	}
	// NewUniversalClient infers the network from the form of the address.
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
		return nil, fmt.Errorf("invalid Redis address: %w", scrub(err))
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

// checkPorts returns an error if an address has an invalid port, which go-redis
// would report only on every dial.
func checkPorts(addrs ...string) error {
	for _, addr := range addrs {
		_, port, err := net.SplitHostPort(addr)
		if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 {
			return fmt.Errorf("invalid Redis address: port %q is not a number from 1 to 65535", port)
		}
	}
	return nil
}

// scrub returns err without the address, which may contain a password.
func scrub(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// tune replaces defaults of go-redis that suit a database and not a cache: long
// timeouts, retries, and commands on connect that older servers reject.
func tune(o *redis.UniversalOptions) *redis.UniversalOptions {
	limit := func(d *time.Duration, timeout time.Duration) {
		if *d == 0 {
			*d = timeout
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
// dial.
func Connect(raw string) (redis.UniversalClient, error) {
	o, err := ParseURL(raw)
	if err != nil {
		return nil, err
	}
	return redis.NewUniversalClient(o), nil
}

// Probe checks that Redis can set, get, expire and delete a key. The error
// begins with the name of the step that failed.
func Probe(ctx context.Context, client redis.UniversalClient) error {
	key := fmt.Sprintf(lockPrefix+"check-%d", time.Now().UnixNano())
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
				err = errors.New("key not found")
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
