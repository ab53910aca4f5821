package invite

import "time"

// Config is what an attempt is bounded by.
type Config struct {
	// ProgressTimeout runs from Start to the first provisional response beyond 100; an authenticated retry does not
	// start it anew. 0: none.
	ProgressTimeout time.Duration
	// RingTimeout runs from the first provisional response beyond 100 to the answer. 0: none.
	RingTimeout time.Duration
}

// Client is one attempt. The zero Client is not usable; see [New].
type Client struct {
	cfg Config
}

// New returns an attempt that waits for Start.
func New(cfg Config) *Client {
	return &Client{cfg: cfg}
}

// Step tells the attempt that in happened at now and returns what to do about it. The order of the result is the
// guarantee. Whatever was due by now goes first: a 200 that comes in at the deadline is too late.
//
// Over the life of an attempt the result holds exactly one Failed, or exactly one Answered and then exactly one Ended.
func (c *Client) Step(now time.Time, in Input) []Effect { return nil }

// Deadline is when Step(now, Tick{}) is due. Zero: nothing is pending.
func (c *Client) Deadline() time.Time { return time.Time{} }

// Done reports that the attempt has had its outcome and that nothing more will be sent, ever: it may be forgotten.
func (c *Client) Done() bool { return false }
