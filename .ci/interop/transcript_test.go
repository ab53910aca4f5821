//go:build interop

package interop

import (
	"bytes"
	"os"
	"strings"
	"sync"
)

// transcript is what a process has written so far. It is copied to a file, and whoever waits
// for a line is woken by it.
type transcript struct {
	file *os.File

	mu    sync.Mutex
	text  bytes.Buffer
	morec chan struct{} // closed, and made anew, when something was written
}

func newTranscript(path string) (*transcript, error) {
	file, err := os.Create(path)
	return &transcript{file: file, morec: make(chan struct{})}, err
}

// Write implements io.Writer.
func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.Write(p)
	close(t.morec)
	t.morec = make(chan struct{})
	return t.file.Write(p)
}

// read returns everything so far, and a Go channel that is closed when there is more.
func (t *transcript) read() (string, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String(), t.morec
}

// tail is the last lines of s.
func tail(s string, lines int) string {
	all := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
