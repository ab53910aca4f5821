package siptest

import "fmt"

// Stats counts what happened at a PBX since New. Repetitions are counted in Repeated only.
type Stats struct {
	Calls      int // INVITEs outside a dialog that got past authentication
	Answered   int // 2xx to them, one per fork
	Acked      int // 2xx that were acknowledged
	Refused    int // other final responses, challenges and 487 apart
	Cancelled  int // CANCELs for an open INVITE
	Byes       int // dialogs ended by the other side
	Hangups    int // BYEs of the PBX's own
	Challenged int // 401 and 407
	Repeated   int // messages the PBX sent again, for whatever reason
	Open       int // answered dialogs nobody has ended: what a test calls an orphan leg
	Failures   int // complaints, see [PBX.Complaints]
}

// maxComplaints is how many complaints are kept; all are counted.
const maxComplaints = 100

// Stats returns the counters, all of one moment.
func (p *PBX) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}

// Open is the number of answered dialogs that neither side has ended.
func (p *PBX) Open() int { return p.Stats().Open }

// Complaints are the other side's offences against RFC 3261, oldest first, at most 100: final responses and BYEs that
// were never acknowledged, a CANCEL or ACK that does not fit its INVITE, a request inside a dialog that has the wrong
// Request-URI, Route or CSeq, messages that do not parse.
func (p *PBX) Complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.complaints...)
}

// complain notes an offence down. p.mu is held.
func (p *PBX) complain(format string, args ...any) {
	p.stats.Failures++
	if len(p.complaints) < maxComplaints {
		p.complaints = append(p.complaints, fmt.Sprintf(format, args...))
	}
}
