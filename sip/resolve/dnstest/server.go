package dnstest

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// Server answers over UDP and TCP at one address. It is in charge of every name: what it has no record of does not exist.
//
// Concurrency: safe for concurrent use.
type Server struct {
	udp, tcp *dns.Server
	addr     netip.AddrPort
	serving  sync.WaitGroup

	mu      sync.Mutex
	records []dns.RR
	asked   []string
	fault   func(reply *dns.Msg, network string) *dns.Msg
}

// Start opens a server at an address such as 127.0.0.1:0 with records, one in a line, in the format of zone files with
// absolute names. Close must follow.
func Start(address, records string) (*Server, error) {
	s := &Server{}
	if err := s.Set(records); err != nil {
		return nil, err
	}
	tcp, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	udp, err := net.ListenPacket("udp", tcp.Addr().String())
	if err != nil {
		_ = tcp.Close() // of no use alone
		return nil, err
	}
	s.addr = netip.MustParseAddrPort(tcp.Addr().String())
	s.udp = &dns.Server{PacketConn: udp, Handler: s.handler("udp")}
	s.tcp = &dns.Server{Listener: tcp, Handler: s.handler("tcp")}
	for _, server := range []*dns.Server{s.udp, s.tcp} {
		var started sync.WaitGroup
		started.Add(1)
		server.NotifyStartedFunc = started.Done
		s.serving.Go(func() { _ = server.ActivateAndServe() }) // its end is Close
		started.Wait()
	}
	return s, nil
}

// Addr is where it listens.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// Set replaces all records.
func (s *Server) Set(records string) error {
	var rrs []dns.RR
	for line := range strings.Lines(records) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		rr, err := dns.NewRR(strings.TrimSpace(line))
		if err != nil {
			return fmt.Errorf("dnstest: %q: %w", line, err)
		}
		rrs = append(rrs, rr)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records = rrs
	return nil
}

// Spoil has a function change each reply before it leaves over "udp" or "tcp"; nil: no answer. A nil function is the end of
// that. It runs with the server's lock held.
func (s *Server) Spoil(fault func(reply *dns.Msg, network string) *dns.Msg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

// Asked returns the questions since the last time, like "udp example.com. SRV".
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// Close ends the server. Nobody answers at its address any more.
func (s *Server) Close() {
	_, _ = s.udp.Shutdown(), s.tcp.Shutdown() // fail where it has ended already
	s.serving.Wait()
}

func (s *Server) handler(network string) dns.HandlerFunc {
	return func(w dns.ResponseWriter, m *dns.Msg) {
		if reply := s.reply(m, network); reply != nil {
			_ = w.WriteMsg(reply) // who does not get it asks again
		}
	}
}

// reply follows aliases, as a server that asks others for its clients does.
func (s *Server) reply(m *dns.Msg, network string) *dns.Msg {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := m.Question[0]
	s.asked = append(s.asked, fmt.Sprintf("%s %s %s", network, q.Name, dns.TypeToString[q.Qtype]))
	reply := new(dns.Msg)
	reply.SetReply(m)
	reply.RecursionAvailable = true
	name, known := q.Name, false
	for range len(s.records) + 1 {
		next := ""
		for _, rr := range s.records {
			h := rr.Header()
			if !strings.EqualFold(h.Name, name) {
				continue
			}
			known = known || h.Rrtype != dns.TypeSOA
			if h.Rrtype == q.Qtype || h.Rrtype == dns.TypeCNAME {
				reply.Answer = append(reply.Answer, dns.Copy(rr))
			}
			if c, ok := rr.(*dns.CNAME); ok {
				next = c.Target
			}
		}
		if next == "" || slices.ContainsFunc(reply.Answer, func(rr dns.RR) bool { return rr.Header().Rrtype == q.Qtype }) {
			break
		}
		name, known = next, false
	}
	if !known {
		reply.Rcode = dns.RcodeNameError
	}
	for _, rr := range s.records {
		if soa, ok := rr.(*dns.SOA); ok && dns.IsSubDomain(soa.Hdr.Name, name) {
			reply.Ns = append(reply.Ns, dns.Copy(soa))
		}
	}
	if s.fault != nil {
		reply = s.fault(reply, network)
	}
	return reply
}
