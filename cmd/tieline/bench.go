package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tieline/gateway/bench"
)

const benchUsage = `Usage: tieline bench [--rate 200] [--for 10s] [--pbx host:port --number 600]

Dials at a rate through a gateway in this process, with its own NATS server, and measures
what a call costs. Without --pbx the PBX is in this process too, behind real UDP.

"request → INVITE" is from the moment when the bridge sends the dial to the INVITE at the
gateway's socket; "first 18x → SUCCESS" from the 18x at the socket to the SUCCESS that the
bridge hears. CPU and memory are those of the whole process, so they include the PBX and the
load generator; the same calls are also sent to the PBX alone, to know its share and limit.`

func (c console) bench(args []string) int {
	fs := c.flags("bench", benchUsage)
	var o bench.Options
	fs.IntVar(&o.Rate, "rate", 200, "dials per `second`")
	fs.DurationVar(&o.For, "for", 10*time.Second, "how `long`")
	fs.IntVar(&o.Channels, "channels", 0, "`number` of channels that dial in turn; default: enough")
	fs.DurationVar(&o.Hold, "hold", 0, "how `long` each call stays answered")
	fs.BoolVar(&o.Lean, "lean", false, "dial only: nothing is initialized, the PBX hangs up, wrap-up completes")
	fs.StringVar(&o.PBX, "pbx", "", "`address` (host:port) of another PBX")
	fs.StringVar(&o.Number, "number", "600", "the `number` to dial")
	fs.BoolVar(&o.Memory, "memory", false, "keep the stream and the ledger in memory instead of on file")
	fs.IntVar(&o.Live, "live", 0, "measure also the memory of this `number` of calls held at once")
	profile := fs.String("cpuprofile", "", "write a CPU profile to this `file`, for go tool pprof")
	heap := fs.String("memprofile", "", "write a heap profile to this `file` while --live calls are held")
	asJSON := fs.Bool("json", false, "print the result as JSON")
	if _, code, ok := c.parse(fs, args); !ok {
		return code
	}
	ctx, cancel := c.interruptible()
	defer cancel()
	terminal := c.style(c.err).Width > 0
	if terminal {
		o.Progress = c.bar
	}
	r, err := profiled(ctx, o, *profile, *heap)
	if terminal {
		fmt.Fprint(c.err, "\r\x1b[K")
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return c.fail("bench", errors.New("interrupted"))
	case err != nil:
		return c.fail("bench", err)
	case *asJSON:
		e := json.NewEncoder(c.out)
		e.SetIndent("", "  ")
		if err := e.Encode(r); err != nil {
			return c.fail("bench", err)
		}
	default:
		r.Write(c.out)
	}
	return exitOK
}

const barWidth = 40

func (c console) bar(part float64, calls, failures int) {
	full := min(max(int(part*barWidth), 0), barWidth)
	fmt.Fprintf(c.err, "\r%s%s %3.0f %%  %d calls, %d failures ",
		strings.Repeat("█", full), strings.Repeat("░", barWidth-full), part*100, calls, failures)
}
