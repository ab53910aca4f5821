package tracker_test

import (
	"encoding/json"
	"fmt"

	"github.com/cockroachdb/datadriven"

	"tieline/bridge"
	"tieline/interaction"
)

// PlaceCall implements tracker.Telephony.
func (w *world) PlaceCall(c interaction.Call, news func(interaction.Input)) {
	line := "gw ─▶ pbx     call " + c.ID + " to " + c.Destination.User
	if !c.Deadline.IsZero() {
		line += " until +" + c.Deadline.Sub(w.started).String()
	}
	w.note(line)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[c.ID], w.last = news, c.ID
}

// HangUp implements tracker.Telephony.
func (w *world) HangUp(call string) {
	w.note("gw ─▶ pbx     hang up " + call)
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.calls, call)
	delete(w.orders, call)
}

// TakeCall implements tracker.Telephony.
func (w *world) TakeCall(call string, _ interaction.Line, news func(interaction.Input)) {
	w.note("gw ─▶ pbx     take " + call)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[call] = news
}

// RingCall implements tracker.Telephony.
func (w *world) RingCall(call string) { w.note("gw ─▶ pbx     ring " + call) }

// AnswerCall implements tracker.Telephony.
func (w *world) AnswerCall(call string) { w.note("gw ─▶ pbx     answer " + call) }

// RefuseCall implements tracker.Telephony.
func (w *world) RefuseCall(call string, as interaction.Refusal) {
	w.note("gw ─▶ pbx     refuse " + call + ": " + string(as))
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.calls, call)
}

// LeaveLine implements tracker.Telephony.
func (w *world) LeaveLine(line interaction.Line) {
	w.note("gw ─▶ pbx     leave the line of " + string(line.Channel))
}

// RegisterEndPoint implements tracker.Telephony.
func (w *world) RegisterEndPoint(id string, line interaction.Line, news func(interaction.Input)) {
	w.note("gw ─▶ pbx     register " + line.EndPoint)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.registered, w.registering = id, news
}

// UnregisterEndPoint implements tracker.Telephony.
func (w *world) UnregisterEndPoint(id string) {
	w.mu.Lock()
	known := w.registered == id
	w.registered = ""
	w.mu.Unlock()
	if known {
		w.note("gw ─▶ pbx     unregister")
	}
}

// SendDTMF implements tracker.Telephony.
func (w *world) SendDTMF(call, digits string) {
	w.note("gw ─▶ pbx     digits " + digits + " to " + call)
}

// CheckCredentials implements tracker.Telephony.
func (w *world) CheckCredentials(endPoint, password string, done func(*bridge.Error)) {
	w.note("gw ─▶ pbx     check " + endPoint + " with a password of " + fmt.Sprint(len(password)) + " bytes")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.checks = append(w.checks, done)
}

func (w *world) news(d *datadriven.TestData) {
	call, code := w.last, "BUSY"
	d.MaybeScanArgs(w.t, "call", &call)
	d.MaybeScanArgs(w.t, "code", &code)
	e := failures(bridge.Code(code))
	inputs := map[string]interaction.Input{
		"progress": interaction.CallProgress{Call: call},
		"alerting": interaction.CallProgress{Call: call, Alerted: true},
		"answered": interaction.CallAnswered{Call: call},
		"failed":   interaction.CallFailed{Call: call, Error: e},
		"ended":    interaction.CallEnded{Call: call, By: bridge.ByRemote},
		"sent":     interaction.DTMFSent{Call: call},
		"unsent":   interaction.DTMFSent{Call: call, Error: bridge.Unsupported.Error("The telephone system does not take digits.")},
		"pressed":  interaction.DTMFReceived{Call: call, Digits: "5"},

		"ended-by-agent": interaction.CallEnded{Call: call, By: bridge.ByAgent},
		"no-station":     interaction.AnswerFailed{Call: call, Error: failures(bridge.StationNoAnswer)},
		"held":           interaction.CallHeld{Call: call, By: bridge.AgentSide}, "held-by-remote": interaction.CallHeld{Call: call, By: bridge.RemoteSide},
		"retrieved": interaction.CallRetrieved{Call: call, By: bridge.AgentSide}, "retrieved-by-remote": interaction.CallRetrieved{Call: call, By: bridge.RemoteSide},
		"not-held": interaction.HoldFailed{Call: call, Error: failures(bridge.Network)},
		"moved":    interaction.CallMoved{Call: call}, "not-moved": interaction.CallMoved{Call: call, Error: e},
	}
	var member string
	if d.MaybeScanArgs(w.t, "left", &member) {
		w.telephones(call, interaction.MemberLeft{Call: call, Member: member})
		return
	}
	for _, a := range d.CmdArgs {
		if in, ok := inputs[a.Key]; ok && len(a.Vals) == 0 {
			w.telephones(call, in)
		}
	}
}

// telephones is news of a call, if there is one.
func (w *world) telephones(call string, in interaction.Input) {
	w.mu.Lock()
	tell := w.calls[call]
	w.mu.Unlock()
	if tell == nil {
		w.note("pbx: there is no call " + call)
		return
	}
	tell(in)
}

// offer is a call of the telephone system's.
func (w *world) offer(d *datadriven.TestData) {
	in := interaction.CallOffered{Call: "c1", EndPoint: "1001", Remote: bridge.Party{Number: "0301234"}, Data: json.RawMessage(d.Input)}
	d.MaybeScanArgs(w.t, "call", &in.Call)
	d.MaybeScanArgs(w.t, "to", &in.EndPoint)
	d.MaybeScanArgs(w.t, "from", &in.Remote.Number)
	d.MaybeScanArgs(w.t, "name", &in.Remote.Name)
	w.offered(in)
}

func (w *world) registration(d *datadriven.TestData) {
	w.mu.Lock()
	id, news := w.registered, w.registering
	w.mu.Unlock()
	switch d.CmdArgs[0].Key {
	case "made":
		news(interaction.EndPointRegistered{ID: id})
	case "lost":
		news(interaction.EndPointLost{ID: id, Error: failures(bridge.Network)})
	case "refused":
		news(interaction.EndPointLost{ID: id, Error: bridge.Forbidden.Error("The telephone system does not accept this end-point's registration.")})
	}
}

func (w *world) registrar(d *datadriven.TestData) {
	if d.HasArg("refuses") {
		w.verdict(bridge.Forbidden.Error("The telephone system does not accept this password."))
		return
	}
	w.verdict(nil)
}

// failures is how the telephone system tells of a call that was not answered.
func failures(code bridge.Code) *bridge.Error {
	e := &bridge.Error{Code: code, Retryable: true, Tried: &bridge.Tried{Trunk: "pbx-a", Attempts: 1}}
	switch code {
	case bridge.Cancelled:
		e.Message, e.Tried.SIP = "The caller hung up before the call was answered.", &bridge.SIPStatus{Status: 487, Phrase: "Request Terminated"}
	case bridge.StationNoAnswer:
		e.Message, e.Tried = "The agent's phone was not answered.", nil
	case bridge.Network:
		e.Message = "The telephone system could not be reached."
	default:
		e.Message, e.Tried.SIP = "The line is busy.", &bridge.SIPStatus{Status: 486, Phrase: "Busy Here"}
	}
	return e
}
