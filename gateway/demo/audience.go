package demo

import (
	"net/netip"
	"slices"
	"strings"
	"sync"

	"tieline/sip"
	"tieline/sip/offer"
)

// audience knows who hears whom: it follows what the telephones behind the PBX say of their media, and what they are
// told. The zero value follows nobody.
//
// Concurrency: safe for use from anywhere.
type audience struct {
	mu    sync.Mutex
	phone string // the number of the agent's phone; empty: nobody is followed
	legs  []*leg // in the order in which they were called
}

// leg is a telephone that was called.
type leg struct {
	name, callID string
	says, told   media           // the latest description that came from it, and went to it
	open         map[string]bool // what has begun and not ended, by CSeq
	gone         bool
}

// media is where audio is received, and which way it flows from there.
type media struct {
	at  netip.AddrPort
	dir offer.Direction
}

// follow begins with the next call.
func (a *audience) follow(phone string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.phone, a.legs = phone, nil
}

// see takes a SIP message, and returns it under the name of whom it comes from or goes to.
func (a *audience) see(e sip.TraceEvent) sip.TraceEvent {
	a.mu.Lock()
	defer a.mu.Unlock()
	if l := a.leg(e); l != nil {
		l.see(e)
		e.Peer = l.name
	}
	return e
}

// leg is that of a message: the first INVITE names it.
func (a *audience) leg(e sip.TraceEvent) *leg {
	for _, l := range a.legs {
		if l.callID == e.CallID {
			return l
		}
	}
	uri, ok := strings.CutPrefix(e.Line, "INVITE sip:")
	if !ok || a.phone == "" {
		return nil
	}
	name, _, _ := strings.Cut(uri, "@")
	if name == a.phone {
		name = "phone"
	}
	l := &leg{name: name, callID: e.CallID, open: map[string]bool{}}
	a.legs = append(a.legs, l)
	return l
}

func (l *leg) see(e sip.TraceEvent) {
	number, method, _ := strings.Cut(e.CSeq, " ")
	request := strings.HasPrefix(e.Line, method+" ")
	switch {
	case method == "ACK":
		delete(l.open, number+" INVITE")
	case request:
		l.open[e.CSeq] = true
		l.gone = l.gone || method == "BYE"
	case method != "INVITE": // whose end is the ACK
		delete(l.open, e.CSeq)
	}
	d, err := offer.Parse(e.Body)
	if err != nil {
		return
	}
	if at, dir, ok := d.Audio(); ok && e.Out {
		l.told = media{at, dir}
	} else if ok {
		l.says = media{at, dir}
	}
}

// hears reports that the other one was told to send to this one, and that all four descriptions let it.
func (l *leg) hears(other *leg) bool {
	return l != other && !l.gone && !other.gone && l.says.at.IsValid() && other.told.at == l.says.at &&
		l.says.dir&offer.Receives != 0 && l.told.dir&offer.Sends != 0 &&
		other.says.dir&offer.Sends != 0 && other.told.dir&offer.Receives != 0
}

// quiet reports that nothing is under way.
func (a *audience) quiet() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.legs {
		if len(l.open) > 0 {
			return false
		}
	}
	return true
}

// String is who hears whom, like "phone ⇄ 700, 600 waits"; empty when nobody was called yet.
func (a *audience) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.legs) > 0 && !slices.ContainsFunc(a.legs, func(l *leg) bool { return !l.gone }) {
		return "all have left"
	}
	var talk, rest []string
	for i, l := range a.legs {
		alone := true
		for j, other := range a.legs {
			hears, heard := l.hears(other), other.hears(l)
			alone = alone && !hears && !heard
			switch {
			case j < i: // was said
			case hears && heard:
				talk = append(talk, l.name+" ⇄ "+other.name)
			case hears:
				talk = append(talk, l.name+" ← "+other.name)
			case heard:
				talk = append(talk, l.name+" → "+other.name)
			}
		}
		switch {
		case l.gone:
			rest = append(rest, l.name+" has left")
		case alone:
			rest = append(rest, l.name+" waits")
		}
	}
	return strings.Join(append(talk, rest...), ", ")
}
