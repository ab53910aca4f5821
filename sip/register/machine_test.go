package register

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tieline/sip/invite"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// middle makes every chance the middle one.
func middle(n int) int { return n / 2 }

// script drives a machine: inputs at times, and what came out, as text.
type script struct {
	m   *Machine
	now time.Time
}

func newScript() *script { return &script{New(Config{Expires: time.Hour, Chance: middle}), start} }

func (s *script) do(in Input) string {
	var out []string
	for _, e := range s.m.Step(s.now, in) {
		out = append(out, s.text(e))
	}
	return strings.Join(out, ", ")
}

func (s *script) text(e Effect) string {
	switch e := e.(type) {
	case Send:
		if e.Auth {
			return "send " + e.Expires.String() + " auth"
		}
		return "send " + e.Expires.String()
	case Registered:
		return "registered for " + e.Until.Sub(s.now).String()
	case Lost:
		return fmt.Sprintf("lost %d again in %s", e.Why.Status, e.Again)
	case Removed:
		return "removed"
	}
	return "?"
}

func (s *script) wait(d time.Duration) { s.now = s.now.Add(d) }

// The states that the product is made of, each with the way there.
var states = []struct {
	name string
	make func(s *script)
}{
	{"off", func(*script) {}},
	{"waiting", func(s *script) { s.do(Start{}) }},
	{"asking", func(s *script) { s.do(Start{}); s.do(Tick{}) }},
	{"asking, stopped", func(s *script) { s.do(Start{}); s.do(Tick{}); s.do(Stop{}) }},
	{"challenged", func(s *script) {
		s.do(Start{})
		s.do(Tick{})
		s.do(Response{Status: 401, Challenge: invite.FreshChallenge})
	}},
	{"raised", func(s *script) { s.do(Start{}); s.do(Tick{}); s.do(Response{Status: 423, MinExpires: 2 * time.Hour}) }},
	{"registered", registered},
	{"refreshing", func(s *script) { registered(s); s.wait(52 * time.Minute); s.do(Tick{}) }},
	{"failing", func(s *script) { s.do(Start{}); s.do(Tick{}); s.do(Failed{Kind: invite.Timeout}) }},
	{"refused", func(s *script) { s.do(Start{}); s.do(Tick{}); s.do(Response{Status: 403}) }},
	{"leaving", func(s *script) { registered(s); s.do(Stop{}) }},
	{"removing", func(s *script) { registered(s); s.do(Stop{}); s.do(Tick{}) }},
	{"removing, started", func(s *script) { registered(s); s.do(Stop{}); s.do(Tick{}); s.do(Start{}) }},
}

func registered(s *script) {
	s.do(Start{})
	s.do(Tick{})
	s.do(Response{Status: 200, Granted: time.Hour})
}

var inputs = []struct {
	name string
	in   Input
}{
	{"start", Start{}},
	{"stop", Stop{}},
	{"tick", Tick{}},
	{"connection lost", ConnectionLost{}},
	{"200", Response{Status: 200, Granted: time.Hour}},
	{"200 without us", Response{Status: 200}},
	{"401", Response{Status: 401, Challenge: invite.FreshChallenge}},
	{"401 stale", Response{Status: 401, Challenge: invite.StaleChallenge}},
	{"401 unanswerable", Response{Status: 401}},
	{"423", Response{Status: 423, MinExpires: 2 * time.Hour}},
	{"403", Response{Status: 403}},
	{"503", Response{Status: 503, RetryAfter: time.Minute}},
	{"time-out", Failed{Kind: invite.Timeout}},
	{"no transport", Failed{Kind: invite.Transport}},
}

// product is what each input does in each state, and when the machine wants to be called next; "-": nothing, never.
// Where an input is not named, it does nothing.
var product = map[string]map[string]string{
	"off": {
		"start": "- | 0s",
		"stop":  "removed | -",
		"*":     "- | -",
	},
	"waiting": {
		"stop": "removed | -",
		"tick": "send 1h0m0s | -",
		"*":    "- | 0s",
	},
	"asking": {
		"200":              "registered for 1h0m0s | 50m26s",
		"200 without us":   "lost 200 again in 3.75s | 3.75s",
		"401":              "send 1h0m0s auth | -",
		"401 stale":        "send 1h0m0s auth | -",
		"401 unanswerable": "lost 401 again in 22m30s | 22m30s",
		"423":              "send 2h0m0s | -",
		"403":              "lost 403 again in 22m30s | 22m30s",
		"503":              "lost 503 again in 1m3s | 1m3s",
		"time-out":         "lost 0 again in 3.75s | 3.75s",
		"no transport":     "lost 0 again in 3.75s | 3.75s",
		"*":                "- | -",
	},
	"asking, stopped": {
		"200":              "- | 0s",
		"200 without us":   "removed | -",
		"401":              "removed | -",
		"401 stale":        "removed | -",
		"401 unanswerable": "removed | -",
		"423":              "removed | -",
		"403":              "removed | -",
		"503":              "removed | -",
		"time-out":         "- | 0s",
		"no transport":     "removed | -",
		"*":                "- | -",
	},
	"challenged": {
		"200":              "registered for 1h0m0s | 50m26s",
		"200 without us":   "lost 200 again in 3.75s | 3.75s",
		"401":              "lost 401 again in 22m30s | 22m30s",
		"401 stale":        "send 1h0m0s auth | -",
		"401 unanswerable": "lost 401 again in 22m30s | 22m30s",
		"423":              "send 2h0m0s | -",
		"403":              "lost 403 again in 22m30s | 22m30s",
		"503":              "lost 503 again in 1m3s | 1m3s",
		"time-out":         "lost 0 again in 3.75s | 3.75s",
		"no transport":     "lost 0 again in 3.75s | 3.75s",
		"*":                "- | -",
	},
	"raised": {
		"200":              "registered for 1h0m0s | 50m26s",
		"200 without us":   "lost 200 again in 3.75s | 3.75s",
		"401":              "send 2h0m0s auth | -",
		"401 stale":        "send 2h0m0s auth | -",
		"401 unanswerable": "lost 401 again in 22m30s | 22m30s",
		"423":              "lost 423 again in 3.75s | 3.75s",
		"403":              "lost 403 again in 22m30s | 22m30s",
		"503":              "lost 503 again in 1m3s | 1m3s",
		"time-out":         "lost 0 again in 3.75s | 3.75s",
		"no transport":     "lost 0 again in 3.75s | 3.75s",
		"*":                "- | -",
	},
	"registered": {
		"stop":            "- | 0s",
		"connection lost": "- | 1.25s",
		"*":               "- | 50m26s",
	},
	"refreshing": {
		"200":              "registered for 1h0m0s | 50m26s",
		"200 without us":   "- | 3.75s",
		"401":              "send 1h0m0s auth | 8m0s",
		"401 stale":        "send 1h0m0s auth | 8m0s",
		"401 unanswerable": "lost 401 again in 22m30s | 22m30s",
		"423":              "send 2h0m0s | 8m0s",
		"403":              "lost 403 again in 22m30s | 22m30s",
		"503":              "- | 1m3s",
		"time-out":         "- | 3.75s",
		"no transport":     "- | 3.75s",
		"*":                "- | 8m0s",
	},
	"failing": {
		"stop": "- | 0s", // the request may have arrived
		"*":    "- | 3.75s",
	},
	"refused": {
		"stop": "removed | -",
		"*":    "- | 22m30s",
	},
	"leaving": {
		"tick": "send 0s | 1h0m0s",
		"*":    "- | 0s",
	},
	"removing": {
		"200": "removed | -", "200 without us": "removed | -", "401 unanswerable": "removed | -", "423": "removed | -",
		"403": "removed | -", "503": "removed | -", "time-out": "removed | -", "no transport": "removed | -",
		"401": "send 0s auth | 1h0m0s", "401 stale": "send 0s auth | 1h0m0s",
		"*": "- | 1h0m0s",
	},
	"removing, started": {
		"200": "- | 0s", "200 without us": "- | 0s", "401 unanswerable": "- | 0s", "423": "- | 0s",
		"403": "- | 0s", "503": "- | 0s", "time-out": "- | 0s", "no transport": "- | 0s",
		"401": "send 0s auth | 1h0m0s", "401 stale": "send 0s auth | 1h0m0s",
		"*": "- | 1h0m0s",
	},
}

// TestProduct walks every state with every input.
func TestProduct(t *testing.T) {
	for _, st := range states {
		for _, in := range inputs {
			t.Run(st.name+"+"+in.name, func(t *testing.T) {
				s := newScript()
				st.make(s)
				got := s.do(in.in)
				if got == "" {
					got = "-"
				}
				at := "-"
				if d := s.m.Deadline(); !d.IsZero() {
					at = d.Sub(s.now).String()
				}
				want, named := product[st.name][in.name]
				if !named {
					want = product[st.name]["*"]
				}
				if got += " | " + at; got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			})
		}
	}
}

// TestPauses: the pause grows with each failure in a row, up to a limit, and begins anew behind a success
// (https://www.rfc-editor.org/rfc/rfc5626#section-4.5).
func TestPauses(t *testing.T) {
	s := newScript()
	s.do(Start{})
	var got []string
	for range 12 {
		s.now = s.m.Deadline()
		s.do(Tick{})
		s.do(Failed{Kind: invite.Timeout})
		got = append(got, s.m.Deadline().Sub(s.now).String())
	}
	want := "3.75s 22.5s 45s 1m30s 3m0s 6m0s 12m0s 22m30s 22m30s 22m30s 22m30s 22m30s"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	s.now = s.m.Deadline()
	s.do(Tick{})
	s.do(Response{Status: 200, Granted: time.Hour})
	s.now = s.m.Deadline()
	s.do(Tick{})
	s.do(Failed{Kind: invite.Timeout})
	if d := s.m.Deadline().Sub(s.now); d != 3750*time.Millisecond {
		t.Errorf("behind a success the pause is %s", d)
	}
}

// TestRefresh: whatever is granted, it is asked for again in time for a failed attempt and another one, and not all at
// the same point.
func TestRefresh(t *testing.T) {
	for _, tt := range []struct{ granted, least, most time.Duration }{
		{time.Second, 5 * time.Second, 5 * time.Second}, // whoever grants this is not asked every second
		{30 * time.Second, 16 * time.Second, 18 * time.Second},
		{time.Minute, 32 * time.Second, 36 * time.Second},
		{10 * time.Minute, 448 * time.Second, 504 * time.Second},
		{time.Hour, 2848 * time.Second, 3204 * time.Second},
	} {
		for _, chance := range []struct {
			f    func(int) int
			want time.Duration
		}{{func(int) int { return 0 }, tt.least}, {func(n int) int { return n - 1 }, tt.most}} {
			m := New(Config{Chance: chance.f})
			m.Step(start, Start{})
			m.Step(start, Tick{})
			m.Step(start, Response{Status: 200, Granted: tt.granted})
			got := m.next.Sub(start).Round(time.Millisecond)
			if got != chance.want {
				t.Errorf("%s: got %s, want %s", tt.granted, got, chance.want)
			}
		}
	}
}

// TestRunsOut: a binding that is not renewed in time is lost, and that is told once.
func TestRunsOut(t *testing.T) {
	s := newScript()
	s.do(Start{})
	s.do(Tick{})
	s.do(Response{Status: 200, Granted: time.Minute})
	s.now = s.m.Deadline()
	s.do(Tick{})
	s.wait(20 * time.Second)
	if got := s.do(Response{Status: 503}); got != "" {
		t.Errorf("as long as there is a binding a failure is no loss: %s", got)
	}
	s.now = start.Add(time.Minute)
	if got := s.do(Tick{}); got != "lost 503 again in 0s, send 1h0m0s" {
		t.Errorf("got %s", got)
	}
}

// TestMinExpiresStays: what a registrar wants at least is asked for from then on.
func TestMinExpiresStays(t *testing.T) {
	s := newScript()
	s.do(Start{})
	s.do(Tick{})
	s.do(Response{Status: 423, MinExpires: 2 * time.Hour})
	s.do(Response{Status: 200, Granted: 2 * time.Hour})
	s.now = s.m.Deadline()
	if got := s.do(Tick{}); got != "send 2h0m0s" {
		t.Errorf("got %s", got)
	}
	for _, min := range []time.Duration{0, time.Second, 8 * 24 * time.Hour} {
		s := newScript()
		s.do(Start{})
		s.do(Tick{})
		if got := s.do(Response{Status: 423, MinExpires: min}); !strings.HasPrefix(got, "lost 423") {
			t.Errorf("%s: got %s", min, got)
		}
	}
}
