package tracker_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"tieline/bridge"
)

// "Headers + JSON body (canonical) … Envelope … A request in this form is answered in this form":
// whoever asks the same things in the one and in the other gets the same answers, header by header
// and body by body, whatever kind of answer it is.
func TestSpec_2_TheSameAnswerInEitherEncoding(t *testing.T) {
	canonical, envelope := conversationIn(t, false), conversationIn(t, true)
	if len(canonical) != len(envelope) {
		t.Fatalf("as many answers: %d and %d", len(canonical), len(envelope))
	}
	names, codes := []string{}, map[bridge.Code]bool{}
	for i, c := range canonical {
		e := envelope[i]
		names = append(names, c.header["name"]+" "+c.header["result"])
		if !maps.Equal(c.header, e.header) {
			t.Errorf("the same headers of %s:\n canonical %v\n envelope  %v", c.header["name"], c.header, e.header)
		}
		if c.body != e.body {
			t.Errorf("the same body of %s:\n canonical %s\n envelope  %s", c.header["name"], c.body, e.body)
		}
		var failure struct {
			Error struct{ Code bridge.Code }
		}
		if err := json.Unmarshal([]byte(c.body), &failure); err == nil && c.header["result"] == "FAILURE" {
			codes[failure.Error.Code] = true
		}
	}
	for _, kind := range []string{"cti.query.capabilities SUCCESS", "channel.request.dial SUCCESS", "channel.request.dial FAILURE", "channel.request.ready SUCCESS"} {
		if !slices.Contains(names, kind) {
			t.Errorf("each kind of answer is compared, %s is not: %q", kind, names)
		}
	}
	if len(codes) < 12 {
		t.Errorf("each kind of failure is compared: %v", codes)
	}
}

// reply is one as it arrives, in whichever form.
type reply struct {
	header map[string]string
	body   string
}

// conversationIn asks the same things in the same moments in one of the encodings, and returns the
// replies in order.
func conversationIn(t *testing.T, envelope bool) (replies []reply) {
	t.Helper()
	onChannel(t, func(w *world) {
		w.everyKindOfAnswer(to{reply: "inbox", envelope: envelope})
		for _, d := range w.repliesTo("inbox") {
			r := reply{header: map[string]string{}, body: string(d.Data)}
			for k, v := range d.Header {
				r.header[k] = v[0]
			}
			if envelope {
				var e struct {
					Header map[string]string
					Body   json.RawMessage
				}
				if err := json.Unmarshal(d.Data, &e); err != nil || len(d.Header) > 0 {
					t.Errorf("answered in an envelope: %v %s", d.Header, d.Data)
				}
				r = reply{e.Header, string(e.Body)}
			}
			replies = append(replies, r)
		}
	})
	return replies
}

// everyKindOfAnswer asks for each kind of answer that is decided here: with and without a body,
// stored or not, at once or later, and failures of every sort.
func (w *world) everyKindOfAnswer(how to) {
	setup := how
	setup.subject = "s1.sales.1002"
	w.request(bridge.ControlCapabilities, bridge.Control, "", how)
	w.request(bridge.ControlValidateCredentials, bridge.Control, `{"end-point":"1","password":"x"}`, how)
	w.request(bridge.ChannelReadyRequest, channel, "", how)
	w.request(bridge.GroupAddChannel, "s1.sales", `{"channel":"1002","end-point":"1002","type":"Telephony"}`, setup)
	w.request(bridge.ChannelReadyRequest, "s1.sales.1002", "", how)
	w.request(bridge.GroupAddChannel, "s1.sales", `{"channel":"1002","end-point":"7","type":"Telephony"}`, setup)
	w.request(bridge.SessionDispose, "s1", "", setup)
	w.request(bridge.ChannelDial, channel, `{"destination":7}`, how)
	w.request(bridge.ChannelDial, channel, `[]`, how)
	w.request(bridge.ChannelDial, channel, `{"destination":"nobody"}`, how)
	w.request(bridge.ChannelDial, channel, `{"destination":"0900"}`, how)
	w.request("channel.request.paint", channel, "", how)
	w.request(bridge.SessionInit, "s7", "", how)
	w.dial("refused", "600", how)
	w.tell(w.failed(bridge.Busy))
	w.dial("refused", "600", how)
	w.dial("refused", "601", how)
	w.dial("answered", "600", how)
	w.dial("answered", "600", how)
	w.tell(w.answered())
	w.dial("busy", "601", how)
	w.ask("query", bridge.ChannelInit, channel, "", how)
	w.ask("query", bridge.ChannelInit, channel, "", how)
	w.tell(w.hungUp())
	w.dial("lost", "602", how)
	w.bus.RefuseNext(1)
	w.tell(w.alerting())
	w.dial("cancelled", "603", how)
	w.request(bridge.ChannelDispose, channel, "", how)
	w.tracker.Drain()
	how.subject = "s3"
	w.request(bridge.ControlAddSession, bridge.Control, `{"session":"s3","agent":{"id":"","name":""}}`, how)
	how.subject = channel
	w.ask("", bridge.ChannelInit, channel, "", how) // nothing to tie it to
}
