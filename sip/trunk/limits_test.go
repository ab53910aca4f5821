package trunk

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestLimits(t *testing.T) {
	h := New(Config{Trunks: []Trunk{
		{Name: "a", Limits: Limits{Concurrent: 1}},
		{Name: "b", Limits: Limits{CallsPerSecond: 2}},
	}})
	take := func(ms int, want string, full Full) {
		t.Helper()
		name, f, ok := h.Take(epoch.Add(time.Duration(ms)*time.Millisecond), Wish{})
		if name != want || ok != (want != "") || f != full {
			t.Errorf("at %d ms: got %q, %+v, want %q, %+v", ms, name, f, want, full)
		}
	}
	take(0, "a", Full{})
	take(0, "b", Full{})
	take(600, "b", Full{})
	take(601, "", Full{Trunk: "a", Limit: Concurrent})
	take(1000, "b", Full{})
	if _, full, _ := h.Take(epoch.Add(1100*time.Millisecond), Wish{Trunks: []string{"b", "a"}}); full != (Full{"b", CallsPerSecond, 500 * time.Millisecond}) {
		t.Errorf("the first of the dial's trunks is named: %+v", full)
	}
	h.Leave("a")
	take(1101, "a", Full{})
	h.Leave("a")
	h.Enter("a")
	take(1102, "", Full{Trunk: "a", Limit: Concurrent})
	if calls := h.States(epoch)[0].Calls; calls != 1 {
		t.Errorf("the call that a has placed: %d", calls)
	}
}

func TestTheTrunkThatIsDownIsNotCalledFull(t *testing.T) {
	h := New(Config{Trunks: []Trunk{{Name: "a", Limits: Limits{Concurrent: 1}}}})
	h.Enter("a")
	h.Probed(at(0), "a", Reply{Status: 503})
	if _, full, ok := h.Take(at(0), Wish{}); ok || full != (Full{}) {
		t.Errorf("got %+v, %v", full, ok)
	}
}

func TestUrgent(t *testing.T) {
	h := New(Config{Trunks: []Trunk{{Name: "a"}, {Name: "b", Limits: Limits{Concurrent: 1}}}})
	h.Enter("b")
	h.Probed(at(0), "a", Reply{Status: 503})
	for _, want := range []string{"b", "a", ""} {
		tried := map[string][]string{"b": nil, "a": {"b"}, "": {"b", "a"}}[want]
		if name, _, ok := h.Take(at(0), Wish{Urgent: true, Tried: tried}); name != want || ok != (want != "") {
			t.Errorf("a full trunk goes before one that is down, that before none: got %q, want %q", name, want)
		}
	}
}

// TestLimitsHold: whatever comes and goes, no trunk has more calls than it bears, none is refused while one has room, and
// what a refusal promises is true.
func TestLimitsHold(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 0))
		trunks := named("a", "b", "c")
		for i := range trunks {
			trunks[i].Limits = Limits{CallsPerSecond: r.IntN(4), Concurrent: r.IntN(4)}
		}
		h := New(Config{Trunks: trunks})
		live, starts := map[string]int{}, map[string][]time.Time{}
		room := func(now time.Time, t Trunk) bool {
			n := 0
			for _, s := range starts[t.Name] {
				if now.Sub(s) < time.Second {
					n++
				}
			}
			l := t.Limits
			return (l.Concurrent == 0 || live[t.Name] < l.Concurrent) && (l.CallsPerSecond == 0 || n < l.CallsPerSecond)
		}
		now := epoch
		for range 200 {
			now = now.Add(time.Duration(r.IntN(400)) * time.Millisecond)
			if name := trunks[r.IntN(3)].Name; r.IntN(3) == 0 && live[name] > 0 {
				live[name]--
				h.Leave(name)
				continue
			}
			want := ""
			for _, t := range trunks {
				if want == "" && room(now, t) {
					want = t.Name
				}
			}
			name, full, _ := h.Take(now, Wish{})
			if name != want {
				t.Fatalf("seed %d: got %q, want %q", seed, name, want)
			}
			if name != "" {
				live[name]++
				starts[name] = append(starts[name], now)
				continue
			}
			if full.Trunk != "a" || full.Limit == 0 {
				t.Fatalf("seed %d: the first trunk is named, and its limit: %+v", seed, full)
			}
			if full.Again > 0 && !room(now.Add(full.Again), trunks[0]) {
				t.Fatalf("seed %d: no room after %v", seed, full.Again)
			}
		}
	}
}

func TestLimitNames(t *testing.T) {
	for l, want := range map[Limit]string{0: "", CallsPerSecond: "calls per second", Concurrent: "concurrent calls", 9: ""} {
		if l.String() != want {
			t.Errorf("limit %d: got %q", uint8(l), l)
		}
	}
}
