package sip

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"tieline/sip/register"
)

// Registration is a user to be registered at a trunk's registrar (https://www.rfc-editor.org/rfc/rfc3261#section-10):
// calls for it come to us from then on, with its name as [Invitation.Called].
type Registration struct {
	Trunk string
	User  string // of the address of record, and of the contact
	// Username and Password answer the registrar's challenges, and those to calls that name the registration
	// ([Dial.Account]). Default of Username: User.
	Username, Password string
	// Expires is what the registrar is asked for; it may grant less, or want more. Default: an hour.
	Expires time.Duration
}

// RegistrationState is what became of a registration. Registered, or an Outcome that tells why not:
//
//   - Forbidden (401, 403, 407) or NotFound (404): tried again seldom, since it takes somebody to make it good;
//   - Network, Congestion, Unavailable: tried again with growing pauses;
//   - NotFound or NoTrunk without a Status: it could not be asked as it stands, and never will be;
//   - Cancelled: the user agent ends.
type RegistrationState struct {
	Registered bool
	Outcome    Outcome
	Again      time.Duration // until the next try; 0: at once, or never
}

// Registered is a registration that goes on until Unregister, or the end of the user agent, which removes all of them.
type Registered struct {
	all *registrations
	key registrationKey
	of  uint64
}

// registrationKey is an address of record.
type registrationKey struct{ trunk, user string }

// Register registers a user and keeps the registration alive. It returns at once; report is called from another
// goroutine, in order and never at the same time, when the registrar has taken it, when an attempt has failed, and
// when the registration is lost or regained later. It must not block, and is not called any more once Unregister was
// heeded. A registration of the same user at the same trunk takes the place of the one before, which need not be
// unregistered.
//
// Registrations that are due at the same time are sent one after the other: Trunk.RegistrationsPerSecond.
func (u *UserAgent) Register(r Registration, report func(RegistrationState)) *Registered {
	all := u.registrations
	h := &Registered{all: all, key: registrationKey{r.Trunk, r.User}, of: all.number.Add(1)}
	r.Username = cmp.Or(r.Username, r.User)
	account := newAccount(r.Username, r.Password)
	if !all.inbox.post(func(now time.Time) { all.register(now, r, account, h.of, report) }) {
		report(endedState())
	}
	return h
}

// Unregister removes the registration. It may be called from anywhere, any number of times, and returns at once.
func (h *Registered) Unregister() {
	h.all.inbox.post(func(now time.Time) {
		if g := h.all.all[h.key]; g != nil && g.of == h.of {
			g.report = func(RegistrationState) {}
			h.all.settle(g, false, nil) // calls are his no longer
			h.all.step(now, g, register.Stop{})
		}
	})
}

// Registrations is how many registrations there are to be, the trunks' own among them, and how many of them there are.
func (u *UserAgent) Registrations() (wanted, registered int) {
	u.registrations.mu.Lock()
	defer u.registrations.mu.Unlock()
	return u.registrations.wanted, u.registrations.up
}

// Unregistered lists the trunks whose own account the registrar does not have: not those that it has not been asked yet.
func (u *UserAgent) Unregistered() []string {
	u.registrations.mu.Lock()
	defer u.registrations.mu.Unlock()
	return slices.Sorted(maps.Keys(u.registrations.without))
}

func endedState() RegistrationState {
	return RegistrationState{Outcome: Outcome{Cause: Cancelled, Retryable: true, Detail: "shutting down"}}
}
