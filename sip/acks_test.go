package sip_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"tieline/sip"
	"tieline/sip/siptest"
)

// TestRepeatedRefusal: each copy of a refusal gets its ACK at once (https://www.rfc-editor.org/rfc/rfc3261#section-17.1.1.2),
// however many there are, whether the INVITE was refused before the call was hung up or after.
func TestRepeatedRefusal(t *testing.T) {
	for _, hungUp := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			const copies = 500
			s := newBareStage(t, func(*siptest.Config) {})
			s.settle()
			before := goroutines()
			call := s.ua.Dial(sip.Dial{User: "600"}, func(sip.Event) {})
			pbx := s.at("pbx")
			pbx.Respond(180, "")
			s.settle()
			if hungUp {
				pbx.SetManners(siptest.Manners{Cancel: siptest.CancelOnly})
				call.Hangup()
				s.settle()
			}
			pbx.Respond(486, "")
			s.settle()
			for range copies {
				pbx.Repeat()
			}
			s.settle()
			if hungUp {
				_, _ = pbx.Next(t.Context()) // the CANCEL
			}
			for n := range copies + 1 {
				if m, err := pbx.Next(t.Context()); err != nil || !strings.HasPrefix(m.String(), "ACK ") {
					t.Fatalf("hung up %v: %d: got %v, %v, want an ACK", hungUp, n, m, err)
				}
			}
			s.wantNothingLeft(before)
			s.close()
		})
	}
}
