package gateway

import (
	"tieline/bridge"
	"tieline/sip"
)

// CheckCredentials implements tracker.Telephony: the registrar of the configured trunk is asked.
func (c *calls) CheckCredentials(endPoint, password string, done func(*bridge.Error)) {
	c.ua.CheckCredentials(sip.Credentials{Trunk: c.registrar, User: endPoint, Password: password}, func(v sip.Verification) {
		if v.Proof != sip.Proved {
			c.log.Info("credentials were not accepted", "proof", v.Proof, "cause", v.Outcome.Cause, "status", v.Outcome.Status, "trunk", v.Outcome.Trunk, "detail", v.Outcome.Detail)
		}
		done(verdict(v))
	})
}

// verdict tells what a registrar made of credentials (docs/protocol.md §4); nil: it accepts them.
func verdict(v sip.Verification) *bridge.Error {
	switch v.Proof {
	case sip.Proved:
		return nil
	case sip.Disproved:
		e := bridge.Forbidden.Error("The telephone system does not accept this end-point and password.")
		e.Tried = tried(v.Outcome)
		return e
	case sip.Unchallenged:
		return bridge.Unsupported.Error("The telephone system does not ask for passwords.")
	case sip.Unproved:
	}
	e := failure(v.Outcome)
	e.Message = "The telephone system could not say whether it accepts the password."
	return e
}
