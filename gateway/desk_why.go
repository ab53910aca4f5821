package gateway

import (
	"tieline/bridge"
	"tieline/sip"
	"tieline/sip/line"
)

// why tells the fault of a failure in the words of the protocol (docs/protocol.md §2).
func (d *desk) why(call string, b line.Blame) *bridge.Error {
	switch b {
	case line.Callee:
		c := d.known[call]
		switch {
		case c == nil:
		case c.inbound != nil && !c.answered:
			return missed(c.outcome)
		case c.answered:
			return refusedBy(c.outcome)
		default:
			return failure(c.outcome)
		}
	case line.Phone:
		e := stationFailure(d.lost)
		if c := d.known[call]; c != nil && c.inbound == nil && e.Tried != nil {
			e.Tried.Alerted = false // the callee has not rung (docs/protocol.md §7.4)
		}
		return e
	case line.Target:
		return refusedBy(d.lost)
	case line.HungUp:
		return bridge.Cancelled.Error("The agent hung up the phone before the call had an outcome.")
	case line.Media:
		return bridge.IncompatibleMedia.Error("The two telephones have no audio format in common.")
	case line.State:
		return &bridge.Error{Code: bridge.InvalidState, Retryable: true, Message: "The agent's phone is with another call, or this one is being changed."}
	case line.Stubborn:
		return bridge.InvalidState.Error("The phone itself holds the call: it can be retrieved there.")
	}
	return &bridge.Error{Code: bridge.Internal, Message: "The call failed for an unknown reason."}
}

// whyNot is why, of a call that was not answered: the agent's phone may be with another one.
func (d *desk) whyNot(call string, b line.Blame) *bridge.Error {
	if b == line.State {
		return &bridge.Error{Code: bridge.StationBusy, Retryable: true, Message: "The agent's phone is with another call; that has to be held or released first."}
	}
	return d.why(call, b)
}

// whyHeld is why a call was not held or retrieved: whoever is still there has refused to.
func (d *desk) whyHeld(call string, b line.Blame) *bridge.Error {
	switch {
	case b == line.Callee:
		e := d.why(call, b)
		e.Message = "The other side of the call did not accept that."
		return e
	case b == line.Phone && d.legs[line.Station] != nil:
		e := refusedBy(d.lost)
		e.Message = "The agent's phone did not accept that."
		return e
	}
	return d.why(call, b)
}

// refusedBy tells what somebody has said who was not called for it: what came of a REFER, or of an offer in a call.
func refusedBy(o sip.Outcome) *bridge.Error {
	e := failure(o)
	if o.Status != 0 {
		e.Tried = tried(o)
	}
	return e
}

// stationFailure tells why the agent's own phone did not take a call.
func stationFailure(o sip.Outcome) *bridge.Error {
	e := failure(o)
	switch o.Cause {
	case sip.LimitExceeded: // says which one
		return e
	case sip.Busy, sip.Rejected:
		e.Code, e.Message = bridge.StationBusy, "The agent's phone is busy."
	case sip.NoAnswer:
		e.Code, e.Message = bridge.StationNoAnswer, "The agent's phone was not answered."
	default:
		e.Code, e.Message = bridge.StationUnavailable, "The agent's phone cannot be reached."
	}
	e.Retryable = true
	return e
}
