package sip_test

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// sightings are what crossed the sockets: what must have its answer, and whether it can have one.
type sightings struct {
	mu      sync.Mutex
	n       map[string]int      // by where it was seen, method and Call-ID
	history map[string][]string // by Call-ID
}

func newSightings() *sightings {
	return &sightings{n: map[string]int{}, history: map[string][]string{}}
}

func (s *sightings) clear() {
	clear(s.n)
	clear(s.history)
}

// witness is somebody's socket.
type witness struct {
	net.PacketConn
	at string // "" is the user agent
	*sightings
}

func (w witness) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := w.PacketConn.ReadFrom(p)
	if err == nil {
		w.note(w.at+"in ", p[:n])
	}
	return n, from, err
}

func (w witness) WriteTo(p []byte, to net.Addr) (int, error) {
	w.note(w.at+"out ", p)
	return w.PacketConn.WriteTo(p, to)
}

func (s *sightings) note(way string, data []byte) {
	msg, err := gosip.ParseMessage(data)
	if err != nil {
		return
	}
	key := msg.CallID().Value()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.history[key] = append(s.history[key], fmt.Sprintf("%s %s%s %s", time.Now().Format("04:05.000"), way, strings.SplitN(msg.String(), "\r", 2)[0], msg.CSeq().Value()))
	switch m := msg.(type) {
	case *gosip.Response:
		if !m.IsSuccess() || m.CSeq().MethodName != gosip.INVITE {
			return
		}
		key = fmt.Sprintf("2xx %s %d %s", key, m.CSeq().SeqNo, m.To().Params.GetOr("tag", ""))
	case *gosip.Request:
		switch m.Method {
		case gosip.ACK:
			key = fmt.Sprintf("ACK %s %d %s", key, m.CSeq().SeqNo, m.To().Params.GetOr("tag", ""))
		case gosip.BYE:
			key = "BYE " + key
		default:
			return
		}
	}
	s.n[way+key]++
}

// story is all that crossed in a call.
func (s *sightings) story(callID string) string {
	return callID + "\n" + strings.Join(s.history[callID], "\n")
}

// faults are the 2xx without ACK.
func (s *sightings) faults() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.n {
		id, theirs := strings.CutPrefix(key, "in 2xx ")
		if theirs && s.n["out ACK "+id] == 0 {
			callID, _, _ := strings.Cut(id, " ")
			all = append(all, "no ACK for the 2xx "+s.story(callID))
		}
		id, ours := strings.CutPrefix(key, "out 2xx ")
		callID, _, _ := strings.Cut(id, " ")
		if ours && s.n["in ACK "+id] == 0 && s.n["out BYE "+callID] == 0 && s.n["in BYE "+callID] == 0 {
			all = append(all, "neither an ACK nor a BYE behind our 2xx "+s.story(callID))
		}
	}
	return all
}

// hopeless reports that a leg had to be left at the PBX: we have sent its BYE as often as may be (Timer F,
// https://www.rfc-editor.org/rfc/rfc3261#section-17.1.2.2), and each copy was lost. At 30 % that befalls one BYE in
// 560,000 (0.3^11), at 10 % one in 10^11.
func (s *sightings) hopeless(callID string) bool {
	const copies = 11 // at 0, 0.5, 1.5, 3.5, 7.5, 11.5 ... 31.5 s
	return s.n["out BYE "+callID] == copies && s.n["pbx in BYE "+callID] == 0
}
