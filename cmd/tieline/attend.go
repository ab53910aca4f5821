package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieline/bridge"
	"tieline/bridge/processor"
)

// tidyTimeout bounds what is still done after the call or after Ctrl-C.
const tidyTimeout = 5 * time.Second

// attend stays with a call until it ends or ctx does, which hangs up.
func (c console) attend(ctx, tidy context.Context, call *processor.Call) (string, error) {
	state, err := call.Wait(ctx, bridge.Ended, bridge.Completed)
	if err != nil {
		if ctx.Err() == nil {
			return "", err
		}
		if err := call.Release(tidy); err != nil {
			return "", err
		}
		if state, err = call.Wait(tidy, bridge.Ended, bridge.Completed); err != nil {
			return "", err
		}
	}
	_, end := call.State()
	if state == bridge.Ended {
		// Complete fails where the group completes by itself, which is as good.
		var failure *bridge.Error
		if err := call.Complete(tidy); err != nil && !errors.As(err, &failure) {
			return "", err
		}
	}
	began := call.AnsweredAt()
	switch {
	case end.Error != nil:
		return "", end.Error
	case began.IsZero() && end.ReleasedBy == bridge.ByRemote: // who did not answer cannot hang up
		return "Answered; released by the remote at once.", nil
	case began.IsZero():
		return fmt.Sprintf("Released by the %s before an answer.", end.ReleasedBy), nil
	}
	return fmt.Sprintf("Answered; released by the %s after %.1f s.", end.ReleasedBy, time.Since(began).Seconds()), nil
}

// outlive is a context that outlives ctx by tidyTimeout.
func outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	tidy, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(tidyTimeout, cancel) })
	return tidy, func() {
		stop()
		cancel()
	}
}
