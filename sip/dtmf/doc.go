// Package dtmf is digits inside a call by SIP INFO: application/dtmf-relay, which no RFC describes and every PBX speaks,
// and application/dtmf.
//
// It owns the bodies and the order in which digits leave. It never sends anything.
//
// The package has no goroutine, clock, lock or I/O. A [Sender] belongs to one goroutine; time is an argument of every
// step.
package dtmf
