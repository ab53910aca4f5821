package tracker_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"tieline/bridge"
	"tieline/bridge/mirror"
	"tieline/interaction"
)

// history is a bridge without a plan, its mirror, and a telephone system that does anything.
type history struct {
	*world
	*rand.Rand
	mu        sync.Mutex // of whim, which listens
	whim      *mirror.Whim
	asked     []asked
	offered   int
	confirmed map[bridge.Name]int // answers of destinations that the bridge knew already
	succeeded map[bridge.Name]int
}

// asked is what was sent.
type asked struct {
	message bridge.Message
	subject bridge.Target
}

func newHistory(w *world, seed uint64) *history {
	chance := rand.New(rand.NewPCG(seed, 11))
	h := &history{
		world: w, Rand: chance, confirmed: map[bridge.Name]int{}, succeeded: map[bridge.Name]int{},
		whim: &mirror.Whim{Rand: chance, Mirror: mirror.New(), Sessions: []string{"s1", "s2"}, Groups: []string{"sales", "support"}},
	}
	w.bus.Follow(h.hear)
	synctest.Wait()
	return h
}

// hear holds each message against what the bridge knows.
func (h *history) hear(m bridge.Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if m.Type == bridge.TypeEvent && m.Name != bridge.ControlStatus && !h.whim.Knows(m.Target) && !h.openedBeside(m.Target) {
		h.t.Errorf("no event before init was answered, none after the tear down: %s", m.Line())
	}
	if m.Result == bridge.Success {
		h.succeeded[m.Name]++
	}
	if m.Result == bridge.Success && h.whim.Knows(m.Target) {
		h.confirmed[m.Name]++
	}
	if err := h.whim.Hear(m); err != nil {
		h.t.Errorf("a bridge that was there all the time: %v", err)
	}
}

// openedBeside tells whether an init query was answered with success on a reply subject only, as a
// repeated one is.
func (h *history) openedBeside(target bridge.Target) bool {
	return slices.ContainsFunc(h.bus.Replies(), func(d bridge.Delivery) bool {
		m, _, err := space.Decode(d.Header, d.Data)
		return err == nil && m.Target == target && m.Result == bridge.Success && isInit(m.Name)
	})
}

func isInit(n bridge.Name) bool { return strings.HasSuffix(string(n), ".query.init") }

func (h *history) happen() {
	switch h.IntN(19) {
	case 0, 1, 2, 3, 4, 5, 6, 7:
		h.mu.Lock()
		next, subject := h.whim.Next()
		h.mu.Unlock()
		h.ask(next, subject, "")
	case 8, 9:
		h.ring()
	case 16, 17:
		h.station()
	case 18:
		h.work()
	case 10:
		h.offer()
	case 11:
		h.repeat()
	case 12:
		h.fault()
	case 13, 14:
		h.pause(time.Duration(h.IntN(3000)) * time.Millisecond)
	case 15:
		switch h.IntN(40) {
		case 0:
			h.crash()
		case 1, 2:
			h.pause(time.Duration(h.IntN(180)) * time.Second)
		}
	}
}

// ask sends a message, half the time without waiting for what becomes of it.
func (h *history) ask(m bridge.Message, subject bridge.Target, reply string) {
	if h.bus.Send(m, subject, reply) == nil {
		h.asked = append(h.asked, asked{m, subject})
	}
	if h.IntN(2) == 0 {
		synctest.Wait()
	}
}

// repeat asks again, with a reply subject, what was asked a short while ago.
func (h *history) repeat() {
	if n := len(h.asked); n > 0 {
		again := h.asked[n-1-h.IntN(min(n, 12))]
		h.ask(again.message, again.subject, "inbox")
	}
}

func (h *history) fault() {
	switch h.IntN(5) {
	case 4:
		h.tracker.SetStatus(bridge.StatusBody{
			Status: []string{interaction.StatusStarted, interaction.StatusDegraded}[h.IntN(2)], ChannelGroups: map[string]string{"sales": "UP"},
		})
	case 0, 1:
		h.bus.SetDelay(time.Duration(h.IntN(4)) * 100 * time.Millisecond)
	case 2:
		h.bus.LoseNext(h.IntN(6))
	case 3:
		h.bus.SetDown(true)
		h.ring()
		h.pause(time.Duration(h.IntN(5000)) * time.Millisecond)
		h.ring()
		h.bus.SetDown(false)
	}
}

// offer is a call that comes in, for an agent who may be there or not.
func (h *history) offer() {
	h.offered++
	h.tracker.Offer(interaction.CallOffered{
		Call: fmt.Sprintf("in-%04d", h.offered), EndPoint: fmt.Sprint(1001 + h.IntN(3)), Remote: bridge.Party{Number: "0301234"},
	})
	if h.IntN(2) == 0 {
		synctest.Wait()
	}
}

// ring brings news of any call.
func (h *history) ring() {
	h.world.mu.Lock()
	calls := slices.Sorted(maps.Keys(h.calls))
	h.world.mu.Unlock()
	if len(calls) == 0 {
		return
	}
	call := calls[h.IntN(len(calls))]
	news := h.news(call)
	h.world.mu.Lock()
	post := h.calls[call]
	switch news.(type) {
	case interaction.CallFailed, interaction.CallEnded: // nothing more is told of it
		delete(h.calls, call)
		delete(h.orders, call)
	}
	h.world.mu.Unlock()
	if post != nil {
		post(news)
	}
	if h.IntN(2) == 0 {
		synctest.Wait()
	}
}

// news is something that may be told of a call. Most calls live for a while.
func (h *history) news(call string) interaction.Input {
	answered, over := interaction.CallAnswered{Call: call}, interaction.CallEnded{Call: call, By: bridge.ByRemote}
	switch n := h.IntN(12); {
	case n == 0:
		return interaction.CallFailed{Call: call, Error: bridge.Busy.Error("It failed.")}
	case n == 1:
		return over
	case !strings.HasPrefix(call, "in-"):
		return []interaction.Input{interaction.CallProgress{Call: call}, interaction.CallProgress{Call: call, Alerted: true}, answered}[n%3]
	case h.count("gw ─▶ pbx     answer "+call) > 0:
		return answered
	case n == 2: // the caller gives up
		return interaction.CallFailed{Call: call, Error: bridge.Cancelled.Error("The caller hung up.")}
	}
	return interaction.CallProgress{Call: call} // nothing new
}

// calm makes the bus a good one again, and waits until all is said.
func (h *history) calm() {
	h.bus.SetDown(false)
	h.bus.SetDelay(0)
	h.bus.LoseNext(0)
	h.pause(10 * time.Second)
}

// crash starts the gateway anew. The bridge asks for the state of its sessions, and so learns that
// they are gone.
func (h *history) crash() {
	h.calm()
	h.restart()
	h.pause(time.Second)
	h.everything()
}

// everything asks for the state of all destinations.
func (h *history) everything() {
	h.mu.Lock()
	all := h.whim.Everything()
	h.mu.Unlock()
	for _, m := range all {
		h.ask(m, m.Target, "")
	}
	h.pause(10 * time.Second)
}
