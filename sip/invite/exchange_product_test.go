package invite

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// stageHistories lead to each stage.
var stageHistories = map[stage][]ExchangeInput{
	unconfirmed: nil,
	settled:     {Confirmed{}},
	inviting:    {Confirmed{}, Offer{SDP: "ours"}},
	asked:       {Confirmed{}, Offer{}, Response{Try: 1, Status: 200, SDP: "theirs"}},
	offered:     {Confirmed{}, PeerOffer{Seq: 1, Invite: true, SDP: "theirs"}},
	answering:   {Confirmed{}, PeerOffer{Seq: 1, Invite: true}, Accept{SDP: "ours"}},
	closed:      {Confirmed{}, Over{}},
}

// exchangeInputs are all that can happen, by the name that exchangeProduct uses.
var exchangeInputs = map[string]ExchangeInput{
	"confirmed":            Confirmed{},
	"offer":                Offer{SDP: "more"},
	"ask":                  Offer{},
	"renew":                Renew{},
	"422 adjusted":         Response{Try: 1, Status: 422, Adjusted: true},
	"100":                  Response{Try: 1, Status: 100},
	"200":                  Response{Try: 1, Status: 200, SDP: "answer"},
	"200 without":          Response{Try: 1, Status: 200},
	"401":                  Response{Try: 1, Status: 401, Challenge: FreshChallenge},
	"408":                  Response{Try: 1, Status: 408},
	"488":                  Response{Try: 1, Status: 488},
	"491":                  Response{Try: 1, Status: 491},
	"500 later":            Response{Try: 1, Status: 500, RetryAfter: time.Second},
	"500 much later":       Response{Try: 1, Status: 500, RetryAfter: time.Minute},
	"503 later":            Response{Try: 1, Status: 503, RetryAfter: time.Second},
	"200 to another":       Response{Try: 9, Status: 200, SDP: "answer"},
	"488 to another":       Response{Try: 9, Status: 488},
	"time-out":             TransactionTimeout{Try: 1},
	"transport":            TransportFailed{Try: 1},
	"peer's INVITE":        PeerOffer{Seq: 2, Invite: true, SDP: "new"},
	"peer's UPDATE":        PeerOffer{Seq: 2, SDP: "new"},
	"peer's refresh":       PeerOffer{Seq: 2, Invite: true, SDP: "same", Local: true},
	"peer's local UPDATE":  PeerOffer{Seq: 2, SDP: "same", Local: true},
	"accept":               Accept{SDP: "yes"},
	"reject":               Reject{Status: 488, Phrase: "No"},
	"reject for now":       Reject{Status: 500, Phrase: "Not now"},
	"ack":                  PeerAck{Seq: 1, SDP: "answer"},
	"ack without":          PeerAck{Seq: 1},
	"ack of another":       PeerAck{Seq: 9},
	"withdrawn":            Withdrawn{Seq: 1},
	"over":                 Over{},
	"tick":                 Tick{},
	"tick at the deadline": nil, // Tick, and the clock moved on to it
}

// exchangeProduct is every transition that changes the stage or has an effect. Every pair that is not listed leaves the
// stage alone and is silent.
var exchangeProduct = map[stage]map[string]string{
	unconfirmed: {
		"confirmed":           "settled:",
		"200":                 "unconfirmed: ACK parked",
		"200 without":         "unconfirmed: ACK parked",
		"200 to another":      "unconfirmed: ACK parked",
		"peer's INVITE":       "unconfirmed: 491 to 2",
		"peer's UPDATE":       "unconfirmed: 491 to 2",
		"peer's refresh":      "unconfirmed: 491 to 2",
		"peer's local UPDATE": "unconfirmed: 491 to 2",
		"over":                "closed:",
	},
	settled: {
		"offer":               "inviting: INVITE more",
		"ask":                 "inviting: INVITE",
		"renew":               "inviting: INVITE as agreed",
		"200":                 "settled: ACK parked",
		"200 without":         "settled: ACK parked",
		"200 to another":      "settled: ACK parked",
		"peer's INVITE":       "offered: 100, offered new",
		"peer's UPDATE":       "offered: offered new",
		"peer's refresh":      "answering: 200 to 2 on the spot",
		"peer's local UPDATE": "settled: 200 to 2 on the spot",
		"over":                "closed:",
	},
	inviting: {
		"200":                  "settled: ACK, renegotiated answer",
		"200 without":          "settled: ACK, failed: refused 200",
		"401":                  "inviting: INVITE ours signed",
		"422 adjusted":         "inviting: INVITE ours signed",
		"408":                  "settled: failed: refused 408, give up",
		"488":                  "settled: failed: refused 488",
		"491":                  "settled: failed: refused 491 again after 4s",
		"500 later":            "settled: failed: refused 500 again after 100ms",
		"500 much later":       "settled: failed: refused 500",
		"503 later":            "settled: failed: refused 503",
		"200 to another":       "inviting: ACK parked",
		"time-out":             "settled: failed: time-out, give up",
		"transport":            "settled: failed: transport",
		"peer's INVITE":        "inviting: 491 to 2",
		"peer's UPDATE":        "inviting: 491 to 2",
		"peer's refresh":       "inviting: 491 to 2",
		"peer's local UPDATE":  "inviting: 491 to 2",
		"over":                 "closed:",
		"tick at the deadline": "settled: failed: time-out, give up",
	},
	asked: {
		"200 to another":       "asked: ACK parked",
		"peer's INVITE":        "asked: 491 to 2",
		"peer's UPDATE":        "asked: 500 to 2 later",
		"peer's refresh":       "asked: 491 to 2",
		"peer's local UPDATE":  "asked: 500 to 2 later",
		"accept":               "settled: ACK yes",
		"reject":               "settled: ACK parked",
		"reject for now":       "settled: ACK parked",
		"over":                 "closed: ACK parked",
		"tick at the deadline": "settled: ACK parked, gone: expired",
	},
	offered: {
		"200":                  "offered: ACK parked",
		"200 without":          "offered: ACK parked",
		"200 to another":       "offered: ACK parked",
		"peer's INVITE":        "offered: 500 to 2 later",
		"peer's UPDATE":        "offered: 500 to 2 later",
		"peer's refresh":       "offered: 500 to 2 later",
		"peer's local UPDATE":  "offered: 500 to 2 later",
		"accept":               "answering: 200 to 1 yes",
		"reject":               "settled: 488 to 1",
		"withdrawn":            "settled: forget 1, gone: cancelled",
		"reject for now":       "settled: 500 to 1 later",
		"over":                 "closed: 487 to 1",
		"tick at the deadline": "settled: 504 to 1, gone: expired",
	},
	answering: {
		"200":                 "answering: ACK parked",
		"200 without":         "answering: ACK parked",
		"200 to another":      "answering: ACK parked",
		"peer's INVITE":       "answering: 491 to 2",
		"peer's UPDATE":       "answering: 491 to 2",
		"peer's refresh":      "answering: 491 to 2",
		"peer's local UPDATE": "answering: 491 to 2",
		"ack":                 "settled: renegotiated answer",
		"ack without":         "settled: failed: refused",
		"withdrawn":           "settled: forget 1, gone: cancelled",
		"over":                "closed:",
	},
	closed: {
		"200":                 "closed: ACK parked",
		"200 without":         "closed: ACK parked",
		"200 to another":      "closed: ACK parked",
		"peer's INVITE":       "closed: 481 to 2",
		"peer's UPDATE":       "closed: 481 to 2",
		"peer's refresh":      "closed: 481 to 2",
		"peer's local UPDATE": "closed: 481 to 2",
	},
}

// TestExchangeProduct walks the whole product.
func TestExchangeProduct(t *testing.T) {
	for st, history := range stageHistories {
		for name, in := range exchangeInputs {
			x := newExchange(true)
			now := epoch
			for _, h := range history {
				x.Step(now, h)
			}
			if x.stage != st {
				t.Fatalf("the history of %v leads to %v", st, x.stage)
			}
			if in == nil {
				in = Tick{}
				if now = x.Deadline(); now.IsZero() {
					continue
				}
			}
			effects := x.Step(now, in)
			got := ""
			if x.stage != st || len(effects) > 0 {
				got = x.stage.String() + ":"
				for i, e := range effects {
					got += strings.Repeat(",", min(i, 1)) + " " + exchangeEffect(e)
				}
			}
			if want := exchangeProduct[st][name]; got != want {
				t.Errorf("%v + %s: got %q, want %q", st, name, got, want)
			}
		}
		for _, name := range slices.Collect(maps.Keys(exchangeProduct[st])) {
			if _, ok := exchangeInputs[name]; !ok {
				t.Errorf("%v: no input %q", st, name)
			}
		}
	}
}

func newExchange(owns bool) *Exchange {
	return NewExchange(ExchangeConfig{OwnsCallID: owns, Chance: func(n int) int { return n - 1 }})
}

// exchangeEffect is an effect in a few words.
func exchangeEffect(e ExchangeEffect) string {
	switch e := e.(type) {
	case SendReinvite:
		return strings.TrimSpace("INVITE " + e.SDP + strings.Repeat("as agreed", btoi(e.Renew)) + strings.Repeat(" signed", btoi(e.Auth)))
	case CancelReinvite:
		return "CANCEL"
	case AckReinvite:
		return strings.TrimSpace("ACK " + e.SDP + strings.Repeat("parked", btoi(e.Park)))
	case SendTrying:
		return "100"
	case AcceptOffer:
		return fmt.Sprintf("200 to %d", e.Seq) + strings.Repeat(" on the spot", btoi(e.Local)) + strings.Repeat(" "+e.SDP, btoi(!e.Local))
	case RefuseOffer:
		return fmt.Sprintf("%d to %d", e.Status, e.Seq) + strings.Repeat(" later", btoi(e.Later >= 0))
	case Withdraw:
		return "forget " + fmt.Sprint(e.Seq)
	case Renegotiated:
		return strings.Repeat("asked: ", btoi(e.Offer)) + "renegotiated " + e.SDP
	case Renewed:
		return "renewed " + e.SDP
	case RenewFailed:
		return "not renewed: " + exchangeEffect(OfferFailed(e))
	case OfferFailed:
		return "failed: " + e.Kind.String() + strings.Repeat(fmt.Sprint(" ", e.Status), btoi(e.Status > 0)) +
			strings.Repeat(" again after "+e.Again.String(), btoi(e.Again > 0))
	case OfferGone:
		return "gone: " + e.Kind.String()
	case Offered:
		return "offered " + e.SDP
	case GiveUp:
		return "give up"
	}
	return "?"
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestAfter491 is the wait of https://www.rfc-editor.org/rfc/rfc3261#section-14.1, at its longest and shortest.
func TestAfter491(t *testing.T) {
	for _, tt := range []struct {
		owns   bool
		chance func(int) int
		want   time.Duration
	}{
		{true, func(n int) int { return n - 1 }, 4 * time.Second},
		{true, func(int) int { return 0 }, 2100 * time.Millisecond},
		{false, func(n int) int { return n - 1 }, 2 * time.Second},
		{false, func(int) int { return 0 }, 10 * time.Millisecond},
	} {
		x := NewExchange(ExchangeConfig{OwnsCallID: tt.owns, Chance: tt.chance})
		x.Step(epoch, Confirmed{})
		x.Step(epoch, Offer{SDP: "a"})
		out := x.Step(epoch, Response{Try: 1, Status: 491})
		if got, ok := out[0].(OfferFailed); !ok || got.Again != tt.want || len(out) != 1 {
			t.Errorf("owner %v: %v, want to come again after %v", tt.owns, out, tt.want)
		}
	}
}

// TestRenew: a refresh waits its turn, has outcomes of its own, and says nothing new.
func TestRenew(t *testing.T) {
	x := newExchange(true)
	var got []string
	for _, in := range []ExchangeInput{
		Renew{}, Confirmed{}, Offer{SDP: "ours"}, Renew{}, Response{Try: 1, Status: 200, SDP: "theirs"},
		Response{Try: 2, Status: 422, Adjusted: true}, Response{Try: 3, Status: 491}, Response{Try: 3, Status: 200}, Renew{},
		Response{Try: 4, Status: 408},
	} {
		for _, e := range x.Step(epoch, in) {
			got = append(got, exchangeEffect(e))
		}
	}
	want := "INVITE as agreed, ACK, renewed theirs, INVITE ours, INVITE ours signed, failed: refused 491 again after 4s, " +
		"INVITE as agreed, ACK parked, not renewed: failed: refused 408, give up"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

// TestAsked: what the 2xx to a re-INVITE without a body brings is an offer, also behind a queue.
func TestAsked(t *testing.T) {
	x := newExchange(true)
	var got []string
	for _, in := range []ExchangeInput{
		Confirmed{}, Offer{}, Offer{SDP: "ours"}, Response{Try: 1, Status: 200, SDP: "theirs"}, Accept{SDP: "yes"},
		Response{Try: 2, Status: 200, SDP: "theirs"},
	} {
		for _, e := range x.Step(epoch, in) {
			got = append(got, exchangeEffect(e))
		}
	}
	want := "INVITE, asked: renegotiated theirs, ACK yes, INVITE ours, ACK, renegotiated theirs"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}
