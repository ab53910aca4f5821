package interaction

import "tieline/bridge"

// Readiness of a channel: whether inbound interactions may be offered (protocol.md §7). It is
// independent of the log-in state.
//
//	ready  | request  | effects, in order                    | next
//	false  | ready    | channel.ready, SUCCESS               | true
//	true   | ready    | SUCCESS                              | true
//	true   | notready | channel.notready with reason, SUCCESS | false
//	false  | notready | SUCCESS                              | false

func (c *Channel) setReady(p *ask) {
	if !c.ready {
		c.ready = true
		c.event(&c.asks, bridge.ChannelReady, nil)
	}
	c.asks.succeed(p, nil)
}

func (c *Channel) setNotReady(p *ask) *bridge.Error {
	var body bridge.NotReady
	if err := bridge.DecodeBody(p.Message, &body); err != nil {
		return invalidBody(err)
	}
	c.unready(body.Reason)
	c.asks.succeed(p, nil)
	return nil
}

func (c *Channel) unready(reason string) {
	if c.ready {
		c.ready = false
		c.event(&c.asks, bridge.ChannelNotReady, bridge.NotReady{Reason: reason})
	}
}
