package gateway

import (
	"testing"
	"time"

	"tieline/bridge"
	"tieline/sip"
	"tieline/sip/trunk"
)

// A trunk that is full is told as that, with its name, the limit and when to come again, whoever was called: also an
// agent's phone is not unavailable then.
func TestLimitIsNamed(t *testing.T) {
	o := sip.Outcome{Cause: sip.LimitExceeded, Retryable: true, Trunk: "pbx", Limit: trunk.CallsPerSecond, RetryAfter: 300 * time.Millisecond}
	for what, e := range map[string]*bridge.Error{"a callee": failure(o), "a phone": stationFailure(o), "somebody else": refusedBy(o)} {
		if e.Code != bridge.LimitExceeded || !e.Retryable || e.Message != "The line pbx has its maximum of calls per second." ||
			e.RetryAfter == nil || *e.RetryAfter != 1 || e.Tried != nil {
			t.Errorf("%s: got %+v", what, e)
		}
	}
}
