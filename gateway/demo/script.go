package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieline/bridge"
	"tieline/bridge/processor"
)

// scene is one dial of the demo.
type scene struct {
	number   string
	headline string
	expected string // ANSWERED, or the code of the error
	last     string // how the last SIP message of the scene begins
}

const answered = "ANSWERED"

func script() []scene {
	return []scene{
		{"600", "rings and answers: the interaction is stored before the dial is answered", answered, "200 (BYE)"},
		{"601", "is busy: the dial fails, no interaction was ever there, the PBX's words are passed on", "BUSY", "ACK"},
		{"602", fmt.Sprintf("rings, nobody answers: after SUCCESS, the interaction ends at the ring time-out of %.0f s", ringTimeout.Seconds()), "NO_ANSWER", "ACK"},
		{"603", "declines: a refusal is final, no other trunk is tried", "REJECTED", "ACK"},
		{"604", "does not exist", "NOT_FOUND", "ACK"},
	}
}

// result is how a scene went.
type result struct {
	scene
	outcome   string
	sip       string // final status of the INVITE
	took      time.Duration
	added     string // whether the interaction was added before the answer
	completed bool   // there was an interaction, and it is over
}

// play dials, and takes an answered call through its whole life. The error is a fault of
// the demo; a dial that fails is an outcome.
func play(ctx context.Context, c *processor.Client, sc scene) (result, error) {
	r := result{scene: sc}
	began := time.Now()
	call, err := c.Dial(ctx, station().Target(), bridge.Dial{Destination: sc.number})
	var failure *bridge.Error
	if errors.As(err, &failure) && call == nil {
		r.outcome, r.took = string(failure.Code), time.Since(began)
		return r, nil
	}
	if err != nil {
		return r, err
	}
	state, err := call.Wait(ctx, bridge.Started, bridge.Ended)
	r.took = time.Since(began)
	if err != nil {
		return r, err
	}
	if state == bridge.Started {
		r.outcome = answered
		if err := call.Release(ctx); err != nil {
			return r, err
		}
		if _, err := call.Wait(ctx, bridge.Ended); err != nil {
			return r, err
		}
	}
	if _, end := call.State(); end != nil && end.Error != nil {
		r.outcome = string(end.Error.Code)
	}
	r.completed = true
	return r, call.Complete(ctx)
}
