package sip

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

// TestHungUpWhileConnecting: an INVITE whose call was hung up while its TCP connection was being made does not leave.
func TestHungUpWhileConnecting(t *testing.T) {
	pbx, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pbx.Close() }()
	u, err := New(Config{
		Listen: []Listen{{Network: tcp, Address: "127.0.0.1:0"}},
		Trunks: []Trunk{{Name: "pbx", Address: pbx.Addr().String(), Transport: tcp}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	donec := make(chan error, 1)
	go func() { donec <- u.Run(ctx) }()
	<-u.readyc
	a, err := newAttempt(&Call{ua: u, dial: Dial{User: "600"}}, u.trunks["pbx"], u.peers.hops(u.trunks["pbx"])[0], limits{})
	if err != nil {
		t.Fatal(err)
	}
	a.invite = a.newInvite(1)
	close(a.stopc)
	if _, err := a.begin(a.invite, a.stopc); !errors.Is(err, errUnwanted) {
		t.Errorf("got %v, want that nobody wants it", err)
	}
	conn, err := pbx.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, _ := conn.Read(make([]byte, 1)); n != 0 {
		t.Error("the INVITE has left")
	}
	_ = conn.Close()
	a.forget()
	stop()
	if err := <-donec; err != nil {
		t.Error(err)
	}
}
