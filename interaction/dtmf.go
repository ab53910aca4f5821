package interaction

import (
	"strings"

	"tieline/bridge"
)

// Digits of a call (protocol.md §9). The telephone system plays them one request after the other and tells when each is done.
//
//	state     | input        | effects, in order             | next
//	CONNECTED | senddtmf     | send the digits               | CONNECTED, sending
//	sending   | senddtmf     | send the digits               | sending
//	sending   | sent         | SUCCESS for the oldest        | sending, or CONNECTED
//	sending   | not sent     | FAILURE for the oldest        | sending, or CONNECTED
//	sending   | the call ends | CANCELLED for all, behind conversation.ended | –
//	CONNECTED | received     | conversation.dtmf             | CONNECTED
//	other     | senddtmf     | FAILURE INVALID_STATE         | the same

const (
	dtmfDigits = "0123456789ABCD*#," // a comma is a pause
	mostDigits = 128
)

func (c *Channel) sendDTMF(p *ask, v *conversation) *bridge.Error {
	if e := c.maySendDTMF(v); e != nil {
		return e
	}
	var body bridge.Digits
	if err := bridge.DecodeBody(p.Message, &body); err != nil {
		return invalidBody(err)
	}
	if body.Digits == "" || len(body.Digits) > mostDigits || strings.Trim(body.Digits, dtmfDigits) != "" {
		return bridge.InvalidMessage.Error(`The message is invalid: body key "digits" must be 1 to 128 of 0-9, A-D, *, # and the pause (,).`)
	}
	v.sending = append(v.sending, p)
	c.asks.emit(SendDTMF{v.call, body.Digits})
	return nil
}

// dtmfSent: the oldest digits that were to be sent are, or are not.
func (c *Channel) dtmfSent(in DTMFSent) {
	v := c.byCall(in.Call)
	if v == nil || len(v.sending) == 0 {
		return
	}
	p := v.sending[0]
	v.sending = v.sending[1:]
	c.answer(p, in.Error)
}

// dtmfReceived: the other side has pressed keys. Only a connected call has ears.
func (c *Channel) dtmfReceived(in DTMFReceived) {
	if v := c.byCall(in.Call); v != nil && v.current == bridge.ConvConnected {
		v.event(&c.asks, bridge.ConversationDTMF, bridge.Digits{Digits: in.Digits})
	}
}

// unsent answers what can no longer be sent.
func (c *Channel) unsent(v *conversation) {
	for _, p := range v.sending {
		c.asks.fail(p, bridge.Cancelled.Error("The call ended before the digits were sent."))
	}
	v.sending = nil
}
