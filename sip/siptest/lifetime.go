package siptest

import "slices"

// settle forgets the call T4 after its last message once there is nothing left to do. p.mu is held.
func (c *Call) settle() {
	if !c.over() {
		return
	}
	c.pbx.agenda.stop(c.next)
	c.pbx.agenda.stop(c.forgotten)
	c.forgotten = c.pbx.agenda.after(T4, c.forget)
	if c.messages == nil {
		c.slim()
	}
}

func (c *Call) over() bool {
	if c.liveDialog() != nil {
		return false
	}
	for _, s := range c.servers {
		if s.status == 0 {
			return false
		}
		for _, f := range s.finals {
			if !f.done() {
				return false
			}
		}
	}
	for _, r := range c.sentOnes {
		if !r.done {
			return false
		}
	}
	return true
}

// slim drops what a finished call does not need to absorb late copies: under load there are thousands of them.
func (c *Call) slim() {
	for _, s := range c.servers {
		s.req = nil
	}
}

func (c *Call) forget() {
	if !c.over() { // a 2xx has come when its INVITE was given up
		return
	}
	p := c.pbx
	for _, s := range c.servers {
		delete(p.invites, s.branch)
	}
	for _, r := range c.sentOnes {
		delete(p.requests, r.key)
	}
	p.calls[c.id] = slices.DeleteFunc(p.calls[c.id], func(other *Call) bool { return other == c })
	if len(p.calls[c.id]) == 0 {
		delete(p.calls, c.id)
	}
}
