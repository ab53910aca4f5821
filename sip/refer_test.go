package sip

import "testing"

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
