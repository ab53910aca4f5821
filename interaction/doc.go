// Package interaction is the core of the gateway: the tree of destinations with its
// lifecycle (Tree), and a channel with its interactions and conversations (Channel), as
// pure state machines. Inputs go in (a message of the bridge, news of a call, a timer), an
// ordered list of effects comes out; the order of that list is the order in which the
// bridge sees things, and the guarantee that the product rests on.
//
// It owns the state of every destination. It never does I/O: no goroutine, Go channel,
// mutex, clock or logger; time is an argument and ids come from a function. What can go
// wrong is an input or an answer, never a Go error.
//
// A machine has one owner: its methods must not be called concurrently. The loop that owns
// it is interaction/tracker.
package interaction
