package offer

import "bytes"

// Own returns a description of somebody else's with our o=: whoever has our offer, and later a third party's, must find
// the same session in both, one version on where it says something new
// (https://www.rfc-editor.org/rfc/rfc3264#section-8, https://www.rfc-editor.org/rfc/rfc3725#section-4). Nothing else is
// touched, and nothing else is read, so that a body that [Parse] would refuse passes as well: the peer may know better. One
// without o=, and parameters that cannot be written, leave it as it is.
func Own(p Params, sdp []byte) []byte {
	line, err := p.origin()
	start, end := origin(sdp)
	if err != nil || start < 0 {
		return sdp
	}
	return append(append(bytes.Clone(sdp[:start]), line...), sdp[end:]...)
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
