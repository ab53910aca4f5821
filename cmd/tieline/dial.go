package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieline/bridge"
	"tieline/bridge/natsbus"
	"tieline/bridge/processor"
)

const dialUsage = `Usage: tieline dial [--nats nats://…] [--processor acme] --group sales --end-point 1001 NUMBER

Dials through a running gateway, as a processor bridge does: sets up the session, the group
and the channel where they are missing, dials, shows what the gateway says, and stays until
the call ends. Ctrl-C hangs up.

Exit code 0: the call was answered and has ended, or Ctrl-C ended it; 1: it failed, and why;
3: no gateway serves the group.`

const exitNobody = 3

type dialFlags struct {
	station processor.Station
	timeout time.Duration
	quiet   bool
}

func (c console) dial(args []string) int {
	fs := c.flags("dial", dialUsage)
	peerFlags := addPeerFlags(fs)
	var d dialFlags
	fs.StringVar(&d.station.Group, "group", "", "the channel `group`, as the gateway's configuration names it")
	fs.StringVar(&d.station.EndPoint, "end-point", "", "the telephone system's own `name` of the channel, such as the extension")
	fs.StringVar(&d.station.Channel, "channel", "", "the channel's `id`; default: the end-point")
	fs.StringVar(&d.station.Session, "session", defaultSession(), "the session's `id`")
	fs.DurationVar(&d.timeout, "timeout", 0, "how `long` the callee may take to answer; default: the group's")
	fs.BoolVar(&d.quiet, "quiet", false, "print the outcome only")
	values, code, ok := c.parse(fs, args, "NUMBER")
	switch {
	case !ok:
		return code
	case d.station.Group == "" || d.station.EndPoint == "":
		return c.misused(fs, "--group and --end-point are required")
	}
	d.station.Agent = bridge.Agent{ID: d.station.Session, Name: d.station.Session}
	if d.station.Channel == "" {
		d.station.Channel = d.station.EndPoint
	}
	ctx, cancel := c.interruptible()
	defer cancel()
	peer, err := c.connect(ctx, peerFlags)
	if err != nil {
		return c.fail("dial", err)
	}
	defer peer.Close()
	return c.dialThrough(ctx, peer, d, values[0])
}

func (c console) dialThrough(ctx context.Context, peer *natsbus.Peer, d dialFlags, number string) int {
	w := &watcher{console: c, style: c.style(c.out)}
	w.style.Start = time.Now()
	client, err := processor.Open(context.WithoutCancel(ctx), peer, func(m bridge.Message) {
		if !d.quiet && m.Target.At(bridge.ObjectSession) == bridge.Target(d.station.Session) {
			w.print(m.Time, false, m)
		}
	})
	if err != nil {
		return c.fail("dial", fmt.Errorf("%w (has a gateway of this processor run yet?)", err))
	}
	defer client.Close()
	outcome, err := c.phone(ctx, client, d, number)
	var failure *bridge.Error
	switch {
	case errors.Is(err, natsbus.ErrNobody):
		fmt.Fprintf(c.err, "tieline dial: no gateway serves the channel group %q of this processor; is one running, with this group in its configuration?\n", d.station.Group)
		return exitNobody
	case errors.As(err, &failure):
		fmt.Fprintln(c.err, toldBy(failure))
		return exitFailed
	case err != nil:
		return c.fail("dial", err)
	}
	fmt.Fprintln(c.out, outcome)
	return exitOK
}
