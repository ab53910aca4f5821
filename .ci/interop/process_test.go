//go:build interop

package interop

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a condition may take to come true before the test fails.
const patience = 15 * time.Second

// process is one peer, or the gateway. It is its own process group, ends with the test at
// the latest, and shows the tail of its logs when the test has failed.
type process struct {
	name   string
	cmd    *exec.Cmd
	out    *transcript // standard output and standard error
	logs   []string    // what else to show of a failed test: files
	endedc chan struct{}
	// tailLines is how much of out is shown.
	tailLines int
	code      int // exit code, -1 when a signal ended it; valid once endedc is closed
}

// start runs a program from the test's own directory.
func start(t *testing.T, name string, argv ...string) *process {
	t.Helper()
	out, err := newTranscript(filepath.Join(dir(t), name+".log"))
	must(t, err, "open the log of "+name)
	p := &process{name: name, cmd: exec.Command(argv[0], argv[1:]...), out: out, endedc: make(chan struct{}), tailLines: 40}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir(t), out, out
	p.cmd.Env = append(os.Environ(), "TERM=dumb", "HOME="+dir(t))
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.WaitDelay = time.Second // a child of it may hold the pipe open
	must(t, p.cmd.Start(), "start "+name)
	note := filepath.Join(env(t, "INTEROP_DIR"), "pids", strconv.Itoa(p.cmd.Process.Pid))
	must(t, os.WriteFile(note, []byte(name), 0o600), "note the process for the case that the tests are killed")
	go func() {
		defer close(p.endedc)
		err := p.cmd.Wait()
		p.code = p.cmd.ProcessState.ExitCode()
		if err != nil && p.code == 0 && !errors.Is(err, exec.ErrWaitDelay) {
			p.code = -1
		}
	}()
	t.Cleanup(func() {
		p.end(t)
		_ = os.Remove(note) // the group has ended: a leftover note would name a stranger
		p.show(t)
		_ = out.file.Close()
	})
	return p
}

// end asks the process and all that it started to end, and insists after a while.
func (p *process) end(t *testing.T) {
	t.Helper()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		_ = syscall.Kill(-p.cmd.Process.Pid, signal) // fails when all have ended
		select {
		case <-p.endedc:
		case <-time.After(3 * time.Second):
			continue
		}
	}
}

// kill ends the process and all that it started at once, as a crash does.
func (p *process) kill(t *testing.T) {
	t.Helper()
	must(t, syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL), "kill "+p.name)
	p.awaitExit(t, "it is killed", -1, patience)
}

func (p *process) show(t *testing.T) {
	if !t.Failed() {
		return
	}
	said, _ := p.out.read()
	t.Logf("the end of what %s said:\n%s", p.name, tail(said, p.tailLines))
	for _, log := range p.logs {
		if text, err := os.ReadFile(log); err == nil {
			t.Logf("the end of %s:\n%s", filepath.Base(log), tail(string(text), 80))
		}
	}
}

// awaitExit fails the test unless the process ends by itself, with the wanted exit code.
func (p *process) awaitExit(t *testing.T, sentence string, code int, limit time.Duration) {
	t.Helper()
	select {
	case <-p.endedc:
		if p.code != code {
			t.Fatalf("%s: %s ended with exit code %d, want %d", sentence, p.name, p.code, code)
		}
	case <-time.After(limit):
		t.Fatalf("%s: %s still runs after %v", sentence, p.name, limit)
	}
}

// awaitLine fails the test unless the process says a line that contains every word.
func (p *process) awaitLine(t *testing.T, sentence string, words ...string) {
	t.Helper()
	p.awaitLines(t, sentence, 1, words...)
}

// awaitLines is awaitLine for that many lines since the start.
func (p *process) awaitLines(t *testing.T, sentence string, count int, words ...string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		said, morec := p.out.read()
		if countLines(said, words) >= count {
			return
		}
		select {
		case <-morec:
		case <-p.endedc:
			t.Fatalf("%s: %s ended (exit code %d) without saying %q", sentence, p.name, p.code, words)
		case <-deadline:
			t.Fatalf("%s: %s has said %q %d times within %v, want %d", sentence, p.name, words, countLines(said, words), patience, count)
		}
	}
}

func countLines(text string, words []string) int {
	count := 0
	for line := range strings.Lines(text) {
		found := true
		for _, w := range words {
			found = found && strings.Contains(line, w)
		}
		if found {
			count++
		}
	}
	return count
}
