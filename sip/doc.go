// Package sip is Tieline's SIP user agent: it dials through trunks and tells what became of each call.
//
// It owns the sockets, the trunks' addresses and health, the dialog table, digest credentials and every byte that
// leaves. Decisions are made elsewhere and are pure: [tieline/sip/invite] says what one attempt sends and when,
// [tieline/sip/trunk] what a failure means and which trunk is next. sipgo provides parser, transports and
// transactions, nothing above them.
//
// It never knows the bridge's protocol, never follows a 3xx, never carries media and never blocks inside a callback of
// sipgo's.
//
// # Concurrency
//
// [UserAgent] and [Call] may be used from any goroutine. One goroutine owns a call with all its attempts and dialogs;
// everything else (transport, transactions, Hangup) only posts to its mailbox, which has no limit and never blocks.
// Events of one call are reported in order from that goroutine; the function that takes them must not block.
//
// Provisional and 2xx responses to INVITE are taken at the edge of the transport, where they still have the order in
// which they arrived; sipgo's transactions deliver each response in a goroutine of its own, which loses that order.
// Final responses from 300 on are taken from the transaction, behind the ACK that it sends.
//
// Goroutines, all ended when [UserAgent.Run] returns: one per UDP socket and one per TCP listener (Run, until the
// sockets are closed), one per call (Dial, until its clean-up is over), one per client transaction (request, until its
// final response, at most as long as its attempt), and one for an ACK whose TCP connection is gone (write, bounded by connectTimeout). sipgo adds one
// per TCP connection, per received message and per running timer; those for messages, and readers of connections that were
// closed, may outlast Run by moments.
//
// Locks, each held for a map access only: peers.mu (addresses), table.mu (dialogs), UserAgent.mu (live calls and trunk
// health), mailbox.mu, burst.mu. None is held while another is taken. UserAgent.tracing is held during Config.Trace.
package sip
