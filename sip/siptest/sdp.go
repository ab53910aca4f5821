package siptest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// offerSDP is what the PBX offers when it is the one to offer: G.711 and telephone-event.
func offerSDP(host string, port int) []byte {
	return fmt.Appendf(nil, "%sm=audio %d RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n",
		sessionSDP(host), port)
}

func sessionSDP(host string) string {
	family := "IP4"
	if strings.Contains(host, ":") {
		family = "IP6"
	}
	return fmt.Sprintf("v=0\r\no=pbx 1 1 IN %[1]s %[2]s\r\ns=-\r\nc=IN %[1]s %[2]s\r\nt=0 0\r\n", family, host)
}

// mirrorSDP answers an offer by accepting every codec of every audio stream and refusing all other streams
// (https://www.rfc-editor.org/rfc/rfc3264#section-6).
func mirrorSDP(offer []byte, host string, port int) []byte {
	var answer bytes.Buffer
	answer.WriteString(sessionSDP(host))
	media := false
	for line := range strings.Lines(string(offer)) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "m="):
			media = true
			line = mirrorMedia(line, port)
		case line == "a=sendonly":
			line = "a=recvonly"
		case line == "a=recvonly":
			line = "a=sendonly"
		case line == "a=inactive":
		case media && (strings.HasPrefix(line, "a=rtpmap:") || strings.HasPrefix(line, "a=fmtp:")):
		default:
			continue
		}
		answer.WriteString(line)
		answer.WriteString("\r\n")
	}
	return answer.Bytes()
}

func mirrorMedia(line string, port int) string {
	fields := strings.Fields(line)
	if len(fields) < 4 {
		return line
	}
	if fields[0] != "m=audio" || fields[1] == "0" {
		fields[1] = "0"
	} else {
		fields[1] = strconv.Itoa(port)
	}
	return strings.Join(fields, " ")
}
