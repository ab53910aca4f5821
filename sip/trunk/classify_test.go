package trunk

import (
	"fmt"
	"testing"

	"tieline/sip/invite"
)

// rows is the table for a callee who was not reached: the verdict of each status that is not like the rest of its
// class. Everything else is in classes.
var rows = map[int]Verdict{
	401: {Cause: Forbidden},
	403: {Cause: Forbidden},
	404: {Cause: NotFound},
	407: {Cause: Forbidden},
	408: {Cause: Network, Retryable: true, Next: true},
	410: {Cause: NotFound},
	415: {Cause: IncompatibleMedia},
	480: {Cause: Unavailable, Retryable: true},
	484: {Cause: NotFound},
	485: {Cause: NotFound},
	486: {Cause: Busy, Retryable: true},
	487: {Cause: NoAnswer, Retryable: true},
	488: {Cause: IncompatibleMedia},
	600: {Cause: Busy, Retryable: true},
	604: {Cause: NotFound},
	606: {Cause: IncompatibleMedia},
}

// classes is the verdict of every other status.
var classes = map[int]Verdict{
	3: {Cause: Rejected},
	4: {Cause: Rejected},
	5: {Cause: Congestion, Retryable: true, Next: true},
	6: {Cause: Rejected},
}

// TestEveryStatus judges each final response that is a failure, for a callee who was not reached, who was reached and
// who was alerted.
func TestEveryStatus(t *testing.T) {
	for status := 300; status <= 699; status++ {
		want, ok := rows[status]
		if !ok {
			want = classes[status/100]
		}
		check(t, invite.Outcome{Kind: invite.Refused, Status: status}, want)
		if status == 408 { // behind a 183 it may have rung
			want = Verdict{Cause: NoAnswer, Retryable: true}
		}
		check(t, invite.Outcome{Kind: invite.Refused, Status: status, Progressed: true}, want)
		if status == 480 {
			want = Verdict{Cause: NoAnswer, Retryable: true}
		}
		want.Next = false
		check(t, invite.Outcome{Kind: invite.Refused, Status: status, Progressed: true, Alerted: true}, want)
	}
}

func TestEveryKind(t *testing.T) {
	for _, tt := range []struct {
		kind invite.Kind
		want Verdict
	}{
		{invite.NoProgress, Verdict{Cause: Unavailable, Retryable: true, Next: true}},
		{invite.RingTimeout, Verdict{Cause: NoAnswer, Retryable: true}},
		{invite.Cancelled, Verdict{Cause: Cancelled}},
		{invite.Timeout, Verdict{Cause: Network, Retryable: true, Next: true}},
		{invite.Transport, Verdict{Cause: Network, Retryable: true, Next: true}},
	} {
		check(t, invite.Outcome{Kind: tt.kind}, tt.want)
		check(t, invite.Outcome{Kind: tt.kind, Progressed: true}, tt.want)
		tt.want.Next = false
		check(t, invite.Outcome{Kind: tt.kind, Progressed: true, Alerted: true}, tt.want)
	}
}

// TestStopCodes: they stop what would go on, and nothing makes a call go on that would not.
func TestStopCodes(t *testing.T) {
	for status := 300; status <= 699; status++ {
		o := invite.Outcome{Kind: invite.Refused, Status: status}
		want := Classify(o)
		if got := Classify(o, 999, 600); got != want && status != 600 {
			t.Errorf("%d: somebody else's stop code counts", status)
		}
		want.Next = false
		if got := Classify(o, 480, status); got != want {
			t.Errorf("%d stops: got %+v", status, got)
		}
	}
	if !Classify(invite.Outcome{Kind: invite.Timeout}, 0, 408).Next {
		t.Error("silence has no status that could stop")
	}
}

func check(t *testing.T, o invite.Outcome, want Verdict) {
	t.Helper()
	if got := Classify(o); got != want {
		t.Errorf("%v %d, progressed %v, alerted %v: got %+v, want %+v", o.Kind, o.Status, o.Progressed, o.Alerted, got, want)
	}
}

func TestRateLimited(t *testing.T) {
	for _, tt := range []struct {
		status int
		phrase string
		want   bool
	}{
		{503, "Service Unavailable", false},
		{503, "CPS limit reached", true},
		{503, "Calls Per Second exceeded", true},
		{500, "Rate Limit", true},
		{429, "Too Many Requests", true},
		{503, "too many calls", true},
		{486, "too many calls", false},
		{603, "Rate Limit", false},
	} {
		o := invite.Outcome{Kind: invite.Refused, Status: tt.status, Phrase: tt.phrase}
		if got := RateLimited(o); got != tt.want {
			t.Errorf("%d %s: got %v", tt.status, tt.phrase, got)
		}
	}
}

func TestCauseNames(t *testing.T) {
	for c, want := range map[Cause]string{0: "UNKNOWN", Busy: "BUSY", NotFound: "NOT_FOUND", NoAnswer: "NO_ANSWER",
		IncompatibleMedia: "INCOMPATIBLE_MEDIA", NoTrunk: "NO_TRUNK", 200: "UNKNOWN"} {
		if got := fmt.Sprint(c); got != want {
			t.Errorf("cause %d: got %s, want %s", uint8(c), got, want)
		}
	}
}
