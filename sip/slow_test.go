package sip

import (
	"errors"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestSlowPeers: what a peer may hold up on a connection, and for how long, until that is closed.
func TestSlowPeers(t *testing.T) {
	const half = "OPTIONS sip:a SIP/2.0\r\nContent-Length: 100\r\n\r\nhalf of it"
	send := func(text string, every time.Duration) func(net.Conn) { // byte by byte
		return func(peer net.Conn) {
			for i := range len(text) {
				if _, err := peer.Write([]byte{text[i]}); err != nil {
					return
				}
				time.Sleep(every)
			}
		}
	}
	reads := func(s *stream) error {
		buf := make([]byte, 100)
		for {
			if _, err := s.Read(buf); err != nil {
				return err
			}
		}
	}
	for _, tt := range []struct {
		name  string
		peer  func(net.Conn)
		does  func(*stream) error
		after time.Duration
		want  error
	}{
		{"says nothing", send("", 0), reads, speakWithin, errSilent},
		{"half a message", send(half, 0), reads, endWithin, errSilent},
		{"byte by byte", send(half, time.Second), reads, endWithin, errSilent},
		{"keep-alives, then nothing", send("\r\n\r\n\r\n", time.Minute), reads, 5*time.Minute + idleFor, errSilent},
		{"does not read", send("", 0), func(s *stream) error { _, err := s.Write([]byte(half)); return err }, writeTimeout, os.ErrDeadlineExceeded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := newTestAgent(t)
				ours, theirs := net.Pipe()
				s := u.accepted(ours, tcp)
				var peer sync.WaitGroup
				peer.Go(func() { tt.peer(theirs) })
				begin := time.Now()
				err := tt.does(s)
				if took := time.Since(begin); !errors.Is(err, tt.want) || took != tt.after {
					t.Errorf("%v after %v, want %v after %v", err, took, tt.want, tt.after)
				}
				if _, err := ours.Write([]byte("x")); err == nil {
					t.Error("the connection is open")
				}
				theirs.Close()
				peer.Wait()
			})
		})
	}
}
