package invite

import "time"

// response takes a response to a re-INVITE of ours.
func (x *Exchange) response(now time.Time, r Response) {
	current := r.Try == x.try && (x.stage == inviting || x.pending)
	switch {
	case r.Status < 100 || r.Status > 699:
	case r.Status >= 200 && r.Status < 300:
		x.success(now, r, current)
	case !current:
	case r.Status < 200:
		x.provisional(now)
	case x.pending:
		x.resolved(now)
	default:
		x.refused(now, r)
	}
}

// provisional takes a 1xx: the peer asks somebody, and has time for it.
func (x *Exchange) provisional(now time.Time) {
	if x.stage == inviting && !x.heard {
		x.heard = true
		x.until = now.Add(giveUpAfter)
	}
}

// success takes a 2xx. Each one is acknowledged, also where nobody waits for it any more.
func (x *Exchange) success(now time.Time, r Response, current bool) {
	switch {
	case x.stage == asked && r.Try == x.try: // a copy: its ACK waits for our answer
	case !current || x.pending:
		x.emit(AckReinvite{Try: r.Try, Park: true})
		if current {
			x.resolved(now)
		}
	case x.queue[0].renew:
		x.emit(AckReinvite{Try: r.Try})
		x.finish(Renewed{SDP: r.SDP})
	case x.queue[0].SDP == "" && r.SDP != "":
		x.finish(Renegotiated{SDP: r.SDP, Offer: true})
		x.stage, x.until = asked, now.Add(answerWithin)
	case r.SDP == "": // the answer, or the offer, is missing
		x.emit(AckReinvite{Try: r.Try})
		x.failed(Outcome{Kind: Refused, Status: r.Status, Phrase: r.Phrase}, 0)
	default:
		x.emit(AckReinvite{Try: r.Try})
		x.finish(Renegotiated{SDP: r.SDP})
	}
}

// refused takes a 3xx–6xx. The session stays as it was; only what says that the peer does not know the dialog ends it
// (https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.2).
func (x *Exchange) refused(now time.Time, r Response) {
	switch {
	case (r.Adjusted || x.challenges.Answerable(r)) && !x.cancelled:
		x.reinvite(now, true)
	default:
		o := Outcome{Kind: Refused, Status: r.Status, Phrase: r.Phrase, Reason: r.Reason, RetryAfter: r.RetryAfter}
		x.failed(o, x.again(r))
		if r.Status == 408 || r.Status == 481 {
			x.giveUp()
		}
	}
}

// again is after how long the offer may be made once more: after a 491 between 2.1 and 4 seconds later by the owner of the
// Call-ID, by the other within 2 seconds, both in units of 10 ms (https://www.rfc-editor.org/rfc/rfc3261#section-14.1);
// after a 500 when the peer wants (https://www.rfc-editor.org/rfc/rfc3261#section-14.2), but once almost at once where it may
// only be that our ACK was overtaken. 0: not at all. Whether it is made is not decided here: meanwhile the peer may have
// said something that makes it another.
func (x *Exchange) again(r Response) time.Duration {
	const unit = 10 * time.Millisecond
	switch {
	case x.cancelled:
		return 0
	case r.Status == 491 && x.cfg.OwnsCallID:
		return 2100*time.Millisecond + time.Duration(x.cfg.Chance(191))*unit
	case r.Status == 491:
		return time.Duration(1+x.cfg.Chance(200)) * unit
	case r.Status != 500 || r.RetryAfter > longestRetryAfter*time.Second:
		return 0
	case x.tight:
		x.acked = time.Time{}
		return min(afterAll, r.RetryAfter)
	default:
		return r.RetryAfter
	}
}

// unanswered ends a re-INVITE that gets no final response any more. Without any the dialog is over; a broken
// connection says nothing about it, and counts as a 503 (https://www.rfc-editor.org/rfc/rfc3261#section-8.1.3.1). A peer that
// got only the last copy may say so behind the BYE.
func (x *Exchange) unanswered(now time.Time, try int, kind Kind) {
	switch {
	case try != x.try:
	case x.pending:
		x.resolved(now)
	case x.stage == inviting:
		x.failed(Outcome{Kind: kind}, 0)
		if kind == Timeout {
			x.copies = now.Add(giveUpAfter)
			x.giveUp()
		}
	}
}

// giveUp ends the dialog: no offer that waits is of use any more.
func (x *Exchange) giveUp() {
	x.queue = nil
	x.emit(GiveUp{})
}

// acknowledge sends the ACK that carries our answer.
func (x *Exchange) acknowledge(ack AckReinvite) {
	x.settle()
	x.emit(ack)
}
