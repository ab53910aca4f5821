package main

import (
	"errors"

	"tieline/gateway/demo"
)

const demoUsage = `Usage: tieline demo

Runs a bridge, the gateway with its NATS server, and a scripted PBX in one process, without
any configuration or port. Dials 600 (answers), 601 (busy), 602 (rings only), 603 (declines)
and 604 (unknown), answers a call, and has an agent with a phone ask an expert and pass the
customer on. It prints all that crossed the two borders of the gateway, and checks the order
rules of the protocol and who hears whom. Exit code 0: every rule held.

On a terminal, lines are cut to the window; --wide or a pipe shows them whole.`

func (c console) demo(args []string) int {
	fs := c.flags("demo", demoUsage)
	wide := fs.Bool("wide", false, "do not cut lines")
	if _, code, ok := c.parse(fs, args); !ok {
		return code
	}
	ctx, cancel := c.interruptible()
	defer cancel()
	style := c.style(c.out)
	if *wide {
		style.Width = 0
	}
	held, err := demo.Run(ctx, c.out, style, version())
	switch {
	case err != nil && ctx.Err() != nil:
		return c.fail("demo", errors.New("interrupted"))
	case err != nil:
		return c.fail("demo", err)
	case !held:
		return c.fail("demo", errors.New("a rule was broken"))
	}
	return exitOK
}
