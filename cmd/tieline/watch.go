package main

import (
	"fmt"
	"sync"
	"time"

	"tieline/bridge"
	"tieline/bridge/natsbus"
	"tieline/bridge/processor"
	"tieline/gateway/ladder"
)

const watchUsage = `Usage: tieline watch [--nats nats://…] [--processor acme] [--requests] [--since 10m | --all]

Follows what the gateways of a processor say, one line per message, until Ctrl-C. Long ids of
interactions are shown short (i1, v1); --full shows them whole.`

func (c console) watch(args []string) int {
	fs := c.flags("watch", watchUsage)
	peerFlags := addPeerFlags(fs)
	requests := fs.Bool("requests", false, "show also what bridges ask; between these lines and the others there is no strict order")
	since := fs.Duration("since", 0, "begin `so long` ago, such as 10m")
	all := fs.Bool("all", false, "begin with the oldest message that is still stored")
	full := fs.Bool("full", false, "show whole ids, and lines of any length")
	if _, code, ok := c.parse(fs, args); !ok {
		return code
	}
	ctx, cancel := c.interruptible()
	defer cancel()
	peer, err := c.connect(ctx, peerFlags)
	if err != nil {
		return c.fail("watch", err)
	}
	defer peer.Close()
	w := &watcher{console: c, style: c.style(c.out), full: *full}
	start := natsbus.Start{All: *all}
	if *since > 0 {
		start.Time = time.Now().Add(-*since)
	}
	if w.full {
		w.style.Width = 0
	}
	if *requests {
		if err := peer.Asked(ctx, func(m bridge.Message, _ bridge.Target) { w.print(time.Now(), true, m) }); err != nil {
			return c.fail("watch", err)
		}
	}
	client, err := processor.Since(ctx, peer, start, func(m bridge.Message) { w.print(m.Time, false, m) })
	if err != nil {
		return c.fail("watch", fmt.Errorf("%w (has a gateway of this processor run yet?)", err))
	}
	<-client.Ended()
	return exitOK
}

// watcher prints messages as they come.
type watcher struct {
	console
	style ladder.Style
	full  bool
	names ladder.Names
	mu    sync.Mutex // requests and the rest come from two goroutines
}

func (w *watcher) print(at time.Time, in bool, m bridge.Message) {
	l := ladder.OfMessage(at, in, m)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.full {
		l.Text = w.names.Shorten(m, l.Text)
	}
	fmt.Fprintln(w.out, w.style.Format(l))
}
