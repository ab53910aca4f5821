package invite

import (
	"strings"
	"testing"
	"time"
)

func TestReceipts(t *testing.T) {
	var r Receipts
	for _, tt := range []struct {
		seq  uint32
		want Receipt
	}{{7, Next}, {7, Copy}, {9, TooSoon}, {8, Next}, {7, Copy}, {9, Next}, {1, Copy}} {
		if got := r.Take(tt.seq); got != tt.want {
			t.Errorf("RSeq %d: %d, want %d", tt.seq, got, tt.want)
		}
	}
}

// TestOneAtATime: the next reliable response waits for the PRACK of the one before, and a final one for none.
func TestOneAtATime(t *testing.T) {
	s, now := NewServer(ServerConfig{Reliable: true}), epoch
	var got []string
	step := func(in ServerInput) {
		for _, e := range s.Step(now, in) {
			got = append(got, serverEffectLine(e))
		}
	}
	step(Start{})
	now = now.Add(time.Minute) // 182: it is being looked after
	step(Tick{})
	step(Ring{})
	step(PeerPrack{RSeq: 2})
	step(PeerPrack{RSeq: 1})
	step(PeerPrack{RSeq: 1})
	step(Answer{})
	step(PeerPrack{RSeq: 2})
	want := "100, 182 reliably, 481 to PRACK, 200 to PRACK, 180 reliably, 481 to PRACK, 200, 200 to PRACK"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}
