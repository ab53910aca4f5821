package siptest

import (
	"crypto/tls"
	"net"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// Timers of RFC 3261 table 4 (https://www.rfc-editor.org/rfc/rfc3261#appendix-A). They are this package's own, so
// that changing sipgo's does not move both sides at once.
const (
	T1 = 500 * time.Millisecond // first repetition
	T2 = 4 * time.Second        // longest interval between repetitions
	T4 = 5 * time.Second        // how long a finished call is remembered for late copies

	giveUp = 64 * T1 // how long anything is repeated
)

// Config says what a [PBX] listens on and how it behaves. The PBX owns Conn and Listener from New on.
type Config struct {
	// Conn is the packet socket, a real UDP socket or one from [Network.Listen]. Required unless Listener is set.
	Conn net.PacketConn
	// Listener takes TCP (or TLS) connections as well; nil: none.
	Listener net.Listener
	// TLS secures the connections that Dial makes; nil: they are TCP.
	TLS *tls.Config
	// Address is the host:port put into Via and Contact; "" takes it from the socket.
	Address string

	// Numbers maps the user part of the Request-URI to what is done; see [Numbers] for a set that covers the usual.
	Numbers map[string]Behaviour
	// Otherwise is for all other numbers. Nil hands those calls to [PBX.Next].
	Otherwise *Behaviour

	// Auth challenges requests; nil: none.
	Auth *Auth
	// Registrar is how REGISTER is answered once Auth, if any, is satisfied.
	Registrar Registrar
	// RecordRoute makes the PBX look as if it sat behind a proxy: its 18x and 2xx carry a Record-Route with
	// ";lr=on;ftag=<the caller's tag>", which later requests must bring back unchanged.
	RecordRoute bool
	// SDP is the body of its answers and offers. Nil mirrors the offer: every codec of every audio stream accepted, the
	// direction reversed; without an offer it offers G.711.
	SDP []byte
	// OwnPorts gives the media of each call a port of their own; otherwise all have 4000.
	OwnPorts bool
	// Manners are those of every call that brings none of its own.
	Manners Manners
	// Trace sees every message received and sent, repetitions included, in order; nil: off. See the package comment for
	// what it must not do.
	Trace func(Trace)
}

// Registrar is how a PBX answers REGISTER. The zero Registrar grants what is asked for.
type Registrar struct {
	Silent bool // no answer at all, not even a challenge
	Trying bool // but for a 100
	Status int  // a refusal; 0: none
	// MinExpires is the least that is granted, in seconds: whoever asks for less gets 423. MaxExpires is the most; 0: any.
	MinExpires, MaxExpires int
	// RetryAfter goes with Status, in seconds; 0: none.
	RetryAfter int
	// ServiceRoute goes with what is granted (https://www.rfc-editor.org/rfc/rfc3608#section-5).
	ServiceRoute string
	// Forgetful keeps no bindings, for measurements: what is granted is what was asked for.
	Forgetful bool
}

// Trace is one message at the PBX. The message is shared: read only.
type Trace struct {
	At      time.Time
	Sent    bool   // by the PBX
	Peer    string // the other side's host:port
	Message gosip.Message
}

// Manners are deviations from good behaviour. The zero Manners are RFC 3261's.
type Manners struct {
	// SendOnce switches the repetition of final responses off.
	SendOnce bool
	// IgnoreACK keeps repeating final responses although they were acknowledged.
	IgnoreACK bool
	// WithholdACK leaves the 2xx to an INVITE of the PBX's own without ACK, until [Call.Ack].
	WithholdACK bool
	// SessionTimer grants what an INVITE or UPDATE wants of the session timer (https://www.rfc-editor.org/rfc/rfc4028), but no
	// longer one than this; it does not run one. 0: none.
	SessionTimer time.Duration
	// Cancel is what a CANCEL brings about.
	Cancel CancelManner
	// Unanswered lists methods that get no answer of the PBX's own: CANCEL, BYE, INVITE (inside a dialog), … The
	// requests still reach [Call.Next], and a test may use [Call.Answer]. A BYE in the list does not end its dialog
	// before it is answered.
	Unanswered []gosip.RequestMethod
}

// CancelManner is how a PBX obeys CANCEL (https://www.rfc-editor.org/rfc/rfc3261#section-9.2).
type CancelManner int

// The ways to obey CANCEL.
const (
	CancelThenRefuse CancelManner = iota // 200 to the CANCEL, then 487 to the INVITE
	RefuseThenCancel                     // 487 first, as Kamailio and Yate do
	CancelOnly                           // 200 to the CANCEL only: the INVITE stays open, e.g. for a crossing 200
)
