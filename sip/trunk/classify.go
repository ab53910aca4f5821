package trunk

import (
	"slices"
	"strings"

	"tieline/sip/invite"
)

// Verdict is what the failure of one attempt means.
type Verdict struct {
	Cause     Cause
	Retryable bool // the same dial may succeed later
	Next      bool // the next trunk may be tried; never once the callee was alerted
}

// Classify judges a failed attempt. Statuses are those of RFC 3261 section 21
// (https://www.rfc-editor.org/rfc/rfc3261#section-21), 607 of RFC 8197 and 608 of RFC 8688; an unknown one counts as
// the x00 of its class (https://www.rfc-editor.org/rfc/rfc3261#section-8.1.3.2). A redirection that reaches this
// function was not followed: the callee is elsewhere, and nobody else will find him here.
//
// Who said no, is busy or does not exist is not dialled again through another trunk, and nobody whose telephone rang. stop
// are further statuses after which no other trunk is tried.
func Classify(o invite.Outcome, stop ...int) Verdict {
	v := judge(o)
	v.Next = v.Next && !o.Alerted && !(o.Kind == invite.Refused && slices.Contains(stop, o.Status))
	return v
}

// judge leaves out whether the callee was alerted.
func judge(o invite.Outcome) Verdict {
	switch o.Kind {
	case invite.Refused:
		return judgeStatus(o)
	case invite.NoProgress:
		return Verdict{Cause: Unavailable, Retryable: true, Next: true}
	case invite.RingTimeout:
		return Verdict{Cause: NoAnswer, Retryable: true}
	case invite.Cancelled:
		return Verdict{Cause: Cancelled}
	default: // Timeout and Transport: https://www.rfc-editor.org/rfc/rfc3261#section-8.1.3.1
		return Verdict{Cause: Network, Retryable: true, Next: true}
	}
}

// judgeStatus is the table.
func judgeStatus(o invite.Outcome) Verdict {
	switch o.Status {
	case 486, 600:
		return Verdict{Cause: Busy, Retryable: true}
	case 404, 410, 484, 485, 604:
		return Verdict{Cause: NotFound}
	case 401, 403, 407:
		return Verdict{Cause: Forbidden}
	case 415, 488, 606:
		return Verdict{Cause: IncompatibleMedia}
	case 487: // cancelled, by us or by somebody who was tired of the ringing
		return Verdict{Cause: NoAnswer, Retryable: true}
	case 480:
		if o.Alerted {
			return Verdict{Cause: NoAnswer, Retryable: true}
		}
		return Verdict{Cause: Unavailable, Retryable: true}
	case 408: // behind a 183 it may have rung, in the audio
		if o.Progressed || o.Alerted {
			return Verdict{Cause: NoAnswer, Retryable: true}
		}
		return Verdict{Cause: Network, Retryable: true, Next: true}
	}
	if o.Status/100 == 5 {
		return Verdict{Cause: Congestion, Retryable: true, Next: true}
	}
	return Verdict{Cause: Rejected} // among them 603, 607 and 608
}

// RateLimited reports a 5xx or 429 that says we call too often: our own rate, not an outage of the trunk. There is no
// status for it; the phrase tells.
func RateLimited(o invite.Outcome) bool {
	if o.Kind != invite.Refused || o.Status != 429 && o.Status/100 != 5 {
		return false
	}
	phrase := strings.ToLower(o.Phrase)
	for _, words := range []string{"rate limit", "rate exceeded", "too many", "calls per second", "cps"} {
		if strings.Contains(phrase, words) {
			return true
		}
	}
	return false
}
