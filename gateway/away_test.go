package gateway_test

import (
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"tieline/bridge"
	"tieline/bridge/contract"
	"tieline/bridge/mirror"
	"tieline/bridge/natsbus"
	"tieline/bridge/processor"
)

// "A bridge that was away replays what it missed. Nats-Msg-Id makes a re-publish harmless" (§2): one
// bridge is there all the time, another one leaves at any point, for an hour of anything, and goes on
// where it was. Both have heard the same, each message once, and know the same. The stream is that of
// a real nats-server; half of what the gateway publishes is published twice or more.
func TestAwayForAnHour(t *testing.T) {
	defer natsbus.HoldClock()()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, seed)
				defer o.stop()
				resident, visitor := o.listen(), o.listen()
				resident.join()
				visitor.join()
				o.live(120, 5*time.Minute)
				for range 2 {
					visitor.leave()
					o.live(120, time.Hour)
					visitor.join()
					o.live(o.IntN(20), time.Minute)
				}
				o.pause(time.Minute)
				compare(t, resident, visitor)
				o.confirm()
				o.account(resident)
				resident.leave()
				visitor.leave()
			})
		})
	}
}

// listener is a bridge that only listens, and may leave and come back.
type listener struct {
	o        *office
	peer     *natsbus.Peer
	client   *processor.Client
	position uint64
	mirror   *mirror.Mirror
	heard    []bridge.Message
}

func (o *office) listen() *listener { return &listener{o: o, mirror: mirror.New()} }

// join connects and goes on behind the last position, from the beginning of the stream at first.
func (l *listener) join() {
	l.o.t.Helper()
	l.peer = l.o.connect()
	heard := contract.Heard(l.o.t)
	var err error
	l.client, err = processor.Resume(l.o.t.Context(), l.peer, l.position, func(m bridge.Message) {
		heard(m)
		l.heard = append(l.heard, m)
		if err := l.mirror.Hear(m); err != nil {
			l.o.t.Errorf("a bridge that listens hears nothing that cannot be: %v", err)
		}
	})
	if err != nil {
		l.o.t.Fatal(err)
	}
}

func (l *listener) leave() {
	l.client.Close()
	l.peer.Close()
	l.position = l.client.Position()
}

func compare(t *testing.T, resident, visitor *listener) {
	t.Helper()
	if !reflect.DeepEqual(resident.heard, visitor.heard) {
		t.Errorf("who was away has heard the same: %d messages, %d", len(visitor.heard), len(resident.heard))
	}
	if !visitor.mirror.Equal(resident.mirror) {
		t.Errorf("who was away knows\n%s\nwho was there\n%s", visitor.mirror, resident.mirror)
	}
	if r, v := resident.client.Position(), visitor.client.Position(); r != v || len(resident.mirror.Channels) == 0 {
		t.Errorf("they are at positions %d and %d, and know\n%s", v, r, resident.mirror)
	}
}
