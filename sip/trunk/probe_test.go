package trunk

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"tieline/sip/invite"
)

var everyThirty = Probing{Interval: 30 * time.Second, Timeout: 4 * time.Second, DownAfter: 3, UpAfter: 2}

// TestProbing plays histories: a status is an answer to OPTIONS, "-" that there was none, "call" a call that was answered,
// "lost" one that was not. What is left behind is why the trunk is down, and when the next OPTIONS goes out.
func TestProbing(t *testing.T) {
	for _, tt := range []struct {
		history string
		why     Why
		next    int // seconds
	}{
		{"200", 0, 30},
		{"404", 0, 30}, // whoever answers is there
		{"405", 0, 30},
		{"401", 0, 30},
		{"500", 0, 30},
		{"-", 0, 4},
		{"- -", 0, 4},
		{"- - -", Silent, 30},
		{"408 408 408", Silent, 30}, // said by somebody on the way
		{"- - 200 - -", 0, 4},
		{"- - call -", 0, 4},
		{"- - -  200", Silent, 4},
		{"- - -  200 -", Silent, 30},
		{"- - -  200 200", 0, 30},
		{"- - -  200 - 200", Silent, 4},
		{"- - -  call", Silent, -1}, // an old one
		{"lost - -", Silent, 30},
		{"- lost lost", Silent, -1},
		{"503", Declines, 30},
		{"503 200", Declines, 4},
		{"503 200 486", 0, 30},
		{"- - -  503 200 200", 0, 30},
		{"503:60", Asked, 60},
		{"503:10", Asked, 30},
		{"- - -  503:60 200", Silent, 60}, // it was answered before it was due
		{"503=CPS_limit", 0, 30},          // about our rate
	} {
		h := New(Config{Trunks: []Trunk{{Name: "a", Probe: everyThirty}}, MaxHold: 5 * time.Minute})
		next := -1
		for event := range strings.FieldsSeq(tt.history) {
			next = -1
			switch event {
			case "call":
				h.Alive(at(0), "a")
			case "lost":
				h.Report(at(0), "a", invite.Outcome{Kind: invite.NoProgress}, "")
			default:
				next = int(h.Probed(at(0), "a", reply(event)).Sub(epoch) / time.Second)
			}
		}
		if s := h.States(at(0))[0]; s.Why != tt.why || s.Up != (tt.why == 0) || next != tt.next {
			t.Errorf("%s: got %q, up %v, next after %d s; want %q, %d s", tt.history, s.Why, s.Up, next, tt.why, tt.next)
		}
	}
}

// reply reads 200, 503:RETRY-AFTER, 503=PHRASE, or nothing.
func reply(text string) (r Reply) {
	text, phrase, _ := strings.Cut(text, "=")
	r.Phrase = strings.ReplaceAll(phrase, "_", " ")
	status, after, _ := strings.Cut(text, ":")
	r.Status, _ = strconv.Atoi(status)
	seconds, _ := strconv.Atoi(after)
	r.RetryAfter = time.Duration(seconds) * time.Second
	return r
}

func TestDoubt(t *testing.T) {
	h := New(Config{Trunks: []Trunk{{Name: "a", Probe: everyThirty}, {Name: "b"}}})
	lost := invite.Outcome{Kind: invite.Timeout}
	if !h.Report(at(0), "a", lost, "") {
		t.Error("the first call without an answer is a reason to look")
	}
	if h.Report(at(0), "a", lost, "") {
		t.Error("the second one is none: somebody looks already")
	}
	if h.Report(at(0), "b", lost, "") {
		t.Error("nobody looks at a trunk that is not probed")
	}
}

func TestProbesAreSpread(t *testing.T) {
	for chance, want := range map[int]string{0: "0s 27s", 50: "2.5s 30s", 99: "4.95s 32.94s"} {
		h := New(Config{Trunks: []Trunk{{Name: "a", Probe: everyThirty}, {Name: "b"}}, Chance: func(n int) int { return n / 100 * chance }})
		got := fmt.Sprint(h.FirstProbe(epoch, "a").Sub(epoch), " ", h.Probed(epoch, "a", Reply{Status: 200}).Sub(epoch))
		if got != want {
			t.Errorf("chance %d %%: the first and the next after %s, want %s", chance, got, want)
		}
		if !h.FirstProbe(epoch, "b").IsZero() || !h.FirstProbe(epoch, "x").IsZero() {
			t.Error("who is not to be probed is")
		}
	}
}

func TestSince(t *testing.T) {
	h := New(Config{Trunks: []Trunk{{Name: "a", Probe: Probing{Interval: time.Minute, DownAfter: 1, UpAfter: 1}}}, Hold: 10 * time.Second})
	since := func(what string, now, want int) {
		t.Helper()
		if s := h.States(at(now))[0]; !s.Since.Equal(at(want)) {
			t.Errorf("%s: since %v, want %v", what, s.Since, at(want))
		}
	}
	if s := h.States(at(0))[0]; !s.Up || !s.Since.IsZero() {
		t.Errorf("up from the beginning: %+v", s)
	}
	h.Probed(at(5), "a", Reply{})
	since("down", 7, 5)
	h.Probed(at(6), "a", Reply{Status: 503, RetryAfter: 10 * time.Second})
	since("down for another reason as well", 7, 5)
	h.Probed(at(8), "a", Reply{Status: 200})
	since("still asked to stay away", 15, 5)
	since("up when that was over, whenever somebody looks", 60, 16)
}

// TestFindings: a trunk is down exactly after DownAfter failures without a sign of life between them, or a 503, and up
// exactly after UpAfter answers, and no OPTIONS goes to somebody who wants to be left alone.
func TestFindings(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := Probing{Interval: 30 * time.Second, Timeout: 4 * time.Second, DownAfter: 1 + r.IntN(4), UpAfter: 1 + r.IntN(4)}
		h := New(Config{Trunks: []Trunk{{Name: "a", Probe: p}}, Chance: r.IntN})
		var bad, good int // one behind the other
		var down bool
		var asked time.Time
		events := []string{"200", "404", "-", "-", "-", "408", "503", "503:90", "call", "lost"}
		var history []string
		now := epoch
		for range 60 {
			now = now.Add(time.Duration(1+r.IntN(60)) * time.Second)
			e := events[r.IntN(len(events))]
			history = append(history, e)
			switch e {
			case "call":
				h.Alive(now, "a")
				bad = 0
			case "lost":
				h.Report(now, "a", invite.Outcome{Kind: invite.Timeout}, "")
				bad, good = bad+1, 0
			default:
				next := h.Probed(now, "a", reply(e))
				switch e {
				case "200", "404":
					bad, good = 0, good+1
				case "503":
					bad, good, down = 0, 0, true
				case "503:90":
					good, asked = 0, now.Add(90*time.Second)
				default:
					bad, good = bad+1, 0
				}
				if next.Before(asked) || next.Before(now.Add(p.Timeout)) || next.After(latest(asked, now.Add(33*time.Second))) {
					t.Fatalf("seed %d: %v: next after %v", seed, history, next.Sub(now))
				}
			}
			switch {
			case !down && bad >= p.DownAfter:
				down, good = true, 0
			case down && good >= p.UpAfter:
				down, bad = false, 0
			case down:
				bad = 0
			case !down:
				good = 0
			}
			if s := h.States(now)[0]; s.Up != (!down && !asked.After(now)) || s.Up != (s.Why == 0) {
				t.Fatalf("seed %d: down after %d, up after %d: %v: %+v, want down %v", seed, p.DownAfter, p.UpAfter, history, s, down)
			}
		}
	}
}

func TestWhy(t *testing.T) {
	for w, want := range map[Why]string{
		0: "", Silent: "does not answer OPTIONS", Lost: "did not answer a call", Nowhere: "has no address, as its name was not found", 99: "",
	} {
		if w.String() != want {
			t.Errorf("reason %d: got %q", uint8(w), w)
		}
	}
}

// TestReason: what nothing could be sent for is said instead of silence, as long as that is why.
func TestReason(t *testing.T) {
	lost := invite.Outcome{Kind: invite.Transport}
	h := New(Config{Hold: 10 * time.Second, Trunks: []Trunk{{Name: "a", Probe: Probing{Interval: time.Minute, Timeout: time.Second, DownAfter: 2, UpAfter: 1}}}})
	for _, tt := range []struct {
		what string
		do   func()
		want string
	}{
		{"a call is refused a connection", func() { h.Report(at(0), "a", lost, "connection refused") }, "cannot be reached: connection refused"},
		{"so is an OPTIONS", func() { h.Probed(at(0), "a", Reply{Fault: "TLS handshake failed"}) }, "cannot be reached: TLS handshake failed"},
		{"then there is silence", func() { h.Probed(at(0), "a", Reply{}) }, "does not answer OPTIONS"},
		{"its name is gone", func() { h.Located(at(0), "a", false) }, "has no address, as its name was not found"},
		{"another name", func() { h.Located(at(0), "b", false) }, "has no address, as its name was not found"},
		{"and back", func() { h.Located(at(0), "a", true) }, "does not answer OPTIONS"},
		{"up", func() { h.Probed(at(0), "a", Reply{Status: 200}) }, ""},
		{"a call meets nobody", func() { h.Report(at(0), "a", invite.Outcome{Kind: invite.Timeout}, "") }, "did not answer a call"},
	} {
		tt.do()
		if got := h.States(at(0))[0]; got.Reason() != tt.want || got.Up != (tt.want == "") {
			t.Errorf("%s: got %q, up %v; want %q", tt.what, got.Reason(), got.Up, tt.want)
		}
	}
}
