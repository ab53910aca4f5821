package gateway

import (
	"tieline/bridge"
	"tieline/interaction"
)

// Offered calls, as the tracker sees them. The user agent offers none yet.

// TakeCall implements tracker.Telephony.
func (c *calls) TakeCall(string, func(interaction.Input)) {}

// RingCall implements tracker.Telephony.
func (c *calls) RingCall(string) {}

// AnswerCall implements tracker.Telephony.
func (c *calls) AnswerCall(string) {}

// RefuseCall implements tracker.Telephony.
func (c *calls) RefuseCall(string, interaction.Refusal) {}

// CheckCredentials implements tracker.Telephony.
func (c *calls) CheckCredentials(_, _ string, done func(*bridge.Error)) {
	done(bridge.Unsupported.Error("Checking credentials is not available here."))
}
