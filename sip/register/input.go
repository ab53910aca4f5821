package register

import (
	"time"

	"tieline/sip/invite"
)

// Input is something that happened.
//
//sumtype:decl
type Input interface{ input() }

type (
	// Start asks for the registration.
	Start struct{}

	// Stop asks for its end; Removed tells that it is there.
	Stop struct{}

	// Tick: the Deadline has come.
	Tick struct{}

	// ConnectionLost: the connection over which it was registered is gone.
	ConnectionLost struct{}

	// Response is the final response to the REGISTER under way.
	Response struct {
		Status         int
		Phrase, Reason string
		// Granted is what a 2xx grants our contact; 0: it does not list it.
		Granted    time.Duration
		MinExpires time.Duration    // of a 423
		RetryAfter time.Duration    // 0: none
		Challenge  invite.Challenge // of a 401 or 407
		Routes     []string         // Service-Route of a 2xx (https://www.rfc-editor.org/rfc/rfc3608#section-5)
	}

	// Failed: the REGISTER under way has no response: Timeout or Transport.
	Failed struct{ Kind invite.Kind }
)

func (Start) input()          {}
func (Stop) input()           {}
func (Tick) input()           {}
func (ConnectionLost) input() {}
func (Response) input()       {}
func (Failed) input()         {}

// Effect is something to do.
//
//sumtype:decl
type Effect interface{ effect() }

type (
	// Send sends a REGISTER with the next CSeq. Answered with Response or Failed.
	Send struct {
		Expires time.Duration // 0: the removal of the contact
		Auth    bool          // with an answer to the challenge that has just come
	}

	// Registered tells that there is a binding, or still is.
	Registered struct {
		Until  time.Time
		Routes []string // for requests outside of dialogs
	}

	// Lost tells that there is no binding, after each attempt to have one that failed, and when one has run out.
	Lost struct {
		Why invite.Outcome
		// Again is after how long it is tried again; 0: that is under way.
		Again time.Duration
	}

	// Removed tells that the registration is off, and its binding removed, as far as the registrar would.
	Removed struct{}
)

func (Send) effect()       {}
func (Registered) effect() {}
func (Lost) effect()       {}
func (Removed) effect()    {}
