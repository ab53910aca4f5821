package tracker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"tieline/bridge"
)

const credentials = `{"end-point":"1001","password":"my secret"}`

// withRegistrar runs f on a gateway that can ask a registrar.
func withRegistrar(t *testing.T, f func(w *world)) {
	t.Helper()
	spec(t, func(w *world) {
		w.config.Registrar = true
		w.restart()
		f(w)
	})
}

// "cti.request.validatecredentials: SUCCESS if the PBX's registrar accepts them, FAILURE FORBIDDEN
// otherwise", and not before it has said so.
func TestSpec_4_Credentials(t *testing.T) {
	withRegistrar(t, func(w *world) {
		w.ask("good", bridge.ControlValidateCredentials, bridge.Control, credentials)
		w.wantPBX("the registrar is asked", 0, "check 1001 with a password of 9 bytes")
		w.pause(time.Second)
		w.wantNoResponse("not before it has said so", "good")
		w.verdict(nil)
		if m := w.wantSuccess("the registrar accepts them", "good"); string(m.Body) != "{}" && len(m.Body) > 0 {
			t.Errorf("SUCCESS has no body: %s", m.Body)
		}
		w.ask("bad", bridge.ControlValidateCredentials, bridge.Control, credentials)
		w.verdict(bridge.Forbidden.Error("The telephone system does not accept this password."))
		w.wantFailure("otherwise", "bad", bridge.Forbidden)
	})
}

// "UNSUPPORTED where … the registrar asks for no password; NETWORK, CONGESTION or UNAVAILABLE where
// it gave no verdict".
func TestSpec_4_NoVerdict(t *testing.T) {
	withRegistrar(t, func(w *world) {
		for _, code := range []bridge.Code{bridge.Unsupported, bridge.Network, bridge.Congestion, bridge.Unavailable} {
			w.ask(string(code), bridge.ControlValidateCredentials, bridge.Control, credentials)
			w.verdict(code.Error("There is no verdict."))
			w.wantFailure("it gave no verdict", string(code), code)
		}
	})
}

// "UNSUPPORTED where no registrar is configured": the capabilities say so, too.
func TestSpec_4_NoRegistrar(t *testing.T) {
	listed := func(w *world) bool {
		m := w.wantSuccess("capabilities", w.request(bridge.ControlCapabilities, bridge.Control, ""))
		return slices.Contains(body[bridge.Capabilities](w, m).Messages, bridge.ControlValidateCredentials)
	}
	spec(t, func(w *world) {
		w.ask("x", bridge.ControlValidateCredentials, bridge.Control, credentials)
		w.wantFailure("no registrar is configured", "x", bridge.Unsupported)
		w.wantPBX("nobody is asked", 0)
		if listed(w) {
			t.Error("the capabilities do not list it")
		}
	})
	withRegistrar(t, func(w *world) {
		if !listed(w) {
			t.Error("with a registrar they do")
		}
	})
}

// "the password is never logged or stored".
func TestSpec_4_ThePasswordIsNowhere(t *testing.T) {
	withRegistrar(t, func(w *world) {
		var logs bytes.Buffer
		w.logs = slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug})
		w.restart()
		for _, body := range []string{credentials, `{"end-point":"10 01","password":"my secret"}`, `{"end-point":7,"password":"my secret"}`, `{"end-point":"1001","password":["my secret"]}`} {
			w.request(bridge.ControlValidateCredentials, bridge.Control, body, to{reply: "inbox"})
			w.pause(time.Second)
		}
		traced := bridge.Message{Type: bridge.TypeRequest, Name: bridge.ControlValidateCredentials, Target: bridge.Control, Body: json.RawMessage(credentials)}.Line()
		w.bus.LoseNext(2) // the bus makes trouble, which is logged
		w.verdict(bridge.Forbidden.Error("The telephone system does not accept this password."))
		w.pause(time.Minute)
		if logs.Len() == 0 {
			t.Error("the bus's trouble is logged")
		}
		seen := logs.String() + traced
		err := w.bus.Entries(context.Background(), func(key string, value []byte) error {
			seen += key + string(value)
			return nil
		})
		if err != nil {
			t.Errorf("the ledger can be read: %v", err)
		}
		for _, m := range w.stream() {
			seen += m.ErrorMessage + string(m.Body)
		}
		for _, d := range w.repliesTo("inbox") {
			seen += string(d.Data) + strings.Join(d.Header["errorMessage"], "")
		}
		if strings.Contains(seen, "secret") {
			t.Errorf("the password is never logged or stored:\n%s", seen)
		}
	})
}

// "… and therefore not compared when a requestId is repeated."
func TestSpec_4_ThePasswordIsNotCompared(t *testing.T) {
	withRegistrar(t, func(w *world) {
		again := func(inbox, content string) bridge.Message {
			w.ask("v", bridge.ControlValidateCredentials, bridge.Control, content, to{reply: inbox})
			return w.wantReply("a repeat", inbox)
		}
		w.ask("v", bridge.ControlValidateCredentials, bridge.Control, credentials)
		w.verdict(bridge.Forbidden.Error("The telephone system does not accept this password."))
		if e := again("other-password", `{"end-point":"1001","password":"another"}`).Err(); e == nil || e.Code != bridge.Forbidden {
			t.Errorf("the password is not compared: %v", e)
		}
		if e := again("other-end-point", `{"end-point":"1002","password":"my secret"}`).Err(); e == nil || e.Code != bridge.RequestIDReused {
			t.Errorf("the end-point is: %v", e)
		}
		w.wantPBX("the registrar is asked once", 0, "check 1001 with a password of 9 bytes")
	})
}

// A gateway that is shutting down does not wait for a registrar: the request has its one answer.
func TestSpec_4_CredentialsAndShutdown(t *testing.T) {
	withRegistrar(t, func(w *world) {
		w.ask("v", bridge.ControlValidateCredentials, bridge.Control, credentials)
		w.shutdown()
		w.wantFailure("it is answered before the end", "v", bridge.ShuttingDown)
		w.verdict(nil)
		w.pause(0)
		w.wantFailure("a verdict that comes later changes nothing", "v", bridge.ShuttingDown)
	})
}
