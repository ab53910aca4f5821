// Package gateway marries the three trades: the bus, the interaction tracker and the SIP
// user agent. It builds them from one configuration, starts and stops them in the right
// order, applies the limits of a channel group, and says in the bridge's words why a call
// failed (outcome.go, and nowhere else).
//
// It owns the life of the process: readiness, drain and shutdown. It never decides what a
// message means and never speaks to the bridge itself.
//
// Concurrency: Gateway.Run is called once; everything else may be called from anywhere.
package gateway
