// Package processor is a small processor bridge: it asks a gateway for things and follows
// what the gateway says (docs/protocol.md §1). The command line tools use it; authors of a
// real bridge may read it as an example.
//
// It owns one subscription, from which it takes events and responses alike, because only
// there they keep their order (docs/protocol.md §2), and the state of the calls it has
// dialled or was offered, and of their conversations. It never repeats a request and never decides what to do when a call ends.
//
// It follows the stream over losses of the connection without a gap; over a restart of the
// bridge, Position and Resume do the same. The calls of the earlier client are not known then.
//
// Concurrency: Client, Call and Conversation are safe for use from anywhere. The function that observes is
// called from one goroutine and may block, but must not use the Client.
package processor
