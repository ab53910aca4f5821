package gateway

import (
	"time"

	"tieline/bridge"
	"tieline/sip"
)

// refusal is how a cause is told: the protocol's code, and a line for an agent.
type refusal struct {
	code    bridge.Code
	message string
}

// refusals gives each cause of the telephone system its code and its words
// (docs/protocol.md §2; shared causes: RFC 3261 §21, https://www.rfc-editor.org/rfc/rfc3261#section-21).
func refusals(c sip.Cause) refusal {
	switch c {
	case sip.Busy:
		return refusal{bridge.Busy, "The line is busy."}
	case sip.Rejected:
		return refusal{bridge.Rejected, "The call was declined."}
	case sip.NotFound:
		return refusal{bridge.NotFound, "The number does not exist."}
	case sip.NoAnswer:
		return refusal{bridge.NoAnswer, "Nobody answered."}
	case sip.Unavailable:
		return refusal{bridge.Unavailable, "The number cannot be reached at the moment."}
	case sip.Forbidden:
		return refusal{bridge.Forbidden, "The telephone system does not permit this call."}
	case sip.IncompatibleMedia:
		return refusal{bridge.IncompatibleMedia, "The two telephones have no audio format in common."}
	case sip.Congestion:
		return refusal{bridge.Congestion, "The telephone network is congested."}
	case sip.Network:
		return refusal{bridge.Network, "The telephone system could not be reached."}
	case sip.Cancelled:
		return refusal{bridge.Cancelled, "The call was cancelled."}
	case sip.NoTrunk:
		return refusal{bridge.NoTrunk, "No line to the telephone system is available."}
	case sip.LimitExceeded:
		return refusal{bridge.LimitExceeded, "The telephone system has its maximum of calls."}
	}
	return refusal{bridge.Internal, "The call failed for an unknown reason."}
}

// failure tells why a call failed. What the telephone system said is passed on unaltered.
func failure(o sip.Outcome) *bridge.Error {
	r := refusals(o.Cause)
	switch {
	case o.Cause == sip.Unavailable && o.Status == 0 && o.Attempts > 0: // nobody said so: our time was over
		r.message = "The telephone system did not reach the number in time."
	case o.Limit != 0:
		r.message = "The line " + o.Trunk + " has its maximum of " + o.Limit.String() + "."
	}
	e := &bridge.Error{Code: r.code, Retryable: o.Retryable, Message: r.message, RetryAfter: wholeSeconds(o.RetryAfter)}
	if o.Attempts > 0 {
		e.Tried = tried(o)
	}
	return e
}

// missed tells why a call that came in was not answered. The status is what its INVITE got from us.
func missed(o sip.Outcome) *bridge.Error {
	e := failure(o)
	switch o.Cause {
	case sip.Cancelled:
		e.Message = "The caller hung up before the call was answered."
	case sip.Network:
		e.Message = "The caller was lost before the call was answered."
	}
	e.Tried = tried(o)
	return e
}

func tried(o sip.Outcome) *bridge.Tried {
	t := &bridge.Tried{Trunk: o.Trunk, Attempts: o.Attempts, Alerted: o.Alerted}
	if o.Status != 0 {
		t.SIP = &bridge.SIPStatus{Status: o.Status, Phrase: o.Phrase, Reason: o.Reason}
	}
	if o.Q850 != 0 {
		t.Q850 = &o.Q850
	}
	return t
}

// wholeSeconds rounds up: trying again earlier would be refused again.
func wholeSeconds(d time.Duration) *int {
	if d <= 0 {
		return nil
	}
	s := int((d + time.Second - 1) / time.Second)
	return &s
}
