package sip

import (
	"bytes"
	"strconv"
)

// framing tells where messages end on a stream (https://www.rfc-editor.org/rfc/rfc3261#section-18.3), so that it is known
// whether one has begun and does not end. sipgo does not say. What is wrong with a message is sipgo's to find: it closes the
// connection. Its zero value is between messages.
type framing struct {
	line   []byte // the beginning of the header line at hand
	begun  bool   // a header line has ended
	length int    // what Content-Length says
	body   int    // bytes of the body to come
}

// longestLine is as much of a header line as is looked at.
const longestLine = 64

// feed takes bytes as they come. ended: a message has ended among them.
func (f *framing) feed(data []byte) (ended bool) {
	for len(data) > 0 {
		if f.body > 0 {
			n := min(f.body, len(data))
			f.body, data = f.body-n, data[n:]
			ended = ended || f.body == 0
			continue
		}
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		f.line = append(f.line, line[:min(len(line), longestLine-len(f.line))]...)
		data = rest
		if whole && f.endLine() {
			ended = true
		}
	}
	return ended
}

// endLine takes the end of a header line. true: it is that of the message.
func (f *framing) endLine() bool {
	line := bytes.TrimSpace(f.line)
	f.line = f.line[:0]
	if len(line) > 0 {
		name, value, _ := bytes.Cut(line, []byte(":"))
		name = bytes.ToLower(bytes.TrimSpace(name))
		if string(name) == "content-length" || string(name) == "l" {
			f.length, _ = strconv.Atoi(string(bytes.TrimSpace(value)))
		}
		f.begun = true
		return false
	}
	if !f.begun { // white space between messages, and keep-alives
		return false
	}
	f.body, f.begun, f.length = max(f.length, 0), false, 0
	return f.body == 0
}

// partial reports that a message has begun and not ended.
func (f *framing) partial() bool {
	return f.begun || f.body > 0 || len(bytes.TrimSpace(f.line)) > 0
}
