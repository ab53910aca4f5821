package sip

import (
	"testing"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
)

// TestReplacing: the dialog is named as its peer sees it (https://www.rfc-editor.org/rfc/rfc3891#section-3).
func TestReplacing(t *testing.T) {
	l := &leg{callID: "a@b", localTag: "us"}
	if got := l.replacing(); got != "" {
		t.Errorf("not answered: got %q", got)
	}
	l.exchange.machine = invite.NewExchange(invite.ExchangeConfig{})
	l.exchange.dialog = &dialog{leg: l, remoteTag: "them", target: gosip.Uri{Scheme: "sip", User: "600", Host: "192.0.2.20"}}
	const want = "sip:600@192.0.2.20?Replaces=a%40b%3Bto-tag%3Dthem%3Bfrom-tag%3Dus"
	if got := l.replacing(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSipfrag(t *testing.T) {
	for body, want := range map[string]int{
		"SIP/2.0 200 OK": 200, "SIP/2.0 180 Ringing\r\nTo: x\r\n": 180, "SIP/2.0 486\r\n": 486,
		"": 0, "SIP/2.0 99 x": 0, "SIP/2.0 700 x": 0, "SIP/2.0 x": 0, "INVITE sip:a SIP/2.0": 0,
	} {
		if got, _ := sipfrag([]byte(body)); got != want {
			t.Errorf("%q: got %d, want %d", body, got, want)
		}
	}
}

func FuzzSipfrag(f *testing.F) {
	f.Add("SIP/2.0 200 OK\r\n")
	f.Fuzz(func(t *testing.T, body string) {
		if got, _ := sipfrag([]byte(body)); got != 0 && (got < 100 || got > 699) {
			t.Errorf("%q: %d", body, got)
		}
	})
}
