package processor

import (
	"context"
	"errors"
	"slices"

	"tieline/bridge"
)

// Ready logs the channel's end-point in and lets inbound calls be offered to it
// (docs/protocol.md §7).
func (c *Client) Ready(ctx context.Context, channel bridge.Target) error {
	if err := c.ask(ctx, bridge.ChannelActivate, channel, channel, nil, nil); err != nil {
		return err
	}
	return c.ask(ctx, bridge.ChannelReadyRequest, channel, channel, nil, nil)
}

// Next waits for the channel's next inbound call that nobody has taken with Next yet; one that is
// over by then is completed and passed over. Its interaction and conversation are initialized, so that it can be
// accepted (docs/protocol.md §7.5). The error is ErrClosed, ctx's, or that of an init.
func (c *Client) Next(ctx context.Context, channel bridge.Target) (*Call, error) {
	for {
		call, offeredc := c.take(channel)
		if call != nil {
			if err := call.open(ctx); err != nil {
				return nil, err
			}
			switch state, _ := call.State(); state {
			case bridge.Alerting:
				return call, nil
			case bridge.Ended: // nobody else knows of it
				var gone *bridge.Error // completed by itself meanwhile
				if err := call.Complete(ctx); err != nil && !errors.As(err, &gone) {
					return nil, err
				}
			}
			continue
		}
		select {
		case <-offeredc:
		case <-c.endedc:
			return nil, ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// take returns the oldest inbound call of the channel that is left, or what is closed when there is
// another one.
func (c *Client) take(channel bridge.Target) (*Call, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgetGone()
	i := slices.IndexFunc(c.offered, func(call *Call) bool { return call.Interaction.Parent() == channel })
	if i < 0 {
		return nil, c.offeredc
	}
	call := c.offered[i]
	c.offered = slices.Delete(c.offered, i, i+1)
	return call, nil
}

// forgetGone drops what is gone meanwhile; c.mu is held.
func (c *Client) forgetGone() {
	c.offered = slices.DeleteFunc(c.offered, func(o *Call) bool { return c.calls[o.Interaction] != o })
}

// offer notes an inbound call; c.mu is held.
func (c *Client) offer(call *Call) {
	c.forgetGone()
	c.offered = append(c.offered, call)
	close(c.offeredc)
	c.offeredc = make(chan struct{})
}

// open initializes the call's interaction and conversation. One that ends meanwhile takes its
// conversation with it, and one that is completed its interaction, too.
func (call *Call) open(ctx context.Context) error {
	err := call.ask(ctx, bridge.InteractionInit)
	if err == nil {
		err = call.Primary().open(ctx)
	}
	if _, end := call.State(); err != nil && end != nil {
		return nil
	}
	return err
}

// Accept takes an alerting call; it returns when the caller knows, or with the *bridge.Error that
// says why there is no call.
func (call *Call) Accept(ctx context.Context) error {
	return call.ask(ctx, bridge.InteractionAccept)
}

// Reject turns the caller of an alerting call away.
func (call *Call) Reject(ctx context.Context, reason bridge.RejectReason) error {
	return call.client.ask(ctx, bridge.InteractionReject, call.Interaction, call.Interaction, bridge.Reject{Reason: reason}, nil)
}
