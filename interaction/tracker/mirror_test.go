package tracker_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"tieline/bridge"
	"tieline/bridge/mirror"
)

// "Init may be asked again at any time: the answer is again the current state, at one point of the
// event order: everything up to the response's seq is in it, everything after is not" (§3.2), for
// every kind of destination and over the whole border. A bridge without a plan asks for anything at
// any time, on a bus that is slow, loses acknowledgements and goes away, of a gateway that dies now
// and then. A mirror of the stream must agree with every answer: that of a bridge that was there all
// the time, and those of bridges that begin to listen somewhere in between.
func TestMirror(t *testing.T) {
	confirmed, succeeded := map[bridge.Name]int{}, map[bridge.Name]int{}
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer w.stop()
				w.settings.MaxInteractions, w.settings.WrapUpLimit = 2, 2*time.Minute
				w.settings.Station, w.settings.Transfer, w.settings.Conference, w.settings.SendDTMF = true, true, true, true
				w.restart()
				h := newHistory(w, seed)
				for range 400 {
					h.happen()
				}
				h.calm()
				told := len(h.stream())
				h.everything()
				h.lateComers(told)
				h.repeats()
				for name, n := range h.confirmed {
					confirmed[name] += n
				}
				for name, n := range h.succeeded {
					succeeded[name] += n
				}
			})
		})
	}
	done := 0
	for _, name := range []bridge.Name{
		bridge.InteractionConsult, bridge.InteractionAlternate, bridge.InteractionConsultTransfer, bridge.InteractionConsultConference,
		bridge.ConversationHold, bridge.ConversationRetrieve, bridge.ConversationTransfer, bridge.ConversationConference,
	} {
		done += succeeded[name]
	}
	if done < 40 {
		t.Errorf("the agents hold, consult and transfer again and again: %d times", done)
	}
	for _, name := range []bridge.Name{
		bridge.ControlStatusRequest, bridge.SessionInit, bridge.GroupInit, bridge.ChannelInit, bridge.InteractionInit, bridge.ConversationInit,
	} {
		if confirmed[name] < 30 {
			t.Errorf("the histories ask again and again: %s confirmed %d times what was known", name, confirmed[name])
		}
	}
}

// lateComers begin to listen at any of the first messages of the stream. None of them is told a
// contradiction, and in the end each knows as much as the bridge that was there all the time.
func (h *history) lateComers(first int) {
	h.t.Helper()
	stream := h.stream()
	for range 6 {
		from := h.IntN(first + 1)
		late := mirror.New()
		for _, a := range h.asked {
			late.Ask(a.message)
		}
		for _, m := range stream[from:] {
			if err := late.Hear(m); err != nil {
				h.t.Errorf("a bridge that begins behind message %d: %v", from, err)
			}
		}
		if !late.Equal(h.whim.Mirror) {
			h.t.Errorf("a bridge that begins behind message %d knows\n%s\nand one that was there all the time\n%s", from, late, h.whim.Mirror)
		}
	}
}

// repeats holds the answers to repeated queries, which are not on the stream, against a mirror that
// has heard it up to their seq.
func (h *history) repeats() {
	h.t.Helper()
	for _, d := range h.bus.Replies() {
		m, _, err := space.Decode(d.Header, d.Data)
		if err != nil {
			h.t.Errorf("a reply decodes: %v", err)
		}
		if m.Seq == 0 || m.Result == bridge.Failure || !isInit(m.Name) {
			continue
		}
		if err := h.upTo(m.Target.At(bridge.ObjectChannel), m.Seq).HearReply(m); err != nil {
			h.t.Errorf("a query that was repeated: %v", err)
		}
	}
}

// upTo is a mirror of the stream up to a seq of a channel.
func (h *history) upTo(channel bridge.Target, seq uint64) *mirror.Mirror {
	then := mirror.New()
	for _, m := range h.stream() {
		_ = then.Hear(m) // what it says was checked before
		if then.Seq(channel) == seq {
			break
		}
	}
	return then
}
