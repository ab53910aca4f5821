package contract

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tieline/bridge"
)

// shared is the project's own document. It is read once: hundreds of tests use it.
var shared = sync.OnceValues(func() (*Contract, error) { //nolint:gochecknoglobals // a constant that takes a while to work out
	path, err := find("docs/asyncapi.yaml")
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Load(text)
})

// Heard returns a function for a follower of the stream: each message that it is given must be
// as the project's document says, or t fails. It may be called from any goroutine while t runs.
func Heard(t testing.TB) func(bridge.Message) {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return func(m bridge.Message) {
		if err := c.Check(m); err != nil {
			t.Errorf("%s\n%v", m.Line(), err)
		}
		if m.Type == bridge.TypeResponse && m.RequestID == "" {
			t.Errorf("%s\ncontract: what has no request id is answered on its reply subject only", m.Line())
		}
	}
}

// Said is Heard for what has been neither counted nor stamped yet.
func Said(t testing.TB) func(bridge.Message) {
	t.Helper()
	heard := Heard(t)
	return func(m bridge.Message) {
		m.Time = time.Unix(1e9, 0)
		if m.Target.Object() >= bridge.ObjectChannel {
			m.Seq = 1
		}
		heard(m)
	}
}

// find looks for a file of the project from the working directory upwards.
func find(path string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		_, err := os.Stat(filepath.Join(dir, path))
		if err == nil || dir == filepath.Dir(dir) {
			return filepath.Join(dir, path), err
		}
		dir = filepath.Dir(dir)
	}
}
