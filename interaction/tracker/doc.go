// Package tracker runs the pure machines of package interaction: one loop for the tree of
// destinations, one for each channel, and nothing else speaks to the bridge.
//
// It owns the loops, the order in which their effects leave, and the requests in progress.
// It never decides what a message means (interaction does) and never blocks a caller: every
// way in posts to a mailbox.
//
// Concurrency: the methods of Tracker may be called from any goroutine. Each machine is
// touched by its own loop only.
package tracker
