package trunk

import "tieline/sip/invite"

// AtAddress reports a failure that says no more than that one address of a trunk is of no use at present, so that the next
// one may be tried: the transport failed, nothing came back, or a 503
// (https://www.rfc-editor.org/rfc/rfc3263#section-4.3). A trunk that finds us too fast does so at any of them.
func AtAddress(o invite.Outcome) bool {
	switch o.Kind {
	case invite.Timeout, invite.Transport, invite.NoProgress:
		return !o.Heard
	case invite.Refused:
		return o.Status == 503 && !RateLimited(o)
	}
	return false
}
