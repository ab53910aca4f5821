package tracker_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tieline/bridge"
	"tieline/bridge/contract"
)

// "Unknown headers and body keys are ignored (forward compatibility)": every query and request of the
// document has the same effect and the same answer when a bridge of a later version has added to it.
func TestLaterVersion(t *testing.T) {
	for _, m := range contract.Asked(t) {
		t.Run(string(m.Name), func(t *testing.T) {
			m, subject := here(t, m)
			now := effects(t, func(w *world) bridge.Delivery {
				h, data := space.Encode(m)
				return bridge.Delivery{Subject: space.To(subject), Header: h, Data: data, Reply: "inbox"}
			})
			later := effects(t, func(w *world) bridge.Delivery {
				h, data := contract.Later(m)
				return bridge.Delivery{Subject: space.To(subject), Header: h, Data: data, Reply: "inbox"}
			})
			if !slices.Equal(now, later) || len(now) == 0 {
				t.Errorf("of a later version:\n%s\nof this one:\n%s", strings.Join(later, "\n"), strings.Join(now, "\n"))
			}
		})
	}
}

// here is an example on the destinations of these tests, with the destination that it is sent to.
func here(t *testing.T, m bridge.Message) (bridge.Message, bridge.Target) {
	t.Helper()
	m.Target = []bridge.Target{bridge.Control, "s1", "s1.sales", channel, contact, conversation}[m.Target.Object()]
	var child map[string]any
	if err := json.Unmarshal(m.Body, &child); len(m.Body) > 0 && err != nil {
		t.Fatal(err)
	}
	name := func(key string) bridge.Target { return m.Target.Child(fmt.Sprint(child[key])) }
	switch m.Name {
	case bridge.ControlAddSession:
		return m, name("session")
	case bridge.SessionAddChannelGroup:
		return m, name("channel-group")
	case bridge.GroupAddChannel:
		return m, name("channel")
	case bridge.ChannelPrepareInteraction:
		m.Body = json.RawMessage(`{"interaction":"id2"}`)
		return m, contact
	case bridge.InteractionPrepareConversation:
		m.Body = json.RawMessage(`{"conversation":"id3"}`)
		return m, conversation
	}
	return m, m.Target
}

// effects is all that crosses the borders after one message, and after the call in progress is over.
func effects(t *testing.T, message func(*world) bridge.Delivery) (lines []string) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.stop()
		w.settings.MaxInteractions, w.settings.CallerIDAllowed = 2, true
		w.restart()
		w.open()
		w.dial("d1", "600")
		w.tell(w.alerting())
		w.ask("q1", bridge.InteractionInit, contact, "")
		w.ask("q2", bridge.ConversationInit, conversation, "")
		w.crossed()
		if err := w.bus.Deliver(message(w)); err != nil {
			t.Errorf("it is delivered: %v", err)
		}
		w.pause(time.Second)
		w.ask("q3", bridge.InteractionInit, contact, "")
		lines = strings.Split(w.crossed(), "\n")
	})
	return lines
}

// A gateway of another version has written more into the ledger than this one knows.
func TestLedgerOfALaterVersion(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600", to{reply: "first"})
		w.tell(w.failed(bridge.Busy))
		var record map[string]any
		if err := json.Unmarshal(w.bus.Entry("d1"), &record); err != nil {
			t.Fatal(err)
		}
		record["later"] = map[string]any{"a": 1}
		for _, part := range []string{"request", "answer"} {
			inner, ok := record[part].(map[string]any)
			if !ok {
				t.Fatalf("the record has a %s: %v", part, record)
			}
			inner["later"] = []any{true}
		}
		value, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		w.bus.Finish("d1", value, func(error) {})
		w.restart()
		w.open()
		w.dial("d1", "600", to{reply: "second"})
		first, second := w.wantReply("first", "first"), w.wantReply("second", "second")
		if !reflect.DeepEqual(first.Err(), second.Err()) || first.Seq != second.Seq || w.placed() != 1 {
			t.Errorf("the stored answer: %s, not %s", second.Line(), first.Line())
		}
	})
}
