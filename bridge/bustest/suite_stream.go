package bustest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tieline/bridge"
)

func eventBeforeResponse(t *testing.T, h Harness) {
	const lanes, pairs = 20, 100
	var mu sync.Mutex
	events := map[string]bool{}
	wrong, seen := 0, 0
	donec := make(chan struct{}, 1)
	h.Follow(func(m bridge.Message) {
		mu.Lock()
		defer mu.Unlock()
		key := fmt.Sprint(m.Target, m.Seq)
		if m.Type == bridge.TypeEvent {
			events[key] = true
		} else if !events[key] {
			wrong++
		}
		if seen++; seen == 2*lanes*pairs {
			donec <- struct{}{}
		}
	})
	var wg sync.WaitGroup
	for lane := range lanes {
		target := bridge.Target(fmt.Sprintf("s1.%s.c%d", h.Group, lane))
		wg.Go(func() {
			for seq := uint64(1); seq <= pairs; seq++ {
				e := event(target, seq)
				r := bridge.Message{Type: bridge.TypeRequest, Name: bridge.ChannelDial, Target: target, RequestID: "r"}.Succeed(nil)
				r.Seq = seq
				mustPublishAside(t, h.Bus, e, fmt.Sprintf("%s-%d-e", target, seq))
				mustPublishAside(t, h.Bus, r, fmt.Sprintf("%s-%d-r", target, seq))
			}
		})
	}
	wg.Wait()
	await(t, "the stream's messages", donec)
	mu.Lock()
	defer mu.Unlock()
	if wrong > 0 {
		t.Errorf("%d of %d responses were seen before their event", wrong, lanes*pairs)
	}
}

// mustPublishAside is mustPublish for goroutines other than the test's.
func mustPublishAside(t *testing.T, b Bus, m bridge.Message, id string) {
	donec := make(chan error, 1)
	b.Publish(m, id, func(err error) { donec <- err })
	if err := <-donec; err != nil {
		t.Errorf("publication %s: %v", id, err)
	}
}

func publicationOrder(t *testing.T, h Harness) {
	const n = 2000
	target := bridge.Target("s1." + h.Group + ".c1")
	seqc := make(chan uint64, n)
	h.Follow(func(m bridge.Message) { seqc <- m.Seq })
	for i := range uint64(n) {
		h.Bus.Publish(event(target, i+1), fmt.Sprint("m", i+1), func(err error) {
			if err != nil {
				t.Errorf("publication %d: %v", i+1, err)
			}
		})
	}
	for i := range uint64(n) {
		if seq := await(t, "the stream's messages", seqc); seq != i+1 {
			t.Fatalf("message %d of the stream has seq %d", i+1, seq)
		}
	}
}

func storedOnce(t *testing.T, h Harness) {
	target := bridge.Target("s1." + h.Group + ".c1")
	seqc := make(chan uint64, 10)
	h.Follow(func(m bridge.Message) { seqc <- m.Seq })
	mustPublish(t, h.Bus, event(target, 1), "same")
	mustPublish(t, h.Bus, event(target, 1), "same")
	mustPublish(t, h.Other, event(target, 1), "same")
	mustPublish(t, h.Bus, event(target, 2), "other")
	if first, second := await(t, "first", seqc), await(t, "second", seqc); first != 1 || second != 2 {
		t.Errorf("the stream holds seq %d then %d, want 1 then 2", first, second)
	}
}

func doneOnceNeverSynchronous(t *testing.T, h Harness) {
	const n = 300
	var within atomic.Bool
	var calls [n]atomic.Int32
	var wg sync.WaitGroup
	ask := func(i int, f func(done func(error))) {
		var returned atomic.Bool
		var release sync.Mutex // done waits here until the call has returned
		release.Lock()
		wg.Add(1)
		f(func(error) {
			release.Lock()
			defer release.Unlock()
			if !returned.Load() {
				within.Store(true)
			}
			if calls[i].Add(1) == 1 {
				wg.Done()
			}
		})
		returned.Store(true)
		release.Unlock()
	}
	target := bridge.Target("s1." + h.Group + ".c1")
	huge := json.RawMessage(`{"x":"` + string(bytes.Repeat([]byte("x"), 2<<20)) + `"}`)
	for i := range n {
		if i == n/2 {
			h.SetDown(true)
		}
		ask(i, func(done func(error)) {
			switch i % 4 {
			case 0:
				h.Bus.Publish(event(target, 1), fmt.Sprint(i), done)
			case 1:
				h.Bus.Claim(fmt.Sprint(i%20), []byte{byte(i)}, func(_ []byte, err error) { done(err) })
			case 2:
				h.Bus.Finish(fmt.Sprint(i), []byte{1}, done)
			case 3:
				m := event(target, 1)
				m.Body = huge
				h.Bus.Publish(m, fmt.Sprint(i), done)
			}
		})
	}
	allc := make(chan struct{}, 1)
	go func() { wg.Wait(); allc <- struct{}{} }()
	await(t, "all callbacks", allc)
	h.SetDown(false)
	mustPublish(t, h.Bus, event(target, 2), "last")
	for i := range calls {
		if c := calls[i].Load(); c != 1 {
			t.Errorf("done of call %d was called %d times", i, c)
		}
	}
	if within.Load() {
		t.Error("done was called before the call that took it had returned")
	}
}

func doneMayPublish(t *testing.T, h Harness) {
	target := bridge.Target("s1." + h.Group + ".c1")
	donec := make(chan error, 1)
	h.Bus.Publish(event(target, 1), "1", func(error) {
		h.Bus.Claim("k", []byte("v"), func([]byte, error) {
			h.Bus.Publish(event(target, 2), "2", func(err error) { donec <- err })
		})
	})
	await(t, "the second publication", mapErr(t, donec))
}

func mapErr(t *testing.T, errc <-chan error) <-chan struct{} {
	okc := make(chan struct{}, 1)
	go func() {
		if err := <-errc; err != nil {
			t.Errorf("unexpected: %v", err)
		}
		okc <- struct{}{}
	}()
	return okc
}

func tooLarge(t *testing.T, h Harness) {
	target := bridge.Target("s1." + h.Group + ".c1")
	m := event(target, 1)
	m.Body = json.RawMessage(`{"x":"` + string(bytes.Repeat([]byte("x"), 2<<20)) + `"}`)
	if err := publish(t, h.Bus, m, "huge"); !errors.Is(err, bridge.ErrRefused) {
		t.Errorf("two megabytes: %v, want ErrRefused", err)
	}
	mustPublish(t, h.Bus, event(target, 1), "small")
}

func lastSeq(t *testing.T, h Harness) {
	channel := bridge.Target("s1." + h.Group + ".c1")
	want := func(when string, target bridge.Target, want uint64) {
		t.Helper()
		if got, err := h.Bus.LastSeq(t.Context(), target); err != nil || got != want {
			t.Errorf("%s: LastSeq(%s) = %d, %v; want %d", when, target, got, err, want)
		}
	}
	want("nothing stored", channel, 0)
	// A neighbour whose id begins alike, and the session above, are other destinations.
	mustPublish(t, h.Bus, event(channel+"0", 77), "a")
	mustPublish(t, h.Bus, bridge.Event(bridge.SessionDisposed, "s1", nil), "b")
	want("only others", channel, 0)
	for i, target := range []bridge.Target{channel, channel + ".i1", channel + ".i1.v1", channel + ".i2", channel} {
		mustPublish(t, h.Bus, event(target, uint64(i)+1), fmt.Sprint("c", i))
		want("after "+string(target), channel, uint64(i)+1)
	}
	want("the neighbour", channel+"0", 77)

	note := func(target bridge.Target, seq uint64) {
		t.Helper()
		donec := make(chan error, 1)
		h.Bus.NoteSeq(target, seq, func(err error) { donec <- err })
		if err := await(t, "the note", donec); err != nil {
			t.Errorf("NoteSeq(%s, %d): %v", target, seq, err)
		}
	}
	silent := bridge.Target("s1." + h.Group + ".c2")
	note(silent, 4)
	note(silent, 5)
	want("noted", silent, 5)
	mustPublish(t, h.Bus, event(silent, 6), "silent")
	want("noted and spoken since", silent, 6)
}

func findResponse(t *testing.T, h Harness) {
	target := bridge.Target("s1." + h.Group + ".c1")
	since := time.Now()
	for i := range 5 {
		id := fmt.Sprint("r", i)
		m := bridge.Message{Type: bridge.TypeRequest, Name: bridge.ChannelDial, Target: target, RequestID: id}.Succeed(nil)
		m.Seq = uint64(i) + 1
		mustPublish(t, h.Bus, event(target+".i1", 9), id+"e")
		mustPublish(t, h.Bus, m, id)
	}
	for i := range 5 {
		m, found, err := h.Bus.Response(t.Context(), target, fmt.Sprint("r", i), since)
		if err != nil || !found || m.Seq != uint64(i)+1 || m.Result != bridge.Success {
			t.Errorf("response %d: %+v, %v, %v", i, m, found, err)
		}
	}
	for _, other := range []struct {
		target bridge.Target
		id     string
	}{{target, "r5"}, {target + ".i1", "r1"}, {target + "0", "r1"}} {
		if m, found, err := h.Bus.Response(t.Context(), other.target, other.id, since); found || err != nil {
			t.Errorf("response %s of %s: %+v, %v, %v; want none", other.id, other.target, m, found, err)
		}
	}
}

func disconnect(t *testing.T, h Harness) {
	const n = 20
	target := bridge.Target("s1." + h.Group + ".c1")
	seqc := make(chan uint64, 10*n)
	mustPublish(t, h.Bus, event(target, 1), "1")
	h.SetDown(true)
	if h.Bus.Connected() {
		t.Error("Connected is true while the bus is down")
	}
	for seq := uint64(2); seq <= n; seq++ {
		if err := publish(t, h.Bus, event(target, seq), fmt.Sprint(seq)); !errors.Is(err, bridge.ErrUnsure) {
			t.Fatalf("publication %d while down: %v, want ErrUnsure", seq, err)
		}
	}
	if _, err := claim(t, h.Bus, "k", "v"); !errors.Is(err, bridge.ErrUnsure) {
		t.Errorf("claim while down: %v, want ErrUnsure", err)
	}
	h.SetDown(false)
	for seq := uint64(2); seq <= n; seq++ {
		mustPublish(t, h.Bus, event(target, seq), fmt.Sprint(seq))
	}
	h.Follow(func(m bridge.Message) { seqc <- m.Seq })
	for want := uint64(1); want <= n; want++ {
		if seq := await(t, "the stream's messages", seqc); seq != want {
			t.Fatalf("seq %d where %d belongs", seq, want)
		}
	}
	if existing, err := claim(t, h.Bus, "k", "v"); existing != nil || err != nil {
		t.Errorf("claim once it is back: %q, %v; want it to be ours", existing, err)
	}
}
