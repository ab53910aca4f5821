package interaction

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tieline/bridge"
	"tieline/bridge/contract"
	"tieline/bridge/mirror"
)

const theChannel bridge.Target = "s1.sales.1001"

// rig plays a history to one Channel: it is the tracker, the ledger, the stream and the
// telephone system in one, and answers late, out of step, or with a fault. After each step it
// checks what protocol.md promises.
type rig struct {
	t   *testing.T
	c   *Channel
	now time.Time
	log []any // inputs, effects and what was stored

	outbox       []Effect // said, not yet stored
	holder       string   // who is logged in at the end-point: "us", "other", or nobody
	registration string   // the one in force; empty: none
	registered   bool     // the telephone system said so last
	probes       int      // that the channel has not answered
	owes         int      // parts of chores that the channel was told to do and has not done
	claims       []string // being written
	ledger       map[string]*Record
	stream       []bridge.Message
	mirror       *mirror.Mirror

	sent     int
	answers  map[string]int // by reply subject
	respond  map[string]int // Respond effects by requestId
	claimed  map[string]bool
	callees  map[string]bool // each request has a callee of its own
	calls    map[string]*fate
	order    []string                 // of calls
	contacts map[string]bridge.Target // of inbound calls
	open     map[bridge.Target]bool
	closed   map[bridge.Target]bool
	known    []bridge.Target // interactions and conversations that were named
	gone     bool
	said     []bridge.Message // after Gone
	ids      int
	left     int                      // the line was left
	first    map[bridge.Target]string // the call that an interaction began with
}

// fate is what became of a call. An inbound one is offered, then taken or refused; a refused one
// counts as hung up.
type fate struct {
	over, hungUp, inbound, taken, rung, answered bool

	digits int // that were to be sent and have no verdict

	up     bool   // it was told that it is answered
	held   bool   // by the agent, as was told
	order  Effect // what the telephone system was told to do and has not answered
	beside string // of ConnectCalls and ConferenceCall: the other call
}

func newRig(t *testing.T, s ChannelSettings) *rig {
	r := &rig{
		t: t, now: time.Unix(1e9, 0), ledger: map[string]*Record{}, answers: map[string]int{}, respond: map[string]int{},
		claimed: map[string]bool{}, callees: map[string]bool{}, calls: map[string]*fate{}, contacts: map[string]bridge.Target{}, first: map[bridge.Target]string{},
		open: map[bridge.Target]bool{}, closed: map[bridge.Target]bool{}, mirror: mirror.New(),
	}
	s.Group = "sales"
	s.Destination = func(d string) (Destination, *bridge.Error) {
		if strings.Trim(d, "0123456789") != "" {
			return Destination{}, bridge.InvalidDestination.Error("This is not a number.")
		}
		return Destination{User: d, Number: d}, nil
	}
	s.NewID = func() string { r.ids++; return fmt.Sprintf("id%d", r.ids) }
	r.c = NewChannel(theChannel, bridge.ChannelRef{Channel: "1001", EndPoint: "1001", Type: bridge.Telephony}, s)
	return r
}

func (r *rig) failf(format string, args ...any) {
	r.t.Helper()
	r.t.Fatalf("%s\nhistory:\n%s", fmt.Sprintf(format, args...), r.story())
}

func (r *rig) story() string {
	var b strings.Builder
	for _, entry := range r.log {
		switch e := entry.(type) {
		case Input:
			fmt.Fprintln(&b, "→ "+describe(e))
		case Effect:
			fmt.Fprintln(&b, "    "+describeEffect(e))
		case bridge.Message:
			fmt.Fprintln(&b, "  stored "+e.Line())
		}
	}
	return b.String()
}

// step gives the machine an input and keeps what it says, as the tracker does.
func (r *rig) step(in Input) []Effect {
	r.t.Helper()
	r.log = append(r.log, in)
	gone := r.gone
	out := r.c.Step(r.now, in)
	if _, offer := in.(CallOffered); gone && len(out) > 0 && !offer {
		r.failf("nothing is said after the tear down: %v", out)
	}
	for _, e := range out {
		r.log = append(r.log, e)
		r.take(e)
	}
	r.check()
	return out
}

func (r *rig) take(e Effect) {
	r.t.Helper()
	switch e := e.(type) {
	case Claim:
		id := e.Record.Request.RequestID
		if r.gone || slices.Contains(r.claims, id) {
			r.failf("a request is claimed once, before the end: %s", id)
		}
		r.claims = append(r.claims, id)
		if r.ledger[id] == nil {
			r.ledger[id] = &e.Record
			r.claimed[id] = true
		}
	case Publish:
		r.gate(e.Message)
		r.outbox = append(r.outbox, e)
	case Respond:
		r.respond[e.Message.RequestID]++
		if r.respond[e.Message.RequestID] > 1 {
			r.failf("there is one response to %s", e.Message.RequestID)
		}
		if r.gone {
			r.said = append(r.said, e.Message)
		}
		r.opened(e.Message)
		r.outbox = append(r.outbox, e)
	case Reply:
		r.opened(e.Message)
		r.outbox = append(r.outbox, e)
	case PlaceCall:
		r.place(e.Call)
	case SendDTMF:
		f := r.calls[e.Call]
		if f == nil || f.over || f.hungUp {
			r.failf("digits are sent on a call that lives: %s", e.Call)
		}
		f.digits++
	case HoldCall, RetrieveCall, ConnectCalls, TransferCall, ConferenceCall:
		r.station(e)
	case LeaveLine:
		r.left++
		if !r.c.settings.Station || e.Line != (Line{theChannel, "sales", "1001"}) {
			r.failf("only the line of a station is left: %+v", e.Line)
		}
	case TakeCall, RingCall, AnswerCall, RefuseCall:
		r.inbound(e)
	case HangUp:
		f := r.calls[e.Call]
		if f == nil || f.over || f.hungUp {
			r.failf("only a call that lives is hung up: %s %+v", e.Call, f)
		}
		f.hungUp, f.order = true, nil
	case Report:
		r.outbox = append(r.outbox, e)
	case RegisterEndPoint:
		if r.registration != "" || r.holder != "us" || e.Line != (Line{theChannel, "sales", "1001"}) {
			r.failf("one registration at a time, of whom the end-point is: %+v", e)
		}
		r.registration, r.registered = e.ID, false
	case UnregisterEndPoint:
		if r.registration != e.ID {
			r.failf("only a registration that there is is ended: %+v", e)
		}
		r.registration, r.registered = "", false
	case Gone:
		r.gone = true
	default:
		r.failf("a channel never says %T", e)
	}
}

// gate: nothing is raised before init was answered, nothing after the tear down (§3).
func (r *rig) gate(m bridge.Message) {
	r.t.Helper()
	if r.gone {
		r.said = append(r.said, m)
	}
	if !r.open[m.Target] {
		r.failf("no event before init was answered: %s", m.Line())
	}
	for t := m.Target; t != bridge.Control; t = t.Parent() {
		if r.closed[t] {
			r.failf("no event after …disposed: %s", m.Line())
		}
	}
	if strings.HasSuffix(string(m.Name), ".disposed") {
		r.closed[m.Target] = true
	}
}

func (r *rig) opened(m bridge.Message) {
	if isInit(m) {
		r.open[m.Target] = true
	}
}

// isInit tells whether m is the answer that opens a destination.
func isInit(m bridge.Message) bool {
	return strings.HasSuffix(string(m.Name), ".query.init") && m.Result == bridge.Success
}

// store takes the first message of the outbox; refuse makes the stream refuse it if it is one
// whose fate the machine asked to be told.
func (r *rig) store(refuse bool) bool {
	r.t.Helper()
	if len(r.outbox) == 0 {
		return false
	}
	e := r.outbox[0]
	r.outbox = r.outbox[1:]
	switch e := e.(type) {
	case Publish:
		if refuse && e.Ref != 0 {
			r.step(Refused{e.Ref})
			return true
		}
		r.stored(e.Message)
		if e.Ref != 0 {
			r.step(Stored{e.Ref})
		}
	case Respond:
		r.stored(e.Message)
		for _, to := range e.To {
			r.answers[to.Subject]++
		}
		if e.Record != nil {
			sealed := Seal(e.Message)
			r.ledger[e.Message.RequestID].Answer = &sealed
		}
	case Reply:
		if isInit(e.Message) {
			if err := r.mirror.HearReply(e.Message); err != nil {
				r.failf("%v", err)
			}
		}
		r.answers[e.To.Subject]++
	case Report:
		r.report(e.Input)
	}
	return true
}

// report is the tree: it gives the end-point to the channel, unless another one has it.
func (r *rig) report(in Input) {
	r.t.Helper()
	switch in := in.(type) {
	case LogIn:
		if r.holder == "other" {
			r.step(LoginRefused{})
			return
		}
		r.holder = "us"
		r.step(LoggedIn{})
	case LogOut:
		if r.holder != "us" {
			r.failf("only who is logged in logs out")
		}
		r.holder = ""
	case ChannelStays:
		if r.probes--; r.probes < 0 {
			r.failf("a probe is answered once")
		}
	case ChannelDid:
		if r.owes--; r.owes < 0 {
			r.failf("a part of a chore is done once")
		}
	default:
		r.failf("a channel never tells the tree %T", in)
	}
}

// others is what happens at the end-point's other channels, or what the tree asks for.
func (r *rig) others(n int) {
	r.t.Helper()
	switch {
	case n == 4 && !r.gone:
		r.probes++
		r.step(Probe{})
	case n == 0 && r.holder == "":
		r.holder = "other"
		r.step(EndPointTaken{})
	case n == 1 && r.holder == "other":
		r.holder = ""
		r.step(EndPointFree{})
	case n == 2 && !r.gone:
		r.owes++
		r.step(Activate{})
	case n == 3 && !r.gone:
		r.owes++
		r.step(LogOff{})
	}
}

func (r *rig) stored(m bridge.Message) {
	r.t.Helper()
	r.log = append(r.log, m)
	contract.Said(r.t)(m)
	switch {
	case m.Type == bridge.TypeEvent:
		r.hear(m)
		if m.Name == bridge.ChannelInteractionAdded {
			body := decode[bridge.InteractionAdded](r, m)
			r.known = append(r.known, theChannel.Child(body.Interaction), theChannel.Child(body.Interaction).Child(body.Conversations.Primary.ID))
		}
		if m.Name == bridge.InteractionConversationAdded {
			r.known = append(r.known, m.Target.Child(decode[bridge.ConversationAdded](r, m).Conversation))
		}
	case m.Name == bridge.ChannelDial:
		r.outcome(m)
	case m.Name == bridge.InteractionConsult:
		r.consulted(m)
	default:
		r.hear(m)
	}
	r.stream = append(r.stream, m)
}

// outcome: interactionadded strictly before SUCCESS, and no interactionadded at all with
// FAILURE (§7.4).
func (r *rig) outcome(answer bridge.Message) {
	r.t.Helper()
	added := ""
	for _, m := range r.stream {
		switch m.Name {
		case bridge.ChannelInteractionAdded:
			if body := decode[bridge.InteractionAdded](r, m); body.RequestID == answer.RequestID {
				added = body.Interaction
			}
		case bridge.ChannelInteractionRemoved:
			if decode[bridge.InteractionRemoved](r, m).Interaction == added && added != "" {
				r.failf("an interaction stays at least until its dial is answered: %s", answer.Line())
			}
		}
	}
	switch {
	case answer.Result == bridge.Failure && added != "":
		r.failf("FAILURE means that no interaction was added: %s", answer.Line())
	case answer.Result == bridge.Success && (added == "" || decode[bridge.Dialled](r, answer).Interaction != added):
		r.failf("interactionadded strictly before SUCCESS: %s", answer.Line())
	}
}

func decode[T any](r *rig, m bridge.Message) (v T) {
	r.t.Helper()
	if err := bridge.DecodeBody(m, &v); err != nil {
		r.failf("the body of %s: %v", m.Line(), err)
	}
	return v
}

// write answers the i-th claim, unless its answer is just being written: then it has to wait.
func (r *rig) write(i int, fails bool) bool {
	r.t.Helper()
	if len(r.claims) == 0 {
		return false
	}
	i %= len(r.claims)
	id := r.claims[i]
	entry := r.ledger[id]
	ours := r.claimed[id]
	if !ours && entry.Answer == nil {
		return false
	}
	r.claims = slices.Delete(r.claims, i, i+1)
	r.claimed[id] = false // the next claim of it finds ours
	in := Claimed{RequestID: id, Failed: fails && ours}
	if !ours {
		in.Existing = entry
	}
	r.step(in)
	return true
}

func (r *rig) send(m bridge.Message, subject bridge.Target) {
	r.t.Helper()
	if r.gone {
		return // the tracker gives it back to the tree
	}
	r.sent++
	to := ReplyTo{Subject: fmt.Sprintf("inbox%d", r.sent)}
	r.answers[to.Subject] = 0
	r.step(Request{Message: m, Subject: subject, ReplyTo: to})
}

func (r *rig) tick(d time.Duration) {
	r.t.Helper()
	r.now = r.now.Add(d)
	for range 100 {
		at := r.c.Deadline()
		if r.gone || at.IsZero() || at.After(r.now) {
			return
		}
		r.step(Tick{})
	}
	r.failf("a deadline that has come is dealt with")
}
