package offer

import (
	"net/netip"
	"strconv"
	"strings"
)

// Ear returns where the party that described itself in sdp wants to hear audio, and as what: the address of its first
// audio stream that is not refused, and the first of PCMU (0) and PCMA (8) that it takes under its static number
// (https://www.rfc-editor.org/rfc/rfc3551#section-6), with or without rtpmap.
//
// ok is false where there is nothing to play: no such stream or format, keys that we do not have, a party that does not
// want to receive, or no address that can be sent to as it stands (a name, 0.0.0.0, a multicast group, a zone).
func Ear(sdp []byte) (at netip.AddrPort, codec uint8, ok bool) {
	d, err := Parse(sdp)
	if err != nil || !d.HasAudio() {
		return at, 0, false
	}
	i := d.audio()
	at, found := d.at(i)
	codec, known := d.stream(i).g711(d.media[i])
	return at, codec, found && known && d.stream(i).plain() && d.Directions()[i]&Receives != 0
}

// Audio tells of the first audio stream that is not refused where its party is to be reached and which way it flows. at is
// not valid where nothing can be sent to as it stands (see [Ear]); ok is false where there is no such stream.
func (d *Description) Audio() (at netip.AddrPort, dir Direction, ok bool) {
	i := d.audio()
	if i < 0 {
		return at, Neither, false
	}
	at, _ = d.at(i)
	return at, d.Directions()[i], true
}

// at is the address of a stream: its own c=, else the session's
// (https://www.rfc-editor.org/rfc/rfc8866#section-5.7).
func (d *Description) at(i int) (netip.AddrPort, bool) {
	f := strings.Fields(d.connection(i))
	if len(f) != 3 {
		return netip.AddrPort{}, false
	}
	ip, err := netip.ParseAddr(f[2])
	if err != nil || ip.Zone() != "" || ip.IsUnspecified() || ip.IsMulticast() {
		return netip.AddrPort{}, false
	}
	port, _, _ := strings.Cut(d.stream(i).port, "/")
	n, err := strconv.ParseUint(port, 10, 16)
	return netip.AddrPortFrom(ip.Unmap(), uint16(n)), err == nil
}

// g711 is the first format that is PCMU or PCMA by its static number.
func (s stream) g711(lines []string) (codec uint8, ok bool) {
	for _, f := range s.formats {
		switch enc := encodingIn(lines, f); {
		case f == "0" && enc == "pcmu/8000":
			return 0, true
		case f == "8" && enc == "pcma/8000":
			return 8, true
		}
	}
	return 0, false
}
