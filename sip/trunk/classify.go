package trunk

import "tieline/sip/invite"

// Verdict is what the failure of one attempt means.
type Verdict struct {
	Cause     Cause
	Retryable bool // the same dial may succeed later
	Next      bool // the next trunk may be tried; never once the callee was alerted
}

// Classify judges a failed attempt.
func Classify(o invite.Outcome) Verdict { return Verdict{} }

// Q850 returns the Q.850 cause (1–127) that the value of a Reason header names, or 0. Several reasons may be given,
// separated by commas; the first Q.850 one counts (https://www.rfc-editor.org/rfc/rfc3326#section-2).
func Q850(reason string) int { return 0 }
