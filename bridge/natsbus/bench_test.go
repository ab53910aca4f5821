package natsbus

import (
	"context"
	"strconv"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// BenchmarkAcknowledged compares ways to store one message and know it, the next one going
// out only then; and many under way at once.
func BenchmarkAcknowledged(b *testing.B) {
	for _, storage := range []string{"memory", "file"} {
		cfg := memoryConfig()
		if storage == "file" {
			cfg.Embedded = &Embedded{Dir: b.TempDir()}
		}
		bus, err := Open(context.Background(), cfg)
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		id := func() string { n++; return storage + strconv.Itoa(n) }
		b.Run(storage+"/synchronous", func(b *testing.B) { synchronous(b, bus, id) })
		b.Run(storage+"/asynchronous", func(b *testing.B) { asynchronous(b, bus, id, 1) })
		b.Run(storage+"/asynchronous, 64 under way", func(b *testing.B) { asynchronous(b, bus, id, 64) })
		if err := bus.Close(); err != nil {
			b.Error(err)
		}
	}
}

func synchronous(b *testing.B, bus *Bus, id func() string) {
	for b.Loop() {
		h, data := bus.space.Encode(event("s1.sales.c1", 1))
		m := &nats.Msg{Subject: bus.space.From("s1.sales.c1"), Header: nats.Header(h), Data: data}
		if _, err := bus.js.PublishMsg(b.Context(), m, jetstream.WithMsgID(id())); err != nil {
			b.Fatal(err)
		}
	}
}

func asynchronous(b *testing.B, bus *Bus, id func() string, underWay int) {
	freec := make(chan error, underWay)
	for range underWay {
		freec <- nil
	}
	done := func(err error) { freec <- err }
	for b.Loop() {
		if err := <-freec; err != nil {
			b.Fatal(err)
		}
		bus.Publish(event("s1.sales.c1", 1), id(), done)
	}
	for range underWay {
		if err := <-freec; err != nil {
			b.Fatal(err)
		}
	}
}
