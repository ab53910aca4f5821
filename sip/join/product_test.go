package join

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// inputs are all that can happen, as the ladders write them; tick is added to them.
func inputs() []string {
	all := []string{"app join", "app split A=silence B=music", "app hold A", "app hold B", "app retrieve A", "app retrieve B"}
	for _, leg := range []string{"A phone:40", "B callee:50"} {
		who, at, _ := strings.Cut(leg, " ")
		for _, what := range []string{
			"up " + at + "00 8 101 given gw:7000 0 8 101",
			"offers " + at + "10 8 101", "offers " + at + "00 8 101", "offers nothing", "offers rubbish",
			"supplies " + at + "00 9 8 18 101", "supplies nothing", "supplies rubbish",
			"early " + at + "00 8 101", "answers " + at + "00 8 101", "answers nothing", "answers rubbish",
			"refuses 486", "refuses 488", "refuses 481", "refuses 491 after 2s", "withdraws", "ends",
		} {
			all = append(all, who+" "+what)
		}
	}
	return all
}

// TestProduct steps the machine in every state of testdata/product with every input. Rewrite it with:
// go test ./sip/join -run Product -args -rewrite
//
// The input of each state is the history that leads to it. Its output is every input with the state and the effects
// that come of it; inputs that do nothing at all are listed last.
func TestProduct(t *testing.T) {
	seen := map[phase]bool{}
	datadriven.RunTest(t, "testdata/product", func(t *testing.T, d *datadriven.TestData) string {
		m := historyOf(t, d.Input)
		for l := range m.legs {
			seen[m.legs[l].phase] = true
		}
		from := stateLine(m)
		var b, silent strings.Builder
		fmt.Fprintf(&b, "%s\n", from)
		for _, name := range append(inputs(), "tick", "tick at the deadline") {
			to, effects := transition(t, d.Input, name)
			if len(effects) == 0 && to == from {
				silent.WriteString("; " + name)
				continue
			}
			fmt.Fprintf(&b, "%-40s → %s\n", name, to)
			for _, e := range effects {
				fmt.Fprintf(&b, "    %s\n", e)
			}
		}
		fmt.Fprintf(&b, "silent: %s\n", strings.TrimPrefix(silent.String(), "; "))
		return b.String()
	})
	for p := absent; p <= gone; p++ {
		if !seen[p] {
			t.Errorf("no state has a leg that is %v", p)
		}
	}
}

func historyOf(t *testing.T, history string) *Machine {
	t.Helper()
	m := New(Config{Music: [2]bool{B: true}})
	for line := range strings.Lines(history) {
		if words := strings.Fields(line); len(words) > 0 {
			m.Step(epoch, parseInput(t, words))
		}
	}
	return m
}

func transition(t *testing.T, history, name string) (to string, effects []string) {
	t.Helper()
	m, now := historyOf(t, history), epoch
	var in Input = Tick{}
	if name == "tick at the deadline" {
		if due := m.Deadline(); !due.IsZero() {
			now = due
		}
	} else if name != "tick" {
		in = parseInput(t, strings.Fields(name))
	}
	for _, e := range m.Step(now, in) {
		effects = append(effects, effectLine(e))
	}
	return stateLine(m), effects
}

// stateLine is all that decides what comes next, in words.
func stateLine(m *Machine) string {
	s := map[goal]string{apart: "apart", joined: "to be joined"}[m.goal]
	if m.saidJoined {
		s = "joined"
	}
	for l := range m.legs {
		g := &m.legs[l]
		s += ", " + Leg(l).String() + " " + g.phase.String() + flag("carried", g.carried) + flag("early", g.early) +
			flag("stuck", g.stuck) + flag("holds", m.hold[l]) + flag("deaf", m.deaf(Leg(l)))
	}
	return s + flag("("+m.cmd.String()+")", m.cmd != none)
}
