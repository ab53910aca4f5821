package main

import (
	"context"
	"fmt"

	"tieline/bridge"
	"tieline/bridge/processor"
)

const answerUsage = `Usage: tieline answer [--nats nats://…] [--processor acme] --group sales --end-point 1001

Waits for a call through a running gateway, as a processor bridge does: sets up the session,
the group and the channel where they are missing, logs the end-point in, accepts the next call
that the telephone system has for it (or rejects it), shows what the gateway says, and stays
until the call ends. Ctrl-C hangs up, or ends the wait. Where the group has a station, the
end-point's phone is called to be connected with the caller.

Exit code 0: the call was answered and has ended, was rejected, or Ctrl-C ended it; 1: it
failed, and why; 3: no gateway serves the group.`

func (c console) answer(args []string) int {
	fs := c.flags("answer", answerUsage)
	peer, agent := addPeerFlags(fs), addAgentFlags(fs)
	reject := fs.String("reject", "", "turn the caller away instead: `busy` or decline")
	if _, code, ok := c.parse(fs, args); !ok {
		return code
	}
	switch reason := bridge.RejectReason(*reject); {
	case reason != "" && reason != bridge.RejectBusy && reason != bridge.RejectDecline:
		return c.misused(fs, "--reject must be busy or decline")
	case agent.missing() != "":
		return c.misused(fs, agent.missing())
	}
	return c.asAgent("answer", peer, agent, func(ctx, tidy context.Context, client *processor.Client, channel bridge.Target) (string, error) {
		if err := client.Ready(ctx, channel); err != nil {
			return "", err
		}
		call, err := client.Next(ctx, channel)
		switch {
		case ctx.Err() != nil:
			return "Interrupted before a call.", nil
		case err != nil:
			return "", err
		case *reject == "":
			return c.take(ctx, tidy, call)
		}
		if err := call.Reject(tidy, bridge.RejectReason(*reject)); err != nil {
			return "", err
		}
		return fmt.Sprintf("Rejected: %s.", *reject), nil
	})
}

// take accepts a call and stays with it.
func (c console) take(ctx, tidy context.Context, call *processor.Call) (string, error) {
	if err := call.Accept(ctx); err != nil && ctx.Err() == nil {
		return "", err
	}
	return c.attend(ctx, tidy, call)
}
