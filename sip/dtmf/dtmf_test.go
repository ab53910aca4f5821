package dtmf

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		mediaType, body string
		want            string
		known           bool
	}{
		{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5", true},
		{"application/dtmf-relay", "Signal= *\nDuration= 250", "*", true},
		{"Application/DTMF-Relay;charset=utf-8", "Duration=100\r\nsignal = d \r\n", "D", true},
		{"application/dtmf-relay", "Signal=11\r\n", "#", true},
		{"application/dtmf-relay", "Signal=15\r\n", "D", true},
		{"application/dtmf-relay", "Signal=16\r\n", "", true}, // the flash of a hook
		{"application/dtmf-relay", "Signal=hf\r\n", "", true},
		{"application/dtmf-relay", "Duration=100\r\n", "", true},
		{"application/dtmf-relay", "", "", true},
		{"application/dtmf", "7", "7", true},
		{"application/dtmf", "10\r\n", "*", true},
		{"application/dtmf", strings.Repeat("1", mostDigits+1), "", true},
		{"application/hook-flash", "", "", false},
		{"text/plain", "5", "", false},
		{"", "", "", false},
	} {
		if got, known := Parse(tt.mediaType, []byte(tt.body)); got != tt.want || known != tt.known {
			t.Errorf("%s %q: got %q %v, want %q %v", tt.mediaType, tt.body, got, known, tt.want, tt.known)
		}
	}
}

// TestBody: what is written is what is read.
func TestBody(t *testing.T) {
	for i := range len(digits) {
		body := Body(digits[i], Tone)
		if got, _ := Parse(Relay, body); got != digits[i:i+1] {
			t.Errorf("%q reads %q", body, got)
		}
	}
}

func TestClean(t *testing.T) {
	for s, want := range map[string]string{"12ab*#": "12AB*#", "1,2,": "1,2,", "": "", "1 2": "", "1\r\n": "", "E": "", "١": ""} {
		if got, ok := Clean(s); got != want || ok != (want != "") {
			t.Errorf("%q: got %q %v, want %q", s, got, ok, want)
		}
	}
}

// TestSender is every input in every state: nothing to send, a digit without response, one that has to wait.
func TestSender(t *testing.T) {
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	var s Sender
	for i, tt := range []struct {
		wait time.Duration
		in   Input
		want string
	}{
		{0, Tick{}, "[]"},
		{0, Response{OK: true}, "[]"},
		{0, Send{}, "[]"},
		{0, Send{"12"}, "[{49}]"},
		{time.Second, Tick{}, "[]"}, // still without response
		{0, Send{"3"}, "[]"},
		{0, Response{OK: true}, "[{50}]"},
		{0, Response{OK: true}, "[{}]"}, // sent; the next waits until this one has sounded
		{0, Response{OK: true}, "[]"},
		{0, Send{"45"}, "[]"},
		{Tone, Tick{}, "[]"},
		{pause, Tick{}, "[{51}]"},
		{time.Second, Response{}, "[{} {52}]"}, // failed; the next goes its way
		{time.Second, Response{}, "[{}]"},
		{0, Tick{}, "[]"},
		{time.Second, Send{",6,"}, "[]"}, // a pause first
		{Comma - 1, Tick{}, "[]"},
		{1, Tick{}, "[{54}]"},
		{Tone + pause, Response{OK: true}, "[]"}, // and one at the end
		{Comma, Tick{}, "[{}]"},
	} {
		now = now.Add(tt.wait)
		if got := fmt.Sprint(s.Step(now, tt.in)); got != tt.want {
			t.Errorf("%d: %T: got %s, want %s", i, tt.in, got, tt.want)
		}
	}
	if d := s.Deadline(); !d.IsZero() {
		t.Errorf("something is due at %v", d)
	}
}

// FuzzParse: what comes out can be sent.
func FuzzParse(f *testing.F) {
	f.Add("Signal=5\r\nDuration=160\r\n")
	f.Add("Signal=10")
	f.Fuzz(func(t *testing.T, body string) {
		for _, mediaType := range []string{Relay, Plain} {
			found, _ := Parse(mediaType, []byte(body))
			if again, ok := Clean(found); found != "" && (!ok || again != found) {
				t.Errorf("%q reads %q", body, found)
			}
		}
	})
}
