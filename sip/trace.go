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
	Call    string // Dial.ID or Incoming.ID, where the call is known
	Trace   string // the id of the trace that the call belongs to, where there is one (https://www.w3.org/TR/trace-context/#trace-id)
	Body    []byte // a copy
}

// traceData traces what leaves. It reads as much of a message's bytes as a trace shows.
func (u *UserAgent) traceData(network string, peer net.Addr, data []byte) {
	if u.cfg.Trace == nil {
		return
	}
	head, body, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	first, rest, _ := strings.Cut(string(head), "\r\n")
	if !strings.Contains(first, "SIP/2.0") {
		return // keep-alives
	}
	ours := "from" // the header field that has our tag
	if strings.HasPrefix(first, "SIP/2.0") {
		ours = "to"
	}
	e := TraceEvent{Out: true, Network: network, Peer: u.peers.name(peer.String()), Body: bytes.Clone(body)}
	tag := ""
	for line := range strings.SplitSeq(rest, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(name) {
		case "call-id":
			e.CallID = strings.TrimSpace(value)
		case "cseq":
			e.CSeq = strings.TrimSpace(value)
		case ours:
			_, tag, _ = strings.Cut(value[strings.LastIndex(value, ">")+1:], ";tag=")
			tag, _, _ = strings.Cut(tag, ";")
		}
	}
	e.Line = shortLine(first, e.CSeq)
	u.trace(e, tag)
}

// traceMessage traces what came in, and was a message: in a call with our tag, or one that has no more than an id yet.
func (u *UserAgent) traceMessage(msg interface {
	gosip.Message
	StartLine() string
}, tag, id string) {
	if u.cfg.Trace == nil {
		return
	}
	e := TraceEvent{Network: gosip.NetworkToLower(msg.Transport()), Peer: u.peers.name(msg.Source()), CallID: callID(msg), Call: id, Body: bytes.Clone(msg.Body())}
	if h := msg.CSeq(); h != nil {
		e.CSeq = h.Value()
	}
	e.Line = shortLine(msg.StartLine(), e.CSeq)
	if req, ok := msg.(*gosip.Request); ok {
		if at := arrivalOf(req); at != nil {
			e.Trace = TraceID(at.trace)
		}
	}
	u.trace(e, tag)
}

func (u *UserAgent) trace(e TraceEvent, tag string) {
	e.Time = time.Now()
	if o := u.table.get(e.CallID, tag); o != nil {
		e.Call, e.Trace = o.name(), TraceID(o.trace())
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
