package interaction

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"tieline/bridge"
	"tieline/bridge/contract"
)

// FuzzTree plays any history to the tree of destinations; forest checks what must hold.
func FuzzTree(f *testing.F) {
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, history []byte) { playTree(t, history) })
}

// TestTreeHistories plays the same few hundred random histories each time.
func TestTreeHistories(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		history := make([]byte, 20+r.IntN(600))
		for i := range history {
			history[i] = byte(r.Uint32())
		}
		playTree(t, history)
	}
}

// forest is the tracker, the ledger, the stream and the channels of one Tree.
type forest struct {
	t    *testing.T
	tree *Tree
	log  []string

	claim    string // being written
	ledger   map[string]*Record
	answered map[string]bool          // by requestId
	subjects map[string]bridge.Target // by requestId
	sent     int
	answers  map[string]int // by reply subject; handing over to a channel counts
	alive    map[bridge.Target]*sapling
	open     map[bridge.Target]bool
	emptied  int
	checks   []string        // credentials being checked, by requestId
	offers   map[string]bool // calls; true: decided
	limits   TreeSettings
}

// sapling is a channel: it stops when it is told to, or by itself, going first.
type sapling struct {
	stopped, going bool
	owes           int // parts of chores that it was told to do
	probes         int // that it has not answered
	endPoint       string
	asked, holds   bool // for the end-point; it is this channel's
}

func playTree(t *testing.T, history []byte) {
	t.Helper()
	h := &tape{history}
	f := &forest{
		t: t, subjects: map[string]bridge.Target{}, ledger: map[string]*Record{}, answered: map[string]bool{}, answers: map[string]int{},
		alive: map[bridge.Target]*sapling{}, open: map[bridge.Target]bool{bridge.Control: true},
		offers: map[string]bool{},
		limits: TreeSettings{
			Version: "1", Groups: []string{"sales", "support"}, Registrar: h.next()%4 > 0,
			MaxSessions: h.next() % 3, MaxChannels: h.next() % 3, MaxChecks: h.next() % 3,
		},
	}
	f.tree = NewTree(f.limits)
	if h.next()%8 > 0 {
		f.step(StatusChanged{bridge.StatusBody{Status: StatusStarted, ChannelGroups: map[string]string{}}})
	}
	for len(h.left) > 0 {
		f.happen(h)
	}
	f.step(Shutdown{Reason: "the end"})
	for f.write(false) || f.wither(0) {
	}
	if f.emptied != 1 || len(f.tree.sessions) > 0 || len(f.alive) > 0 || len(f.tree.asks.line) > 0 || len(f.tree.asks.pending) > 0 {
		f.failf("a shutdown comes to its end, once: %d %v %v", f.emptied, f.tree.sessions, f.alive)
	}
	for subject, n := range f.answers {
		if n != 1 {
			f.failf("%d answers for %s: each message gets exactly one", n, subject)
		}
	}
	for call, decided := range f.offers {
		if !decided {
			f.failf("each offered call is refused or handed to a channel: %s", call)
		}
	}
}

func (f *forest) failf(format string, args ...any) {
	f.t.Helper()
	f.t.Fatalf("%s\nhistory:\n%s", fmt.Sprintf(format, args...), strings.Join(f.log, "\n"))
}

func (f *forest) happen(h *tape) {
	f.t.Helper()
	switch h.next() % 10 {
	case 0, 1, 2:
		f.ask(h)
	case 3, 4, 5:
		f.write(h.next()%32 == 0)
	case 6:
		f.wither(h.next())
	case 8, 9:
		f.report(h)
	case 7:
		switch h.next() % 32 {
		case 0:
			f.step(Drain{})
		case 1:
			f.step(Shutdown{Reason: "early"})
		case 2, 3, 4:
			f.step(StatusChanged{bridge.StatusBody{Status: []string{StatusStarted, StatusDegraded, StatusStopping}[h.next()%3], ChannelGroups: map[string]string{}}})
		case 5:
			f.step(ChannelGone{"s9.sales.1"})
		case 6:
			f.step(Stored{1})
		case 7, 8, 9, 10:
			f.checked(h.next())
		case 11, 12, 13, 14, 15, 16, 17, 18:
			call := fmt.Sprint("c", len(f.offers))
			f.offers[call] = false
			f.step(CallOffered{Call: call, EndPoint: fmt.Sprint(h.next() % 3)})
		default:
			f.step(Tick{})
		}
	}
}

// ask sends any message to any destination, mostly what sets up and opens.
func (f *forest) ask(h *tape) {
	f.t.Helper()
	session := bridge.Target([]string{"s1", "s1", "s1", "s2"}[h.next()%4])
	group := session.Child([]string{"sales", "sales", "sales", "sales", "sales", "support", "support", "nobody"}[h.next()%8])
	channel := group.Child([]string{"1", "2"}[h.next()%2])
	m := bridge.Message{Type: bridge.TypeRequest}
	subject := channel
	switch h.next() % 21 {
	case 20:
		m.Name, m.Target, subject = bridge.ControlValidateCredentials, bridge.Control, bridge.Control
		m.Body = json.RawMessage(`{"end-point":"1001","password":"hush"}`)
	case 0, 1:
		m.Name, m.Target, subject = bridge.ControlAddSession, bridge.Control, session
		m.Body = json.RawMessage(fmt.Sprintf(`{"session":%q,"agent":{"id":"%d"}}`, session, h.next()%8/7))
	case 2, 3:
		m.Name, m.Target, subject = bridge.SessionAddChannelGroup, session, group
		m.Body = json.RawMessage(fmt.Sprintf(`{"channel-group":%q}`, group.ID()))
	case 4, 5, 6:
		m.Name, m.Target = bridge.GroupAddChannel, group
		m.Body = json.RawMessage(fmt.Sprintf(`{"channel":%q,"end-point":"%d","type":"Telephony"}`, channel.ID(), h.next()%8/7))
	case 7, 8:
		m.Name, m.Target, m.Type, subject = bridge.SessionInit, session, bridge.TypeQuery, session
	case 9, 10:
		m.Name, m.Target, m.Type, subject = bridge.GroupInit, group, bridge.TypeQuery, group
	case 11:
		m.Name, m.Target, m.Type = bridge.ChannelInit, channel, bridge.TypeQuery
	case 12:
		m.Name, m.Target = []bridge.Name{bridge.ChannelDial, bridge.ChannelDispose}[h.next()%2], channel
	case 13:
		m.Name, m.Target, subject = bridge.GroupDispose, group, group
	case 14:
		m.Name, m.Target, subject = bridge.SessionDispose, session, session
	case 15:
		m.Name, m.Target, subject = bridge.ControlStatusRequest, bridge.Control, bridge.Control
	case 16:
		m.Name, m.Target, subject = bridge.GroupActivate, group, group
	case 17:
		m.Name, m.Target, subject = bridge.SessionLogout, session, session
	case 18:
		m.Name, m.Target, subject = bridge.GroupRemoveChannel, group, group
		m.Body = json.RawMessage(fmt.Sprintf(`{"channel":%q}`, channel.ID()))
	case 19:
		m.Name, m.Target, subject = bridge.SessionRemoveChannelGroup, session, session
		m.Body = json.RawMessage(fmt.Sprintf(`{"channel-group":%q}`, group.ID()))
	}
	number := f.sent
	if h.next()%8 == 0 { // a repeat, or a reuse
		number -= h.next() % 8
	}
	m.RequestID = fmt.Sprint(m.Type, number)
	f.send(m, subject)
}

func (f *forest) send(m bridge.Message, subject bridge.Target) {
	f.t.Helper()
	f.sent++
	to := ReplyTo{Subject: fmt.Sprintf("inbox%d", f.sent)}
	if f.subjects[m.RequestID] == "" {
		f.subjects[m.RequestID] = subject
	}
	f.answers[to.Subject] = 0
	f.step(Request{Message: m, Subject: subject, ReplyTo: to})
}

func (f *forest) write(fails bool) bool {
	f.t.Helper()
	if f.claim == "" {
		return false
	}
	in := Claimed{RequestID: f.claim}
	f.claim = ""
	if record := f.ledger[in.RequestID]; record.Answer != nil {
		in.Existing = record
	} else {
		in.Failed = fails
	}
	f.step(in)
	return true
}

func (f *forest) step(in Input) {
	f.t.Helper()
	f.log = append(f.log, describe(in))
	var back []Request
	for _, e := range f.tree.Step(time.Unix(1e9, 0), in) {
		switch e := e.(type) {
		case Claim:
			id := e.Record.Request.RequestID
			if f.claim != "" {
				f.failf("one claim after the other: %s, %s", f.claim, id)
			}
			f.claim = id
			if f.ledger[id] == nil {
				f.ledger[id] = &e.Record
			}
		case Publish:
			f.publish(e.Message)
		case Respond:
			f.respond(e)
		case Reply:
			f.answers[e.To.Subject]++
			f.opened(e.Message)
		case StartChannel:
			if f.alive[e.Target] != nil {
				f.failf("a channel is started when the one before it has gone: %s", e.Target)
			}
			f.alive[e.Target] = &sapling{endPoint: e.Ref.EndPoint}
		case Tell:
			back = append(back, f.told(e)...)
		case RefuseCall:
			f.decide(e.Call)
		case CheckCredentials:
			if !f.limits.Registrar {
				f.failf("only a registrar is asked")
			}
			f.checks = append(f.checks, e.RequestID)
		case Emptied:
			f.emptied++
		default:
			f.failf("a tree never says %T", e)
		}
	}
	for _, r := range back {
		f.step(r)
	}
}

func (f *forest) publish(m bridge.Message) {
	f.t.Helper()
	f.log = append(f.log, "    "+m.Line())
	contract.Said(f.t)(m)
	if !f.open[m.Target] {
		f.failf("no event before init was answered, none after …disposed: %s", m.Line())
	}
	if m.Name == bridge.GroupDisposed || m.Name == bridge.SessionDisposed {
		f.open[m.Target] = false
		for child := range f.open {
			if f.open[child] && strings.HasPrefix(string(child), string(m.Target)+".") {
				f.failf("leaves first: %s is still open: %s", child, m.Line())
			}
		}
		for child := range f.alive {
			if strings.HasPrefix(string(child), string(m.Target)+".") {
				f.failf("leaves first: %s still lives: %s", child, m.Line())
			}
		}
	}
}

func (f *forest) respond(e Respond) {
	f.t.Helper()
	f.log = append(f.log, "    "+e.Message.Line())
	m := e.Message
	contract.Said(f.t)(m)
	f.limited()
	if f.answered[m.RequestID] {
		f.failf("there is one response to each: %s", m.Line())
	}
	f.answered[m.RequestID] = true
	for _, to := range e.To {
		f.answers[to.Subject]++
	}
	if e.Record != nil {
		sealed := Seal(m)
		f.ledger[m.RequestID].Answer = &sealed
	}
	f.opened(m)
	f.setUp(m, e.Record)
	disposed := m.Name == bridge.SessionDispose || m.Name == bridge.GroupDispose
	if disposed && m.Result == bridge.Success && (f.open[m.Target] || f.tree.find(m.Target) != nil) {
		f.failf("the answer to dispose is the last word: %s", m.Line())
	}
}

// setUp: what is being torn down is not there to be set up again.
func (f *forest) setUp(m bridge.Message, record *Record) {
	f.t.Helper()
	if record == nil || m.Result != bridge.Success {
		return
	}
	subject := f.subjects[m.RequestID]
	d := f.tree.find(subject)
	s := f.alive[subject]
	if _, ok := setsUp(m.Name); ok && (d != nil && d.phase == tornDown || s != nil && (s.going || s.stopped || s.probes > 0)) {
		f.failf("%s is being torn down: %s", subject, m.Line())
	}
}

// limited: nothing grows beyond its limit.
func (f *forest) limited() {
	f.t.Helper()
	if most := f.limits.MaxSessions; most > 0 && len(f.tree.sessions) > most {
		f.failf("%d sessions, at most %d are allowed", len(f.tree.sessions), most)
	}
	if most := f.limits.MaxChecks; most > 0 && len(f.tree.checks) > most {
		f.failf("%d credentials are checked at a time, at most %d are allowed", len(f.tree.checks), most)
	}
	for _, s := range f.tree.sessions {
		for _, g := range s.groups {
			if most := f.limits.MaxChannels; most > 0 && len(g.channels) > most {
				f.failf("%d channels in %s, at most %d are allowed", len(g.channels), g.target, most)
			}
		}
	}
}

func (f *forest) opened(m bridge.Message) {
	if m.Result == bridge.Success && (m.Name == bridge.SessionInit || m.Name == bridge.GroupInit) {
		f.open[m.Target] = true
	}
}
