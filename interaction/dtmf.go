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

func (c *Channel) sendDTMF(p *ask, i *interaction) *bridge.Error {
	if !c.settings.SendDTMF {
		return unsupported("Sending digits")
	}
	var body bridge.Digits
	if err := bridge.DecodeBody(p.Message, &body); err != nil {
		return invalidBody(err)
	}
	switch {
	case body.Digits == "" || len(body.Digits) > mostDigits || strings.Trim(body.Digits, dtmfDigits) != "":
		return bridge.InvalidMessage.Error(`The message is invalid: body key "digits" must be 1 to 128 of 0-9, A-D, *, # and the pause (,).`)
	case i.primary.current != bridge.ConvConnected:
		return bridge.InvalidState.Error("The conversation is " + string(i.primary.current) + "; digits can be sent while it is CONNECTED.")
	}
	i.primary.sending = append(i.primary.sending, p)
	c.asks.emit(SendDTMF{i.call, body.Digits})
	return nil
}

// dtmfSent: the oldest digits that were to be sent are, or are not.
func (c *Channel) dtmfSent(in DTMFSent) {
	i := c.byCall(in.Call)
	if i == nil || len(i.primary.sending) == 0 {
		return
	}
	p := i.primary.sending[0]
	i.primary.sending = i.primary.sending[1:]
	if in.Error != nil {
		c.asks.fail(p, in.Error)
		return
	}
	c.asks.succeed(p, nil)
}

// dtmfReceived: the other side has pressed keys. Only a connected call has ears.
func (c *Channel) dtmfReceived(in DTMFReceived) {
	if i := c.byCall(in.Call); i != nil && i.primary.current == bridge.ConvConnected {
		i.primary.event(&c.asks, bridge.ConversationDTMF, bridge.Digits{Digits: in.Digits})
	}
}

// unsent answers what can no longer be sent.
func (c *Channel) unsent(v *conversation) {
	for _, p := range v.sending {
		c.asks.fail(p, bridge.Cancelled.Error("The call ended before the digits were sent."))
	}
	v.sending = nil
}
