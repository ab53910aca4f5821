package sip

import (
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
)

// Invitation is what a caller wants.
type Invitation struct {
	Called  string // user part of the Request-URI: the end-point
	Dialled string // the number that was dialled: user part of P-Called-Party-ID of a trusted trunk, else of To, else Called
	// CallerNumber and CallerName say who calls, as far as the trunk may be believed; empty where that is withheld.
	CallerNumber, CallerName string
	Withheld                 bool
	// Verstat is what a trusted trunk says about the check of the caller's number, as it says it
	// ("TN-Validation-Passed-A"); empty: nothing.
	Verstat   string
	Diversion *Diversion // the latest one; nil: none
	// Headers are those of Trunk.HeadersIn that the INVITE has, as they came; not those that are out of bounds.
	Headers []Header
	// TraceParent is the trace of the call: the INVITE's, where Trunk.TraceParent has it continued, or a new one.
	TraceParent string
	Trunk       string
	SDP         []byte // its offer, read only; nil: none, our answer is to have one
}

// Refusal is the final response to a call that is not taken.
type Refusal struct {
	Status     int           // 400–699, with Contact 300–399; anything else counts as 480, with Contact as 302
	Phrase     string        // default: the usual one
	RetryAfter time.Duration // rounded up to seconds; 0: none
	// Contact is a sip: URI that the caller, or its PBX, is to call instead. Allowing it is the refuser's business. One that
	// cannot be sent counts as none.
	Contact string
}

// input chooses the response: a redirection must say where to (https://www.rfc-editor.org/rfc/rfc3261#section-21.3).
func (r Refusal) input() invite.Refuse {
	in := invite.Refuse{Status: r.Status, Phrase: r.Phrase, RetryAfter: r.RetryAfter, Contact: targetOf(r.Contact)}
	switch {
	case r.Status >= 400 && r.Status <= 699:
		in.Contact = ""
	case in.Contact == "":
		in.Status, in.Phrase = gosip.StatusTemporarilyUnavailable, ""
	case r.Status < 300 || r.Status > 399:
		in.Status, in.Phrase = gosip.StatusMovedTemporarily, ""
	}
	if in.Phrase == "" || !safeText(in.Phrase) {
		in.Phrase = phrase(in.Status)
	}
	return in
}
