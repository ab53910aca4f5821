package locate_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tieline/sip/locate"
)

// zone answers questions from lines like those of a zone file, with a TTL of an hour, or 10 minutes where there are no such
// records. A line "name TYPE !" is a question that nobody answers.
type zone struct {
	answers map[locate.Question]locate.Answer
	lost    map[locate.Question]bool
	asked   []string
}

func newZone(t *testing.T, text string) *zone {
	t.Helper()
	z := &zone{answers: map[locate.Question]locate.Answer{}, lost: map[locate.Question]bool{}}
	types := map[string]locate.Type{"A": locate.A, "AAAA": locate.AAAA, "SRV": locate.SRV, "NAPTR": locate.NAPTR}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		q := locate.Question{Name: f[0], Type: types[f[1]]}
		if f[2] == "!" {
			z.lost[q] = true
			continue
		}
		a := z.answers[q]
		a.TTL = time.Hour
		rest := strings.Join(f[2:], " ")
		var err error
		switch q.Type {
		case locate.SRV:
			var s locate.Service
			_, err = fmt.Sscan(rest, &s.Priority, &s.Weight, &s.Port, &s.Host)
			a.Services = append(a.Services, s)
		case locate.NAPTR:
			var p locate.Pointer
			_, err = fmt.Sscanf(rest, "%d %d %q %q %q %s", &p.Order, &p.Preference, &p.Flags, &p.Service, &p.Regexp, &p.Replacement)
			a.Pointers = append(a.Pointers, p)
		default:
			a.Addrs = append(a.Addrs, netip.MustParseAddr(rest))
		}
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		z.answers[q] = a
	}
	return z
}

var errSilent = errors.New("no server answered")

func (z *zone) find(q locate.Question) (locate.Answer, error) {
	z.asked = append(z.asked, q.String())
	if z.lost[q] {
		return locate.Answer{}, errSilent
	}
	if a, ok := z.answers[q]; ok {
		return a, nil
	}
	return locate.Answer{TTL: 10 * time.Minute}, nil
}

// say writes a route: servers of one rank side by side, ranks one after the other.
func say(r locate.Route) string {
	var ranks []string
	for _, rank := range r.Ranks {
		var servers []string
		for _, s := range rank {
			var hops []string
			for _, h := range s.Hops {
				hops = append(hops, h.Network+":"+h.Addr.String())
			}
			text := strings.Join(hops, ",")
			if len(rank) > 1 || s.Weight > 0 {
				text += fmt.Sprint("*", s.Weight)
			}
			servers = append(servers, text)
		}
		ranks = append(ranks, strings.Join(servers, " | "))
	}
	return strings.Join(ranks, " > ")
}
