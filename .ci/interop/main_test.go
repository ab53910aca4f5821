//go:build interop

package interop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
	"time"
)

// env is a variable that run sets.
func env(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: start the tests by .ci/interop/run", name)
	}
	return value
}

// dir is the test's own directory, for logs and filled-in configurations. run removes it
// when all has passed.
func dir(t *testing.T) string {
	t.Helper()
	path := filepath.Join(env(t, "INTEROP_DIR"), strings.ReplaceAll(t.Name(), "/", "-"))
	must(t, os.MkdirAll(path, 0o700), "make the test's directory")
	return path
}

// peerFile is the absolute path of a file beside this one.
func peerFile(t *testing.T, elements ...string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(elements...))
	must(t, err, "find "+filepath.Join(elements...))
	return path
}

// fill writes a configuration into the test's directory and returns its path.
func fill(t *testing.T, name, text string, values any) string {
	t.Helper()
	parsed, err := template.New(name).Delims("@{", "}").Option("missingkey=error").Parse(text)
	must(t, err, "parse "+name)
	path := filepath.Join(dir(t), name)
	file, err := os.Create(path)
	must(t, err, "write "+name)
	must(t, parsed.Execute(file, values), "fill in "+name)
	must(t, file.Close(), "write "+name)
	return path
}

func must(t *testing.T, err error, what string) {
	t.Helper()
	if err != nil {
		t.Fatalf("cannot %s: %v", what, err)
	}
}

// eventually waits for a condition that nobody announces.
func eventually(t *testing.T, sentence string, condition func() bool) {
	t.Helper()
	within(t, sentence, patience, condition)
}

// within is eventually with another limit.
func within(t *testing.T, sentence string, limit time.Duration, condition func() bool) {
	t.Helper()
	deadline := time.After(limit)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !condition() {
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("not within %v: %s", limit, sentence)
		}
	}
}
