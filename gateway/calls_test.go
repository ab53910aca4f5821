package gateway

import (
	"testing"

	"tieline/bridge"
	"tieline/gateway/config"
	"tieline/interaction"
)

// Whose number and name the callee sees (docs/protocol.md §7.2, caller-id).
func TestCallerID(t *testing.T) {
	group := config.CallerID{Number: "+4930100", Name: "Acme"}
	for _, tt := range []struct {
		what         string
		group        config.CallerID
		dial         *bridge.Party
		number, name string
	}{
		{"nothing said", config.CallerID{}, nil, "1001", ""},
		{"the group's", group, nil, "+4930100", "Acme"},
		{"the dial's", group, &bridge.Party{Number: "+4930200", Name: "Ann"}, "+4930200", "Ann"},
		{"number without a name", group, &bridge.Party{Number: "+4930200"}, "+4930200", ""},
		{"name without a number", group, &bridge.Party{Name: "Ann"}, "+4930100", "Ann"},
	} {
		d := dialOf(interaction.Call{EndPoint: "1001", CallerID: tt.dial}, config.ChannelGroup{CallerID: tt.group})
		if d.CallerNumber != tt.number || d.CallerName != tt.name {
			t.Errorf("%s: got %q %q, want %q %q", tt.what, d.CallerNumber, d.CallerName, tt.number, tt.name)
		}
	}
}
