package sip_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"tieline/sip"
	"tieline/sip/media"
	"tieline/sip/siptest"
)

// stage is a user agent and its PBXs on one in-memory network, in a synctest bubble.
type stage struct {
	t     *testing.T
	start time.Time
	net   *siptest.Network
	ua    *sip.UserAgent
	pbxs  map[string]*siptest.PBX
	call  *sip.Call
	stop  context.CancelFunc // of the user agent
	stops context.CancelFunc // of the PBXs, which outlive it: its last BYEs want answers
	agent sync.WaitGroup
	peers sync.WaitGroup

	mu      sync.Mutex
	lines   []string
	heard   []string                 // descriptions that PBXs got, where wanted
	calls   map[string]*siptest.Call // the latest by hand at each PBX
	arrived []*siptest.Call          // by hand at any, all

	digits siptest.Digits // of the latest call
	border *border
}

const (
	gateway   = "192.0.2.10:5060"
	rtpSocket = "192.0.2.10:7000"
)

// newStage sets up PBXs named pbx, pbx2, … at 192.0.2.20, .21, … and a trunk to each. The functions may change the
// configurations.
func newStage(t *testing.T, pbxs int, gw func(*sip.Config), pbx func(name string, c *siptest.Config)) *stage {
	t.Helper()
	s := &stage{
		t: t, start: time.Now(), net: siptest.NewNetwork(1),
		pbxs: map[string]*siptest.PBX{}, calls: map[string]*siptest.Call{}, border: newBorder(),
	}
	ctx, stop := context.WithCancel(context.Background())
	life, stops := context.WithCancel(context.Background())
	s.stop, s.stops = stop, stops
	player := media.New(unrouted{s.net.MustListen(rtpSocket)})
	cfg := sip.Config{PacketConn: &paced{PacketConn: listening{s.net.MustListen(gateway), s.border}}, Trace: s.trace, Capture: s.border.capture, Media: player, Chance: func(n int) int { return n / 2 }, Locate: nameless}
	s.net.Observe(s.overhear)
	for i := range pbxs {
		name := "pbx"
		if i > 0 {
			name += fmt.Sprint(i + 1)
		}
		addr := fmt.Sprintf("192.0.2.%d:5060", 20+i)
		c := siptest.Config{Conn: s.net.MustListen(addr)}
		pbx(name, &c)
		s.addPBX(life, name, c)
		cfg.Trunks = append(cfg.Trunks, sip.Trunk{Name: name, Address: addr, Domain: name})
	}
	gw(&cfg)
	if cfg.Trace == nil { // so many calls that nobody could hold their messages
		cfg.Capture, s.border.off = nil, true
	}
	ua, err := sip.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.ua = ua
	s.agent.Go(func() {
		if err := player.Run(ctx); err != nil {
			t.Errorf("player: %v", err)
		}
	})
	s.agent.Go(func() {
		if err := ua.Run(ctx); err != nil {
			t.Errorf("user agent: %v", err)
		}
	})
	return s
}

func (s *stage) addPBX(life context.Context, name string, c siptest.Config) {
	p, err := siptest.New(c)
	if err != nil {
		s.t.Fatal(err)
	}
	s.pbxs[name] = p
	s.peers.Go(func() { _ = p.Run(life) })
	s.peers.Go(func() {
		for {
			call, err := p.Next(life)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.calls[name] = call
			s.arrived = append(s.arrived, call)
			s.mu.Unlock()
		}
	})
}

// paced hands on a datagram only after everything that came before it, sent or received, has brought about all that it
// does, so that a ladder has one order. The microsecond is virtual: in a bubble it passes when all goroutines wait. TestBursts
// goes without.
type paced struct{ net.PacketConn }

func (p *paced) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := p.PacketConn.ReadFrom(b)
	time.Sleep(time.Microsecond)
	return n, from, err
}

// unrouted is a socket from which there is no way to one address.
type unrouted struct{ net.PacketConn }

func (u unrouted) WriteTo(b []byte, to net.Addr) (int, error) {
	if strings.HasPrefix(to.String(), "198.51.100.1:") {
		return 0, syscall.ENETUNREACH
	}
	return u.PacketConn.WriteTo(b, to)
}

// settle lets everything happen that is due.
func (s *stage) settle() {
	time.Sleep(100 * time.Microsecond) // virtual; see paced
	synctest.Wait()
}

func (s *stage) print(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, fmt.Sprintf("%-6s %s", "+"+time.Since(s.start).Round(10*time.Millisecond).String(), line))
}

func (s *stage) trace(e sip.TraceEvent) {
	s.border.traced(e)
	arrow := "◀─"
	if e.Out {
		arrow = "─▶"
	}
	s.print(fmt.Sprintf("gw %s %-7s %s", arrow, e.Peer, e.Line))
}

// overhear prints the digits that leave by RTP.
func (s *stage) overhear(_ time.Time, from, to net.Addr, data []byte) {
	if from.String() != rtpSocket {
		return
	}
	if line := s.digits.Hear(to.String(), data); line != "" {
		s.print("gw ─▶ " + to.String() + " " + line)
	}
}

func (s *stage) event(e sip.Event) { s.print("call            " + describe(e)) }

func describe(e sip.Event) string {
	switch e := e.(type) {
	case sip.Renegotiated:
		if e.Offer {
			return "Renegotiated: offers " + streams(e.SDP)
		}
		return "Renegotiated " + streams(e.SDP)
	case sip.PeerOffer:
		return "PeerOffer " + streams(e.SDP)
	case sip.OfferFailed:
		e.Trunk = ""
		text := "OfferFailed" + strings.TrimPrefix(describe(sip.Failed{Outcome: e.Outcome}), "Failed")
		if e.Again > 0 {
			text += " again after " + e.Again.String()
		}
		return text
	case sip.PeerOfferGone:
		e.Trunk = ""
		return "PeerOfferGone" + strings.TrimPrefix(describe(sip.Failed(e)), "Failed")
	case sip.DTMF:
		return "DTMF " + e.Digits
	case sip.DTMFFailed:
		e.Trunk = ""
		return "DTMFFailed" + strings.TrimPrefix(describe(sip.Failed(e)), "Failed")
	case sip.ReferProgress:
		return fmt.Sprint("ReferProgress ", e.Status)
	case sip.Referred:
		e.Trunk = ""
		if e.Cause == 0 {
			return fmt.Sprintf("Referred %d %s", e.Status, e.Phrase)
		}
		called := ""
		if e.Called {
			called = ", called"
		}
		return "Referred: not" + strings.TrimPrefix(describe(sip.Failed{Outcome: e.Outcome}), "Failed") + called
	case sip.DTMFSent:
		return "DTMFSent"
	case sip.Progress:
		return "Progress " + fmt.Sprint(e.Status) + alerted(e.Alerted)
	case sip.EarlyMedia:
		return "EarlyMedia " + streams(e.SDP)
	case sip.Answered:
		return "Answered" + alerted(e.Alerted)
	case sip.Ended:
		by := "us"
		if e.ByRemote {
			by = "remote"
		}
		why := ""
		if !e.ByRemote && e.Reason != "" {
			_, why, _ = strings.Cut(e.Reason, ";text=")
			why = ": " + strings.Trim(why, `"`)
		}
		return "Ended by " + by + why + cause(e.Q850)
	case sip.Failed:
		text := "Failed " + e.Cause.String()
		if e.Retryable {
			text += " retryable"
		}
		if e.Status != 0 {
			text += fmt.Sprintf(" %d %s", e.Status, e.Phrase)
		}
		if e.Limit != 0 {
			text += " (" + e.Limit.String() + ")"
		}
		if e.Trunk != "" {
			text += fmt.Sprintf(" trunk=%s attempts=%d", e.Trunk, e.Attempts)
		}
		if e.RetryAfter > 0 {
			text += " retry-after=" + e.RetryAfter.String()
		}
		return text + cause(e.Q850) + alerted(e.Alerted)
	}
	return fmt.Sprintf("%T", e)
}

// streams is what tells one description from another in a ladder: its streams, and where their directions are not usual.
func streams(sdp []byte) string {
	if sdp == nil {
		return "without SDP"
	}
	var lines []string
	for line := range strings.Lines(string(sdp)) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "m=") || line == "a=sendonly" || line == "a=recvonly" || line == "a=inactive" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}

func alerted(yes bool) string {
	if yes {
		return " alerted"
	}
	return ""
}

func cause(q850 int) string {
	if q850 == 0 {
		return ""
	}
	return fmt.Sprintf(" q850=%d", q850)
}

// crossed returns what crossed the borders since the last time.
func (s *stage) crossed() string {
	s.settle()
	s.mu.Lock()
	defer s.mu.Unlock()
	out := strings.Join(append(s.lines, s.heard...), "\n")
	s.lines, s.heard = nil, nil
	if out != "" {
		out += "\n"
	}
	return out
}

func (s *stage) at(pbx string) *siptest.Call {
	s.settle()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[pbx]
	if c == nil {
		s.t.Fatalf("no call at %s", pbx)
	}
	return c
}

// close ends the user agent and checks that no PBX has an orphan leg.
func (s *stage) close() {
	s.stop()
	s.agent.Wait()
	s.stops()
	s.peers.Wait()
	for name, p := range s.pbxs {
		if n := p.Open(); n != 0 {
			s.t.Errorf("%s: %d orphan legs", name, n)
		}
	}
	s.wantNoPlaces()
}

// wantNoPlaces: no trunk has a call any more.
func (s *stage) wantNoPlaces() {
	s.t.Helper()
	for _, state := range s.ua.Trunks() {
		if state.Calls != 0 {
			s.t.Errorf("%s has %d calls when all are over", state.Name, state.Calls)
		}
	}
}
