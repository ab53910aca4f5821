package sip

import (
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// timerD is for how long a refusal may be repeated (https://www.rfc-editor.org/rfc/rfc3261#section-17.1.1.2).
const timerD = 32 * time.Second

// acks are the ACKs of refusals of ours INVITEs, by branch, to be sent again for each copy. sipgo's transaction would wait
// for 4 s with each, one copy behind the other, with a goroutine for each that waits; so it is ended at its refusal.
type acks struct {
	mu   sync.Mutex
	sent map[string]*gosip.Request
}

// keep takes the place of a transaction that was refused. sipgo has acknowledged that once.
func (a *acks) keep(invite *gosip.Request, res *gosip.Response) {
	key := branch(invite)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent[key] = like(invite, gosip.ACK, res.To())
	time.AfterFunc(timerD, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.sent, key)
	})
}

// of is the ACK of a refusal that was acknowledged before, or nil. Sending it writes to it: it is a copy.
func (a *acks) of(res *gosip.Response) *gosip.Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	if ack := a.sent[branch(res)]; ack != nil {
		return ack.Clone()
	}
	return nil
}
