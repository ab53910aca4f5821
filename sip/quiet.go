package sip

import (
	"context"
	"log/slog"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// burstGap is how long something must not happen before it is worth another line.
const burstGap = 10 * time.Second

// burst turns a flood of the same fault into one line when it begins.
type burst struct {
	mu    sync.Mutex
	last  time.Time
	count int
}

// add counts one. first: a burst begins with it; before is how many the burst before had.
func (b *burst) add(now time.Time) (first bool, before int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	first = b.last.IsZero() || now.Sub(b.last) > burstGap
	b.last = now
	if first {
		before, b.count = b.count, 0
	}
	b.count++
	return first, before
}

// unsent says that something could not be sent, once per burst: to a peer that cannot be reached, nothing can.
func (u *UserAgent) unsent(what string) {
	if first, before := u.losses.add(time.Now()); first {
		u.cfg.Log.Warn("sip: "+what, "before", before)
	}
}

// quiet is sipgo's log handler. It passes warnings and errors on, one line per kind and burst, and without their
// attributes: sipgo puts whole messages into them, numbers and credentials included.
type quiet struct {
	out    *slog.Logger
	bursts *sync.Map // message → *burst; sipgo's messages are constants, so the map is small
}

func newQuiet(out *slog.Logger) *slog.Logger {
	return slog.New(quiet{out: out, bursts: &sync.Map{}})
}

func (q quiet) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	b, _ := q.bursts.LoadOrStore(r.Message, &burst{})
	if first, before := b.(*burst).add(r.Time); first {
		q.out.Log(ctx, r.Level, "sipgo: "+r.Message, "before", before)
	}
	return nil
}

func (q quiet) WithAttrs([]slog.Attr) slog.Handler { return q }
func (q quiet) WithGroup(string) slog.Handler      { return q }

// QuietLibrary sends what sipgo writes to its process-wide logger (connection counts, mostly) to log as well, as
// sparsely as the rest, and lifts its limit of 1300 bytes on UDP: requests have ours, and a response has to go back the
// way its request came, whatever its length (https://www.rfc-editor.org/rfc/rfc3261#section-18.2.2). It is process-wide
// and not synchronised: call it in main, before [New].
func QuietLibrary(log *slog.Logger) {
	gosip.SetDefaultLogger(newQuiet(log))
	gosip.UDPMTUSize = 1 << 16
}
