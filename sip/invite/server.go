package invite

import "time"

const (
	t1 = 500 * time.Millisecond
	t2 = 4 * time.Second
	t4 = 5 * time.Second

	// stillThere is how often a caller is told that its INVITE is being looked after: proxies give up after three
	// minutes of silence (https://www.rfc-editor.org/rfc/rfc3261#section-13.3.1.1).
	stillThere = time.Minute
)

// ServerConfig is what an incoming call is bounded by.
type ServerConfig struct {
	// Expires runs from Start to the answer. 0: none (https://www.rfc-editor.org/rfc/rfc3261#section-13.3.1).
	Expires time.Duration
	// Reliable has provisional responses repeated until their PRACK comes.
	Reliable bool
}

// phase is where an incoming call stands.
//
//	unstarted ─▶ trying ─▶ ringing ─Answer─▶ accepted ──ACK──▶ confirmed ─BYE─▶ departing ─▶ forgotten
//	               │          │               │   │ 64·T1: BYE                      ▲   ▲
//	               └────┬─────┘      Hangup,  │   └─────────────────────────────────┘   │
//	     refusal, CANCEL│            peer BYE ▼                                         │
//	     BYE, Expires   ▼                 withdrawn ──────ACK or 64·T1: BYE ────────────┤
//	                refusing ──ACK──────────────────────────────────────────────────────┘
//
// Whatever was told or sent at once is beside the input; every pair that is missing is silent:
//
//	            │ unstarted, trying, ringing    │ accepted          │ withdrawn │ confirmed     │ refusing  │ departing
//	Ring        │ 180; nothing if it rings      │                   │           │               │           │
//	Answer      │ 200 → accepted                │                   │           │               │           │
//	Refuse      │ failed, 3xx–6xx → refusing    │                   │           │               │           │
//	Hangup      │ failed, 480 → refusing        │ failed → withdrawn│           │ ended, BYE    │           │
//	PeerCancel  │ failed → refusing             │ failed → refusing │ → refusing│               │           │
//	PeerBye     │ failed, 487 → refusing        │ failed → withdrawn│ no BYE    │ ended         │           │ no BYE
//	PeerAck     │                               │ answered          │ BYE       │               │ → departing
//	ByeResponse │                               │                   │           │               │           │ BYE again
//	Transport   │ failed → forgotten            │                   │           │               │ → forgotten
//	Tick        │ 182 or 180; failed, 487       │ 200; failed, BYE  │ 200; BYE  │               │ → forgotten (both)
type phase uint8

const (
	unstarted phase = iota // nothing sent
	trying                 // 100 sent
	ringing                // 180 sent
	accepted               // 200 sent and repeated; the ACK is awaited
	withdrawn              // accepted, but Failed is told: BYE follows the ACK
	confirmed              // Answered is told: the call
	refusing               // Failed is told, a 3xx–6xx sent; its ACK is awaited
	departing              // nothing to tell any more; our BYE, or copies of the INVITE, are looked after
	forgotten              // nothing is sent any more
)

func (p phase) String() string {
	return [...]string{"unstarted", "trying", "ringing", "accepted", "withdrawn", "confirmed", "refusing", "departing",
		"forgotten"}[p]
}

// open reports that the INVITE has no final response yet.
func (p phase) open() bool { return p <= ringing }

// Server is one incoming call: an INVITE, from its arrival to the last clean-up behind it. The zero Server is not
// usable; see [NewServer].
//
// The answers to CANCEL, BYE and copies of a request, and the repetition of refusals, are left to the transactions; the
// repetition of the 2xx is not theirs (https://www.rfc-editor.org/rfc/rfc3261#section-13.3.1.4).
type Server struct {
	cfg    ServerConfig
	phase  phase
	out    []ServerEffect // of the present step
	dialog dialog         // the answered call: who has said BYE
	rang   bool           // a 180 was sent
	why    Reason         // it is hung up as soon as that may be

	// Deadlines; zero: none.
	limit    time.Time // unstarted, trying, ringing: Expires
	next     time.Time // what was sent is repeated
	reliable reliable
	interval time.Duration // of the 200
	until    time.Time     // the end of the INVITE's transaction
}

// NewServer returns an incoming call that waits for Start.
func NewServer(cfg ServerConfig) *Server { return &Server{cfg: cfg} }

// Step tells the call that in happened at now and returns what to do about it. The order of the result is the
// guarantee. Whatever was due by now goes first.
//
// Over the life of a call the results hold exactly one Failed, or exactly one Answered and then exactly one Ended; and
// exactly one of SendAnswer, not counting repetitions, SendRefusal and the 487 that a PeerCancel stands for, unless
// Failed says Transport.
func (s *Server) Step(now time.Time, in ServerInput) []ServerEffect {
	s.expire(now)
	if s.phase != forgotten {
		s.apply(now, in)
		s.expire(now)
	}
	out := s.out
	s.out = nil
	return out
}

// Deadline is when Step(now, Tick{}) is due. Zero: nothing is pending.
func (s *Server) Deadline() time.Time {
	switch s.phase {
	case trying, ringing:
		return earlier(earlier(s.limit, s.next), s.reliable.next)
	case accepted, withdrawn:
		return earlier(s.until, s.next)
	case refusing:
		return s.until
	case departing:
		if s.dialog.byeUntil.After(s.until) {
			return s.dialog.byeUntil
		}
		return s.until
	default:
		return time.Time{}
	}
}

// Open reports that the INVITE has no final response yet.
func (s *Server) Open() bool { return s.phase.open() }

// Confirmed reports that the call is answered and nobody has ended it.
func (s *Server) Confirmed() bool { return s.phase == confirmed }

// Pending reports that the caller has not acknowledged yet how the call ended: a final response or a BYE of ours.
func (s *Server) Pending() bool {
	return s.phase.open() || s.phase == accepted || s.phase == withdrawn || s.phase == refusing || !s.dialog.byeUntil.IsZero()
}

// Done reports that nothing more will be said or sent, ever.
func (s *Server) Done() bool { return s.phase == forgotten }

func (s *Server) apply(now time.Time, in ServerInput) {
	switch in := in.(type) {
	case Start:
		s.start(now)
	case Ring:
		s.ring(now)
	case Answer:
		s.answer(now)
	case Refuse:
		kind := Refused
		if in.Unfit {
			kind = Unfit
		}
		s.refuse(now, kind, in)
	case Hangup:
		s.hangup(now, in.Reason.or(NormalClearing))
	case PeerCancel:
		s.peerCancel(now, in)
	case PeerAck:
		s.peerAck(now)
	case PeerPrack:
		s.peerPrack(now, in)
	case PeerBye:
		s.peerBye(now, in)
	case ByeResponse:
		if bye, ok := s.dialog.byeResponse(now, in); ok {
			s.emit(bye)
		}
	case TransportFailed:
		s.broken()
	case Tick:
	}
}

// start says 100 at once: whoever has it sends no copies.
func (s *Server) start(now time.Time) {
	if s.phase != unstarted {
		return
	}
	s.phase = trying
	s.limit, s.next = after(now, s.cfg.Expires), now.Add(stillThere)
	s.emit(SendProvisional{Status: 100})
}

func (s *Server) ring(now time.Time) {
	if s.phase.open() && s.phase != ringing {
		s.phase, s.rang = ringing, true
		s.next = now.Add(stillThere)
		s.provisional(now, 180)
	}
}

func (s *Server) answer(now time.Time) {
	if !s.phase.open() {
		return
	}
	s.phase = accepted
	s.interval = t1
	s.next, s.until = now.Add(t1), now.Add(giveUpAfter)
	s.emit(SendAnswer{})
}

// hangup gets out of whatever there is. A BYE must not leave before the ACK
// (https://www.rfc-editor.org/rfc/rfc3261#section-15).
func (s *Server) hangup(now time.Time, why Reason) {
	switch s.phase {
	case unstarted, trying, ringing:
		s.refuse(now, Cancelled, Refuse{Status: 480, Phrase: "Temporarily Unavailable"})
	case accepted:
		s.fail(Outcome{Kind: Cancelled, Status: 200, Phrase: "OK"})
		s.phase, s.why = withdrawn, why
	case confirmed:
		s.end(Ended{Reason: why.unasked()})
		s.bye(now, why)
	}
}
