//go:build interop

package interop

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tieline/bridge"
	"tieline/bridge/natsbus"
)

// The agent's channel.
const (
	session bridge.Target = "s1"
	group                 = session + ".sales"
	channel               = group + ".1001"
)

// agent is a bridge with one agent who is logged in to one channel. It remembers everything
// that the gateway has said since, in the stream's order.
type agent struct {
	t     *testing.T
	peer  *natsbus.Peer
	taken []string // inbound calls that a test has taken up

	mu    sync.Mutex
	said  []bridge.Message
	morec chan struct{} // closed, and made anew, when something was said
}

// connectAgent waits until the gateway answers.
func connectAgent(t *testing.T) *agent {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	peer, err := natsbus.Connect(ctx, natsbus.PeerConfig{URL: natsURL, Space: bridge.Space{Prefix: "cti", Processor: "acme"}})
	must(t, err, "connect to the gateway's NATS")
	t.Cleanup(peer.Close)
	a := &agent{t: t, peer: peer, morec: make(chan struct{})}
	eventually(t, "the gateway answers", func() bool {
		m, err := a.try(bridge.ControlStatusRequest, bridge.Control, bridge.Control, nil)
		return err == nil && m.Result == bridge.Success
	})
	return a
}

// logIn waits for the gateway and sets up session, group and channel (protocol.md §4 to §7).
func logIn(t *testing.T) *agent {
	t.Helper()
	a := connectAgent(t)
	_, err := a.peer.Follow(t.Context(), natsbus.Start{}, a.hear)
	must(t, err, "follow the stream")
	eventually(t, "the gateway is STARTED and takes a session", func() bool {
		m, err := a.try(bridge.ControlAddSession, bridge.Control, session, bridge.AddSession{Session: session.ID(), Agent: bridge.Agent{ID: "alice", Name: "Alice"}})
		return err == nil && m.Result == bridge.Success
	})
	a.ask(bridge.SessionInit, session, session, nil)
	a.ask(bridge.SessionAddChannelGroup, session, group, bridge.GroupRef{ChannelGroup: group.ID()})
	a.ask(bridge.GroupInit, group, group, nil)
	a.ask(bridge.GroupAddChannel, group, channel, bridge.ChannelRef{Channel: channel.ID(), EndPoint: channel.ID(), Type: bridge.Telephony})
	a.ask(bridge.ChannelInit, channel, channel, nil)
	return a
}

// on is the same agent for a part of the test.
func (a *agent) on(t *testing.T) *agent {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.t = t
	return a
}

func (a *agent) hear(m bridge.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.said = append(a.said, m)
	close(a.morec)
	a.morec = make(chan struct{})
}

func (a *agent) heard() ([]bridge.Message, <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.said), a.morec
}

// await returns the first message that fits, and fails the test if none comes.
func (a *agent) await(sentence string, fits func(bridge.Message) bool) bridge.Message {
	a.t.Helper()
	deadline := time.After(patience)
	for {
		said, morec := a.heard()
		if i := slices.IndexFunc(said, fits); i >= 0 {
			return said[i]
		}
		select {
		case <-morec:
		case <-deadline:
			a.t.Fatalf("not within %v: %s; heard:\n%s", patience, sentence, ladder(said))
		}
	}
}

func ladder(said []bridge.Message) string {
	var b strings.Builder
	for _, m := range said {
		b.WriteString(m.Line() + "\n")
	}
	return b.String()
}

// ask is try for what has to succeed.
func (a *agent) ask(name bridge.Name, target, to bridge.Target, body any) bridge.Message {
	a.t.Helper()
	m, err := a.try(name, target, to, body)
	must(a.t, err, "ask "+string(name))
	if m.Result != bridge.Success {
		a.t.Fatalf("%s is answered %s", name, m.Line())
	}
	return m
}

// start asks and does not wait; answer does.
func (a *agent) start(name bridge.Name, target bridge.Target, body any) (answer func() bridge.Message) {
	a.t.Helper()
	t, endc := a.t, make(chan struct{})
	var m bridge.Message
	var err error
	go func() {
		defer close(endc)
		m, err = a.send(t.Context(), name, target, target, body)
	}()
	return func() bridge.Message {
		t.Helper()
		<-endc
		must(t, err, "ask "+string(name))
		return m
	}
}

// try sends a query or request and returns its answer. For a setup request, to is the child.
func (a *agent) try(name bridge.Name, target, to bridge.Target, body any) (bridge.Message, error) {
	a.t.Helper()
	return a.send(a.t.Context(), name, target, to, body)
}

func (a *agent) send(ctx context.Context, name bridge.Name, target, to bridge.Target, body any) (bridge.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return bridge.Message{}, err
		}
	}
	kind, _, _ := name.Asked()
	return a.peer.Request(ctx, bridge.Message{Type: kind, Name: name, Target: target, RequestID: uuid.NewString(), Body: data}, to)
}
