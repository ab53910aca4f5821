package sip

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// TestPulse: a connection of ours is pinged in time, and is over 10 seconds after a ping that nothing followed.
func TestPulse(t *testing.T) {
	start := time.Unix(1000, 0)
	p := pulse{every: 30 * time.Second, chance: func(n int) int { return n / 2 }}
	p.begin(start)
	steps := []struct {
		at         time.Duration
		hear       bool
		ping, over bool
		due        time.Duration
	}{
		{0, false, false, false, 27 * time.Second},
		{26 * time.Second, false, false, false, 27 * time.Second},
		{27 * time.Second, false, true, false, 37 * time.Second}, // and its pong is due
		{28 * time.Second, true, false, false, 54 * time.Second},
		{54 * time.Second, false, true, false, 64 * time.Second},
		{63 * time.Second, false, false, false, 64 * time.Second},
		{64 * time.Second, false, false, true, 64 * time.Second},
	}
	for _, s := range steps {
		now := start.Add(s.at)
		if s.hear {
			p.hear(now, []byte("\r\n"))
		}
		ping, over := p.tick(now, time.Time{})
		if due := p.due(time.Time{}).Sub(start); ping != s.ping || over != s.over || due != s.due {
			t.Errorf("at %s: ping %v, over %v, due %s; want %v, %v, %s", s.at, ping, over, due, s.ping, s.over, s.due)
		}
	}
}

// TestPulseOfOthers: who has connected has to say something, and not to be silent for longer than a call may ring; what
// we send counts as well.
func TestPulseOfOthers(t *testing.T) {
	start := time.Unix(1000, 0)
	for _, tt := range []struct {
		name         string
		heard, wrote time.Duration // 0: never
		end          time.Duration
	}{
		{"says nothing", 0, 0, 30 * time.Second},
		{"said something", 10 * time.Second, 0, 15*time.Minute + 10*time.Second},
		{"was sent something", 10 * time.Second, time.Minute, 16 * time.Minute},
	} {
		p := pulse{theirs: true}
		p.begin(start)
		wrote := time.Time{}
		if tt.heard > 0 {
			p.hear(start.Add(tt.heard), []byte("\r\n"))
		}
		if tt.wrote > 0 {
			wrote = start.Add(tt.wrote)
		}
		if due := p.due(wrote).Sub(start); due != tt.end {
			t.Errorf("%s: due after %s, want %s", tt.name, due, tt.end)
		}
		_, before := p.tick(start.Add(tt.end-1), wrote)
		if ping, over := p.tick(start.Add(tt.end), wrote); before || ping || !over {
			t.Errorf("%s: over %v before its time, %v at it", tt.name, before, over)
		}
	}
}

// TestFlow: looks are spread, failures wait longer and longer (https://www.rfc-editor.org/rfc/rfc5626#section-4.5).
func TestFlow(t *testing.T) {
	failed := errors.New("refused")
	for name, tt := range map[string]struct {
		chance func(int) int
		want   []time.Duration
	}{
		"at the latest":   {func(int) int { return 0 }, []time.Duration{60, 30, 60, 120, 60, 30}},
		"at the earliest": {func(n int) int { return n - 1 }, []time.Duration{48, 15, 30, 60, 48, 15}},
	} {
		f := flow{every: time.Minute, chance: tt.chance}
		for i, err := range []error{nil, failed, failed, failed, nil, failed} {
			if got := f.after(err); got != tt.want[i]*time.Second {
				t.Errorf("%s: look %d after %s, want %ds", name, i, got, tt.want[i])
			}
		}
		for range 100 {
			if got := f.after(failed); got > longestPause || got < time.Second {
				t.Errorf("%s: a pause of %s", name, got)
			}
		}
	}
}

// TestStreamWithoutPong: a connection whose ping is not answered is closed after 10 seconds; one that a peer has made, and
// says nothing, after 30.
func TestStreamWithoutPong(t *testing.T) {
	for _, theirs := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			u := &UserAgent{streams: map[*stream]struct{}{}, chance: rand.IntN}
			ours, peers := net.Pipe()
			s := u.newStream(ours, hop{network: tcp})
			want := 30 * time.Second
			if s.pulse.theirs = theirs; !theirs {
				s.pulse.every, s.pulse.chance, want = 30*time.Second, func(int) int { return 0 }, 40*time.Second
			}
			start := time.Now()
			pingsc := make(chan int)
			go func() {
				said, _ := io.ReadAll(peers)
				pingsc <- len(said) / len("\r\n\r\n")
			}()
			_, err := s.Read(make([]byte, 100))
			if took := time.Since(start); !errors.Is(err, errSilent) || took != want {
				t.Errorf("theirs %v: %v after %s, want it to be over after %s", theirs, err, took, want)
			}
			if pings := <-pingsc; theirs != (pings == 0) || pings > 1 {
				t.Errorf("theirs %v: %d pings", theirs, pings)
			}
			if len(u.streams) != 0 {
				t.Error("it is still known")
			}
		})
	}
}
