package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// Write prints the result for people.
func (r Result) Write(w io.Writer) {
	flow := "a bridge's whole life of a call: dial, init, release, complete"
	if r.Lean {
		flow = "lean: dial only; the PBX hangs up, wrap-up completes"
	}
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-28s "+format+"\n", append([]any{name}, args...)...)
	}
	row("calls", "%d in %.1f s, %d/s wanted, %.1f/s achieved", r.Calls, r.Seconds, r.Rate, r.CallsPerSecond)
	row("each call", "%s", flow)
	failures := 0
	for _, name := range slices.Sorted(maps.Keys(r.Failures)) {
		failures += r.Failures[name]
		row("  failure "+name, "%d", r.Failures[name])
	}
	row("failures", "%d; not sent because none of the %d channels was free: %d", failures, r.Channels, r.NotSent)
	row("CPU", "%.2f s per 1000 calls, on %d CPUs; NATS on %s, PBX and load generator included", r.CPUPer1000, r.CPUs, r.Storage)
	row("request → INVITE", "p50 %.2f  p95 %.2f  p99 %.2f ms", r.ToInvite.P50, r.ToInvite.P95, r.ToInvite.P99)
	row("first 18x → SUCCESS", "p50 %.2f  p95 %.2f  p99 %.2f ms", r.ToSuccess.P50, r.ToSuccess.P95, r.ToSuccess.P99)
	if r.Live > 0 {
		row("memory", "%.1f KiB per live call (%.1f of it stacks), %d held beyond the first %d; PBX included",
			float64(r.BytesPerLive)/1024, float64(r.StackPerLive)/1024, r.Live, r.Live)
	}
	if c := r.Calibration; c != nil {
		row("the PBX by itself", "%.2f s per 1000 calls, at most %.0f calls/s", c.CPUPer1000, c.CallsPerSecond)
		if r.Live > 0 {
			row("", "%.1f KiB per live call", float64(c.BytesPerLive)/1024)
		}
	} else {
		row("the PBX", "%s", r.PBX)
	}
}
