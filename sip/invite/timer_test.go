package invite

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestTimerAccept is Table 2 of https://www.rfc-editor.org/rfc/rfc4028#section-9 and the sizes beside it.
func TestTimerAccept(t *testing.T) {
	const m = time.Minute
	for _, tt := range []struct {
		what  string
		cfg   TimerConfig
		asked Terms
		want  Terms
	}{
		{"the peer's wish: itself", TimerConfig{Expires: 30 * m}, Terms{Supported: true, Expires: 20 * m, Refresher: Peer}, Terms{true, 20 * m, Peer, 0}},
		{"the peer's wish: us", TimerConfig{Expires: 30 * m, Refresher: Peer}, Terms{Supported: true, Expires: 20 * m, Refresher: Us}, Terms{true, 20 * m, Us, 0}},
		{"no wish", TimerConfig{Expires: 30 * m}, Terms{Supported: true, Expires: 20 * m}, Terms{true, 20 * m, Us, 0}},
		{"no wish but ours", TimerConfig{Expires: 30 * m, Refresher: Peer}, Terms{Supported: true, Expires: 20 * m}, Terms{true, 20 * m, Peer, 0}},
		{"a proxy's, of a peer that does not know it", TimerConfig{Expires: 30 * m, Refresher: Peer}, Terms{Expires: 20 * m, Refresher: Peer}, Terms{false, 20 * m, Us, 0}},
		{"longer than we want", TimerConfig{Expires: 30 * m}, Terms{Supported: true, Expires: 60 * m}, Terms{true, 30 * m, Us, 0}},
		{"but not below what must be", TimerConfig{Expires: 30 * m}, Terms{Supported: true, Expires: 60 * m, Min: 40 * m}, Terms{true, 40 * m, Us, 0}},
		{"nothing asked", TimerConfig{Expires: 30 * m}, Terms{Supported: true}, Terms{true, 30 * m, Us, 0}},
		{"nothing asked, but a Min-SE", TimerConfig{Expires: 30 * m}, Terms{Supported: true, Min: 40 * m}, Terms{true, 40 * m, Us, 0}},
		{"not known", TimerConfig{Expires: 30 * m}, Terms{}, Terms{}},
		{"off", TimerConfig{}, Terms{Supported: true, Expires: 20 * m}, Terms{}},
	} {
		timer := NewTimer(tt.cfg)
		if got := timer.Accept(epoch, tt.asked); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.what, got, tt.want)
		}
		if on := !timer.Deadline().IsZero(); on != (tt.want.Expires > 0) {
			t.Errorf("%s: runs: %v", tt.what, on)
		}
	}
}

func TestTimerFair(t *testing.T) {
	for _, tt := range []struct {
		what  string
		least time.Duration
		asked Terms
		want  bool
	}{
		{"enough", 0, Terms{Supported: true, Expires: 90 * time.Second}, true},
		{"too brief", 0, Terms{Supported: true, Expires: 89 * time.Second}, false},
		{"too brief for us", 5 * time.Minute, Terms{Supported: true, Expires: 4 * time.Minute}, false},
		{"it would not understand", 0, Terms{Expires: time.Second}, true},
		{"nothing said", 0, Terms{Supported: true}, true},
	} {
		if got := NewTimer(TimerConfig{Expires: 30 * time.Minute, Min: tt.least}).Fair(tt.asked); got != tt.want {
			t.Errorf("%s: %v", tt.what, got)
		}
	}
}

// TestTimer422: more is asked for as long as it is more, within reason, three times.
func TestTimer422(t *testing.T) {
	timer := NewTimer(TimerConfig{Expires: 5 * time.Minute})
	for _, tt := range []struct {
		least time.Duration
		again bool
		asks  time.Duration
	}{
		{0, false, 5 * time.Minute},
		{90 * time.Second, false, 5 * time.Minute}, // it has been obeyed already
		{4 * time.Minute, true, 5 * time.Minute},
		{10 * time.Minute, true, 10 * time.Minute},
		{10 * time.Minute, false, 10 * time.Minute},
		{48 * time.Hour, false, 10 * time.Minute},
		{20 * time.Minute, true, 20 * time.Minute},
		{30 * time.Minute, false, 20 * time.Minute},
	} {
		if again := timer.TooBrief(tt.least); again != tt.again || timer.Ask().Expires != tt.asks {
			t.Errorf("Min-SE %v: again %v, asks for %v", tt.least, again, timer.Ask().Expires)
		}
	}
}

// TestRandomTimerHistories: a session that is refreshed by whoever has to never expires; one that is not is never alive
// when the peer's own timer ends, nor hung up before two thirds of it; refreshes are never less than 5 seconds apart.
func TestRandomTimerHistories(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 28))
	for range 20_000 {
		timer := NewTimer(TimerConfig{Expires: 30 * time.Minute})
		now := epoch
		refreshed, ours, interval, last := now, false, time.Duration(0), time.Time{}
		agree := func() {
			refreshed, ours = now, r.IntN(2) == 0
			interval = time.Duration(90+r.IntN(1800)) * time.Second
			timer.Agreed(now, Terms{Expires: interval, Refresher: map[bool]Refresher{true: Us, false: Peer}[ours]})
		}
		agree()
		for range r.IntN(12) {
			now = timer.Deadline()
			switch timer.Step(now) {
			case Refresh:
				if !ours || !last.IsZero() && now.Sub(last) < 5*time.Second {
					t.Fatalf("refreshes at %v, after %v", now, last)
				}
				if last = now; r.IntN(3) == 0 {
					timer.Failed(now, time.Duration(r.IntN(2)*3000)*time.Millisecond)
				} else {
					agree()
				}
				continue
			case Expire:
				if idle := now.Sub(refreshed); idle >= interval || idle < interval*2/3 {
					t.Fatalf("hung up after %v of %v", idle, interval)
				}
			case Wait:
				t.Fatal("due, and nothing to do")
			}
			break
		}
		timer.Stop()
		if !timer.Deadline().IsZero() {
			t.Fatal("goes on after its end")
		}
	}
}
