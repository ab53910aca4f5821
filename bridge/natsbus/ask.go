package natsbus

import (
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// ackTimeout is how long the server may take to acknowledge before the outcome is unsure.
const ackTimeout = 5 * time.Second

// asker sends messages and brings each its answer, without a goroutine per message. All
// answers come in on one subscription, so that they arrive in the order in which the
// server gave them. Failures come one after the other from its own goroutine, in the order
// in which the messages were sent.
//
// nats.go's PublishMsgAsync does the same for publications, but tells time-outs while
// holding its own lock, and cannot be used for the look-ups of the ledger.
type asker struct {
	nc     *nats.Conn
	prefix string
	late   aside

	mu      sync.Mutex
	open    map[uint64]question
	oldest  uint64 // no number below is in open
	last    uint64
	expire  *time.Timer
	settled chan struct{} // closed when open is empty; nil unless somebody waits
}

type question struct {
	due      time.Time
	answered func(*nats.Msg, error)
}

func newAsker() *asker {
	return &asker{prefix: nats.NewInbox() + ".", open: map[uint64]question{}, oldest: 1}
}

// start is called once, before the first question.
func (a *asker) start(nc *nats.Conn) error {
	sub, err := nc.Subscribe(a.prefix+"*", a.answer)
	if err != nil {
		return err
	}
	a.nc = nc
	return sub.SetPendingLimits(-1, -1) // as many as there are questions
}

// ask sends data to subject. answered is called exactly once, from another goroutine: with
// the answer, or with why there is none.
func (a *asker) ask(subject string, h nats.Header, data []byte, answered func(*nats.Msg, error)) {
	number := a.enter(answered)
	err := a.nc.PublishMsg(&nats.Msg{
		Subject: subject, Reply: a.prefix + strconv.FormatUint(number, 36), Header: h, Data: data,
	})
	switch {
	case err == nil:
	case neverSendable(err):
		a.fail(number, number, err)
	default:
		// The connection is down, so that earlier questions have no answer to hope for
		// either; they are told first.
		a.fail(0, number, err)
	}
}

func (a *asker) enter(answered func(*nats.Msg, error)) uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last++
	a.open[a.last] = question{time.Now().Add(ackTimeout), answered}
	if a.expire == nil {
		a.expire = time.AfterFunc(ackTimeout, a.timeOut)
	} else if len(a.open) == 1 {
		a.expire.Reset(ackTimeout)
	}
	return a.last
}

// answer runs on the subscription's goroutine.
func (a *asker) answer(m *nats.Msg) {
	number, err := strconv.ParseUint(m.Subject[len(a.prefix):], 36, 64)
	if err != nil {
		return // not one of ours
	}
	a.mu.Lock()
	q, ok := a.take(number)
	a.mu.Unlock()
	switch {
	case !ok: // came too late: the question has been told that it failed
	case len(m.Data) == 0 && m.Header.Get("Status") == "503":
		a.late.do(func() { q.answered(nil, nats.ErrNoResponders) })
	default:
		q.answered(m, nil)
	}
}

// take removes a question; the caller holds the lock.
func (a *asker) take(number uint64) (question, bool) {
	q, ok := a.open[number]
	delete(a.open, number)
	if len(a.open) == 0 {
		a.oldest = a.last + 1
		if a.settled != nil {
			close(a.settled)
			a.settled = nil
		}
	}
	return q, ok
}

// fail tells the questions from first to last that they have no answer.
func (a *asker) fail(first, last uint64, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for n := max(first, a.oldest); n <= last; n++ {
		if q, ok := a.take(n); ok {
			a.late.do(func() { q.answered(nil, err) })
		}
	}
}

func (a *asker) failAll(err error) {
	a.mu.Lock()
	last := a.last
	a.mu.Unlock()
	a.fail(0, last, err)
}

// timeOut fails what is due and sets the timer for the next question.
func (a *asker) timeOut() {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	for n := a.oldest; n <= a.last; n++ {
		q, ok := a.open[n]
		if ok && q.due.After(now) {
			a.oldest = n
			a.expire.Reset(q.due.Sub(now))
			return
		}
		if ok {
			a.take(n)
			a.late.do(func() { q.answered(nil, nats.ErrTimeout) })
		}
	}
}

// settle waits until nothing is open, at most for the given time.
func (a *asker) settle(limit time.Duration) {
	a.mu.Lock()
	if len(a.open) == 0 {
		a.mu.Unlock()
		return
	}
	settled := make(chan struct{})
	a.settled = settled
	a.mu.Unlock()
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-settled:
	case <-t.C:
	}
}

// close fails what is still open and returns when all have been told. The connection is
// closed by then.
func (a *asker) close() {
	a.failAll(nats.ErrConnectionClosed)
	a.mu.Lock()
	if a.expire != nil {
		a.expire.Stop()
	}
	a.mu.Unlock()
	a.late.wait()
}
