package bridge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Line writes m as one line of a ladder, without time and direction:
//
//	cti.event    channel.interactionadded s1.g1.c1 #7 {"interaction":"i1"}
//	cti.response channel.request.dial     s1.g1.c1 #8 SUCCESS
//	cti.response channel.request.dial     s1.g1.c1 #8 FAILURE The line is busy. {"error":{…}}
func (m Message) Line() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-12s %-24s %s", m.Type, m.Name, m.Target)
	if m.Seq > 0 {
		fmt.Fprintf(&b, " #%d", m.Seq)
	}
	for _, word := range []string{string(m.Result), m.ErrorMessage} {
		if word != "" {
			b.WriteString(" " + word)
		}
	}
	var body bytes.Buffer
	if json.Compact(&body, m.Body) == nil && body.Len() > len("{}") {
		b.WriteString(" " + body.String())
	}
	return b.String()
}
