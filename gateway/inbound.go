package gateway

import (
	"sync"

	"tieline/bridge"
	"tieline/interaction"
	"tieline/sip"
	"tieline/sip/line"
)

// offered is a call that a trunk has placed, from its offer to its end. Until somebody has decided about it,
// its news are kept, so that a caller who gives up at once is not missed.
//
// Concurrency: safe for use from anywhere; news are told in order, under the lock, and do not block.
type offered struct {
	*sip.Incoming
	mu   sync.Mutex
	kept []sip.Event
	news func(sip.Event) // nil until it was decided about
	over bool
}

// tell passes news on, or keeps them. It returns true when nobody will ask for the call any more.
func (o *offered) tell(e sip.Event) (done bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = o.over || isOver(e)
	if o.news == nil {
		o.kept = append(o.kept, e)
		return false
	}
	o.news(e)
	return o.over
}

// decide says where the news go, those that were kept first; only the first decision counts. It returns
// true when nobody will ask for the call any more.
func (o *offered) decide(news func(sip.Event)) (done bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.news != nil {
		return false
	}
	o.news = news
	for _, e := range o.kept {
		news(e)
	}
	o.kept = nil
	return o.over
}

// Incoming takes a call of the user agent's and offers it to the tracker.
func (c *calls) Incoming(call *sip.Incoming) func(sip.Event) {
	o := &offered{Incoming: call}
	c.keep(call.ID(), o)
	c.offer(offerOf(call.ID(), call.Invitation()))
	return func(e sip.Event) {
		c.meter.offered(e)
		if f, ok := e.(sip.Failed); ok {
			c.log.Info("a call was not answered", "call", call.ID(), "trace", sip.TraceID(call.Invitation().TraceParent), "cause", f.Cause, "status", f.Status, "trunk", f.Trunk, "detail", f.Detail)
		}
		if o.tell(e) {
			c.forget(call.ID())
		}
	}
}

// offerOf is an invitation in the words of the core (docs/protocol.md §7.5).
func offerOf(id string, i sip.Invitation) interaction.CallOffered {
	data := map[string]any{"called-number": i.Dialled}
	if i.Verstat != "" {
		data["verstat"] = i.Verstat
	}
	if d := i.Diversion; d != nil {
		data["diversion"] = map[string]string{"number": d.Number, "name": d.Name, "reason": d.Reason}
	}
	if len(i.Headers) > 0 {
		data["headers"] = told(i.Headers)
	}
	return interaction.CallOffered{
		Call: id, EndPoint: i.Called, Remote: bridge.Party{Number: i.CallerNumber, Name: i.CallerName}, Data: encoded(data),
		TraceParent: i.TraceParent,
	}
}

// incoming returns an offered call that is not over, or nil.
func (c *calls) incoming(id string) *offered {
	c.mu.Lock()
	defer c.mu.Unlock()
	o, _ := c.live[id].(*offered)
	return o
}

// TakeCall implements tracker.Telephony.
func (c *calls) TakeCall(id string, l interaction.Line, news func(interaction.Input)) {
	o := c.incoming(id)
	if o == nil || c.takeAtDesk(o, l, news) {
		return
	}
	done := o.decide(func(e sip.Event) {
		if in := c.translate(id, e, missed); in != nil {
			news(in)
		}
	})
	if done {
		c.forget(id)
	}
}

// RingCall implements tracker.Telephony.
func (c *calls) RingCall(id string) {
	if o := c.incoming(id); o != nil {
		o.Ring()
	}
	c.command(id, line.Ring{Call: id})
}

// AnswerCall implements tracker.Telephony.
func (c *calls) AnswerCall(id string) {
	if c.command(id, line.Accept{Call: id}) {
		return
	}
	if o := c.incoming(id); o != nil {
		o.Answer()
	}
}

// RefuseCall implements tracker.Telephony.
func (c *calls) RefuseCall(id string, as interaction.Refusal) {
	if o := c.incoming(id); o != nil {
		c.log.Debug("a call is refused", "call", id, "because", as) // its end is told
		o.Refuse(refusalOf(as))
		c.dropAtDesk(id)
		if o.decide(func(sip.Event) {}) {
			c.forget(id)
		}
	}
}

// refusalOf is what the caller hears (docs/protocol.md §7.5).
func refusalOf(as interaction.Refusal) sip.Refusal {
	switch as {
	case interaction.RefusedUnknown:
		return sip.Refusal{Status: 404}
	case interaction.RefusedBusy:
		return sip.Refusal{Status: 486}
	case interaction.RefusedDeclined:
		return sip.Refusal{Status: 603}
	case interaction.RefusedDraining:
		return sip.Refusal{Status: 503}
	case interaction.RefusedFault:
		return sip.Refusal{Status: 500}
	case interaction.RefusedUnavailable:
	}
	return sip.Refusal{Status: 480}
}
