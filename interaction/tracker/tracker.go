package tracker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tieline/bridge"
	"tieline/interaction"
)

// Bus is what the tracker needs of the message bus. Callbacks are called exactly once, never
// from within the call itself, and do not block.
type Bus interface {
	// Intake hands over everything addressed to this gateway in the order of arrival; it is
	// closed when the bus is.
	Intake() (<-chan bridge.Delivery, error)
	// Publish appends a message to the processor's stream. Errors are bridge.ErrRefused or
	// bridge.ErrUnsure; the same id again is harmless.
	Publish(m bridge.Message, id string, done func(error))
	// Reply sends an answer to one who waits.
	Reply(to string, h bridge.Header, data []byte) error
	// Claim creates a ledger entry unless there is one, which it then hands over.
	Claim(key string, value []byte, done func(existing []byte, err error))
	// Finish overwrites a ledger entry.
	Finish(key string, value []byte, done func(error))
	// Entries visits the ledger.
	Entries(ctx context.Context, visit func(key string, value []byte) error) error
	// LastSeq is how far a channel with everything below it has counted, by the stream or by
	// what NoteSeq remembered after the stream forgot.
	LastSeq(ctx context.Context, channel bridge.Target) (uint64, error)
	// NoteSeq remembers how far a channel has counted.
	NoteSeq(channel bridge.Target, seq uint64, done func(error))
	// Response finds a response on the stream that was stored after since.
	Response(ctx context.Context, target bridge.Target, requestID string, since time.Time) (bridge.Message, bool, error)
}

// Telephony is what the tracker needs of the telephone system. No method blocks; news is called
// from one goroutine per call, in order. A call that is over already, or unknown, makes the
// methods that concern it do nothing.
type Telephony interface {
	PlaceCall(call interaction.Call, news func(interaction.Input))
	HangUp(call string)
	// TakeCall says where the news of an offered call go from now on, those since its offer first.
	TakeCall(call string, line interaction.Line, news func(interaction.Input))
	RingCall(call string)
	AnswerCall(call string)
	RefuseCall(call string, as interaction.Refusal)
	HoldCall(call string)
	RetrieveCall(call string)
	ConnectCalls(call, with string)
	TransferCall(call string, to interaction.Call)
	ConferenceCall(call, with string, to *interaction.Call)
	// LeaveLine says that the agent is gone.
	LeaveLine(line interaction.Line)
	// RegisterEndPoint registers the line's end-point until UnregisterEndPoint; news is called in order, perhaps within the
	// call.
	RegisterEndPoint(id string, line interaction.Line, news func(interaction.Input))
	UnregisterEndPoint(id string)
	SendDTMF(call, digits string)
	// CheckCredentials asks the registrar whether it accepts them; nil: it does. done is called
	// once, from any goroutine. The password is not kept.
	CheckCredentials(endPoint, password string, done func(*bridge.Error))
}

// Config is fixed for the life of a Tracker.
type Config struct {
	Space   bridge.Space
	Version string
	// Groups are the channel groups that this gateway serves, with the settings of their
	// channels.
	Groups map[string]interaction.ChannelSettings
	// Registrar tells whether Telephony can check credentials.
	Registrar bool
	// MaxBody is the largest payload accepted, in bytes; zero: 64 KiB.
	MaxBody int
	// MaxSessions, MaxChannels (in each channel group) and MaxChecks (credentials being checked) are
	// limits of the tree; zero: none.
	MaxSessions, MaxChannels, MaxChecks int
	Bus                                 Bus
	Telephony                           Telephony
	Log                                 *slog.Logger
	// Trace, if set, is told of each message that crosses the border, in order of each
	// destination. It must not block.
	Trace func(Crossing)
}

// Crossing is a message at the moment it crosses the border to the bridge.
type Crossing struct {
	At      time.Time
	In      bool // from the bridge to the gateway
	Subject bridge.Target
	Message bridge.Message
}

const (
	defaultMaxBody = 64 << 10
	claimPatience  = 5 * time.Second
	retryFirst     = 100 * time.Millisecond
	retryMost      = 5 * time.Second
)

// Tracker is the only way between the bridge and the machines.
type Tracker struct {
	Config
	tree    *loop
	loops   sync.WaitGroup
	started chan struct{}
	emptied chan struct{}
	once    sync.Once

	// Owned by the tree's loop.
	channels map[bridge.Target]*loop
	draining bool

	dropped atomic.Uint64
	queued  atomic.Int64
	open    atomic.Int64 // len(channels), for others
	junk    burst
}

// New makes a tracker; Run starts it.
func New(c Config) *Tracker {
	if c.MaxBody == 0 {
		c.MaxBody = defaultMaxBody
	}
	t := &Tracker{Config: c, channels: map[bridge.Target]*loop{}, started: make(chan struct{}), emptied: make(chan struct{})}
	tree := interaction.TreeSettings{
		Version: c.Version, Registrar: c.Registrar, MaxSessions: c.MaxSessions, MaxChannels: c.MaxChannels, MaxChecks: c.MaxChecks,
	}
	for g, settings := range c.Groups {
		tree.Groups = append(tree.Groups, g)
		tree.SendDTMF = tree.SendDTMF || settings.SendDTMF
		tree.Station = tree.Station || settings.Station
		tree.Transfer = tree.Transfer || settings.Transfer
		tree.Conference = tree.Conference || settings.Conference
	}
	t.tree = newLoop(t, interaction.NewTree(tree), bridge.Control)
	return t
}

// Run serves the bridge until ctx ends or the bus closes, and returns when every loop has
// ended. Before it takes the first message it answers what a crash left unanswered.
func (t *Tracker) Run(ctx context.Context) error {
	if !t.recovered(ctx) {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer t.loops.Wait()
	defer cancel()
	intake, err := t.Bus.Intake() // before the tree says STARTED: a bridge may speak as soon as it reads that
	if err != nil {
		return fmt.Errorf("tracker: open the intake: %w", err)
	}
	t.start(ctx, t.tree)
	close(t.started)
	for {
		select {
		case d, ok := <-intake:
			if !ok {
				return nil
			}
			t.receive(d)
		case <-ctx.Done():
			return nil
		}
	}
}

// Started is closed when Run takes messages.
func (t *Tracker) Started() <-chan struct{} { return t.started }

// start runs a loop on a goroutine of its own.
func (t *Tracker) start(ctx context.Context, l *loop) {
	t.loops.Add(1)
	go func() {
		defer t.loops.Done()
		l.run(ctx)
	}()
}

// SetStatus tells the bridge how the gateway is (protocol.md §4).
func (t *Tracker) SetStatus(s bridge.StatusBody) { t.tree.input(interaction.StatusChanged{Status: s}) }

// Offer hands over a call that the telephone system has for an end-point. It is answered by
// Telephony's TakeCall or RefuseCall.
func (t *Tracker) Offer(call interaction.CallOffered) { t.tree.input(call) }

// Drain refuses new sessions and calls; what lives goes on.
func (t *Tracker) Drain() {
	t.tree.post(func() {
		t.draining = true
		t.tree.step(interaction.Drain{})
		for _, c := range t.channels {
			c.input(interaction.Drain{})
		}
	})
}

// Shutdown tears every session down, leaves first, and returns when that is done, or when
// ctx ends. Run must be running.
func (t *Tracker) Shutdown(ctx context.Context, reason string) error {
	t.tree.input(interaction.Shutdown{Reason: reason})
	select {
	case <-t.emptied:
		return t.Flush(ctx)
	case <-ctx.Done():
		return fmt.Errorf("tracker: tear down: %w", ctx.Err())
	}
}

// Flush returns when all that the tree has said is stored, or when ctx ends.
func (t *Tracker) Flush(ctx context.Context) error {
	flushed := make(chan struct{})
	t.tree.whenFlushed(func() { close(flushed) })
	select {
	case <-flushed:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("tracker: store the last messages: %w", ctx.Err())
	}
}

// Dropped counts the messages that could not be tied to a request and were dropped (§10).
func (t *Tracker) Dropped() uint64 { return t.dropped.Load() }

// Queued is how many messages wait to be stored.
func (t *Tracker) Queued() int { return int(t.queued.Load()) }

// Channels is how many channels are set up.
func (t *Tracker) Channels() int { return int(t.open.Load()) }

// The effects that concern other loops; all run on the tree's loop.

func (t *Tracker) startChannel(ctx context.Context, e interaction.StartChannel) {
	settings := t.Groups[e.Target.At(bridge.ObjectGroup).ID()]
	l := newLoop(t, interaction.NewChannel(e.Target, e.Ref, settings), e.Target)
	t.channels[e.Target] = l
	t.open.Store(int64(len(t.channels)))
	if t.draining {
		l.input(interaction.Drain{})
	}
	t.tree.outbox.push(entry{then: func() { t.start(ctx, l) }})
}

func (t *Tracker) channelGone(target bridge.Target) {
	l := t.channels[target]
	delete(t.channels, target)
	t.open.Store(int64(len(t.channels)))
	t.tree.step(interaction.ChannelGone{Target: target})
	l.close()
}
