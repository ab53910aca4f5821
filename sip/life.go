package sip

import "time"

// actor is a call as the goroutine that owns it sees it.
type actor interface {
	begin(now time.Time) // once, as soon as something can be sent
	tick(now time.Time)  // what is due by now
	due() time.Time      // when tick is next of use; zero: never
	over() bool          // nothing more can happen
	abandon()            // the time for clean-up is over
	forget()             // nothing will
}

// guest is a call as the user agent sees it.
type guest interface {
	leave()
	Done() <-chan struct{}
}

// play owns a call until it is over.
func (u *UserAgent) play(a actor, box *mailbox) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	readyc := u.readyc
	for !a.over() {
		arm(timer, a.due())
		select {
		case <-readyc:
			readyc = nil
			a.tick(time.Now())
			a.begin(time.Now())
		case <-box.wakec:
			for _, f := range box.take() {
				a.tick(time.Now())
				f(time.Now())
			}
		case <-timer.C:
		case <-u.abandonc:
			a.abandon()
		}
		a.tick(time.Now())
	}
	for _, f := range box.close() {
		f(time.Now()) // requests of the peer's that came in meanwhile want their answers
	}
	a.forget()
}

// arm sets a call's one timer to whatever is due next.
func arm(timer *time.Timer, next time.Time) {
	if next.IsZero() {
		timer.Stop()
		return
	}
	timer.Reset(time.Until(next))
}

// enlist takes a call in, unless the user agent is about to end.
func (u *UserAgent) enlist(g guest) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closing {
		return false
	}
	u.calls[g] = struct{}{}
	u.live.Add(1)
	return true
}

// dismiss lets a call go.
func (u *UserAgent) dismiss(g guest) {
	u.mu.Lock()
	_, known := u.calls[g] // one that was refused is not
	delete(u.calls, g)
	u.mu.Unlock()
	if known {
		u.live.Done()
	}
}

// hangUpAll ends all calls and gives them Config.Grace.
func (u *UserAgent) hangUpAll() {
	u.mu.Lock()
	u.closing = true
	var calls []guest
	for g := range u.calls {
		calls = append(calls, g)
	}
	u.mu.Unlock()
	for _, g := range calls {
		g.leave()
	}
	defer close(u.abandonc)
	grace := time.NewTimer(u.cfg.Grace)
	defer grace.Stop()
	for _, g := range calls {
		select {
		case <-g.Done():
		case <-grace.C:
			return
		}
	}
}
