package sip

import (
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/dtmf"
	"tieline/sip/invite"
	"tieline/sip/media"
	"tieline/sip/offer"
)

// events is how a leg sends digits as telephone-events by RTP (https://www.rfc-editor.org/rfc/rfc4733): from the user agent's
// player, in one stream for the whole leg.
type events struct {
	ours   bool         // we have described the player's socket: the media of the session are ours
	stream *dtmf.Stream // the player's while a digit is being sent; nil: there was none yet
	stop   func() bool  // gives it back; nil: it is here
}

func (l *leg) sendDTMF(now time.Time, digits string) {
	clean, ok := dtmf.Clean(digits)
	if !ok {
		l.host.hear(DTMFFailed{Outcome{Cause: Rejected, Trunk: l.trunk.Name, Detail: "digits that cannot be sent"}})
		return
	}
	l.digits(now, dtmf.Send{Digits: clean}, Outcome{})
}

// digits tells the sender of digits and does what it says. why is the failure of the latest digit.
func (l *leg) digits(now time.Time, in dtmf.Input, why Outcome) {
	d := l.exchange.dialog
	if d == nil || l.gone || l.exchange.machine.Ended() {
		return
	}
	for _, e := range l.sender.Step(now, in) {
		switch e := e.(type) {
		case dtmf.SendDigit:
			l.sendDigit(now, d, e.Digit)
		case dtmf.Sent:
			l.host.hear(DTMFSent{})
		case dtmf.Failed:
			l.host.hear(DTMFFailed{why})
		}
	}
}

// sendDigit sends a digit by RTP where the peer takes it so, else by INFO. A peer that holds the call has no ear at present:
// whoever is behind it does not wait for digits, and a digit that comes late may mean something else.
func (l *leg) sendDigit(now time.Time, d *dialog, digit byte) {
	switch keys, ok := l.keys(); {
	case !ok || !keys.Takes(dtmf.Event(digit)):
		l.sendInfo(d, digit)
	case !keys.At.IsValid():
		l.post(func(now time.Time) { l.digits(now, dtmf.Response{}, l.unheard()) }) // behind what is being done
	default:
		if l.events.stream == nil {
			l.events.stream = dtmf.NewStream(now, media.NewHeader())
		}
		l.events.stream.Press(now, digit)
		l.play(keys)
	}
}

// unheard is that the peer does not hear digits.
func (l *leg) unheard() Outcome {
	return Outcome{Cause: Unavailable, Retryable: true, Trunk: l.trunk.Name, Detail: "the peer holds the call"}
}

// keys is how the peer takes digits by RTP; false: it does not, or the media are not ours.
func (l *leg) keys() (offer.Keypad, bool) {
	if !l.events.ours {
		return offer.Keypad{}, false
	}
	return offer.Keys([]byte(l.exchange.last.theirs))
}

// play sends what there is still to send of a digit.
func (l *leg) play(keys offer.Keypad) {
	x := &l.events
	x.stream.SetFormat(keys.Format)
	x.stop = l.ua.cfg.Media.Play(keys.At, x.stream, func(sent bool) {
		l.post(func(now time.Time) {
			x.stop = nil
			l.digits(now, dtmf.Response{OK: sent}, l.outcome(invite.Outcome{Kind: invite.Transport}))
		})
	})
}

// attune takes that the peer has described itself anew: a digit goes on at its new address, or is broken off where it is not
// heard any more.
func (l *leg) attune(now time.Time) {
	if !l.hush() {
		return
	}
	if keys, ok := l.keys(); ok && keys.At.IsValid() {
		l.play(keys)
		return
	}
	l.digits(now, dtmf.Response{}, l.unheard())
}

// hush stops a digit that is being sent by RTP. false: there is none, or its end is about to be told.
func (l *leg) hush() bool {
	x := &l.events
	if x.stop == nil || !x.stop() {
		return false
	}
	x.stop = nil
	return true
}

// sendInfo sends a digit by INFO.
func (l *leg) sendInfo(d *dialog, digit byte) {
	fill := func(req *gosip.Request) {
		req.AppendHeader(gosip.NewHeader("Content-Type", dtmf.Relay))
		req.SetBody(dtmf.Body(digit, dtmf.Tone))
	}
	l.ask(d, gosip.INFO, fill, func(now time.Time, res *gosip.Response, kind invite.Kind) {
		if res != nil && res.IsSuccess() {
			l.digits(now, dtmf.Response{OK: true}, Outcome{})
			return
		}
		why := refusalOf(res, kind)
		if ends(why) { // there is nobody to send the others to
			l.host.hear(DTMFFailed{l.outcome(why)})
			l.host.quit(now, invite.DialogLost)
			return
		}
		l.digits(now, dtmf.Response{}, l.outcome(why))
	})
}
