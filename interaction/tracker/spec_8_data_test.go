package tracker_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tieline/bridge"
)

// withData runs f with an interaction whose data begin as given.
func withData(t *testing.T, data string, f func(w *world)) {
	t.Helper()
	onChannel(t, func(w *world) {
		w.ask("d", bridge.ChannelDial, channel, `{"destination":"600","data":`+data+`}`)
		w.tell(w.alerting())
		w.init(contact)
		f(w)
	})
}

func (w *world) data() string {
	w.t.Helper()
	m := w.wantSuccess("interaction.query.data", w.request(bridge.InteractionDataQuery, contact, ""))
	return string(body[bridge.InteractionData](w, m).Data)
}

func (w *world) setData(patch string) string {
	w.t.Helper()
	return w.request(bridge.InteractionSetData, contact, `{"interaction-data":`+patch+`}`)
}

// "merge (RFC 7386)": the document's own examples, as far as their values are strings or objects.
func TestSpec_8_DataIsMerged(t *testing.T) {
	for _, merge := range [][3]string{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":"b"}`, `{"a":{"b":"c"}}`, `{"a":{"b":"c"}}`},
		{`{"a":{"b":"c"}}`, `{"a":"d"}`, `{"a":"d"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{`{"e":"x"}`, `{"nobody":null}`, `{"e":"x"}`},
	} {
		withData(t, merge[0], func(w *world) {
			w.wantSuccess("setdata", w.setData(merge[1]))
			if got := w.data(); got != merge[2] {
				t.Errorf("merge of %s and %s: %s, want %s", merge[0], merge[1], got, merge[2])
			}
		})
	}
}

// "values are strings or nested objects".
func TestSpec_8_DataValues(t *testing.T) {
	withData(t, `{"a":"1"}`, func(w *world) {
		for _, patch := range []string{`{"a":1}`, `{"a":true}`, `{"a":["x"]}`, `{"a":{"b":2}}`, `[]`, `"x"`, `null`, `7`} {
			w.wantFailure("values are strings or nested objects: "+patch, w.setData(patch), bridge.InvalidMessage)
		}
		for _, data := range []string{`{"a":1}`, `{"a":null}`, `{"a":{"b":["x"]}}`, `"x"`, `[]`} {
			id := w.request(bridge.ChannelDial, channel, `{"destination":"600","data":`+data+`}`)
			w.wantFailure("of a dial's data, too: "+data, id, bridge.InvalidMessage)
		}
		if got := w.data(); got != `{"a":"1"}` {
			t.Errorf("nothing of it is kept: %s", got)
		}
	})
}

// "at most 32 KiB in all": after the merge, and in a dial.
func TestSpec_8_DataSize(t *testing.T) {
	const most = 32 << 10
	spec(t, func(w *world) {
		w.maxBody = 2 * most
		w.restart()
		w.open()
		sized := func(key string, size int) string {
			return fmt.Sprintf(`{%q:%q}`, key, strings.Repeat("x", size-len(`{"a":""}`)))
		}
		w.ask("big", bridge.ChannelDial, channel, `{"destination":"600","data":`+sized("a", most+1)+`}`)
		w.wantFailure("at most 32 KiB in a dial", "big", bridge.InvalidMessage)
		w.ask("d", bridge.ChannelDial, channel, `{"destination":"600","data":`+sized("a", most)+`}`)
		w.tell(w.alerting())
		w.init(contact)
		if got := len(w.data()); got != most {
			t.Errorf("32 KiB are taken: %d", got)
		}
		w.wantFailure("at most 32 KiB in all", w.setData(`{"b":""}`), bridge.InvalidMessage)
		if got := len(w.data()); got != most {
			t.Errorf("nothing of it is kept: %d", got)
		}
		w.wantSuccess("what makes it smaller", w.setData(`{"a":null,"b":"1"}`))
		w.wantSuccess("as much as fits", w.setData(sized("b", most)))
	})
}

// "possible until COMPLETED".
func TestSpec_8_DataUntilCompleted(t *testing.T) {
	withData(t, `{}`, func(w *world) {
		for i, step := range []func(){
			func() {}, // DIALING
			func() { w.tell(w.answered()) },
			func() { w.tell(w.hungUp()) },
		} {
			step()
			w.wantSuccess("possible until COMPLETED", w.setData(fmt.Sprintf(`{"n":"%d"}`, i)))
		}
		w.request(bridge.InteractionComplete, contact, "")
		w.wantFailure("not after", w.setData(`{"n":"9"}`), bridge.UnknownTarget)
	})
	alerted(t, func(w *world) {
		w.wantSuccess("in ALERTING, too", w.request(bridge.InteractionSetData, inbound, `{"interaction-data":{"a":"1"}}`))
	})
}

// "interaction.datachanged carries the whole data after the merge and is not raised when nothing
// changed".
func TestSpec_8_DataChanged(t *testing.T) {
	withData(t, `{"a":"1","who":{"name":"Ann"}}`, func(w *world) {
		n := len(w.stream())
		w.setData(`{"who":{"mail":"ann@x"}}`)
		w.wantTold("the event, then the answer", n, "interaction.datachanged", "interaction.request.setdata SUCCESS")
		if got := string(w.stream()[n].Body); got != `{"interaction-data":{"a":"1","who":{"mail":"ann@x","name":"Ann"}}}` {
			t.Errorf("the whole data after the merge: %s", got)
		}
		for _, same := range []string{`{}`, `{"a":"1"}`, `{"who":{"name":"Ann"}}`, `{"nobody":null}`, `{"who":{}}`} {
			n = len(w.stream())
			w.setData(same)
			w.wantTold("not raised when nothing changed: "+same, n, "interaction.request.setdata SUCCESS")
		}
		var state map[string]json.RawMessage
		if err := json.Unmarshal(w.init(contact).Body, &state); err != nil || string(state["interaction-data"]) != w.data() {
			t.Errorf("init shows the same: %s (%v)", state["interaction-data"], err)
		}
	})
}
