package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"tieline/sip/locate"
	"tieline/sip/resolve"
	"tieline/sip/resolve/dnstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const records = `
	_sip._udp.example.com. 300 IN SRV 1 0 5070 a.example.com.
	_sip._udp.example.com. 300 IN SRV 2 0 5060 b.example.com.
	a.example.com. 60 IN A 192.0.2.1
	b.example.com. 600 IN A 192.0.2.2
	example.com. 3600 IN SOA ns.example.com. admin.example.com. 1 2 3 4 120
`

// bed is a resolver, the servers that it asks, and its clock.
type bed struct {
	t       *testing.T
	r       *resolve.Resolver
	servers []*dnstest.Server

	mu  sync.Mutex
	now time.Time
}

func newBed(t *testing.T, zones ...string) *bed {
	t.Helper()
	b := &bed{t: t, now: time.Unix(1e9, 0)}
	cfg := resolve.Config{Hosts: nobody, Patience: 100 * time.Millisecond}
	for _, zone := range zones {
		s, err := dnstest.Start("127.0.0.1:0", zone)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		b.servers = append(b.servers, s)
		cfg.Servers = append(cfg.Servers, s.Addr())
	}
	b.r = resolve.New(cfg)
	b.r.SetClock(func() time.Time {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.now
	})
	return b
}

func nobody(context.Context, string) []netip.Addr { return nil }

func (b *bed) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

var able = locate.Ability{Networks: []string{"udp", "tcp"}, IPv4: true}

// locate writes what is found: the addresses, for how long they are good, and what the servers were asked for it.
func (b *bed) locate(host string, port uint16) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 5*time.Second)
	defer cancel()
	r, err := b.r.Locate(ctx, locate.Target{Host: host, Port: port, Network: "udp"}, able)
	if err != nil {
		return "error: " + err.Error()
	}
	var hops []string
	for _, h := range r.Hops() {
		hops = append(hops, h.Addr.String())
	}
	return strings.Join(hops, " ") + " for " + r.TTL.String()
}

func (b *bed) want(what, got, want string) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

// asked counts the questions to each server since the last time.
func (b *bed) asked() string {
	var n []string
	for _, s := range b.servers {
		n = append(n, fmt.Sprint(len(s.Asked())))
	}
	return strings.Join(n, " ")
}

func TestAnswersAreKeptForTheirTTL(t *testing.T) {
	b := newBed(t, records)
	b.want("the shortest TTL of all records counts", b.locate("example.com", 0), "192.0.2.1:5070 192.0.2.2:5060 for 1m0s")
	b.want("one question each", b.asked(), "3")
	b.pass(59 * time.Second)
	b.want("the last second of it", b.locate("example.com", 0), "192.0.2.1:5070 192.0.2.2:5060 for 1s")
	b.want("nobody is asked", b.asked(), "0")
	b.pass(time.Second)
	if err := b.servers[0].Set(strings.ReplaceAll(records, "192.0.2.1", "192.0.2.8")); err != nil {
		t.Fatal(err)
	}
	b.want("what has changed is seen", b.locate("example.com", 0), "192.0.2.8:5070 192.0.2.2:5060 for 1m0s")
	b.want("and nothing else is asked for", b.asked(), "1")
}

func TestThatThereIsNothingIsKept(t *testing.T) {
	b := newBed(t, records+"c.example.com. 3600 IN A 192.0.2.3\n")
	b.want("no SRV: the host, for as long as there are none", b.locate("c.example.com", 0), "192.0.2.3:5060 for 2m0s")
	b.want("no such name", b.locate("d.example.com", 0), "error: d.example.com.: no usable address")
	b.asked()
	b.pass(119 * time.Second)
	b.locate("c.example.com", 0)
	b.locate("d.example.com", 0)
	b.want("RFC 2308: by the SOA's minimum", b.asked(), "0")
	b.pass(time.Second)
	b.locate("d.example.com", 0)
	b.want("and no longer", b.asked(), "2")
	b.want("nobody is in charge of that", b.locate("elsewhere.net", 0), "error: elsewhere.net.: no usable address")
}

func TestTruncated(t *testing.T) {
	var many strings.Builder
	for i := range 80 {
		fmt.Fprintf(&many, "many.example.com. 60 IN A 198.51.100.%d\n", i)
	}
	b := newBed(t, many.String())
	b.servers[0].Spoil(func(reply *dns.Msg, network string) *dns.Msg {
		if network == "udp" {
			reply.Truncate(dns.MinMsgSize)
		}
		return reply
	})
	got := b.locate("many.example.com", 5060)
	if n := strings.Count(got, "198.51.100."); n != 64 {
		t.Errorf("64 of them should be found, as many as anybody tries: %d: %s", n, got)
	}
	b.want("over TCP after UDP", strings.Join(b.servers[0].Asked(), ", "), "udp many.example.com. A, tcp many.example.com. A")
}

func TestAliases(t *testing.T) {
	b := newBed(t, `
		x.example.com. 50 IN CNAME y.example.com.
		y.example.com. 40 IN CNAME a.example.com.
		a.example.com. 60 IN A 192.0.2.1
		round.example.com. 60 IN CNAME about.example.com.
		about.example.com. 60 IN CNAME round.example.com.
		dead.example.com. 60 IN CNAME gone.example.com.`)
	b.want("the chain's shortest TTL", b.locate("x.example.com", 5060), "192.0.2.1:5060 for 40s")
	b.want("a circle", b.locate("round.example.com", 5060), "error: round.example.com. A: one alias leads to another without end")
	b.want("an alias of nothing", b.locate("dead.example.com", 5060), "error: dead.example.com.: no usable address")
	b.pass(time.Hour)
	b.servers[0].Spoil(func(reply *dns.Msg, _ string) *dns.Msg {
		if len(reply.Answer) > 1 {
			reply.Answer = reply.Answer[:1]
		}
		return reply
	})
	b.want("a server that follows no alias", b.locate("x.example.com", 5060), "192.0.2.1:5060 for 40s")
}

func TestServersInOrder(t *testing.T) {
	silent := func(*dns.Msg, string) *dns.Msg { return nil }
	for _, c := range []struct {
		name  string
		fault func(*dns.Msg, string) *dns.Msg
		asked string // how often each server is asked for the first name, and for the second
	}{
		{name: "the first one answers", asked: "2 0, 2 0"},
		{name: "silent: the next, and it is the first for a while", fault: silent, asked: "1 2, 0 2"},
		{name: "does not want", fault: func(m *dns.Msg, _ string) *dns.Msg { return rcode(m, dns.RcodeRefused) }, asked: "2 2, 2 2"},
		{name: "cannot", fault: func(m *dns.Msg, _ string) *dns.Msg { return rcode(m, dns.RcodeServerFailure) }, asked: "2 2, 2 2"},
		{name: "points at others instead", fault: func(m *dns.Msg, _ string) *dns.Msg {
			m = rcode(m, dns.RcodeSuccess)
			m.RecursionAvailable = false
			m.Ns = []dns.RR{&dns.NS{Hdr: dns.RR_Header{Name: "com.", Rrtype: dns.TypeNS, Class: dns.ClassINET, Ttl: 60}, Ns: "a.gtld."}}
			return m
		}, asked: "2 2, 2 2"},
		{name: "answers another question", fault: func(m *dns.Msg, _ string) *dns.Msg {
			m.Question[0].Name = "evil.example.com."
			return m
		}, asked: "1 2, 0 2"},
		{name: "answers with another id", fault: func(m *dns.Msg, _ string) *dns.Msg { m.Id++; return m }, asked: "1 2, 0 2"},
		{name: "asks back", fault: func(m *dns.Msg, _ string) *dns.Msg { m.Response = false; return m }, asked: "1 2, 0 2"},
		{name: "sends what nobody can read", fault: func(m *dns.Msg, _ string) *dns.Msg {
			m.Answer = []dns.RR{&dns.RFC3597{Hdr: dns.RR_Header{Name: m.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, Rdata: "00"}}
			return m
		}, asked: "1 2, 0 2"},
		{name: "knows no EDNS", fault: func(m *dns.Msg, _ string) *dns.Msg {
			return rcode(m, dns.RcodeFormatError)
		}, asked: "4 2, 4 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			zone := "a.example.com. 60 IN A 192.0.2.1\nb.example.com. 60 IN A 192.0.2.2\n"
			b := newBed(t, zone, zone)
			b.servers[0].Spoil(c.fault)
			b.want("found", b.locate("a.example.com", 0), "192.0.2.1:5060 for 30s")
			asked := b.asked()
			b.want("found as well", b.locate("b.example.com", 0), "192.0.2.2:5060 for 30s")
			b.want("who was asked how often", asked+", "+b.asked(), c.asked)
		})
	}
}

func rcode(m *dns.Msg, code int) *dns.Msg {
	m.Answer, m.Ns, m.Rcode = nil, nil, code
	return m
}

// What comes along with an answer may be anybody's invention.
func TestOnlyWhatWasAskedIsBelieved(t *testing.T) {
	b := newBed(t, records)
	b.servers[0].Spoil(func(m *dns.Msg, _ string) *dns.Msg {
		forged, _ := dns.NewRR("a.example.com. 60 IN A 203.0.113.66")
		if m.Question[0].Qtype == dns.TypeSRV {
			m.Extra = append(m.Extra, forged)
			m.Answer = append(m.Answer, forged)
		} else {
			other, _ := dns.NewRR("other.example.com. 60 IN A 203.0.113.66")
			m.Answer = append(m.Answer, other)
		}
		return m
	})
	b.want("the addresses that were asked for", b.locate("example.com", 0), "192.0.2.1:5070 192.0.2.2:5060 for 1m0s")
}

func TestStale(t *testing.T) {
	b := newBed(t, records)
	b.locate("example.com", 0)
	b.servers[0].Close()
	b.pass(time.Hour)
	b.want("nobody answers: what was known counts", b.locate("example.com", 0), "192.0.2.1:5070 192.0.2.2:5060 for 30s")
	b.pass(24 * time.Hour)
	got := b.locate("example.com", 0)
	if !strings.HasPrefix(got, "error: ") || !strings.HasSuffix(got, "no server answered") {
		t.Errorf("but not for ever: %s", got)
	}
	other := newBed(t, records)
	other.locate("example.com", 0)
	other.pass(time.Hour)
	if err := other.servers[0].Set(""); err != nil {
		t.Fatal(err)
	}
	other.want("that there is nothing any more is an answer", other.locate("example.com", 0), "error: example.com.: no usable address")
}

func TestServersAreDown(t *testing.T) {
	b := newBed(t, records, records)
	b.servers[0].Close()
	b.want("one of two", b.locate("example.com", 0), "192.0.2.1:5070 192.0.2.2:5060 for 1m0s")
	b.servers[1].Close()
	got := b.locate("other.example.com", 5060)
	b.want("both", got, "error: other.example.com. A: no server answered")
}

func TestAContextEnds(t *testing.T) {
	b := newBed(t, records)
	b.servers[0].Spoil(func(*dns.Msg, string) *dns.Msg { return nil })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.r.Locate(ctx, locate.Target{Host: "example.com"}, able)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Of many who ask the same at the same time one asks the server; if he gives up, another one does.
func TestTogether(t *testing.T) {
	b := newBed(t, records)
	asked, release := make(chan struct{}), make(chan struct{})
	first := true
	b.servers[0].Spoil(func(m *dns.Msg, _ string) *dns.Msg {
		if first {
			first = false
			close(asked)
			<-release
			return nil
		}
		return m
	})
	hasty, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		_, err := b.r.Locate(hasty, locate.Target{Host: "a.example.com", Port: 5060}, able)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("who gives up: %v", err)
		}
	})
	<-asked
	for range 20 {
		all.Go(func() {
			if got := b.locate("a.example.com", 5060); got != "192.0.2.1:5060 for 1m0s" {
				t.Error(got)
			}
		})
	}
	cancel()
	close(release)
	all.Wait()
	if n := len(b.servers[0].Asked()); n > 4 {
		t.Errorf("asked %d times", n)
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	b := newBed(t, "")
	for i := range resolve.MaxEntries + 10 {
		b.pass(time.Millisecond)
		b.locate(fmt.Sprintf("n%d.example.com", i), 5060)
	}
	if n := b.r.Entries(); n != resolve.MaxEntries {
		t.Errorf("%d entries", n)
	}
	b.asked()
	b.locate(fmt.Sprintf("n%d.example.com", resolve.MaxEntries+9), 5060)
	b.want("the latest is known", b.asked(), "0")
	b.locate("n0.example.com", 5060)
	b.want("the first is not", b.asked(), "1")
}

func TestHosts(t *testing.T) {
	b := newBed(t, records)
	cfg := resolve.Config{Servers: []netip.AddrPort{b.servers[0].Addr()}, Hosts: func(_ context.Context, name string) []netip.Addr {
		if name == "example.com" || name == "pbx" {
			return []netip.Addr{netip.MustParseAddr("::1"), netip.MustParseAddr("192.0.2.77")}
		}
		return nil
	}}
	b.r = resolve.New(cfg)
	b.want("a name in the hosts file has no SRV", b.locate("example.com", 0), "192.0.2.77:5060 for 1m0s")
	b.want("nor has it to be a domain's", b.locate("pbx", 5070), "192.0.2.77:5070 for 1m0s")
	b.want("this host", b.locate("localhost", 0), "127.0.0.1:5060 for 1m0s")
	b.want("and whatever is below", b.locate("pbx.LocalHost", 0), "127.0.0.1:5060 for 1m0s")
	b.want("DNS has no part in it", b.asked(), "0")
	b.want("no name", b.locate("a..b", 0), `error: "a..b" is no domain name: no usable address`)
}

// The hosts file of this machine, by the standard library.
func TestHostsFile(t *testing.T) {
	r := resolve.New(resolve.Config{Servers: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1")}})
	hostname := firstHost(t)
	got, err := r.Locate(t.Context(), locate.Target{Host: hostname, Network: "udp"}, locate.Ability{Networks: []string{"udp"}, IPv4: true, IPv6: true})
	want, _ := net.DefaultResolver.LookupNetIP(t.Context(), "ip", hostname)
	for i := range want {
		want[i] = want[i].Unmap()
	}
	if err != nil || len(got.Hops()) == 0 || !slices.Contains(want, got.Hops()[0].Addr.Addr()) {
		t.Errorf("%s: %v, %v; the standard library has %v", hostname, got, err, want)
	}
}
