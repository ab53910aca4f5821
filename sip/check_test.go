package sip_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"testing/synctest"

	"tieline/sip"
	"tieline/sip/siptest"
)

// TestCheckKeepsSecrets: nobody is told a password, be it right or wrong, and checks leave nothing behind.
func TestCheckKeepsSecrets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var seen bytes.Buffer
		note := func(data []byte) {
			mu.Lock()
			defer mu.Unlock()
			seen.Write(data)
		}
		s := newStage(t, 1, func(c *sip.Config) {
			c.Log = slog.New(slog.NewTextHandler(writerFunc(note), nil))
			c.Trace = func(e sip.TraceEvent) { note(fmt.Appendf(nil, "%+v\n", e)) }
		}, func(_ string, c *siptest.Config) {
			c.Auth = &siptest.Auth{Realm: "pbx", Users: map[string]string{"1001": "hunter2"}}
		})
		s.settle()
		before := goroutines()
		proofs := map[sip.Proof]int{}
		for i := range 100 {
			s.ua.CheckCredentials(sip.Credentials{Trunk: "pbx", User: "1001", Password: fmt.Sprintf("hunter%d", i%4)}, func(v sip.Verification) {
				mu.Lock()
				defer mu.Unlock()
				proofs[v.Proof]++
				fmt.Fprintf(&seen, "%+v\n", v)
			})
		}
		s.settle()
		s.settle()
		mu.Lock()
		if proofs[sip.Proved] != 25 || proofs[sip.Disproved] != 75 || len(proofs) != 2 {
			t.Errorf("got %v", proofs)
		}
		if seen.Len() == 0 || bytes.Contains(seen.Bytes(), []byte("hunter")) {
			t.Errorf("told or nothing seen:\n%s", seen.String())
		}
		mu.Unlock()
		s.wantNothingLeft(before)
		s.close()
	})
}

type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

// TestCheckTCP: over a connection, and where nobody listens.
func TestCheckTCP(t *testing.T) {
	l := newLoopbackWith(t, "tcp", shortCall, func(c *sip.Config) {
		free, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c.Trunks = append(c.Trunks, sip.Trunk{Name: "gone", Address: free.Addr().String(), Transport: "tcp"})
		free.Close()
	})
	toldc := make(chan sip.Verification)
	for trunk, want := range map[string]sip.Proof{"pbx": sip.Unchallenged, "gone": sip.Unproved} {
		l.ua.CheckCredentials(sip.Credentials{Trunk: trunk, User: "1001"}, func(v sip.Verification) { toldc <- v })
		if v := <-toldc; v.Proof != want || want == sip.Unproved && v.Outcome.Cause != sip.Network {
			t.Errorf("%s: got %v %+v", trunk, v.Proof, v.Outcome)
		}
	}
	l.end()
	late := make(chan sip.Verification, 1)
	l.ua.CheckCredentials(sip.Credentials{Trunk: "pbx", User: "1001"}, func(v sip.Verification) { late <- v })
	if v := <-late; v.Proof != sip.Unproved || v.Outcome.Cause != sip.Cancelled {
		t.Errorf("after the end: got %v %+v", v.Proof, v.Outcome)
	}
}
