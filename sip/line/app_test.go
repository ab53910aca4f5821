package line

import (
	"fmt"
	"time"

	"tieline/sip/offer"
)

func (w *world) event(what, how byte) {
	if what >= 96 && what < 176 || len(w.phones) == 0 {
		w.command(what, how)
		return
	}
	if what >= 246 {
		w.now = w.now.Add(time.Duration(how) * 80 * time.Millisecond)
		w.step(Tick{})
		return
	}
	if len(w.phones) == 0 {
		return
	}
	p := w.phones[int(what)%len(w.phones)]
	switch what / 8 {
	case 22:
		w.offers(p, how)
	case 23:
		w.offers(p, how)
	case 24:
		w.progresses(p, how)
	case 25:
		w.withdraws(p)
	case 26, 27:
		if how < 128 {
			w.refuse(p, how)
		}
	case 28:
		if s := w.phone(Station); how < 32 && s != nil {
			p = s
		}
		if how < 128 {
			w.hangsUp(p)
		}
	default:
		switch {
		case p.stands == calling && how%4 == 0:
			w.progresses(p, how>>2)
		case how%16 == 1 && p.leg != Station, how%64 == 2:
			w.refuse(p, how>>4)
		default:
			w.respond(p)
		}
	}
}

// begin has something under way, so that what may happen to it need not come about by chance.
func (w *world) begin(how byte) {
	w.t.Helper()
	steps := []func(){
		func() { w.place("c0") },
		func() { w.ask("hold", "c0", Hold{"c0"}) },
		func() { w.place("c1") },
	}
	if how&8 != 0 {
		steps[2] = func() { w.callsIn("c1", 0); w.ask("accept", "c1", Accept{"c1"}) }
	}
	if how&16 != 0 {
		steps[0] = func() { w.callsIn("c0", 0); w.ask("accept", "c0", Accept{"c0"}) }
	}
	refer := how&32 != 0
	switch how % 8 {
	case 0:
		return
	case 1, 2:
		steps = steps[:how%8]
	case 3:
		steps = append(steps, func() { w.ask("move", "c0", Confer{Call: "c0", With: "c1"}) }, func() {})
	case 4:
		steps = append(steps, func() { w.ask("move", "c0", Connect{"c0", "c1", refer}) })
	case 5:
		steps = append(steps, func() { w.ask("move", "c0", Confer{Call: "c0", With: "c1"}) })
	case 6:
		steps = append(steps[:1], func() { w.ask("move", "c0", Transfer{"c0", "t0", refer}) })
	case 7:
		steps = append(steps[:1], func() { w.ask("move", "c0", Confer{Call: "c0", To: "t0"}) })
	}
	for i, step := range steps {
		step()
		for range 20 * int(how>>6) { // the last one may be at its beginning
			if i == len(steps)-1 && len(w.log)%4 == 0 || !w.cooperate() {
				break
			}
		}
		if i < len(steps)-1 {
			for w.cooperate() {
			}
		}
	}
}

// cooperate has one phone do what it is asked to. false: none is asked.
func (w *world) cooperate() bool {
	for _, p := range w.phones {
		if (p.in != nil || p.asked || p.refers || p.crossing || p.answered && p.stands == incoming) && !w.t.Failed() {
			w.respond(p)
			return true
		}
	}
	return false
}

// some is a call; rarely one that is over, or none.
func (w *world) some(how byte) string {
	if how%32 == 31 || len(w.names) == 0 {
		return "nobody"
	}
	if how%16 == 15 {
		return w.names[int(how>>4)%len(w.names)]
	}
	var live []string
	for _, name := range w.names {
		if !w.calls[name].over {
			live = append(live, name)
		}
	}
	if len(live) == 0 {
		return w.names[0]
	}
	return live[int(how)%len(live)]
}

// live is how many calls there are.
func (w *world) live() int {
	n := 0
	for _, c := range w.calls {
		if !c.over {
			n++
		}
	}
	return n
}

func (w *world) command(what, how byte) {
	name, other := w.some(how), w.some(how+1)
	refer := what&1 != 0
	third := fmt.Sprintf("t%d", len(w.log))
	switch what / 2 % 20 {
	case 0, 1, 2, 3, 4, 5:
		if w.live() > 2 && how < 240 {
			return // more would hide what comes of two
		}
		if what/2%20 > 2 {
			w.callsIn(fmt.Sprintf("c%d", len(w.names)), how)
			return
		}
		w.place(fmt.Sprintf("c%d", len(w.names)))
	case 6, 7:
		w.ask("accept", name, Accept{name})
	case 8, 9, 10:
		w.ask("hold", name, Hold{name})
	case 11, 12:
		w.ask("retrieve", name, Retrieve{name})
	case 13, 14:
		w.ask("move", name, Connect{name, other, refer})
	case 15:
		w.ask("move", name, Transfer{name, third, refer})
	case 16:
		w.ask("move", name, Confer{Call: name, With: other})
	case 17:
		if how&1 == 0 {
			other = ""
		}
		w.ask("move", name, Confer{Call: name, With: other, To: third})
	case 18:
		if how&3 == 0 {
			w.drop(name)
		}
	case 19:
		w.step(Leave{})
	}
}

func (w *world) place(name string) {
	w.names = append(w.names, name)
	w.calls[name] = &told{in: Place{name}, wished: true, waits: map[string]int{"place": 1}}
	w.step(Place{name})
}

func (w *world) callsIn(name string, how byte) {
	p := w.newPhone(name, how)
	p.stands = incoming
	in := Take{Call: name}
	if p.outEmpty = how&48 == 48; !p.outEmpty {
		p.out = p.describe(offer.Both)
		in.SDP = p.out.Bytes()
	}
	w.names = append(w.names, name)
	w.calls[name] = &told{in: in, waits: map[string]int{}}
	w.step(in)
	w.step(Ring{name})
}

// ask gives a command that promises an answer.
func (w *world) ask(what, name string, in Input) {
	if c := w.calls[name]; c != nil && !c.over {
		c.waits[what]++
		if what == "move" && c.move == nil {
			c.move = in
		}
		if what == "accept" && !c.answered {
			c.wished = true
		}
	}
	w.step(in)
}

func (w *world) drop(name string) {
	if c := w.calls[name]; c != nil {
		c.over = true
	}
	w.step(Drop{name})
}

// heldMeanwhile are the calls that are held while the agent talks with another one, where leg is neither of them.
func (w *world) heldMeanwhile(leg string) []string {
	var held []string
	talks := false
	for _, name := range w.names {
		if c := w.calls[name]; !c.over && c.answered && name != leg {
			if c.held[Agent] {
				held = append(held, name)
			} else if c.waits["move"] == 0 {
				talks = true
			}
		}
	}
	if !talks {
		return nil
	}
	return held
}
