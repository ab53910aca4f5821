package line

import (
	"slices"
)

// told is what the application knows of a call.
type told struct {
	in       Input // Place or Take
	answered bool
	wished   bool // to be answered
	over     bool
	held     [2]bool
	byUs     bool           // held by command
	waits    map[string]int // by what was asked for, what has not been answered
	move     Input          // asked for, not answered
	members  []string       // of its conference
}

// hear takes what the application is told.
func (w *world) hear(e Effect) {
	w.t.Helper()
	switch e := e.(type) {
	case Reached:
		c := w.told(e.Call, e)
		if _, out := c.in.(Place); !out || c.answered {
			w.t.Errorf("%v is not being reached", e.Call)
		}
	case Answered:
		w.hearAnswered(w.told(e.Call, e), e)
	case Failed:
		c := w.told(e.Call, e)
		if c.answered && e.Blame != Media {
			w.t.Errorf("%v has failed after it was answered", e.Call)
		}
		c.over = true
		w.blamed(e)
		w.seen["failed"]++
		w.seen["failed "+map[Blame]string{Callee: "callee", Phone: "phone", Media: "media", State: "state"}[e.Blame]]++
	case Ended:
		w.hearEnded(w.told(e.Call, e), e)
		w.seen["ended "+[...]string{"agent", "remote"}[e.By]]++
	case Held:
		w.hearHeld(w.told(e.Call, e), e.By, true, e)
	case Retrieved:
		w.hearHeld(w.told(e.Call, e), e.By, false, e)
	case HoldFailed:
		w.hearHoldFailed(w.told(e.Call, e), e)
	case AnswerFailed:
		w.hearAnswerFailed(w.told(e.Call, e), e)
	case MoveFailed:
		w.hearMoveFailed(w.told(e.Call, e), e)
	case Moved:
		w.hearMoved(w.told(e.Call, e), e)
	case MemberLeft:
		c := w.told(e.Call, e)
		if !slices.Contains(c.members, e.Member) {
			w.t.Errorf("%v is no member of %v", e.Member, e.Call)
		}
		c.members = slices.DeleteFunc(c.members, func(m string) bool { return m == e.Member })
		w.seen["member left"]++
	}
}

// told is the call that something is told of: it must not be over.
func (w *world) told(name string, e Effect) *told {
	w.t.Helper()
	c := w.calls[name]
	if c == nil {
		w.t.Fatalf("nobody knows %v: %v", name, effectText(e))
	}
	if c.over {
		w.t.Errorf("%v is over: %v", name, effectText(e))
	}
	return c
}

func (w *world) hearAnswered(c *told, e Answered) {
	w.t.Helper()
	if c.answered {
		w.t.Errorf("%v has answered twice", e.Call)
	}
	c.answered = true
	delete(c.waits, "accept")
	delete(c.waits, "place")
	if _, out := c.in.(Place); out {
		w.seen["answered out"]++
	} else {
		w.seen["answered in"]++
	}
}

// blamed: whose fault it was that a call has failed.
func (w *world) blamed(e Failed) {
	w.t.Helper()
	lost, _ := w.wish.(Lost)
	_, asked := w.wish.(Place)
	right := map[Blame]bool{Callee: w.phone(e.Call) == nil, Phone: lost.Leg == Station, Media: w.trouble, State: asked}
	if !right[e.Blame] {
		w.t.Errorf("it was not its fault: %v", effectText(e))
	}
}

// hearEnded: who has ended a call.
func (w *world) hearEnded(c *told, e Ended) {
	w.t.Helper()
	c.over = true
	over, _ := w.wish.(Over)
	itself := over.Leg == e.Call || w.useless != nil && w.useless.leg == e.Call
	switch {
	case e.By == Agent && w.phone(Station) == nil:
	case e.By == Remote && (itself || len(c.members) > 0 && over.Leg != Station):
	default:
		w.t.Errorf("it was not them: %v", effectText(e))
	}
}

// hearHeld: who holds lets go before holding again; only a command is answered in any case.
func (w *world) hearHeld(c *told, by Party, on bool, e Effect) {
	w.t.Helper()
	what := "retrieve"
	if on {
		what = "hold"
	}
	commanded := by == Agent && c.waits[what] > 0
	if commanded {
		c.waits[what]--
	} else if c.held[by] == on {
		w.t.Errorf("it is so already: %v", effectText(e))
	}
	if !c.answered {
		w.t.Errorf("nobody has answered: %v", effectText(e))
	}
	if by == Agent && c.byUs && !commanded {
		w.t.Errorf("it was held by command: %v", effectText(e))
	}
	c.held[by] = on
	if by == Agent {
		c.byUs = on && commanded
		if !on {
			w.talk(e.(Retrieved).Call)
		}
	}
	w.seen[map[bool]string{true: "held ", false: "retrieved "}[on]+map[Party]string{Agent: "agent", Remote: "remote"}[by]]++
}

func (w *world) hearHoldFailed(c *told, e HoldFailed) {
	w.t.Helper()
	w.seen["hold failed"]++
	if e.Blame == Stubborn {
		c.byUs = false // it is the phone that holds
	}
	what := ""
	switch w.wish {
	case Hold{e.Call}:
		what = "hold"
	case Retrieve{e.Call}:
		what = "retrieve"
	}
	if what == "" {
		what = "hold"
		if c.waits[what] == 0 {
			what = "retrieve"
		}
	}
	if c.waits[what]--; c.waits[what] < 0 {
		w.t.Errorf("nobody waits for it: %v", effectText(e))
	}
}

func (w *world) hearAnswerFailed(c *told, e AnswerFailed) {
	w.t.Helper()
	w.seen["answer failed"]++
	if e.Blame == State {
		if w.wish != (Accept{e.Call}) {
			w.t.Errorf("nobody has just asked: %v", effectText(e))
		}
		c.waits["accept"]--
		return
	}
	if c.answered || c.waits["accept"] == 0 && !w.cfg.RingAtOnce {
		w.t.Errorf("nobody waits for it: %v", effectText(e))
	}
	delete(c.waits, "accept")
	c.wished = false
}

func (w *world) hearMoveFailed(c *told, e MoveFailed) {
	w.t.Helper()
	w.seen["move failed"]++
	if c.waits["move"]--; c.waits["move"] < 0 {
		w.t.Errorf("nobody waits for it: %v", effectText(e))
	}
	if c.waits["move"] == 0 {
		c.move = nil
	}
}

// hearMoved notes who talks with whom from now on.
func (w *world) hearMoved(c *told, e Moved) {
	w.t.Helper()
	if c.waits["move"]--; c.waits["move"] < 0 {
		w.t.Errorf("nobody waits for it: %v", effectText(e))
	}
	switch in := c.move.(type) {
	case Connect:
		w.seen["moved connect"]++
		c.over = true
		w.told(in.With, e).over = true
		w.pairs = append(w.pairs, [2]string{in.Call, in.With})
	case Transfer:
		w.seen["moved transfer"]++
		c.over = true
		w.pairs = append(w.pairs, [2]string{in.Call, in.To})
	case Confer:
		w.seen["moved confer"]++
		w.pairs = append(w.pairs, [2]string{in.Call, Room(in.Call)})
		c.members = []string{in.Call}
		if in.With != "" {
			w.told(in.With, e).over = true
			c.members = append(c.members, in.With)
		}
		if in.To != "" {
			c.members = append(c.members, in.To)
		}
		for _, member := range c.members {
			w.pairs = append(w.pairs, [2]string{member, Room(member)})
		}
	}
	c.move = nil
}
