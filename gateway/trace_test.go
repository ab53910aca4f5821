package gateway_test

import (
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"tieline/bridge"
	"tieline/bridge/natsbus"
	"tieline/sip"
	"tieline/sip/siptest"
)

const tracedConfig = `trunks:
  pbx-b: {address: 192.0.2.11}
  pbx-e: {address: 192.0.2.14, traceparent: true}
channel-groups:
  carrier:
    trunks: [pbx-e]
    destinations: {extensions: 1-6 digits}
`

// tracked is a system whose messages are kept with the trace that each belongs to.
type tracked struct {
	*system
	mu  sync.Mutex
	bus []string // NAME trace
	sip []string // LINE trace
}

func newTracked(t *testing.T) *tracked {
	tr := &tracked{system: newSystem(t)}
	sections, _, _ := strings.Cut(systemConfig, "trunks:\n")
	tr.start(t, sections+tracedConfig)
	tr.watched = func(e sip.TraceEvent) {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.sip = append(tr.sip, e.Line+" "+e.Trace)
	}
	_, err := tr.peer.Follow(t.Context(), natsbus.Start{}, func(m bridge.Message) {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.bus = append(tr.bus, string(m.Name)+" "+sip.TraceID(m.TraceParent))
	})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// prepare logs the agent in and forgets what was said about it.
func (tr *tracked) prepare() {
	tr.open("carrier", true)
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.bus, tr.sip = nil, nil
}

// begun is the trace of the first message on the wire.
func (tr *tracked) begun() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if len(tr.sip) == 0 {
		return ""
	}
	return tr.sip[0][strings.LastIndex(tr.sip[0], " ")+1:]
}

// want holds what was traced since the last time against it.
func (tr *tracked) want(what string, bus, wire []string) {
	tr.t.Helper()
	synctest.Wait()
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if !slices.Equal(tr.bus, bus) {
		tr.t.Errorf("%s: on the bus\n got %q\nwant %q", what, tr.bus, bus)
	}
	if !slices.Equal(tr.sip, wire) {
		tr.t.Errorf("%s: on the wire\n got %q\nwant %q", what, tr.sip, wire)
	}
	tr.bus, tr.sip = nil, nil
}

func (tr *tracked) request(name bridge.Name, id string, target bridge.Target, traceparent, body string) {
	m := bridge.Message{Type: bridge.TypeRequest, Name: name, Target: target, RequestID: id, TraceParent: traceparent, Body: json.RawMessage(body)}
	if err := tr.peer.Send(m, target); err != nil {
		tr.t.Fatal(err)
	}
	synctest.Wait()
}

const (
	trace       = "4bf92f3577b34da6a3ce929d0e0e4736"
	traceparent = "00-" + trace + "-00f067aa0ba902b7-01"
)

// TestTraceOfADial: "one trace id from the bridge's request to the INVITE and to the events".
func TestTraceOfADial(t *testing.T) {
	defer natsbus.HoldClock()()
	synctest.Test(t, func(t *testing.T) {
		tr := newTracked(t)
		defer tr.stop()
		tr.prepare()
		tr.request(bridge.ChannelDial, "d1", "s1.carrier.1001", traceparent, `{"destination":"600"}`)
		call := tr.pbx["e"].last("600")
		if h := call.Invite().GetHeader("traceparent"); h == nil || h.Value() != traceparent {
			t.Errorf("the INVITE carries the trace: %v", h)
		}
		call.Respond(180, "")
		tr.want("dialled", []string{"channel.interactionadded " + trace, "channel.request.dial " + trace}, []string{"INVITE sip:600@192.0.2.14 " + trace, "180 " + trace})
		call.Respond(486, "")
		tr.want("refused", nil, []string{"486 (INVITE) " + trace, "ACK sip:600@192.0.2.14 " + trace})

		tr.request(bridge.ChannelDial, "d2", "s1.carrier.1001", "00-no-trace-01", `{"destination":"601"}`)
		if h := tr.pbx["e"].last("601").Invite().GetHeader("traceparent"); h != nil {
			t.Errorf("what is no trace context stays on the bus: %v", h)
		}
	})
}

// TestTraceOfACall: "an INVITE with a traceparent continues the trace where its trunk may; otherwise a new one is begun".
func TestTraceOfACall(t *testing.T) {
	defer natsbus.HoldClock()()
	for _, tt := range []struct {
		pbx       string
		header    string
		continued bool
	}{{"e", traceparent, true}, {"e", "00-no-trace-01", false}, {"e", "", false}, {"b", traceparent, false}} {
		t.Run(fmt.Sprintf("%s %q", tt.pbx, tt.header), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTracked(t)
				defer tr.stop()
				tr.prepare()
				options := []siptest.Option{siptest.To("<sip:4930555@pbx>")}
				if tt.header != "" {
					options = append(options, siptest.Header("traceparent", tt.header))
				}
				call, err := tr.pbx[tt.pbx].Dial(&net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 5060}, "sip:1001@192.0.2.1", options...)
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				id := tr.begun()
				if (id == trace) != tt.continued || id == "" {
					t.Errorf("the trace of the call is %q", id)
				}
				tr.want("called", []string{"channel.interactionadded " + id}, []string{"INVITE sip:1001@192.0.2.1 " + id, "100 " + id, "180 " + id})
				call.Cancel()
				synctest.Wait()
			})
		})
	}
}
