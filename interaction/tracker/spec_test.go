package tracker_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tieline/bridge"
	"tieline/interaction"
)

// The tests TestSpec_<section>_… prove docs/protocol.md sentence by sentence, as far as it is
// decided here; the sentence stands above each. The ladders in testdata show the same in one
// piece.

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	channel      bridge.Target = "s1.sales.1001"
	contact                    = channel + ".id2" // of the first dial
	conversation               = contact + ".id3"
	inbound                    = channel + ".id1" // of the first call from outside
	leg                        = inbound + ".id2"
)

// spec runs f in virtual time on a gateway that nobody has spoken to.
func spec(t *testing.T, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.stop()
		defer w.pause(time.Minute) // for a slow bus to end
		f(w)
	})
}

// onChannel runs f with an open session, group and channel.
func onChannel(t *testing.T, f func(w *world)) {
	t.Helper()
	spec(t, func(w *world) {
		w.open()
		f(w)
	})
}

func (w *world) open() {
	w.setup()
	synctest.Wait()
}

// to says on which subject, and for which reply subject, a message is sent.
type to struct {
	subject  bridge.Target
	reply    string
	envelope bool
}

// ask sends a query or request, and waits until nothing moves any more.
func (w *world) ask(id string, name bridge.Name, target bridge.Target, body string, how ...to) {
	w.t.Helper()
	m := bridge.Message{Type: bridge.TypeRequest, Name: name, Target: target, RequestID: id, Body: json.RawMessage(body)}
	if kind, _, ok := name.Asked(); ok {
		m.Type = kind
	}
	d := bridge.Delivery{Subject: space.To(target)}
	d.Header, d.Data = space.Encode(m)
	for _, h := range how {
		d.Reply = h.reply
		if h.subject != "" {
			d.Subject = space.To(h.subject)
		}
		if h.envelope {
			d.Header, d.Data = nil, space.EncodeEnvelope(m)
		}
	}
	if err := w.bus.Deliver(d); err != nil {
		w.t.Errorf("%s is delivered: %v", name, err)
	}
	synctest.Wait()
}

func (w *world) dial(id, destination string, how ...to) {
	w.t.Helper()
	w.ask(id, bridge.ChannelDial, channel, `{"destination":"`+destination+`"}`, how...)
}

// tell brings news of the last call.
func (w *world) tell(news ...interaction.Input) {
	w.t.Helper()
	w.mu.Lock()
	post := w.calls[w.last]
	w.mu.Unlock()
	if post == nil {
		w.t.Fatalf("there is no call %s", w.last)
	}
	for _, in := range news {
		post(in)
	}
	synctest.Wait()
}

func (w *world) progress() interaction.Input { return interaction.CallProgress{Call: w.last} }
func (w *world) alerting() interaction.Input {
	return interaction.CallProgress{Call: w.last, Alerted: true}
}
func (w *world) answered() interaction.Input { return interaction.CallAnswered{Call: w.last} }
func (w *world) hungUp() interaction.Input {
	return interaction.CallEnded{Call: w.last, By: bridge.ByRemote}
}
func (w *world) failed(code bridge.Code) interaction.Input {
	return interaction.CallFailed{Call: w.last, Error: &bridge.Error{Code: code, Message: "It failed.", Tried: &bridge.Tried{Attempts: 1}}}
}

// stream is what a consumer of from.> has seen.
func (w *world) stream() []bridge.Message { return w.bus.Messages() }

// response is the one response to id.
func (w *world) response(id string) bridge.Message {
	w.t.Helper()
	var found []bridge.Message
	for _, m := range w.stream() {
		if m.Type == bridge.TypeResponse && m.RequestID == id {
			found = append(found, m)
		}
	}
	if len(found) != 1 {
		w.t.Fatalf("the stream holds exactly one response to %s: %v", id, found)
	}
	return found[0]
}

func (w *world) wantSuccess(sentence, id string) bridge.Message {
	w.t.Helper()
	m := w.response(id)
	if m.Result != bridge.Success {
		w.t.Errorf("%s: %s", sentence, m.Line())
	}
	return m
}

func (w *world) wantFailure(sentence, id string, code bridge.Code) bridge.Message {
	w.t.Helper()
	m := w.response(id)
	if e := m.Err(); e == nil || e.Code != code || m.ErrorMessage == "" {
		w.t.Errorf("%s: want %s, got %s", sentence, code, m.Line())
	}
	return m
}

func (w *world) wantNoResponse(sentence, id string) {
	w.t.Helper()
	for _, m := range w.stream() {
		if m.Type == bridge.TypeResponse && m.RequestID == id {
			w.t.Errorf("%s: %s", sentence, m.Line())
		}
	}
}

// told is the names of what was told at target, and behind a response its result, since the
// first n messages of the stream.
func (w *world) told(n int, targets ...bridge.Target) []string {
	names := []string{}
	for _, m := range w.stream()[n:] {
		if len(targets) > 0 && !slices.Contains(targets, m.Target) {
			continue
		}
		name := string(m.Name)
		if m.Result != "" {
			name += " " + string(m.Result)
		}
		names = append(names, name)
	}
	return names
}

func (w *world) wantTold(sentence string, n int, want ...string) {
	w.t.Helper()
	if got := w.told(n); !slices.Equal(got, want) {
		w.t.Errorf("%s:\n got %q\nwant %q", sentence, got, want)
	}
}

// wantPBX compares what the telephone system was told since its first n orders.
func (w *world) wantPBX(sentence string, n int, want ...string) {
	w.t.Helper()
	if got := w.pbx()[n:]; !slices.Equal(got, want) {
		w.t.Errorf("%s:\n got %q\nwant %q", sentence, got, want)
	}
}

func (w *world) pbx() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	orders := []string{}
	for _, l := range w.lines {
		if order, ok := strings.CutPrefix(l.text, "gw ─▶ pbx     "); ok {
			orders = append(orders, order)
		}
	}
	return orders
}

// repliesTo is what was sent to one reply subject.
func (w *world) repliesTo(subject string) []bridge.Delivery {
	var out []bridge.Delivery
	for _, d := range w.bus.Replies() {
		if d.Subject == subject {
			out = append(out, d)
		}
	}
	return out
}

func (w *world) wantReply(sentence, subject string) bridge.Message {
	w.t.Helper()
	replies := w.repliesTo(subject)
	if len(replies) != 1 {
		w.t.Fatalf("%s: one reply, not %d", sentence, len(replies))
	}
	m, _, err := space.Decode(replies[0].Header, replies[0].Data)
	if err != nil {
		w.t.Errorf("%s: the reply decodes: %v", sentence, err)
	}
	return m
}

// placed counts the calls that were placed, hung those that were hung up.
func (w *world) placed() int { return w.count("gw ─▶ pbx     call") }
func (w *world) hung() int   { return w.count("gw ─▶ pbx     hang up") }

func (w *world) count(prefix string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, l := range w.lines {
		if len(l.text) >= len(prefix) && l.text[:len(prefix)] == prefix {
			n++
		}
	}
	return n
}

func (w *world) pause(d time.Duration) {
	time.Sleep(d) // virtual
	synctest.Wait()
}

func body[T any](w *world, m bridge.Message) (v T) {
	w.t.Helper()
	if err := bridge.DecodeBody(m, &v); err != nil {
		w.t.Errorf("the body of %s: %v", m.Line(), err)
	}
	return v
}
