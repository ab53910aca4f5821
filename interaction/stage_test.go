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

func newStage(t *testing.T, settings ChannelSettings) *stage {
	s := &stage{t: t, now: time.Unix(1e9, 0)}
	settings.MaxInteractions, settings.WrapUpLimit, settings.SendDTMF = 1, time.Minute, true
	settings.Destination = func(d string) (Destination, *bridge.Error) { return Destination{User: d, Number: d}, nil }
	settings.NewID = func() string { s.ids++; return fmt.Sprintf("id%d", s.ids) }
	s.c = NewChannel(theChannel, bridge.ChannelRef{Channel: "1001", EndPoint: "1001", Type: bridge.Telephony}, settings)
	s.request(bridge.ChannelInit, theChannel, "")
	return s
}

// theCall is the id of the first call; an inbound one has it, too. theSecond is that of a consult call, and of whom a
// transfer or a conference calls.
const (
	theCall   = "id1"
	theSecond = "id4"
)

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

// second is the target of a consult conversation.
func (s *stage) second() bridge.Target { return s.interaction() + ".id5" }

func (s *stage) reach(state string) *stage {
	s.t.Helper()
	const started, consult = "dial progress stored open answered ", "dial progress stored open answered consult held c-alerting stored open-consult "
	path := map[string]string{
		"holding": started + "hold", "HELD": started + "hold held", "HELD by both": started + "hold held remote-held", "retrieving": started + "hold held retrieve",
		"HELD by the remote": started + "remote-held",
		"first hold":         started + "consult", "consulting": started + "consult held", "recording": started + "consult held c-alerting",
		"recording, over": started + "consult held c-alerting c-failed", "recording, left": started + "consult held c-alerting ended",
		"promoted": consult + "ended", "abandoned": consult + "c-answered consulttransfer c-ended",
		"CONSULT, ringing": consult, "CONSULT": consult + "c-answered",
		"alternating": consult + "c-answered alternate", "swapping": consult + "c-answered alternate c-held", "returning": consult + "c-answered alternate c-held hold-failed",
		"connecting": consult + "c-answered consulttransfer", "meeting": consult + "c-answered consultconference",
		"transferring": started + "transfer", "inviting": started + "conference", "CONFERENCE": started + "conference moved",
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
	case len(s.c.consults) > 0:
		return s.consulting(s.c.consults[0])
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
	case last != nil && last.live() && s.c.settings.Station:
		return s.talk(last)
	case last != nil:
		return string(last.current)
	case s.c.ready:
		return "ready"
	}
	return "idle"
}

// consulting names the state of a consult without an answer.
func (s *stage) consulting(d *consult) string {
	switch {
	case d.call == "":
		return "first hold"
	case d.v == nil:
		return "consulting"
	case d.v.over != nil:
		return "recording, over"
	case d.in.primary.over != nil:
		return "recording, left"
	}
	return "recording"
}

// talk names the state of an interaction of a channel with a station.
func (s *stage) talk(i *interaction) string {
	v := i.primary
	switch e := i.errand; {
	case i.current != bridge.Started:
		return string(i.current)
	case e != nil && e.Message.Name == bridge.InteractionAlternate:
		switch {
		case i.primary.order != nil:
			return "swapping"
		case i.consult.order.what == retrieving:
			return "returning"
		}
		return "alternating"
	case e != nil:
		return map[string]string{
			"consulttransfer": "connecting", "consultconference": "meeting", "transfer": "transferring", "conference": "inviting",
		}[verbOf(e.Message.Name)]
	case v.members != nil:
		return "CONFERENCE"
	case v.order != nil && v.order.what == holding:
		return "holding"
	case v.order != nil && v.order.what == retrieving:
		return "retrieving"
	case v.order != nil:
		return "abandoned"
	case !v.established():
		return "promoted"
	case i.consult != nil && i.consult.established():
		return "CONSULT"
	case i.consult != nil:
		return "CONSULT, ringing"
	case len(v.heldBy) == 2:
		return "HELD by both"
	case v.holds(bridge.RemoteSide):
		return "HELD by the remote"
	case v.current == bridge.ConvConnected:
		return "STARTED"
	}
	return string(v.current)
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
		step(CallAnswered{Call: theCall})
	case "failed":
		step(CallFailed{theCall, bridge.Busy.Error("The line is busy.")})
	case "ended":
		step(CallEnded{theCall, bridge.ByRemote})
	case "stored":
		step(Stored{max(s.c.refs, 1)})
	case "refused":
		step(Refused{max(s.c.refs, 1)})
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
	default:
		out = s.playStation(input)
	}
	return s.tell(out)
}

// playStation is the part of play that is about the agent's station and a second call.
func (s *stage) playStation(input string) []Effect {
	const callee = `{"destination":"700"}`
	switch input {
	case "hold":
		return s.request(bridge.ConversationHold, s.conversation(), "")
	case "retrieve":
		return s.request(bridge.ConversationRetrieve, s.conversation(), "")
	case "transfer":
		return s.request(bridge.ConversationTransfer, s.conversation(), callee)
	case "conference":
		return s.request(bridge.ConversationConference, s.conversation(), callee)
	case "consult":
		return s.request(bridge.InteractionConsult, s.interaction(), callee)
	case "alternate":
		return s.request(bridge.InteractionAlternate, s.interaction(), "")
	case "consulttransfer":
		return s.request(bridge.InteractionConsultTransfer, s.interaction(), "")
	case "consultconference":
		return s.request(bridge.InteractionConsultConference, s.interaction(), "")
	case "open-consult":
		return s.request(bridge.ConversationInit, s.second(), "")
	case "c-release":
		return s.request(bridge.ConversationRelease, s.second(), "")
	case "c-hold":
		return s.request(bridge.ConversationHold, s.second(), "")
	case "c-transfer":
		return s.request(bridge.ConversationTransfer, s.second(), callee)
	case "deactivate":
		return s.request(bridge.ChannelDeactivate, theChannel, "")
	}
	failed := bridge.Network.Error("The telephone system could not be reached.")
	in, ok := map[string]Input{
		"held": CallHeld{theCall, bridge.AgentSide}, "retrieved": CallRetrieved{theCall, bridge.AgentSide}, "hold-failed": HoldFailed{theCall, failed},
		"remote-held": CallHeld{theCall, bridge.RemoteSide}, "remote-retrieved": CallRetrieved{theCall, bridge.RemoteSide},
		"moved": CallMoved{theCall, nil}, "unmoved": CallMoved{theCall, failed}, "left": MemberLeft{theCall, theSecond},
		"no-station": AnswerFailed{theCall, bridge.StationNoAnswer.Error("The agent's phone was not answered.")},
		"c-alerting": CallProgress{theSecond, true}, "c-answered": CallAnswered{Call: theSecond}, "c-failed": CallFailed{theSecond, bridge.Busy.Error("The line is busy.")},
		"c-ended": CallEnded{theSecond, bridge.ByRemote}, "c-held": CallHeld{theSecond, bridge.AgentSide}, "c-retrieved": CallRetrieved{theSecond, bridge.AgentSide},
		"c-hold-failed": HoldFailed{theSecond, failed}, "drain": Drain{},
	}[input]
	if !ok {
		s.t.Fatalf("there is no input %s", input)
	}
	return s.c.Step(s.now, in)
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
	if i := slices.IndexFunc(out, func(e Effect) bool { r, ok := e.(Report); return ok && r.Input == LogIn{theChannel, "1001"} }); i >= 0 {
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
			word := verbOf(e.Message.Name) + " " + string(e.Message.Result)
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
		case HoldCall:
			words = append(words, "hold "+ordinal(e.Call))
		case RetrieveCall:
			words = append(words, "retrieve "+ordinal(e.Call))
		case ConnectCalls:
			words = append(words, "connect "+ordinal(e.Call)+" with "+ordinal(e.With))
		case TransferCall:
			words = append(words, "transfer "+ordinal(e.Call)+" to "+e.To.Destination.User)
		case ConferenceCall:
			words = append(words, "bring together "+ordinal(e.Call))
		case HangUp:
			words = append(words, strings.TrimSuffix("hang up "+ordinal(e.Call), " the call"))
		default:
			words = append(words, strings.TrimPrefix(fmt.Sprintf("%T", e), "interaction."))
		}
	}
	if len(words) == 0 {
		words = []string{"–"}
	}
	return strings.Join(words, ", ") + "; " + s.state()
}

// ordinal names a call of the stage.
func ordinal(call string) string {
	if call == theSecond {
		return "the second"
	}
	return "the call"
}

// verbOf is the last word of a name.
func verbOf(n bridge.Name) string { return string(n[strings.LastIndexByte(string(n), '.')+1:]) }
