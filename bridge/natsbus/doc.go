// Package natsbus carries the bridge protocol over NATS (docs/protocol.md §2): what the
// bridge asks comes in as core messages, what the gateway says goes out through one
// JetStream stream, and the ledger of request ids is a key-value bucket. While there is an
// intake, the gateway can be found as a NATS service.
//
// It owns the connection, the subscriptions, the stream, the bucket and, where no URL is
// given, a nats-server inside this process. It is the only package that imports nats.go
// and nats-server. It never looks into a body and never decides what to publish, when to
// publish it again, or what a ledger value means.
//
// All methods of Bus and Peer are safe for concurrent use. Publish, Claim, Finish and
// Reply never wait for the server. Callbacks come from goroutines of the bus, never from
// within the call that took them, exactly once, and must not block; they may call the bus.
// What one goroutine publishes reaches the stream in that order.
package natsbus
