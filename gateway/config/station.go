package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Station is how the agents' own phones are reached. A single value stands for its uri.
type Station struct {
	// URI is sip:USER@TRUNK, in which {end-point} is the channel's end-point. Empty: none, but for those of ByEndPoint.
	URI string `yaml:"uri"`
	// ByEndPoint are the stations of single end-points.
	ByEndPoint map[string]string `yaml:"by-end-point"`
	// Alert is when a station rings for a call that has come in.
	Alert Alert `yaml:"alert"`
	// AutoAnswer are the headers that ask a station to answer by itself: some styles, or whole headers.
	AutoAnswer []AutoAnswer `yaml:"auto-answer"`
	// PassHeaders are the headers of a caller that its INVITE gets, out of the trunks' headers-in.
	PassHeaders []string `yaml:"pass-headers"`
	// RingTimeout is how long a station may take to answer.
	RingTimeout time.Duration `yaml:"ring-timeout"`
	// NoAnswer is what becomes of a caller whose call the station has not taken; Redirect is where to.
	NoAnswer NoAnswer `yaml:"no-answer"`
	Redirect string   `yaml:"redirect"`
	// Keep is how long a station is kept for the next dial after a callee could not be reached; 0: not at all.
	Keep time.Duration `yaml:"keep"`
}

// shorthand is what a single value stands for.
func (s *Station) shorthand() *string { return &s.URI }

// Of is the station of an end-point: a user and a trunk; ok is false where it has none.
func (s Station) Of(endPoint string) (user, trunk string, ok bool) {
	uri, listed := s.ByEndPoint[endPoint]
	if !listed {
		uri = strings.ReplaceAll(s.URI, "{end-point}", endPoint)
	}
	return SplitStation(uri)
}

// Any reports that there is a station at all.
func (s Station) Any() bool { return s.URI != "" || len(s.ByEndPoint) > 0 }

// Trunks are those that the stations are at: none where not every end-point has one.
func (s Station) Trunks() []string {
	if s.URI == "" {
		return nil
	}
	uris := append(slices.Collect(maps.Values(s.ByEndPoint)), s.URI)
	var trunks []string
	for _, uri := range uris {
		if _, trunk, ok := SplitStation(uri); ok {
			trunks = append(trunks, trunk)
		}
	}
	return trunks
}

// SplitStation takes sip:USER@TRUNK apart.
func SplitStation(uri string) (user, trunk string, ok bool) {
	rest, ok := strings.CutPrefix(uri, "sip:")
	at := strings.LastIndex(rest, "@")
	if !ok || at < 1 || at == len(rest)-1 {
		return "", "", false
	}
	return rest[:at], rest[at+1:], true
}

// Alert is a moment.
type Alert string

// The moments.
const (
	AlertOnAccept Alert = "on-accept" // when the call is accepted, by itself where it can
	AlertAtOnce   Alert = "at-once"   // as soon as the call has come in
)

// AutoAnswer is a style, or a header as it is sent: NAME: VALUE.
type AutoAnswer string

// The styles. What phones look for differs, and is switched on in most of them.
const (
	AutoAnswerCallInfo  AutoAnswer = "call-info"  // answer-after, as Snom, Grandstream, AudioCodes, baresip
	AutoAnswerAlertInfo AutoAnswer = "alert-info" // info=alert-autoanswer, as Yealink, Mitel, Gigaset
	AutoAnswerCisco     AutoAnswer = "cisco"      // answer-after without an address, as Cisco's and Linksys' SPA
	AutoAnswerPolycom   AutoAnswer = "polycom"    // the ring class Ring Answer
)

// Header is what a style says about a host; ok is false for what is neither a style nor a header.
func (a AutoAnswer) Header(host string) (name, value string, ok bool) {
	switch a {
	case AutoAnswerCallInfo:
		return "Call-Info", fmt.Sprintf("<sip:%s>;answer-after=0", host), true
	case AutoAnswerAlertInfo:
		return "Alert-Info", fmt.Sprintf("<sip:%s>;info=alert-autoanswer;delay=0", host), true
	case AutoAnswerCisco:
		return "Call-Info", ";answer-after=0", true
	case AutoAnswerPolycom:
		return "Alert-Info", "Ring Answer", true
	}
	name, value, ok = strings.Cut(string(a), ":")
	value = strings.TrimSpace(value)
	return name, value, ok && isToken(name) && value != ""
}

// NoAnswer is what becomes of a caller.
type NoAnswer string

// The fates.
const (
	NoAnswerAlert    NoAnswer = "alert"    // waits on: the call can be accepted again
	NoAnswerReject   NoAnswer = "reject"   // hears 480
	NoAnswerRedirect NoAnswer = "redirect" // is sent on to Redirect, by 302
)

// Ringback is what an agent hears while a callee without early media rings.
type Ringback string

// The ways.
const (
	RingbackLocal Ringback = "local" // the country's tone, from here
	RingbackNone  Ringback = "none"
)

// Transfer is how a call is passed on to somebody else.
type Transfer string

// The ways.
const (
	TransferRefer Transfer = "refer" // the trunk's peer is asked first (RFC 3515, RFC 5589)
	TransferJoin  Transfer = "join"  // the two legs are joined here
)
