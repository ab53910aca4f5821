package natsbus

import "sync"

// aside runs functions one after the other, in the order given, on a goroutine that lives
// only while there is something to run.
type aside struct {
	mu      sync.Mutex
	queue   []func()
	running bool
	wg      sync.WaitGroup
}

func (a *aside) do(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queue = append(a.queue, f)
	if !a.running {
		a.running = true
		a.wg.Go(a.run)
	}
}

func (a *aside) run() {
	for f := a.next(); f != nil; f = a.next() {
		f()
	}
}

func (a *aside) next() (f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.queue) == 0 {
		a.queue, a.running = nil, false
		return nil
	}
	f, a.queue = a.queue[0], a.queue[1:]
	return f
}

// wait returns when nothing is left to run.
func (a *aside) wait() { a.wg.Wait() }
