package sip

import (
	"strings"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// table finds whom a message belongs to. Whoever is in it is there from before anything of his leaves until nothing more
// of it can come, so that even a BYE right behind the 200 finds its dialog. A PBX may route a call of ours back to us
// with its Call-ID: only our tag tells the two apart (https://www.rfc-editor.org/rfc/rfc3261#section-12).
type table struct {
	mu          sync.RWMutex
	owners      map[dialogKey]owner
	invitations map[invitationKey]*Incoming
}

// owner is whoever has dialogs: an attempt of ours, or a call of the peer's. Its goroutine calls serve, acknowledged and
// responded.
type owner interface {
	post(f turn) bool
	serve(now time.Time, req *gosip.Request, tx *gosip.ServerTx)
	acknowledged(now time.Time, ack *gosip.Request)
	responded(now time.Time, res *gosip.Response) // 1xx and 2xx to INVITE
	name() string
	trace() string // traceparent; empty: none
}

// dialogKey is our half of a dialog's identity: forks share it.
type dialogKey struct{ callID, localTag string }

// invitationKey is what all ways of one INVITE of a peer's have in common
// (https://www.rfc-editor.org/rfc/rfc3261#section-8.2.2.2). Each end-point counts as a UAS of its own: a proxy that
// forks a call to two of them wants both to ring.
type invitationKey struct {
	callID, fromTag, called string
	seq                     uint32
}

func newTable() table {
	return table{owners: map[dialogKey]owner{}, invitations: map[invitationKey]*Incoming{}}
}

func (t *table) put(l *leg, o owner) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.owners[dialogKey{l.callID, l.localTag}] = o
}

func (t *table) drop(l *leg) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.owners, dialogKey{l.callID, l.localTag})
}

// admit puts a call of a peer's in, unless its INVITE came another way before: then it returns that one's call.
func (t *table) admit(c *Incoming) *Incoming {
	t.mu.Lock()
	defer t.mu.Unlock()
	if other := t.invitations[c.key]; other != nil {
		return other
	}
	t.invitations[c.key] = c
	t.owners[dialogKey{c.callID, c.localTag}] = c
	return nil
}

func (t *table) dismiss(c *Incoming) {
	t.drop(&c.leg)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.invitations[c.key] == c {
		delete(t.invitations, c.key)
	}
}

// find returns whoever has a message's Call-ID and our tag, or nil.
func (t *table) find(msg gosip.Message, localTag string) owner { return t.get(callID(msg), localTag) }

func (t *table) get(callID, localTag string) owner {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.owners[dialogKey{callID, localTag}]
}

// invitation returns the call whose INVITE this request is, or cancels, or nil.
func (t *table) invitation(req *gosip.Request) *Incoming {
	key, ok := newInvitationKey(req)
	if !ok {
		return nil
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.invitations[key]
}

func newInvitationKey(req *gosip.Request) (key invitationKey, ok bool) {
	if req.CSeq() == nil || req.From() == nil || req.CallID() == nil {
		return key, false
	}
	return invitationKey{strings.Clone(callID(req)), strings.Clone(fromTag(req)), strings.Clone(req.Recipient.User), req.CSeq().SeqNo}, true
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

// headerValue is the value of the first header field of a name, or of another one, such as its compact form.
func headerValue(msg gosip.Message, names ...string) string {
	for _, name := range names {
		if hs := msg.GetHeaders(name); len(hs) > 0 {
			return hs[0].Value()
		}
	}
	return ""
}
