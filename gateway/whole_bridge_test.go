package gateway

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tieline/bridge"
)

// books are what the bridge has asked and heard.
type books struct {
	asked     []bridge.Message
	subjects  map[string]bridge.Target // of each id
	responses map[string]int
	failed    map[string]bridge.Code     // why, by id
	numbers   map[bridge.Target]string   // of each conversation's remote party
	legs      map[bridge.Target][]string // of each interaction, all numbers that it has had
	free      map[string]bool            // numbers that may talk without an agent
}

func newBooks() books {
	return books{
		subjects: map[string]bridge.Target{}, responses: map[string]int{}, failed: map[string]bridge.Code{}, numbers: map[bridge.Target]string{}, legs: map[bridge.Target][]string{},
		free: map[string]bool{},
	}
}

// send sends a message of the bridge's.
func (w *world) send(m bridge.Message, subject bridge.Target) {
	w.note("bridge ─▶ gw  " + m.Line())
	w.mu.Lock()
	w.books.asked, w.books.subjects[m.RequestID] = append(w.books.asked, m), subject
	w.mu.Unlock()
	if err := w.peer.Send(m, subject); err != nil {
		w.t.Errorf("the bridge sends %s: %v", m.Name, err)
	}
}

// ask asks what somebody has thought of.
func (w *world) ask(next func() (bridge.Message, bridge.Target)) {
	w.mu.Lock()
	m, subject := next()
	w.mu.Unlock()
	w.send(m, subject)
}

// command is one request of the bridge's.
func (w *world) command(name bridge.Name, target bridge.Target, body string) {
	w.ask(func() (bridge.Message, bridge.Target) { return w.whim.Request(name, target, body), target })
}

// repeat sends a request once more: it has no second effect and no second response.
func (w *world) repeat() {
	w.mu.Lock()
	n := len(w.books.asked)
	m := w.books.asked[n-1-w.IntN(min(n, 10))]
	subject := w.books.subjects[m.RequestID]
	w.mu.Unlock()
	if m.Type == bridge.TypeRequest {
		w.note("bridge ─▶ gw  again " + m.Line())
		if err := w.peer.Send(m, subject); err != nil {
			w.t.Errorf("the bridge sends %s: %v", m.Name, err)
		}
	}
}

// open sets up two agents, who are ready.
func (w *world) open() {
	for i, group := range w.whim.Groups {
		session := bridge.Target(w.whim.Sessions[i])
		channel := session.Child(group).Child(fmt.Sprint(1001 + i))
		for _, t := range []bridge.Target{session, session.Child(group), channel} {
			w.ask(func() (bridge.Message, bridge.Target) { return w.whim.Setup(t) })
			w.ask(func() (bridge.Message, bridge.Target) { return w.whim.Init(t), t })
			w.pass(0)
		}
		w.command(bridge.ChannelActivate, channel, "")
		w.command(bridge.ChannelReadyRequest, channel, "")
		w.pass(0)
	}
}

// work is an agent at work: what the bridge does not know of its calls yet is asked for first.
func (w *world) work() {
	if w.IntN(4) > 0 {
		w.acquaint()
	}
	w.ask(w.whim.Act)
}

// acquaint asks for the state of what was not asked for yet.
func (w *world) acquaint() {
	for range 2 { // conversations are known of by their interactions
		w.mu.Lock()
		var all []bridge.Message
		for _, t := range w.whim.Targets() {
			if t.Object() >= bridge.ObjectChannel && !w.whim.Knows(t) {
				all = append(all, w.whim.Init(t))
			}
		}
		w.mu.Unlock()
		for _, m := range all {
			w.send(m, m.Target)
		}
		if len(all) > 0 {
			w.pass(0)
		}
	}
}

// hear takes what the gateway says.
func (w *world) hear(m bridge.Message) {
	w.note("bridge ◀─ gw  " + m.Line())
	w.mu.Lock()
	defer w.mu.Unlock()
	if m.Type == bridge.TypeEvent && m.Name != bridge.ControlStatus && !w.whim.Knows(m.Target) {
		w.t.Errorf("no event before init was answered, none after the tear down: %s", m.Line())
	}
	w.write(m)
	if err := w.whim.Hear(m); err != nil {
		w.t.Errorf("what is said agrees with what was said: %v", err)
	}
}

// write notes what is needed later. It comes before the mirror has heard.
func (w *world) write(m bridge.Message) {
	b := &w.books
	if m.Type == bridge.TypeResponse {
		b.responses[m.RequestID]++
		if m.Result == bridge.Success {
			w.done(m)
			return
		}
		code := m.Err().Code
		if b.failed[m.RequestID] = code; strings.HasPrefix(string(code), "STATION_") {
			w.seen.add("station failed")
		}
		return
	}
	switch m.Name {
	case bridge.ChannelInteractionAdded:
		var added bridge.InteractionAdded
		w.decode(m, &added)
		w.known(m.Target.Child(added.Interaction), added.Conversations.Primary.ID, added.Remote.Number)
	case bridge.InteractionConversationAdded:
		var added bridge.ConversationAdded
		w.decode(m, &added)
		w.known(m.Target, added.Conversation, added.Remote.Number)
	case bridge.ConversationConnected:
		w.seen.add("connected")
	case bridge.ConversationHeld:
		w.seen.add("held")
	case bridge.ConversationRetrieved:
		w.seen.add("retrieved")
	case bridge.ConversationMembersChanged:
		w.seen.add("members changed")
	}
}

func (w *world) decode(m bridge.Message, into any) {
	if err := bridge.DecodeBody(m, into); err != nil {
		w.t.Errorf("%s decodes: %v", m.Name, err)
	}
}

func (w *world) known(interaction bridge.Target, conversation, number string) {
	b := &w.books
	b.numbers[interaction.Child(conversation)] = number
	b.legs[interaction] = append(b.legs[interaction], number)
}

// done takes that a request was a success. Whom a transfer or conference was about may go on without the agent from there on.
func (w *world) done(m bridge.Message) {
	interaction := m.Target.At(bridge.ObjectInteraction)
	switch m.Name {
	case bridge.ChannelDial:
		w.seen.add("dialled")
	case bridge.InteractionConsult:
		w.seen.add("consulted")
	case bridge.InteractionAlternate:
		w.seen.add("alternated")
	case bridge.InteractionAccept:
		w.seen.add("accepted")
	case bridge.InteractionConsultTransfer:
		w.letGo(interaction)
	case bridge.InteractionConsultConference:
		w.seen.add("met")
		w.letGo(interaction)
	case bridge.ConversationTransfer, bridge.ConversationConference:
		if m.Name == bridge.ConversationConference {
			w.seen.add("met")
		}
		w.letGo(interaction)
		i := slices.IndexFunc(w.books.asked, func(a bridge.Message) bool { return a.RequestID == m.RequestID })
		var to struct{ Destination string }
		w.decode(w.books.asked[i], &to)
		w.books.free[to.Destination] = true
	}
}

func (w *world) letGo(interaction bridge.Target) {
	for _, number := range w.books.legs[interaction] {
		w.books.free[number] = true
	}
}

// leave ends all sessions.
func (w *world) leave() {
	for _, s := range w.whim.Sessions {
		w.command(bridge.SessionDispose, bridge.Target(s), "")
	}
}

// accounts wants one response to everything.
func (w *world) accounts() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.books.asked {
		if n := w.books.responses[m.RequestID]; n != 1 {
			w.t.Errorf("each is answered once, and %s %s has %d answers", m.RequestID, m.Name, n)
		}
	}
}

// confirm asks for the state of everything: the mirror holds the answers against what it knows.
func (w *world) confirm() {
	w.acquaint()
	w.mu.Lock()
	all := w.whim.Everything()
	w.mu.Unlock()
	for _, m := range all {
		w.send(m, m.Target)
	}
	w.pass(time.Second)
}
