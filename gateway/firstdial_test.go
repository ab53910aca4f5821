package gateway_test

import (
	"context"
	"fmt"

	"tieline/bridge"
	"tieline/bridge/natsbus"
	"tieline/bridge/processor"
)

func firstDial(ctx context.Context, url string) error {
	peer, err := natsbus.Connect(ctx, natsbus.PeerConfig{URL: url, Space: bridge.Space{Prefix: "cti", Processor: "acme"}})
	if err != nil {
		return err
	}
	defer peer.Close()
	// Events and responses, in the order in which the gateway produced them.
	client, err := processor.Open(ctx, peer, func(m bridge.Message) { fmt.Println(m.Line()) })
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.Greet(ctx); err != nil {
		return err
	}
	alice := bridge.Agent{ID: "alice", Name: "Alice"}
	channel, err := client.Setup(ctx, processor.Station{Session: "s1", Agent: alice, Group: "sales", Channel: "1001", EndPoint: "1001"})
	if err != nil {
		return err
	}
	call, err := client.Dial(ctx, channel.Target, bridge.Dial{Destination: "600"})
	if err != nil {
		return err // a *bridge.Error says why, and whether trying again may help
	}
	if _, err := call.Wait(ctx, bridge.Started, bridge.Ended); err != nil {
		return err
	}
	return client.Dispose(ctx, "s1") // hangs up, too
}
