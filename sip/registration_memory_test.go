package sip

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tieline/sip/siptest"
)

// TestRegistrationMemory: a registration costs at most 3 KiB, heap and stack, once its REGISTER is over.
func TestRegistrationMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, limit = 2000, raceFactor * 3 << 10
		network := siptest.NewNetwork(1)
		pbx, err := siptest.New(siptest.Config{
			Conn: network.MustListen("192.0.2.20:5060"), Auth: &siptest.Auth{Realm: "pbx", Users: map[string]string{"gw": "secret"}},
			Registrar: siptest.Registrar{Forgetful: true},
		})
		if err != nil {
			t.Fatal(err)
		}
		u, err := New(Config{
			PacketConn: network.MustListen("192.0.2.10:5060"),
			Trunks:     []Trunk{{Name: "pbx", Address: "192.0.2.20", RegistrationsPerSecond: 1000}},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		life, stopPBX := context.WithCancel(context.Background())
		var running, peers sync.WaitGroup
		peers.Go(func() { _ = pbx.Run(life) })
		running.Go(func() { _ = u.Run(ctx) })
		synctest.Wait()
		before := memory()
		for i := range n {
			u.Register(Registration{Trunk: "pbx", User: fmt.Sprint(1000 + i), Username: "gw", Password: "secret"}, func(RegistrationState) {})
		}
		time.Sleep(time.Minute) // virtual
		synctest.Wait()
		each := (memory() - before) / n
		t.Logf("bytes per registration: %d", each)
		if _, up := u.Registrations(); up != n || each > limit {
			t.Errorf("%d registrations of %d bytes, want %d of at most %d", up, each, n, limit)
		}
		stop()
		running.Wait()
		stopPBX()
		peers.Wait()
	})
}
