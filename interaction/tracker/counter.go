package tracker

import "time"

// silence is how long a channel says nothing before its count is written down: much less
// than any stream remembers.
const silence = 10 * time.Minute

// counter writes down how far a channel has counted, once it has fallen silent and before its
// loop ends, so that it goes on from there even after the stream has forgotten its messages
// (protocol.md §2, header "seq").
type counter struct {
	loop    *loop
	noted   uint64    // what is written down, or on the stream since the loop began
	spoken  time.Time // when the last message was stored
	writing bool
}

func (c *counter) dirty() bool { return c.loop.outbox.seq > c.noted }

// due is when the count has to be written down; zero: never.
func (c *counter) due() time.Time {
	if !c.dirty() || c.writing {
		return time.Time{}
	}
	return c.spoken.Add(silence)
}

// note writes the count down. A failure is tried again after a pause.
func (c *counter) note() {
	if !c.dirty() || c.writing {
		return
	}
	c.writing = true
	seq := c.loop.outbox.seq
	c.loop.t.Bus.NoteSeq(c.loop.target, seq, func(err error) {
		c.loop.post(func() {
			if err != nil {
				c.loop.t.Log.Warn("how far a channel has counted is not written down yet, trying again", "channel", c.loop.target, "error", err)
				c.loop.after(retryMost, func() { c.writing = false })
				return
			}
			c.writing, c.noted = false, seq
		})
	})
}
