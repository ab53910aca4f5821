package resolve

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"tieline/sip/locate"
)

// unsaid is for how long there is nothing where the answer does not say it. Others would not keep such an answer, since it
// could go round among them for ever (https://www.rfc-editor.org/rfc/rfc2308#section-5); nobody asks us.
const unsaid = 30 * time.Second

// finding is what an answer says: records, that there are none, or what the name is an alias of.
type finding struct {
	answer locate.Answer
	alias  string
}

func types() map[locate.Type]uint16 {
	return map[locate.Type]uint16{locate.A: dns.TypeA, locate.AAAA: dns.TypeAAAA, locate.SRV: dns.TypeSRV, locate.NAPTR: dns.TypeNAPTR}
}

// answers reports whether a message is the answer to another.
func answers(reply, m *dns.Msg) bool {
	if !reply.Response || reply.Id != m.Id || reply.Opcode != m.Opcode {
		return false
	}
	if len(reply.Question) == 0 { // some say no more than that they could not read the question
		return reply.Rcode == dns.RcodeFormatError || reply.Rcode == dns.RcodeNotImplemented
	}
	got, want := reply.Question[0], m.Question[0]
	return len(reply.Question) == 1 && strings.EqualFold(got.Name, want.Name) && got.Qtype == want.Qtype && got.Qclass == want.Qclass
}

// read understands an answer. Of its records those count that are about the name or what that is an alias of, and nothing
// that comes along with them. An error says that the server does not know, and another one may.
func read(reply *dns.Msg, q locate.Question) (finding, error) {
	if reply.Rcode != dns.RcodeSuccess && reply.Rcode != dns.RcodeNameError {
		return finding{}, fmt.Errorf("server says %s", dns.RcodeToString[reply.Rcode])
	}
	name, ttl := q.Name, longest
	for n := 0; ; n++ {
		if n > maxAliases {
			return finding{}, errAliases
		}
		if a, ok := records(reply.Answer, name, q.Type); ok {
			a.TTL = min(a.TTL, ttl)
			return finding{answer: a}, nil
		}
		alias, ok := cname(reply.Answer, name)
		if !ok {
			break
		}
		name, ttl = strings.ToLower(alias.Target), min(ttl, seconds(alias.Hdr.Ttl))
	}
	none, said := absence(reply.Ns, name)
	switch {
	case reply.Rcode == dns.RcodeSuccess && !said && name != q.Name:
		return finding{answer: locate.Answer{TTL: ttl}, alias: name}, nil
	case !said && lame(reply):
		return finding{}, fmt.Errorf("server is not in charge")
	}
	return finding{answer: locate.Answer{TTL: min(ttl, none)}}, nil
}

// records picks those of a name and type; ok: there are any.
func records(rrs []dns.RR, name string, t locate.Type) (a locate.Answer, ok bool) {
	a.TTL = longest
	for _, rr := range rrs {
		h := rr.Header()
		if h.Class != dns.ClassINET || h.Rrtype != types()[t] || !strings.EqualFold(h.Name, name) {
			continue
		}
		ok, a.TTL = true, min(a.TTL, seconds(h.Ttl))
		switch rr := rr.(type) {
		case *dns.A:
			a.Addrs = appendIP(a.Addrs, rr.A)
		case *dns.AAAA:
			a.Addrs = appendIP(a.Addrs, rr.AAAA)
		case *dns.SRV:
			a.Services = append(a.Services, locate.Service{Priority: rr.Priority, Weight: rr.Weight, Port: rr.Port, Host: rr.Target})
		case *dns.NAPTR:
			a.Pointers = append(a.Pointers, locate.Pointer{
				Order: rr.Order, Preference: rr.Preference, Flags: rr.Flags, Service: rr.Service, Regexp: rr.Regexp, Replacement: rr.Replacement,
			})
		}
	}
	return a, ok
}

func appendIP(ips []netip.Addr, ip []byte) []netip.Addr {
	if a, ok := netip.AddrFromSlice(ip); ok {
		return append(ips, a.Unmap())
	}
	return ips
}

func cname(rrs []dns.RR, name string) (*dns.CNAME, bool) {
	for _, rr := range rrs {
		if c, ok := rr.(*dns.CNAME); ok && strings.EqualFold(c.Hdr.Name, name) {
			return c, true
		}
	}
	return nil, false
}

// absence is for how long there are no such records: what the start of authority says
// (https://www.rfc-editor.org/rfc/rfc2308#section-5).
func absence(rrs []dns.RR, name string) (time.Duration, bool) {
	for _, rr := range rrs {
		if soa, ok := rr.(*dns.SOA); ok && dns.IsSubDomain(soa.Hdr.Name, name) {
			return min(seconds(soa.Hdr.Ttl), seconds(soa.Minttl), longestNone), true
		}
	}
	return unsaid, false
}

// lame reports a server that points at others instead of answering (https://www.rfc-editor.org/rfc/rfc2308#section-2.2).
func lame(reply *dns.Msg) bool {
	return reply.Rcode == dns.RcodeSuccess && !reply.Authoritative && !reply.RecursionAvailable
}

// seconds reads a TTL. One with the highest bit set counts as 0 (https://www.rfc-editor.org/rfc/rfc2181#section-8).
func seconds(ttl uint32) time.Duration {
	if ttl > 1<<31-1 {
		return 0
	}
	return time.Duration(ttl) * time.Second
}
