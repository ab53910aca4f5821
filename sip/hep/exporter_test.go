package hep

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// run starts an exporter; the function that is returned ends it.
func run(t *testing.T, e *Exporter) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	donec := make(chan error)
	go func() { donec <- e.Run(ctx) }()
	return func() {
		cancel()
		if err := <-donec; err != nil {
			t.Error(err)
		}
	}
}

func wantCounts(t *testing.T, what string, e *Exporter, sent, dropped uint64) {
	t.Helper()
	if s, d := e.Counts(); s != sent || d != dropped {
		t.Errorf("%s: %d sent and %d dropped, want %d and %d", what, s, d, sent, dropped)
	}
}

func TestUDP(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	e := New(Config{Network: "udp", Address: server.LocalAddr().String(), Agent: Agent{ID: 1}})
	e.Send(example) // before Run: it waits
	stop := run(t, e)
	buffer := make([]byte, 2000)
	_ = server.SetReadDeadline(time.Now().Add(5 * time.Second))
	n, _, err := server.ReadFrom(buffer)
	want, _ := Agent{ID: 1}.Append(nil, example)
	if err != nil || !bytes.Equal(buffer[:n], want) {
		t.Errorf("the capture server gets %q, %v", buffer[:n], err)
	}
	stop()
	wantCounts(t, "a packet", e, 1, 0)
}

// TestTCP: packets follow each other in the stream; what was queued at the end is still sent.
func TestTCP(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	gotc := make(chan []byte)
	go func() {
		conn, err := server.Accept()
		if err != nil {
			close(gotc)
			return
		}
		b, _ := io.ReadAll(conn)
		gotc <- b
	}()
	e := New(Config{Network: "tcp", Address: server.Addr().String()})
	var want []byte
	for range 100 {
		e.Send(example)
		want, _ = Agent{}.Append(want, example)
	}
	run(t, e)()
	if got := <-gotc; !bytes.Equal(got, want) {
		t.Errorf("%d bytes arrive, of %d", len(got), len(want))
	}
	wantCounts(t, "a hundred", e, 100, 0)
}

// TestNobodyThere: who captures is away, then back. Send never waits, and nothing is kept for long.
func TestNobodyThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		attempts, there := 0, false
		ours, theirs := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, theirs) }()
		e := New(Config{Log: slog.New(slog.NewTextHandler(&log, nil)), Dial: func(context.Context) (net.Conn, error) {
			attempts++
			if !there {
				return nil, errors.New("refused")
			}
			return ours, nil
		}})
		stop := run(t, e)
		for range 10 {
			e.Send(example)
		}
		synctest.Wait()
		wantCounts(t, "nobody is there", e, 0, 10)
		time.Sleep(again)
		e.Send(example)
		synctest.Wait()
		if attempts != 2 {
			t.Errorf("%d attempts", attempts)
		}
		there = true
		time.Sleep(again)
		e.Send(example)
		synctest.Wait()
		wantCounts(t, "somebody is there", e, 1, 11)
		theirs.Close()
		e.Send(example)
		synctest.Wait()
		wantCounts(t, "gone again", e, 1, 12)
		if n := strings.Count(log.String(), "\n"); n != 1 || strings.Contains(log.String(), "BYE") {
			t.Errorf("it is said once, without what was captured: %s", log.String())
		}
		stop()
	})
}

// TestSlow: who captures does not read. The queue has an end, the call goes on, and so does the shutdown.
func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		e := New(Config{Dial: func(context.Context) (net.Conn, error) { return ours, nil }})
		stop := run(t, e)
		began := time.Now()
		for range 3 * queued {
			e.Send(example)
		}
		if time.Since(began) != 0 {
			t.Error("Send has waited")
		}
		synctest.Wait()
		_, dropped := e.Counts()
		if dropped < 2*queued-1 {
			t.Errorf("%d dropped", dropped)
		}
		stop()
		if took := time.Since(began); took > patience+lastWords {
			t.Errorf("the end took %s", took)
		}
		if sent, dropped := e.Counts(); sent != 0 || dropped != 3*queued {
			t.Errorf("%d sent and %d dropped of %d", sent, dropped, 3*queued)
		}
	})
}

func TestTooLongIsCounted(t *testing.T) {
	e := New(Config{Network: "udp", Address: "127.0.0.1:9"})
	p := example
	p.Payload = bytes.Repeat([]byte("x"), 70000)
	e.Send(p)
	wantCounts(t, "too long", e, 0, 1)
}
