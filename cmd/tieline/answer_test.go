package main

import (
	"net"
	"strings"
	"syscall"
	"testing"

	"tieline/sip/siptest"
)

func TestAnswer(t *testing.T) {
	nats, pbx := newSystemWithPBX(t)
	answer := func(args ...string) *process {
		return start(append([]string{"answer", "--nats", nats, "--end-point", "1001", "--session", "s1", "--group", "sales"}, args...)...)
	}
	call := func(t *testing.T, p *process) *siptest.Call {
		t.Helper()
		p.out.await(t, "channel.request.ready")
		c, err := pbx.Dial(&net.UDPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 5060}, "sip:1001@gateway", siptest.From(`"Bob" <sip:+4930123456@pbx>`))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	t.Run("a call is accepted, and the caller hangs up", func(t *testing.T) {
		p := answer()
		c := call(t, p)
		p.out.await(t, "interaction.started")
		c.Bye()
		p.wants(t, "an accepted call", exitOK)
		wantText(t, "the outcome", p.out.String(), "Answered; released by the remote after")
		wantText(t, "the session is disposed of", p.out.String(), "session.request.dispose")
	})
	t.Run("Ctrl-C hangs up", func(t *testing.T) {
		p := answer()
		call(t, p)
		p.out.await(t, "interaction.started")
		p.signalc <- syscall.SIGINT
		p.wants(t, "an accepted call", exitOK)
		wantText(t, "the outcome", p.out.String(), "Answered; released by the agent after")
	})
	t.Run("a call is rejected", func(t *testing.T) {
		p := answer("--reject", "busy")
		call(t, p)
		p.wants(t, "a rejected call", exitOK)
		wantText(t, "the outcome", p.out.String(), "Rejected: busy.")
	})
	t.Run("Ctrl-C ends the wait", func(t *testing.T) {
		p := answer()
		p.out.await(t, "channel.request.ready")
		p.signalc <- syscall.SIGINT
		p.wants(t, "no call", exitOK)
		wantText(t, "the outcome", p.out.String(), "Interrupted before a call.")
	})
	t.Run("it says what is missing", func(t *testing.T) {
		for _, args := range [][]string{{"answer"}, {"answer", "--group", "sales", "--end-point", "1001", "--reject", "rudely"}} {
			p := start(args...)
			p.wants(t, strings.Join(args, " "), exitUsage)
			wantText(t, "where to look", p.err.String(), "tieline answer -h")
		}
	})
}
