package processor_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"tieline/bridge"
	"tieline/bridge/processor"
)

const channel bridge.Target = "s1.sales.1001"

func TestNextWaitsForAnInboundCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway()
		c := open(t, g, nil)
		if err := c.Ready(t.Context(), channel); err != nil {
			t.Fatal(err)
		}
		if want := []bridge.Name{bridge.ChannelActivate, bridge.ChannelReadyRequest}; !slices.Equal(g.asked, want) {
			t.Errorf("asked %v, want %v", g.asked, want)
		}
		offered := make(chan *processor.Call, 1)
		go func() {
			call, err := c.Next(t.Context(), channel)
			if err != nil {
				t.Errorf("the next call: %v", err)
			}
			offered <- call
		}()
		synctest.Wait()
		g.offer("i7", bridge.Alerting)
		call := <-offered
		if call.Interaction != channel.Child("i7") || call.Direction != bridge.Inbound || call.Remote.Number != "0301234" {
			t.Errorf("it is the call that came in: %+v", call)
		}
		if err := call.Accept(t.Context()); err != nil {
			t.Errorf("it is accepted: %v", err)
		}
		if state, err := call.Wait(t.Context(), bridge.Started); err != nil {
			t.Errorf("it is STARTED: %v %v", state, err)
		}
		c.Close()
	})
}

func TestNextPassesOverWhatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway()
		c := open(t, g, nil)
		g.offer("i7", bridge.Ended) // its caller has gone before it is asked for
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() {
			_, err := c.Next(ctx, channel)
			failed <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("nobody calls until the context ends: %v", err)
		}
		g.offer("i8", bridge.Alerting)
		call, err := c.Next(t.Context(), channel)
		if err != nil || call.Interaction.ID() != "i8" {
			t.Errorf("the next one that alerts: %v %v", call, err)
		}
		if err := call.Reject(t.Context(), bridge.RejectBusy); err != nil {
			t.Errorf("it is rejected: %v", err)
		}
		if _, err := call.Wait(t.Context(), bridge.Ended); err != nil {
			t.Errorf("it is ENDED: %v", err)
		}
		c.Close()
		if _, err := c.Next(t.Context(), channel); !errors.Is(err, processor.ErrClosed) {
			t.Errorf("nobody calls at a closed client: %v", err)
		}
	})
}

// A call that was over and completed before anybody asked for it is passed over, and forgotten.
func TestNextPassesOverWhatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway()
		c := open(t, g, nil)
		defer c.Close()
		g.offer("i7", bridge.Alerting)
		g.remove("i7")
		synctest.Wait()
		g.offer("i8", bridge.Alerting)
		call, err := c.Next(t.Context(), channel)
		if err != nil || call.Interaction.ID() != "i8" {
			t.Fatalf("it is passed over: %v %v", call, err)
		}
		g.remove("i8")
		if state, err := call.Wait(t.Context(), bridge.Completed); err != nil {
			t.Errorf("one that was taken is COMPLETED: %v %v", state, err)
		}
	})
}
