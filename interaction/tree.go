package interaction

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"tieline/bridge"
)

// TreeSettings are fixed for the life of a Tree.
type TreeSettings struct {
	Version string // of the gateway, for its capabilities
	// Groups are the channel groups that this gateway serves.
	Groups []string
	// Registrar tells whether the telephone system can be asked about credentials, the others whether any
	// group's can do what its ChannelSettings call so.
	Registrar, SendDTMF, Station, Transfer, Conference bool
	// MaxSessions is how many sessions there may be, MaxChannels how many channels in each channel
	// group, MaxChecks how many credentials may be checked at a time; zero: no limit.
	MaxSessions, MaxChannels, MaxChecks int
}

// Tree is processor control with its sessions and channel groups (protocol.md §4 to §6): it
// routes every message to its destination and tears down leaves first. Channels are leaves
// here; each has a machine of its own.
type Tree struct {
	settings  TreeSettings
	asks      asks
	control   destination
	status    bridge.StatusBody
	draining  bool
	stopping  bool // Shutdown was asked for
	emptied   bool // and has been reported complete
	sessions  map[bridge.Target]*session
	endPoints map[string]*endPoint
	chores    []*chore
	checks    map[string]*ask // credentials being checked, by requestId
}

type session struct {
	destination
	agent  bridge.Agent
	groups map[bridge.Target]*group
	order  []bridge.Target
	held   []Request // what must not overtake the tear down of a channel, in order of arrival (held.go)
	ending
}

type group struct {
	destination
	channels map[bridge.Target]*leaf
	order    []bridge.Target
	ending
}

type leaf struct {
	ref       bridge.ChannelRef
	stopped   bool
	removing  []*ask // who asked the group to remove it
	disposing int    // disposes that it was handed and that may or may not tear it down
	going     bool   // it is saying its last words
}

// ending is what waits for a tear down to finish.
type ending struct {
	reason  string
	waiting []*ask
	wasOpen bool // its init query had been answered: …disposed may be raised
}

// NewTree makes the tree of a processor; its status is STARTING.
func NewTree(s TreeSettings) *Tree {
	return &Tree{
		settings: s, asks: newAsks(), sessions: map[bridge.Target]*session{}, endPoints: map[string]*endPoint{},
		checks:  map[string]*ask{},
		control: destination{target: bridge.Control, phase: inUse},
		status:  bridge.StatusBody{Status: StatusStarting, ChannelGroups: map[string]string{}},
	}
}

// The states of a gateway (protocol.md §4).
const (
	StatusStarting = "STARTING"
	StatusStarted  = "STARTED"
	StatusDegraded = "DEGRADED"
	StatusStopping = "STOPPING"
	StatusStopped  = "STOPPED"
)

// Deadline implements Machine: a tree waits for nothing.
func (t *Tree) Deadline() time.Time { return time.Time{} }

// Step implements Machine.
func (t *Tree) Step(now time.Time, in Input) []Effect {
	t.asks.now = now
	switch in := in.(type) {
	case Request:
		t.asks.arrive(aimed(in))
	case Claimed:
		if p := t.asks.claimed(in); p != nil {
			t.run(p)
		}
	case CallOffered:
		t.offered(in)
	case CredentialsChecked:
		t.credentialsChecked(in)
	case LogIn:
		t.logIn(in.Channel, in.EndPoint)
	case LogOut:
		t.logOut(in.Channel, in.EndPoint)
	case ChannelDid:
		t.channelDid(in.Channel, in.Error)
	case ChannelGoing:
		if l := t.leaf(in.Target); l != nil {
			l.stopped, l.going = true, true
		}
	case ChannelStays:
		t.channelStays(in.Target)
	case ChannelGone:
		t.channelGone(in.Target)
	case StatusChanged:
		t.changeStatus(in.Status)
	case Drain:
		t.draining = true
	case Shutdown:
		t.shutdown(in.Reason)
	case Stored, Refused, Tick, CallProgress, CallAnswered, CallFailed, CallEnded, AnswerFailed, CallHeld, CallRetrieved, HoldFailed, CallMoved,
		MemberLeft, DTMFSent, DTMFReceived, EndPointRegistered, EndPointLost, Dispose,
		LoggedIn, LoginRefused, EndPointTaken, EndPointFree, Activate, LogOff, Probe:
		// Not for a tree.
	}
	t.asks.advance(t.handle, func() bool { return true })
	return t.asks.flush()
}

// handle forwards a message to the channel that owns its destination, or answers a query. It
// returns false for a request that the tree has to carry out itself.
func (t *Tree) handle(r Request) bool {
	if t.hold(r) {
		return true
	}
	if channel := r.Message.Target.At(bridge.ObjectChannel); channel != "" && t.leaf(channel) != nil {
		t.forward(channel, r)
		return true
	}
	if r.Message.Type == bridge.TypeQuery {
		t.asks.answerQuery(r, t.query)
		return true
	}
	return false
}

// aimed makes the target of a message certain: from the subject where the header is missing,
// and the subject's own where the two contradict each other, which is a fault. A setup
// request travels on its child's subject, everything else on its own (protocol.md §2).
func aimed(r Request) Request {
	want := r.Subject
	if child, ok := setsUp(r.Message.Name); ok && child == r.Subject.Object() {
		want = r.Subject.Parent()
	}
	if r.Message.Target != "" && r.Message.Target != want && r.Fault == nil {
		r.Fault = bridge.InvalidMessage.Error(fmt.Sprintf("The message is invalid: target %q does not fit the subject it was sent on.", clip(string(r.Message.Target))))
	}
	r.Message.Target = want
	return r
}

// setsUp returns the kind of child that a setup request creates (protocol.md §2); false for
// all other messages.
func setsUp(n bridge.Name) (bridge.Object, bool) {
	switch n {
	case bridge.ControlAddSession:
		return bridge.ObjectSession, true
	case bridge.SessionAddChannelGroup:
		return bridge.ObjectGroup, true
	case bridge.GroupAddChannel:
		return bridge.ObjectChannel, true
	case bridge.ChannelPrepareInteraction:
		return bridge.ObjectInteraction, true
	case bridge.InteractionPrepareConversation:
		return bridge.ObjectConversation, true
	}
	return 0, false
}

func (t *Tree) leaf(channel bridge.Target) *leaf {
	if g := t.group(channel.Parent()); g != nil {
		return g.channels[channel]
	}
	return nil
}

func (t *Tree) group(target bridge.Target) *group {
	if s := t.sessions[target.Parent()]; s != nil {
		return s.groups[target]
	}
	return nil
}

// find returns the destination of a message, or nil.
func (t *Tree) find(target bridge.Target) *destination {
	switch target.Object() {
	case bridge.ObjectControl:
		return &t.control
	case bridge.ObjectSession:
		if s := t.sessions[target]; s != nil {
			return &s.destination
		}
	case bridge.ObjectGroup:
		if g := t.group(target); g != nil {
			return &g.destination
		}
	case bridge.ObjectChannel, bridge.ObjectInteraction, bridge.ObjectConversation:
		// A channel that exists never comes here.
	}
	return nil
}

func (t *Tree) query(m bridge.Message) bridge.Message {
	d := t.find(m.Target)
	if d == nil {
		return m.Fail(unknownTarget(m.Target))
	}
	if e := d.admit(m); e != nil {
		return m.Fail(e)
	}
	switch m.Name {
	case bridge.ControlCapabilities:
		return m.Succeed(t.capabilities())
	case bridge.SessionInit:
		s := t.sessions[m.Target]
		s.opened()
		return m.Succeed(s.state())
	case bridge.GroupInit:
		g := t.group(m.Target)
		g.opened()
		return m.Succeed(g.state())
	}
	return m.Fail(unsupported("The query " + string(m.Name)))
}

func (s *session) state() bridge.SessionState {
	state := bridge.SessionState{Agent: s.agent, ChannelGroups: []bridge.GroupRef{}}
	for _, target := range s.order {
		state.ChannelGroups = append(state.ChannelGroups, bridge.GroupRef{ChannelGroup: target.ID()})
	}
	return state
}

func (g *group) state() bridge.GroupState {
	state := bridge.GroupState{Channels: []bridge.ChannelRef{}}
	for _, target := range g.order {
		state.Channels = append(state.Channels, g.channels[target].ref)
	}
	return state
}

// run carries out a claimed request.
func (t *Tree) run(p *ask) {
	d := t.find(p.Message.Target)
	switch {
	case p.Fault != nil:
		t.asks.fail(p, p.Fault)
		return
	case d == nil:
		t.asks.fail(p, unknownTarget(p.Message.Target))
		return
	}
	if e := d.admit(p.Message); e != nil {
		t.asks.fail(p, e)
		return
	}
	if e := t.perform(p); e != nil {
		t.asks.fail(p, e)
	}
}

// perform executes an admitted request. A nil result means that it is answered, or will be.
func (t *Tree) perform(p *ask) *bridge.Error {
	switch p.Message.Name {
	case bridge.ControlStatusRequest:
		t.asks.succeed(p, nil)
		t.control.event(&t.asks, bridge.ControlStatus, t.status)
		return nil
	case bridge.ControlAddSession:
		return t.addSession(p)
	case bridge.SessionAddChannelGroup:
		return t.addGroup(p)
	case bridge.ControlValidateCredentials:
		return t.validateCredentials(p)
	case bridge.ControlServerStatus:
		return t.serverStatus(p)
	case bridge.SessionLogout:
		t.logout(p)
		return nil
	case bridge.GroupActivate:
		t.activateGroup(p)
		return nil
	case bridge.SessionRemoveChannelGroup:
		return t.removeGroup(p)
	case bridge.GroupRemoveChannel:
		return t.removeChannel(p)
	case bridge.SessionDispose:
		t.disposeSession(t.sessions[p.Message.Target], p, "disposed")
		return nil
	case bridge.GroupAddChannel:
		return t.addChannel(p)
	case bridge.GroupDispose:
		t.disposeGroup(t.group(p.Message.Target), p, "disposed")
		return nil
	}
	return unsupported("The request " + string(p.Message.Name))
}

// serverStatus notes what the bridge says of itself; sessions and calls stay as they are.
func (t *Tree) serverStatus(p *ask) *bridge.Error {
	var body bridge.ServerStatus
	if err := bridge.DecodeBody(p.Message, &body); err != nil {
		return invalidBody(err)
	}
	if body.Status == "" {
		return bridge.InvalidMessage.Error(`The message is invalid: body key "status" is missing.`)
	}
	t.asks.succeed(p, nil)
	return nil
}

func (t *Tree) changeStatus(s bridge.StatusBody) {
	if s.Status == t.status.Status && s.Reason == t.status.Reason && maps.Equal(s.ChannelGroups, t.status.ChannelGroups) {
		return
	}
	t.status = s
	t.control.event(&t.asks, bridge.ControlStatus, s)
}

func (t *Tree) shutdown(reason string) {
	t.stopping, t.draining = true, true
	for _, target := range slices.Sorted(maps.Keys(t.sessions)) {
		t.disposeSession(t.sessions[target], nil, reason)
	}
	t.stopChecking()
	t.settle()
}

// settle says when a shutdown is complete.
func (t *Tree) settle() {
	if t.stopping && !t.emptied && len(t.sessions) == 0 {
		t.emptied = true
		t.asks.emit(Emptied{})
	}
}
