package join

import (
	"strconv"
	"strings"

	"tieline/sip/offer"
)

// rtpmaps are the formats of the tests that need one.
var rtpmaps = map[string]string{"96": "opus/48000/2", "97": "H264/90000", "101": "telephone-event/8000"}

// describe makes a description of a short one: "phone:4000 0 8 sendonly + video phone:4002 97". nothing: none.
func describe(s string) []byte {
	if s == "nothing" || s == "" {
		return nil
	}
	if s == "rubbish" {
		return []byte(s)
	}
	b := "v=0\r\no=- 9 9 IN IP4 peer\r\ns=-\r\nt=0 0\r\n"
	for m := range strings.SplitSeq(s, " + ") {
		b += describeStream(strings.Fields(m))
	}
	return []byte(b)
}

func describeStream(words []string) string {
	media, proto, formats, attrs, where := "audio", "RTP/AVP", "", "", ""
	for _, w := range words {
		host, port, isAddress := strings.Cut(w, ":")
		switch {
		case w == "video" || w == "image":
			media = w
		case w == "srtp":
			proto = "RTP/SAVP"
			attrs += "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:key\r\n"
		case w == "t38":
			proto, formats = "udptl", " t38"
		case w == "refused":
			where = "phone:0"
		case isAddress:
			where = host + ":" + port
		case w[0] >= '0' && w[0] <= '9':
			formats += " " + w
			if enc := rtpmaps[w]; enc != "" {
				attrs += "a=rtpmap:" + w + " " + enc + "\r\n"
			}
		default:
			attrs += "a=" + w + "\r\n"
		}
	}
	if formats == "" {
		formats = " 0"
	}
	host, port, _ := strings.Cut(where, ":")
	return "m=" + media + " " + port + " " + proto + formats + "\r\nc=IN IP4 " + host + "\r\n" + attrs
}

// short is the inverse.
func short(sdp []byte) string {
	d, err := offer.Parse(sdp)
	switch {
	case len(sdp) == 0:
		return "nothing"
	case err != nil:
		return "rubbish"
	}
	dirs := d.Directions()
	var all []string
	for section := range strings.SplitSeq(string(sdp), "\r\nm=") {
		if section[1] != '=' {
			all = append(all, shortStream(section, dirs[len(all)]))
		}
	}
	return strings.Join(all, " + ")
}

func shortStream(section string, dir offer.Direction) string {
	words := strings.Fields(strings.SplitN(section, "\r\n", 2)[0])
	media, port := words[0], words[1]
	host, rest := "", ""
	for line := range strings.SplitSeq(section, "\r\n") {
		switch {
		case strings.HasPrefix(line, "c="):
			host = strings.Fields(line)[2]
		case strings.HasPrefix(line, "a=crypto"):
			rest = " srtp"
		}
	}
	if port == "0" {
		return strings.TrimPrefix(media+" refused", "audio ")
	}
	text := strings.TrimPrefix(media+" "+host+":"+port+" "+strings.Join(words[3:], " ")+rest, "audio ")
	if dir != offer.Both {
		text += " " + dir.String()
	}
	return text
}

func itoa(n int) string { return strconv.Itoa(n) }
