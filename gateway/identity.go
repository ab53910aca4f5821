package gateway

import (
	"tieline/gateway/config"
	"tieline/gateway/dialplan"
	"tieline/sip"
)

// identityOf is how a trunk is told who calls, in the user agent's words.
func identityOf(c config.Identity) sip.Identity {
	i := sip.Identity{Privacy: c.Privacy}
	switch c.From {
	case config.FromAccount:
		i.From = sip.FromAccount
	case config.FromAnonymous:
		i.From = sip.FromAnonymous
	case config.FromCaller:
	}
	switch c.Assert {
	case config.AssertPAI:
		i.Assert = sip.AssertedByUs
	case config.AssertPPI:
		i.Assert = sip.PreferredByUs
	case config.AssertRPID:
		i.Assert = sip.RemotePartyByUs
	case config.AssertNone:
	}
	if c.Number != config.AsGiven {
		i.Number = func(number string) string { return dialplan.Caller(number, string(c.Number), c.Country) }
	}
	return i
}
