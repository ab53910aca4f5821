package invite

import "time"

const (
	// leastMinSE is what Min-SE stands for where nobody says anything, and what nobody may go below
	// (https://www.rfc-editor.org/rfc/rfc4028#section-5).
	leastMinSE = 90 * time.Second
	// mostMinSE bounds what a 422 can have us ask for.
	mostMinSE = 24 * time.Hour
	// most422 bounds how often one dialog asks for more time: each proxy on the way may want more than the one before.
	most422 = 3
	// soonest bounds how often a session is refreshed, whatever the peer says.
	soonest = 5 * time.Second
)

// Refresher is whose refreshes a session lives on.
type Refresher uint8

// The refreshers.
const (
	Anybody Refresher = iota // not said
	Us
	Peer
)

// Terms are what a message says of the session timer.
type Terms struct {
	Supported bool          // its sender knows the extension
	Expires   time.Duration // Session-Expires; 0: none
	Refresher Refresher
	Min       time.Duration // Min-SE; 0: none
}

// TimerConfig is what we want of session timers.
type TimerConfig struct {
	Expires   time.Duration // what we ask for; 0: we take no part
	Min       time.Duration // what we take at least; below 90 s counts as that
	Refresher Refresher     // our wish, where the peer has none
}

// TimerEffect is what a [Timer] wants to be done.
type TimerEffect uint8

// The effects.
const (
	Wait    TimerEffect = iota
	Refresh             // refresh the session: told by Agreed or Failed how it went
	Expire              // hang up
)

// Timer is the session timer of one dialog (https://www.rfc-editor.org/rfc/rfc4028): a call that nobody refreshes any more
// ends, so that nobody keeps one whose peer has died. Either side may be the one that refreshes; every INVITE and UPDATE
// negotiates that anew.
type Timer struct {
	cfg   TimerConfig
	least time.Duration // the largest Min-SE that was asked for
	tries int           // 422 obeyed

	// As agreed last.
	interval time.Duration // 0: the session does not expire
	ours     bool          // we refresh
	next     time.Time     // the refresh is due; zero: it is under way, or not ours
	until    time.Time     // nothing has refreshed the session; zero: it does not expire
}

// NewTimer returns the timer of a session that nothing is agreed about.
func NewTimer(cfg TimerConfig) *Timer {
	cfg.Min = max(cfg.Min, leastMinSE)
	if cfg.Expires > 0 {
		cfg.Expires = max(cfg.Expires, cfg.Min)
	}
	return &Timer{cfg: cfg}
}

// On reports that we take part.
func (t *Timer) On() bool { return t.cfg.Expires > 0 }

// Ask is what an INVITE or UPDATE of ours says: what we want, or in a session that has a timer what holds already
// (https://www.rfc-editor.org/rfc/rfc4028#section-7.4).
func (t *Timer) Ask() Terms {
	if !t.On() {
		return Terms{}
	}
	ask := Terms{Supported: true, Expires: max(t.cfg.Expires, t.least), Refresher: t.cfg.Refresher, Min: max(t.cfg.Min, t.least)}
	if t.interval > 0 {
		ask.Expires = max(t.interval, t.least)
		ask.Refresher = Peer
		if t.ours {
			ask.Refresher = Us
		}
	}
	return ask
}

// TooBrief takes a 422, and reports whether asking once more, for what it wants, is of use
// (https://www.rfc-editor.org/rfc/rfc4028#section-7.3).
func (t *Timer) TooBrief(least time.Duration) bool {
	if !t.On() || t.tries == most422 || least <= max(t.least, leastMinSE) || least > mostMinSE {
		return false
	}
	t.tries++
	t.least = least
	return true
}

// Agreed takes the 2xx to a request of ours. One that says nothing ends the timer: a peer that does not know it cannot be
// expected to refresh, and does not expect it of us (https://www.rfc-editor.org/rfc/rfc4028#section-7.2).
func (t *Timer) Agreed(now time.Time, answer Terms) {
	t.set(now, answer.Expires, answer.Refresher != Peer)
}

// Fair reports whether a request of the peer's can be taken; otherwise 422 says our Min-SE. Who does not know the
// extension would not understand that (https://www.rfc-editor.org/rfc/rfc4028#section-9).
func (t *Timer) Fair(asked Terms) bool {
	return !t.On() || !asked.Supported || asked.Expires == 0 || asked.Expires >= t.cfg.Min
}

// Least is our Min-SE.
func (t *Timer) Least() time.Duration { return t.cfg.Min }

// Accept takes a request of the peer's that gets its 2xx now, and returns what that says
// (https://www.rfc-editor.org/rfc/rfc4028#section-9): not more than was asked for, and not less than Min-SE. A peer that
// does not know the extension can only be refreshed.
func (t *Timer) Accept(now time.Time, asked Terms) Terms {
	if !t.On() || asked.Expires == 0 && !asked.Supported {
		t.set(now, 0, false)
		return Terms{}
	}
	answer := Terms{Supported: asked.Supported, Expires: max(t.cfg.Expires, asked.Min), Refresher: asked.Refresher}
	if asked.Expires > 0 {
		answer.Expires = min(answer.Expires, asked.Expires)
	}
	switch {
	case !asked.Supported:
		answer.Refresher = Us
	case answer.Refresher == Anybody && t.cfg.Refresher == Peer:
		answer.Refresher = Peer
	case answer.Refresher == Anybody:
		answer.Refresher = Us
	}
	t.set(now, answer.Expires, answer.Refresher == Us)
	return answer
}

// set starts the timer anew. Who refreshes does it at half time; both give up a third before the end, 32 seconds at most
// (https://www.rfc-editor.org/rfc/rfc4028#section-10). A peer that grants less than it may is not hurried along with.
func (t *Timer) set(now time.Time, interval time.Duration, ours bool) {
	t.interval, t.ours, t.next, t.until = interval, ours, time.Time{}, time.Time{}
	if !t.On() || interval <= 0 {
		t.interval = 0
		return
	}
	if ours {
		t.next = now.Add(max(interval/2, soonest))
	}
	interval = max(interval, leastMinSE)
	t.until = now.Add(interval - min(32*time.Second, interval/3))
}

// Failed takes that a refresh was refused. The session goes on, and the refresh is tried again: after again where the
// peer's own offer met it, else at half of what is left.
func (t *Timer) Failed(now time.Time, again time.Duration) {
	if t.until.IsZero() || !t.ours {
		return
	}
	if again == 0 {
		again = t.until.Sub(now) / 2
	}
	t.next = now.Add(max(again, soonest))
}

// Stop ends the timer, with the call.
func (t *Timer) Stop() { t.set(time.Time{}, 0, false) }

// Deadline is when Step is due. Zero: nothing is pending.
func (t *Timer) Deadline() time.Time { return earlier(t.next, t.until) }

// Step returns what is due.
func (t *Timer) Step(now time.Time) TimerEffect {
	switch {
	case !t.until.IsZero() && !now.Before(t.until):
		t.Stop()
		return Expire
	case !t.next.IsZero() && !now.Before(t.next):
		t.next = time.Time{}
		return Refresh
	default:
		return Wait
	}
}
