package main

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"
)

func TestDemo(t *testing.T) {
	p := start("demo")
	p.wants(t, "every rule holds", exitOK)
	wantText(t, "the verdict", p.out.String(), "✓ no call is left open at the PBX")
	if strings.Contains(p.out.String(), "\x1b") {
		t.Error("colours are for terminals")
	}
}

func TestDemoInterrupted(t *testing.T) {
	p := start("demo")
	p.out.await(t, "── dial 600")
	p.signalc <- syscall.SIGINT
	p.wants(t, "Ctrl-C", exitFailed)
	wantText(t, "why it ended", p.err.String(), "interrupted")
}

func TestBenchAsJSON(t *testing.T) {
	p := start("bench", "--rate", "100", "--for", "50ms", "--memory", "--json")
	p.wants(t, "a small bench", exitOK)
	var r struct{ Calls int }
	if err := json.Unmarshal([]byte(p.out.String()), &r); err != nil || r.Calls != 5 {
		t.Errorf("5 calls are wanted (%v) in:\n%s", err, p.out)
	}
	p = start("bench", "--rate", "-1")
	p.wants(t, "a bad rate", exitFailed)
}
