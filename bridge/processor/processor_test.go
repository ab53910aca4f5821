package processor_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tieline/bridge"
	"tieline/bridge/natsbus"
	"tieline/bridge/processor"
)

func station() processor.Station {
	return processor.Station{Session: "s1", Group: "sales", Channel: "1001", EndPoint: "1001"}
}

func open(t *testing.T, g *gateway, observe func(bridge.Message)) *processor.Client {
	t.Helper()
	c, err := processor.Open(t.Context(), g, observe)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestSetupInitializesEachDestinationBeforeTheNext(t *testing.T) {
	g := newGateway()
	c := open(t, g, nil)
	if _, err := c.Setup(t.Context(), station()); err != nil {
		t.Fatal(err)
	}
	want := []bridge.Name{
		bridge.ControlAddSession, bridge.SessionInit, bridge.SessionAddChannelGroup, bridge.GroupInit, bridge.GroupAddChannel, bridge.ChannelInit,
	}
	if !slices.Equal(g.asked, want) {
		t.Errorf("asked %v, want %v", g.asked, want)
	}
}

func TestSetupTellsWhatItMade(t *testing.T) {
	g := newGateway()
	c := open(t, g, nil)
	for _, tt := range []struct {
		what  string
		there func()
		made  bridge.Target
	}{
		{"nothing is there", func() {}, "s1"},
		{"all is there", func() {}, ""},
		{"the channel is missing", func() { g.channels = nil }, "s1.sales.1001"},
		{"the group is missing", func() { g.groups = []bridge.GroupRef{{ChannelGroup: "other"}}; g.channels = nil }, "s1.sales"},
	} {
		tt.there()
		ready, err := c.Setup(t.Context(), station())
		if err != nil || ready.Made != tt.made {
			t.Errorf("%s: made %q (%v), want %q", tt.what, ready.Made, err, tt.made)
		}
	}
}

func TestNobodyServesTheGroup(t *testing.T) {
	c := open(t, newGateway(), nil)
	s := station()
	s.Group = "support"
	if _, err := c.Setup(t.Context(), s); !errors.Is(err, natsbus.ErrNobody) {
		t.Errorf("a group that nobody serves is ErrNobody, got %v", err)
	}
}

func TestEventsAreObservedBeforeTheAnswer(t *testing.T) {
	var observed []bridge.Name
	c := open(t, newGateway(), func(m bridge.Message) { observed = append(observed, m.Name) })
	if _, err := c.Ask(t.Context(), bridge.ChannelDial, "s1.sales.1001", "s1.sales.1001", bridge.Dial{Destination: "600"}); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if !slices.Equal(observed, []bridge.Name{bridge.ChannelInteractionAdded, bridge.ChannelDial}) {
		t.Errorf("observed %v", observed)
	}
}

func TestFailureIsATypedError(t *testing.T) {
	c := open(t, newGateway(), nil)
	_, err := c.Dial(t.Context(), "s1.sales.1001", bridge.Dial{Destination: "601"})
	var e *bridge.Error
	if !errors.As(err, &e) || e.Code != bridge.Busy {
		t.Errorf("got %v, want BUSY", err)
	}
}

func TestWaitsEnd(t *testing.T) {
	g := newGateway()
	c := open(t, g, nil)
	ctx, cancel := context.WithCancel(t.Context())
	call, err := c.Dial(ctx, "s1.sales.1001", bridge.Dial{Destination: "602"})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := call.Wait(ctx, bridge.Ended); !errors.Is(err, context.Canceled) {
		t.Errorf("the context ends the wait for a state, got %v", err)
	}
	if _, err := c.Ask(ctx, bridge.ChannelDial, "s1.sales.1001", "s1.sales.1001", bridge.Dial{Destination: "608"}); !errors.Is(err, context.Canceled) {
		t.Errorf("the context ends the wait for an answer, got %v", err)
	}
	c.Close()
	if _, err := call.Wait(t.Context(), bridge.Ended); !errors.Is(err, processor.ErrClosed) {
		t.Errorf("closing the client ends the wait, got %v", err)
	}
	if _, err := c.Ask(t.Context(), bridge.SessionInit, "s1", "s1", nil); !errors.Is(err, processor.ErrClosed) {
		t.Errorf("a closed client asks nothing, got %v", err)
	}
	if _, err := c.Ask(t.Context(), bridge.InteractionStarted, "s1", "s1", nil); err == nil {
		t.Error("an event cannot be asked")
	}
}

func TestGreetWaitsForAGatewayThatTakesSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway()
		g.absent = 3
		c := open(t, g, nil)
		if err := c.Greet(t.Context()); err != nil || g.absent != 0 {
			t.Errorf("asked until somebody answered: %v", err)
		}
		g.absent = 1 << 30
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := c.Greet(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the context ends it, got %v", err)
		}
	})
}
