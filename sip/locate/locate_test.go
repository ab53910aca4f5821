package locate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tieline/sip/locate"
)

// The domain of https://www.rfc-editor.org/rfc/rfc3263#section-4.1, and what its records point at.
const example = `
example.com              NAPTR 50 50 "s" "SIPS+D2T" "" _sips._tcp.example.com
example.com              NAPTR 90 50 "s" "SIP+D2T"  "" _sip._tcp.example.com
example.com              NAPTR 100 50 "s" "SIP+D2U" "" _sip._udp.example.com
_sips._tcp.example.com   SRV 0 1 5061 server1.example.com
_sip._tcp.example.com    SRV 0 1 5060 server1.example.com
_sip._tcp.example.com    SRV 0 2 5060 server2.example.com
_sip._udp.example.com    SRV 1 0 5060 server2.example.com
_sip._udp.example.com    SRV 0 0 5070 server1.example.com
server1.example.com      A 192.0.2.1
server2.example.com      A 192.0.2.2
server2.example.com      A 192.0.2.3
example.com              A 192.0.2.9
`

func TestLocate(t *testing.T) {
	all := locate.Ability{Networks: []string{"udp", "tcp", "tls"}, IPv4: true, IPv6: true}
	plain := locate.Ability{Networks: []string{"udp", "tcp"}, IPv4: true}
	for _, c := range []struct {
		name, zone string
		target     locate.Target
		able       locate.Ability
		want       string
		ttl        time.Duration
		asked      string
	}{
		{
			name: "an address is itself", target: locate.Target{Host: "192.0.2.1"}, able: plain,
			want: "udp:192.0.2.1:5060", ttl: locate.Forever,
		},
		{
			name: "an address with a port", target: locate.Target{Host: "192.0.2.1", Port: 5080, Network: "tcp"}, able: plain,
			want: "tcp:192.0.2.1:5080", ttl: locate.Forever,
		},
		{
			name: "TLS has a port of its own", target: locate.Target{Host: "2001:db8::1", Network: "tls"}, able: all,
			want: "tls:[2001:db8::1]:5061", ttl: locate.Forever,
		},
		{
			name: "sips: means TLS, whatever runs below", target: locate.Target{Host: "192.0.2.1", Network: "tcp", Secure: true}, able: all,
			want: "tls:192.0.2.1:5061", ttl: locate.Forever,
		},
		{
			name: "an IPv4 address in IPv6's clothes", target: locate.Target{Host: "::ffff:192.0.2.1"}, able: plain,
			want: "udp:192.0.2.1:5060", ttl: locate.Forever,
		},
		{
			name: "a port leaves nothing to SRV", zone: example, target: locate.Target{Host: "example.com", Port: 5060}, able: plain,
			want: "udp:192.0.2.9:5060", ttl: time.Hour, asked: "example.com A",
		},
		{
			name: "NAPTR decides, and what it lists last is tried last", zone: example, target: locate.Target{Host: "example.com"}, able: all,
			want: "tls:192.0.2.1:5061*1 > tcp:192.0.2.1:5060*1 | tcp:192.0.2.2:5060,tcp:192.0.2.3:5060*2 > udp:192.0.2.1:5070 > udp:192.0.2.2:5060,udp:192.0.2.3:5060",
			ttl:  10 * time.Minute,
		},
		{
			name: "NAPTR of what we cannot use is passed over", zone: example, target: locate.Target{Host: "example.com"},
			able: locate.Ability{Networks: []string{"udp", "tcp"}, IPv4: true},
			want: "tcp:192.0.2.1:5060*1 | tcp:192.0.2.2:5060,tcp:192.0.2.3:5060*2 > udp:192.0.2.1:5070 > udp:192.0.2.2:5060,udp:192.0.2.3:5060",
			ttl:  time.Hour,
		},
		{
			name: "sips: takes nothing but TLS", zone: example, target: locate.Target{Host: "example.com", Secure: true},
			able: locate.Ability{Networks: []string{"udp", "tcp", "tls"}, IPv4: true},
			want: "tls:192.0.2.1:5061*1", ttl: time.Hour,
			asked: "example.com NAPTR, _sips._tcp.example.com SRV, server1.example.com A",
		},
		{
			name: "a transport that was given asks for no NAPTR", zone: example, target: locate.Target{Host: "example.com", Network: "udp"}, able: plain,
			want: "udp:192.0.2.1:5070 > udp:192.0.2.2:5060,udp:192.0.2.3:5060", ttl: time.Hour,
			asked: "_sip._udp.example.com SRV, server1.example.com A, server2.example.com A",
		},
		{
			name: "preference within one order", target: locate.Target{Host: "x"}, able: plain,
			zone: `
				x NAPTR 1 20 "S" "sip+d2u" "" u.x
				x NAPTR 1 10 "s" "SIP+D2T" "" t.x
				u.x SRV 0 0 1 h
				t.x SRV 0 0 2 h
				h A 192.0.2.1`,
			want: "tcp:192.0.2.1:2 > udp:192.0.2.1:1", ttl: time.Hour,
		},
		{
			name: "NAPTR that is none of SIP's, or not understood", target: locate.Target{Host: "x"}, able: plain,
			zone: `
				x NAPTR 1 1 "u" "E2U+sip" "!^.*$!sip:x!" .
				x NAPTR 1 2 "a" "SIP+D2U" "" h
				x NAPTR 1 3 "s" "SIP+D2S" "" s.x
				x NAPTR 1 4 "s" "SIP+D2U" "!a!b!" u.x
				_sip._tcp.x SRV 0 0 5060 h
				h A 192.0.2.1`,
			want: "tcp:192.0.2.1:5060", ttl: 10 * time.Minute,
		},
		{
			name: "without NAPTR, the services that there are", target: locate.Target{Host: "x"}, able: plain,
			zone: `
				_sip._tcp.x SRV 0 0 5065 h
				_sip._udp.x SRV 0 0 5066 h
				h A 192.0.2.1`,
			want: "udp:192.0.2.1:5066 > tcp:192.0.2.1:5065", ttl: 10 * time.Minute,
		},
		{
			name: "without SRV, the host itself", zone: "x A 192.0.2.1", target: locate.Target{Host: "x"}, able: plain,
			want: "udp:192.0.2.1:5060", ttl: 10 * time.Minute, asked: "x NAPTR, _sip._udp.x SRV, _sip._tcp.x SRV, x A",
		},
		{
			name: "NAPTR to a service without records", target: locate.Target{Host: "x"}, able: plain,
			zone: `
				x NAPTR 1 1 "s" "SIP+D2T" "" t.x
				x A 192.0.2.1`,
			want: "tcp:192.0.2.1:5060", ttl: 10 * time.Minute,
		},
		{
			name: "nothing but TCP to speak", zone: "x A 192.0.2.1", target: locate.Target{Host: "x"},
			able: locate.Ability{Networks: []string{"tcp"}, IPv4: true},
			want: "tcp:192.0.2.1:5060", ttl: 10 * time.Minute,
		},
		{
			name: "IPv6 first", target: locate.Target{Host: "x", Port: 5060}, able: all,
			zone: `
				x A 192.0.2.1
				x A 192.0.2.2
				x AAAA 2001:db8::1`,
			want: "udp:[2001:db8::1]:5060,udp:192.0.2.1:5060,udp:192.0.2.2:5060", ttl: time.Hour,
		},
		{
			name: "no IPv6 where we have none", target: locate.Target{Host: "x", Port: 5060}, able: plain,
			zone: "x AAAA 2001:db8::1\nx A 192.0.2.1",
			want: "udp:192.0.2.1:5060", ttl: time.Hour, asked: "x A",
		},
		{
			name: "priorities first, weights within", target: locate.Target{Host: "x", Network: "udp"}, able: plain,
			zone: `
				_sip._udp.x SRV 20 0 5060 c
				_sip._udp.x SRV 10 60 5060 a
				_sip._udp.x SRV 10 20 5060 b
				a A 192.0.2.1
				b A 192.0.2.2
				c A 192.0.2.3`,
			want: "udp:192.0.2.1:5060*60 | udp:192.0.2.2:5060*20 > udp:192.0.2.3:5060", ttl: time.Hour,
		},
		{
			name: "a server without an address is passed over, and so is what is no host's address", target: locate.Target{Host: "x", Network: "udp"}, able: plain,
			zone: `
				_sip._udp.x SRV 1 0 5060 gone
				_sip._udp.x SRV 2 0 0 a
				_sip._udp.x SRV 3 0 5060 odd
				_sip._udp.x SRV 4 0 5060 a
				odd A 0.0.0.0
				odd A 224.0.1.75
				a A 192.0.2.1`,
			want: "udp:192.0.2.1:5060", ttl: 10 * time.Minute,
		},
		{
			name: "whom nobody tells of SRV is asked for an address, and soon again", target: locate.Target{Host: "x", Network: "udp"}, able: plain,
			zone: "_sip._udp.x SRV !\nx A 192.0.2.1",
			want: "udp:192.0.2.1:5060", ttl: 30 * time.Second,
		},
		{
			name: "one family answers", target: locate.Target{Host: "x", Port: 1}, able: all,
			zone: "x AAAA !\nx A 192.0.2.1",
			want: "udp:192.0.2.1:1", ttl: 30 * time.Second,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := newZone(t, c.zone)
			r, err := locate.Locate(c.target, c.able, z.find)
			if err != nil {
				t.Fatal(err)
			}
			if got := say(r); got != c.want {
				t.Errorf("route\n got %s\nwant %s", got, c.want)
			}
			if r.TTL != c.ttl {
				t.Errorf("good for %v, want %v", r.TTL, c.ttl)
			}
			if got := strings.Join(z.asked, ", "); c.asked != "" && got != c.asked {
				t.Errorf("asked\n got %s\nwant %s", got, c.asked)
			}
		})
	}
}

func TestNotLocated(t *testing.T) {
	plain := locate.Ability{Networks: []string{"udp", "tcp"}, IPv4: true}
	for _, c := range []struct {
		name, zone string
		target     locate.Target
		want       string
		lost       bool // nobody knows, rather than: there is none
	}{
		{name: "no records", target: locate.Target{Host: "x"}, want: "x: no usable address"},
		{
			name: "a service that is decidedly not offered has no other server", target: locate.Target{Host: "x", Network: "udp"},
			zone: "_sip._udp.x SRV 0 0 0 .\nx A 192.0.2.1", want: "x offers no such service: no usable address",
		},
		{
			name: "servers without addresses", target: locate.Target{Host: "x", Network: "udp"},
			zone: "_sip._udp.x SRV 0 0 5060 h\nx A 192.0.2.1", want: "x offers no such service: no usable address",
		},
		{name: "no TLS", target: locate.Target{Host: "x", Network: "tls"}, want: "transport tls cannot be used here: no usable address"},
		{name: "no IPv6", target: locate.Target{Host: "2001:db8::1"}, want: "2001:db8::1: no usable address"},
		{name: "nobody answers", target: locate.Target{Host: "x", Port: 1}, zone: "x A !", want: "x A: no server answered", lost: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := locate.Locate(c.target, plain, newZone(t, c.zone).find)
			if err == nil || err.Error() != c.want || errors.Is(err, locate.ErrNotFound) == c.lost {
				t.Errorf("got %q (%s), want %q", err, say(r), c.want)
			}
		})
	}
	t.Run("sips: over UDP", func(t *testing.T) {
		_, err := locate.Locate(locate.Target{Host: "192.0.2.1", Network: "udp", Secure: true}, plain, nil)
		if err == nil {
			t.Error("found a way")
		}
	})
}
