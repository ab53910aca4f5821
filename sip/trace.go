package sip

import (
	"bytes"
	"net"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// TraceEvent is one SIP message on its way in or out.
type TraceEvent struct {
	Time    time.Time
	Out     bool   // we sent it
	Network string // "udp" or "tcp"
	Peer    string // the trunk's name, or an address
	Line    string // short: "INVITE sip:600@pbx", "180", "200 (INVITE)"
	CallID  string
	CSeq    string // "1 INVITE"
	Dial    string // Dial.ID, where the call is known
}

// traceData reads as much of a message's bytes as a trace shows; it must be cheap and may be wrong about rubbish.
func (u *UserAgent) traceData(out bool, network string, peer net.Addr, data []byte) {
	if u.cfg.Trace == nil {
		return
	}
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	first, rest, _ := strings.Cut(string(head), "\r\n")
	if !strings.Contains(first, "SIP/2.0") {
		return // keep-alives
	}
	e := TraceEvent{Out: out, Network: network, Peer: u.peers.name(peer.String())}
	for line := range strings.SplitSeq(rest, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "call-id", "i":
			e.CallID = strings.TrimSpace(value)
		case "cseq":
			e.CSeq = strings.TrimSpace(value)
		}
	}
	e.Line = shortLine(first, e.CSeq)
	u.trace(e)
}

// traceMessage is traceData for what comes without bounds of its own: a message received over TCP.
func (u *UserAgent) traceMessage(msg gosip.Message) {
	if u.cfg.Trace == nil || gosip.NetworkToLower(msg.Transport()) == udp {
		return
	}
	e := TraceEvent{Network: tcp, Peer: u.peers.name(msg.Source()), CallID: callID(msg)}
	if h := msg.CSeq(); h != nil {
		e.CSeq = h.Value()
	}
	line, _, _ := strings.Cut(msg.String(), "\r\n")
	e.Line = shortLine(line, e.CSeq)
	u.trace(e)
}

func (u *UserAgent) trace(e TraceEvent) {
	e.Time = time.Now()
	if a := u.table.get(e.CallID); a != nil {
		e.Dial = a.call.dial.ID
	}
	u.tracing.Lock()
	defer u.tracing.Unlock()
	if !u.traced {
		u.cfg.Trace(e)
	}
}

// endTrace makes sure that nobody is told anything once Run has returned: goroutines of sipgo's may outlive it by
// moments.
func (u *UserAgent) endTrace() {
	u.tracing.Lock()
	defer u.tracing.Unlock()
	u.traced = true
}

// shortLine turns a start line into what ladders show.
func shortLine(line, cseq string) string {
	status, ok := strings.CutPrefix(line, "SIP/2.0 ")
	if !ok {
		return strings.TrimSuffix(line, " SIP/2.0")
	}
	status, _, _ = strings.Cut(status, " ")
	if strings.HasPrefix(status, "1") {
		return status
	}
	_, method, _ := strings.Cut(cseq, " ")
	return status + " (" + method + ")"
}
