package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"tieline/gateway"
	"tieline/gateway/config"
)

const checkUsage = `Usage: tieline check -c tieline.yaml
       tieline check -ready http://127.0.0.1:8080/readyz

Validates a configuration file and lists everything that is wrong with it, each with line
and column; or asks a running gateway whether a call would work now.
Exit code 0: yes; 1: no, and why.`

const readyTimeout = 3 * time.Second

func (c console) check(args []string) int {
	fs := c.flags("check", checkUsage)
	file := fs.String("c", "tieline.yaml", "the configuration `file` to validate")
	ready := fs.String("ready", "", "the `URL` of a running gateway's readiness, instead of a file")
	if _, code, ok := c.parse(fs, args); !ok {
		return code
	}
	if *ready != "" {
		return c.ready(*ready)
	}
	cfg, err := config.Load(*file)
	if err != nil {
		return c.faulty("check", err)
	}
	if _, err := gateway.New(cfg, gateway.Options{}); err != nil {
		return c.fail("check", err)
	}
	fmt.Fprintf(c.out, "%s is valid: processor %s, trunks: %d, channel groups: %d\n",
		*file, cfg.Processor.ID, len(cfg.Trunks), len(cfg.ChannelGroups))
	return exitOK
}

// faulty lists the faults of a file, which name it themselves.
func (c console) faulty(name string, err error) int {
	var faults config.Faults
	if !errors.As(err, &faults) {
		return c.fail(name, err)
	}
	for _, f := range faults {
		fmt.Fprintln(c.err, f)
	}
	fmt.Fprintf(c.err, "tieline %s: the configuration has %d %s\n", name, len(faults), plural(len(faults), "fault", "faults"))
	return exitFailed
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func (c console) ready(url string) int {
	client := http.Client{Timeout: readyTimeout}
	defer client.CloseIdleConnections()
	answer, err := client.Get(url)
	if err != nil {
		return c.fail("check", err)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return c.fail("check", err)
	}
	text := strings.TrimSpace(string(body))
	if answer.StatusCode != http.StatusOK {
		fmt.Fprintln(c.err, text)
		return exitFailed
	}
	fmt.Fprintln(c.out, text)
	return exitOK
}
