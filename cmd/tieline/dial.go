package main

import (
	"context"

	"tieline/bridge"
	"tieline/bridge/processor"
)

const dialUsage = `Usage: tieline dial [--nats nats://…] [--processor acme] --group sales --end-point 1001 NUMBER

Dials through a running gateway, as a processor bridge does: sets up the session, the group
and the channel where they are missing, dials, shows what the gateway says, and stays until
the call ends. Ctrl-C hangs up. Where the group has a station, the end-point's phone is
called first.

Exit code 0: the call was answered and has ended, or Ctrl-C ended it; 1: it failed, and why;
3: no gateway serves the group.`

func (c console) dial(args []string) int {
	fs := c.flags("dial", dialUsage)
	peer, agent := addPeerFlags(fs), addAgentFlags(fs)
	timeout := fs.Duration("timeout", 0, "how `long` the callee may take to answer; default: the group's")
	values, code, ok := c.parse(fs, args, "NUMBER")
	if !ok {
		return code
	}
	if missing := agent.missing(); missing != "" {
		return c.misused(fs, missing)
	}
	request := bridge.Dial{Destination: values[0]}
	if *timeout > 0 {
		ms := timeout.Milliseconds()
		request.Timeout = &ms
	}
	return c.asAgent("dial", peer, agent, func(ctx, tidy context.Context, client *processor.Client, channel bridge.Target) (string, error) {
		call, err := client.Dial(ctx, channel, request)
		if call == nil {
			if ctx.Err() != nil { // the disposal of the channel cancels the dial
				return "Interrupted before an outcome.", nil
			}
			return "", err
		}
		return c.attend(ctx, tidy, call)
	})
}
