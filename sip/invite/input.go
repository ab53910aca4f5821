package invite

import "time"

// Input is what happened, as told to [Client.Step].
//
//sumtype:decl
type Input interface{ input() }

// Start sends the first INVITE. It is the first input; a second one is ignored.
type Start struct{}

// Challenge says what a 401 or 407 asks for and whether the caller can give it.
type Challenge uint8

// The kinds of challenge.
const (
	// NoChallenge: not a challenge, or one that cannot be answered (no credentials, no supported algorithm).
	NoChallenge Challenge = iota
	// FreshChallenge can be answered, and says nothing about credentials sent before.
	FreshChallenge
	// StaleChallenge can be answered: the credentials were right, their nonce was too old
	// (https://www.rfc-editor.org/rfc/rfc7616#section-3.3).
	StaleChallenge
)

// Response is a response to an INVITE.
type Response struct {
	Try        int           // which INVITE it answers: SendInvite.Try
	Status     int           // 100–699; anything else is ignored
	Phrase     string        // reason phrase, as received
	Reason     string        // value of the Reason header, as received (RFC 3326)
	RetryAfter time.Duration // value of Retry-After; 0: none
	ToTag      string        // tells forks apart; matters on a 2xx
	Challenge  Challenge     // matters on 401 and 407
	Adjusted   bool          // of a 422: the next INVITE says what it wants
	Settled    bool          // of a 2xx: the offer of its dialog was answered before, in a PRACK
	SDP        string        // its description; of a Client's a provisional one matters, of an Exchange's the 2xx's
}

// TransactionTimeout says that the INVITE transaction ended without a final response (Timer B). The end of a
// transaction that had its final response is not worth telling, and harmless.
type TransactionTimeout struct{ Try int }

// TransportFailed says that the INVITE could not be sent, or that its connection broke before a final response.
type TransportFailed struct{ Try int }

// Acknowledge says that the answer to the offer in the 2xx is there; matters where Config.Delayed.
type Acknowledge struct{}

// Hangup says that our side wants out: CANCEL or BYE, whichever fits. Before an outcome the outcome is Cancelled.
// Later ones are ignored.
type Hangup struct{ Reason Reason } // empty: NormalClearing

// PeerBye is a BYE of the peer's. The caller has answered it with 200 or is about to, whatever the state: the 2xx that
// it belongs to may still be on its way to us.
type PeerBye struct {
	ToTag  string // the peer's tag: To of our INVITE, From of the BYE
	Reason string // value of its Reason header
}

// ByeResponse is a response to our BYE.
type ByeResponse struct {
	ToTag     string    // SendBye.ToTag
	Status    int       // 0: none came (time-out or transport failure)
	Challenge Challenge // matters on 401 and 407
}

// Tick is nothing but the passing of time; due when [Client.Deadline] is reached.
type Tick struct{}

func (Start) input()              {}
func (Response) input()           {}
func (TransactionTimeout) input() {}
func (TransportFailed) input()    {}
func (Acknowledge) input()        {}
func (Hangup) input()             {}
func (PeerBye) input()            {}
func (ByeResponse) input()        {}
func (Tick) input()               {}
