package trunk

// Cause is why a dial failed, in the words of the user agent's callers.
type Cause uint8

// The causes.
const (
	Busy              Cause = iota + 1 // the callee is busy
	Rejected                           // the callee, or somebody on the way, said no
	NotFound                           // there is no such callee
	NoAnswer                           // it rang and nobody answered
	Unavailable                        // the callee cannot be reached at present
	Forbidden                          // we may not call there, or our credentials are wrong
	IncompatibleMedia                  // the offer suits nobody
	Congestion                         // a server on the way cannot do it at present
	Network                            // nobody answered our INVITE, or the transport failed
	Cancelled                          // we hung up first
	NoTrunk                            // no trunk is up
	LimitExceeded                      // none that is up has room
)

// String gives the cause in capitals, as the protocol and the documentation write it: NOT_FOUND.
func (c Cause) String() string {
	names := [...]string{"UNKNOWN", "BUSY", "REJECTED", "NOT_FOUND", "NO_ANSWER", "UNAVAILABLE", "FORBIDDEN",
		"INCOMPATIBLE_MEDIA", "CONGESTION", "NETWORK", "CANCELLED", "NO_TRUNK", "LIMIT_EXCEEDED"}
	if int(c) >= len(names) {
		c = 0
	}
	return names[c]
}
