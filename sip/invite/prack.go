package invite

import "time"

// Receipts keeps the order of the reliable provisional responses of one early dialog of ours
// (https://www.rfc-editor.org/rfc/rfc3262#section-4). The zero Receipts has seen none.
type Receipts struct{ latest uint32 }

// Receipt is what a reliable provisional response is.
type Receipt uint8

// The receipts.
const (
	Next    Receipt = iota // it is the next one: it counts, and gets its PRACK
	Copy                   // it has had its PRACK
	TooSoon                // one before it is missing, and will come again: it is as if it had not come
)

// Take takes one by its RSeq. The first may have any.
func (r *Receipts) Take(seq uint32) Receipt {
	switch {
	case r.latest == 0 || seq == r.latest+1:
		r.latest = seq
		return Next
	case seq <= r.latest:
		return Copy
	default:
		return TooSoon
	}
}

// reliable is the provisional response of a Server that awaits its PRACK, one at a time
// (https://www.rfc-editor.org/rfc/rfc3262#section-3).
type reliable struct {
	seq      uint32 // RSeq of the latest
	open     bool   // it has no PRACK
	interval time.Duration
	next     time.Time // it is sent again; zero: not any more
	until    time.Time // the INVITE is refused
	behind   int       // status of the one that has to wait; 0: none
}

// provisional sends a 1xx beyond 100, reliably where that is wanted.
func (s *Server) provisional(now time.Time, status int) {
	r := &s.reliable
	switch {
	case !s.cfg.Reliable:
		s.emit(SendProvisional{Status: status})
	case r.open:
		r.behind = status
	default:
		*r = reliable{seq: r.seq + 1, open: true, interval: t1, next: now.Add(t1), until: now.Add(giveUpAfter)}
		s.emit(SendProvisional{Status: status, RSeq: r.seq})
	}
}

// insist repeats it, in intervals that double; without a PRACK for 64·T1 the caller is refused.
func (s *Server) insist(now time.Time) {
	r := &s.reliable
	if !now.Before(r.until) {
		s.refuse(now, Unacknowledged, Refuse{Status: 504, Phrase: "Server Time-out"})
		return
	}
	r.interval *= 2
	r.next = earlier(now.Add(r.interval), r.until)
	s.emit(SendProvisional{RSeq: r.seq, Again: true})
}

// peerPrack takes a PRACK. Behind a final response it is still welcome, but brings nothing about.
func (s *Server) peerPrack(now time.Time, in PeerPrack) {
	r := &s.reliable
	if !r.open || in.RSeq != r.seq {
		s.emit(AnswerPrack{})
		return
	}
	r.open, r.next = false, time.Time{}
	s.emit(AnswerPrack{Match: true})
	if status := r.behind; status != 0 && s.phase.open() {
		r.behind = 0
		s.provisional(now, status)
	}
}
