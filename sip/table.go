package sip

import (
	"strings"
	"sync"

	gosip "github.com/emiago/sipgo/sip"
)

// table finds the attempt that a message belongs to. An attempt is in it from before its INVITE leaves until nothing
// more of it can come, so that even a BYE right behind the 200 finds its dialog. Call-IDs are ours and unique; the
// local tag is compared as well (https://www.rfc-editor.org/rfc/rfc3261#section-12).
type table struct {
	mu       sync.RWMutex
	attempts map[string]*attempt // by Call-ID
}

func (t *table) put(a *attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.attempts[a.callID] = a
}

func (t *table) drop(a *attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.attempts, a.callID)
}

func (t *table) get(callID string) *attempt {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.attempts[callID]
}

// find returns the attempt with a message's Call-ID and our tag, or nil.
func (t *table) find(msg gosip.Message, localTag string) *attempt {
	if a := t.get(callID(msg)); a != nil && a.localTag == localTag {
		return a
	}
	return nil
}

func callID(msg gosip.Message) string {
	if h := msg.CallID(); h != nil {
		return h.Value()
	}
	return ""
}

func fromTag(msg gosip.Message) string {
	if h := msg.From(); h != nil {
		return h.Params.GetOr("tag", "")
	}
	return ""
}

func toTag(msg gosip.Message) string {
	if h := msg.To(); h != nil {
		return strings.Clone(h.Params.GetOr("tag", "")) // kept for the life of a call, and the message is not
	}
	return ""
}

func headerValue(msg gosip.Message, name string) string {
	if hs := msg.GetHeaders(name); len(hs) > 0 {
		return hs[0].Value()
	}
	return ""
}
