package offertest

import (
	"strings"

	"tieline/sip/offer"
)

// rtpmap is that of a format that needs one; empty: it needs none.
func rtpmap(format string) string {
	switch format {
	case "96":
		return "opus/48000/2"
	case "97":
		return "H264/90000"
	case "101":
		return "telephone-event/8000"
	}
	return ""
}

// Describe makes a description of a brief one. "nothing", and an empty one, are none; "rubbish" is no description.
func Describe(brief string) []byte {
	if brief == "nothing" || brief == "" {
		return nil
	}
	if brief == "rubbish" {
		return []byte(brief)
	}
	b := "v=0\r\no=- 9 9 IN IP4 peer\r\ns=-\r\nt=0 0\r\n"
	for m := range strings.SplitSeq(brief, " + ") {
		b += stream(strings.Fields(m))
	}
	return []byte(b)
}

func stream(words []string) string {
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
			if enc := rtpmap(w); enc != "" {
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

// Brief is the inverse of Describe: "nothing" of an empty body, "rubbish" of one that is no description.
func Brief(sdp []byte) string {
	d, err := offer.Parse(sdp)
	switch {
	case len(sdp) == 0:
		return "nothing"
	case err != nil:
		return "rubbish"
	}
	dirs := d.Directions()
	var all []string
	host := "" // of the whole session
	for section := range strings.SplitSeq(string(sdp), "\r\nm=") {
		if section[1] != '=' {
			all = append(all, brief(section, host, dirs[len(all)]))
		} else if _, c, ok := strings.Cut(section, "\r\nc="); ok {
			host = strings.Fields(c)[2]
		}
	}
	return strings.Join(all, " + ")
}

func brief(section, host string, dir offer.Direction) string {
	words := strings.Fields(strings.SplitN(section, "\r\n", 2)[0])
	media, port := words[0], words[1]
	rest := ""
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
