package config

import (
	"maps"
	"slices"
	"strings"
	"time"
)

func (k *checker) station(path string, s Station, trunks map[string]Trunk) {
	if s.URI != "" {
		k.leg(path+".uri", s.URI, trunks)
	}
	for _, endPoint := range slices.Sorted(maps.Keys(s.ByEndPoint)) {
		k.leg(join(path+".by-end-point", endPoint), s.ByEndPoint[endPoint], trunks)
	}
	k.passHeaders(path+".pass-headers", s, trunks)
	oneOf(k, path+".alert", s.Alert, AlertOnAccept, AlertAtOnce)
	oneOf(k, path+".no-answer", s.NoAnswer, NoAnswerAlert, NoAnswerReject, NoAnswerRedirect)
	k.duration(path+".ring-timeout", s.RingTimeout, time.Second, 10*time.Minute)
	k.duration(path+".keep", s.Keep, 0, time.Hour)
	for i, a := range s.AutoAnswer {
		name, value, ok := a.Header("host")
		at := indexed(path+".auto-answer", i)
		switch {
		case !ok:
			k.wrong(at, "must be call-info, alert-info, cisco, polycom, or a whole header, like \"Alert-Info: Intercom\"")
		case name != "Alert-Info" && name != "Call-Info":
			k.headers(at, []string{name})
		}
		k.printable(at, value)
	}
	switch {
	case s.NoAnswer == NoAnswerRedirect && s.Redirect == "":
		k.wrong(path+".redirect", "is missing: say where callers are sent, like sip:queue@pbx.example.com")
	case s.NoAnswer != NoAnswerRedirect && s.Redirect != "":
		k.wrong(path+".redirect", "has no effect: say no-answer: redirect, or remove it")
	case s.Redirect != "" && !plainURI(s.Redirect):
		k.wrong(path+".redirect", "must be a SIP address, like sip:queue@pbx.example.com")
	}
}

// leg checks sip:USER@TRUNK.
func (k *checker) leg(path, uri string, trunks map[string]Trunk) {
	user, trunk, ok := SplitStation(uri)
	bare := strings.NewReplacer("{end-point}", "", "{id}", "").Replace(user)
	if !ok || strings.ContainsAny(bare, "{}@<>\"' \t") {
		k.wrong(path, "must be sip:USER@TRUNK, like sip:{end-point}@pbx-a")
		return
	}
	k.printable(path, uri)
	if _, known := trunks[trunk]; !known {
		k.wrong(path, "there is no trunk of the name behind the @: add it to trunks or correct the name")
	}
}

// plainURI takes sip:USER@HOST.
func plainURI(s string) bool {
	user, address, ok := SplitStation(s)
	host, port, hasPort := strings.Cut(address, ":")
	return ok && !strings.ContainsAny(user, "@<>\"' \t;?") && validHost(host) && (!hasPort || validPort(port))
}

func (k *checker) talking(path string, g ChannelGroup, trunks map[string]Trunk) {
	k.station(path+".station", g.Station, trunks)
	oneOf(k, path+".ringback", g.Ringback, RingbackLocal, RingbackNone)
	if g.Conference == "" {
		return
	}
	k.leg(path+".conference", g.Conference, trunks)
	if !g.Station.Any() {
		k.wrong(path+".conference", "needs a station: add station")
	}
	if !strings.Contains(g.Conference, "{id}") && !strings.Contains(g.Conference, "{end-point}") {
		k.wrong(path+".conference", "would be one room for everybody: put {id} or {end-point} into the user part")
	}
}
