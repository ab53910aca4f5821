package dialplan

// Reason says which of the protocol's two codes a refusal has.
type Reason int

// The reasons.
const (
	Invalid    Reason = iota // INVALID_DESTINATION: not an extension, code, number or allowed URI
	NotAllowed               // NOT_ALLOWED: understood, and refused by the group's rules
)

// Error is the only error type of [Plan.Parse]. The message is one sentence for an agent and
// never contains what was dialled.
type Error struct {
	Reason  Reason
	Message string
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

func invalid(message string) (Callee, error) { return Callee{}, &Error{Invalid, message} }

func notAllowed(message string) (Callee, error) { return Callee{}, &Error{NotAllowed, message} }
