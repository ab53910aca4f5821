package trunk

import (
	"slices"
	"testing"
	"time"

	"tieline/sip/invite"
)

var epoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return epoch.Add(time.Duration(seconds) * time.Second) }

func newHealth() *Health {
	return New(Config{Trunks: named("a", "b", "c"), Hold: 10 * time.Second, MaxHold: 5 * time.Minute})
}

func named(names ...string) (ts []Trunk) {
	for _, name := range names {
		ts = append(ts, Trunk{Name: name})
	}
	return ts
}

func overload(d time.Duration) invite.Outcome {
	return invite.Outcome{Kind: invite.Refused, Status: 503, RetryAfter: d}
}

// wantUp checks who is up, in the configured order, and that Take offers exactly these, one after another.
func wantUp(t *testing.T, what string, h *Health, now time.Time, want ...string) {
	t.Helper()
	var got, offered []string
	for _, s := range h.States(now) {
		if s.Up {
			got = append(got, s.Name)
		}
	}
	for {
		name, _, ok := h.Take(now, Wish{Tried: offered})
		if !ok {
			break
		}
		h.Leave(name)
		offered = append(offered, name)
	}
	if !slices.Equal(got, want) || !slices.Equal(offered, want) {
		t.Errorf("%s: up %v, offered %v, want %v", what, got, offered, want)
	}
}

func TestRetryAfterHoldsTheTrunkDown(t *testing.T) {
	h := newHealth()
	wantUp(t, "all are up at first", h, at(0), "a", "b", "c")
	h.Report(at(0), "a", overload(30*time.Second), "")
	wantUp(t, "the trunk that asked for it is left alone", h, at(29), "b", "c")
	if s := h.States(at(29))[0]; !s.Until.Equal(at(30)) {
		t.Errorf("held down until %v, want %v", s.Until, at(30))
	}
	h.Report(at(1), "a", overload(5*time.Second), "")
	h.Report(at(2), "a", invite.Outcome{Kind: invite.Refused, Status: 486}, "")
	h.Probed(at(2), "a", Reply{Status: 200})
	wantUp(t, "nothing shortens what it asked for", h, at(29), "b", "c")
	wantUp(t, "it is up again to the instant", h, at(30), "a", "b", "c")
	if s := h.States(at(30))[0]; !s.Until.IsZero() {
		t.Errorf("held down until %v after the hold-down", s.Until)
	}
	h.Report(at(40), "a", overload(1000*time.Hour), "")
	wantUp(t, "a hold-down is bounded", h, at(40+300), "a", "b", "c")
}

func TestOnlyAnOutageHoldsTheTrunkDown(t *testing.T) {
	h := newHealth()
	limited := overload(time.Minute)
	limited.Phrase = "CPS limit"
	for _, o := range []invite.Outcome{
		overload(0),
		limited,
		{Kind: invite.Refused, Status: 486, RetryAfter: time.Minute},
		{Kind: invite.Refused, Status: 600, RetryAfter: time.Minute},
		{Kind: invite.Cancelled},
		{Kind: invite.RingTimeout, Heard: true, Progressed: true},
		{Kind: invite.Transport, Heard: true, Progressed: true},
		{Kind: invite.NoProgress, Heard: true}, // one slow callee behind a 100
	} {
		h.Report(at(0), "a", o, "")
		wantUp(t, "the trunk stays up", h, at(0), "a", "b", "c")
	}
}

func TestSilenceHoldsTheTrunkDown(t *testing.T) {
	for _, kind := range []invite.Kind{invite.Timeout, invite.Transport, invite.NoProgress} {
		h := newHealth()
		h.Report(at(0), "b", invite.Outcome{Kind: kind}, "")
		wantUp(t, kind.String(), h, at(9), "a", "c")
		wantUp(t, kind.String()+" is over", h, at(10), "a", "b", "c")
		h.Report(at(20), "b", invite.Outcome{Kind: kind}, "")
		h.Report(at(21), "b", invite.Outcome{Kind: invite.Refused, Status: 404}, "")
		wantUp(t, "a response shows that somebody is there", h, at(21), "a", "b", "c")
		h.Report(at(30), "b", invite.Outcome{Kind: kind}, "")
		h.Probed(at(30), "b", Reply{Status: 200})
		wantUp(t, "so does a probe", h, at(30), "a", "b", "c")
	}
	h := New(Config{Trunks: named("a")})
	h.Report(at(0), "a", invite.Outcome{Kind: invite.Transport}, "")
	wantUp(t, "no hold-down is configured", h, at(0), "a")
}

func TestProbedTrunk(t *testing.T) {
	h := newHealth()
	declines, answers := Reply{Status: 503}, Reply{Status: 200}
	h.Probed(at(0), "a", declines)
	wantUp(t, "down until a probe says otherwise", h, at(1_000_000), "b", "c")
	h.Report(at(1_000_000), "a", invite.Outcome{Kind: invite.Refused, Status: 404}, "")
	wantUp(t, "a late failure does not bring it up", h, at(1_000_000), "b", "c")
	h.Probed(at(1_000_000), "b", declines)
	h.Probed(at(1_000_000), "c", declines)
	wantUp(t, "nobody is up", h, at(1_000_000))
	h.Probed(at(1_000_000), "a", answers)
	wantUp(t, "up again", h, at(1_000_000), "a")
}

func TestTake(t *testing.T) {
	h := newHealth()
	h.Report(at(0), "b", overload(time.Minute), "")
	for _, tt := range []struct {
		what          string
		wanted, tried []string
		want          string
	}{
		{"the first", nil, nil, "a"},
		{"the next that is up", nil, []string{"a"}, "c"},
		{"all are tried", nil, []string{"c", "a"}, ""},
		{"the caller's order", []string{"c", "a"}, nil, "c"},
		{"the caller's choice", []string{"b"}, nil, ""},
		{"an unknown one is passed over", []string{"x", "c"}, nil, "c"},
		{"only unknown ones", []string{"x"}, nil, ""},
	} {
		got, _, ok := h.Take(at(0), Wish{Trunks: tt.wanted, Tried: tt.tried})
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: got %q, %v, want %q", tt.what, got, ok, tt.want)
		}
	}
	h.Report(at(0), "x", overload(time.Minute), "")
	h.Probed(at(0), "x", Reply{Status: 200})
	if n := len(h.States(at(0))); n != 3 {
		t.Errorf("an unknown name made a trunk: %d", n)
	}
}
