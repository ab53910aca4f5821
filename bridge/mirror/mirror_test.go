package mirror_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"tieline/bridge"
	"tieline/bridge/contract"
	"tieline/bridge/mirror"
)

const (
	channel bridge.Target = "s1.sales.1001"
	contact               = channel + ".i1"
	leg                   = contact + ".v1"
)

// story tells a mirror one thing after the other.
type story struct {
	t *testing.T
	*mirror.Mirror
	seq   uint64
	asked int
}

func begin(t *testing.T) *story { return &story{t: t, Mirror: mirror.New()} }

func (s *story) hear(m bridge.Message) error {
	if m.Target.Object() >= bridge.ObjectChannel {
		s.seq++
		m.Seq = s.seq
	}
	contract.Said(s.t)(m)
	return s.Hear(m)
}

func (s *story) event(name bridge.Name, target bridge.Target, body string) {
	s.t.Helper()
	if err := s.hear(bridge.Message{Type: bridge.TypeEvent, Name: name, Target: target, Body: json.RawMessage(body)}); err != nil {
		s.t.Errorf("nothing is wrong with it: %v", err)
	}
}

// answer is a question of this bridge's own with its answer.
func (s *story) answer(name bridge.Name, target bridge.Target, question, answer string) error {
	s.asked++
	asked := bridge.Message{Name: name, Target: target, RequestID: string(rune('a' + s.asked)), Body: json.RawMessage(question)}
	s.Ask(asked)
	asked.Type, asked.Result, asked.Body = bridge.TypeResponse, bridge.Success, json.RawMessage(answer)
	return s.hear(asked)
}

func (s *story) confirm(sentence string, name bridge.Name, target bridge.Target, answer string) {
	s.t.Helper()
	if err := s.answer(name, target, "", answer); err != nil {
		s.t.Errorf("%s: %v", sentence, err)
	}
}

func (s *story) opened() {
	s.t.Helper()
	s.confirm("first", bridge.ChannelInit, channel, `{"end-point":"1001","type":"Telephony","channel-state":"ACTIVE","ready":true,"interactions":[]}`)
}

const (
	alerting = `{"interaction-state":"ALERTING","actions":["accept","reject"]`
	started  = `{"interaction-state":"STARTED","actions":["consult"]`
)

// A call comes in, is accepted, and ends: every state is known from the events.
func TestInbound(t *testing.T) {
	s := begin(t)
	s.opened()
	s.event(bridge.ChannelInteractionAdded, channel,
		`{"interaction":"i1","type":"Telephony","direction":"INBOUND","interaction-state":"ALERTING","remote":{"number":"600","name":""},"conversations":{"primary":{"id":"v1"}}}`)
	s.confirm("it alerts", bridge.InteractionInit, contact, alerting+`,"interaction-data":{},"conversations":{"primary":{"id":"v1"}},"direction":"INBOUND"}`)
	s.confirm("so does its leg", bridge.ConversationInit, leg,
		`{"conversation-state":"ALERTING","role":"primary","remote":{"number":"600","name":""},"members":[],"actions":["answer"]}`)
	s.event(bridge.InteractionAlerting, contact, alerting+"}")
	s.event(bridge.ConversationConnected, leg, `{"conversation-state":"CONNECTED","actions":["release"]}`)
	s.event(bridge.InteractionStarted, contact, started+"}")
	s.event(bridge.ConversationMembersChanged, leg, `{"members":[{"number":"600","name":"Eve"}]}`)
	s.confirm("accepted", bridge.InteractionInit, contact, started+`,"interaction-data":{},"conversations":{"primary":{"id":"v1"}},"direction":"INBOUND"}`)
	s.confirm("connected", bridge.ConversationInit, leg,
		`{"conversation-state":"CONNECTED","role":"primary","remote":{"number":"600","name":""},"members":[{"number":"600","name":"Eve"}],"actions":["release"]}`)
	s.event(bridge.ConversationEnded, leg, `{"conversation-state":"ENDED","actions":[],"released-by":"remote"}`)
	s.event(bridge.InteractionEnded, contact, `{"interaction-state":"ENDED","actions":["complete"],"released-by":"remote"}`)
	s.confirm("ended", bridge.InteractionInit, contact,
		`{"interaction-state":"ENDED","actions":["complete"],"released-by":"remote","interaction-data":{},"conversations":{},"direction":"INBOUND"}`)
	s.confirm("in the channel's list too", bridge.ChannelInit, channel,
		`{"end-point":"1001","type":"Telephony","channel-state":"ACTIVE","ready":true,"interactions":[{"interaction":"i1","interaction-state":"ENDED"}]}`)
	if s.Knows(leg) {
		t.Error("a conversation is gone when it has ended")
	}
	s.event(bridge.InteractionCompleted, contact, `{"interaction-state":"COMPLETED","actions":[]}`)
	s.event(bridge.InteractionDisposed, contact, "")
	s.event(bridge.ChannelInteractionRemoved, channel, `{"interaction":"i1"}`)
	s.opened()
}

// A caller gives up before anybody has asked for the interaction's state.
func TestSilentInteraction(t *testing.T) {
	s := begin(t)
	s.opened()
	s.event(bridge.ChannelInteractionAdded, channel,
		`{"interaction":"i1","type":"Telephony","direction":"INBOUND","interaction-state":"ALERTING","remote":{"number":"600","name":""},"conversations":{"primary":{"id":"v1"}}}`)
	s.confirm("what was not opened says nothing, the list may say more", bridge.ChannelInit, channel,
		`{"end-point":"1001","type":"Telephony","channel-state":"ACTIVE","ready":true,"interactions":[{"interaction":"i1","interaction-state":"ENDED"}]}`)
}

// A second leg comes and goes.
func TestConsult(t *testing.T) {
	s := begin(t)
	s.opened()
	state := func(conversations string) string {
		return started + `,"interaction-data":{},"conversations":` + conversations + `,"direction":"OUTBOUND"}`
	}
	s.confirm("first", bridge.InteractionInit, contact, state(`{"primary":{"id":"v1"}}`))
	s.event(bridge.InteractionConversationAdded, contact, `{"conversation":"v2","role":"consult","conversation-state":"ALERTING","request-id":"r1","remote":{"number":"700","name":""}}`)
	s.confirm("both", bridge.InteractionInit, contact, state(`{"primary":{"id":"v1"},"consult":{"id":"v2"}}`))
	s.event(bridge.InteractionConversationRemoved, contact, `{"conversation":"v2","conversations":{"primary":{"id":"v1"}}}`)
	s.confirm("one again", bridge.InteractionInit, contact, state(`{"primary":{"id":"v1"}}`))
}

// A bridge that asks knows its lists; one that only listens does not until it asks.
func TestLists(t *testing.T) {
	s := begin(t)
	listener := mirror.New()
	tell := func(name bridge.Name, target bridge.Target, question, answer string) {
		t.Helper()
		if err := s.answer(name, target, question, answer); err != nil {
			t.Errorf("who asks knows: %v", err)
		}
		m := bridge.Message{Type: bridge.TypeResponse, Result: bridge.Success, Name: name, Target: target, RequestID: "x", Body: json.RawMessage(answer)}
		if err := listener.Hear(m); err != nil {
			t.Errorf("who listens is not told wrong: %v", err)
		}
	}
	tell(bridge.SessionInit, "s1", "", `{"agent":{"id":"a","name":""},"channel-groups":[]}`)
	tell(bridge.SessionAddChannelGroup, "s1", `{"channel-group":"sales"}`, "")
	tell(bridge.GroupInit, "s1.sales", "", `{"channels":[]}`)
	tell(bridge.GroupAddChannel, "s1.sales", `{"channel":"1001","end-point":"1","type":"Telephony"}`, "")
	if got := s.Targets(); !slices.Contains(got, channel) {
		t.Errorf("the channel is known: %v", got)
	}
	if listener.Knows("s1") || listener.Knows("s1.sales") {
		t.Error("the answers do not say what was added")
	}
	tell(bridge.GroupInit, "s1.sales", "", `{"channels":[{"channel":"1001","end-point":"1","type":"Telephony"}]}`)
	tell(bridge.SessionInit, "s1", "", `{"agent":{"id":"a","name":""},"channel-groups":[{"channel-group":"sales"}]}`)
	tell(bridge.ChannelDispose, channel, "", "")
	tell(bridge.GroupInit, "s1.sales", "", `{"channels":[]}`)
	tell(bridge.SessionRemoveChannelGroup, "s1", `{"channel-group":"sales"}`, "")
	tell(bridge.SessionInit, "s1", "", `{"agent":{"id":"a","name":""},"channel-groups":[]}`)
	if s.Knows("s1.sales") {
		t.Error("the group is gone")
	}
}

// What cannot be is noticed.
func TestContradictions(t *testing.T) {
	s := begin(t)
	s.opened()
	s.event(bridge.ChannelNotReady, channel, `{"reason":"lunch"}`)
	if s.answer(bridge.ChannelInit, channel, "", `{"end-point":"1001","type":"Telephony","channel-state":"ACTIVE","ready":true,"interactions":[]}`) == nil {
		t.Error("an answer that says ready after notready")
	}
	s.seq--
	if s.hear(bridge.Event(bridge.ChannelReady, channel, nil)) == nil {
		t.Error("a message that comes twice")
	}
	s.seq++
	if s.hear(bridge.Event(bridge.ChannelReady, channel, nil)) == nil {
		t.Error("a message that is missing")
	}
}

// What was torn down is not known any more, with all below it.
func TestTornDown(t *testing.T) {
	s := begin(t)
	s.opened()
	s.confirm("first", bridge.SessionInit, "s1", `{"agent":{"id":"a","name":""},"channel-groups":[{"channel-group":"sales"}]}`)
	gone := bridge.Message{Type: bridge.TypeResponse, Name: bridge.SessionInit, Target: "s1", RequestID: "x"}.Fail(bridge.UnknownTarget.Error("It is gone."))
	if err := s.hear(gone); err != nil || s.Knows("s1") || s.Knows(channel) {
		t.Errorf("a gateway that has died does not know the session: %v %s", err, s.Mirror)
	}
}

// A whim is repeatable, and asks for what the protocol has.
func TestWhim(t *testing.T) {
	whim := func() *mirror.Whim {
		return &mirror.Whim{Rand: rand.New(rand.NewPCG(1, 2)), Mirror: mirror.New(), Sessions: []string{"s1"}, Groups: []string{"sales"}}
	}
	one, other := whim(), whim()
	for range 100 {
		m, subject := one.Next()
		again, to := other.Next()
		if m.Line() != again.Line() || subject != to {
			t.Fatalf("the same chance: %s, %s", m.Line(), again.Line())
		}
		contract.Heard(t)(m)
	}
}
