package tracker_test

import (
	"slices"
	"strings"
	"testing"

	"tieline/bridge"
)

// inState is an interaction, inbound or dialled, with its conversation, in a state.
type inState struct {
	name                      string
	run                       func(*testing.T, func(*world))
	interaction, conversation bridge.Target
	reach                     func(w *world)
}

// everyState is each state that an interaction and its conversation can be in.
func everyState() []inState {
	nothing := func(*world) {}
	answering := func(w *world) { w.request(bridge.InteractionAccept, inbound, "") }
	dialling := func(w *world) {
		w.dial("d", "600")
		w.tell(w.progress())
		w.init(contact)
		w.init(conversation)
	}
	then := func(first func(*world), last ...func(*world)) func(*world) {
		return func(w *world) {
			first(w)
			for _, f := range last {
				f(w)
			}
		}
	}
	rings := func(w *world) { w.tell(w.alerting()) }
	answered := func(w *world) { w.tell(w.answered()) }
	ended := func(w *world) { w.tell(w.hungUp()) }
	return []inState{
		{"ALERTING", alerted, inbound, leg, nothing},
		{"ALERTING, being answered", alerted, inbound, leg, answering},
		{"STARTED, inbound", alerted, inbound, leg, then(answering, answered)},
		{"ENDED, inbound", alerted, inbound, leg, then(answering, answered, ended)},
		{"DIALING", onChannel, contact, conversation, dialling},
		{"DIALING, ringing", onChannel, contact, conversation, then(dialling, rings)},
		{"STARTED, outbound", onChannel, contact, conversation, then(dialling, answered)},
		{"ENDED, outbound", onChannel, contact, conversation, then(dialling, answered, ended)},
	}
}

// "actions lists the requests that would now be accepted", in every state: what is listed is not
// refused, and what is not listed is. (Setup requests need not be sent, and are not listed.)
func TestSpec_8_Actions(t *testing.T) {
	for _, s := range slices.Concat(everyState(), everyTalk()) {
		for _, name := range bridge.AllAsked() {
			kind, object, _ := name.Asked()
			if kind != bridge.TypeRequest || object < bridge.ObjectInteraction || name == bridge.InteractionPrepareConversation {
				continue
			}
			s.run(t, func(w *world) {
				s.reach(w)
				target := s.interaction
				if object == bridge.ObjectConversation {
					target = s.conversation
				}
				listed := slices.Contains(w.actions(target), string(name[strings.LastIndexByte(string(name), '.')+1:]))
				w.ask("try", name, target, `{"interaction-data":{"a":"1"},"destination":"700","digits":"1"}`)
				refused := false
				for _, m := range w.stream() {
					refused = refused || m.RequestID == "try" && m.Result == bridge.Failure
				}
				if listed == refused {
					t.Errorf("the requests that would now be accepted, %s: %s is listed: %t, is refused: %t", s.name, name, listed, refused)
				}
			})
		}
	}
}

// actions is what an init answer lists; nothing for a conversation that is gone.
func (w *world) actions(target bridge.Target) []string {
	w.t.Helper()
	id := w.request(bridge.Name(target.Object().String()+".query.init"), target, "")
	if w.response(id).Result == bridge.Failure {
		return nil
	}
	return body[struct{ Actions []string }](w, w.response(id)).Actions
}

// "… and stands in every init response and state event of interactions and conversations. Where it changes without such an
// event …, interaction.actionschanged or conversation.actionschanged tells the new list. While a request of the interaction is
// under way its actions are not told anew": what was told last is what init lists.
func TestSpec_8_ActionsInEveryStateEvent(t *testing.T) {
	for _, s := range slices.Concat(everyState(), everyTalk()) {
		s.run(t, func(w *world) {
			s.reach(w)
			latest := map[bridge.Target][]string{}
			for _, m := range w.stream() {
				told := m.Type == bridge.TypeEvent && m.Target.Object() >= bridge.ObjectInteraction || isInit(m.Name) && m.Result == bridge.Success
				switch m.Name {
				case bridge.InteractionConversationAdded, bridge.InteractionConversationRemoved, bridge.ConversationMembersChanged:
					told = false
				}
				if !told || m.Target.Object() < bridge.ObjectInteraction {
					continue
				}
				got := body[struct{ Actions *[]string }](w, m).Actions
				if got == nil {
					t.Errorf("actions stands in every state event: %s", m.Line())
					continue
				}
				latest[m.Target] = *got
			}
			if len(w.orders) > 0 || strings.HasPrefix(s.name, "consulting") { // a request is under way
				return
			}
			for target, said := range latest {
				if now := w.actions(target); !slices.Equal(now, said) && len(now)+len(said) > 0 {
					t.Errorf("the latest event lists what init lists, %s: %q, %q", s.name, said, now)
				}
			}
		})
	}
}

// "What is not listed is answered UNSUPPORTED where the telephone system, or the group for want of a station, cannot do it at
// all": the verbs of a second leg and of the agent's own phone, in every state; the capabilities do not list them either.
func TestSpec_8_VerbsOfASecondLeg(t *testing.T) {
	later := map[bridge.Name]string{
		bridge.InteractionConsult: `{"destination":"700"}`, bridge.InteractionConsultTransfer: "", bridge.InteractionConsultConference: "",
		bridge.InteractionAlternate: "", bridge.ConversationHold: "", bridge.ConversationRetrieve: "",
		bridge.ConversationTransfer: `{"destination":"700"}`, bridge.ConversationConference: `{"destination":"700"}`, bridge.ConversationSendDTMF: `{"digits":"1"}`,
	}
	for _, s := range everyState() {
		s.run(t, func(w *world) {
			s.reach(w)
			orders := len(w.pbx())
			m := w.wantSuccess("capabilities", w.request(bridge.ControlCapabilities, bridge.Control, ""))
			listed := body[bridge.Capabilities](w, m).Messages
			for name, content := range later {
				_, object, _ := name.Asked()
				target := s.interaction
				if object == bridge.ObjectConversation {
					target = s.conversation
				}
				code := bridge.Unsupported
				if object == bridge.ObjectConversation && strings.HasPrefix(s.name, "ENDED") {
					code = bridge.UnknownTarget // it is torn down
				}
				w.wantFailure("UNSUPPORTED in every state, "+s.name, w.request(name, target, content), code)
				if slices.Contains(listed, name) || slices.Contains(w.actions(target), string(name[strings.LastIndexByte(string(name), '.')+1:])) {
					t.Errorf("neither capabilities nor actions list it, %s: %s", s.name, name)
				}
			}
			w.wantPBX("and nothing is done", orders)
		})
	}
}
