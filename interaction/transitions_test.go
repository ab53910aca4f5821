package interaction

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tieline/bridge"
)

// transitions is the whole product of states and inputs of a channel with one place and of its
// dials and interactions: what goes out, in order, and the state after it. All inits have been
// answered, so that every event can be seen. At a pair that is not in the table nothing happens:
// nothing goes out and the state stays. While adding or closing, requests wait in line.
//
//	idle     no dial, no interaction
//	calling  a dial whose callee was called
//	queued   the same, and another dial behind it
//	adding   the callee is being reached, interactionadded is not stored yet
//	lost     the same, and the call is over again
//	ready    no dial, no interaction; active and ready for inbound calls
//	offered  an inbound call, interactionadded is not stored yet
//	missed   the same, and the caller has given up
//	ALERTING, answering   the inbound interaction; the same, accepted, and the caller does not know yet
//	DIALING, STARTED, ENDED   the interaction, its dial answered
//	sending  STARTED, and digits are being sent
//	closing  being torn down, but a request's claim is still being written
//	gone     torn down
const transitions = `
idle + dial              → call; calling
idle + offer             → refuse: not active or not ready; idle
idle + accept            → accept FAILURE UNKNOWN_TARGET; idle
idle + answer            → answer FAILURE UNKNOWN_TARGET; idle
idle + reject            → reject FAILURE UNKNOWN_TARGET; idle
idle + senddtmf          → senddtmf FAILURE UNKNOWN_TARGET; idle
idle + init              → init SUCCESS; idle
idle + release           → release FAILURE UNKNOWN_TARGET; idle
idle + complete          → complete FAILURE UNKNOWN_TARGET; idle
idle + activate          → channel.activated, activate SUCCESS; idle
idle + paint             → paint FAILURE UNKNOWN_NAME; idle
idle + dispose           → Gone, channel.disposed, dispose SUCCESS; gone
idle + Dispose           → Gone, channel.disposed; gone

calling + dial           → –; queued
calling + offer          → refuse: not active or not ready; calling
calling + accept         → accept FAILURE UNKNOWN_TARGET; calling
calling + answer         → answer FAILURE UNKNOWN_TARGET; calling
calling + reject         → reject FAILURE UNKNOWN_TARGET; calling
calling + senddtmf       → senddtmf FAILURE UNKNOWN_TARGET; calling
calling + init           → init SUCCESS; calling
calling + release        → release FAILURE UNKNOWN_TARGET; calling
calling + complete       → complete FAILURE UNKNOWN_TARGET; calling
calling + activate       → channel.activated, activate SUCCESS; calling
calling + paint          → paint FAILURE UNKNOWN_NAME; calling
calling + dispose        → hang up, dial FAILURE CANCELLED, Gone, channel.disposed, dispose SUCCESS; gone
calling + progress       → channel.interactionadded; adding
calling + alerting       → channel.interactionadded; adding
calling + answered       → channel.interactionadded; adding
calling + failed         → dial FAILURE BUSY; idle
calling + ended          → dial FAILURE UNAVAILABLE; idle
calling + Dispose        → hang up, dial FAILURE CANCELLED, Gone, channel.disposed; gone

queued + offer           → refuse: not active or not ready; queued
queued + accept          → accept FAILURE UNKNOWN_TARGET; queued
queued + answer          → answer FAILURE UNKNOWN_TARGET; queued
queued + reject          → reject FAILURE UNKNOWN_TARGET; queued
queued + senddtmf        → senddtmf FAILURE UNKNOWN_TARGET; queued
queued + init            → init SUCCESS; queued
queued + release         → release FAILURE UNKNOWN_TARGET; queued
queued + complete        → complete FAILURE UNKNOWN_TARGET; queued
queued + activate        → channel.activated, activate SUCCESS; queued
queued + paint           → paint FAILURE UNKNOWN_NAME; queued
queued + dispose         → hang up, dial FAILURE CANCELLED, dial FAILURE CANCELLED, Gone, channel.disposed, dispose SUCCESS; gone
queued + progress        → channel.interactionadded; adding
queued + alerting        → channel.interactionadded; adding
queued + answered        → channel.interactionadded; adding
queued + failed          → dial FAILURE BUSY, call; calling
queued + ended           → dial FAILURE UNAVAILABLE, call; calling
queued + Dispose         → hang up, dial FAILURE CANCELLED, dial FAILURE CANCELLED, Gone, channel.disposed; gone

adding + offer           → refuse: not active or not ready; adding
adding + failed          → –; lost
adding + ended           → –; lost
adding + stored          → dial SUCCESS; DIALING
adding + refused         → hang up, dial FAILURE INTERNAL; idle
adding + Dispose         → hang up; closing

lost + offer             → refuse: not active or not ready; lost
lost + stored            → dial SUCCESS; ENDED
lost + refused           → dial FAILURE INTERNAL; idle
lost + Dispose           → –; closing

DIALING + dial           → dial FAILURE CHANNEL_BUSY; DIALING
DIALING + offer          → refuse: not active or not ready; DIALING
DIALING + accept         → accept FAILURE INVALID_STATE; DIALING
DIALING + answer         → answer FAILURE INVALID_STATE; DIALING
DIALING + reject         → reject FAILURE INVALID_STATE; DIALING
DIALING + senddtmf       → senddtmf FAILURE INVALID_STATE; DIALING
DIALING + init           → init SUCCESS; DIALING
DIALING + release        → hang up, conversation.ended, release SUCCESS, interaction.ended; ENDED
DIALING + complete       → complete FAILURE INVALID_STATE; DIALING
DIALING + activate       → channel.activated, activate SUCCESS; DIALING
DIALING + paint          → paint FAILURE UNKNOWN_NAME; DIALING
DIALING + dispose        → hang up, conversation.ended, interaction.ended, interaction.disposed, Gone, channel.disposed, dispose SUCCESS; gone
DIALING + alerting       → conversation.alerting; DIALING
DIALING + answered       → conversation.connected, interaction.started; STARTED
DIALING + failed         → conversation.ended, interaction.ended; ENDED
DIALING + ended          → conversation.ended, interaction.ended; ENDED
DIALING + Dispose        → hang up, conversation.ended, interaction.ended, interaction.disposed, Gone, channel.disposed; gone

STARTED + dial           → dial FAILURE CHANNEL_BUSY; STARTED
STARTED + offer          → refuse: not active or not ready; STARTED
STARTED + accept         → accept FAILURE INVALID_STATE; STARTED
STARTED + answer         → answer FAILURE INVALID_STATE; STARTED
STARTED + reject         → reject FAILURE INVALID_STATE; STARTED
STARTED + senddtmf       → send 12,3; sending
STARTED + init           → init SUCCESS; STARTED
STARTED + release        → hang up, conversation.ended, release SUCCESS, interaction.ended; ENDED
STARTED + complete       → complete FAILURE INVALID_STATE; STARTED
STARTED + activate       → channel.activated, activate SUCCESS; STARTED
STARTED + paint          → paint FAILURE UNKNOWN_NAME; STARTED
STARTED + dispose        → hang up, conversation.ended, interaction.ended, interaction.disposed, Gone, channel.disposed, dispose SUCCESS; gone
STARTED + failed         → conversation.ended, interaction.ended; ENDED
STARTED + ended          → conversation.ended, interaction.ended; ENDED
STARTED + pressed        → conversation.dtmf; STARTED
STARTED + Dispose        → hang up, conversation.ended, interaction.ended, interaction.disposed, Gone, channel.disposed; gone

ENDED + dial             → call; calling
ENDED + offer            → refuse: not active or not ready; ENDED
ENDED + accept           → accept FAILURE INVALID_STATE; ENDED
ENDED + answer           → answer FAILURE UNKNOWN_TARGET; ENDED
ENDED + reject           → reject FAILURE INVALID_STATE; ENDED
ENDED + senddtmf         → senddtmf FAILURE UNKNOWN_TARGET; ENDED
ENDED + init             → init SUCCESS; ENDED
ENDED + release          → release FAILURE UNKNOWN_TARGET; ENDED
ENDED + complete         → interaction.completed, interaction.disposed, complete SUCCESS, channel.interactionremoved; idle
ENDED + activate         → channel.activated, activate SUCCESS; ENDED
ENDED + paint            → paint FAILURE UNKNOWN_NAME; ENDED
ENDED + dispose          → interaction.disposed, Gone, channel.disposed, dispose SUCCESS; gone
ENDED + Dispose          → interaction.disposed, Gone, channel.disposed; gone
ENDED + Tick             → interaction.completed, interaction.disposed, channel.interactionremoved; idle

sending + dial           → dial FAILURE CHANNEL_BUSY; sending
sending + offer          → refuse: not active or not ready; sending
sending + accept         → accept FAILURE INVALID_STATE; sending
sending + answer         → answer FAILURE INVALID_STATE; sending
sending + reject         → reject FAILURE INVALID_STATE; sending
sending + senddtmf       → send 12,3; sending
sending + init           → init SUCCESS; sending
sending + release        → hang up, conversation.ended, senddtmf FAILURE CANCELLED, release SUCCESS, interaction.ended; ENDED
sending + complete       → complete FAILURE INVALID_STATE; sending
sending + activate       → channel.activated, activate SUCCESS; sending
sending + paint          → paint FAILURE UNKNOWN_NAME; sending
sending + dispose        → hang up, conversation.ended, senddtmf FAILURE CANCELLED, interaction.ended, interaction.disposed, Gone, channel.disposed, dispose SUCCESS; gone
sending + failed         → conversation.ended, senddtmf FAILURE CANCELLED, interaction.ended; ENDED
sending + ended          → conversation.ended, senddtmf FAILURE CANCELLED, interaction.ended; ENDED
sending + sent           → senddtmf SUCCESS; STARTED
sending + pressed        → conversation.dtmf; sending
sending + Dispose        → hang up, conversation.ended, senddtmf FAILURE CANCELLED, interaction.ended, interaction.disposed, Gone, channel.disposed; gone

ready + dial             → call; calling
ready + offer            → take, channel.interactionadded; offered
ready + accept           → accept FAILURE UNKNOWN_TARGET; ready
ready + answer           → answer FAILURE UNKNOWN_TARGET; ready
ready + reject           → reject FAILURE UNKNOWN_TARGET; ready
ready + senddtmf         → senddtmf FAILURE UNKNOWN_TARGET; ready
ready + init             → init SUCCESS; ready
ready + release          → release FAILURE UNKNOWN_TARGET; ready
ready + complete         → complete FAILURE UNKNOWN_TARGET; ready
ready + activate         → activate SUCCESS; ready
ready + paint            → paint FAILURE UNKNOWN_NAME; ready
ready + dispose          → Gone, channel.disposed, dispose SUCCESS; gone
ready + Dispose          → Gone, channel.disposed; gone

offered + offer          → refuse: busy; offered
offered + failed         → –; missed
offered + ended          → –; missed
offered + stored         → ring; ALERTING
offered + refused        → refuse: could not be recorded; ready
offered + Dispose        → hang up, Gone, channel.disposed; gone

missed + offer           → take, channel.interactionadded; offered
missed + stored          → –; ENDED
missed + refused         → –; ready
missed + Dispose         → Gone, channel.disposed; gone

ALERTING + dial          → dial FAILURE CHANNEL_BUSY; ALERTING
ALERTING + offer         → refuse: busy; ALERTING
ALERTING + accept        → answer the call; answering
ALERTING + answer        → answer the call; answering
ALERTING + reject        → refuse: declined, conversation.ended, interaction.ended, reject SUCCESS; ENDED
ALERTING + senddtmf      → senddtmf FAILURE INVALID_STATE; ALERTING
ALERTING + init          → init SUCCESS; ALERTING
ALERTING + release       → hang up, conversation.ended, release SUCCESS, interaction.ended; ENDED
ALERTING + complete      → complete FAILURE INVALID_STATE; ALERTING
ALERTING + activate      → activate SUCCESS; ALERTING
ALERTING + paint         → paint FAILURE UNKNOWN_NAME; ALERTING
ALERTING + dispose       → hang up, conversation.ended, interaction.ended, interaction.disposed, Gone, channel.disposed, dispose SUCCESS; gone
ALERTING + answered      → conversation.connected, interaction.started; STARTED
ALERTING + failed        → conversation.ended, interaction.ended; ENDED
ALERTING + ended         → conversation.ended, interaction.ended; ENDED
ALERTING + Dispose       → hang up, conversation.ended, interaction.ended, interaction.disposed, Gone, channel.disposed; gone

answering + dial         → dial FAILURE CHANNEL_BUSY; answering
answering + offer        → refuse: busy; answering
answering + reject       → hang up, conversation.ended, accept FAILURE CANCELLED, interaction.ended, reject SUCCESS; ENDED
answering + senddtmf     → senddtmf FAILURE INVALID_STATE; answering
answering + init         → init SUCCESS; answering
answering + release      → hang up, conversation.ended, accept FAILURE CANCELLED, release SUCCESS, interaction.ended; ENDED
answering + complete     → complete FAILURE INVALID_STATE; answering
answering + activate     → activate SUCCESS; answering
answering + paint        → paint FAILURE UNKNOWN_NAME; answering
answering + dispose      → hang up, conversation.ended, accept FAILURE CANCELLED, interaction.ended, interaction.disposed, Gone, channel.disposed, dispose SUCCESS; gone
answering + answered     → conversation.connected, interaction.started, accept SUCCESS; STARTED
answering + failed       → conversation.ended, accept FAILURE BUSY, interaction.ended; ENDED
answering + ended        → conversation.ended, accept FAILURE CANCELLED, interaction.ended; ENDED
answering + Dispose      → hang up, conversation.ended, accept FAILURE CANCELLED, interaction.ended, interaction.disposed, Gone, channel.disposed; gone

closing + offer          → refuse: not active or not ready; closing
closing + late-claim     → dial FAILURE CANCELLED, Gone, channel.disposed; gone
closing + failed-claim   → dial FAILURE INTERNAL, Gone, channel.disposed; gone

gone + offer             → refuse: not active or not ready; gone
`

// TestTransitions plays every pair, each as a test of its own, named as in the table.
func TestTransitions(t *testing.T) {
	want := map[string]string{}
	for line := range strings.Lines(transitions) {
		if pair, result, ok := strings.Cut(strings.TrimSpace(line), "→"); ok {
			pair = strings.Join(strings.Fields(pair), "")
			if want[pair] != "" {
				t.Errorf("%s stands twice in the table", pair)
			}
			want[pair] = strings.TrimSpace(result)
		}
	}
	for _, state := range stateNames() {
		for _, input := range inputNames() {
			pair := state + "+" + input
			t.Run(pair, func(t *testing.T) {
				if want[pair] == "" {
					want[pair] = "–; " + state
				}
				got := newStage(t).reach(state).play(input)
				if got != want[pair] {
					t.Errorf("\n%-24s → %s\nwant%20s → %s", strings.ReplaceAll(pair, "+", " + "), got, "", want[pair])
				}
				delete(want, pair)
			})
		}
	}
	for pair := range want {
		t.Errorf("%s is in the table, but is no pair", pair)
	}
}

func stateNames() []string {
	return []string{
		"idle", "calling", "queued", "adding", "lost", "DIALING", "STARTED", "ENDED",
		"sending", "ready", "offered", "missed", "ALERTING", "answering", "closing", "gone",
	}
}

func inputNames() []string {
	return []string{
		"dial", "offer", "accept", "answer", "reject", "senddtmf", "init", "release", "complete", "activate", "paint", "dispose", "late-claim", "failed-claim",
		"progress", "alerting", "answered", "failed", "ended", "sent", "pressed", "stored", "refused", "Dispose", "Drain", "Tick", "others",
	}
}

// stage is a channel with the requests that brought it into a state.
type stage struct {
	t       *testing.T
	c       *Channel
	now     time.Time
	ids     int
	sent    int
	held    string // a request whose claim is being written
	inbound bool   // the interaction began with an offer
}

func newStage(t *testing.T) *stage {
	s := &stage{t: t, now: time.Unix(1e9, 0)}
	s.c = NewChannel(theChannel, bridge.ChannelRef{Channel: "1001", EndPoint: "1001", Type: bridge.Telephony}, ChannelSettings{
		MaxInteractions: 1, WrapUpLimit: time.Minute, SendDTMF: true,
		Destination: func(d string) (Destination, *bridge.Error) { return Destination{User: d, Number: d}, nil },
		NewID:       func() string { s.ids++; return fmt.Sprintf("id%d", s.ids) },
	})
	s.request(bridge.ChannelInit, theChannel, "")
	return s
}

// theCall is the id of the one call; an inbound one has it, too.
const theCall = "id1"

// interaction is the target of the one interaction, also of one that is not there.
func (s *stage) interaction() bridge.Target {
	if s.inbound {
		return theChannel + ".id1"
	}
	return theChannel + ".id2"
}

// conversation is the target of its conversation.
func (s *stage) conversation() bridge.Target {
	if s.inbound {
		return s.interaction() + ".id2"
	}
	return s.interaction() + ".id3"
}

func (s *stage) reach(state string) *stage {
	s.t.Helper()
	path := map[string]string{
		"idle": "", "calling": "dial", "queued": "dial dial", "adding": "dial progress", "lost": "dial progress failed",
		"DIALING": "dial progress stored open", "STARTED": "dial progress stored open answered", "ENDED": "dial progress stored open answered ended",
		"sending": "dial progress stored open answered senddtmf",
		"ready":   "activate ready", "offered": "activate ready offer", "missed": "activate ready offer failed",
		"ALERTING": "activate ready offer stored open", "answering": "activate ready offer stored open accept",
		"closing": "unclaimed Dispose", "gone": "Dispose",
	}
	for _, input := range strings.Fields(path[state]) {
		s.play(input)
	}
	if got := s.state(); got != state {
		s.t.Fatalf("the state is %s, want %s", got, state)
	}
	return s
}

// state names the state that the channel is in.
func (s *stage) state() string {
	var last *interaction
	if n := len(s.c.interactions); n > 0 {
		last = s.c.interactions[n-1]
	}
	switch {
	case s.c.gone:
		return "gone"
	case s.c.phase == tornDown:
		return "closing"
	case last != nil && last.ref != 0 && last.live():
		return "offered"
	case last != nil && last.ref != 0:
		return "missed"
	case s.c.recording() && !s.c.dials[0].interaction.live():
		return "lost"
	case s.c.recording():
		return "adding"
	case len(s.c.dials) > 1:
		return "queued"
	case len(s.c.dials) == 1:
		return "calling"
	case last != nil && len(last.answering) > 0:
		return "answering"
	case last != nil && last.primary != nil && len(last.primary.sending) > 0:
		return "sending"
	case last != nil:
		return string(last.current)
	case s.c.ready:
		return "ready"
	}
	return "idle"
}

// play gives the channel an input and says what came of it.
func (s *stage) play(input string) string {
	s.t.Helper()
	var out []Effect
	step := func(in Input) { out = append(out, s.c.Step(s.now, in)...) }
	switch input {
	case "dial":
		out = s.request(bridge.ChannelDial, theChannel, `{"destination":"600"}`)
	case "offer":
		step(CallOffered{Call: theCall, EndPoint: "1001"})
		s.inbound = s.inbound || s.c.live() > 0 && s.ids == 2
	case "accept":
		out = s.request(bridge.InteractionAccept, s.interaction(), "")
	case "answer":
		out = s.request(bridge.ConversationAnswer, s.conversation(), "")
	case "reject":
		out = s.request(bridge.InteractionReject, s.interaction(), "")
	case "ready":
		out = s.request(bridge.ChannelReadyRequest, theChannel, "")
	case "senddtmf":
		out = s.request(bridge.ConversationSendDTMF, s.conversation(), `{"digits":"12,3"}`)
	case "sent":
		step(DTMFSent{Call: theCall})
	case "pressed":
		step(DTMFReceived{theCall, "5"})
	case "init":
		out = s.request(bridge.ChannelInit, theChannel, "")
	case "open":
		out = append(s.request(bridge.InteractionInit, s.interaction(), ""), s.request(bridge.ConversationInit, s.conversation(), "")...)
	case "release":
		out = s.request(bridge.ConversationRelease, s.conversation(), "")
	case "complete":
		out = s.request(bridge.InteractionComplete, s.interaction(), "")
	case "activate":
		out = s.request(bridge.ChannelActivate, theChannel, "")
	case "paint":
		out = s.request("channel.request.paint", theChannel, "")
	case "dispose":
		out = s.request(bridge.ChannelDispose, theChannel, "")
	case "unclaimed":
		s.held = "held"
		step(Request{Message: bridge.Message{Type: bridge.TypeRequest, Name: bridge.ChannelDial, Target: theChannel, RequestID: s.held}, Subject: theChannel})
	case "late-claim":
		step(Claimed{RequestID: "held"})
	case "failed-claim":
		step(Claimed{RequestID: "held", Failed: true})
	case "progress":
		step(CallProgress{Call: theCall})
	case "alerting":
		step(CallProgress{Call: theCall, Alerted: true})
	case "answered":
		step(CallAnswered{theCall})
	case "failed":
		step(CallFailed{theCall, bridge.Busy.Error("The line is busy.")})
	case "ended":
		step(CallEnded{theCall, bridge.ByRemote})
	case "stored":
		step(Stored{1})
	case "refused":
		step(Refused{1})
	case "Dispose":
		step(Dispose{})
	case "Drain":
		step(Drain{})
	case "Tick":
		s.now = s.now.Add(time.Minute)
		step(Tick{})
	case "others":
		for _, in := range []Input{ChannelGoing{theChannel}, ChannelGone{theChannel}, StatusChanged{}, Shutdown{}, Stored{}, Refused{}, Stored{99}, CallAnswered{}, CallFailed{Call: "x"}, Claimed{}} {
			step(in)
		}
	}
	return s.tell(out)
}

// request sends a message and, if it is to be claimed, claims it.
func (s *stage) request(name bridge.Name, target bridge.Target, body string) []Effect {
	s.sent++
	m := bridge.Message{Type: bridge.TypeRequest, Name: name, Target: target, RequestID: fmt.Sprint("r", s.sent), Body: json.RawMessage(body)}
	if kind, _, ok := name.Asked(); ok {
		m.Type = kind
	}
	out := s.c.Step(s.now, Request{Message: m, Subject: target})
	if i := slices.IndexFunc(out, func(e Effect) bool { _, ok := e.(Claim); return ok }); i >= 0 {
		out = slices.Concat(out[:i], out[i+1:], s.c.Step(s.now, Claimed{RequestID: m.RequestID}))
	}
	// The end-point is free: whoever asks the tree for it gets it.
	if i := slices.IndexFunc(out, func(e Effect) bool { _, ok := e.(Report); return ok }); i >= 0 {
		out = slices.Concat(out[:i], out[i+1:], s.c.Step(s.now, LoggedIn{}))
	}
	return out
}

func (s *stage) tell(out []Effect) string {
	words := []string{}
	for _, e := range out {
		switch e := e.(type) {
		case Publish:
			words = append(words, string(e.Message.Name))
		case Respond:
			word := string(e.Message.Name[strings.LastIndex(string(e.Message.Name), ".")+1:]) + " " + string(e.Message.Result)
			if err := e.Message.Err(); err != nil {
				word += " " + string(err.Code)
			}
			words = append(words, word)
		case PlaceCall:
			words = append(words, "call")
		case TakeCall:
			words = append(words, "take")
		case RingCall:
			words = append(words, "ring")
		case AnswerCall:
			words = append(words, "answer the call")
		case RefuseCall:
			words = append(words, "refuse: "+string(e.As))
		case SendDTMF:
			words = append(words, "send "+e.Digits)
		case HangUp:
			words = append(words, "hang up")
		default:
			words = append(words, strings.TrimPrefix(fmt.Sprintf("%T", e), "interaction."))
		}
	}
	if len(words) == 0 {
		words = []string{"–"}
	}
	return strings.Join(words, ", ") + "; " + s.state()
}
