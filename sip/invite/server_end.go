package invite

import "time"

// refuse sends the final response; the rest is its transaction's.
func (s *Server) refuse(now time.Time, kind Kind, r Refuse) {
	if !s.phase.open() {
		return
	}
	s.fail(Outcome{Kind: kind, Status: r.Status, Phrase: r.Phrase, Reason: r.reason, RetryAfter: r.RetryAfter})
	s.emit(SendRefusal{Status: r.Status, Phrase: r.Phrase, RetryAfter: r.RetryAfter, Contact: r.Contact, Unfit: r.Unfit})
	s.refused(now)
}

// refused waits for the ACK of a refusal, at most as long as that is repeated
// (https://www.rfc-editor.org/rfc/rfc3261#section-17.2.1).
func (s *Server) refused(now time.Time) {
	s.phase = refusing
	s.next, s.until = time.Time{}, now.Add(giveUpAfter)
}

// terminated is the refusal of an INVITE that nobody waits for any more.
func terminated(reason string) Refuse {
	return Refuse{Status: 487, Phrase: "Request Terminated", reason: reason}
}

// peerCancel takes what the INVITE's transaction has already settled: it sent the 487, and a 200 of ours came too late
// for it (https://www.rfc-editor.org/rfc/rfc3261#section-9.2). The other way round it would not have told us.
func (s *Server) peerCancel(now time.Time, in PeerCancel) {
	switch s.phase {
	case unstarted, trying, ringing, accepted:
		t := terminated(in.Reason)
		s.fail(Outcome{Kind: Cancelled, Status: t.Status, Phrase: t.Phrase, Reason: t.reason})
		s.refused(now)
	case withdrawn:
		s.refused(now)
	}
}

// peerBye takes the caller's BYE. On an early dialog it ends the INVITE as well
// (https://www.rfc-editor.org/rfc/rfc3261#section-15.1.2); behind a 200 without ACK that goes on being repeated, lest
// the caller wait for a final response for ever.
func (s *Server) peerBye(now time.Time, in PeerBye) {
	switch s.phase {
	case unstarted, trying, ringing:
		s.refuse(now, Cancelled, terminated(in.Reason))
	case accepted:
		s.fail(Outcome{Kind: Cancelled, Status: 200, Phrase: "OK", Reason: in.Reason})
		s.phase = withdrawn
	case confirmed:
		s.end(Ended{Remote: true, Reason: in.Reason})
	}
	s.dialog.gone, s.dialog.byeUntil = true, time.Time{}
}

func (s *Server) peerAck(now time.Time) {
	switch s.phase {
	case accepted:
		s.phase, s.next = confirmed, time.Time{}
		s.emit(Answered{Alerted: s.rang})
	case withdrawn:
		s.phase = departing
		s.bye(now, s.why)
	case refusing: // copies of the INVITE may follow for T4: https://www.rfc-editor.org/rfc/rfc3261#section-17.2.1
		s.phase = departing
		s.until = now.Add(t4)
	}
}

// broken takes the end of the INVITE's transaction. Without a final response nobody is there to send one to.
func (s *Server) broken() {
	switch s.phase {
	case unstarted, trying, ringing:
		s.fail(Outcome{Kind: Transport})
		s.phase = forgotten
	case refusing:
		s.phase = forgotten
	}
}

// expire does what is due by now.
func (s *Server) expire(now time.Time) {
	for due := s.Deadline(); !due.IsZero() && !now.Before(due); due = s.Deadline() {
		switch s.phase {
		case trying, ringing:
			s.remind(now)
		case accepted, withdrawn:
			s.repeat(now)
		default:
			s.phase = forgotten
		}
	}
}

// remind says that the call is still being looked after, or gives up at Expires. 182 where nobody's telephone rings.
func (s *Server) remind(now time.Time) {
	if !s.limit.IsZero() && !now.Before(s.limit) {
		s.refuse(now, Expired, terminated(""))
		return
	}
	if r := s.reliable.next; !r.IsZero() && !now.Before(r) {
		s.insist(now)
		return
	}
	s.next = now.Add(stillThere)
	if s.phase == ringing {
		s.provisional(now, 180)
		return
	}
	s.provisional(now, 182)
}

// repeat sends the 200 again, after T1, 2·T1, … at most T2; without an ACK for 64·T1 the call is hung up
// (https://www.rfc-editor.org/rfc/rfc3261#section-13.3.1.4).
func (s *Server) repeat(now time.Time) {
	if now.Before(s.until) {
		s.emit(SendAnswer{Again: true})
		s.interval = min(2*s.interval, t2)
		s.next = now.Add(s.interval)
		return
	}
	if s.phase == accepted {
		s.fail(Outcome{Kind: Unacknowledged, Status: 200, Phrase: "OK"})
	}
	s.phase = departing
	s.bye(now, s.why.or(NeverAcked))
}

func (s *Server) bye(now time.Time, why Reason) {
	if bye, ok := s.dialog.bye(now, why); ok {
		s.emit(bye)
	}
}

func (s *Server) fail(o Outcome) {
	o.Alerted = s.rang
	s.emit(Failed{o})
}

func (s *Server) end(e Ended) {
	s.phase = departing
	s.emit(e)
}

func (s *Server) emit(e ServerEffect) { s.out = append(s.out, e) }

// earlier is the first of two deadlines, either of which may be none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
