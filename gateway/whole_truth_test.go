package gateway

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"tieline/bridge"
	"tieline/sip/offer"
	"tieline/sip/offer/offertest"
	"tieline/sip/siptest"
)

// calm lets everything come to an end that is under way, and looks whether what the bridge was told is true.
func (w *world) calm() {
	if w.t.Failed() {
		return
	}
	w.note("calm")
	w.kind = true
	w.network.SetDefault(siptest.Link{Latency: 5 * time.Millisecond})
	for _, p := range w.parties {
		p.tells(480)
	}
	w.pass(5 * time.Second)
	w.some("hold")
	w.pass(90 * time.Second)
	w.confirm()
	if !w.heavy() {
		w.truth()
		w.comeBack()
		w.truth()
	}
	w.kind = false
	w.weather()
}

// heavy reports that re-INVITEs may be given up (see unheard), and with them what they were about: who hears whom is not
// promised then, but answers are, and that nothing is left.
func (w *world) heavy() bool { return w.loss >= 0.3 }

func (w *world) truth() {
	w.note("truth")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.strangers(w.agreements())
	w.phones()
}

// some has the bridge ask for a verb of some conversations that are said to take it.
func (w *world) some(action string) {
	w.mu.Lock()
	var all []bridge.Message
	for _, t := range w.whim.Targets() {
		if slices.Contains(w.whim.Conversations[t].Actions, action) && w.IntN(2) == 0 {
			all = append(all, w.whim.Request(bridge.Name("conversation.request."+action), t, ""))
		}
	}
	w.mu.Unlock()
	for _, m := range all {
		w.send(m, m.Target)
	}
}

// comeBack has each agent come back to somebody they hold, if the bridge was told that it is possible.
func (w *world) comeBack() {
	chosen := map[bridge.Target]bridge.Message{} // by channel
	w.mu.Lock()
	for _, t := range w.whim.Targets() {
		v, phone := w.whim.Conversations[t], "phone-"+t.At(bridge.ObjectChannel).ID()
		possible := slices.Contains(v.Actions, "retrieve") && !slices.Contains(v.HeldBy, bridge.RemoteSide)
		if possible && w.at(func(p *party) bool { return p.number == phone && p.holds }) == nil {
			chosen[t.At(bridge.ObjectChannel)] = w.whim.Request(bridge.ConversationRetrieve, t, "")
		}
	}
	w.mu.Unlock()
	for _, m := range chosen {
		w.send(m, m.Target)
	}
	w.pass(10 * time.Second)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range chosen {
		switch code := w.books.failed[m.RequestID]; code {
		case "":
			w.seen.add("came back")
		case bridge.IncompatibleMedia: // the phone was called anew, and is another one
		default:
			w.t.Errorf("who is held can be retrieved, and %s is answered %s", m.Target, code)
		}
	}
}

// agreements holds each conversation that the bridge knows against what the telephones were told. It returns the numbers
// of all who are in one.
func (w *world) agreements() map[string]bool {
	known := map[string]bool{}
	for t, i := range w.whim.Interactions {
		if i.State != bridge.Started {
			continue
		}
		for _, ref := range []*bridge.ConversationRef{i.Conversations.Primary, i.Conversations.Consult} {
			if ref != nil {
				w.conversation(t.Child(ref.ID), known)
			}
		}
	}
	return known
}

func (w *world) conversation(t bridge.Target, known map[string]bool) {
	v, ok := w.whim.Conversations[t]
	number := w.books.numbers[t]
	known[number] = true
	for _, m := range v.Members {
		known[m.Number] = true
	}
	p := w.at(func(p *party) bool { return p.number == number && p.role == remote })
	switch {
	case !ok:
		w.t.Errorf("the bridge asked for all conversations, and does not know %s", t)
	case v.State == bridge.ConvDialing || v.State == bridge.ConvAlerting:
		w.t.Errorf("%s still rings", t)
	case p == nil && len(v.Members) == 1 && v.Members[0].Number == number:
		w.t.Errorf("%s is %s, and %s is in no call", t, v.State, number)
	case v.State == bridge.ConvHeld:
		w.heldBy(t, v, p)
	case p != nil && w.with(p) != nil && w.with(p).role == room, len(v.Members) > 1, p == nil:
		w.meeting(t, v)
	default:
		w.talk(t, p)
	}
}

// talk wants an agent and a remote party to hear each other.
func (w *world) talk(t bridge.Target, p *party) {
	s := w.with(p)
	if s == nil || s.number != "phone-"+t.At(bridge.ObjectChannel).ID() {
		w.t.Errorf("%s is CONNECTED, and %s", t, p.knows())
		return
	}
	w.seen.add("hears")
	if !p.talksWith(s) && !p.stubborn && !s.stubborn { // what was refused cannot be helped
		w.t.Errorf("%s is CONNECTED, and they do not hear each other: %s, %s", t, p.knows(), s.knows())
	}
}

// heldBy wants nobody to hear an agent who holds.
func (w *world) heldBy(t bridge.Target, v bridge.ConversationInitState, p *party) {
	byRemote := slices.Contains(v.HeldBy, bridge.RemoteSide)
	if byRemote {
		w.seen.add("held by the remote party")
	}
	if !slices.Contains(v.HeldBy, bridge.AgentSide) {
		if !p.holds {
			w.t.Errorf("%s is HELD by the remote party alone, who does not hold: %s", t, p.knows())
		}
		return
	}
	w.seen.add("hears nobody")
	for _, s := range w.parties {
		if s.role == station && s.talks() && !s.holds && s.sendsTo(p) {
			w.t.Errorf("%s is HELD by the agent, whom %s hears: %s, %s", t, p.number, p.knows(), s.knows())
		}
	}
}

// meeting wants an agent and all members in one room.
func (w *world) meeting(t bridge.Target, v bridge.ConversationInitState) {
	var in []*party
	for _, m := range v.Members {
		p := w.at(func(p *party) bool { return p.number == m.Number && p.role == remote })
		if p == nil {
			w.t.Errorf("%s has the member %s, who is in no call", t, m.Number)
			return
		}
		in = append(in, p)
	}
	r := w.with(in[0])
	phone := w.at(func(p *party) bool {
		o := w.with(p)
		return p.number == "phone-"+t.At(bridge.ObjectChannel).ID() && o != nil && r != nil && o.number == r.number
	})
	if r == nil || r.role != room || phone == nil {
		w.t.Errorf("%s is a conference, and the agent or %s is not in it", t, in[0].number)
		return
	}
	w.seen.add("in a room")
	for _, p := range append(in, phone) {
		o := w.with(p)
		if o == nil || o.number != r.number || !p.holds && !p.talksWith(o) {
			w.t.Errorf("%s is a conference in %s, and %s", t, r.number, p.knows())
		}
	}
}

// strangers are calls that the bridge does not know of. Who was transferred, or left in a conference, talks on with somebody.
func (w *world) strangers(known map[string]bool) {
	for _, p := range w.parties {
		if !p.talks() || known[p.number] || p.role == station {
			continue
		}
		o := w.with(p)
		switch {
		case p.role == remote && !w.books.free[p.number]:
			w.t.Errorf("%s is in a call, and the bridge knows of none", p.number)
		case o == nil:
			w.t.Errorf("%s", p.knows())
		case p.role == remote && o.role == remote:
			if !p.passed {
				p.passed = true
				w.seen.add("transferred by join")
			}
			if !p.holds && !o.holds && !p.talksWith(o) {
				w.t.Errorf("who was transferred hears whom it talks with: %s, %s", p.knows(), o.knows())
			}
		}
	}
}

// phones wants no more phones in calls than there are channels with one, and none that is heard where nobody is any more.
func (w *world) phones() {
	busy := map[string]int{}
	for t, i := range w.whim.Interactions {
		if i.State == bridge.Started {
			busy[string(t.Parent())] = 1
		}
	}
	legs := map[string]int{}
	for channel := range busy {
		legs["phone-"+bridge.Target(channel).ID()]++
	}
	for _, p := range w.parties {
		if p.role != station || !p.talks() {
			continue
		}
		if legs[p.number]--; legs[p.number] < 0 {
			w.t.Errorf("%s is in a call, and no channel has one for it", p.knows())
		}
		if p.given.Directions()[0]&offer.Receives != 0 && w.with(p) == nil && !p.stubborn {
			w.t.Errorf("%s talks to nobody: it %s", p.number, p.knows())
		}
	}
}

// onlyFree wants nobody to talk but who was transferred, or left in a conference.
func (w *world) onlyFree() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.heavy() {
		w.strangers(map[string]bool{})
	}
	for _, p := range w.parties {
		if p.role == station && p.talks() {
			w.t.Errorf("all sessions are gone, and %s is in a call", p.number)
		}
	}
}

// at is somebody who is in a call; nil: nobody.
func (w *world) at(who func(*party) bool) *party {
	for _, p := range slices.Backward(w.parties) {
		if p.talks() && who(p) {
			return p
		}
	}
	return nil
}

// with is whose address a party was told; nil: nobody's.
func (w *world) with(p *party) *party {
	if p.given == nil {
		return nil
	}
	return w.at(func(o *party) bool { return o.own != nil && address(o.own) == address(p.given) })
}

// knows is what a party knows, for a message.
func (p *party) knows() string {
	return p.number + " is at " + brief(p.own) + " and was told " + brief(p.given)
}

func brief(d *offer.Description) string { return offertest.Brief(d.Bytes()) }

// address is where a description has its audio.
func address(d *offer.Description) string { return strings.Fields(brief(d))[0] }

// sendsTo reports that what is said here is sent to where the other one listens.
func (p *party) sendsTo(o *party) bool {
	return p.own != nil && p.given != nil && o.own != nil && address(p.given) == address(o.own) &&
		p.own.Directions()[0]&offer.Sends != 0 && p.given.Directions()[0]&offer.Receives != 0
}

// talksWith reports that both hear each other.
func (p *party) talksWith(o *party) bool {
	return p.sendsTo(o) && o.sendsTo(p) && p.own.Directions()[0] == offer.Both && o.own.Directions()[0] == offer.Both
}

var (
	// late is what a PBX says where messages are lost: requests overtake each other, and come behind a BYE or once more after a while.
	late = regexp.MustCompile(`with CSeq \d+ after|for a dialog that does not exist|ACK for nothing`)
	// unheard is what it says where all copies of a request, or of their answers, are lost: of an INVITE there are 7, of others
	// and of final responses 11. At 30 % that befalls one INVITE in 110 (0.51^7) and one of the others in 1600; at 5 % one in 10^7.
	// A CANCEL may find its INVITE forgotten, because its earlier copies were heard, and not their answers.
	unheard = regexp.MustCompile(`was never (answered|acknowledged)|CANCEL for no INVITE`)
)

// complains takes a complaint of a PBX.
func (w *world) complains(text string) {
	if w.rough && late.MatchString(text) || w.heavy() && unheard.MatchString(text) {
		return
	}
	w.t.Errorf("a PBX has nothing to complain about: %s", text)
}
