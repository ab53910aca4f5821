package line

import (
	"tieline/sip/join"
	"tieline/sip/offer"
)

// earlyMedia is what somebody hears who waits for a callee: what the callee's side sends, or our ringing tone. To the pair
// our tone is an answer in a provisional response: whoever sends it, the media flow past us, and the callee's own take over
// in the same way.
type earlyMedia struct {
	theirs  []byte // the callee's early answer
	ours    bool   // there is none, and it rings
	playing *leg   // who hears our tone
}

// ringBack lets whoever waits for a leg hear that it rings.
func (m *Machine) ringBack(l *leg) {
	p := l.pair
	if p == nil || l.sent == nil || m.cfg.Ringback == nil || p.early.ours || p.early.theirs != nil {
		return
	}
	tone, err := offer.Parse(m.cfg.Ringback)
	sent, err2 := offer.Parse(l.sent)
	if err != nil || err2 != nil {
		return
	}
	p.early.ours = true
	m.step(p, join.EarlyAnswer{Leg: l.side, SDP: tone.AsAnswer(sent).Bytes()})
}

// early takes a callee's early answer.
func (m *Machine) early(in Early) {
	l := m.leg(in.Leg)
	if l == nil || l.phase != calling || l.pair == nil || l.sent == nil {
		return
	}
	l.pair.early.theirs, l.pair.early.ours = in.SDP, false
	m.step(l.pair, join.EarlyAnswer{Leg: l.side, SDP: in.SDP})
}

// heardEarly takes that whoever waits has been given what is to be heard.
func (m *Machine) heardEarly(p *pair) {
	if !p.early.ours {
		m.stop(p)
		return
	}
	for _, l := range p.ends {
		if l != nil && l.phase == up && p.early.playing == nil {
			p.early.playing = l
			m.emit(Play{l.id})
		}
	}
}

// stop ends the tone, if whoever hears it is still there.
func (m *Machine) stop(p *pair) {
	l := p.early.playing
	p.early.playing = nil
	if l != nil && l.phase == up {
		m.emit(Stop{l.id})
	}
}

// finalAnswer is the answer in a 2xx, which need not repeat what was said early. Our tone is nobody's answer.
func (p *pair) finalAnswer(sdp []byte) []byte {
	if len(sdp) == 0 && p.early.theirs == nil {
		return []byte("none")
	}
	return sdp
}
