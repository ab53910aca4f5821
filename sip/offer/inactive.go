package offer

import (
	"errors"
	"slices"
	"strings"

	"github.com/pion/sdp/v3"
)

// ErrNothingFits is for an offer that is one, but has no stream of ours.
var ErrNothingFits = errors.New("offer: nothing in the offer fits")

// Inactive returns the answer of a call without media to an offer of the peer's: a hold, a session refresh, a change of
// codecs. The first audio stream over plain RTP is accepted with the formats of ours that it offers, inactive; every
// other stream is refused (https://www.rfc-editor.org/rfc/rfc3264#section-6). An error means that nothing fits, which
// SIP calls 488. The error says what is wrong in words for a log; it quotes nothing of the offer.
func Inactive(p Params, theirs []byte) ([]byte, error) {
	if len(theirs) > maxAnswer {
		return nil, errors.New("offer: the offer is too long")
	}
	var in, out sdp.SessionDescription
	if err := in.Unmarshal(theirs); err != nil {
		return nil, errors.New("offer: the offer is not a session description")
	}
	frame, err := Parked(p)
	if err != nil {
		return nil, err
	}
	if err := out.Unmarshal(frame); err != nil {
		return nil, err
	}
	out.TimeDescriptions = in.TimeDescriptions // must be equal: RFC 3264 section 6
	out.MediaDescriptions = nil
	accepted := false
	for _, m := range in.MediaDescriptions {
		a := refused(m)
		if formats := common(m); !accepted && len(formats) > 0 {
			accepted = true
			a = accept(m, formats)
		}
		out.MediaDescriptions = append(out.MediaDescriptions, a)
	}
	if !accepted {
		return nil, ErrNothingFits
	}
	return out.Marshal()
}

// refused is a stream with port zero. Its formats mean nothing, but there must be some.
func refused(m *sdp.MediaDescription) *sdp.MediaDescription {
	return &sdp.MediaDescription{MediaName: sdp.MediaName{
		Media: m.MediaName.Media, Protos: m.MediaName.Protos, Formats: m.MediaName.Formats,
	}}
}

// accept takes a stream with these formats, and sends and receives nothing in it.
func accept(m *sdp.MediaDescription, formats []string) *sdp.MediaDescription {
	a := refused(m)
	a.MediaName.Port.Value = discard
	a.MediaName.Formats = formats
	for _, f := range formats {
		if enc := encoding(m, f); enc != "" {
			a.Attributes = append(a.Attributes, sdp.NewAttribute("rtpmap", f+" "+enc))
		}
	}
	a.Attributes = append(a.Attributes, sdp.NewPropertyAttribute("inactive"))
	return a
}

// common returns the formats of an offered audio stream that are ours as well; none where telephone-event is all.
func common(m *sdp.MediaDescription) []string {
	if m.MediaName.Media != "audio" || m.MediaName.Port.Value == 0 || !slices.Equal(m.MediaName.Protos, []string{"RTP", "AVP"}) {
		return nil
	}
	var formats []string
	voice := false
	for _, f := range m.MediaName.Formats {
		switch enc := strings.ToLower(encoding(m, f)); {
		case f == "0" || f == "8" || strings.HasPrefix(enc, "pcmu/8000") || strings.HasPrefix(enc, "pcma/8000"):
			voice = true
			formats = append(formats, f)
		case enc == "telephone-event/8000":
			formats = append(formats, f)
		}
	}
	if !voice {
		return nil
	}
	return formats
}

// encoding is the rtpmap of a format, without its number; empty where a static format goes without.
func encoding(m *sdp.MediaDescription, format string) string {
	for _, a := range m.Attributes {
		if number, enc, ok := strings.Cut(a.Value, " "); a.Key == "rtpmap" && ok && number == format {
			return strings.TrimSpace(enc)
		}
	}
	return ""
}
