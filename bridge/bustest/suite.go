package bustest

import (
	"testing"
	"time"

	"tieline/bridge"
)

// Harness is a fresh bus together with what a test needs to see from the other side.
type Harness struct {
	Space bridge.Space
	// Group is a channel group that Bus and Other serve.
	Group string
	// Bus and Other are two gateways of one queue group; their intakes are not open.
	Bus, Other Bus
	// Send publishes as a bridge would; what one goroutine sends arrives in that order.
	Send func(d bridge.Delivery) error
	// Follow calls f with all that the stream holds and will hold, in order, from one
	// goroutine.
	Follow func(f func(bridge.Message))
	// Inbox returns what arrives at a reply subject.
	Inbox func(subject string) <-chan bridge.Delivery
	// SetDown takes the server away from Bus, or brings it back; it returns when Bus has
	// noticed.
	SetDown func(down bool)
}

// Run checks that a bus does all that bridge/natsbus promises. start makes a harness for
// one test and sees to its clean-up.
func Run(t *testing.T, start func(t *testing.T) Harness) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Harness)
	}{
		{"an event is seen before the response published after its acknowledgement", eventBeforeResponse},
		{"the stream keeps the order of publication", publicationOrder},
		{"a publication repeated under its id is stored once", storedOnce},
		{"done is called once, and never from within Publish", doneOnceNeverSynchronous},
		{"done may publish", doneMayPublish},
		{"a message that is too large is refused", tooLarge},
		{"a key can be claimed once", claimOnce},
		{"claiming again with the same value counts as ours", claimAgain},
		{"of many claims at once one wins", claimRace},
		{"a finished key shows its last value", finish},
		{"any string is a key of its own", oddKeys},
		{"entries shows every key with its last value", entries},
		{"LastSeq covers the channel and everything below it", lastSeq},
		{"Response finds the answer to a request of a target", findResponse},
		{"the intake keeps the order of arrival over all subjects", intakeOrder},
		{"each message reaches one gateway of the queue group", oneGateway},
		{"a reply arrives where it was asked for", reply},
		{"publications fail unsure while the bus is down, and keep their order afterwards", disconnect},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, start(t)) })
	}
}

// patience bounds the waiting for what must come; a test that passes never uses it up.
const patience = 20 * time.Second

func await[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case v, ok := <-c:
		if !ok {
			t.Fatalf("%s: the Go channel was closed", what)
		}
		return v
	case <-timer.C:
		t.Fatalf("%s: nothing came", what)
		panic("unreachable")
	}
}

func publish(t *testing.T, b Bus, m bridge.Message, id string) error {
	t.Helper()
	donec := make(chan error, 1)
	b.Publish(m, id, func(err error) { donec <- err })
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-donec:
		return err
	case <-timer.C:
		t.Fatalf("publication %s is neither acknowledged nor failed", id)
		panic("unreachable")
	}
}

func mustPublish(t *testing.T, b Bus, m bridge.Message, id string) {
	t.Helper()
	if err := publish(t, b, m, id); err != nil {
		t.Fatalf("publication %s: %v", id, err)
	}
}

type claimed struct {
	existing []byte
	err      error
}

func claim(t *testing.T, b Bus, key, value string) (existing []byte, err error) {
	t.Helper()
	donec := make(chan claimed, 1)
	b.Claim(key, []byte(value), func(existing []byte, err error) { donec <- claimed{existing, err} })
	c := await(t, "claim of "+key, donec)
	return c.existing, c.err
}

func finishKey(t *testing.T, b Bus, key, value string) {
	t.Helper()
	donec := make(chan struct{}, 1)
	var failed error
	b.Finish(key, []byte(value), func(err error) { failed = err; donec <- struct{}{} })
	await(t, "finish of "+key, donec)
	if failed != nil {
		t.Fatalf("finish of %s: %v", key, failed)
	}
}

func event(target bridge.Target, seq uint64) bridge.Message {
	m := bridge.Event(bridge.ChannelReady, target, nil)
	m.Seq = seq
	return m
}
