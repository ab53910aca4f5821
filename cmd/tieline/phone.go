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

// phone makes one call from set-up to disposal, and leaves nothing behind that was not there
// before. The error is why the call failed; nil means that it went as it should.
func (c console) phone(ctx context.Context, client *processor.Client, d dialFlags, number string) (outcome string, err error) {
	tidy, cancel := outlive(ctx)
	defer cancel()
	setupCtx, cancelSetup := context.WithTimeout(ctx, tidyTimeout)
	defer cancelSetup()
	ready, err := client.Setup(setupCtx, d.station)
	defer func() {
		if ready.Made == "" {
			return
		}
		if disposeErr := client.Dispose(tidy, ready.Made); err == nil && disposeErr != nil {
			err = fmt.Errorf("the call went well, but its channel could not be disposed of: %w", disposeErr)
		}
	}()
	if err != nil {
		return "", err
	}
	request := bridge.Dial{Destination: number}
	if d.timeout > 0 {
		ms := d.timeout.Milliseconds()
		request.Timeout = &ms
	}
	call, err := client.Dial(ctx, ready.Target, request)
	if call == nil {
		if ctx.Err() != nil { // the disposal of the channel cancels the dial
			return "Interrupted before an outcome.", nil
		}
		return "", err
	}
	return c.attend(ctx, tidy, call)
}

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
