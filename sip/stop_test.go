package sip_test

import (
	"testing"
	"testing/synctest"
	"time"

	"tieline/sip"
	"tieline/sip/siptest"
)

// TestStopBeforeProgress: the user agent stops between the INVITE and its first response. It stays, within Config.Grace,
// for the CANCEL that only this response allows: else the callee would ring for nobody.
func TestStopBeforeProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, 1, func(*sip.Config) {}, func(string, *siptest.Config) {})
		s.call = s.ua.Dial(sip.Dial{User: "602"}, s.event)
		callee := s.at("pbx")
		s.stop()
		time.Sleep(time.Second) // virtual
		callee.Respond(180, "")
		s.agent.Wait()
		want := "+0s    gw ─▶ pbx     INVITE sip:602@pbx\n" +
			"+0s    call            Failed CANCELLED trunk=pbx attempts=1\n" +
			"+1s    gw ◀─ pbx     180\n" +
			"+1s    gw ─▶ pbx     CANCEL sip:602@pbx\n" +
			"+1s    gw ◀─ pbx     200 (CANCEL)\n" +
			"+1s    gw ◀─ pbx     487 (INVITE)\n" +
			"+1s    gw ─▶ pbx     ACK sip:602@pbx\n"
		if got := s.crossed(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		s.close()
	})
}
