//go:build interop

package interop

import (
	"encoding/json"
	"testing"

	"tieline/bridge"
)

// TestSIPpIsToldWhoCalls: a peer that is trusted finds the number of a caller who withholds it, and the wish for privacy; what it
// says with its answer becomes data.
func TestSIPpIsToldWhoCalls(t *testing.T) {
	sipp := startSIPp(t, "identity", 1, append(messages(), "-d", "300")...)
	gateway{
		Peer: sippAddress, Identity: "{assert: p-asserted-identity, number: digits}", HeadersIn: "[User-to-User]",
		CallerID: `{number: "+4930100", name: Acme, anonymous: true}`,
	}.start(t)
	a := logIn(t)
	c := a.dial("600")
	c.wantAdded()
	c.awaitStarted()
	var data struct {
		Data struct {
			Headers map[string]string `json:"headers"`
		} `json:"interaction-data"`
	}
	must(t, json.Unmarshal(a.ask(bridge.InteractionDataQuery, c.interaction, c.interaction, nil).Body, &data), "read the call's data")
	if got := data.Data.Headers["User-to-User"]; got != "c0ffee;encoding=hex" {
		t.Errorf("the answer said %q", got)
	}
	c.hangUp()
	sipp.awaitExit(t, "SIPp found in the INVITE who calls", 0, patience)
}
