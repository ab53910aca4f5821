// Package sip is Tieline's SIP user agent: it dials through trunks, takes the calls that they place, and tells what
// became of each.
//
// It owns the sockets, the trunks' addresses and health, the dialog table, digest credentials and every byte that
// leaves. Decisions are made elsewhere and are pure: [tieline/sip/invite] says what one attempt, or one incoming call,
// or an offer inside of either, sends and when, [tieline/sip/trunk] what a failure means and which trunk is next. sipgo
// provides parser, transports and transactions, nothing above them.
//
// It never knows the bridge's protocol, follows a 3xx only where the trunk allows it, never carries media but for digits, and never blocks inside a
// callback of sipgo's.
//
// # Incoming calls
//
// An INVITE outside of any dialog that can be taken becomes an [Incoming]: Config.Incoming is handed it and says whom to
// report to; Ring, Answer, Refuse and Hangup do the rest. What cannot be taken is refused before anybody is told:
//
//	400  no Contact to reach, header fields missing      481  Replaces, an unknown To tag
//	401  Trunk.Challenge
//	403  not from a trunk's host                         482  the same INVITE another way
//	406  no session description wanted                   505  not SIP/2.0
//	415  a body without a description for us             488  a body that is not a session description
//	416  a Request-URI neither sip: nor, by TLS, sips:   480  Config.Incoming is nil
//	420  Require, but what the trunk has switched on     422  a session timer below ours
//	421  no 100rel, on which the trunk insists           503  draining, or about to end
//
// What cannot be read, but answered, gets 400 over UDP, not from everybody as often as he likes; a TCP connection whose
// framing is lost is closed, and so is one on which a message takes longer than 10 s, or that is a host's 257th.
//
// Which of CANCEL and our 200 was first is for sipgo's transaction to say, which sends the 487 itself; the call is told.
//
// # Offers inside a call
//
// A call is parked: its media is inactive, and so is our answer to whatever the peer offers. Whoever wants more has the
// methods of [Leg] on both kinds of calls, for third-party call control (RFC 3725): Dial.SDP, Dial.Delayed and
// Incoming.AnswerWith begin with somebody's description, Offer makes or asks for an offer, and Dial.PassOffers or
// Incoming.PassOffers brings the peer's. One exchange at a time: ours wait, the peer's get 491 or 500 (RFC 3261
// section 14). Where ours gets 491 it has failed, and whoever made it is told after how long it may be made again. A
// refresh, which says exactly what was said before, is answered on the spot.
//
// [tieline/sip/join] decides who is offered what. Its inputs are our events, which say so; its effects are
//
//	                  a leg that is not up                         one that is
//	Offer             Dial with SDP and PassOffers                 Offer
//	AskForOffer       Dial that is Delayed, and PassOffers         Offer(nil)
//	Answer            Incoming.AnswerWith, after PassOffers        AnswerOffer
//	Reject            Incoming.Refuse                              RejectOffer
//	HangUp            Hangup                                       Hangup
//
// and Offered for a caller is what Invitation.SDP says. A session begins with what was offered and Answered, or, where
// that has no description, with the latest [EarlyMedia].
//
// Refer and ReferTo have the peer call somebody else, or take our place in another call: a transfer (RFC 3515, RFC 3891).
//
// # Without being asked
//
// Calls are refreshed, or ended where their peer has died, by session timers (Trunk.SessionTimer); provisional responses
// are acknowledged (Trunk.Prack); a redirection is followed where Trunk.Redirects says so. BYE and CANCEL say why.
// docs/adr/0019 has the reasons.
//
// # Digits
//
// Digits come and go by INFO with application/dtmf-relay: [tieline/sip/dtmf]. With Trunk.DigitsByRTP they go as
// telephone-events by RTP wherever the media of the call are ours. Calls that are parked otherwise are given some for that:
// they offer, and answer with, the socket of Config.Media, which sends digits to where the peer's latest description says and
// nothing else. What comes in there is not read, so that digits by RTP are not heard. Nobody else's media are ours (Dial.SDP,
// AnswerWith, and from [Leg] Offer and AnswerOffer on), and a peer without telephone-event, or without the key among its
// events, takes no digits so: these go by INFO.
//
// # Registrations
//
// Register keeps a user registered at a trunk's registrar, and Trunk.Register the trunk's own account: refreshed in time,
// tried again where that fails, removed at the end. [tieline/sip/register] says when. The contact is the user at our
// address, so that a call for it has its name as Invitation.Called. A call out that names it (Dial.Account) has its
// credentials and the registrar's Service-Route, and every request outside of dialogs goes by Trunk.OutboundProxy.
//
// # Concurrency
//
// [UserAgent], [Call] and [Incoming] may be used from any goroutine. One goroutine owns a call with all its attempts and
// dialogs; everything else (transport, transactions, Hangup, Answer) only posts to its mailbox, which has no limit and
// never blocks. Events of one call are reported in order from that goroutine; the function that takes them must not
// block. Config.Incoming is called from sipgo's goroutines, perhaps several at once.
//
// What must keep its order is taken at the edge of the transport, where messages still have the order in which they
// arrived; sipgo delivers each in a goroutine of its own, which loses that order: provisional and 2xx responses to
// INVITE, and ACK. Final responses from 300 on are taken from the transaction, behind the ACK that it sends. At the edge
// an INVITE that begins a call also gets our To tag, so that even the responses that sipgo sends by itself have it.
//
// Goroutines, all ended when [UserAgent.Run] returns: one per UDP socket and per listener, and one for the connections that
// we make over TCP and over TLS (Run, until the sockets are closed), one per name that is looked up (lookUp, eight at a time,
// until it is answered or lookupTimeout is over), one per call (Dial, admit), one per trunk that is probed and one per trunk
// with KeepAlive, until Run's context ends, one for all registrations, and one per check of credentials (CheckCredentials),
// until its clean-up is over, one per client transaction (request, until its final response, at most as long as its attempt),
// and one for an ACK whose connection is gone (write, bounded by connectTimeout). sipgo adds one per connection, which also
// does the handshake of one that a peer has made, per
// received message and per running timer; those for messages, and readers of connections that were closed, may outlast
// Run by moments.
//
// Locks, each held for a map access only: peers.mu (addresses), table.mu (dialogs), UserAgent.mu (live calls and trunk
// health), account.mu (digest challenges), nonces.mu, registrations.mu (who is registered), mailbox.mu, burst.mu, unread.mu, quota.mu,
// acks.mu, and watched.mu, which is held while a certificate is read. None is held while another is taken. UserAgent.tracing
// is held during Config.Trace.
package sip
