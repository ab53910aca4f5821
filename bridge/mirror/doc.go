// Package mirror keeps what a processor bridge knows of its destinations: for each one the answer
// to its init query, kept up to date by what was said since (docs/protocol.md §3). Whim is a
// bridge that asks for anything at any time.
//
// It is test support: the tests of everything that speaks to a bridge hold what is said against a
// mirror, which complains when an answer contradicts the words before it. Authors of a real bridge
// may read it as an example; it works from messages alone. It never asks for anything by itself.
//
// # What follows from the stream
//
// Of a channel and everything below it, everything: one init query each, and then the events. The
// list of a session's groups and of a group's channels is changed by requests, whose answers on the
// stream do not repeat what was asked. A mirror that is told what its own bridge asks keeps these
// lists too; where another bridge asked, the list is unknown until the next init query. That a
// gateway has died is not said by the destinations it had: an init query that is answered
// UNKNOWN_TARGET tells. While a request is under way the actions are not told anew (§8), so they are not held against an answer.
//
// Concurrency: not safe for concurrent use.
package mirror
