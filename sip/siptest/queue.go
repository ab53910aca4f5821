package siptest

import (
	"context"
	"sync"
)

// queue is an unbounded queue: push never blocks, pop waits.
type queue[T any] struct {
	mu     sync.Mutex
	items  []T
	readyc chan struct{} // holds one token while items may be there
}

func newQueue[T any]() *queue[T] { return &queue[T]{readyc: make(chan struct{}, 1)} }

func (q *queue[T]) push(x T) {
	q.mu.Lock()
	q.items = append(q.items, x)
	q.mu.Unlock()
	q.ready()
}

func (q *queue[T]) ready() {
	select {
	case q.readyc <- struct{}{}:
	default:
	}
}

// pop returns the next item, or the context's error.
func (q *queue[T]) pop(ctx context.Context) (x T, err error) {
	for {
		if x, ok := q.take(); ok {
			return x, nil
		}
		select {
		case <-q.readyc:
		case <-ctx.Done():
			return x, ctx.Err()
		}
	}
}

// take returns an item without waiting and leaves the token for the next reader while there are more.
func (q *queue[T]) take() (x T, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		return x, false
	}
	x = q.items[0]
	q.items = q.items[1:]
	if len(q.items) > 0 {
		q.ready()
	}
	return x, true
}
