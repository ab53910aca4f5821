package demo

import (
	"bytes"
	"context"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"tieline/bridge/contract"
	"tieline/gateway/ladder"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the golden file")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestDemo plays the demo and compares the shape of what it prints: the times are taken out,
// and within a scene each lane (SIP with one party, to the gateway, to the bridge) is compared by itself,
// because they interleave freely within an instant.
func TestDemo(t *testing.T) {
	var out bytes.Buffer
	held, err := perform(t.Context(), &out, ladder.Style{}, "test", contract.Heard(t))
	if err != nil || !held {
		t.Fatalf("every rule holds: %v %v\n%s", held, err, out.String())
	}
	const golden = "testdata/demo.golden"
	got := shape(out.String())
	if *rewrite {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the demo looks otherwise; got:\n%s", got)
	}
}

func shape(out string) string {
	times := regexp.MustCompile(`(?m)^\+\d+\.\d{3}s +| +\d+\.\d ms`)
	var shaped, scene []string
	flush := func() {
		slices.SortStableFunc(scene, func(a, b string) int { return strings.Compare(lane(a), lane(b)) })
		shaped, scene = append(shaped, scene...), nil
	}
	for line := range strings.Lines(times.ReplaceAllString(out, "")) {
		if lane(line) == "" {
			flush()
			shaped = append(shaped, line)
			continue
		}
		if !strings.Contains(line, "cti.request.status") && !strings.Contains(line, "cti.status") { // as many as the start takes
			scene = append(scene, line)
		}
	}
	flush()
	text := strings.Join(shaped, "")
	return regexp.MustCompile(`each of the \d+`).ReplaceAllString(text, "each of the N")
}

func lane(line string) string {
	for _, way := range []string{"bridge ─▶ gw", "bridge ◀─ gw"} {
		if strings.HasPrefix(line, way) {
			return way
		}
	}
	if words := strings.Fields(line); len(words) > 3 && words[0] == "gw" {
		party := "gw " + words[2] // SIP, both ways, with each of the parties
		if strings.Contains(line, " BYE ") || strings.Contains(line, "(BYE)") {
			party += ", at last" // it waits for nothing that is under way
		}
		return party
	}
	return ""
}

func TestDemoCanBeInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if held, err := Run(ctx, &bytes.Buffer{}, ladder.Style{}, "test"); err == nil || held {
		t.Error("an interrupted demo is an error")
	}
}

func TestVerdict(t *testing.T) {
	var out bytes.Buffer
	p := printer{out: &out, style: ladder.Style{Colour: true}}
	broken := rule{sentence: "a rule"}
	broken.wants(false, "because %d", 7)
	if p.rules([]rule{{sentence: "another"}, broken}) {
		t.Error("one broken rule is enough")
	}
	for _, want := range []string{"✓", "✗", "because 7", red} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in %q", want, out.String())
		}
	}
	if e := expectations(nil); len(e.broken) == 0 {
		t.Error("dials that were not made break the expectations")
	}
}
