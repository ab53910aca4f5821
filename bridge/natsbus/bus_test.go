package natsbus

import (
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	"tieline/bridge"
)

func ask(name bridge.Name, target bridge.Target, id string) bridge.Message {
	return bridge.Message{Type: bridge.TypeQuery, Name: name, Target: target, RequestID: id}
}

// One connection, one intake: two subscriptions that feed one Go channel keep the order in
// which the messages arrived (architecture: order, by construction).
func TestOneIntakeKeepsTheOrderOfManySubscriptions(t *testing.T) {
	const n = 100_000
	b := open(t, memoryConfig())
	p := peer(t, b)
	c, err := b.Intake()
	if err != nil {
		t.Fatal(err)
	}
	subjects := []string{space().To("s1"), space().To("s1.sales"), space().To("s1.sales.c1.i1")}
	go func() {
		for i := range n {
			m := &nats.Msg{Subject: subjects[i%len(subjects)], Data: strconv.AppendInt(nil, int64(i), 10)}
			if err := p.nc.PublishMsg(m); err != nil {
				t.Errorf("send: %v", err)
			}
		}
	}()
	for i := range n {
		if d := await(t, "deliveries", c); string(d.Data) != strconv.Itoa(i) {
			t.Fatalf("message %s arrived in place %d; dropped: %d", d.Data, i, b.Dropped())
		}
	}
}

// If nobody serves the group, NATS answers "no responders" (protocol.md §2).
func TestNobodyServesTheGroup(t *testing.T) {
	b := open(t, memoryConfig())
	p := peer(t, b)
	if _, err := b.Intake(); err != nil {
		t.Fatal(err)
	}
	_, err := p.Request(t.Context(), ask(bridge.ChannelInit, "s1.support.c1", "1"), "s1.support.c1")
	if !errors.Is(err, ErrNobody) {
		t.Errorf("request to a group that nobody serves: %v, want ErrNobody", err)
	}
}

func TestPeerAsksAndIsAnswered(t *testing.T) {
	b := open(t, memoryConfig())
	p := peer(t, b)
	c, err := b.Intake()
	if err != nil {
		t.Fatal(err)
	}
	seenc := make(chan bridge.Message, 1)
	if err := p.Asked(t.Context(), func(m bridge.Message, to bridge.Target) {
		if to != "s1.sales.c1" {
			t.Errorf("watched on %s", to)
		}
		seenc <- m
	}); err != nil {
		t.Fatal(err)
	}
	go func() {
		d := <-c
		m, _, err := space().Decode(d.Header, d.Data)
		if err != nil {
			t.Errorf("decode: %v", err)
		}
		h, data := space().Encode(m.Fail(bridge.Busy.Error("The line is busy.")))
		if err := b.Reply(d.Reply, h, data); err != nil {
			t.Errorf("reply: %v", err)
		}
	}()
	m, err := p.Request(t.Context(), ask(bridge.ChannelInit, "s1.sales.c1", "1"), "s1.sales.c1")
	if err != nil || m.Err() == nil || m.Err().Code != bridge.Busy || m.RequestID != "1" {
		t.Errorf("answer: %+v, %v", m, err)
	}
	if m := await(t, "the watched query", seenc); m.RequestID != "1" {
		t.Errorf("watched %+v", m)
	}
}

func TestFollowStarts(t *testing.T) {
	b := open(t, memoryConfig())
	p := peer(t, b)
	store := func(seq uint64) {
		if err := publish(t, b, event("s1.sales.c1", seq), strconv.FormatUint(seq, 10)); err != nil {
			t.Fatal(err)
		}
	}
	for seq := range uint64(3) {
		store(seq + 1)
	}
	for name, c := range map[string]struct {
		from  Start
		first uint64
	}{"all": {Start{All: true}, 1}, "from the third": {Start{Seq: 3}, 3}, "new": {Start{}, 4}, "from an hour ago": {Start{Time: time.Now().Add(-time.Hour)}, 1}} {
		seqc := make(chan uint64, 10)
		if _, err := p.Follow(t.Context(), c.from, func(m bridge.Message) { seqc <- m.Seq }); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		defer func() {
			for want := c.first; want <= 4; want++ {
				if seq := await(t, name, seqc); seq != want {
					t.Errorf("%s: seq %d where %d belongs", name, seq, want)
				}
			}
		}()
	}
	store(4)
}

// Who keeps the position goes on behind it; where the stream does not reach to it, it was
// made anew, and nothing would come.
func TestFollowGoesOnBehindAPosition(t *testing.T) {
	b := open(t, memoryConfig())
	p := peer(t, b)
	for seq := range uint64(5) {
		if err := publish(t, b, event("s1.sales.c1", seq+1), strconv.FormatUint(seq, 10)); err != nil {
			t.Fatal(err)
		}
	}
	type stored struct{ seq, position uint64 }
	for _, from := range []Start{{All: true}, {Seq: 1}, {Seq: 4}} {
		storedc := make(chan stored, 10)
		if _, err := p.FollowAt(t.Context(), from, func(m bridge.Message, position uint64) { storedc <- stored{m.Seq, position} }); err != nil {
			t.Fatal(err)
		}
		for want := max(from.Seq, 1); want <= 5; want++ {
			if s := await(t, "what is stored", storedc); s.seq != want || s.position != want {
				t.Errorf("from %+v: %+v where %d belongs", from, s, want)
			}
		}
	}
	if _, err := p.FollowAt(t.Context(), Start{Seq: 6}, func(bridge.Message, uint64) {}); err != nil {
		t.Errorf("the next number is what comes next: %v", err)
	}
	if _, err := p.FollowAt(t.Context(), Start{Seq: 7}, func(bridge.Message, uint64) {}); !errors.Is(err, ErrNotReached) {
		t.Errorf("behind the end: %v, want ErrNotReached", err)
	}
}

func TestFollowEndsWithThePeer(t *testing.T) {
	b := open(t, memoryConfig())
	p, err := b.Peer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	endedc, err := p.Follow(t.Context(), Start{}, func(bridge.Message) {})
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	<-endedc
}

func TestStopIntakeHandsOverWhatHasArrived(t *testing.T) {
	host := open(t, memoryConfig())
	b, _ := cabled(t, host)
	p := peer(t, host)
	c, err := b.Intake()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if err := p.Send(ask(bridge.ChannelInit, "s1.sales.c1", strconv.Itoa(i+1)), "s1.sales.c1"); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.StopIntake()
	n := 0
	for range c {
		n++
	}
	if n != 100 {
		t.Errorf("%d of 100 messages were handed over", n)
	}
	if _, err := p.Request(t.Context(), ask(bridge.ChannelInit, "s1.sales.c1", "x"), "s1.sales.c1"); !errors.Is(err, ErrNobody) {
		t.Errorf("after the intake has stopped: %v", err)
	}
}

func TestDroppedMessagesAreCountedAndLogged(t *testing.T) {
	log := &logBook{}
	cfg := memoryConfig()
	cfg.Logger = log.logger()
	b := open(t, cfg)
	p := peer(t, b)
	if _, err := b.Intake(); err != nil { // and nobody reads
		t.Fatal(err)
	}
	for range intakeBuffer + 1000 {
		if err := p.Send(ask(bridge.SessionInit, "s1", "1"), "s1"); err != nil {
			t.Fatal(err)
		}
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for b.Dropped() == 0 || log.count("requests are dropped") == 0 {
		<-tick.C
	}
}

func TestCloseTellsWhatIsOpen(t *testing.T) {
	b := open(t, memoryConfig())
	b.asker.ask("nobody.answers.this", nil, nil, func(*nats.Msg, error) {}) // no responders
	if _, err := b.nc.Subscribe("silence", func(*nats.Msg) {}); err != nil {
		t.Fatal(err)
	}
	toldc := make(chan error, 1)
	b.asker.ask("silence", nil, nil, func(_ *nats.Msg, err error) { toldc <- err })
	b.nc.Close() // the worst that can happen before Close
	closeBus(t, b)
	if err := await(t, "the open question", toldc); err == nil {
		t.Error("a question without an answer was told nothing is wrong")
	}
	refusedc := make(chan error, 1)
	b.Publish(event("s1.sales.c1", 1), "late", func(err error) { refusedc <- err })
	if err := await(t, "a publication after Close", refusedc); !errors.Is(err, bridge.ErrUnsure) {
		t.Errorf("a publication after Close: %v", err)
	}
}

// Time-outs come at their time, and leave nothing behind that could swallow a later one.
func TestSilenceTimesOut(t *testing.T) {
	defer HoldClock()()
	synctest.Test(t, func(t *testing.T) {
		b := open(t, memoryConfig())
		if _, err := b.nc.Subscribe("silence", func(*nats.Msg) {}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			began := time.Now()
			tookc := make(chan time.Duration, 2)
			for range 2 {
				b.asker.ask("silence", nil, nil, func(_ *nats.Msg, err error) {
					if !errors.Is(err, nats.ErrTimeout) {
						t.Errorf("silence: %v", err)
					}
					tookc <- time.Since(began)
				})
			}
			if first, second := <-tookc, <-tookc; first != ackTimeout || second != ackTimeout {
				t.Errorf("timed out after %v and %v, want %v", first, second, ackTimeout)
			}
			if err := publish(t, b, event("s1.sales.c1", 1), "1"); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestAnswersThatRefuse(t *testing.T) {
	for answer, want := range map[string]error{
		`{"stream":"S","seq":1}`:                  nil,
		`{"stream":"S","seq":1,"duplicate":true}`: nil,
		`{"error":{"code":400,"err_code":10054,"description":"message size exceeds maximum allowed"}}`: bridge.ErrRefused,
		`{"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"}}`:               bridge.ErrRefused,
		`{"error":{"code":503,"err_code":10008,"description":"system temporarily unavailable"}}`:       bridge.ErrUnsure,
		`{"error":{"code":404,"err_code":10059,"description":"stream not found"}}`:                     bridge.ErrUnsure,
		`{}`: bridge.ErrUnsure, `nonsense`: bridge.ErrUnsure,
	} {
		if got := stored(&nats.Msg{Data: []byte(answer)}, nil); !errors.Is(got, want) {
			t.Errorf("%s: %v, want %v", answer, got, want)
		}
	}
}
