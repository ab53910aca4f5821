package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"tieline/bridge"
	"tieline/bridge/natsbus"
	"tieline/bridge/processor"
)

const exitNobody = 3

// agentFlags are the flags of the commands that make a call as an agent does.
type agentFlags struct {
	station processor.Station
	quiet   bool
}

func addAgentFlags(fs *flag.FlagSet) *agentFlags {
	a := &agentFlags{}
	fs.StringVar(&a.station.Group, "group", "", "the channel `group`, as the gateway's configuration names it")
	fs.StringVar(&a.station.EndPoint, "end-point", "", "the telephone system's own `name` of the channel, such as the extension")
	fs.StringVar(&a.station.Channel, "channel", "", "the channel's `id`; default: the end-point")
	fs.StringVar(&a.station.Session, "session", defaultSession(), "the session's `id`")
	fs.BoolVar(&a.quiet, "quiet", false, "print the outcome only")
	return a
}

// missing says what the flags lack; empty: nothing.
func (a *agentFlags) missing() string {
	if a.station.Group == "" || a.station.EndPoint == "" {
		return "--group and --end-point are required"
	}
	a.station.Agent = bridge.Agent{ID: a.station.Session, Name: a.station.Session}
	if a.station.Channel == "" {
		a.station.Channel = a.station.EndPoint
	}
	return ""
}

// work is what an agent does on a channel that is set up. tidy outlives ctx by a while, for what is left to do. The
// error is why the call failed; nil means that it went as it should.
type work func(ctx, tidy context.Context, client *processor.Client, channel bridge.Target) (outcome string, err error)

// asAgent joins the system as a bridge with one agent, shows what the gateway says to him, and turns what became of
// his work into the command's exit code.
func (c console) asAgent(name string, p *peerFlags, a *agentFlags, do work) int {
	ctx, cancel := c.interruptible()
	defer cancel()
	peer, err := c.connect(ctx, p)
	if err != nil {
		return c.fail(name, err)
	}
	defer peer.Close()
	w := &watcher{console: c, style: c.style(c.out)}
	w.style.Start = time.Now()
	client, err := processor.Open(context.WithoutCancel(ctx), peer, func(m bridge.Message) {
		if !a.quiet && m.Target.At(bridge.ObjectSession) == bridge.Target(a.station.Session) {
			w.print(m.Time, false, m)
		}
	})
	if err != nil {
		return c.fail(name, fmt.Errorf("%w (has a gateway of this processor run yet?)", err))
	}
	defer client.Close()
	outcome, err := c.onChannel(ctx, client, a.station, do)
	var failure *bridge.Error
	switch {
	case errors.Is(err, natsbus.ErrNobody):
		fmt.Fprintf(c.err, "tieline %s: no gateway serves the channel group %q of this processor; is one running, with this group in its configuration?\n", name, a.station.Group)
		return exitNobody
	case errors.As(err, &failure):
		fmt.Fprintln(c.err, toldBy(failure))
		return exitFailed
	case err != nil:
		return c.fail(name, err)
	}
	fmt.Fprintln(c.out, outcome)
	return exitOK
}

// onChannel sets the channel up, has the work done, and leaves nothing behind that was not there before.
func (c console) onChannel(ctx context.Context, client *processor.Client, station processor.Station, do work) (outcome string, err error) {
	tidy, cancel := outlive(ctx)
	defer cancel()
	setupCtx, cancelSetup := context.WithTimeout(ctx, tidyTimeout)
	defer cancelSetup()
	ready, err := client.Setup(setupCtx, station)
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
	return do(ctx, tidy, client, ready.Target)
}
