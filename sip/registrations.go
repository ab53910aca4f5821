package sip

import (
	"container/heap"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"tieline/sip/invite"
	"tieline/sip/locate"
	"tieline/sip/register"
	"tieline/sip/trunk"
)

// registrations are all registrations of a user agent, owned by one goroutine: thousands of them are one timer, and what
// they send goes out one after the other.
type registrations struct {
	// settings
	ua *UserAgent

	// in
	inbox  mailbox
	number atomic.Uint64 // of the latest Register

	// out
	ended chan struct{}

	// state, owned by run
	all     map[registrationKey]*registration
	agenda  agenda
	paces   map[string]*pace // by trunk
	ready   bool             // it may send
	leaving bool

	mu     sync.Mutex
	lines  map[registrationKey]*accountLine // those that are registered
	wanted int
	up     int

	without map[string]bool // trunks whose own account is not registered
}

// accountLine is what a call needs of a registration: credentials, and the way that the registrar wants requests to go
// (Service-Route, https://www.rfc-editor.org/rfc/rfc3608#section-5).
type accountLine struct {
	account *account
	routes  []string
	needed  locate.Target // where the first route is a name: what is located for it
}

// registration is one of them.
type registration struct {
	key     registrationKey
	trunk   *Trunk
	user    string // as it stands in a URI
	account *account
	of      uint64 // the Register that it is of
	report  func(RegistrationState)
	machine *register.Machine

	callID, tag string
	seq         uint32
	leg         *leg           // of the REGISTER under way
	asked       register.Send  // and what it asks for
	moves       int            // how many addresses it has failed at
	registrar   hop            // where it goes, or went
	flow        netip.AddrPort // the registrar's end of the connection that it went over; invalid: none
	up          bool           // told
	fault       string         // why a REGISTER could not be sent
	silent      time.Time      // the registrar has said nothing by then, and there is another address; zero: there is none

	at    time.Time // when it wants to be called
	slot  time.Time // when it is its turn to send; zero: it has none
	place int       // in the agenda; -1: not there
}

func newRegistrations(u *UserAgent) *registrations {
	r := &registrations{
		ua: u, ended: make(chan struct{}), all: map[registrationKey]*registration{}, paces: map[string]*pace{},
		lines: map[registrationKey]*accountLine{}, without: map[string]bool{},
	}
	r.inbox.wakec = make(chan struct{}, 1)
	for name, t := range u.trunks {
		r.paces[name] = &pace{interval: time.Second / time.Duration(t.RegistrationsPerSecond)}
	}
	return r
}

// start runs them until the user agent ends.
func (r *registrations) start() {
	r.ua.enlist(r)
	go r.run()
}

func (r *registrations) run() {
	defer r.ua.dismiss(r)
	defer close(r.ended)
	r.ua.play(r, &r.inbox)
}

// Done is closed when all are removed.
func (r *registrations) Done() <-chan struct{} { return r.ended }

// leave removes all registrations, within half the time that there is for it.
func (r *registrations) leave() {
	r.inbox.post(func(now time.Time) {
		r.leaving = true
		for _, p := range r.paces {
			p.next = now
			p.interval = min(p.interval, r.ua.cfg.Grace/2/time.Duration(max(1, len(r.all))))
		}
		for _, g := range r.all {
			g.slot, g.report = time.Time{}, func(RegistrationState) {}
			r.step(now, g, register.Stop{})
		}
	})
}

// begin registers the trunks' own accounts.
func (r *registrations) begin(now time.Time) {
	r.ready = true
	for i := range r.ua.cfg.Trunks {
		if t := &r.ua.cfg.Trunks[i]; t.Register != nil {
			own := Registration{Trunk: t.Name, User: t.accountUser(), Expires: t.Register.Expires}
			r.register(now, own, r.ua.accounts[t.Name], 0, r.tellOwn(t))
		}
	}
}

// tellOwn logs what becomes of a trunk's own account.
func (r *registrations) tellOwn(t *Trunk) func(RegistrationState) {
	return func(s RegistrationState) {
		r.mu.Lock()
		if delete(r.without, t.Name); !s.Registered {
			r.without[t.Name] = true
		}
		r.mu.Unlock()
		if s.Registered {
			r.ua.cfg.Log.Info("sip: registered", "trunk", t.Name)
			return
		}
		r.ua.cfg.Log.Warn("sip: not registered", "trunk", t.Name, "cause", s.Outcome.Cause, "status", s.Outcome.Status,
			"detail", s.Outcome.Detail, "again-in", s.Again.Round(time.Second))
	}
}

func (r *registrations) tick(now time.Time) {
	for r.ready && len(r.agenda) > 0 && !r.agenda[0].at.After(now) {
		g := r.agenda[0]
		if !g.silent.IsZero() && !g.silent.After(now) {
			r.unheard(now, g)
			continue
		}
		if g.machine.Sends(now) && g.slot.IsZero() {
			g.slot = r.paces[g.trunk.Name].take(now)
			if g.slot.After(now) {
				r.put(g, g.slot)
				continue
			}
		}
		g.slot = time.Time{}
		r.step(now, g, register.Tick{})
	}
}

func (r *registrations) due() time.Time {
	if !r.ready || len(r.agenda) == 0 {
		return time.Time{}
	}
	return r.agenda[0].at
}

func (r *registrations) over() bool { return r.leaving && len(r.all) == 0 }

// abandon forgets what the registrars have not removed: it will run out.
func (r *registrations) abandon() {
	r.leaving = true
	r.forget()
}

func (r *registrations) forget() {
	for _, g := range r.all {
		g.finish()
	}
	clear(r.all)
	r.agenda = nil
}

// register takes a Registration, or one in the place of another.
func (r *registrations) register(now time.Time, ask Registration, a *account, of uint64, report func(RegistrationState)) {
	t := r.ua.trunks[ask.Trunk]
	user, err := escapeUser(ask.User)
	switch {
	case r.leaving:
		report(endedState())
		return
	case t == nil:
		report(RegistrationState{Outcome: Outcome{Cause: NoTrunk, Trunk: ask.Trunk, Detail: "no such trunk"}})
		return
	case err != nil || !safeText(ask.Username):
		report(RegistrationState{Outcome: Outcome{Cause: NotFound, Trunk: ask.Trunk, Detail: "user or user name that cannot be sent"}})
		return
	}
	key := registrationKey{ask.Trunk, ask.User}
	g := r.all[key]
	if g == nil {
		g = newRegistration(key, t, user, register.Config{Expires: ask.Expires, Chance: r.ua.chance})
		r.all[key] = g
		r.count(1, 0)
	} else { // once more, with what is asked for now
		r.settle(g, false, nil)
		g.report = func(RegistrationState) {}
		r.step(now, g, register.Stop{})
		if r.all[key] == nil {
			r.all[key] = g
			r.count(1, 0)
		}
	}
	g.account, g.of, g.report = a, of, report
	if g.leg != nil {
		g.leg.auth.account = a
	}
	r.step(now, g, register.Start{})
}

func newRegistration(key registrationKey, t *Trunk, user string, c register.Config) *registration {
	return &registration{
		key: key, trunk: t, user: user, machine: register.New(c), callID: newCallID(), tag: newTag(), place: -1,
	}
}

// step tells the machine and does what it says, in order.
func (r *registrations) step(now time.Time, g *registration, in register.Input) {
	for _, e := range g.machine.Step(now, in) {
		switch e := e.(type) {
		case register.Send:
			g.moves = 0
			r.send(now, g, e)
		case register.Registered:
			g.finish()
			was := g.up
			r.settle(g, true, e.Routes)
			if !was {
				g.report(RegistrationState{Registered: true})
			}
		case register.Lost:
			r.settle(g, false, nil)
			g.report(RegistrationState{Outcome: g.outcome(e.Why), Again: e.Again})
		case register.Removed:
			g.finish()
			r.settle(g, false, nil)
			r.drop(g)
			return
		}
	}
	r.put(g, sooner(g.machine.Deadline(), g.silent))
}

// settle notes whether it is registered.
func (r *registrations) settle(g *registration, up bool, routes []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if up != g.up {
		r.up += map[bool]int{true: 1, false: -1}[up]
	}
	before := r.lines[g.key]
	if g.up = up; up {
		r.lines[g.key] = r.lineWith(g, routes)
	} else {
		delete(r.lines, g.key)
	}
	if l := r.lines[g.key]; l != nil && l.needed.Host != "" {
		r.ua.peers.need(l.needed)
	}
	if before != nil && before.needed.Host != "" {
		r.ua.peers.spare(before.needed)
	}
}

// lineWith is what calls of a registration need. A first route that is a name is located from now on, before there is a call.
func (r *registrations) lineWith(g *registration, routes []string) *accountLine {
	line := &accountLine{account: g.account, routes: routes}
	if len(routes) > 0 {
		uri, calls := parseRoute(routes[0]), leg{ua: r.ua, sips: g.trunk.SIPS}
		if t := soughtBy(uri, calls.networkOf(uri, g.registrar.network)); named(t) {
			line.needed = t
		}
	}
	return line
}

func (r *registrations) count(wanted, up int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wanted += wanted
	r.up += up
}

func (r *registrations) drop(g *registration) {
	delete(r.all, g.key)
	r.count(-1, 0)
	if g.place >= 0 {
		heap.Remove(&r.agenda, g.place)
	}
}

// line is what calls of a user through a trunk need; nil: it is not registered.
func (r *registrations) line(trunk, user string) *accountLine {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines[registrationKey{trunk, user}]
}

// lineOf is what a call through a trunk has of the user that it is of, or else of the trunk's own account.
func (r *registrations) lineOf(t *Trunk, user string) *accountLine {
	if user != "" {
		if l := r.line(t.Name, user); l != nil {
			return l
		}
	}
	return r.line(t.Name, t.accountUser())
}

// disconnected registers again what was registered over a connection that is gone.
func (r *registrations) disconnected(peer netip.AddrPort) {
	r.inbox.post(func(now time.Time) {
		for _, g := range r.all {
			if g.flow == peer {
				r.step(now, g, register.ConnectionLost{})
			}
		}
	})
}

// outcome is a failure in the words of the user agent's callers.
func (g *registration) outcome(why invite.Outcome) Outcome {
	v := trunk.Classify(why)
	if why.Status/100 == 2 || why.Status == 423 { // not what it was asked for
		v = trunk.Verdict{Cause: Unavailable, Retryable: true}
	}
	return Outcome{
		Cause: v.Cause, Retryable: v.Retryable, Status: why.Status, Phrase: why.Phrase, Reason: why.Reason,
		Q850: trunk.Q850(why.Reason), RetryAfter: why.RetryAfter, Trunk: g.trunk.Name, Attempts: 1, Detail: g.fault,
	}
}

// finish ends the REGISTER under way.
func (g *registration) finish() {
	g.silent = time.Time{}
	if g.leg != nil {
		g.leg.close()
		g.leg = nil
	}
}
