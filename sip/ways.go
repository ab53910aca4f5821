package sip

import (
	"errors"
	"time"
)

// silence is how long an address may say nothing at all before the next one is tried. Whoever is there says 100 within
// 200 ms (https://www.rfc-editor.org/rfc/rfc3261#section-17.2.1), and four copies of an INVITE leave in that time: waiting for
// the transaction's own 32 s (https://www.rfc-editor.org/rfc/rfc3263#section-4.3) would take longer than any caller waits.
const silence = 4 * time.Second

// ways are the addresses of one trunk that a dial has not tried yet. They share the time that the trunk has for its progress.
type ways struct {
	left []hop
	by   time.Time // when there has to be progress; zero: some time
}

// limits are an attempt's.
type limits struct {
	progress time.Duration // 0: none
	silence  time.Duration // where another address waits; 0: none
}

func newWays(now time.Time, hops []hop, progress time.Duration) ways {
	w := ways{left: hops}
	if progress > 0 {
		w.by = now.Add(progress)
	}
	return w
}

// more reports that there is another address, and time to try it.
func (w *ways) more(now time.Time) bool {
	return len(w.left) > 0 && (w.by.IsZero() || w.by.After(now))
}

// next takes the next address. As long as it is not the last one it has an equal part of what is left of the time, and no more
// than silence, to say anything.
func (w *ways) next(now time.Time) (hop, limits, error) {
	if len(w.left) == 0 {
		return hop{}, limits{}, errors.New("trunk has no address")
	}
	var l limits
	if !w.by.IsZero() {
		l.progress = w.by.Sub(now)
	}
	if n := len(w.left); n > 1 {
		if l.silence = silence; l.progress > 0 {
			l.silence = min(silence, l.progress/time.Duration(n))
		}
	}
	to := w.left[0]
	w.left = w.left[1:]
	return to, l, nil
}
