package tracker_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tieline/bridge"
	"tieline/interaction"
)

// TestRandomFaults lives through random histories on a bus that is slow, loses acknowledgements
// and goes away, with restarts, and checks what a bridge may rely on afterwards: seq without gaps,
// one response per requestId, nobody called twice, the event before SUCCESS, no request forgotten.
func TestRandomFaults(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer w.stop()
				w.open()
				s := storm{world: w, Rand: rand.New(rand.NewPCG(seed, 7)), delivered: map[string]bool{}}
				for range 80 {
					s.happen()
				}
				w.bus.SetDown(false)
				w.bus.SetDelay(0)
				w.bus.LoseNext(0)
				w.pause(time.Minute)
				s.account()
			})
		})
	}
}

type storm struct {
	*world
	*rand.Rand
	sent      int
	restarts  bool
	delivered map[string]bool
}

func (s *storm) happen() {
	switch s.IntN(18) {
	case 0, 1, 2:
		s.sent++
		s.send("d", s.sent, bridge.ChannelDial, channel, "")
	case 3:
		s.send("d", max(1, s.sent-s.IntN(4)), bridge.ChannelDial, channel, "")
	case 4:
		s.sent++
		s.send("q", s.sent, bridge.ChannelInit, channel, "")
	case 5:
		s.sent++
		s.send("r", s.sent, bridge.ConversationRelease, s.leg(), "")
	case 6, 7, 8, 9:
		s.ring()
	case 10:
		s.bus.SetDelay(time.Duration(s.IntN(4)) * 100 * time.Millisecond)
	case 11:
		s.bus.LoseNext(s.IntN(4))
	case 12:
		s.bus.SetDown(s.IntN(2) == 0)
	case 13, 14:
		s.pause(time.Duration(s.IntN(3000)) * time.Millisecond)
	case 15:
		s.sent++
		s.send("x", s.sent, bridge.ChannelDispose, channel, "")
	case 16:
		s.sent++
		s.send("a", s.sent, bridge.GroupAddChannel, "s1.sales", `{"channel":"1001","end-point":"1001","type":"Telephony"}`)
		s.sent++
		s.send("i", s.sent, bridge.ChannelInit, channel, "")
	case 17:
		if s.IntN(4) == 0 {
			s.crash()
		}
	}
}

// crash restarts the gateway on a bus that answers: what the dead one had under way is stored by
// then, as a stream that elects a leader sees to.
func (s *storm) crash() {
	s.bus.SetDown(false)
	s.bus.SetDelay(0)
	s.bus.LoseNext(0)
	s.pause(time.Second)
	s.restart()
	s.restarts = true
	s.open()
}

// send sends a request; each has a callee of its own.
func (s *storm) send(kind string, n int, name bridge.Name, target bridge.Target, content string) {
	m := bridge.Message{Name: name, Target: target, RequestID: fmt.Sprint(kind, n), Body: json.RawMessage(content)}
	m.Type, _, _ = name.Asked()
	subject := target
	if name == bridge.GroupAddChannel {
		subject = channel
	}
	if name == bridge.ChannelDial {
		m.Body = json.RawMessage(fmt.Sprintf(`{"destination":"%d"}`, 1000+n))
	}
	if s.bus.Send(m, subject, "") == nil {
		s.delivered[m.RequestID] = true
	}
	synctest.Wait()
}

// leg is the conversation that was added last, or one that never was.
func (s *storm) leg() bridge.Target {
	leg := channel.Child("nobody").Child("nothing")
	for _, m := range s.stream() {
		if m.Name == bridge.ChannelInteractionAdded {
			added := body[bridge.InteractionAdded](s.world, m)
			leg = channel.Child(added.Interaction).Child(added.Conversations.Primary.ID)
		}
	}
	return leg
}

func (s *storm) ring() {
	s.mu.Lock()
	post := s.calls[s.last]
	s.mu.Unlock()
	if post == nil {
		return
	}
	news := []interaction.Input{s.progress(), s.alerting(), s.answered(), s.failed(bridge.Busy), s.hungUp()}
	n := s.IntN(len(news))
	post(news[n])
	if n >= 3 { // nothing more is told of it
		s.mu.Lock()
		delete(s.calls, s.last)
		s.mu.Unlock()
	}
	synctest.Wait()
}

func (s *storm) account() {
	s.t.Helper()
	seq, added, answered := map[bridge.Target]uint64{}, map[string]bool{}, map[string]int{}
	for _, m := range s.stream() {
		if c := m.Target.At(bridge.ObjectChannel); c != "" && m.Seq > 0 {
			if m.Seq != seq[c]+1 {
				s.t.Errorf("seq has no gaps: %d after %d", m.Seq, seq[c])
			}
			seq[c] = m.Seq
		}
		switch {
		case m.Name == bridge.ChannelInteractionAdded:
			added[body[bridge.InteractionAdded](s.world, m).RequestID] = true
		case m.Name == bridge.ChannelDial && added[m.RequestID] && m.Result == bridge.Failure && m.Err().Code != bridge.Interrupted:
			s.t.Errorf("FAILURE means that no interaction was added: %s", m.Line())
		case m.Name == bridge.ChannelDial && !added[m.RequestID] && m.Result == bridge.Success:
			s.t.Errorf("interactionadded strictly before SUCCESS: %s", m.Line())
		}
		if m.Type == bridge.TypeResponse {
			answered[m.RequestID]++
		}
	}
	for id := range s.delivered {
		// What had reached a gateway but not the ledger when it died is lost with it: the bridge
		// asks again.
		claimed := s.bus.Entry(id) != nil
		switch n := answered[id]; {
		case n > 1:
			s.t.Errorf("the stream holds one response per requestId: %s has %d", id, n)
		case n == 0 && (claimed || !s.restarts) && !s.waits(id):
			s.t.Errorf("no request is forgotten: %s", id)
		}
	}
	s.oncePerCallee()
}

// waits tells whether id is a dial that has no outcome yet.
func (s *storm) waits(id string) bool {
	return strings.HasPrefix(id, "d") && s.placed() > 0 && len(s.calls) > 0
}

func (s *storm) oncePerCallee() {
	s.mu.Lock()
	defer s.mu.Unlock()
	called := map[string]bool{}
	for _, l := range s.lines {
		if _, callee, ok := strings.Cut(l.text, " to 1"); ok && strings.HasPrefix(l.text, "gw ─▶ pbx     call") {
			if called[callee] {
				s.t.Errorf("a callee is tried at most once: 1%s", callee)
			}
			called[callee] = true
		}
	}
}
