package resolve_test

import (
	"testing"

	"github.com/miekg/dns"

	"tieline/sip/locate"
	"tieline/sip/resolve"
)

// FuzzRead reads whatever may come from the network: a TTL is never negative or longer than a day, an alias is one that the
// answer names, and records are of the type that was asked for.
func FuzzRead(f *testing.F) {
	for _, zone := range []string{"x. 60 IN A 192.0.2.1", "x. 60 IN CNAME y.", "x. 60 IN SRV 1 2 3 y.", `x. 60 IN NAPTR 1 2 "s" "SIP+D2U" "" y.`} {
		m := new(dns.Msg)
		m.SetQuestion("x.", dns.TypeA)
		rr, err := dns.NewRR(zone)
		if err != nil {
			f.Fatal(err)
		}
		m.Answer = append(m.Answer, rr)
		m.Response = true
		data, err := m.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, uint8(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, kind uint8) {
		m := new(dns.Msg)
		if m.Unpack(data) != nil {
			return
		}
		q := locate.Question{Name: "x.", Type: locate.Type(kind%4 + 1)}
		a, alias, err := resolve.Read(m, q)
		if err != nil {
			return
		}
		if a.TTL < 0 || a.TTL > resolve.Longest {
			t.Errorf("TTL %v", a.TTL)
		}
		if alias == q.Name || alias != "" && len(m.Answer) == 0 {
			t.Errorf("alias %q", alias)
		}
		if len(a.Addrs) > 0 && q.Type != locate.A && q.Type != locate.AAAA || len(a.Services) > 0 && q.Type != locate.SRV || len(a.Pointers) > 0 && q.Type != locate.NAPTR {
			t.Errorf("%+v to %v", a, q)
		}
	})
}
