package locate_test

import (
	"net/netip"
	"slices"
	"testing"

	"tieline/sip/locate"
)

// FuzzLocate makes records of whatever there is: every address of the result is one of the records', of a family and a
// network that can be used, no order has another set of them, and no rank is empty.
func FuzzLocate(f *testing.F) {
	f.Add([]byte("\x03\x00\x01\x02\x03"), uint8(0), uint8(7), false)
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz"), uint8(1), uint8(15), true)
	f.Fuzz(func(t *testing.T, data []byte, kind, can uint8, secure bool) {
		next := func() byte {
			if len(data) == 0 {
				return 0
			}
			b := data[0]
			data = data[1:]
			return b
		}
		names := []string{"x", "h1", "h2", ".", "", "_sip._udp.x", "_sips._tcp.x"}
		name := func() string { return names[int(next())%len(names)] }
		able := locate.Ability{IPv4: can&1 > 0, IPv6: can&2 > 0, Networks: []string{"udp", "tcp", "tls"}[:can>>2%4]}
		told := map[netip.Addr]bool{}
		questions := 0
		find := func(q locate.Question) (a locate.Answer, err error) {
			questions++
			for range next() % 70 {
				switch q.Type {
				case locate.SRV:
					a.Services = append(a.Services, locate.Service{Priority: uint16(next() % 3), Weight: uint16(next()) << 8, Port: uint16(next()), Host: name()})
				case locate.NAPTR:
					service := []string{"SIP+D2U", "SIP+D2T", "SIPS+D2T", "SIP+D2S", ""}[next()%5]
					a.Pointers = append(a.Pointers, locate.Pointer{Order: uint16(next() % 2), Preference: uint16(next()), Flags: []string{"s", "u", ""}[next()%3], Service: service, Replacement: name()})
				case locate.A:
					a.Addrs = append(a.Addrs, netip.AddrFrom4([4]byte{next(), 0, 2, next()}))
				case locate.AAAA:
					a.Addrs = append(a.Addrs, netip.AddrFrom16([16]byte{next(), 1, 15: next()}))
				}
			}
			for _, ip := range a.Addrs {
				told[ip.Unmap()] = true
			}
			if next() == 1 {
				err = errSilent
			}
			return a, err
		}
		target := locate.Target{Host: "x", Port: uint16(kind>>4) * 1000, Network: []string{"", "udp", "tcp", "tls"}[kind%4], Secure: secure}
		r, err := locate.Locate(target, able, find)
		if (err == nil) != (len(r.Ranks) > 0) {
			t.Fatalf("route %v with error %v", r, err)
		}
		if questions > 1+8*(1+32*2)+2 {
			t.Fatalf("%d questions", questions)
		}
		hops := r.Hops()
		for _, rank := range r.Ranks {
			for _, s := range rank {
				if len(s.Hops) == 0 {
					t.Fatal("a server without addresses")
				}
			}
		}
		if len(hops) > 64 {
			t.Fatalf("%d addresses", len(hops))
		}
		for _, h := range hops {
			ip := h.Addr.Addr()
			if !told[ip] || ip.Is4() && !able.IPv4 || ip.Is6() && !able.IPv6 || !slices.Contains(able.Networks, h.Network) || h.Addr.Port() == 0 {
				t.Fatalf("%v of nowhere", h)
			}
			if secure && h.Network != "tls" || target.Network != "" && !secure && h.Network != target.Network {
				t.Fatalf("%v for %+v", h, target)
			}
		}
		drawn := r.Order(func(n int) int { return int(next()) % n })
		if len(drawn) != len(hops) {
			t.Fatalf("drew %d of %d", len(drawn), len(hops))
		}
		for _, h := range drawn {
			if !slices.Contains(hops, h) {
				t.Fatalf("drew %v", h)
			}
		}
	})
}
