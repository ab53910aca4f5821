package gateway

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tieline/bridge"
	"tieline/gateway/config"
)

// limit bounds the calls of one channel group, over all its channels: calls per second and
// concurrent calls. A call over the limit is refused at once and by name.
//
// Concurrency: safe for use from anywhere.
type limit struct {
	most int // concurrent calls; 0: unlimited
	rate *rate.Limiter

	mu   sync.Mutex
	live int
}

func newLimit(c config.Limits) *limit {
	l := &limit{most: c.Concurrent}
	if c.CallsPerSecond > 0 {
		l.rate = rate.NewLimiter(rate.Limit(c.CallsPerSecond), c.CallsPerSecond)
	}
	return l
}

// take admits a call or says why not; a call that was admitted must be given back. An urgent one is always admitted.
func (l *limit) take(now time.Time, urgent bool) *bridge.Error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if urgent {
		l.live++
		return nil
	}
	if l.most > 0 && l.live >= l.most {
		return over("The channel group has its maximum of calls.", nil)
	}
	if l.rate != nil {
		r := l.rate.ReserveN(now, 1)
		if wait := r.DelayFrom(now); wait > 0 {
			r.CancelAt(now)
			return over("The channel group places too many calls per second.", wholeSeconds(wait))
		}
	}
	l.live++
	return nil
}

func (l *limit) give() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.live--
}

func over(message string, after *int) *bridge.Error {
	return &bridge.Error{Code: bridge.LimitExceeded, Retryable: true, Message: message, RetryAfter: after}
}
