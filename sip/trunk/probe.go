package trunk

import (
	"time"

	"tieline/sip/invite"
)

// Probing is how it is found out by OPTIONS whether a trunk is up (https://www.rfc-editor.org/rfc/rfc3261#section-11).
type Probing struct {
	Interval  time.Duration // between an answer and the next OPTIONS, a tenth more or less; 0: none is sent
	Timeout   time.Duration // of each; also how soon a change is looked at again, until it is certain
	DownAfter int           // that many without an answer, one behind the other: it is down
	UpAfter   int           // that many answers, one behind the other: it is up again
}

// soon bounds how long after the start the first probe goes out: who waits for readiness does not wait for an interval.
const soon = 5 * time.Second

// Reply is what came of an OPTIONS.
type Reply struct {
	Status     int    // 0: there was none in time, or it could not be sent
	Fault      string // why it could not, in words that can be shown
	Phrase     string
	RetryAfter time.Duration // 0: none
}

// finding is what probes, and calls, have found out about a trunk.
type finding struct {
	why  Why // it is down; 0: it is up
	bad  int // without an answer, one behind the other, while it is up
	good int // answers, one behind the other, while it is down
}

// FirstProbe is when the first OPTIONS goes to a trunk; zero: never.
func (h *Health) FirstProbe(now time.Time, name string) time.Time {
	t := h.trunk(name)
	if t == nil || t.Probe.Interval <= 0 {
		return time.Time{}
	}
	return now.Add(h.spread(min(t.Probe.Interval, soon)))
}

// Quiet is until when the trunk wants to be left alone, by OPTIONS as well; a time in the past: it does not.
func (h *Health) Quiet(name string) time.Time {
	if t := h.trunk(name); t != nil {
		return t.asked
	}
	return time.Time{}
}

// Probed learns from an OPTIONS, and says when the next one is to go out. Whoever answers is there, whatever the answer
// is: many know nothing of OPTIONS. But 408 comes from somebody on the way, and 503 says that no call is wanted: with
// Retry-After for so long, otherwise until an answer says something else.
func (h *Health) Probed(now time.Time, name string, r Reply) (next time.Time) {
	t := h.trunk(name)
	if t == nil {
		return time.Time{}
	}
	defer t.settle(now)
	unavailable := r.Status == 503 && !RateLimited(invite.Outcome{Kind: invite.Refused, Status: r.Status, Phrase: r.Phrase})
	switch {
	case r.Status == 0 || r.Status == 408:
		t.fault = r.Fault
		t.missed(Silent)
	case unavailable && r.RetryAfter > 0:
		t.finding.good = 0
		t.asked = latest(t.asked, now.Add(h.bounded(r.RetryAfter)))
	case unavailable:
		t.finding = finding{why: Declines}
	default:
		t.answered()
	}
	return h.next(now, t)
}

// next is when the next OPTIONS is due: soon while a change is uncertain, and not as long as the peer wants to be left alone
// (https://www.rfc-editor.org/rfc/rfc3261#section-21.5.4), which it may have told a call meanwhile: Quiet.
func (h *Health) next(now time.Time, t *health) time.Time {
	wait := t.Probe.Interval - t.Probe.Interval/10 + h.spread(t.Probe.Interval/5)
	if t.finding.bad > 0 || t.finding.good > 0 {
		wait = min(wait, t.Probe.Timeout)
	}
	return latest(now.Add(wait), t.asked)
}

// missed counts an OPTIONS, or a call, that nobody answered. doubt: it is the first one.
func (t *health) missed(why Why) (doubt bool) {
	f := &t.finding
	f.good = 0
	if t.Probe.Interval <= 0 || f.why != 0 {
		return false
	}
	if f.bad++; f.bad >= t.Probe.DownAfter {
		*f = finding{why: why}
	}
	return f.bad == 1
}

// answered counts an answer to OPTIONS.
func (t *health) answered() {
	t.hold = time.Time{}
	f := &t.finding
	f.bad = 0
	if f.why == 0 {
		return
	}
	if f.good++; f.good >= t.Probe.UpAfter {
		*f = finding{}
	}
}

// alive takes that a call was answered, whatever the answer was. It does not bring up a trunk that is down: that call is
// an old one.
func (t *health) alive() {
	t.hold = time.Time{}
	t.finding.bad = 0
}
