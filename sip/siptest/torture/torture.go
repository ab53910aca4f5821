package torture

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// A Message is one datagram and the reaction to it.
type Message struct {
	Name string
	RFC  int
	// Section of the RFC, such as "3.1.1.1".
	Section string
	Data    []byte
	// Status answers it; 0: nothing does, because it is a response, or nothing that could be answered.
	Status int
	// Taken: it is a call, and the callee is told of it.
	Taken bool
	// Stream is what a TCP connection brings where that is not Status: its framing decides, and a connection whose framing
	// is lost is closed.
	Stream Stream
}

// Stream is the reaction to a message on a TCP connection.
type Stream int

// The reactions on a TCP connection.
const (
	Same   Stream = iota // as by UDP
	Closed               // no answer, the connection is closed
	Waits                // no answer: the message is not complete
	Loses                // answered or not: the connection is closed at once for what follows the message
)

// URL is where the RFC describes the message.
func (m Message) URL() string {
	return fmt.Sprintf("https://www.rfc-editor.org/rfc/rfc%d#section-%s", m.RFC, m.Section)
}

// RFC4475 reads the messages. Their folder is that of the module sipgo, where it was downloaded to build with: the go
// command knows.
func RFC4475() ([]Message, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		return nil, fmt.Errorf("torture: go list: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(string(bytes.TrimSpace(out)), "sip", "testdata", "torture", "*", "*.dat"))
	if err != nil {
		return nil, err
	}
	reactions := rfc4475()
	var all []Message
	for _, file := range files {
		name := filepath.Base(file)
		m, ok := reactions[name]
		if !ok {
			return nil, fmt.Errorf("torture: no reaction to %s is written down", name)
		}
		m.Name, m.RFC = name, 4475
		if m.Data, err = os.ReadFile(file); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

//go:embed rfc5118/*.txt
var ipv6 embed.FS

// RFC5118 reads the messages for IPv6.
func RFC5118() ([]Message, error) {
	all := rfc5118()
	for i := range all {
		text, err := ipv6.ReadFile("rfc5118/" + all[i].Name + ".txt")
		if err != nil {
			return nil, err
		}
		all[i].RFC, all[i].Data = 5118, bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	return all, nil
}
