package sip

import (
	"time"

	"tieline/sip/invite"
	"tieline/sip/trunk"
)

// What calls do to the health of trunks. [tieline/sip/trunk] decides.

// trunkConfig is the trunks as package trunk sees them.
func (u *UserAgent) trunkConfig() trunk.Config {
	c := trunk.Config{Hold: u.cfg.Hold, MaxHold: u.cfg.MaxHold, Chance: func(n int) int { return u.chance(n) }}
	for i := range u.cfg.Trunks {
		t := &u.cfg.Trunks[i]
		c.Trunks = append(c.Trunks, trunk.Trunk{Name: t.Name, Limits: t.Limits, Probe: t.Probe})
	}
	return c
}

// take finds a trunk for a dial and gives it the call; see [trunk.Health.Take].
func (u *UserAgent) take(now time.Time, d *Dial, tried []string) (name string, full trunk.Full, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.health.Take(now, trunk.Wish{Trunks: d.Trunks, Tried: tried, Urgent: d.Urgent})
}

// enter counts a call that a trunk has placed.
func (u *UserAgent) enter(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.health.Enter(name)
}

// leave ends a call's place at a trunk.
func (u *UserAgent) leave(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.health.Leave(name)
}

// learn takes what a failed attempt says about its trunk; fault is why the INVITE could not be sent, if it could not.
func (u *UserAgent) learn(now time.Time, name string, o invite.Outcome, fault string) {
	u.mu.Lock()
	doubt := u.health.Report(now, name, o, fault)
	u.mu.Unlock()
	if doubt {
		u.probers[name].hurry()
	}
}

// located takes that a location was looked up: its trunks have an address or not.
func (u *UserAgent) located(now time.Time, at *location) {
	names, known := u.peers.trunksAt(at)
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, name := range names {
		u.health.Located(now, name, known)
	}
}

// alive takes that an attempt was answered.
func (u *UserAgent) alive(now time.Time, name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.health.Alive(now, name)
}

// firstProbe is when a trunk is asked for the first time.
func (u *UserAgent) firstProbe(name string) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.health.FirstProbe(time.Now(), name)
}

// quiet is until when a trunk wants to be left alone.
func (u *UserAgent) quiet(name string) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.health.Quiet(name)
}

// probed takes what came of an OPTIONS, and says when the next one is due.
func (u *UserAgent) probed(now time.Time, name string, r trunk.Reply) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.health.Probed(now, name, r)
}

// exhausted is the outcome of a dial when no trunk is left: that of the last attempt, or why there was none.
func (c *Call) exhausted(last Outcome, full trunk.Full) Outcome {
	if len(c.tried) > 0 || full.Limit == 0 {
		return last
	}
	return Outcome{Cause: LimitExceeded, Retryable: true, Trunk: full.Trunk, Limit: full.Limit, RetryAfter: full.Again}
}

// settle gives the attempt's place at its trunk back, once it has had its outcome and nothing of it is under way any more:
// until then the peer may have a call of it.
func (a *attempt) settle() {
	if a.placed && a.final && !a.busy() {
		a.vacate()
	}
}

func (a *attempt) vacate() {
	if a.placed {
		a.placed = false
		a.ua.leave(a.trunk.Name)
	}
}

// Trunks is the health of every trunk in the configured order.
func (u *UserAgent) Trunks() []trunk.State {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.health.States(time.Now())
}
