package gateway

import (
	"tieline/bridge"
	"tieline/interaction"
	"tieline/sip"
)

// SendDTMF implements tracker.Telephony.
func (c *calls) SendDTMF(id, digits string) {
	if leg := c.legOf(id); leg != nil {
		leg.SendDTMF(digits)
	}
}

// dtmf are the news of digits; nil: it is something else.
func dtmf(id string, e sip.Event) interaction.Input {
	switch e := e.(type) {
	case sip.DTMF:
		return interaction.DTMFReceived{Call: id, Digits: e.Digits}
	case sip.DTMFSent:
		return interaction.DTMFSent{Call: id}
	case sip.DTMFFailed:
		return interaction.DTMFSent{Call: id, Error: unsent(e.Outcome)}
	default:
		return nil
	}
}

// unsent tells why digits were not sent. A telephone system that does not know INFO, or not these, says so
// (https://www.rfc-editor.org/rfc/rfc6086#section-4.2.2). By RTP nobody says anything; who does not hear holds the call.
func unsent(o sip.Outcome) *bridge.Error {
	e := failure(o)
	e.Message = "The telephone system did not take the digits."
	switch o.Status {
	case 405, 415, 469, 501:
		e.Code, e.Retryable = bridge.Unsupported, false
	case 0:
		if o.Cause == sip.Unavailable {
			e.Message = "The other side holds the call and does not hear digits."
		}
	}
	e.Tried = tried(o)
	return e
}
