// Package bustest says in tests what a bus of the gateway must do, and has one in memory
// that does it.
//
// Run is the conformance suite; bridge/natsbus and Memory both pass it. Memory is for the
// tests of whoever uses a bus: it can be taken down, made to refuse, to lose an
// acknowledgement and to be slow, and shows everything that it was given.
//
// Memory is safe for concurrent use. Its callbacks come one after the other from a
// goroutine that lives only while there is one to make, so that there is nothing to close
// and time may be that of testing/synctest. It keeps no real time and opens no socket.
package bustest
