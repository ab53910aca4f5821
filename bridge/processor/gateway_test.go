package processor_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"tieline/bridge"
	"tieline/bridge/natsbus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gateway stands in for a gateway behind the bus: it serves one channel, on which 600 is
// reached and answered, 602 rings, and everything else is busy. 700 can be consulted. Requests to a group other
// than sales find nobody.
type gateway struct {
	mu       sync.Mutex
	saidc    chan bridge.Message
	sessions map[string]any
	groups   []bridge.GroupRef
	channels []bridge.ChannelRef
	seq      uint64
	asked    []bridge.Name
	about    []bridge.Target
	bodies   []string
	gone     bool                    // who is consulted hangs up at once
	absent   int                     // that many requests find nobody
	inbound  bridge.InteractionState // of the calls that it offers
	late     bool                    // the status event behind the answer does not come
}

func newGateway() *gateway {
	return &gateway{saidc: make(chan bridge.Message, 100), sessions: map[string]any{}}
}

func (g *gateway) FollowAt(ctx context.Context, _ natsbus.Start, f func(bridge.Message, uint64)) (<-chan struct{}, error) {
	endedc := make(chan struct{})
	go func() {
		defer close(endedc)
		for position := uint64(1); ; position++ {
			select {
			case m := <-g.saidc:
				f(m, position)
			case <-ctx.Done():
				return
			}
		}
	}()
	return endedc, nil
}

func (g *gateway) Request(ctx context.Context, m bridge.Message, to bridge.Target) (bridge.Message, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked, g.about, g.bodies = append(g.asked, m.Name), append(g.about, m.Target), append(g.bodies, string(m.Body))
	if g.absent > 0 {
		g.absent--
		return bridge.Message{}, natsbus.ErrNobody
	}
	if group := to.At(bridge.ObjectGroup); group != "" && group.ID() != "sales" {
		return bridge.Message{}, natsbus.ErrNobody
	}
	answer := m.Succeed(g.answer(m))
	switch m.Name {
	case bridge.ChannelDial:
		answer = g.dial(m)
	case bridge.InteractionConsult:
		answer = g.consult(m)
	}
	if g.gone && m.Target.ID() == "v2" {
		answer = m.Fail(bridge.UnknownTarget.Error("There is no such destination."))
	}
	if answer.Name == "" { // silence
		<-ctx.Done()
		return answer, ctx.Err()
	}
	g.say(answer)
	if answer.Result == bridge.Success {
		g.afterwards(m)
	}
	return answer, nil
}

func (g *gateway) answer(m bridge.Message) any {
	switch m.Name {
	case bridge.SessionInit:
		return bridge.SessionState{ChannelGroups: g.groups}
	case bridge.SessionAddChannelGroup:
		g.groups = []bridge.GroupRef{{ChannelGroup: "sales"}}
	case bridge.GroupInit:
		return bridge.GroupState{Channels: g.channels}
	case bridge.GroupAddChannel:
		g.channels = []bridge.ChannelRef{{Channel: "1001"}}
	case bridge.ChannelInit:
		return bridge.ChannelState{EndPoint: "1001", Type: bridge.Telephony}
	case bridge.InteractionInit:
		if m.Target.ID() != "i1" {
			return bridge.InteractionInitState{State: g.inbound}
		}
		return bridge.InteractionInitState{State: bridge.Dialing}
	case bridge.ConversationInit:
		return bridge.ConversationInitState{State: bridge.ConvAlerting}
	}
	return nil
}

func (g *gateway) dial(m bridge.Message) bridge.Message {
	var d bridge.Dial
	_ = json.Unmarshal(m.Body, &d)
	switch d.Destination {
	case "600", "602":
		g.say(bridge.Event(bridge.ChannelInteractionAdded, m.Target, bridge.InteractionAdded{
			Interaction: "i1", State: bridge.Dialing, Conversations: bridge.Conversations{Primary: &bridge.ConversationRef{ID: "v1"}},
		}))
		return m.Succeed(bridge.Dialled{Interaction: "i1"})
	case "608":
		return bridge.Message{}
	}
	return m.Fail(bridge.Busy.Error("The line is busy."))
}

// afterwards raises the events that follow an answer.
func (g *gateway) afterwards(m bridge.Message) {
	interaction := m.Target.At(bridge.ObjectInteraction)
	switch m.Name {
	case bridge.ControlStatusRequest:
		if g.late {
			return
		}
		g.say(bridge.Event(bridge.ControlStatus, bridge.Control, bridge.StatusBody{Status: "STARTING"}))
		g.say(bridge.Event(bridge.ControlStatus, bridge.Control, bridge.StatusBody{Status: "STARTED"}))
	case bridge.InteractionAccept:
		g.say(bridge.Event(bridge.InteractionStarted, interaction, bridge.InteractionChange{State: bridge.Started}))
	case bridge.InteractionReject:
		g.say(bridge.Event(bridge.InteractionEnded, interaction, bridge.InteractionChange{State: bridge.Ended, End: &bridge.End{ReleasedBy: bridge.ByAgent}}))
	case bridge.ConversationInit:
		if m.Target.ID() == "v2" {
			g.say(bridge.Event(bridge.ConversationConnected, m.Target, bridge.ConversationChange{State: bridge.ConvConnected}))
			return
		}
		if interaction.ID() != "i1" {
			return
		}
		g.say(bridge.Event(bridge.ConversationConnected, m.Target, bridge.ConversationChange{State: bridge.ConvConnected}))
		g.say(bridge.Event(bridge.InteractionStarted, interaction, bridge.InteractionChange{State: bridge.Started}))
	case bridge.InteractionConsult:
		if g.gone {
			g.say(bridge.Event(bridge.InteractionConversationRemoved, m.Target, bridge.ConversationRemoved{
				Conversation: "v2", Conversations: bridge.Conversations{Primary: &bridge.ConversationRef{ID: "v1"}},
			}))
		}
	case bridge.InteractionConsultTransfer:
		g.say(bridge.Event(bridge.InteractionEnded, interaction, bridge.InteractionChange{State: bridge.Ended, End: &bridge.End{ReleasedBy: bridge.ByAgent}}))
	case bridge.ConversationRelease:
		g.say(bridge.Event(bridge.InteractionEnded, interaction, bridge.InteractionChange{State: bridge.Ended, End: &bridge.End{ReleasedBy: bridge.ByAgent}}))
	case bridge.InteractionComplete:
		g.say(bridge.Event(bridge.InteractionDisposed, interaction, nil))
	}
}

// consult holds the primary conversation, and has 700 ring.
func (g *gateway) consult(m bridge.Message) bridge.Message {
	var c bridge.Consult
	if _ = json.Unmarshal(m.Body, &c); c.Destination != "700" {
		return m.Fail(bridge.Busy.Error("The line is busy."))
	}
	g.say(bridge.Event(bridge.ConversationHeld, m.Target.Child("v1"), bridge.ConversationChange{
		State: bridge.ConvHeld, HeldBy: []bridge.Side{bridge.AgentSide},
	}))
	g.say(bridge.Event(bridge.InteractionConversationAdded, m.Target, bridge.ConversationAdded{
		Conversation: "v2", Role: "consult", State: bridge.ConvAlerting, RequestID: m.RequestID, Remote: bridge.Party{Number: "700"},
	}))
	return m.Succeed(bridge.Consulted{Conversation: "v2"})
}

func (g *gateway) say(m bridge.Message) {
	if m.Target.Object() >= bridge.ObjectChannel {
		g.seq++
		m.Seq = g.seq
	}
	g.saidc <- m
}

// remove is the end of an interaction that was never initialized, or by wrap-up.
func (g *gateway) remove(interaction string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.say(bridge.Event(bridge.ChannelInteractionRemoved, "s1.sales.1001", bridge.InteractionRemoved{Interaction: interaction}))
}

// offer is a call of the telephone system's.
func (g *gateway) offer(interaction string, state bridge.InteractionState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inbound = state
	g.say(bridge.Event(bridge.ChannelInteractionAdded, "s1.sales.1001", bridge.InteractionAdded{
		Interaction: interaction, Direction: bridge.Inbound, State: bridge.Alerting, Remote: bridge.Party{Number: "0301234"},
		Conversations: bridge.Conversations{Primary: &bridge.ConversationRef{ID: "v"}},
	}))
}
