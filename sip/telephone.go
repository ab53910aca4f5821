package sip

import (
	"sync"
	"time"
)

// clearance is how long a call waits at most for those before it at its telephone.
const clearance = time.Second

// telephones are those that take one call at a time (Dial.Telephone). Such a one refuses a call that overtakes the CANCEL or
// the BYE of the call before, which happens: a proxy with several workers has no order. So a call waits until those
// that are being hung up there have had their answer.
//
// Concurrency: safe for use from anywhere; a call's goroutine is only posted to.
type telephones struct {
	mu      sync.Mutex
	calls   map[string]map[*Call]bool // true: it is being hung up
	waiting map[string][]*Call
}

func newTelephones() telephones {
	return telephones{calls: map[string]map[*Call]bool{}, waiting: map[string][]*Call{}}
}

// enter takes a call in that is to be made.
func (t *telephones) enter(c *Call) {
	key := c.dial.Telephone
	if key == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.calls[key] == nil {
		t.calls[key] = map[*Call]bool{}
	}
	t.calls[key][c] = false
}

// leaves notes that a call is being hung up, or was not taken.
func (t *telephones) leaves(c *Call) {
	if c.dial.Telephone == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.calls[c.dial.Telephone][c]; known {
		t.calls[c.dial.Telephone][c] = true
	}
}

// left notes that nothing more of that is to come; gone, that nothing of the call is.
func (t *telephones) left(c *Call, gone bool) {
	key := c.dial.Telephone
	if key == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, known := t.calls[key][c]
	if known {
		t.calls[key][c] = false
	}
	if gone {
		delete(t.calls[key], c)
	}
	if t.busy(key) {
		return
	}
	for _, w := range t.waiting[key] {
		w.box.post(w.goOn)
	}
	delete(t.waiting, key)
	if len(t.calls[key]) == 0 {
		delete(t.calls, key)
	}
}

// waits reports that a call has to wait. goOn is posted to it when it need not any more.
func (t *telephones) waits(c *Call) bool {
	key := c.dial.Telephone
	if key == "" {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.busy(key) {
		return false
	}
	t.waiting[key] = append(t.waiting[key], c)
	return true
}

func (t *telephones) busy(key string) bool {
	for _, leaving := range t.calls[key] {
		if leaving {
			return true
		}
	}
	return false
}
