// Package join connects the media of two legs by exchanging their session descriptions: third-party call control
// (https://www.rfc-editor.org/rfc/rfc3725) as a pure state machine. The media flow between the two; nothing of them
// comes here, and they go on when we are gone.
//
// It owns the decisions: who is offered whose description and when, whose offer is carried to the other side and whose is
// answered here, what becomes of offers that meet, when the two are joined, who holds. It never sends, never waits, and
// never decides what a caller hears or whether a callee is tried again. A leg is what sends its effects: INVITE and
// re-INVITE with and without a body, answers and refusals, each with its transaction, its ACK and its time-outs. It also
// puts its own o= line, with its versions, into whatever it sends (https://www.rfc-editor.org/rfc/rfc3264#section-8): here
// o= means nothing. What else a description has to be changed in is done by package offer. Which flow of RFC 3725 is used where is in docs/adr/0011.
//
// The package has no goroutine, clock, lock or I/O. A machine belongs to one goroutine; time is an argument of every
// step and must not run backwards.
//
// # How it decides
//
// There is no script for each case. A machine knows of each leg what its phone has said of itself last (theirs), what it
// has been given of the other side (given), and what it wants (hold, or not); after each input it does the one thing that
// is possible and missing, until nothing is:
//
//  1. an offer of a peer's is answered from here, where it says nothing new or the other side cannot be asked, else it
//     is carried to the other leg, whose answer answers it;
//  2. while an answer is awaited, nothing else is begun;
//  3. a leg whose given is not what the other has said, seen through the hold, is offered that, the callee first;
//  4. what has been reached is told.
//
// So a join, a join after a consultation, a hold, a retrieve, a restless phone and a join that has failed are all the
// same loop towards another target. Rounds are counted: eight for each thing that comes from outside.
//
// # Legs
//
// Each leg is in one of twelve phases, by where its offer and answer stand. What a leg's inputs do:
//
//	                Offered        Supplied   EarlyAnswer  Answered      Refused          Withdrawn  LegUp
//	absent          ▶ incoming     –          –            –             –                –          ▶ idle
//	incoming        500            –          –            –             –                –          –
//	calling         491            –          noted        ▶ idle        ▶ absent         –          –
//	inviting        491            ▶ owing    –            –             ▶ absent         –          –
//	idle            ▶ owing        –          –            –             –                –          –
//	offering        491            –          –            ▶ idle        ▶ idle, backing  –          –
//	asking          491            ▶ owing    –            –             ▶ idle, backing  –          –
//	backing         ▶ owing        –          –            –             –                –          –
//	owing           500            –          –            –             –                ▶ idle     –
//	owing ACK       500            –          –            –             –                –          –
//	countering      491            –          –            ▶ idle        ▶ gone           ▶ idle     –
//	gone            481            –          –            –             –                –          –
//
// (Supplied leads to owing ACK; Withdrawn means nothing to a first INVITE.) LegEnded leads to gone from everywhere. So do a refusal with 408 or 481 of a leg that is
// up, a 2xx to our INVITE with nothing to be read, and the end of the other leg, unless Keep says otherwise or the two
// have been taken apart. Time ends backing (▶ idle), owing (504 ▶ idle) and owing ACK (answered from here ▶ idle).
// Effects move on: Offer from absent ▶ calling and idle ▶ offering, AskForOffer ▶ inviting and asking, Answer from owing,
// owing ACK and incoming ▶ idle, and to an INVITE without a body ▶ countering.
//
// # Goals
//
// The machine is after one of two goals, and may have reached it or not:
//
//	              Join                Split             Hold, Retrieve            a final refusal
//	apart         ▶ to be joined      Parted            Failed: not joined        Failed, if somebody waits for Parted
//	to be joined  again, told later   ▶ apart, Parted   Failed: not joined        Failed ▶ apart, as both were
//	joined        Joined              ▶ apart, Parted   Held, Retrieved, Failed   Failed; a hold is undone, all else stays
//
// A refusal is final when nothing is left to try: 488, 415 and 606 lead to a request for all that the other side can do,
// then to one for all that this side can do; 491 and 500 with Retry-After to another try, four at most.
//
// Every state with every input, one by one, is in testdata/product, which a test holds against the machine.
package join
