package resolve

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	"tieline/sip/locate"
)

// local answers what is this machine's own business: localhost and what the hosts file names.
func (r *Resolver) local(ctx context.Context, q locate.Question) (locate.Answer, bool) {
	host := hostOf(q.Name)
	var ips []netip.Addr
	if isLocal(host) {
		ips = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	} else if ips = r.cfg.Hosts(ctx, strings.TrimSuffix(host, ".")); len(ips) == 0 {
		return locate.Answer{}, false
	}
	a := locate.Answer{TTL: forHosts}
	for _, ip := range ips {
		ip = ip.Unmap()
		if q.Type == locate.A && ip.Is4() || q.Type == locate.AAAA && ip.Is6() {
			a.Addrs = append(a.Addrs, ip)
		}
	}
	return a, true
}

// isLocal reports a name that never leaves this machine (https://www.rfc-editor.org/rfc/rfc6761#section-6.3).
func isLocal(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// hostOf is the host that a name is about: that of a service's is what follows _sip._udp.
func hostOf(name string) string {
	for strings.HasPrefix(name, "_") {
		_, name, _ = strings.Cut(name, ".")
	}
	return name
}

// hostsFile looks a name up as the standard library does before it asks DNS, which it is kept from.
func hostsFile(ctx context.Context, name string) []netip.Addr {
	files := net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("not asked")
	}}
	ips, err := files.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return nil
	}
	return ips
}

// system is what the machine says about DNS. Without a word of its own it has a server.
func system() *dns.ClientConfig {
	c, err := dns.ClientConfigFromFile(resolvConf)
	if err != nil {
		c = &dns.ClientConfig{Ndots: 1, Port: "53"}
	}
	if len(c.Servers) == 0 {
		c.Servers = []string{"127.0.0.1"} // as resolv.conf(5) has it
	}
	return c
}

func addresses(c *dns.ClientConfig) []string {
	var all []string
	for _, s := range c.Servers {
		all = append(all, net.JoinHostPort(s, c.Port))
	}
	return all
}
