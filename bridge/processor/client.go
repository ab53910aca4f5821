package processor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"tieline/bridge"
	"tieline/bridge/natsbus"
)

// Bus is the bridge's side of the message bus; *natsbus.Peer is one.
type Bus interface {
	// FollowAt calls f with what the gateway says, in order, and with where the stream has it,
	// until ctx ends; then the returned Go channel is closed.
	FollowAt(ctx context.Context, from natsbus.Start, f func(m bridge.Message, position uint64)) (<-chan struct{}, error)
	// Request sends a query or request and waits for a reply; natsbus.ErrNobody when nobody
	// serves the destination.
	Request(ctx context.Context, m bridge.Message, to bridge.Target) (bridge.Message, error)
}

// ErrClosed is what waiting calls return when the client is closed.
var ErrClosed = errors.New("the client is closed")

// Client is a processor bridge's connection to its gateways.
type Client struct {
	// settings
	bus     Bus
	observe func(bridge.Message)
	// state
	stop   context.CancelFunc
	endedc <-chan struct{}
	mu     sync.Mutex
	asked  map[string]chan bridge.Message // by requestId
	calls  map[bridge.Target]*Call        // by interaction
	// offered are the inbound calls that Next has not taken; offeredc is closed when there is another.
	offered  []*Call
	offeredc chan struct{}
	// position is where the stream has the last message that was observed.
	position uint64
	// statusc holds the gateway's latest status; only hear sends.
	statusc chan string
}

// Open follows what the gateways of the bus's processor say from now on. observe, unless it
// is nil, sees each message first. The client lives until ctx ends or it is closed; the bus
// remains the caller's.
func Open(ctx context.Context, bus Bus, observe func(bridge.Message)) (*Client, error) {
	return follow(ctx, bus, natsbus.Start{}, 0, observe)
}

// Resume is Open for a bridge that was away: it goes on behind the position that an earlier
// client had, so that observe first sees what was said meanwhile. Position 0 is before the
// oldest message that the stream holds. What retention has taken is missing; a channel's
// "seq" shows that (docs/protocol.md §2), and an init query gives the present state.
//
// The error is natsbus.ErrNotReached when the stream ends before position: it was made anew.
func Resume(ctx context.Context, bus Bus, position uint64, observe func(bridge.Message)) (*Client, error) {
	return follow(ctx, bus, natsbus.Start{Seq: position + 1}, position, observe)
}

// Since is Open for one who wants to read back: observe first sees what the stream holds from the given
// point on.
func Since(ctx context.Context, bus Bus, from natsbus.Start, observe func(bridge.Message)) (*Client, error) {
	return follow(ctx, bus, from, 0, observe)
}

// Ended is closed when observe will not be called any more.
func (c *Client) Ended() <-chan struct{} { return c.endedc }

func follow(ctx context.Context, bus Bus, from natsbus.Start, position uint64, observe func(bridge.Message)) (*Client, error) {
	ctx, stop := context.WithCancel(ctx)
	c := &Client{
		bus: bus, observe: observe, stop: stop, statusc: make(chan string, 1),
		asked: map[string]chan bridge.Message{}, calls: map[bridge.Target]*Call{}, offeredc: make(chan struct{}), position: position,
	}
	var err error
	if c.endedc, err = bus.FollowAt(ctx, from, c.hear); err != nil {
		stop()
		return nil, err
	}
	return c, nil
}

// Close ends the client and returns when observe will not be called any more. What the
// client has set up at the gateway stays there.
func (c *Client) Close() {
	c.stop()
	<-c.endedc
}

// Position is where the stream has the last message for which observe has returned. A bridge
// that writes it down now and then, and starts with Resume, misses nothing; it sees again
// what came after it was last written down. Before the first message it is what Resume was
// given, else 0.
func (c *Client) Position() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.position
}

// Ask sends a query or request to its destination and returns the response as it stands in
// the order of the stream: every event that precedes it has been observed. For a setup
// request, to is the child and target its parent.
//
// The error is *bridge.Error for a FAILURE, natsbus.ErrNobody when nobody serves the
// destination, ErrClosed, or ctx's.
func (c *Client) Ask(ctx context.Context, name bridge.Name, target, to bridge.Target, body any) (bridge.Message, error) {
	m, err := question(name, target, body)
	if err != nil {
		return bridge.Message{}, err
	}
	responsec := c.expect(m.RequestID)
	defer c.unexpect(m.RequestID)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failedc := make(chan error, 1)
	go func() {
		// The reply itself is of no interest: it has no place in the order of the events.
		if _, err := c.bus.Request(ctx, m, to); err != nil {
			failedc <- err
		}
	}()
	select {
	case r := <-responsec:
		if e := r.Err(); e != nil {
			return r, e
		}
		return r, nil
	case err := <-failedc:
		return bridge.Message{}, err
	case <-c.endedc:
		return bridge.Message{}, fmt.Errorf("%s: %w", name, ErrClosed)
	case <-ctx.Done():
		return bridge.Message{}, fmt.Errorf("%s: %w", name, ctx.Err())
	}
}

func question(name bridge.Name, target bridge.Target, body any) (bridge.Message, error) {
	kind, _, ok := name.Asked()
	if !ok {
		return bridge.Message{}, fmt.Errorf("%s is neither a query nor a request", name)
	}
	m := bridge.Message{Type: kind, Name: name, Target: target, RequestID: uuid.NewString()}
	if body == nil {
		return m, nil
	}
	var err error
	m.Body, err = json.Marshal(body)
	return m, err
}

// ask is Ask that reads the answer's body into answer, unless that is nil.
func (c *Client) ask(ctx context.Context, name bridge.Name, target, to bridge.Target, body, answer any) error {
	r, err := c.Ask(ctx, name, target, to, body)
	if err != nil || answer == nil {
		return err
	}
	return bridge.DecodeBody(r, answer)
}

func (c *Client) expect(requestID string) <-chan bridge.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	responsec := make(chan bridge.Message, 1)
	c.asked[requestID] = responsec
	return responsec
}

func (c *Client) unexpect(requestID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.asked, requestID)
}

// hear takes one message from the stream.
func (c *Client) hear(m bridge.Message, position uint64) {
	if c.observe != nil {
		c.observe(m)
	}
	switch m.Name {
	case bridge.ControlStatus:
		c.hearStatus(m)
	case bridge.ControlStatusRequest:
		c.forgetStatus() // the one that counts follows
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.position = position
	switch m.Name {
	case bridge.ChannelInteractionAdded:
		c.add(m)
	case bridge.ChannelInteractionRemoved, bridge.ChannelDisposed:
		c.remove(m)
	}
	if call := c.calls[m.Target.At(bridge.ObjectInteraction)]; call != nil {
		call.hear(m)
	}
	if responsec := c.asked[m.RequestID]; responsec != nil && m.Type == bridge.TypeResponse {
		delete(c.asked, m.RequestID)
		responsec <- m
	}
}
