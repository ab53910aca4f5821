package ladder

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"tieline/bridge"
	"tieline/interaction/tracker"
	"tieline/sip"
)

func added() bridge.Message {
	m := bridge.Event(bridge.ChannelInteractionAdded, "s1.g1.c1", bridge.InteractionAdded{
		Interaction: "0197-a", RequestID: "0197-r", Conversations: bridge.Conversations{Primary: &bridge.ConversationRef{ID: "0197-b"}},
	})
	m.Seq = 7
	return m
}

func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

func TestFormat(t *testing.T) {
	start := time.Unix(100, 0)
	s := Style{Start: start}
	equal(t, "a request that leaves for the telephone system",
		s.Format(OfSIP(sip.TraceEvent{Time: start.Add(3 * time.Millisecond), Out: true, Peer: "pbx", Line: "INVITE sip:600@pbx"})),
		"+0.003s  gw ─▶ pbx     INVITE sip:600@pbx")
	equal(t, "an answer from it",
		s.Format(OfSIP(sip.TraceEvent{Time: start, Peer: "pbx", Line: "180"})),
		"+0.000s  gw ◀─ pbx     180")
	dial := bridge.Message{Type: bridge.TypeRequest, Name: bridge.ChannelDial, Target: "s1.g1.c1", RequestID: "1", Body: []byte(`{"destination":"600"}`)}
	equal(t, "a request of the bridge", s.Format(OfMessage(start, true, dial)),
		`+0.000s  bridge ─▶ gw  cti.request  channel.request.dial     s1.g1.c1 {"destination":"600"}`)
	equal(t, "its answer", s.Format(OfMessage(start, false, dial.Succeed(nil))),
		`+0.000s  bridge ◀─ gw  cti.response channel.request.dial     s1.g1.c1 SUCCESS`)
	s.Width = 30
	equal(t, "a line is cut to the terminal", s.Format(OfMessage(start, true, dial)), "+0.000s  bridge ─▶ gw  cti.re…")
	s = Style{Start: start, Colour: true}
	if got := s.Format(OfMessage(start, false, dial.Fail(bridge.Busy.Error("Busy.")))); !strings.Contains(got, red) || !strings.HasSuffix(got, plain) {
		t.Errorf("a failure is red, and only it: %q", got)
	}
	if got := (Style{}).Format(OfMessage(start, true, dial)); strings.Contains(got, "+") {
		t.Errorf("without a start, the time of day is shown: %q", got)
	}
}

func TestMedia(t *testing.T) {
	describe := func(lines string) []byte {
		return []byte("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n" + lines)
	}
	held := describe("m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n")
	equal(t, "both ways is not worth a word", Media(describe("m=audio 4000 RTP/AVP 0\r\n")), "192.0.2.1:4000")
	equal(t, "another direction is", Media(held), "192.0.2.1:4000 sendonly")
	equal(t, "there may be nowhere to send to", Media(describe("m=audio 9 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n")), "inactive")
	equal(t, "and no audio", Media(describe("m=video 4 RTP/AVP 96\r\n")), "")
	l := OfSIP(sip.TraceEvent{Out: true, Peer: "pbx", Line: "INVITE sip:600@pbx", Body: held})
	s := Style{Start: time.Unix(100, 0)}
	equal(t, "it is shown on request only", s.Format(l), "+0.000s  gw ─▶ pbx     INVITE sip:600@pbx")
	s.Media = true
	equal(t, "behind the message", s.Format(l), "+0.000s  gw ─▶ pbx     INVITE sip:600@pbx                  audio 192.0.2.1:4000 sendonly")
	l.Media = ""
	equal(t, "where it says something", s.Format(l), "+0.000s  gw ─▶ pbx     INVITE sip:600@pbx")
}

func TestNames(t *testing.T) {
	var n Names
	m := added()
	equal(t, "an interaction gets short names when it is added", n.Shorten(m, m.Line()),
		`cti.event    channel.interactionadded s1.g1.c1 #7 {"interaction":"i1","type":"","direction":"","interaction-state":"","request-id":"d1","remote":{"number":"","name":""},"conversations":{"primary":{"id":"v1"}}}`)
	equal(t, "they are used from then on", n.Shorten(bridge.Message{}, "s1.g1.c1.0197-a.0197-b"), "s1.g1.c1.i1.v1")
	consult := bridge.Event(bridge.InteractionConversationAdded, "s1.g1.c1.0197-a", bridge.ConversationAdded{Conversation: "0197-c", RequestID: "0197-s"})
	equal(t, "who is consulted gets one, too", n.Shorten(consult, "s1.g1.c1.0197-a.0197-c 0197-s"), "s1.g1.c1.i1.c1 r1")
	removed := bridge.Event(bridge.ChannelInteractionRemoved, "s1.g1.c1", bridge.InteractionRemoved{Interaction: "0197-a"})
	equal(t, "the removal still uses them", n.Shorten(removed, "0197-a"), "i1")
	equal(t, "and then they are forgotten", n.Shorten(bridge.Message{}, "0197-a 0197-b 0197-c"), "0197-a 0197-b 0197-c")
}

func TestRecorderOrdersBothBorders(t *testing.T) {
	var r Recorder
	now := time.Unix(100, 0)
	var all sync.WaitGroup
	all.Go(func() { r.SIP(sip.TraceEvent{Time: now.Add(2), Peer: "pbx", Line: "180"}) })
	all.Go(func() { r.Bus(tracker.Crossing{At: now.Add(1), In: true, Message: added()}) })
	all.Go(func() { r.Bus(tracker.Crossing{At: now.Add(3), Message: added()}) })
	all.Wait()
	if err := r.Await(context.Background(), func(l Line) bool { return l.Text == "180" }); err != nil {
		t.Fatal("a line that is there is not waited for:", err)
	}
	lines := r.Take()
	if len(lines) != 3 || lines[0].Way != "bridge ─▶ gw" || lines[1].Way != "gw ◀─ pbx" || lines[2].Way != "bridge ◀─ gw" {
		t.Errorf("lines come by time, whichever border they crossed: %v", lines)
	}
	if len(r.Take()) != 0 {
		t.Error("lines are handed over once")
	}
}

func TestRecorderAwait(t *testing.T) {
	var r Recorder
	ctx, cancel := context.WithCancel(context.Background())
	gotc := make(chan error)
	go func() { gotc <- r.Await(ctx, func(l Line) bool { return l.Text == "200 (BYE)" }) }()
	r.SIP(sip.TraceEvent{Line: "180"})
	r.SIP(sip.TraceEvent{Line: "200 (BYE)"})
	if err := <-gotc; err != nil {
		t.Error("the line that is waited for ends the wait:", err)
	}
	cancel()
	if err := r.Await(ctx, func(Line) bool { return false }); err == nil {
		t.Error("the end of the context ends the wait")
	}
}
