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

	"tieline/bridge"
	"tieline/bridge/contract"
	"tieline/gateway/ladder"
	"tieline/interaction/tracker"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the golden file")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestDemo plays the demo and compares the shape of what it prints: the times are taken out,
// and within a scene each lane (SIP, to the gateway, to the bridge) is compared by itself,
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
	if strings.HasPrefix(line, "gw ") {
		return "gw" // SIP, both ways
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

// TestWitness shows the witness each offence.
func TestWitness(t *testing.T) {
	channel := bridge.Target("s1.sales.1001")
	dial := bridge.Message{Type: bridge.TypeRequest, Name: bridge.ChannelDial, Target: channel, RequestID: "d1"}
	added := bridge.Event(bridge.ChannelInteractionAdded, channel, bridge.InteractionAdded{Interaction: "i1", RequestID: "d1"})
	success, failure := dial.Succeed(nil), dial.Fail(bridge.Busy.Error("The line is busy."))
	for _, tt := range []struct {
		offence string
		said    []bridge.Message
		broken  []int // of the rules
	}{
		{"none: success", []bridge.Message{added, success}, nil},
		{"none: failure", []bridge.Message{failure}, nil},
		{"no response", nil, []int{0}},
		{"two responses", []bridge.Message{added, success, success}, []int{0}},
		{"success before the event", []bridge.Message{success, added}, []int{1}},
		{"success without the event", []bridge.Message{success}, []int{1}},
		{"failure with the event", []bridge.Message{added, failure}, []int{2}},
		{"a gap", []bridge.Message{added, bridge.Event(bridge.ChannelReady, "s1.sales.1001.gap", nil), success}, []int{3}},
	} {
		var w witness
		w.crossed(tracker.Crossing{In: true, Message: dial})
		for i, m := range tt.said {
			m.Seq = uint64(i + 1)
			if m.Target != channel {
				m.Seq = 9
			}
			w.heard(m)
		}
		var broken []int
		for i, r := range w.judge() {
			if len(r.broken) > 0 {
				broken = append(broken, i)
			}
		}
		if !slices.Equal(broken, tt.broken) {
			t.Errorf("%s: rules %v are broken, want %v", tt.offence, broken, tt.broken)
		}
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
