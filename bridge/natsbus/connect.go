package natsbus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	connectTimeout = 2 * time.Second
	// A server that is silent for two pings is gone.
	pingInterval = 10 * time.Second
	firstPause   = 100 * time.Millisecond
	longestPause = 10 * time.Second
)

// address is how to reach a server: over the network or inside the process.
type address struct {
	url         string
	inProcess   nats.InProcessConnProvider // instead of url
	credentials Credentials
	caFile      string
	name        string
}

func (a address) options() ([]nats.Option, error) {
	opts := []nats.Option{nats.Name(a.name), nats.Timeout(connectTimeout), nats.PingInterval(pingInterval)}
	if a.inProcess != nil {
		opts = append(opts, nats.InProcessServer(a.inProcess))
	}
	c := a.credentials
	if c.User != "" {
		opts = append(opts, nats.UserInfo(c.User, c.Password))
	}
	if c.Token != "" {
		opts = append(opts, nats.Token(c.Token))
	}
	if c.CredsFile != "" {
		if _, err := os.Stat(c.CredsFile); err != nil {
			return nil, fmt.Errorf("NATS credentials: %w", err)
		}
		opts = append(opts, nats.UserCredentials(c.CredsFile))
	}
	if c.NKeyFile != "" {
		o, err := nats.NkeyOptionFromSeed(c.NKeyFile)
		if err != nil {
			return nil, fmt.Errorf("NATS nkey: %w", err)
		}
		opts = append(opts, o)
	}
	if a.caFile != "" {
		if _, err := os.Stat(a.caFile); err != nil {
			return nil, fmt.Errorf("NATS certificate authority: %w", err)
		}
		opts = append(opts, nats.RootCAs(a.caFile))
	}
	return opts, nil
}

// connect tries until it succeeds, ctx ends, or the server says that trying again is no use.
func (a address) connect(ctx context.Context, log *slog.Logger, extra ...nats.Option) (*nats.Conn, error) {
	opts, err := a.options()
	if err != nil {
		return nil, err
	}
	opts = append(opts, extra...)
	var nc *nats.Conn
	err = persist(ctx, log, "connecting to NATS at "+a.hosts(), func() error {
		var err error
		nc, err = nats.Connect(a.url, opts...)
		return err
	}, hopeless)
	return nc, err
}

// hopeless tells faults of the configuration from a server that is not there yet.
func hopeless(err error) bool {
	var parse *url.Error
	return errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) || errors.Is(err, nats.ErrAuthRevoked) ||
		errors.Is(err, nats.ErrSecureConnRequired) || errors.Is(err, nats.ErrSecureConnWanted) || errors.As(err, &parse)
}

// persist calls try with growing, jittered pauses between, and says each time why.
func persist(ctx context.Context, log *slog.Logger, what string, try func() error, hopeless func(error) bool) error {
	for attempt := 1; ; attempt++ {
		err := try()
		switch {
		case err == nil:
			return nil
		case hopeless(err) || ctx.Err() != nil:
			return fmt.Errorf("%s: %w", what, err)
		}
		pause := backOff(attempt)
		log.Warn("failed, trying again", "what", what, "error", err, "attempt", attempt, "pause", pause)
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return fmt.Errorf("%s: %w (last: %w)", what, ctx.Err(), err)
		case <-t.C:
		}
	}
}

// backOff doubles from 100 ms up to 10 s, and takes off up to a quarter so that many
// gateways do not come back in step.
func backOff(attempt int) time.Duration {
	d := longestPause
	if attempt < 8 {
		d = min(firstPause<<max(attempt-1, 0), longestPause)
	}
	return d - rand.N(d/4)
}

// hosts names the servers without the user information that a URL may carry.
func (a address) hosts() string {
	if a.inProcess != nil {
		return "this process"
	}
	var hosts []string
	for s := range strings.SplitSeq(a.url, ",") {
		s = strings.TrimSpace(s)
		s = s[strings.LastIndexByte(s, '@')+1:]
		hosts = append(hosts, s)
	}
	return strings.Join(hosts, ",")
}
