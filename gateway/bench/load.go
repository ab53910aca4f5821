package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"tieline/bridge"
)

// sender is how requests leave; *natsbus.Peer is one.
type sender interface {
	Send(m bridge.Message, to bridge.Target) error
}

// load is a bridge with many channels that dials on schedule and takes each call through its
// whole life. It asks without waiting: what the gateway says next drives the call on.
type load struct {
	// settings
	bus    sender
	tap    *tap
	number string
	lean   bool
	keep   time.Duration

	mu       sync.Mutex
	lines    map[bridge.Target]*line
	free     []*line
	calls    int
	answered int
	busy     int
	failures map[string]int
	notSent  int
	invites  []time.Duration
	answers  []time.Duration
	changedc chan struct{} // holds a token when a call has changed
}

// line is a channel and its present call.
type line struct {
	target       bridge.Target
	seen         *sighting
	requestID    string
	asked        time.Time
	interaction  bridge.Target
	conversation bridge.Target
	answered     bool
}

func newLoad(o Options, bus sender, tap *tap) *load {
	l := &load{
		bus: bus, tap: tap, number: o.Number, lean: o.Lean, keep: o.Hold,
		lines: map[bridge.Target]*line{}, failures: map[string]int{}, changedc: make(chan struct{}, 1),
	}
	for i := range o.Channels {
		ln := &line{target: bridge.Target(session).Child("bench").Child(strconv.Itoa(firstEndPoint + i)), seen: &tap.seen[i]}
		l.lines[ln.target] = ln
		l.free = append(l.free, ln)
	}
	return l
}

const (
	progressEvery = 100 * time.Millisecond
	lastCalls     = 10 * time.Second
)

// run dials on schedule and returns when the last call has come to its end.
func (l *load) run(ctx context.Context, o Options) error {
	total := max(int(float64(o.Rate)*o.For.Seconds()), 1)
	step := time.Duration(float64(time.Second) / float64(o.Rate))
	began := time.Now()
	shown := began
	timer := time.NewTimer(0)
	defer timer.Stop()
	for sent := 0; sent < total; {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		now := time.Now()
		for ; sent < total && !began.Add(time.Duration(sent)*step).After(now); sent++ {
			if err := l.dial(); err != nil {
				return err
			}
		}
		if o.Progress != nil && now.Sub(shown) >= progressEvery {
			shown = now
			l.progress(o, float64(sent)/float64(total))
		}
		timer.Reset(time.Until(began.Add(time.Duration(sent) * step)))
	}
	err := l.await(ctx, o.Hold+lastCalls, func() bool { return l.busy == 0 })
	if o.Progress != nil {
		l.progress(o, 1)
	}
	return err
}

func (l *load) progress(o Options, part float64) {
	l.mu.Lock()
	calls, failures := l.calls, 0
	for _, n := range l.failures {
		failures += n
	}
	l.mu.Unlock()
	o.Progress(part, calls, failures)
}

// hold dials until n calls are held and returns when all are answered.
func (l *load) hold(ctx context.Context, n int) error {
	l.mu.Lock()
	more := n - l.answered
	l.mu.Unlock()
	for range more {
		if err := l.dial(); err != nil {
			return err
		}
	}
	if err := l.await(ctx, lastCalls+time.Duration(n)*time.Millisecond, func() bool { return l.answered+len(l.failures) >= n }); err != nil {
		return err
	}
	if len(l.failures) > 0 {
		return fmt.Errorf("bench: not all %d calls could be held: %v", n, l.failures)
	}
	return nil
}

// await returns when done, which is called with the lock held, is true.
func (l *load) await(ctx context.Context, patience time.Duration, done func() bool) error {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		l.mu.Lock()
		over, busy := done(), l.busy
		l.mu.Unlock()
		if over {
			return nil
		}
		select {
		case <-l.changedc:
		case <-limit.C:
			return fmt.Errorf("bench: %d calls did not come to their end", busy)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *load) dial() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.free) == 0 {
		l.notSent++
		return nil
	}
	ln := l.free[0]
	l.free = l.free[1:]
	l.busy++
	ln.requestID, ln.asked, ln.answered = uuid.NewString(), time.Now(), false
	return l.bus.Send(question(bridge.ChannelDial, ln.target, ln.requestID, bridge.Dial{Destination: l.number}), ln.target)
}

func question(name bridge.Name, target bridge.Target, id string, body any) bridge.Message {
	kind, _, _ := name.Asked()
	m := bridge.Message{Type: kind, Name: name, Target: target, RequestID: id}
	if body != nil {
		m.Body, _ = json.Marshal(body) // of this package's own making
	}
	return m
}

func (l *load) ask(name bridge.Name, target bridge.Target) {
	if err := l.bus.Send(question(name, target, uuid.NewString(), nil), target); err != nil {
		l.failures[err.Error()]++
	}
}

// hear drives the calls on by what the gateway says.
func (l *load) hear(m bridge.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ln := l.lines[m.Target.At(bridge.ObjectChannel)]
	if ln == nil {
		return
	}
	switch {
	case m.Name == bridge.ChannelInteractionAdded:
		var body bridge.InteractionAdded
		if bridge.DecodeBody(m, &body) == nil && body.Conversations.Primary != nil {
			ln.interaction = ln.target.Child(body.Interaction)
			ln.conversation = ln.interaction.Child(body.Conversations.Primary.ID)
		}
	case m.Name == bridge.ChannelDial:
		l.dialled(ln, m)
	case m.Err() != nil && m.Err().Code != bridge.UnknownTarget: // an init may come too late for a short call
		l.failures[string(m.Err().Code)]++
	case m.Name == bridge.InteractionInit || m.Name == bridge.InteractionStarted || m.Name == bridge.InteractionEnded:
		l.moved(ln, m)
	case m.Name == bridge.ChannelInteractionRemoved:
		l.calls++
		l.over(ln)
	}
}

func (l *load) dialled(ln *line, m bridge.Message) {
	invited, rang := ln.seen.invited.Load(), ln.seen.rang.Load()
	if invited >= ln.asked.UnixNano() {
		l.invites = append(l.invites, time.Duration(invited-ln.asked.UnixNano()))
	}
	if e := m.Err(); e != nil {
		l.failures[string(e.Code)]++
		l.over(ln)
		return
	}
	if rang > 0 {
		l.answers = append(l.answers, time.Duration(time.Now().UnixNano()-rang))
	}
	if !l.lean {
		l.ask(bridge.InteractionInit, ln.interaction)
		l.ask(bridge.ConversationInit, ln.conversation)
	}
}

// moved takes a call on at its answer and at its end; each may also be told by init.
func (l *load) moved(ln *line, m bridge.Message) {
	var change bridge.InteractionChange
	if bridge.DecodeBody(m, &change) != nil {
		return
	}
	if (change.State == bridge.Started || change.State == bridge.Ended) && !ln.answered {
		ln.answered = true
		l.answered++
		l.changed()
		if change.State == bridge.Started {
			l.releaseLater(ln)
		}
	}
	if change.State == bridge.Ended {
		l.ask(bridge.InteractionComplete, ln.interaction)
	}
}

func (l *load) releaseLater(ln *line) {
	switch {
	case l.keep == 0:
		l.ask(bridge.ConversationRelease, ln.conversation)
	case l.keep < time.Hour:
		conversation := ln.conversation
		time.AfterFunc(l.keep, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.ask(bridge.ConversationRelease, conversation)
		})
	}
}

func (l *load) over(ln *line) {
	l.busy--
	l.free = append(l.free, ln)
	l.changed()
}

func (l *load) changed() {
	select {
	case l.changedc <- struct{}{}:
	default:
	}
}

func (l *load) result(r *Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Calls, r.NotSent, r.Failures = l.calls, l.notSent, maps.Clone(l.failures)
	r.ToInvite, r.ToSuccess = quantiles(l.invites), quantiles(l.answers)
}
