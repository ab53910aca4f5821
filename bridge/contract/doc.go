// Package contract checks messages against docs/asyncapi.yaml, the protocol for machines.
//
// It is test support: the tests of every part that speaks to a bridge hold what crosses the bus
// against it. It owns the reading of the document and never decides what is right; where the
// document and docs/protocol.md differ, the document is wrong.
//
// Concurrency: a Contract does not change once it is loaded and may be used from anywhere.
package contract
