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

// consulting is a call in which 700 is consulted and has answered.
func consulting(t *testing.T, g *gateway) (*processor.Call, *processor.Conversation) {
	t.Helper()
	call, err := open(t, g, nil).Dial(t.Context(), channel, bridge.Dial{Destination: "600"})
	if err != nil {
		t.Fatal(err)
	}
	wantState(t, call.Primary(), bridge.ConvConnected)
	expert, err := call.Consult(t.Context(), bridge.Consult{Destination: "700"})
	if err != nil {
		t.Fatal(err)
	}
	wantState(t, expert, bridge.ConvConnected)
	return call, expert
}

func wantState(t *testing.T, v *processor.Conversation, want bridge.ConversationState) {
	t.Helper()
	if state, err := v.Wait(t.Context(), want); err != nil {
		t.Errorf("%s is %s: %s, %v", v.Target, want, state, err)
	}
}

func TestConsult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway()
		call, expert := consulting(t, g)
		if expert.Target != call.Interaction.Child("v2") || expert.Remote.Number != "700" {
			t.Errorf("it is the conversation that was added: %+v", expert)
		}
		if state, _ := call.Primary().State(); state != bridge.ConvHeld || !slices.Equal(call.Primary().HeldBy(), []bridge.Side{bridge.AgentSide}) {
			t.Errorf("the party is held by the agent meanwhile: %s %v", state, call.Primary().HeldBy())
		}
		if err := call.ConsultTransfer(t.Context()); err != nil {
			t.Errorf("the party is passed on: %v", err)
		}
		wantState(t, expert, bridge.ConvEnded)
		if _, end := expert.State(); end == nil || end.ReleasedBy != bridge.ByAgent {
			t.Errorf("no conversation outlives the call: %v", end)
		}
	})
}

func TestConsultThatFails(t *testing.T) {
	call, err := open(t, newGateway(), nil).Dial(t.Context(), channel, bridge.Dial{Destination: "600"})
	if err != nil {
		t.Fatal(err)
	}
	var failure *bridge.Error
	if v, err := call.Consult(t.Context(), bridge.Consult{Destination: "701"}); v != nil || !errors.As(err, &failure) || failure.Code != bridge.Busy {
		t.Errorf("got %v %v, want BUSY", v, err)
	}
}

// The party hangs up: who is consulted becomes the party of the call, and hanging up is about the right one.
func TestConsultedPartyTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway()
		call, expert := consulting(t, g)
		customer := call.Primary()
		g.mu.Lock()
		g.say(bridge.Event(bridge.InteractionConversationRemoved, call.Interaction, bridge.ConversationRemoved{
			Conversation: "v1", Conversations: bridge.Conversations{Primary: &bridge.ConversationRef{ID: "v2"}},
		}))
		g.mu.Unlock()
		wantState(t, customer, bridge.ConvEnded)
		if call.Primary() != expert {
			t.Errorf("the primary conversation is %s", call.Primary().Target)
		}
		if err := call.Release(t.Context()); err != nil {
			t.Errorf("it is released: %v", err)
		}
		if last := g.about[len(g.about)-1]; last != expert.Target {
			t.Errorf("%s was released", last)
		}
	})
}

// A conversation that has ended before its init could be asked for is no error: that is how it went.
func TestConsultedPartyIsGoneAtOnce(t *testing.T) {
	g := newGateway()
	g.gone = true
	call, err := open(t, g, nil).Dial(t.Context(), channel, bridge.Dial{Destination: "600"})
	if err != nil {
		t.Fatal(err)
	}
	v, err := call.Consult(t.Context(), bridge.Consult{Destination: "700"})
	if err != nil {
		t.Fatalf("it was consulted: %v", err)
	}
	if state, end := v.State(); state != bridge.ConvEnded || end == nil {
		t.Errorf("and has ended: %s", state)
	}
}

func TestVerbs(t *testing.T) {
	g := newGateway()
	call, expert := consulting(t, g)
	g.asked, g.about = nil, nil
	for _, verb := range []func(context.Context) error{
		call.Alternate, call.ConsultConference, expert.Hold, expert.Retrieve,
		func(ctx context.Context) error { return expert.Transfer(ctx, "701") },
		func(ctx context.Context) error { return expert.Conference(ctx, "702") },
		func(ctx context.Context) error { return expert.SendDTMF(ctx, "1,2#") },
	} {
		if err := verb(t.Context()); err != nil {
			t.Error(err)
		}
	}
	wantNames := []bridge.Name{
		bridge.InteractionAlternate, bridge.InteractionConsultConference, bridge.ConversationHold, bridge.ConversationRetrieve,
		bridge.ConversationTransfer, bridge.ConversationConference, bridge.ConversationSendDTMF,
	}
	if !slices.Equal(g.asked, wantNames) {
		t.Errorf("asked %v", g.asked)
	}
	i, v := call.Interaction, expert.Target
	if want := []bridge.Target{i, i, v, v, v, v, v}; !slices.Equal(g.about, want) {
		t.Errorf("about %v", g.about)
	}
	wantBodies := []string{"", "", "", "", `{"destination":"701"}`, `{"destination":"702"}`, `{"digits":"1,2#"}`}
	if got := g.bodies[len(g.bodies)-len(wantBodies):]; !slices.Equal(got, wantBodies) {
		t.Errorf("with %q", got)
	}
}
