package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieline/bridge"
	"tieline/bridge/processor"
	"tieline/gateway/ladder"
)

// settleTimeout is far more than the telephone system takes to obey.
const settleTimeout = 5 * time.Second

// phoned is the scene of an agent with a phone: a dial, a consultation, and a transfer.
type phoned struct {
	*stage
	customer *processor.Call
	expert   *processor.Conversation
}

// legend is what has to be known to read the scene.
func legend() string {
	return fmt.Sprintf(`Her phone, 600 and 700 are all behind the PBX; here the lines name them. Behind "audio" is where somebody
receives it: a telephone says so for itself, the gateway says it to one about another. What is spoken does
not go through the gateway; only the ringing tone comes from there.
    phone 192.0.2.1:%d   600 192.0.2.1:%d   700 192.0.2.1:%d   tone %s`, phonePort, customerPort, expertPort, toneAddress)
}

// step is a part of the scene, with a ladder of its own.
type step struct {
	what, about string
	do          func(context.Context) error
	heard       string // who hears whom in the end
}

func (s *phoned) steps() []step {
	return []step{
		{"set up", "one more agent, in a group that has a station", s.setUp, ""},
		{"dial", "her phone is called, then the customer; she hears the tone until he answers", s.dial, "phone ⇄ 600"},
		{"consult", "the customer is held, the expert called", s.consult, "phone ⇄ 700, 600 waits"},
		{"alternate", "the expert is held, the customer is back", s.alternate, "phone ⇄ 600, 700 waits"},
		{"transfer", "the customer gets the expert, and Carol is free for the next call", s.transfer, "600 ⇄ 700, phone has left"},
		{"later", "the customer hangs up, and the gateway tells the expert", s.leave, "all have left"},
	}
}

// byPhone plays the scene, and returns the rule that the right ones could hear each other all the time.
func (s *stage) byPhone(ctx context.Context, p printer) (rule, error) {
	r := rule{sentence: "after each step of the transfer those hear each other who should, and nobody else"}
	p.headline("a transfer", "Carol talks by her phone with a customer (600), asks an expert (700), and passes the customer on")
	p.note(legend())
	p.style.Media = true
	s.audience.follow(desk().EndPoint)
	scene := &phoned{stage: s}
	for _, step := range scene.steps() {
		p.step(step.what, step.about)
		if err := step.do(ctx); err != nil {
			return r, fmt.Errorf("%s: %w", step.what, err)
		}
		if err := s.hush(ctx, step.heard); err != nil {
			return r, fmt.Errorf("%s: %w", step.what, err)
		}
		p.lines(s.recorder.Take())
		heard := s.audience.String()
		p.outcome(heard)
		r.wants(heard == step.heard, "after %s: %q, not %q", step.what, heard, step.heard)
	}
	return r, nil
}

// hush waits until the telephone system is quiet and those hear each other who should; it does not wait for ever for that.
func (s *stage) hush(ctx context.Context, heard string) error {
	settling, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	// What is wanted is not in a line, but each line may bring it about.
	err := s.recorder.Await(settling, func(ladder.Line) bool { return s.audience.quiet() && s.audience.String() == heard })
	s.crossing.Lock() // the message that brought it about is being recorded, perhaps
	defer s.crossing.Unlock()
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil // the rule tells
	}
	return err
}

func (s *phoned) setUp(ctx context.Context) error {
	_, err := s.client.Setup(ctx, desk())
	return err
}

func (s *phoned) dial(ctx context.Context) (err error) {
	if s.customer, err = s.client.Dial(ctx, desk().Target(), bridge.Dial{Destination: "600"}); err != nil {
		return err
	}
	_, err = s.customer.Wait(ctx, bridge.Started)
	return err
}

func (s *phoned) consult(ctx context.Context) (err error) {
	if s.expert, err = s.customer.Consult(ctx, bridge.Consult{Destination: "700"}); err != nil {
		return err
	}
	if _, err = s.expert.Wait(ctx, bridge.ConvConnected); err != nil {
		return err
	}
	return s.said(ctx, `"consulttransfer"`) // it is possible now
}

func (s *phoned) alternate(ctx context.Context) error { return s.customer.Alternate(ctx) }

func (s *phoned) transfer(ctx context.Context) error {
	if err := s.customer.ConsultTransfer(ctx); err != nil {
		return err
	}
	if _, err := s.customer.Wait(ctx, bridge.Ended); err != nil {
		return err
	}
	if err := s.customer.Complete(ctx); err != nil {
		return err
	}
	return s.said(ctx, string(bridge.ChannelInteractionRemoved))
}

func (s *phoned) leave(context.Context) error {
	customer := s.pbx.Live("600")
	if customer == nil {
		return errors.New("the customer was hung up by the transfer")
	}
	customer.Bye()
	return nil
}
