package offer

import (
	"bytes"
	"fmt"
)

// Own returns a description of somebody else's with our o=: whoever has our offer, and later a third party's, must find
// the same session in both, one version on (https://www.rfc-editor.org/rfc/rfc3264#section-8,
// https://www.rfc-editor.org/rfc/rfc3725#section-4). Nothing else is touched. A description without o= is not one, and
// is returned as it is.
func Own(p Params, sdp []byte) []byte {
	addressType, err := addressTypeOf(p.Host)
	start, end := origin(sdp)
	if err != nil || start < 0 {
		return sdp
	}
	line := fmt.Appendf(nil, "o=- %d %d IN %s %s", p.SessionID, p.Version, addressType, p.Host)
	return append(append(bytes.Clone(sdp[:start]), line...), sdp[end:]...)
}

// Same reports that two descriptions differ in their o= at most.
func Same(a, b []byte) bool {
	startA, endA := origin(a)
	startB, endB := origin(b)
	if startA < 0 || startB < 0 {
		return bytes.Equal(a, b)
	}
	return bytes.Equal(a[:startA], b[:startB]) && bytes.Equal(a[endA:], b[endB:])
}

// origin is where the o= line begins and where its end of line does; -1: it has none.
func origin(sdp []byte) (start, end int) {
	for start < len(sdp) {
		line, _, _ := bytes.Cut(sdp[start:], []byte("\n"))
		switch {
		case bytes.HasPrefix(line, []byte("o=")):
			return start, start + len(bytes.TrimRight(line, "\r"))
		case bytes.HasPrefix(line, []byte("m=")):
			return -1, -1
		}
		start += len(line) + 1
	}
	return -1, -1
}
