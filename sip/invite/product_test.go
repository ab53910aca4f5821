package invite

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// productConfig bounds every attempt of the product test.
var productConfig = Config{ProgressTimeout: 20 * time.Second, RingTimeout: time.Minute}

// histories lead to each state. The winning fork is a, the other one b.
var histories = map[state][]Input{
	idle:       nil,
	calling:    {Start{}},
	proceeding: {Start{}, provisionalIn(100)},
	parked:     {Start{}, Hangup{}},
	cancelling: {Start{}, provisionalIn(100), Hangup{}},
	answered:   {Start{}, successIn("a")},
	clearing:   {Start{}, successIn("a"), Hangup{}},
	done:       {Start{}, Response{Try: 1, Status: 486}},
}

// inputs are all that can happen, by the name that product uses.
var inputs = map[string]Input{
	"start":                  Start{},
	"100":                    provisionalIn(100),
	"180":                    provisionalIn(180),
	"183":                    provisionalIn(183),
	"183 with a description": Response{Try: 1, Status: 183, SDP: "x"},
	"199":                    provisionalIn(199),
	"199 with a description": Response{Try: 1, Status: 199, SDP: "x"},
	"180 to an older INVITE": Response{Try: 0, Status: 180},
	"200 of a":               successIn("a"),
	"200 of b":               successIn("b"),
	"302":                    Response{Try: 1, Status: 302},
	"401 without answer":     Response{Try: 1, Status: 401},
	"401":                    Response{Try: 1, Status: 401, Challenge: FreshChallenge},
	"407 stale":              Response{Try: 1, Status: 407, Challenge: StaleChallenge},
	"486":                    Response{Try: 1, Status: 486},
	"486 to an older INVITE": Response{Try: 0, Status: 486},
	"503":                    Response{Try: 1, Status: 503, RetryAfter: time.Second},
	"603":                    Response{Try: 1, Status: 603},
	"no status":              Response{Try: 1, Status: 700},
	"time-out":               TransactionTimeout{Try: 1},
	"older time-out":         TransactionTimeout{Try: 0},
	"transport":              TransportFailed{Try: 1},
	"hangup":                 Hangup{},
	"acknowledge":            Acknowledge{}, // of nothing that waits
	"bye of a":               PeerBye{ToTag: "a"},
	"bye of b":               PeerBye{ToTag: "b"},
	"100 to bye of a":        ByeResponse{ToTag: "a", Status: 100},
	"200 to bye of a":        ByeResponse{ToTag: "a", Status: 200},
	"401 to bye of a":        ByeResponse{ToTag: "a", Status: 401, Challenge: FreshChallenge},
	"481 to bye of a":        ByeResponse{ToTag: "a", Status: 481},
	"nothing to bye of a":    ByeResponse{ToTag: "a"},
	"200 to bye of b":        ByeResponse{ToTag: "b", Status: 200},
	"tick":                   Tick{},
	"tick at the deadline":   nil, // Tick, and the clock moved on to it
}

// product is every transition that changes the state or has an effect: state, input, next state, effects. Every pair
// that is not listed leaves the state alone and is silent.
var product = map[state]map[string]string{
	idle: {
		"start":  "calling: INVITE",
		"hangup": "done: failed: cancelled (nothing heard)",
	},
	calling: {
		"100":                    "proceeding:",
		"180":                    "proceeding: progress 180 alerted",
		"183":                    "proceeding: progress 183",
		"183 with a description": "proceeding: progress 183, early media x",
		"199":                    "proceeding:",
		"199 with a description": "proceeding:",
		"200 of a":               "answered: ACK tag=a, answered tag=a",
		"200 of b":               "answered: ACK tag=b, answered tag=b",
		"302":                    "done: failed: refused 302",
		"401 without answer":     "done: failed: refused 401",
		"401":                    "calling: INVITE with credentials",
		"407 stale":              "calling: INVITE with credentials",
		"486":                    "done: failed: refused 486",
		"503":                    "done: failed: refused 503 retry after 1s",
		"603":                    "done: failed: refused 603",
		"time-out":               "parked: failed: time-out (nothing heard), the INVITE is not repeated any more",
		"transport":              "done: failed: transport (nothing heard)",
		"hangup":                 "parked: failed: cancelled (nothing heard), the INVITE is not repeated any more",
		"tick at the deadline":   "parked: failed: no progress (nothing heard), the INVITE is not repeated any more",
	},
	proceeding: {
		"180":                    "proceeding: progress 180 alerted",
		"183":                    "proceeding: progress 183",
		"183 with a description": "proceeding: progress 183, early media x",
		"200 of a":               "answered: ACK tag=a, answered tag=a",
		"200 of b":               "answered: ACK tag=b, answered tag=b",
		"302":                    "done: failed: refused 302",
		"401 without answer":     "done: failed: refused 401",
		"401":                    "calling: INVITE with credentials",
		"407 stale":              "calling: INVITE with credentials",
		"486":                    "done: failed: refused 486",
		"503":                    "done: failed: refused 503 retry after 1s",
		"603":                    "done: failed: refused 603",
		"time-out":               "cancelling: failed: time-out, CANCEL reason=Q.850 41",
		"transport":              "cancelling: failed: transport, CANCEL reason=Q.850 41",
		"hangup":                 "cancelling: failed: cancelled, CANCEL reason=Q.850 16",
		"tick at the deadline":   "cancelling: failed: no progress, CANCEL reason=Q.850 18",
	},
	parked: {
		"100":                    "cancelling: CANCEL reason=Q.850 16",
		"180":                    "cancelling: CANCEL reason=Q.850 16",
		"183":                    "cancelling: CANCEL reason=Q.850 16",
		"183 with a description": "cancelling: CANCEL reason=Q.850 16",
		"199":                    "cancelling: CANCEL reason=Q.850 16",
		"199 with a description": "cancelling: CANCEL reason=Q.850 16",
		"200 of a":               "clearing: ACK tag=a, BYE tag=a reason=Q.850 16",
		"200 of b":               "clearing: ACK tag=b, BYE tag=b reason=Q.850 16",
		"302":                    "done:",
		"401 without answer":     "done:",
		"401":                    "done:",
		"407 stale":              "done:",
		"486":                    "done:",
		"503":                    "done:",
		"603":                    "done:",
		"time-out":               "done:",
		"transport":              "done:",
		"tick at the deadline":   "done:",
	},
	cancelling: {
		"200 of a":             "clearing: ACK tag=a, BYE tag=a reason=Q.850 16",
		"200 of b":             "clearing: ACK tag=b, BYE tag=b reason=Q.850 16",
		"302":                  "done:",
		"401 without answer":   "done:",
		"401":                  "done:",
		"407 stale":            "done:",
		"486":                  "done:",
		"503":                  "done:",
		"603":                  "done:",
		"time-out":             "done:",
		"tick at the deadline": "done:",
	},
	answered: {
		"200 of a": "answered: ACK tag=a",
		"200 of b": "answered: ACK tag=b, BYE tag=b reason=SIP 200",
		"hangup":   "clearing: ended by us, BYE tag=a reason=Q.850 16",
		"bye of a": "clearing: ended by the peer",
	},
	clearing: {
		"200 of a":             "clearing: ACK tag=a",
		"200 of b":             "clearing: ACK tag=b, BYE tag=b reason=SIP 200",
		"401 to bye of a":      "clearing: BYE tag=a with credentials reason=Q.850 16",
		"tick at the deadline": "done:",
	},
	done: {},
}

// TestProduct steps every state with every input.
func TestProduct(t *testing.T) {
	for from := idle; from <= done; from++ {
		for name := range product[from] {
			if _, ok := inputs[name]; !ok {
				t.Errorf("%v+%s: no such input", from, name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(inputs)) {
			want, ok := product[from][name]
			if !ok {
				want = from.String() + ":"
			}
			next, _, _ := strings.Cut(want, ":")
			t.Run(from.String()+"+"+name+"→"+next, func(t *testing.T) {
				if got := transition(t, from, inputs[name]); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			})
		}
	}
}

// transition steps an attempt in state from with in, or with time alone, and describes what came of it.
func transition(t *testing.T, from state, in Input) string {
	t.Helper()
	c, now := New(productConfig), epoch
	for _, h := range histories[from] {
		c.Step(now, h)
	}
	if c.state != from {
		t.Fatalf("the history of %v leads to %v", from, c.state)
	}
	if in == nil {
		in = Tick{}
		if due := c.Deadline(); !due.IsZero() {
			now = due
		}
	}
	var effects []string
	for _, e := range c.Step(now, in) {
		line := effectLine(e)
		effects = append(effects, strings.TrimSpace(line[strings.LastIndex(line, "    "):]))
	}
	return strings.TrimSpace(c.state.String() + ": " + strings.Join(effects, ", "))
}

func provisionalIn(status int) Response { return Response{Try: 1, Status: status} }

func successIn(tag string) Response { return Response{Try: 1, Status: 200, ToTag: tag} }
