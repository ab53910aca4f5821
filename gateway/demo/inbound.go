package demo

import (
	"context"
	"fmt"
	"net"

	"tieline/bridge"
	"tieline/sip/siptest"
)

// answer is the scene in which somebody calls the agent: the PBX sends an INVITE to the end-point, the agent
// accepts, and the caller hangs up.
func (s *stage) answer(ctx context.Context, p printer) error {
	p.headline("a call for "+station().EndPoint, "the interaction is stored before the caller hears ringing; accept is answered when the caller knows")
	channel := station().Target()
	if err := s.client.Ready(ctx, channel); err != nil {
		return err
	}
	gateway, err := net.ResolveUDPAddr("udp4", gatewayAddress)
	if err != nil {
		return err
	}
	caller, err := s.pbx.Dial(gateway, "sip:"+station().EndPoint+"@gateway", siptest.From(`"Bob" <sip:+4930123456@pbx>`))
	if err != nil {
		return err
	}
	call, err := s.client.Next(ctx, channel)
	if err != nil {
		return err
	}
	if err := call.Accept(ctx); err != nil {
		return err
	}
	caller.Bye()
	if _, err := call.Wait(ctx, bridge.Ended); err != nil {
		return err
	}
	if err := call.Complete(ctx); err != nil {
		return err
	}
	if err := s.settle(ctx, scene{last: "200 (BYE)"}, result{completed: true}); err != nil {
		return err
	}
	p.lines(s.recorder.Take())
	if call.AnsweredAt().IsZero() {
		return fmt.Errorf("the call of %s was never STARTED", call.Remote.Number)
	}
	return nil
}
