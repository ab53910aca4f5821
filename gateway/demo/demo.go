package demo

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"tieline/bridge"
	"tieline/gateway/ladder"
)

// limit is far more than the demo takes.
const limit = time.Minute

// Run plays the demo and writes it to out in the given style, whose Start is ignored. It
// returns whether every rule held and every outcome was the expected one; an error says that
// the demo could not be played at all.
func Run(ctx context.Context, out io.Writer, style ladder.Style, version string) (held bool, err error) {
	return perform(ctx, out, style, version, func(bridge.Message) {})
}

// perform is Run for one who watches what the bridge hears.
func perform(ctx context.Context, out io.Writer, style ladder.Style, version string, watch func(bridge.Message)) (held bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p := printer{out: out, style: style}
	p.title()
	s, err := open(ctx, version, watch)
	if err != nil {
		return false, err
	}
	results, heard, err := s.play(ctx, p)
	rules := append([]rule{expectations(results)}, s.witness.judge()...)
	if err != nil {
		return false, fmt.Errorf("%w%s", err, closing(s.close()))
	}
	if err := s.close(); err != nil {
		return false, err
	}
	rules = append(rules, heard, s.telephony())
	p.table(results)
	return p.rules(rules), nil
}

func closing(err error) string {
	if err == nil {
		return ""
	}
	return "; and while closing: " + err.Error()
}

// play is the script: set up, dial, answer, transfer, tear down. heard is the rule about who hears whom.
func (s *stage) play(ctx context.Context, p printer) (results []result, heard rule, err error) {
	p.headline("set up", "session, channel group and channel: each is set up, then initialized")
	if _, err := s.client.Setup(ctx, station()); err != nil {
		return nil, heard, err
	}
	p.lines(s.recorder.Take())
	for _, sc := range script() {
		p.headline("dial "+sc.number, sc.headline)
		r, err := s.scene(ctx, sc, p)
		if err != nil {
			p.lines(s.recorder.Take())
			return results, heard, fmt.Errorf("dial %s: %w", sc.number, err)
		}
		results = append(results, r)
	}
	if err := s.answer(ctx, p); err != nil {
		p.lines(s.recorder.Take())
		return results, heard, fmt.Errorf("a call that comes in: %w", err)
	}
	if heard, err = s.byPhone(ctx, p); err != nil {
		p.lines(s.recorder.Take())
		return results, heard, fmt.Errorf("a transfer: %w", err)
	}
	p.headline("tear down", "children first; the answer to the dispose is the last word")
	for _, channel := range []bridge.Target{station().Target(), desk().Target()} {
		if err = s.client.Dispose(ctx, channel.At(bridge.ObjectSession)); err != nil {
			break
		}
	}
	p.lines(s.recorder.Take())
	return results, heard, err
}

// scene plays one dial to the last SIP message of its clean-up.
func (s *stage) scene(ctx context.Context, sc scene, p printer) (result, error) {
	r, err := play(ctx, s.client, sc)
	if err != nil {
		return r, err
	}
	if err := s.settle(ctx, sc, r); err != nil {
		return r, err
	}
	lines := s.recorder.Take()
	p.lines(lines)
	for _, l := range lines {
		if status, ok := strings.CutSuffix(l.Text, " (INVITE)"); ok && l.Kind == ladder.Signal {
			r.sip = status
		}
	}
	r.added = s.witness.lastDial()
	return r, nil
}

// settle waits for what the two sides still have to say when a dial is over.
func (s *stage) settle(ctx context.Context, sc scene, r result) error {
	last := func(l ladder.Line) bool { return l.Kind == ladder.Signal && strings.HasPrefix(l.Text, sc.last) }
	if err := s.recorder.Await(ctx, last); err != nil {
		return fmt.Errorf("no %s crossed the border to the PBX: %w", sc.last, err)
	}
	if !r.completed {
		return nil
	}
	if err := s.said(ctx, string(bridge.ChannelInteractionRemoved)); err != nil {
		return fmt.Errorf("the interaction was not removed: %w", err)
	}
	return nil
}

// expectations is the rule that every dial ends as the script says.
func expectations(results []result) rule {
	e := rule{sentence: "every outcome is the expected one"}
	e.wants(len(results) == len(script()), "%d of %d dials were made", len(results), len(script()))
	for _, r := range results {
		e.wants(r.outcome == r.expected, "%s ended as %s, not %s", r.number, r.outcome, r.expected)
	}
	return e
}

// telephony is the rule that the PBX has nothing to complain about.
func (s *stage) telephony() rule {
	r := rule{sentence: "no call is left open at the PBX, and it has no complaint"}
	r.wants(s.pbx.Open() == 0, "%d calls are open", s.pbx.Open())
	r.broken = append(r.broken, s.pbx.Complaints()...)
	return r
}
