package interaction

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tieline/bridge"
)

// FuzzChannel plays any history to a channel: each byte (and those after it) is one thing that
// happens. rig checks what must hold.
func FuzzChannel(f *testing.F) {
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, history []byte) { playChannel(t, history) })
}

// TestChannelHistories plays the same few hundred random histories each time.
func TestChannelHistories(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 0))
		history := make([]byte, 20+r.IntN(400))
		for i := range history {
			history[i] = byte(r.Uint32())
		}
		playChannel(t, history)
	}
}

// tape is read byte by byte; behind its end are zeros.
type tape struct{ left []byte }

func (h *tape) next() int {
	if len(h.left) == 0 {
		return 0
	}
	b := h.left[0]
	h.left = h.left[1:]
	return int(b)
}

func playChannel(t *testing.T, history []byte) {
	t.Helper()
	h := &tape{history}
	r := newRig(t, ChannelSettings{
		MaxInteractions: 1 + h.next()%3, SuccessOnAnswer: h.next()%4 == 0, WrapUpLimit: time.Duration(h.next()%3) * time.Minute,
		MaxTimeout: time.Duration(h.next()%2) * 90 * time.Second, SendDTMF: true,
		Register: h.next()%3 == 0, Station: h.next()%4 > 0, Transfer: h.next()%4 > 0, Conference: h.next()%4 > 0,
	})
	if h.next()%8 != 0 { // mostly with an open channel
		r.send(bridge.Message{Type: bridge.TypeQuery, Name: bridge.ChannelInit, Target: theChannel, RequestID: "init"}, theChannel)
	}
	if h.next()%2 == 0 { // and then often for inbound calls
		for _, name := range []bridge.Name{bridge.ChannelActivate, bridge.ChannelReadyRequest} {
			r.send(bridge.Message{Type: bridge.TypeRequest, Name: name, Target: theChannel, RequestID: string(name)}, theChannel)
		}
	}
	for len(h.left) > 0 {
		r.happen(h)
	}
	r.end()
}

// happen is one thing that happens. What moves things on is more frequent than what disturbs.
func (r *rig) happen(h *tape) {
	r.t.Helper()
	switch h.next() % 28 {
	case 0, 1:
		r.dialSomebody(h)
	case 16, 17:
		r.offer(h.next() % 24)
	case 18, 19:
		r.pickUp(h)
	case 20, 21, 22, 23:
		r.desk(h)
	case 24, 25, 26, 27:
		r.stationNews(h)
	case 2, 3:
		r.ask(h)
	case 4, 5, 6:
		r.write(h.next(), h.next()%16 == 0)
	case 7, 8, 9:
		for range 1 + h.next()%4 {
			r.store(h.next()%8 == 0)
		}
	case 10, 11, 12:
		r.ring(h)
	case 13:
		r.tick(time.Duration(h.next()) * time.Second)
	case 14:
		for r.store(false) || r.write(0, false) {
		}
	case 15:
		switch h.next() % 16 {
		case 0:
			r.step(Dispose{})
		case 1:
			r.step(Drain{})
		case 2, 3:
			r.step(Stored{uint64(h.next())%4 + 100})
		case 4:
			r.step(Refused{uint64(h.next())%4 + 100})
		case 5:
			r.step(Claimed{RequestID: "unheard-of"})
		case 6:
			r.step(Claimed{RequestID: fmt.Sprint("nobody asked ", h.next()), Failed: true, Existing: &Record{}})
		case 7, 8, 9, 10:
			r.others(h.next() % 5)
		case 11, 12:
			r.registrar(h.next())
		default:
			r.step(Tick{})
		}
	}
}

// registrar is what the telephone system tells of a registration, of the one in force or of one that was.
func (r *rig) registrar(n int) {
	r.t.Helper()
	id := r.registration
	if n%8 == 0 {
		id = "of before"
	}
	if id == "" {
		return
	}
	switch n / 8 % 4 {
	case 0:
		e := bridge.Network.Error("It cannot be reached.")
		e.Retryable = true
		r.registered = r.registered && id != r.registration
		r.step(EndPointLost{id, e})
	case 1:
		r.registered = r.registered && id != r.registration
		r.step(EndPointLost{id, bridge.Forbidden.Error("It says no.")})
	default:
		r.registered = r.registered || id == r.registration
		r.step(EndPointRegistered{id})
	}
}

// dialSomebody sends a dial; each requestId has a callee of its own, some are repeated, some
// are reused for another callee, some cannot be dialled.
func (r *rig) dialSomebody(h *tape) {
	r.t.Helper()
	n := h.next() % 24
	body := fmt.Sprintf(`{"destination":"%d"}`, 600+n)
	switch h.next() % 12 {
	case 0:
		body = fmt.Sprintf(`{"destination":"%d","timeout":%d}`, 600+n, 1000*(1+h.next()%60))
	case 1:
		body = `{"destination":"nobody"}`
	case 2:
		body = `{"destination":7}`
	}
	r.send(bridge.Message{
		Type: bridge.TypeRequest, Name: bridge.ChannelDial, Target: theChannel, RequestID: fmt.Sprint("d", n), Body: json.RawMessage(body),
	}, theChannel)
}

// ask sends any other query or request to a destination that is known, or to none.
func (r *rig) ask(h *tape) {
	r.t.Helper()
	targets := append([]bridge.Target{theChannel, theChannel.Child("nobody")}, r.known...)
	target := targets[h.next()%len(targets)]
	number := h.next() % 64
	var names []bridge.Name
	switch target.Object() {
	case bridge.ObjectChannel:
		names = []bridge.Name{bridge.ChannelInit, bridge.ChannelInit, bridge.ChannelActivate, bridge.ChannelReadyRequest, bridge.ChannelNotReadyRequest, bridge.ChannelDeactivate, bridge.ChannelPrepareInteraction, "channel.request.paint", bridge.ChannelDispose}
	case bridge.ObjectInteraction:
		names = []bridge.Name{bridge.InteractionInit, bridge.InteractionInit, bridge.InteractionAccept, bridge.InteractionAccept, bridge.InteractionReject, bridge.InteractionComplete, bridge.InteractionPrepareConversation, bridge.InteractionDataQuery}
	case bridge.ObjectConversation:
		names = []bridge.Name{bridge.ConversationInit, bridge.ConversationInit, bridge.ConversationAnswer, bridge.ConversationSendDTMF, bridge.ConversationRelease, bridge.ConversationHold}
	}
	m := bridge.Message{Name: names[h.next()%len(names)], Target: target}
	if m.Name == bridge.ChannelDispose && h.next()%4 > 0 {
		m.Name = bridge.ChannelInit
	}
	var ok bool
	if m.Type, _, ok = m.Name.Asked(); !ok {
		m.Type = bridge.TypeRequest
	}
	m.RequestID = fmt.Sprint(m.Type, number)
	if m.Name == bridge.ConversationSendDTMF {
		m.Body = json.RawMessage(`{"digits":"1,2"}`)
	}
	subject := target
	switch m.Name {
	case bridge.ChannelPrepareInteraction, bridge.InteractionPrepareConversation:
		subject = targets[h.next()%len(targets)]
		m.Body = json.RawMessage(fmt.Sprintf(`{"interaction":%q,"conversation":%q}`, subject.ID(), subject.ID()))
	}
	r.send(m, subject)
}

// pickUp is an agent who does something about the latest inbound call, or its caller who hears
// that it is answered.
func (r *rig) pickUp(h *tape) {
	r.t.Helper()
	for n := len(r.c.interactions) - 1; n >= 0; n-- {
		i := r.c.interactions[n]
		if i.current != bridge.Alerting {
			continue
		}
		if f := r.calls[i.primary.call]; f.answered && h.next()%2 == 0 {
			r.news(CallAnswered{Call: i.primary.call}, i.primary.call)
			return
		}
		m, number := bridge.Message{Type: bridge.TypeRequest, Name: bridge.InteractionAccept, Target: i.target}, h.next()%64
		switch h.next() % 8 {
		case 0:
			m.Name, m.Body = bridge.InteractionReject, json.RawMessage(`{"reason":"busy"}`)
		case 1:
			m.Name, m.Body = bridge.InteractionReject, json.RawMessage(`{"reason":"bored"}`)
		case 2:
			m.Name, m.Target = bridge.ConversationAnswer, i.primary.target
		case 3, 4:
			m.Type, m.Name = bridge.TypeQuery, bridge.InteractionInit
		}
		m.RequestID = fmt.Sprint("p", m.Type, number)
		r.send(m, m.Target)
		return
	}
}

// ring brings news of a call, mostly of one that lives.
func (r *rig) ring(h *tape) {
	r.t.Helper()
	call := "no-call"
	if n := len(r.order); n > 0 {
		call = r.order[n-1-min(h.next()%8, n-1)%n]
	}
	e := &bridge.Error{Code: bridge.Busy, Message: "The line is busy."}
	switch h.next() % 10 {
	case 8:
		if f := r.calls[call]; f != nil && f.digits > 0 {
			f.digits--
			r.news(DTMFSent{call, []*bridge.Error{nil, e}[h.next()%2]}, call)
		}
	case 9:
		r.news(DTMFReceived{call, "#"}, call)
	case 0:
		r.news(CallProgress{Call: call}, call)
	case 1, 2:
		r.news(CallProgress{Call: call, Alerted: true}, call)
	case 3, 4:
		r.news(CallAnswered{Call: call}, call)
	case 5:
		r.news(CallFailed{call, e}, call)
	case 6:
		r.news(CallFailed{call, nil}, call)
	case 7:
		r.news(CallEnded{Call: call, By: bridge.ByRemote}, call)
	}
}
