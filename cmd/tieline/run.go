package main

import (
	"context"
	"log/slog"

	"tieline/gateway"
	"tieline/gateway/config"
)

const runUsage = `Usage: tieline run -c tieline.yaml

Runs the gateway until it is told to stop. The first SIGINT or SIGTERM drains: no new calls,
live ones may end by themselves (processor.drain-timeout). The second one ends them.

What can stand in the file: deploy/tieline.example.yaml. Its log goes to standard error.`

func (c console) serve(args []string) int {
	fs := c.flags("run", runUsage)
	file := fs.String("c", "tieline.yaml", "the configuration `file`")
	if _, code, ok := c.parse(fs, args); !ok {
		return code
	}
	cfg, err := config.Load(*file)
	if err != nil {
		return c.faulty("run", err)
	}
	ctx, drain := context.WithCancel(context.Background())
	defer drain()
	killc := make(chan struct{})
	g, err := gateway.New(cfg, gateway.Options{Version: version(), Log: c.logger(cfg.Log), Kill: killc})
	if err != nil {
		return c.fail("run", err)
	}
	go c.obey(drain, killc)
	if err := g.Open(ctx); err != nil {
		if ctx.Err() != nil {
			return exitOK // told to stop while it waited for NATS: nothing was begun
		}
		return c.fail("run", err)
	}
	if err := g.Run(ctx); err != nil {
		return c.fail("run", err)
	}
	return exitOK
}

// obey drains at the first signal and kills at the second. It ends with the process: until
// then there may be a second signal.
func (c console) obey(drain func(), killc chan<- struct{}) {
	if _, ok := <-c.signalc; !ok {
		return
	}
	drain()
	if _, ok := <-c.signalc; ok {
		close(killc)
	}
}

// logger is the process's own log.
func (c console) logger(l config.Log) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(l.Level)) // config has checked it; the zero value is info
	opts := &slog.HandlerOptions{Level: level}
	if l.Format == config.JSON {
		return slog.New(slog.NewJSONHandler(c.err, opts))
	}
	return slog.New(slog.NewTextHandler(c.err, opts))
}
