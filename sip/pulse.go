package sip

import "time"

const (
	// pongWithin is how long a ping may take (https://www.rfc-editor.org/rfc/rfc5626#section-4.4.1).
	pongWithin = 10 * time.Second
	// speakWithin is how long a peer that has connected may say nothing, and idleFor how long nothing may come or go after
	// that: longer than a call may ring.
	speakWithin = 30 * time.Second
	idleFor     = longestRinging + 5*time.Minute
	// endWithin is how long a message may take from its first byte to its last.
	endWithin = 10 * time.Second
)

// pulse tells of one connection when it wants a ping and when it is to be closed. Its zero value never does.
//
//	         │ time for a ping    no pong within 10 s   a byte came    half a message    nothing said for 30 s,
//	         │                                                         for 10 s          nothing came or went for 15 min
//	ours     │ ping               close                 no pong due    close             -
//	a peer's │ -                  -                     -              close             close
type pulse struct {
	every  time.Duration   // between pings; 0: none
	theirs bool            // the peer has connected
	chance func(n int) int // a random number from 0 to n-1
	heard  time.Time       // when something came last, or the connection began
	spoke  bool            // something has come
	next   time.Time       // ping; zero: none
	pong   time.Time       // the latest moment for it; zero: none is awaited
	half   time.Time       // when a message began that has not ended; zero: none
	framing
}

// begin starts the clock.
func (p *pulse) begin(now time.Time) {
	p.heard = now
	p.plan(now)
}

// plan makes the peers that were connected with at the same time not be pinged at the same time: 80 to 100 % of the interval.
func (p *pulse) plan(now time.Time) {
	if p.every > 0 {
		p.next = now.Add(p.every - time.Duration(p.chance(int(p.every/5)+1)))
	}
}

// hear takes note that bytes have come: no dead peer sends any, whether they are a pong or not.
func (p *pulse) hear(now time.Time, data []byte) {
	p.heard, p.spoke, p.pong = now, true, time.Time{}
	ended := p.feed(data)
	switch {
	case !p.partial():
		p.half = time.Time{}
	case ended || p.half.IsZero():
		p.half = now
	}
}

// cut is when a message has taken too long; zero: none has begun.
func (p *pulse) cut() time.Time {
	if p.half.IsZero() {
		return time.Time{}
	}
	return p.half.Add(endWithin)
}

// due is when tick is next of use; zero: never. wrote is when something went out last.
func (p *pulse) due(wrote time.Time) time.Time {
	if p.theirs {
		return sooner(p.end(wrote), p.cut())
	}
	return sooner(p.cut(), sooner(p.next, p.pong))
}

// end is when a connection of the peer's has been silent for too long.
func (p *pulse) end(wrote time.Time) time.Time {
	if !p.spoke {
		return p.heard.Add(speakWithin)
	}
	if wrote.After(p.heard) {
		return wrote.Add(idleFor)
	}
	return p.heard.Add(idleFor)
}

// tick says what is due: a ping to send, or that the connection is over.
func (p *pulse) tick(now, wrote time.Time) (ping, over bool) {
	switch {
	case !p.half.IsZero() && !now.Before(p.cut()):
		return false, true
	case p.theirs:
		return false, !now.Before(p.end(wrote))
	case !p.pong.IsZero() && !now.Before(p.pong):
		return false, true
	case p.next.IsZero() || now.Before(p.next):
		return false, false
	}
	p.plan(now)
	if p.pong.IsZero() {
		p.pong = now.Add(pongWithin)
	}
	return true, false
}
