package bustest_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tieline/bridge"
	"tieline/bridge/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func space() bridge.Space { return bridge.Space{Prefix: "cti", Processor: "acme"} }

func TestMemoryConforms(t *testing.T) {
	bustest.Run(t, func(*testing.T) bustest.Harness {
		m := bustest.NewMemory(space(), "sales")
		return bustest.Harness{
			Space: space(), Group: "sales", Bus: m, Other: m.Twin(),
			Send: m.Deliver, Follow: m.Follow, Inbox: m.Inbox, SetDown: m.SetDown,
		}
	})
}

func TestMemoryFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := bustest.NewMemory(space(), "sales")
		got := map[string]error{}
		publish := func(id string) {
			m.Publish(bridge.Event(bridge.ChannelReady, "s1.sales.c1", nil), id, func(err error) { got[id] = err })
			synctest.Wait()
		}
		m.RefuseNext(1)
		publish("refused")
		if !errors.Is(got["refused"], bridge.ErrRefused) || len(m.Messages()) != 0 {
			t.Errorf("a refused message: %v, %d stored", got["refused"], len(m.Messages()))
		}
		m.LoseNext(1)
		publish("lost")
		if !errors.Is(got["lost"], bridge.ErrUnsure) || len(m.Messages()) != 1 {
			t.Errorf("a lost acknowledgement: %v, %d stored", got["lost"], len(m.Messages()))
		}
		publish("lost")
		if got["lost"] != nil || len(m.Messages()) != 1 {
			t.Errorf("published again: %v, %d stored", got["lost"], len(m.Messages()))
		}
	})
}

func TestMemoryDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := bustest.NewMemory(space(), "sales")
		start := time.Now()
		m.SetDelay(time.Second)
		donec := make(chan time.Duration, 2)
		for _, id := range []string{"1", "2"} {
			m.Publish(bridge.Event(bridge.ChannelReady, "s1.sales.c1", nil), id, func(error) { donec <- time.Since(start) })
		}
		if first, second := <-donec, <-donec; first != time.Second || second != time.Second {
			t.Errorf("acknowledged after %v and %v, want 1s both", first, second)
		}
	})
}

func TestMemoryNobodyServes(t *testing.T) {
	m := bustest.NewMemory(space(), "sales")
	c, err := m.Intake()
	if err != nil {
		t.Fatal(err)
	}
	ask := bridge.Message{Type: bridge.TypeQuery, Name: bridge.ChannelInit, RequestID: "1"}
	if err := m.Send(ask, "s1.support.c1", ""); !errors.Is(err, bustest.ErrNoResponders) {
		t.Errorf("a group that nobody serves: %v", err)
	}
	if err := m.Send(ask, "s1.sales.c1", ""); err != nil {
		t.Errorf("a group that is served: %v", err)
	}
	m.StopIntake()
	if d, ok := <-c; !ok || d.Subject != "cti.acme.to.s1.sales.c1" {
		t.Errorf("what was delivered before the stop is lost: %v", d)
	}
	if _, ok := <-c; ok {
		t.Error("the Go channel is not closed")
	}
	if err := m.Send(ask, "s1.sales.c1", ""); !errors.Is(err, bustest.ErrNoResponders) {
		t.Errorf("after the stop: %v", err)
	}
}
