//go:build interop

package interop

import (
	"testing"
	"time"
)

// TestAsyncAPI: the official parser finds nothing wrong with the contract.
func TestAsyncAPI(t *testing.T) {
	start(t, "asyncapi", "node", peerFile(t, "javascript", "asyncapi.mjs"), peerFile(t, "..", "..", "docs", "asyncapi.yaml")).
		awaitExit(t, "docs/asyncapi.yaml is valid AsyncAPI", 0, 30*time.Second)
}
