package demo

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"tieline/gateway/ladder"
)

// printer writes the demo.
type printer struct {
	out   io.Writer
	style ladder.Style
}

// ANSI: what is not a ladder line.
const (
	bold  = "\x1b[1m"
	green = "\x1b[32m"
	red   = "\x1b[31m"
	dim   = "\x1b[2m"
	plain = "\x1b[0m"
)

func (p printer) paint(colour, text string) string {
	if !p.style.Colour {
		return text
	}
	return colour + text + plain
}

func (p printer) title() {
	fmt.Fprintf(p.out, "%s\n\n", p.paint(bold, "Tieline: a processor bridge dials, answers and transfers on the telephone system"))
	fmt.Fprint(p.out, "   bridge  ◀── NATS ──▶  gw (the gateway)  ◀── SIP ──▶  pbx\n\n")
	fmt.Fprintf(p.out, "%s\n", p.paint(dim, "All three run in this process, without a port. #n is a channel's own count of what it said;\ni1 and v1 stand for the long ids of the first interaction and its conversation, c1 for that of somebody consulted."))
}

// headline opens a scene.
func (p printer) headline(what, about string) {
	text := "── " + what + " ──"
	if about != "" {
		text += " " + about
	}
	fmt.Fprintf(p.out, "\n%s\n", p.paint(bold, text))
}

// note prints what has to be known to read on.
func (p printer) note(text string) { fmt.Fprintln(p.out, p.paint(dim, text)) }

// step opens a part of a scene, outcome closes it.
func (p printer) step(what, about string) {
	fmt.Fprintf(p.out, "\n%s %s\n", p.paint(bold, "· "+what+":"), about)
}

func (p printer) outcome(heard string) {
	if heard != "" {
		fmt.Fprintln(p.out, p.paint(bold, "  who hears whom: "+heard))
	}
}

// lines prints a ladder; its times count from its first line.
func (p printer) lines(lines []ladder.Line) {
	if len(lines) > 0 {
		p.style.Start = lines[0].At
	}
	for _, l := range lines {
		fmt.Fprintln(p.out, p.style.Format(l))
	}
}

func (p printer) table(results []result) {
	rows := [][]string{{"number", "expected", "outcome", "SIP", "time", "interaction added before the answer"}}
	for _, r := range results {
		rows = append(rows, []string{r.number, r.expected, r.outcome, r.sip, fmt.Sprintf("%6.1f ms", float64(r.took.Microseconds())/1000), r.added})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	p.headline("summary", "")
	for i, row := range rows {
		var b strings.Builder
		for j, cell := range row {
			fmt.Fprintf(&b, "%-*s   ", widths[j], cell)
		}
		line := strings.TrimRight(b.String(), " ")
		switch {
		case i == 0:
			line = p.paint(dim, line)
		case row[1] != row[2]:
			line = p.paint(red, line)
		}
		fmt.Fprintln(p.out, line)
	}
	fmt.Fprintln(p.out)
}

// rules prints the verdict and returns it.
func (p printer) rules(rules []rule) bool {
	held := true
	for _, r := range rules {
		if len(r.broken) == 0 {
			fmt.Fprintf(p.out, "%s %s\n", p.paint(green, "✓"), r.sentence)
			continue
		}
		held = false
		fmt.Fprintf(p.out, "%s %s\n", p.paint(red, "✗"), r.sentence)
		for _, b := range r.broken {
			fmt.Fprintf(p.out, "    %s\n", b)
		}
	}
	return held
}
