package resolve

import (
	"time"

	"tieline/sip/locate"
)

const (
	// maxEntries bounds the cache: names come from the configuration, but also from what peers call themselves.
	maxEntries = 1024
	// longest and longestNone limit what a TTL asks for: records can be wrong, and so can their absence
	// (https://www.rfc-editor.org/rfc/rfc2308#section-5).
	longest     = 24 * time.Hour
	longestNone = 5 * time.Minute
	// staleFor is for how long an answer counts beyond its TTL while nobody answers, stalePause when it is asked for again,
	// and for how long the old one is good meanwhile (https://www.rfc-editor.org/rfc/rfc8767#section-5).
	staleFor   = 24 * time.Hour
	stalePause = 30 * time.Second
)

// cache keeps answers. It has no clock and no lock.
type cache struct{ entries map[locate.Question]*entry }

type entry struct {
	answer locate.Answer
	good   time.Time // until then
	kept   time.Time // and until then for want of a better one
}

func newCache() cache { return cache{map[locate.Question]*entry{}} }

// get returns an answer that is good now, with what is left of its TTL.
func (c cache) get(q locate.Question, now time.Time) (locate.Answer, bool) {
	e := c.entries[q]
	if e == nil || !e.good.After(now) {
		return locate.Answer{}, false
	}
	a := e.answer
	a.TTL = e.good.Sub(now)
	return a, true
}

// stale returns an answer that was good once, since nobody answers now, and makes it good for a moment.
func (c cache) stale(q locate.Question, now time.Time) (locate.Answer, bool) {
	e := c.entries[q]
	if e == nil || !e.kept.After(now) {
		return locate.Answer{}, false
	}
	e.good = now.Add(stalePause)
	return c.get(q, now)
}

func (c cache) put(q locate.Question, a locate.Answer, now time.Time) {
	if _, known := c.entries[q]; !known && len(c.entries) >= maxEntries {
		c.evict()
	}
	c.entries[q] = &entry{answer: a, good: now.Add(a.TTL), kept: now.Add(a.TTL + staleFor)}
}

// evict forgets what is to be forgotten first.
func (c cache) evict() {
	var oldest locate.Question
	var at time.Time
	for q, e := range c.entries {
		if at.IsZero() || e.kept.Before(at) {
			oldest, at = q, e.kept
		}
	}
	delete(c.entries, oldest)
}
