//go:build interop

package interop

import (
	"testing"
	"time"
)

// A bridge that is not ours: the scripts in javascript/ assert for themselves, and end with
// exit code 0 if all was right.

func TestJavaScriptRequestReply(t *testing.T) {
	givesUp(t, "nc.request() gets its answer", "request-reply.mjs")
}

// The script that README.md shows.
func TestJavaScriptFirstDial(t *testing.T) {
	givesUp(t, "the first dial of the README rings", "first-dial.mjs")
}

func TestJavaScriptEnvelope(t *testing.T) {
	givesUp(t, "an envelope is answered by an envelope", "envelope.mjs")
}

// givesUp runs a script that dials one who rings, and releases the call.
func givesUp(t *testing.T, sentence, script string) {
	t.Helper()
	sipp := startSIPp(t, "noanswer", 1, messages()...)
	gateway{Peer: sippAddress}.start(t)
	awaitGateway(t)
	startScript(t, script).awaitExit(t, sentence, 0, 30*time.Second)
	sipp.awaitExit(t, "the release became a CANCEL", 0, patience)
}

// TestThousandCalls: the bridge dials 1000 calls, 100 each second, over 200 channels, so that a slow moment is no failure. None
// fails: not for SIPp, not for the bridge, and its durable consumer saw all in order.
func TestThousandCalls(t *testing.T) {
	sipp := startSIPp(t, "answer", 1000, "-d", "100")
	gateway{Peer: sippAddress}.start(t)
	awaitGateway(t)
	load := startScript(t, "load.mjs", "1000", "100", "200")
	load.awaitExit(t, "1000 calls, event before answer, each exactly once", 0, time.Minute)
	sipp.awaitExit(t, "SIPp counts 1000 good calls", 0, patience)
	said, _ := load.out.read()
	t.Log(said)
}

func startScript(t *testing.T, script string, more ...string) *process {
	t.Helper()
	return start(t, "bridge", append([]string{"node", peerFile(t, "javascript", script), natsURL, "sales"}, more...)...)
}

// awaitGateway waits for the gateway as a bridge does, and leaves nothing behind.
func awaitGateway(t *testing.T) {
	t.Helper()
	connectAgent(t).peer.Close()
}
