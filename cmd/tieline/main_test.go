package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// buffer is written by a command and read by a test at the same time.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
	newc chan struct{} // holds a token when something was written
}

func newBuffer() *buffer { return &buffer{newc: make(chan struct{}, 1)} }

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.newc <- struct{}{}:
	default:
	}
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// patience is far longer than anything here takes.
const patience = 10 * time.Second

// await returns when the text has appeared.
func (b *buffer) await(t *testing.T, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !strings.Contains(b.String(), text) {
		select {
		case <-b.newc:
		case <-ctx.Done():
			t.Fatalf("%q did not appear in:\n%s", text, b)
		}
	}
}

// process is a command in a test.
type process struct {
	out, err *buffer
	signalc  chan os.Signal
	codec    chan int
}

func start(args ...string) *process {
	p := &process{out: newBuffer(), err: newBuffer(), signalc: make(chan os.Signal, 2), codec: make(chan int, 1)}
	c := console{out: p.out, err: p.err, signalc: p.signalc, getenv: func(string) string { return "" }}
	go func() { p.codec <- run(args, c) }()
	return p
}

func (p *process) wants(t *testing.T, sentence string, code int) {
	t.Helper()
	if got := <-p.codec; got != code {
		t.Errorf("%s: exit code %d, want %d\n%s%s", sentence, got, code, p.out, p.err)
	}
}

func wantText(t *testing.T, sentence, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("%s: want %q in:\n%s", sentence, want, got)
	}
}

func TestCommandLine(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		args     string
		code     int
		out, err string
	}{
		{"without a command, help and a usage error", "", 2, "", "Usage: tieline COMMAND"},
		{"help lists the commands", "help", 0, "demo", ""},
		{"help of one command is its -h", "help run", 0, "Usage: tieline run", ""},
		{"an unknown command is a usage error", "fly", 2, "", `no command "fly"`},
		{"an unknown flag is a usage error", "run -x", 2, "", "-x"},
		{"an argument too many is a usage error", "run -c a b", 2, "", `unexpected argument "b"`},
		{"an argument too few is a usage error", "dial --group sales --end-point 1001", 2, "", "NUMBER is missing"},
		{"dial wants to know the group", "dial 600", 2, "", "--group and --end-point are required"},
		{"the version can be asked for", "version", 0, "tieline ", ""},
		{"a missing file is one clear line", "run -c no-such-file", 1, "", "no-such-file"},
		{"a NATS server that is not there is one clear line", "check -ready http://127.0.0.1:1/readyz", 1, "", "refused"},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			p := start(strings.Fields(tt.args)...)
			p.wants(t, tt.sentence, tt.code)
			wantText(t, "output", p.out.String(), tt.out)
			wantText(t, "errors", p.err.String(), tt.err)
		})
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	for _, cmd := range commands() {
		p := start(cmd.name, "-h")
		p.wants(t, "-h of "+cmd.name, exitOK)
		wantText(t, "-h of "+cmd.name, p.out.String(), "Usage: tieline "+cmd.name)
	}
}
