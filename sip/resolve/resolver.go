package resolve

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sync/singleflight"

	"tieline/sip/locate"
)

// Config is whom to ask. The zero Config asks whom /etc/resolv.conf names.
type Config struct {
	// Servers are asked in this order, for names as they stand. Empty: those of /etc/resolv.conf, with its search list.
	Servers []netip.AddrPort
	// Hosts gives the addresses that a name has on this very machine; none: DNS is asked. Default: the hosts file. It must
	// be safe for concurrent use.
	Hosts func(ctx context.Context, name string) []netip.Addr
	// Patience is how long a server is waited for before the next one is asked. Default: 1 s.
	Patience time.Duration
}

const (
	resolvConf = "/etc/resolv.conf"

	// forHosts is for how long the hosts file is believed.
	forHosts = time.Minute
)

// Resolver asks DNS. Make it with [New].
type Resolver struct {
	// settings
	cfg Config
	now func() time.Time

	// state
	group   singleflight.Group // by question
	mu      sync.Mutex         // held for a look into what follows
	cache   cache
	resting map[string]time.Time // servers that did not answer, until when they are asked last
}

// New returns a resolver that knows nothing yet.
func New(cfg Config) *Resolver {
	if cfg.Hosts == nil {
		cfg.Hosts = hostsFile
	}
	if cfg.Patience <= 0 {
		cfg.Patience = patience
	}
	return &Resolver{cfg: cfg, now: time.Now, cache: newCache(), resting: map[string]time.Time{}}
}

// Locate finds the ways to a target; see [locate.Locate]. A name is completed by the search list of /etc/resolv.conf.
func (r *Resolver) Locate(ctx context.Context, t locate.Target, able locate.Ability) (locate.Route, error) {
	find := func(q locate.Question) (locate.Answer, error) { return r.find(ctx, q) }
	if _, err := netip.ParseAddr(t.Host); err == nil {
		return locate.Locate(t, able, find)
	}
	if _, ok := dns.IsDomainName(t.Host); !ok {
		return locate.Route{}, fmt.Errorf("%q is no domain name: %w", t.Host, locate.ErrNotFound)
	}
	var first error
	for _, name := range r.names(ctx, t.Host) {
		t.Host = name
		route, err := locate.Locate(t, able, find)
		if err == nil || !errors.Is(err, locate.ErrNotFound) {
			return route, err
		}
		if first == nil {
			first = err
		}
	}
	return locate.Route{}, first
}

// names are what a name may mean, most likely first.
func (r *Resolver) names(ctx context.Context, name string) []string {
	if len(r.cfg.Servers) > 0 || isLocal(name) || len(r.cfg.Hosts(ctx, name)) > 0 {
		return []string{dns.Fqdn(name)}
	}
	return system().NameList(name)
}

// servers are those to ask, those that did not answer lately last.
func (r *Resolver) servers() []string {
	var all []string
	for _, s := range r.cfg.Servers {
		all = append(all, s.String())
	}
	if len(all) == 0 {
		all = addresses(system())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	var awake, resting []string
	for _, s := range all {
		if r.resting[s].After(now) {
			resting = append(resting, s)
		} else {
			awake = append(awake, s)
		}
	}
	return append(awake, resting...)
}

// find answers a question: from the cache, from the hosts file, or by asking.
func (r *Resolver) find(ctx context.Context, q locate.Question) (locate.Answer, error) {
	q.Name = strings.ToLower(dns.Fqdn(q.Name))
	if a, ok := r.local(ctx, q); ok {
		return a, nil
	}
	for {
		r.mu.Lock()
		a, fresh := r.cache.get(q, r.now())
		r.mu.Unlock()
		if fresh {
			return a, nil
		}
		v, err, shared := r.group.Do(q.String(), func() (any, error) { return r.ask(ctx, q) })
		if err == nil {
			return v.(locate.Answer), nil
		}
		if !shared || ctx.Err() != nil || !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
			return locate.Answer{}, err
		}
		// Whoever asked for all of us had no time left; we have.
	}
}

// ask asks DNS and remembers the answer. Without one it falls back on what was known before.
func (r *Resolver) ask(ctx context.Context, q locate.Question) (locate.Answer, error) {
	a, err := r.query(ctx, q)
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if err != nil {
		if old, ok := r.cache.stale(q, now); ok {
			return old, nil
		}
		return locate.Answer{}, err
	}
	r.cache.put(q, a, now)
	return a, nil
}

// rest puts a server behind the others for a while.
func (r *Resolver) rest(server string, silent bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.resting, server)
	if silent {
		r.resting[server] = r.now().Add(restFor)
	}
}
