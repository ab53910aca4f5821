package dtmf

import "time"

const (
	// Tone is how long each digit sounds; the shortest that everybody understands is 40 ms, and detectors of telephone
	// lines want more.
	Tone = 160 * time.Millisecond
	// pause is the silence behind it, without which two equal digits may count as one.
	pause = 80 * time.Millisecond
	// Comma is how long a comma among the digits waits, as modems have it (ITU-T V.250 §6.3.1, S8).
	Comma = 2 * time.Second
)

// Input is what happened, as told to [Sender.Step].
//
//sumtype:decl
type Input interface{ input() }

// Send wants digits to be sent, as [Clean] returns them.
type Send struct{ Digits string }

// Response is that to the latest SendDigit: the digit was taken, or not.
type Response struct{ OK bool }

// Tick is nothing but the passing of time.
type Tick struct{}

func (Send) input()     {}
func (Response) input() {}
func (Tick) input()     {}

// Effect is what the caller of [Sender.Step] has to do or to tell, in the order of its result.
//
//sumtype:decl
type Effect interface{ effect() }

// SendDigit sends an INFO.
type SendDigit struct{ Digit byte }

// Sent tells that all digits of the first Send that had no result yet were taken.
type Sent struct{}

// Failed tells that one of them was not; what was left of that Send is dropped.
type Failed struct{}

func (SendDigit) effect() {}
func (Sent) effect()      {}
func (Failed) effect()    {}

// Sender sends digits one after the other: the next when the one before was taken and has sounded. The zero Sender has
// nothing to send.
type Sender struct {
	queue []string  // what is left of each Send
	busy  bool      // the latest digit has no response
	next  time.Time // not before
}

// Step tells the sender that in happened at now and returns what to do about it. Each Send is followed by exactly one
// Sent or Failed, in their order.
func (s *Sender) Step(now time.Time, in Input) []Effect {
	var out []Effect
	switch in := in.(type) {
	case Send:
		if in.Digits != "" {
			s.queue = append(s.queue, in.Digits)
		}
	case Response:
		out = s.response(in)
	case Tick:
	}
	for !s.busy && len(s.queue) > 0 && !now.Before(s.next) {
		out = append(out, s.take(now)...)
	}
	return out
}

// take deals with the next digit, or with the end of a Send that ended with a comma.
func (s *Sender) take(now time.Time) []Effect {
	if s.queue[0] == "" {
		s.queue = s.queue[1:]
		return []Effect{Sent{}}
	}
	digit := s.queue[0][0]
	s.queue[0] = s.queue[0][1:]
	if digit == ',' {
		s.next = now.Add(Comma)
		return nil
	}
	s.busy, s.next = true, now.Add(Tone+pause)
	return []Effect{SendDigit{digit}}
}

func (s *Sender) response(in Response) []Effect {
	switch {
	case !s.busy:
		return nil
	case !in.OK:
		s.busy, s.queue = false, s.queue[1:]
		return []Effect{Failed{}}
	}
	s.busy = false
	if s.queue[0] != "" {
		return nil
	}
	s.queue = s.queue[1:]
	return []Effect{Sent{}}
}

// Deadline is when Step(now, Tick{}) is due. Zero: nothing is pending.
func (s *Sender) Deadline() time.Time {
	if s.busy || len(s.queue) == 0 {
		return time.Time{}
	}
	return s.next
}
