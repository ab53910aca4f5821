package trunk

import (
	"testing"

	"tieline/sip/invite"
)

func TestAtAddress(t *testing.T) {
	for _, c := range []struct {
		name string
		o    invite.Outcome
		want bool
	}{
		{"nothing came back", invite.Outcome{Kind: invite.NoProgress}, true},
		{"somebody is there, who says 100 and no more", invite.Outcome{Kind: invite.NoProgress, Heard: true}, false},
		{"the transaction timed out", invite.Outcome{Kind: invite.Timeout}, true},
		{"the transport failed", invite.Outcome{Kind: invite.Transport}, true},
		{"a connection broke that the INVITE had come through", invite.Outcome{Kind: invite.Transport, Heard: true, Progressed: true}, false},
		{"out of service", invite.Outcome{Kind: invite.Refused, Status: 503, Heard: true}, true},
		{"our own rate", invite.Outcome{Kind: invite.Refused, Status: 503, Phrase: "CPS limit, too many calls", Heard: true}, false},
		{"another fault of a server's", invite.Outcome{Kind: invite.Refused, Status: 500, Heard: true}, false},
		{"a callee who is busy", invite.Outcome{Kind: invite.Refused, Status: 486, Heard: true}, false},
		{"it rang", invite.Outcome{Kind: invite.RingTimeout, Heard: true, Alerted: true}, false},
		{"we hung up", invite.Outcome{Kind: invite.Cancelled}, false},
	} {
		if got := AtAddress(c.o); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
