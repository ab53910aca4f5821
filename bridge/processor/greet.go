package processor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieline/bridge"
	"tieline/bridge/natsbus"
)

// The statuses of a gateway that takes sessions (docs/protocol.md §4).
const (
	started  = "STARTED"
	degraded = "DEGRADED"
)

const greetPause = 20 * time.Millisecond

// Greet is the start-up of docs/protocol.md §4: it asks for the gateway's status, again and
// again while there is nobody, and returns once a gateway has said that it takes sessions.
func (c *Client) Greet(ctx context.Context) error {
	for {
		_, err := c.Ask(ctx, bridge.ControlStatusRequest, bridge.Control, bridge.Control, nil)
		if err == nil {
			return c.awaitStarted(ctx)
		}
		if !errors.Is(err, natsbus.ErrNobody) {
			return err
		}
		pause := time.NewTimer(greetPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		}
	}
}

// awaitStarted waits for the status event that follows the answer, or a later one.
func (c *Client) awaitStarted(ctx context.Context) error {
	for {
		select {
		case s := <-c.statusc:
			if s == started || s == degraded {
				return nil
			}
		case <-c.endedc:
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// hearStatus keeps the latest status for Greet.
func (c *Client) hearStatus(m bridge.Message) {
	var status bridge.StatusBody
	if bridge.DecodeBody(m, &status) != nil {
		return
	}
	c.forgetStatus()
	c.statusc <- status.Status
}

// forgetStatus drops an older status that nobody took: it may be of a gateway that is gone.
func (c *Client) forgetStatus() {
	select {
	case <-c.statusc:
	default:
	}
}
