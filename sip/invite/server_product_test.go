package invite

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// serverHistories lead to each phase.
var serverHistories = map[phase][]ServerInput{
	unstarted: nil,
	trying:    {Start{}},
	ringing:   {Start{}, Ring{}},
	accepted:  {Start{}, Ring{}, Answer{}},
	withdrawn: {Start{}, Answer{}, Hangup{}},
	confirmed: {Start{}, Answer{}, PeerAck{}},
	refusing:  {Start{}, Refuse{Status: 486}},
	departing: {Start{}, Answer{}, PeerAck{}, Hangup{}},
	forgotten: {Start{}, TransportFailed{}},
}

// serverInputs are all that can happen, by the name that serverProduct uses.
var serverInputs = map[string]ServerInput{
	"start":                Start{},
	"ring":                 Ring{},
	"answer":               Answer{},
	"refuse":               Refuse{Status: 503, Phrase: "Busy", RetryAfter: time.Second},
	"redirect":             Refuse{Status: 302, Contact: "sip:2@pbx"},
	"refuse as unfit":      Refuse{Status: 488, Unfit: true},
	"hangup":               Hangup{},
	"cancel":               PeerCancel{Reason: "SIP"},
	"ack":                  PeerAck{},
	"bye":                  PeerBye{Reason: "Q.850"},
	"prack":                PeerPrack{RSeq: 1, Seq: 1}, // nothing was reliable
	"100 to bye":           ByeResponse{Status: 100},
	"200 to bye":           ByeResponse{Status: 200},
	"401 to bye":           ByeResponse{Status: 401, Challenge: FreshChallenge},
	"nothing to bye":       ByeResponse{},
	"transport":            TransportFailed{},
	"tick":                 Tick{},
	"tick at the deadline": nil, // Tick, and the clock moved on to it
}

// serverProduct is every transition that changes the phase or has an effect. Every pair that is not listed leaves the
// phase alone and is silent.
var serverProduct = map[phase]map[string]string{
	unstarted: {
		"start":           "trying: 100",
		"ring":            "ringing: 180",
		"answer":          "accepted: 200",
		"refuse":          "refusing: failed: refused 503 Busy retry after 1s, 503 Busy retry after 1s",
		"redirect":        "refusing: failed: refused 302, 302 contact=sip:2@pbx",
		"refuse as unfit": "refusing: failed: unfit 488, 488 unfit",
		"hangup":          "refusing: failed: cancelled 480 Temporarily Unavailable, 480 Temporarily Unavailable",
		"cancel":          "refusing: failed: cancelled 487 Request Terminated reason=SIP",
		"bye":             "refusing: failed: cancelled 487 Request Terminated reason=Q.850, 487 Request Terminated",
		"transport":       "forgotten: failed: transport",
	},
	trying: {
		"ring":                 "ringing: 180",
		"answer":               "accepted: 200",
		"refuse":               "refusing: failed: refused 503 Busy retry after 1s, 503 Busy retry after 1s",
		"redirect":             "refusing: failed: refused 302, 302 contact=sip:2@pbx",
		"refuse as unfit":      "refusing: failed: unfit 488, 488 unfit",
		"hangup":               "refusing: failed: cancelled 480 Temporarily Unavailable, 480 Temporarily Unavailable",
		"cancel":               "refusing: failed: cancelled 487 Request Terminated reason=SIP",
		"bye":                  "refusing: failed: cancelled 487 Request Terminated reason=Q.850, 487 Request Terminated",
		"transport":            "forgotten: failed: transport",
		"tick at the deadline": "trying: 182",
	},
	ringing: {
		"answer":               "accepted: 200",
		"refuse":               "refusing: failed: refused 503 Busy retry after 1s alerted, 503 Busy retry after 1s",
		"redirect":             "refusing: failed: refused 302 alerted, 302 contact=sip:2@pbx",
		"refuse as unfit":      "refusing: failed: unfit 488 alerted, 488 unfit",
		"hangup":               "refusing: failed: cancelled 480 Temporarily Unavailable alerted, 480 Temporarily Unavailable",
		"cancel":               "refusing: failed: cancelled 487 Request Terminated reason=SIP alerted",
		"bye":                  "refusing: failed: cancelled 487 Request Terminated reason=Q.850 alerted, 487 Request Terminated",
		"transport":            "forgotten: failed: transport alerted",
		"tick at the deadline": "ringing: 180",
	},
	accepted: {
		"hangup":               "withdrawn: failed: cancelled 200 OK alerted",
		"cancel":               "refusing: failed: cancelled 487 Request Terminated reason=SIP alerted",
		"ack":                  "confirmed: answered alerted",
		"bye":                  "withdrawn: failed: cancelled 200 OK reason=Q.850 alerted",
		"tick at the deadline": "accepted: 200 again",
	},
	withdrawn: {
		"cancel":               "refusing:",
		"ack":                  "departing: BYE reason=Q.850 16",
		"tick at the deadline": "withdrawn: 200 again",
	},
	confirmed: {
		"hangup": "departing: ended by us, BYE reason=Q.850 16",
		"bye":    "departing: ended by the peer reason=Q.850",
	},
	refusing: {
		"ack":                  "departing:",
		"transport":            "forgotten:",
		"tick at the deadline": "forgotten:",
	},
	departing: {
		"401 to bye":           "departing: BYE with credentials reason=Q.850 16",
		"tick at the deadline": "forgotten:",
	},
	forgotten: {},
}

// TestServerProduct steps every phase with every input.
func TestServerProduct(t *testing.T) {
	for from := unstarted; from <= forgotten; from++ {
		for name := range serverProduct[from] {
			if _, ok := serverInputs[name]; !ok {
				t.Errorf("%v+%s: no such input", from, name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(serverInputs)) {
			want, ok := serverProduct[from][name]
			if !ok {
				want = from.String() + ":"
				if name == "prack" && from != forgotten {
					want += " 481 to PRACK"
				}
			}
			next, _, _ := strings.Cut(want, ":")
			t.Run(from.String()+"+"+name+"→"+next, func(t *testing.T) {
				if got := serverTransition(t, from, serverInputs[name]); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			})
		}
	}
}

// serverTransition steps a call in phase from with in, or with time alone, and describes what came of it.
func serverTransition(t *testing.T, from phase, in ServerInput) string {
	t.Helper()
	s, now := NewServer(ServerConfig{Expires: 3 * time.Minute}), epoch
	for _, h := range serverHistories[from] {
		s.Step(now, h)
	}
	if s.phase != from {
		t.Fatalf("the history of %v leads to %v", from, s.phase)
	}
	if in == nil {
		in = Tick{}
		if due := s.Deadline(); !due.IsZero() {
			now = due
		}
	}
	var effects []string
	for _, e := range s.Step(now, in) {
		effects = append(effects, serverEffectLine(e))
	}
	return strings.TrimSpace(s.phase.String() + ": " + strings.Join(effects, ", "))
}

func serverEffectLine(e ServerEffect) string {
	switch e := e.(type) {
	case SendProvisional:
		return strings.TrimSpace(status(e.Status)) + flag("reliably", e.RSeq > 0) + flag("again", e.Again)
	case AnswerPrack:
		return map[bool]string{true: "200 to PRACK", false: "481 to PRACK"}[e.Match]
	case SendAnswer:
		return "200" + flag("again", e.Again)
	case SendRefusal:
		return strings.TrimSpace(status(e.Status)) + words(e.Phrase) + flag("retry after "+e.RetryAfter.String(), e.RetryAfter > 0) + field("contact", e.Contact) + flag("unfit", e.Unfit)
	case Failed:
		e.Heard = true // of a Client only
		return strings.TrimPrefix(effectLine(e), "gw ─▶ app    ")
	case Effect:
		line := effectLine(e)
		return line[strings.LastIndex(line, "    ")+4:]
	}
	return "?"
}

// TestServerGivesUp: what the deadlines come to in the end.
func TestServerGivesUp(t *testing.T) {
	for _, tt := range []struct {
		what    string
		history []ServerInput
		after   time.Duration
		want    string // the last effects
	}{
		{"nobody answers before Expires", []ServerInput{Start{}, Ring{}}, 3 * time.Minute,
			"failed: expired 487 Request Terminated alerted, 487 Request Terminated"},
		{"nobody acknowledges", []ServerInput{Start{}, Answer{}}, 32 * time.Second, "failed: unacknowledged 200 OK, BYE reason=SIP 408"},
		{"nor what was withdrawn", []ServerInput{Start{}, Answer{}, Hangup{}}, 32 * time.Second, "BYE reason=Q.850 16"},
		{"the caller has gone, and no BYE follows", []ServerInput{Start{}, Answer{}, PeerBye{}}, 32 * time.Second, "200 again"},
		{"the BYE gets no answer", []ServerInput{Start{}, Answer{}, PeerAck{}, Hangup{}}, 32 * time.Second, "ended by us, BYE reason=Q.850 16"},
	} {
		s, now := NewServer(ServerConfig{Expires: 3 * time.Minute}), epoch
		last := ""
		step := func(in ServerInput) {
			var lines []string
			for _, e := range s.Step(now, in) {
				lines = append(lines, serverEffectLine(e))
			}
			if lines != nil {
				last = strings.Join(lines, ", ")
			}
		}
		for _, in := range tt.history {
			step(in)
		}
		for due := s.Deadline(); !due.IsZero() && !due.After(epoch.Add(tt.after)); due = s.Deadline() {
			now = due
			step(Tick{})
		}
		if last != tt.want {
			t.Errorf("%s: got %s, want %s", tt.what, last, tt.want)
		}
	}
}
