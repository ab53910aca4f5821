package tracker

import (
	"encoding/json"
	"errors"
	"time"

	"tieline/bridge"
	"tieline/interaction"
)

// ledger claims request ids and completes their records, for one loop. A claim of an id
// whose answer is just being written waits for it, so that a repeat always finds either
// nothing or the whole answer.
type ledger struct {
	loop *loop
	// answering holds, by request id, the claims that wait for the answer to be written.
	answering map[string][]interaction.Claim
}

func (g *ledger) claim(c interaction.Claim) {
	id := c.Record.Request.RequestID
	if waiting, ok := g.answering[id]; ok {
		g.answering[id] = append(waiting, c)
		return
	}
	value, err := json.Marshal(c.Record)
	if err != nil {
		g.loop.input(interaction.Claimed{RequestID: id, Failed: true})
		return
	}
	g.attempt(id, value, time.Now().Add(claimPatience))
}

// attempt tries to claim until the bus knows whose the id is: an answer without knowing could
// be a second one to a repeated request. A claim that comes late has failed nevertheless: a
// stale request must not be carried out (protocol.md §2).
func (g *ledger) attempt(id string, value []byte, giveUp time.Time) {
	g.loop.t.Bus.Claim(id, value, func(existing []byte, err error) {
		g.loop.post(func() {
			late := time.Now().After(giveUp)
			switch {
			case err == nil:
				in := claimed(id, existing)
				in.Failed = in.Failed || late && existing == nil
				g.loop.step(in)
			case late && errors.Is(err, bridge.ErrRefused):
				g.loop.t.Log.Error("a request could not be claimed", "request", id, "error", err)
				g.loop.step(interaction.Claimed{RequestID: id, Failed: true})
			default:
				g.loop.after(retryFirst, func() { g.attempt(id, value, giveUp) })
			}
		})
	})
}

func claimed(id string, existing []byte) interaction.Claimed {
	in := interaction.Claimed{RequestID: id}
	if existing == nil {
		return in
	}
	in.Existing = &interaction.Record{}
	if json.Unmarshal(existing, in.Existing) != nil {
		in.Existing, in.Failed = nil, true
	}
	return in
}

// answer notes that the answer to a claimed request is on its way out.
func (g *ledger) answer(r *interaction.Record) {
	if _, ok := g.answering[r.Request.RequestID]; !ok {
		g.answering[r.Request.RequestID] = nil
	}
}

// finish writes the answer into the record and lets the claims go on that waited for it.
func (g *ledger) finish(r *interaction.Record, answer bridge.Message) {
	done := *r
	sealed := interaction.Seal(answer)
	done.Answer = &sealed
	value, err := json.Marshal(done)
	if err != nil {
		g.loop.t.Log.Error("an answer does not encode", "request", answer.RequestID, "error", err)
		g.finished(answer.RequestID)
		return
	}
	g.write(answer.RequestID, value, retryFirst)
}

func (g *ledger) write(id string, value []byte, wait time.Duration) {
	g.loop.t.Bus.Finish(id, value, func(err error) {
		g.loop.post(func() {
			if errors.Is(err, bridge.ErrRefused) {
				g.loop.t.Log.Error("an answer cannot be kept: the request repeated will be told that it is in progress", "request", id, "error", err)
				g.finished(id)
				return
			}
			if err != nil {
				g.loop.t.Log.Warn("an answer is not in the ledger yet, trying again", "request", id, "error", err)
				g.loop.after(wait, func() { g.write(id, value, min(2*wait, retryMost)) })
				return
			}
			g.finished(id)
		})
	})
}

func (g *ledger) finished(id string) {
	waiting := g.answering[id]
	delete(g.answering, id)
	for _, c := range waiting {
		g.claim(c)
	}
}
