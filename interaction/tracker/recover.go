package tracker

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tieline/bridge"
	"tieline/interaction"
)

// recovered comes back once recover has come through; false: ctx ended before. A bus that is lost meanwhile is waited
// for: doing it again is harmless.
func (t *Tracker) recovered(ctx context.Context) bool {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for wait := retryFirst; ; wait = min(2*wait, retryMost) {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return false
		}
		err := t.recover(ctx)
		if err == nil || ctx.Err() != nil {
			return err == nil
		}
		t.Log.Warn("what a predecessor left unanswered could not be looked through, trying again", "in", wait, "error", err)
		timer.Reset(wait)
	}
}

// recover gives the requests that a crash left unanswered their one final answer
// (protocol.md §3: there is always exactly one). The call's outcome is unknown then, so the
// answer is INTERRUPTED, unless the stream shows that the answer had already gone out.
func (t *Tracker) recover(ctx context.Context) error {
	var open []interaction.Record
	err := t.Bus.Entries(ctx, func(key string, value []byte) error {
		var r interaction.Record
		if err := json.Unmarshal(value, &r); err != nil {
			t.Log.Error("a ledger entry is unreadable and left alone", "request", key, "error", err)
			return nil
		}
		if r.Answer == nil && t.ours(r) {
			open = append(open, r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range open {
		if err := t.interrupted(ctx, r); err != nil {
			return fmt.Errorf("answer request %s: %w", r.Request.RequestID, err)
		}
	}
	return nil
}

// ours tells whether this gateway had the request: it serves the group.
func (t *Tracker) ours(r interaction.Record) bool {
	group := r.Request.Target.At(bridge.ObjectGroup)
	if group == "" {
		return true
	}
	_, ok := t.Groups[group.ID()]
	return ok
}

func (t *Tracker) interrupted(ctx context.Context, r interaction.Record) error {
	request := r.Request.Message(bridge.TypeRequest)
	answer, found, err := t.Bus.Response(ctx, request.Target, request.RequestID, r.Claimed)
	if err != nil {
		return err
	}
	if !found {
		answer = request.Fail(&bridge.Error{
			Code: bridge.Interrupted, Message: "The gateway restarted while the request was in progress; its outcome is unknown.",
		})
		answer.Time = time.Now()
		if channel := request.Target.At(bridge.ObjectChannel); channel != "" {
			seq, err := t.Bus.LastSeq(ctx, channel)
			if err != nil {
				return err
			}
			answer.Seq = seq + 1
		}
		if err := wait(ctx, func(done func(error)) { t.Bus.Publish(answer, "interrupted."+request.RequestID, done) }); err != nil {
			return err
		}
		t.Log.Warn("a request was interrupted by a restart", "name", request.Name, "target", request.Target, "request", request.RequestID)
	}
	sealed := interaction.Seal(answer)
	r.Answer = &sealed
	value, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return wait(ctx, func(done func(error)) { t.Bus.Finish(request.RequestID, value, done) })
}

// wait turns a callback into a blocking call.
func wait(ctx context.Context, start func(done func(error))) error {
	donec := make(chan error, 1)
	start(func(err error) { donec <- err })
	select {
	case err := <-donec:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
