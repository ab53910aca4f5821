package siptest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

const here, there = "192.0.2.1:5060", "192.0.2.2:5060"

// pour sends n numbered datagrams over a link at one instant and returns what arrives, with the time of arrival in ms.
func pour(t *testing.T, seed uint64, l Link, n int) []string {
	t.Helper()
	network := NewNetwork(seed)
	a, z := network.MustListen(here), network.MustListen(there)
	defer func() { _, _ = a.Close(), z.Close() }()
	if err := network.SetLink(here, there, l); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for i := range n {
		if _, err := a.WriteTo([]byte{byte(i)}, z.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.SetReadDeadline(start.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	var got []string
	for buf := make([]byte, 10); ; {
		_, from, err := z.ReadFrom(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return got
		}
		if err != nil || from.String() != here {
			t.Fatalf("from %v: %v", from, err)
		}
		got = append(got, fmt.Sprintf("%d@%d", buf[0], time.Since(start).Milliseconds()))
	}
}

func TestPerfectLinkKeepsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if got, want := pour(t, 1, Link{}, 3), []string{"0@0", "1@0", "2@0"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if got, want := pour(t, 1, Link{Latency: 5 * time.Millisecond}, 2), []string{"0@5", "1@5"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestFaultsComeFromTheSeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := Link{Jitter: 3 * time.Millisecond, Loss: 0.3, Duplicate: 0.3, Reorder: 0.3}
		first := pour(t, 7, bad, 100)
		if again := pour(t, 7, bad, 100); !slices.Equal(first, again) {
			t.Errorf("the same seed gave\n%v\nand\n%v", first, again)
		}
		if other := pour(t, 8, bad, 100); slices.Equal(first, other) {
			t.Error("another seed gave the same")
		}
		if n := len(pour(t, 7, Link{Loss: 1}, 100)); n != 0 {
			t.Errorf("%d arrived over a dead link", n)
		}
		if n := len(pour(t, 7, Link{Duplicate: 1}, 100)); n != 200 {
			t.Errorf("%d arrived, want each twice", n)
		}
		drop := Link{Drop: func(data []byte) bool { return data[0] == 1 }}
		if got, want := pour(t, 7, drop, 3), []string{"0@0", "2@0"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestObserverSeesWhatIsSentEvenWhenLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork(1)
		a := n.MustListen(here)
		defer a.Close()
		var seen []string
		n.Observe(func(_ time.Time, from, to net.Addr, data []byte) {
			seen = append(seen, fmt.Sprintf("%s>%s %s", from, to, data))
		})
		if _, err := a.WriteTo([]byte("hello"), &net.UDPAddr{IP: net.IPv4(192, 0, 2, 9), Port: 9}); err != nil {
			t.Fatal(err)
		}
		if want := []string{here + ">192.0.2.9:9 hello"}; !slices.Equal(seen, want) {
			t.Errorf("got %v, want %v", seen, want)
		}
	})
}

func TestSocketsCloseLikeRealOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork(1)
		a := n.MustListen("192.0.2.1:0")
		if _, err := n.Listen(a.LocalAddr().String()); err == nil {
			t.Error("an address was given twice")
		}
		errc := make(chan error)
		go func() { _, _, err := a.ReadFrom(nil); errc <- err }()
		synctest.Wait()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if err := <-errc; !errors.Is(err, net.ErrClosed) {
			t.Errorf("a waiting reader got %v", err)
		}
		if _, err := a.WriteTo(nil, a.LocalAddr()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a writer got %v", err)
		}
		again := n.MustListen(a.LocalAddr().String())
		if err := a.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("closed twice: %v", err)
		}
		if _, err := n.Listen(again.LocalAddr().String()); err == nil {
			t.Error("the second close freed somebody else's address")
		}
		_ = again.Close()
	})
}

func TestReadDeadlineWakesAReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork(1)
		a := n.MustListen(here)
		defer a.Close()
		errc := make(chan error)
		go func() { _, _, err := a.ReadFrom(nil); errc <- err }()
		synctest.Wait()
		if err := a.SetReadDeadline(time.Now()); err != nil {
			t.Fatal(err)
		}
		err := <-errc
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("got %v, want a timeout", err)
		}
	})
}
