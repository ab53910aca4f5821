package natsbus

import (
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"

	"tieline/bridge"
)

// intakeBuffer is how many messages may wait for the gateway before NATS drops them.
const intakeBuffer = 65536

// intake is the one way in: several subscriptions on one connection that feed one Go
// channel, so that messages keep the order in which they arrived.
type intake struct {
	subs []*nats.Subscription
	msgc chan *nats.Msg
	out  chan bridge.Delivery
	quit chan struct{} // closed: nobody reads out any more
	stop sync.Once
	wg   sync.WaitGroup
}

// Intake subscribes to processor control, the sessions and the configured groups, as one
// of possibly many gateways: each message reaches one of them. The returned Go channel
// carries all messages in the order in which they arrived on the connection; it is closed
// after StopIntake or Close. It may be called once. From then on until Close the gateway
// can be found as the NATS service "tieline".
func (b *Bus) Intake() (<-chan bridge.Delivery, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.intake != nil || b.closed {
		return nil, errors.New("natsbus: the intake can be opened once")
	}
	in := &intake{
		msgc: make(chan *nats.Msg, intakeBuffer),
		out:  make(chan bridge.Delivery),
		quit: make(chan struct{}),
	}
	b.intake = in
	in.wg.Go(in.convert)
	for _, subject := range b.subjects() {
		sub, err := b.nc.ChanQueueSubscribe(subject, queueGroup, in.msgc)
		if err != nil {
			return nil, fmt.Errorf("subscribing to %s: %w", subject, err)
		}
		in.subs = append(in.subs, sub)
	}
	// So that who asks after this call is heard. While disconnected, nats.go subscribes
	// when it is back.
	if err := b.flush(); err != nil && b.nc.IsConnected() {
		return nil, fmt.Errorf("subscribing: %w", err)
	}
	if err := b.nc.LastError(); errors.Is(err, nats.ErrPermissionViolation) {
		return nil, fmt.Errorf("subscribing: %w", err)
	}
	// Last, so that an account that may not do this has a gateway nevertheless.
	if err := b.announce(); err != nil {
		return nil, err
	}
	_ = b.flush() // what fails here has been told above
	return in.out, nil
}

func (b *Bus) subjects() []string {
	subjects := []string{b.space.To("*")}
	for _, g := range b.cfg.Groups {
		subjects = append(subjects, b.space.To(bridge.Target("*."+g)), b.space.To(bridge.Target("*."+g+".>")))
	}
	return subjects
}

func (in *intake) convert() {
	defer close(in.out)
	for m := range in.msgc {
		d := bridge.Delivery{Subject: m.Subject, Header: bridge.Header(m.Header), Data: m.Data, Reply: m.Reply}
		select {
		case in.out <- d:
		case <-in.quit:
			return
		}
	}
}

// StopIntake takes no more messages: others of the queue group get them, or their senders
// are told that there is nobody. What has arrived is still handed over, and then the
// intake's Go channel is closed.
func (b *Bus) StopIntake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stopIntake(false)
}

// stopIntake is called with the lock held. With abandon, nobody need read what is left.
func (b *Bus) stopIntake(abandon bool) {
	in := b.intake
	if in == nil {
		return
	}
	in.stop.Do(func() {
		if !abandon {
			b.drain(in)
		}
		for _, sub := range in.subs {
			_ = sub.Unsubscribe() // after this, nothing is sent to msgc
		}
		close(in.msgc)
	})
	if abandon {
		close(in.quit)
		in.wg.Wait()
	}
}

// drain has all that is under way to us arrive, and no more. An embedded server goes down
// with us and has nobody else to give it to. (And where it runs in a testing/synctest
// bubble, nats.go's Drain must not: its timers are shared by the whole process.)
func (b *Bus) drain(in *intake) {
	if b.server != nil || !b.nc.IsConnected() {
		return
	}
	for _, sub := range in.subs {
		_ = sub.Drain() // asks the server for no more; fails only when disconnected
	}
	_ = b.flush() // what comes behind it is not for us
}

// Dropped counts the messages that NATS threw away because the gateway did not keep up.
func (b *Bus) Dropped() (n uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.intake == nil {
		return 0
	}
	for _, sub := range b.intake.subs {
		if d, err := sub.Dropped(); err == nil {
			n += uint64(d)
		}
	}
	return n
}
