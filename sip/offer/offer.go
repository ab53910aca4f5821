package offer

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/pion/sdp/v3"
)

// discard is the port of a stream that nobody is to send to. It must not be zero: that would refuse the stream.
const discard = 9

// Params is what makes one offer differ from the next.
type Params struct {
	SessionID uint64 // o= session id: one for each dialog, kept for its life; below 2^63
	Version   uint64 // o= version: one more with each changed description; below 2^63
	Host      string // our address, for o= only: an IP address or a domain name, without brackets or port
}

// Parked returns the offer of a call without media: one audio stream with PCMU, PCMA and telephone-event, inactive, at
// the connection address 0.0.0.0.
//
// This is the initial offer of somebody who knows the formats but not yet the address, the one use that RFC 3264 leaves
// to 0.0.0.0 (https://www.rfc-editor.org/rfc/rfc3264#section-8.4): every agent has to accept it and sends neither RTP
// nor RTCP. a=inactive says the same in the current language
// (https://www.rfc-editor.org/rfc/rfc3264#section-5.1), for peers that would take 0.0.0.0 for an address. An
// address of the documentation's prefixes would be taken for a real one: media or a firewall's complaint would follow,
// and RTCP, which inactive does not stop. An offer without any stream (flow IV of
// https://www.rfc-editor.org/rfc/rfc3725#section-4.4) tells the peer nothing to answer with.
//
// Host is in o= alone, where it only has to make the session unique
// (https://www.rfc-editor.org/rfc/rfc8866#section-5.2). The error is for a Host or a number that cannot be written.
func Parked(p Params) ([]byte, error) {
	return audio(p, "0.0.0.0", discard, Neither)
}

// Playing returns the offer of whoever plays something from host and port (an address or a name, and not 0), a ringing tone
// or digits: one audio stream with PCMU, PCMA and telephone-event.
//
// It is sendrecv, although nobody listens there. Sendonly would be the whole truth, but in the offer of a call it reads as
// a hold: PBXs play their music to whom they have behind them, telephones show a held call or go silent, and one behind a
// NAT that sends nothing is never reached. Nothing is lost by it: what comes in is dropped, and what the telephone
// says for itself, directions included, is what a callee is to be offered later; to sendonly it could only have
// answered recvonly, so that its wish to be heard would have been a guess (see [Direction.Wanted]).
//
// The error is for a host, a port or a number that cannot be written.
func Playing(p Params, host string, port int) ([]byte, error) {
	if err := playable(host, port); err != nil {
		return nil, err
	}
	return audio(p, host, port, Both)
}

// playable finds what nothing can be played from.
func playable(host string, port int) error {
	if ip, err := netip.ParseAddr(host); port < 1 || port > 65535 || err == nil && ip.IsUnspecified() {
		return fmt.Errorf("offer: nothing is sent from %s, port %d", host, port)
	}
	return nil
}

// audio is the description of one stream of ours, at host and port.
func audio(p Params, host string, port int, direction Direction) ([]byte, error) {
	originType, err := p.check()
	if err != nil {
		return nil, err
	}
	hostType, err := addressTypeOf(host)
	if err != nil {
		return nil, err
	}
	d := sdp.SessionDescription{
		Origin: sdp.Origin{
			Username: "-", SessionID: p.SessionID, SessionVersion: p.Version,
			NetworkType: "IN", AddressType: originType, UnicastAddress: p.Host,
		},
		SessionName: "-",
		ConnectionInformation: &sdp.ConnectionInformation{
			NetworkType: "IN", AddressType: hostType, Address: &sdp.Address{Address: host},
		},
		TimeDescriptions:  []sdp.TimeDescription{{}},
		MediaDescriptions: []*sdp.MediaDescription{audioStream(port, direction)},
	}
	return d.Marshal()
}

// check returns the address type of Host, or an error if the o= line cannot be written.
func (p Params) check() (string, error) {
	if p.SessionID >= 1<<63 || p.Version >= 1<<63 { // https://www.rfc-editor.org/rfc/rfc3264#section-5
		return "", fmt.Errorf("offer: session id %d or version %d does not fit into 63 bits", p.SessionID, p.Version)
	}
	return addressTypeOf(p.Host)
}

// origin is the o= line.
func (p Params) origin() (string, error) {
	addressType, err := p.check()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("o=- %d %d IN %s %s", p.SessionID, p.Version, addressType, p.Host), nil
}

// audioStream is the stream: formats of RFC 3551 and, with its events 0–16, of RFC 4733
// (https://www.rfc-editor.org/rfc/rfc4733#section-2.4.1).
func audioStream(port int, direction Direction) *sdp.MediaDescription {
	return &sdp.MediaDescription{
		MediaName: sdp.MediaName{
			Media: "audio", Port: sdp.RangedPort{Value: port},
			Protos: []string{"RTP", "AVP"}, Formats: []string{"0", "8", "101"},
		},
		Attributes: []sdp.Attribute{
			sdp.NewAttribute("rtpmap", "0 PCMU/8000"),
			sdp.NewAttribute("rtpmap", "8 PCMA/8000"),
			sdp.NewAttribute("rtpmap", "101 telephone-event/8000"),
			sdp.NewAttribute("fmtp", "101 0-16"),
			sdp.NewAttribute("ptime", strconv.Itoa(20)),
			sdp.NewPropertyAttribute(direction.String()),
		},
	}
}

// addressTypeOf returns the address type of host in o=. A domain name counts as IP4, as everywhere.
func addressTypeOf(host string) (string, error) {
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		if ip.Is6() {
			return "IP6", nil
		}
		return "IP4", nil
	}
	for _, r := range host {
		ok := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-'
		if !ok {
			return "", fmt.Errorf("offer: %q is not a host", host)
		}
	}
	if host == "" {
		return "", fmt.Errorf("offer: no host")
	}
	return "IP4", nil
}
