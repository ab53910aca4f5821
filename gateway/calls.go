package gateway

import (
	"cmp"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"tieline/bridge"
	"tieline/gateway/config"
	"tieline/interaction"
	"tieline/sip"
	"tieline/sip/trunk"
)

// calls is the telephone system as the tracker sees it: it applies the group's limits,
// places calls on the user agent, offers those that come in (inbound.go), and translates the news
// of both.
//
// Concurrency: safe for use from anywhere; the lock is never held while news is told.
type calls struct {
	// settings
	ua     *sip.UserAgent
	groups map[string]config.ChannelGroup
	trunks map[string]config.Trunk
	shares map[string][]trunk.Share // of each group
	chance func(n int) int
	limits map[string]*limit
	tones  *tones
	meter  *metrics
	log    *slog.Logger
	offer  func(interaction.CallOffered) // to the tracker
	// registrar is the trunk that may be asked about credentials; empty: none.
	registrar string
	// state
	mu    sync.Mutex
	live  map[string]hanger       // *sip.Call or *offered; of a desk all its legs
	desks map[bridge.Target]*desk // by channel
	seats map[string]*desk        // by call

	users      map[string]*users          // by group
	registered map[string]*sip.Registered // end-points
}

// hanger is a call that can be ended.
type hanger interface{ Hangup() }

// newCalls: ua, tones and offer must be set before the first call.
func newCalls(cfg config.Config, log *slog.Logger) *calls {
	c := &calls{
		groups: cfg.ChannelGroups, trunks: cfg.Trunks, registrar: cfg.SIP.Registrar, limits: map[string]*limit{}, log: log,
		shares: map[string][]trunk.Share{}, chance: rand.IntN,
		meter: newMetrics(), live: map[string]hanger{}, desks: map[bridge.Target]*desk{}, seats: map[string]*desk{},
		users: map[string]*users{}, registered: map[string]*sip.Registered{},
	}
	for name, g := range cfg.ChannelGroups {
		c.limits[name], c.shares[name] = newLimit(g.Limits), sharesOf(g)
		c.users[name] = newUsers(g.Registration.UsersFile, func(err error) { log.Warn("registration", "group", name, "error", err) })
	}
	return c
}

// PlaceCall implements tracker.Telephony.
func (c *calls) PlaceCall(call interaction.Call, news func(interaction.Input)) {
	limit := c.limits[call.Group]
	if e := limit.take(time.Now(), call.Destination.Urgent); e != nil {
		c.meter.refused()
		news(interaction.CallFailed{Call: call.ID, Error: e})
		return
	}
	if c.placeAtDesk(call, news) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	count := c.meter.dialled()
	c.live[call.ID] = c.ua.Dial(c.dial(call, call.Group), func(e sip.Event) {
		count(e)
		in := c.translate(call.ID, e, failure)
		if isOver(e) {
			c.forget(call.ID)
			limit.give()
		}
		if f, ok := e.(sip.Failed); ok {
			c.log.Info("a call failed", "call", call.ID, "trace", sip.TraceID(call.TraceParent), "cause", f.Cause, "status", f.Status, "trunk", f.Trunk, "attempts", f.Attempts, "detail", f.Detail)
		}
		if in != nil {
			news(in)
		}
	})
}

// HangUp implements tracker.Telephony.
func (c *calls) HangUp(id string) {
	if c.dropAtDesk(id) {
		return
	}
	c.mu.Lock()
	call := c.live[id]
	c.mu.Unlock()
	if call != nil {
		call.Hangup()
	}
}

func (c *calls) keep(id string, call hanger) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live[id] = call
}

func (c *calls) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.live, id)
}

// count is the number of calls that are being placed, offered or answered.
func (c *calls) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.live)
}

// isOver reports the last event of a call.
func isOver(e sip.Event) bool {
	switch e.(type) {
	case sip.Failed, sip.Ended:
		return true
	default:
		return false
	}
}

// translate makes the user agent's events inputs of the core, for a call without a station (with one: desk.go, tell);
// failure says how a call that was not answered is told. nil: nothing to tell.
func (c *calls) translate(id string, e sip.Event, failure func(sip.Outcome) *bridge.Error) interaction.Input {
	switch e := e.(type) {
	case sip.Progress:
		return interaction.CallProgress{Call: id, Alerted: e.Alerted}
	case sip.Answered:
		return interaction.CallAnswered{Call: id, Data: answerData(e.Headers)}
	case sip.Ended:
		by := bridge.BySystem
		if e.ByRemote {
			by = bridge.ByRemote
		}
		return interaction.CallEnded{Call: id, By: by}
	case sip.Failed:
		return interaction.CallFailed{Call: id, Error: failure(e.Outcome)}
	case sip.DTMF, sip.DTMFSent, sip.DTMFFailed:
		return dtmf(id, e)
	case sip.Referred:
		return c.referred(id, e)
	case sip.EarlyMedia, sip.Renegotiated, sip.OfferFailed, sip.PeerOffer, sip.PeerOfferGone, sip.ReferProgress: // nobody hears anything
		return nil
	}
	panic("gateway: unknown event of a call")
}

// dial says what the user agent is to do about a dial of a group, by which of its trunks first.
func (c *calls) dial(call interaction.Call, group string) sip.Dial {
	d := dialOf(call, c.groups[group])
	d.Trunks = trunk.Order(c.shares[group], c.chance)
	return d
}

// dialOf is all of it that is not left to chance.
func dialOf(call interaction.Call, g config.ChannelGroup) sip.Dial {
	d := sip.Dial{
		ID: call.ID, User: call.Destination.User, URI: call.Destination.URI,
		CallerNumber: g.CallerID.Number, CallerName: g.CallerID.Name, Anonymous: g.CallerID.Anonymous,
		Urgent:          call.Destination.Urgent,
		ProgressTimeout: g.Dial.ProgressTimeout, RingTimeout: g.Dial.RingTimeout, Deadline: call.Deadline,
		TraceParent: call.TraceParent,
	}
	if d.CallerNumber == "" {
		d.CallerNumber = call.EndPoint
	}
	if g.Login == config.LoginRegister {
		d.Account = call.EndPoint
	}
	if id := call.CallerID; id != nil {
		if id.Number != "" || id.Name != "" || id.Anonymous == nil {
			d.CallerNumber, d.CallerName = cmp.Or(id.Number, d.CallerNumber), id.Name
		}
		if id.Anonymous != nil {
			d.Anonymous = *id.Anonymous
		}
	}
	d.Anonymous = d.Anonymous && !d.Urgent // who answers an emergency call has to know whom to call back
	for _, name := range slices.Sorted(maps.Keys(call.Headers)) {
		d.Headers = append(d.Headers, sip.Header{Name: name, Value: call.Headers[name]})
	}
	return d
}
