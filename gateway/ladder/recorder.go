package ladder

import (
	"context"
	"slices"
	"sync"
	"time"

	"tieline/bridge"
	"tieline/interaction/tracker"
	"tieline/sip"
)

// Recorder collects the lines of both borders. Its methods Bus and SIP fit
// gateway.Options.BusTrace and SIPTrace. The zero value is ready.
//
// Bus shows what the gateway says at the moment when it is known to be stored. Who has the
// bridge in the same process gives only the requests to Bus, and to Heard what the bridge
// hears, so that each line stands where it reached the other side.
//
// Concurrency: safe for use from anywhere.
type Recorder struct {
	names Names

	mu     sync.Mutex
	lines  []Line
	addedc chan struct{} // closed at the next line; nil when nobody waits
}

// Bus records a message between bridge and gateway.
func (r *Recorder) Bus(c tracker.Crossing) {
	l := OfMessage(c.At, c.In, c.Message)
	l.Text = r.names.Shorten(c.Message, l.Text)
	r.add(l)
}

// Heard records a message of the gateway that reaches the bridge now.
func (r *Recorder) Heard(m bridge.Message) {
	r.Bus(tracker.Crossing{At: time.Now(), Message: m})
}

// SIP records a message between gateway and telephone system.
func (r *Recorder) SIP(e sip.TraceEvent) { r.add(OfSIP(e)) }

func (r *Recorder) add(l Line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, l)
	if r.addedc != nil {
		close(r.addedc)
		r.addedc = nil
	}
}

// Take hands over what was recorded since the last Take, by time. Lines of one instant keep
// the order in which they were recorded.
func (r *Recorder) Take() []Line {
	r.mu.Lock()
	defer r.mu.Unlock()
	lines := r.lines
	r.lines = nil
	slices.SortStableFunc(lines, func(a, b Line) int { return a.At.Compare(b.At) })
	return lines
}

// Await returns when a line that has been recorded, and not yet taken, satisfies want; or
// with the error of ctx.
func (r *Recorder) Await(ctx context.Context, want func(Line) bool) error {
	for {
		addedc := r.look(want)
		if addedc == nil {
			return nil
		}
		select {
		case <-addedc:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// look returns nil when there is such a line, otherwise a Go channel that the next one closes.
func (r *Recorder) look(want func(Line) bool) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.ContainsFunc(r.lines, want) {
		return nil
	}
	if r.addedc == nil {
		r.addedc = make(chan struct{})
	}
	return r.addedc
}
