package locate

import (
	"net/netip"
	"slices"
	"time"
)

// The networks, by the names of SIP's transport parameter; TLS runs over TCP.
const (
	UDP = "udp"
	TCP = "tcp"
	TLS = "tls"
)

// Target is what is to be found, as a URI or a configuration has it.
type Target struct {
	Host    string // a name, or an address without brackets
	Port    uint16 // 0: none was given
	Network string // UDP, TCP or TLS; empty: none was given
	Secure  bool   // nothing but TLS will do: the scheme is sips:
}

// Ability is what the asker can use.
type Ability struct {
	Networks   []string // in his order of preference, which counts where the records leave it open
	IPv4, IPv6 bool
}

func (a Ability) has(network string) bool { return slices.Contains(a.Networks, network) }

func (a Ability) takes(ip netip.Addr) bool {
	return usable(ip) && (a.IPv4 && ip.Is4() || a.IPv6 && ip.Is6())
}

// usable leaves out what is no single host's address.
func usable(ip netip.Addr) bool { return ip.IsValid() && !ip.IsUnspecified() && !ip.IsMulticast() }

// Type is a type of record.
type Type uint8

// The types.
const (
	A Type = iota + 1
	AAAA
	SRV
	NAPTR
)

// String gives the type as in zone files.
func (t Type) String() string {
	names := [...]string{"?", "A", "AAAA", "SRV", "NAPTR"}
	if int(t) >= len(names) {
		t = 0
	}
	return names[t]
}

// Question is what is asked of DNS.
type Question struct {
	Name string
	Type Type
}

// String reads like a line of a zone file.
func (q Question) String() string { return q.Name + " " + q.Type.String() }

// Answer is what DNS says to a question. Without records it says that there are none.
type Answer struct {
	Addrs    []netip.Addr  // A, AAAA
	Services []Service     // SRV
	Pointers []Pointer     // NAPTR
	TTL      time.Duration // for how long it is good
}

// Service is an SRV record (https://www.rfc-editor.org/rfc/rfc2782).
type Service struct {
	Priority, Weight, Port uint16
	Host                   string
}

// Pointer is a NAPTR record (https://www.rfc-editor.org/rfc/rfc3403#section-4.1).
type Pointer struct {
	Order, Preference      uint16
	Flags, Service, Regexp string
	Replacement            string
}

// Find asks DNS. That there are no such records is an answer; an error says that nobody knows.
type Find func(Question) (Answer, error)
