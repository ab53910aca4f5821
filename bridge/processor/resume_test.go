package processor_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"tieline/bridge"
	"tieline/bridge/natsbus"
	"tieline/bridge/processor"
)

// A bridge that was away goes on behind what it has observed: nothing is missing and nothing
// comes twice (protocol.md §2: a bridge that was away replays what it missed).
func TestResume(t *testing.T) {
	defer natsbus.HoldClock()()
	synctest.Test(t, func(t *testing.T) {
		bus, peer := stream(t)
		var seqs []uint64
		observe := func(m bridge.Message) { seqs = append(seqs, m.Seq) }
		say := func(seqs ...uint64) {
			for _, seq := range seqs {
				m := bridge.Event(bridge.ChannelReady, "s1.sales.1001", nil)
				m.Seq = seq
				bus.Publish(m, strconv.FormatUint(seq, 10), func(err error) {
					if err != nil {
						t.Errorf("publish: %v", err)
					}
				})
			}
			synctest.Wait()
		}
		say(1)
		position := uint64(0)
		for _, away := range [][]uint64{{2, 3}, {}, {4, 5, 6}} {
			c, err := processor.Resume(t.Context(), peer, position, observe)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			c.Close()
			position = c.Position()
			say(away...)
		}
		c, err := processor.Resume(t.Context(), peer, position, observe)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		say(7)
		if want := []uint64{1, 2, 3, 4, 5, 6, 7}; !slices.Equal(seqs, want) || c.Position() != 7 {
			t.Errorf("observed %v up to position %d, want %v", seqs, c.Position(), want)
		}
		if _, err := processor.Resume(t.Context(), peer, 8, observe); !errors.Is(err, natsbus.ErrNotReached) {
			t.Errorf("a stream made anew: %v, want ErrNotReached", err)
		}
	})
}

func stream(t *testing.T) (*natsbus.Bus, *natsbus.Peer) {
	t.Helper()
	bus, err := natsbus.Open(t.Context(), natsbus.Config{
		Embedded: &natsbus.Embedded{Memory: true}, Space: bridge.Space{Prefix: "cti", Processor: "acme"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bus.Close(); err != nil {
			t.Error(err)
		}
	})
	peer, err := bus.Peer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(peer.Close)
	return bus, peer
}

func TestPositionIsOfWhatHasBeenObserved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, goonc := newGateway(), make(chan struct{})
		c := open(t, g, func(bridge.Message) { <-goonc })
		for want := range uint64(3) {
			g.say(bridge.Event(bridge.ChannelReady, "s1.sales.1001", nil))
			synctest.Wait()
			if got := c.Position(); got != want {
				t.Errorf("while message %d is observed: position %d", want+1, got)
			}
			goonc <- struct{}{}
		}
		synctest.Wait()
		if got := c.Position(); got != 3 {
			t.Errorf("behind the third message: position %d", got)
		}
	})
}

// A status that is replayed is of a gateway that may be gone; the one that counts follows the
// answer (protocol.md §4).
func TestGreetDoesNotTakeAnOldStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway()
		g.late = true
		c := open(t, g, nil)
		g.say(bridge.Event(bridge.ControlStatus, bridge.Control, bridge.StatusBody{Status: "STARTED"}))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := c.Greet(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the status that counts has not come, greeted with %v", err)
		}
	})
}
