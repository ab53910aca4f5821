package gateway

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"tieline/bridge"
	"tieline/sip"
)

// docs/operations.md explains each metric, with its labels, and no other.
func TestMetricsAreDocumented(t *testing.T) {
	m := newMetrics()
	descs := make(chan *prometheus.Desc, 100)
	for _, c := range []prometheus.Collector{m.calls, m.stations, m.setup, m.probes, m.probing, newReadings(nil)} {
		c.Describe(descs)
	}
	close(descs)
	var have []string
	named := regexp.MustCompile(`fqName: "([^"]+)".*variableLabels: \{([^}]*)\}`)
	for d := range descs {
		f := named.FindStringSubmatch(d.String())
		if f[2] != "" {
			f[1] += "{" + f[2] + "}"
		}
		have = append(have, f[1])
	}
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, f := range regexp.MustCompile("(?m)^\\| `(tieline_[^`]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		told = append(told, f[1])
	}
	slices.Sort(have)
	slices.Sort(told)
	if !slices.Equal(have, told) {
		t.Errorf("the code has\n%s\nthe document\n%s", strings.Join(have, "\n"), strings.Join(told, "\n"))
	}
}

// What is registered can be read, and its names are as they should be.
func TestMetricsAreWellFormed(t *testing.T) {
	m := newMetrics()
	m.refused()
	m.offered(sip.Answered{})
	m.probed(sip.ProbeResult{Trunk: "pbx"})
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if len(families) < 3 {
		t.Errorf("only %d families", len(families))
	}
}

// A call that came in and was refused counts with the reason, one whose caller gave up as that.
func TestMissedAs(t *testing.T) {
	for status, want := range map[int]bridge.Code{404: bridge.NotFound, 480: bridge.Unavailable, 486: bridge.Busy, 603: bridge.Rejected,
		503: bridge.ShuttingDown, 500: bridge.Internal, 487: bridge.Cancelled, 200: bridge.Cancelled} {
		if got := missedAs(sip.Outcome{Cause: sip.Cancelled, Status: status}); got != want {
			t.Errorf("%d: got %s, want %s", status, got, want)
		}
	}
	if got := missedAs(sip.Outcome{Cause: sip.NoAnswer, Status: 487}); got != bridge.NoAnswer {
		t.Errorf("nobody answered: %s", got)
	}
}
