package gateway_test

import (
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tieline/bridge"
	"tieline/bridge/mirror"
	"tieline/bridge/natsbus"
	"tieline/bridge/processor"
	"tieline/interaction"
	"tieline/interaction/tracker"
)

// office is a gateway whose telephone system does anything, and a bridge that asks for anything.
type office struct {
	t *testing.T
	*rand.Rand
	bus     *clumsy
	tracker *tracker.Tracker
	phones  *phones
	peer    *natsbus.Peer
	stops   []func()

	mu    sync.Mutex // of whim, which listens
	whim  *mirror.Whim
	asked []bridge.Message
	last  map[string]bridge.Target // the subjects of asked
}

func newOffice(t *testing.T, seed uint64) *office {
	chance := rand.New(rand.NewPCG(seed, 3))
	o := &office{
		t: t, Rand: chance, phones: &phones{calls: map[string]func(interaction.Input){}, answers: map[string]bool{}}, last: map[string]bridge.Target{},
		whim: &mirror.Whim{Rand: chance, Mirror: mirror.New(), Sessions: []string{"s1", "s2"}, Groups: []string{"sales", "support"}},
	}
	space := bridge.Space{Prefix: "cti", Processor: "acme"}
	bus, err := natsbus.Open(t.Context(), natsbus.Config{
		Embedded: &natsbus.Embedded{Memory: true}, Space: space, Groups: o.whim.Groups,
	})
	if err != nil {
		t.Fatal(err)
	}
	o.stops = append(o.stops, func() {
		if err := bus.Close(); err != nil {
			t.Error(err)
		}
	})
	o.bus = &clumsy{Bus: bus, times: map[string]int{}}
	o.peer = o.connect()
	o.stops = append(o.stops, o.peer.Close)
	asker, err := processor.Open(t.Context(), o.peer, o.hear)
	if err != nil {
		t.Fatal(err)
	}
	o.stops = append(o.stops, asker.Close)
	o.openTracker(space)
	return o
}

func (o *office) openTracker(space bridge.Space) {
	ids := 0
	settings := interaction.ChannelSettings{
		MaxInteractions: 2, WrapUpLimit: 10 * time.Minute,
		Destination: func(s string) (interaction.Destination, *bridge.Error) {
			return interaction.Destination{User: s, Number: s}, nil
		},
		NewID: func() string {
			o.mu.Lock()
			defer o.mu.Unlock()
			ids++
			return fmt.Sprint("id", ids)
		},
	}
	groups := map[string]interaction.ChannelSettings{}
	for _, g := range o.whim.Groups {
		settings.Group = g
		groups[g] = settings
	}
	o.tracker = tracker.New(tracker.Config{
		Space: space, Version: "1.2.3", Bus: o.bus, Telephony: o.phones, Log: slog.New(slog.DiscardHandler), Groups: groups,
	})
	o.stops = append(o.stops, runInBackground(o.t, o.tracker.Run))
	o.tracker.SetStatus(bridge.StatusBody{Status: interaction.StatusStarted, ChannelGroups: map[string]string{}})
	o.pause(0)
}

func (o *office) stop() {
	for _, stop := range slices.Backward(o.stops) {
		stop()
	}
}

func (o *office) connect() *natsbus.Peer {
	o.t.Helper()
	peer, err := o.bus.Peer(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	return peer
}

func (o *office) pause(d time.Duration) {
	time.Sleep(d) // virtual
	synctest.Wait()
}

// hear keeps the bridge that asks up to date.
func (o *office) hear(m bridge.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.whim.Hear(m); err != nil {
		o.t.Errorf("a bridge that asks is told what it knows: %v", err)
	}
}

// live lets n things happen in about d.
func (o *office) live(n int, d time.Duration) {
	for range n {
		switch o.IntN(10) {
		case 0, 1:
			o.phones.ring(o.Rand)
		case 2:
			o.tracker.Offer(o.phones.offer(o.Rand))
		case 3:
			o.repeat()
		default:
			o.mu.Lock()
			m, subject := o.whim.Next()
			o.mu.Unlock()
			o.asked, o.last[m.RequestID] = append(o.asked, m), subject
			o.send(m)
		}
		if o.IntN(3) > 0 { // some things follow at once
			o.pause(time.Duration(o.Int64N(int64(3*d) / int64(n))))
		}
	}
}

// repeat sends something once more; a request then has no second effect and no second response.
func (o *office) repeat() {
	if n := len(o.asked); n > 0 {
		o.send(o.asked[n-1-o.IntN(min(n, 10))])
	}
}

func (o *office) send(m bridge.Message) {
	o.t.Helper()
	if err := o.peer.Send(m, o.last[m.RequestID]); err != nil {
		o.t.Errorf("the bridge sends %s: %v", m.Name, err)
	}
}

// confirm asks for the state of everything: hear holds the answers against what was known.
func (o *office) confirm() {
	o.mu.Lock()
	all := o.whim.Everything()
	o.mu.Unlock()
	for _, m := range all {
		o.last[m.RequestID] = m.Target
		o.send(m)
	}
	o.pause(time.Minute)
}

// account wants each message once, however often it was published.
func (o *office) account(resident *listener) {
	o.t.Helper()
	responses := map[string]int{}
	for _, m := range resident.heard {
		if kind, _, _ := m.Name.Asked(); m.Type == bridge.TypeResponse && kind == bridge.TypeRequest {
			responses[m.RequestID]++
		}
	}
	for id, n := range responses {
		if n != 1 {
			o.t.Errorf("the stream holds one response per request: %s has %d", id, n)
		}
	}
	published := 0
	for _, n := range o.bus.times {
		published += n
	}
	if once := len(o.bus.times); uint64(once) != resident.client.Position() || once != len(resident.heard) || published < once+once/3 {
		o.t.Errorf("%d messages were published %d times, the stream has %d, %d were heard", once, published, resident.client.Position(), len(resident.heard))
	}
}

// clumsy is a bus on which every other publication is sent twice, or loses its acknowledgement so
// that the gateway sends it again.
type clumsy struct {
	*natsbus.Bus
	mu    sync.Mutex
	times map[string]int // by publication id
}

func (c *clumsy) Publish(m bridge.Message, id string, done func(error)) {
	c.mu.Lock()
	c.times[id]++
	first, n := c.times[id] == 1, len(c.times)
	if twice := first && n%4 == 0; twice {
		c.times[id]++
		c.Bus.Publish(m, id, func(error) {})
	}
	c.mu.Unlock()
	c.Bus.Publish(m, id, func(err error) {
		if first && n%4 == 2 {
			err = fmt.Errorf("%w: the acknowledgement is lost", bridge.ErrUnsure)
		}
		done(err)
	})
}

// phones is a telephone system on which calls fare as chance has it.
type phones struct {
	mu      sync.Mutex
	calls   map[string]func(interaction.Input)
	answers map[string]bool // that are asked for
	offered int
}

// PlaceCall implements tracker.Telephony.
func (p *phones) PlaceCall(c interaction.Call, news func(interaction.Input)) {
	p.TakeCall(c.ID, c.Line, news)
}

// TakeCall implements tracker.Telephony.
func (p *phones) TakeCall(call string, _ interaction.Line, news func(interaction.Input)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[call] = news
}

// RingCall implements tracker.Telephony.
func (p *phones) RingCall(string) {}

// AnswerCall implements tracker.Telephony.
func (p *phones) AnswerCall(call string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[call] = true
}

// HoldCall implements tracker.Telephony.
func (p *phones) HoldCall(string) {}

// RetrieveCall implements tracker.Telephony.
func (p *phones) RetrieveCall(string) {}

// ConnectCalls implements tracker.Telephony.
func (p *phones) ConnectCalls(_, _ string) {}

// TransferCall implements tracker.Telephony.
func (p *phones) TransferCall(string, interaction.Call) {}

// ConferenceCall implements tracker.Telephony.
func (p *phones) ConferenceCall(_, _ string, _ *interaction.Call) {}

// LeaveLine implements tracker.Telephony.
func (p *phones) LeaveLine(interaction.Line) {}

// SendDTMF implements tracker.Telephony.
func (p *phones) SendDTMF(string, string) {}

// RefuseCall implements tracker.Telephony.
func (p *phones) RefuseCall(call string, _ interaction.Refusal) { p.HangUp(call) }

// HangUp implements tracker.Telephony.
func (p *phones) HangUp(call string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.calls, call)
}

// CheckCredentials implements tracker.Telephony.
func (p *phones) CheckCredentials(_, _ string, done func(*bridge.Error)) { done(nil) }

// RegisterEndPoint implements tracker.Telephony.
func (p *phones) RegisterEndPoint(id string, _ interaction.Line, news func(interaction.Input)) {
	news(interaction.EndPointRegistered{ID: id})
}

// UnregisterEndPoint implements tracker.Telephony.
func (p *phones) UnregisterEndPoint(string) {}

// offer is a call that comes in.
func (p *phones) offer(chance *rand.Rand) interaction.CallOffered {
	p.offered++
	return interaction.CallOffered{Call: fmt.Sprint("in-", p.offered), EndPoint: fmt.Sprint(1001 + chance.IntN(2)), Remote: bridge.Party{Number: "0301234"}}
}

// ring brings news of a call.
func (p *phones) ring(chance *rand.Rand) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.calls) == 0 {
		return
	}
	ids := slices.Sorted(maps.Keys(p.calls))
	call := ids[chance.IntN(len(ids))]
	news := p.calls[call]
	switch n := chance.IntN(6); {
	case n == 0:
		news(interaction.CallFailed{Call: call, Error: bridge.Busy.Error("It failed.")})
		delete(p.calls, call)
	case n < 3:
		news(interaction.CallProgress{Call: call, Alerted: true})
	case p.answers[call] || !strings.HasPrefix(call, "in-"):
		news(interaction.CallAnswered{Call: call})
	}
}
