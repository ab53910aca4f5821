package interaction

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"tieline/bridge"
)

// FuzzStation plays any history to a channel whose agent talks by a station: as FuzzChannel, with a call that is up from
// the beginning.
func FuzzStation(f *testing.F) {
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, history []byte) { playStation(t, history) })
}

// TestStationHistories plays the same random histories each time. Together they have done everything that
// can be done with two calls.
func TestStationHistories(t *testing.T) {
	done := map[string]int{}
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 3))
		history := make([]byte, 40+r.IntN(600))
		for i := range history {
			history[i] = byte(r.Uint32())
		}
		for what, n := range playStation(t, history) {
			done[what] += n
		}
	}
	for _, what := range []string{
		"hold SUCCESS", "hold CANCELLED", "retrieve SUCCESS", "consult SUCCESS", "consult INTERNAL", "consult CANCELLED", "alternate SUCCESS",
		"alternate NETWORK", "alternate CANCELLED", "consulttransfer SUCCESS", "consulttransfer CANCELLED", "consultconference SUCCESS",
		"consultconference CANCELLED", "transfer SUCCESS", "transfer NETWORK", "conference SUCCESS", "memberschanged ", "conversationremoved ",
	} {
		if done[what] == 0 {
			t.Errorf("the histories never do it: %s", what)
		}
	}
}

// playStation returns how often what was said.
func playStation(t *testing.T, history []byte) map[string]int {
	t.Helper()
	h := &tape{history}
	r := newRig(t, ChannelSettings{
		MaxInteractions: 1 + h.next()%2, SuccessOnAnswer: h.next()%4 == 0, SendDTMF: true,
		Station: true, Transfer: h.next()%8 > 0, Conference: h.next()%8 > 0, KeepCallsAtLogout: h.next()%2 == 0,
	})
	r.send(bridge.Message{Type: bridge.TypeQuery, Name: bridge.ChannelInit, Target: theChannel, RequestID: "init"}, theChannel)
	for len(h.left) > 0 && !r.gone {
		r.atWork(h)
	}
	r.end()
	said := map[string]int{}
	for _, m := range r.stream {
		word := string(m.Result)
		if e := m.Err(); e != nil {
			word = string(e.Code)
		}
		said[verbOf(m.Name)+" "+word]++
	}
	return said
}

// atWork is one thing that happens while an agent works.
func (r *rig) atWork(h *tape) {
	r.t.Helper()
	switch n := h.next() % 32; {
	case n < 10:
		if !r.talks() {
			r.talk(h.next())
		}
		r.desk(h)
	case n < 17:
		r.stationNews(h)
	case n < 21:
		r.calleeNews(h)
	case n < 28:
		for r.store(h.next()%32 == 0) || r.write(0, false) {
		}
	case n == 28:
		r.store(false)
		r.write(h.next(), false)
	default:
		r.happen(h)
	}
}

// talks tells whether there is a call that is up.
func (r *rig) talks() bool {
	for _, i := range r.c.interactions {
		if i.current == bridge.Started {
			return true
		}
	}
	return false
}

// talk dials somebody, who answers at once, and opens what there is then.
func (r *rig) talk(n int) {
	r.t.Helper()
	r.send(bridge.Message{
		Type: bridge.TypeRequest, Name: bridge.ChannelDial, Target: theChannel, RequestID: fmt.Sprint("talk", n),
		Body: json.RawMessage(fmt.Sprintf(`{"destination":"%d"}`, 1000+n)),
	}, theChannel)
	for r.store(false) || r.write(0, false) {
	}
	if len(r.order) == 0 {
		return
	}
	call := r.order[len(r.order)-1]
	r.news(CallAnswered{Call: call}, call)
	for r.store(false) {
	}
	for _, i := range r.c.interactions {
		r.opens(i.target, bridge.InteractionInit)
		for _, v := range i.legs() {
			r.opens(v.target, bridge.ConversationInit)
		}
	}
}

func (r *rig) opens(target bridge.Target, name bridge.Name) {
	r.t.Helper()
	if !r.open[target] {
		r.send(bridge.Message{Type: bridge.TypeQuery, Name: name, Target: target, RequestID: "open-" + string(target)}, target)
	}
}

// calleeNews is what becomes of the call that was placed last.
func (r *rig) calleeNews(h *tape) {
	r.t.Helper()
	if len(r.order) == 0 {
		return
	}
	call := r.order[len(r.order)-1]
	switch h.next() % 8 {
	case 0:
		r.news(CallProgress{Call: call}, call)
	case 1, 2, 3:
		r.news(CallProgress{Call: call, Alerted: true}, call)
	case 4, 5, 6:
		r.news(CallAnswered{Call: call}, call)
		for _, i := range r.c.interactions {
			for _, v := range i.legs() {
				r.opens(v.target, bridge.ConversationInit)
			}
		}
	case 7:
		r.news([]Input{CallEnded{call, bridge.ByRemote}, CallFailed{call, bridge.Busy.Error("The line is busy.")}}[h.next()%2], call)
	}
}
