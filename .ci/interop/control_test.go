//go:build interop

package interop

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// control is the connection to a phone's control (ctrl_tcp: JSON objects as netstrings). The phone answers each command,
// and says what happens to its calls meanwhile. It talks to one at a time only.
type control struct {
	conn    net.Conn
	answerc chan string

	mu     sync.Mutex
	events []string      // since the one that was waited for last
	morec  chan struct{} // closed, and made anew, when there is one more
}

// openControl returns a connection that is closed with the test.
func openControl(t *testing.T, address string) *control {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	must(t, err, "reach the phone's control")
	c := &control{conn: conn, answerc: make(chan string, 1), morec: make(chan struct{})}
	t.Cleanup(func() { _ = conn.Close() })
	go c.read()
	return c
}

// read takes what the phone says until the connection ends.
func (c *control) read() {
	in := bufio.NewReader(c.conn)
	for {
		length, err := in.ReadString(':')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
		if err != nil {
			return
		}
		text := make([]byte, n+1) // and a comma
		if _, err := io.ReadFull(in, text); err != nil {
			return
		}
		c.take(text[:n])
	}
}

func (c *control) take(text []byte) {
	var said struct {
		Event bool
		Type  string
		Data  string
	}
	switch err := json.Unmarshal(text, &said); {
	case err != nil:
	case said.Event:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.events = append(c.events, said.Type)
		close(c.morec)
		c.morec = make(chan struct{})
	default:
		c.answerc <- said.Data
	}
}

// tell gives the phone a command and returns its answer.
func (c *control) tell(t *testing.T, command, params string) string {
	t.Helper()
	text, err := json.Marshal(map[string]string{"command": command, "params": params})
	must(t, err, "encode a command")
	_, err = fmt.Fprintf(c.conn, "%d:%s,", len(text), text)
	must(t, err, "give the phone a command")
	select {
	case answer := <-c.answerc:
		return answer
	case <-time.After(patience):
		t.Fatalf("the phone does not answer %q", command)
		return ""
	}
}

// await waits for the next event of a type, and forgets what was before it.
func (c *control) await(t *testing.T, sentence, event string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		c.mu.Lock()
		i, morec := slices.Index(c.events, event), c.morec
		if i >= 0 {
			c.events = c.events[i+1:]
		}
		events := slices.Clone(c.events)
		c.mu.Unlock()
		if i >= 0 {
			return
		}
		select {
		case <-morec:
		case <-deadline:
			t.Fatalf("not within %v: %s; it says %q", patience, sentence, events)
		}
	}
}
