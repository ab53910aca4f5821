package interaction

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"tieline/bridge"
)

// ask is a request in progress: claimed or being claimed, not yet answered.
type ask struct {
	Message bridge.Message
	Subject bridge.Target
	Fault   *bridge.Error
	Arrived time.Time
	record  Record
	waiting []ReplyTo
}

// rememberedQueries bounds how many query ids a machine remembers so that the stream holds
// one response for each; a query repeated after so many others is a new one.
const rememberedQueries = 64

// asks is the line of messages in order of arrival and the table of requests in progress:
// the one place where idempotence is decided (protocol.md §3, Idempotence). While the first
// in line waits for its claim, those behind it wait too, so that everything is carried out
// in the order in which the bridge sent it. asks also collects the effects of a step.
//
//	state of the requestId     | same content                  | other content
//	unknown                    | Claim, then run                | –
//	in progress                | wait for the same answer       | REQUEST_ID_REUSED on the reply subject
//	answered (in the ledger)   | the stored answer, reply only  | REQUEST_ID_REUSED on the reply subject
type asks struct {
	now      time.Time
	out      []Effect
	line     []Request
	claiming *ask              // the first in line, while its claim is being written
	pending  map[string]*ask   // claimed or being claimed, not answered
	queries  map[string]string // fingerprints by requestId
	oldest   []string
}

func newAsks() asks {
	return asks{pending: map[string]*ask{}, queries: map[string]string{}}
}

func (a *asks) emit(e Effect) { a.out = append(a.out, e) }

// flush hands the collected effects to Step's caller.
func (a *asks) flush() []Effect {
	out := a.out
	a.out = nil
	return out
}

// arrive puts a message in line.
func (a *asks) arrive(r Request) {
	if r.Arrived.IsZero() {
		r.Arrived = a.now
	}
	a.line = append(a.line, r)
}

// advance takes messages from the line until one has to wait, or free says that none may be taken. What
// handle does not take care of is a request, to be claimed and then run.
func (a *asks) advance(handle func(Request) bool, free func() bool) {
	for len(a.line) > 0 && a.claiming == nil && free() {
		r := a.line[0]
		a.line[0] = Request{}
		a.line = a.line[1:]
		if !handle(r) && !a.join(r) {
			a.claim(r)
		}
	}
	if len(a.line) == 0 {
		a.line = nil
	}
}

// join lets a repeated request wait for the answer of the one in progress.
func (a *asks) join(r Request) bool {
	p, ok := a.pending[r.Message.RequestID]
	switch {
	case !ok:
		return false
	case p.record.Fingerprint != fingerprint(r):
		a.reply(r, r.Message.Fail(reused()))
	default:
		p.waiting = append(p.waiting, r.ReplyTo)
	}
	return true
}

func (a *asks) claim(r Request) {
	request := r.Message
	request.Body = nil
	p := &ask{
		Message: r.Message, Subject: r.Subject, Fault: r.Fault, Arrived: r.Arrived, waiting: []ReplyTo{r.ReplyTo},
		record: Record{Fingerprint: fingerprint(r), Request: Seal(request), Claimed: a.now},
	}
	a.pending[r.Message.RequestID] = p
	a.claiming = p
	a.emit(Claim{p.record})
}

// claimed returns the request to run now, or nil when its answer already exists.
func (a *asks) claimed(in Claimed) *ask {
	p := a.claiming
	if p == nil || p.Message.RequestID != in.RequestID {
		return nil
	}
	a.claiming = nil
	switch {
	case in.Existing == nil && in.Failed && !always(p.Message.Name): // hanging up is always possible, and never stale
		a.fail(p, &bridge.Error{Code: bridge.Internal, Retryable: true, Message: "The request could not be recorded, nothing was done."})
		return nil
	case in.Existing == nil:
		return p
	}
	delete(a.pending, in.RequestID)
	answer := p.Message.Fail(&bridge.Error{Code: bridge.InvalidState, Retryable: true, Message: "The request is already in progress."})
	switch {
	case in.Existing.Fingerprint != p.record.Fingerprint:
		answer = p.Message.Fail(reused())
	case in.Existing.Answer != nil:
		answer = in.Existing.Answer.Message(bridge.TypeResponse)
	}
	for _, to := range p.waiting {
		a.emit(Reply{answer, to})
	}
	return nil
}

// succeed gives a request its final answer. Body nil means none.
func (a *asks) succeed(p *ask, body any) { a.answer(p, p.Message.Succeed(body)) }

// fail gives a request its final answer.
func (a *asks) fail(p *ask, e *bridge.Error) { a.answer(p, p.Message.Fail(e)) }

func (a *asks) answer(p *ask, m bridge.Message) {
	delete(a.pending, p.Message.RequestID)
	m.Time = a.now
	a.emit(Respond{m, p.waiting, &p.record})
}

// answerQuery answers a query. Queries are not stored: each is answered with the present
// state; only the stream is spared a second response under the same id.
func (a *asks) answerQuery(r Request, answer func(bridge.Message) bridge.Message) {
	id, content := r.Message.RequestID, fingerprint(r)
	before, seen := a.queries[id]
	var m bridge.Message
	switch {
	case seen && before != content:
		m = r.Message.Fail(reused())
	case r.Fault != nil:
		m = r.Message.Fail(r.Fault)
	default:
		m = answer(r.Message)
	}
	if seen {
		a.reply(r, m)
		return
	}
	m.Time = a.now
	a.queries[id] = content
	a.oldest = append(a.oldest, id)
	if len(a.oldest) > rememberedQueries {
		delete(a.queries, a.oldest[0])
		a.oldest = a.oldest[1:]
	}
	a.emit(Respond{m, []ReplyTo{r.ReplyTo}, nil})
}

func (a *asks) reply(r Request, m bridge.Message) {
	m.Time = a.now
	a.emit(Reply{m, r.ReplyTo})
}

// tooMany refuses what would go beyond a limit. The request was claimed nevertheless, so that its
// id keeps its one answer.
func tooMany(of string, limit int) *bridge.Error {
	return &bridge.Error{Code: bridge.LimitExceeded, Retryable: true, Message: fmt.Sprintf("Too many %s: the limit is %d.", of, limit)}
}

func reused() *bridge.Error {
	return bridge.RequestIDReused.Error("This request id was used before for another request.")
}

// fingerprint identifies what a request asks for. The body is normalised, so that the order
// of its keys and its white space do not matter. A password is left out: it must not be kept,
// not even as something that it could be guessed from.
func fingerprint(r Request) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n%s\n", r.Message.Type, r.Message.Name, r.Message.Target, r.Subject)
	h.Write(normal(bridge.Redacted(r.Message)))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func normal(body json.RawMessage) []byte {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || v == nil {
		return []byte("{}")
	}
	b, err := json.Marshal(v)
	if err != nil {
		return body
	}
	return b
}
