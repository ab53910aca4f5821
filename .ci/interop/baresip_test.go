//go:build interop

package interop

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// baresipAddress is where the phone lives.
const baresipAddress = "127.0.40.1"

// baresip is a phone that is registered at Kamailio as 600 and answers every call.
type baresip struct{ *process }

// startBaresip returns when the phone is registered.
func startBaresip(t *testing.T) baresip {
	t.Helper()
	values := struct{ Addr, Dir, Registrar string }{baresipAddress, dir(t), kamailioAddress}
	for _, name := range []string{"config", "accounts"} {
		text, err := os.ReadFile(filepath.Join("baresip", name))
		must(t, err, "read the phone's "+name)
		fill(t, name, string(text), values)
	}
	must(t, os.WriteFile(filepath.Join(dir(t), "contacts"), nil, 0o600), "write the phone's empty list of contacts")
	// stdbuf: what it says is to arrive line by line.
	p := start(t, "baresip", "stdbuf", "-oL", "baresip", "-f", dir(t))
	p.awaitLine(t, "the phone is registered", "200 OK", "1 binding")
	return baresip{p}
}

// hangUp makes the phone end its call.
func (b baresip) hangUp(t *testing.T) {
	t.Helper()
	b.tell(t, `{"command":"hangup"}`)
	b.awaitLine(t, "the phone ends its call", "terminate call")
}

// call makes the phone call a number of Kamailio's.
func (b baresip) call(t *testing.T, number string) {
	t.Helper()
	b.tell(t, fmt.Sprintf(`{"command":"dial","params":"sip:%s@%s"}`, number, kamailioAddress))
}

// tell gives the phone a command (ctrl_tcp: a JSON object as a netstring) and waits until it has taken it.
func (b baresip) tell(t *testing.T, command string) {
	t.Helper()
	control, err := net.Dial("tcp", baresipAddress+":4444")
	must(t, err, "reach the phone's control")
	defer control.Close()
	_, err = fmt.Fprintf(control, "%d:%s,", len(command), command)
	must(t, err, "give the phone a command")
	must(t, control.SetReadDeadline(time.Now().Add(patience)), "bound the wait for the phone's answer")
	answer, err := bufio.NewReader(control).ReadString(',')
	must(t, err, "hear that the phone has taken the command: "+answer)
}

// awaitClosed waits until the phone has seen the other side hang up.
func (b baresip) awaitClosed(t *testing.T) {
	t.Helper()
	b.awaitLine(t, "the phone's call is over", "session closed")
}
