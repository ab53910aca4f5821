package natsbus

import "github.com/nats-io/nats-server/v2/server/ats"

// HoldClock is for tests that run an embedded server in a testing/synctest bubble: call it
// before synctest.Test and release behind it. nats-server keeps one clock goroutine per
// process, which waits on a Go channel made at the program's start; begun inside a bubble,
// it would never be durably blocked, and the bubble's time would stand still.
func HoldClock() (release func()) {
	ats.Register()
	return ats.Unregister
}
