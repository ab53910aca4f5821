// Package demo shows a whole system at work in one process and without any port: a bridge,
// the gateway with its NATS server, and a scripted PBX on an in-memory network.
//
// It owns the stage and the script, prints what crossed both borders, and checks on what it saw the order
// rules of docs/protocol.md §7.4 and §8.1, and who hears whom. It never hides anything: what breaks a rule
// is printed and makes the demo fail.
//
// Concurrency: Run may be called from anywhere; each call has a stage of its own.
package demo
