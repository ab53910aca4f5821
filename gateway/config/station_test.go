package config

import (
	"strings"
	"testing"
)

const withStation = `processor: {id: acme}
trunks: {pbx: {address: pbx.example.com}}
channel-groups: {sales: {trunks: [pbx], %}}
`

// A single value says the same as its uri.
func TestStation(t *testing.T) {
	for _, text := range []string{`station: "sip:{end-point}@pbx"`, `station: {uri: "sip:{end-point}@pbx"}`} {
		c, err := Parse([]byte(strings.Replace(withStation, "%", text, 1)), env, files)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		s := c.ChannelGroups["sales"].Station
		if user, trunk, ok := s.Of("1001"); user != "1001" || trunk != "pbx" || !ok {
			t.Errorf("%s: the station of 1001 is %q at %q", text, user, trunk)
		}
		if s.NoAnswer != NoAnswerAlert || len(s.AutoAnswer) != 2 {
			t.Errorf("%s: the rest has its defaults: %+v", text, s)
		}
	}
}

func TestStationsByEndPoint(t *testing.T) {
	c, err := Parse([]byte(strings.Replace(withStation, "%", `station: {by-end-point: {"1001": "sip:desk@pbx"}}`, 1)), env, files)
	if err != nil {
		t.Fatal(err)
	}
	s := c.ChannelGroups["sales"].Station
	if user, _, ok := s.Of("1001"); user != "desk" || !ok {
		t.Errorf("1001 has the station that is listed for it, not %q", user)
	}
	if _, _, ok := s.Of("1002"); ok || !s.Any() {
		t.Error("1002 has none")
	}
}

func TestStationFaults(t *testing.T) {
	for text, want := range map[string]string{
		`station: "1001@pbx"`:                                                  "must be sip:USER@TRUNK",
		`station: "sip:{ext}@pbx"`:                                             "must be sip:USER@TRUNK",
		`station: "sip:1001@other"`:                                            "there is no trunk of the name behind the @",
		`station: [a]`:                                                         "must be a section of keys",
		`station: {alert: sometime}`:                                           "on-accept",
		`station: {uri: "sip:1@pbx", auto-answer: [loudly]}`:                   "must be call-info, alert-info, cisco, polycom",
		`station: {uri: "sip:1@pbx", auto-answer: ["Via: SIP/2.0"]}`:           "is a header that the gateway sets itself",
		`station: {uri: "sip:1@pbx", no-answer: redirect}`:                     "is missing: say where callers are sent",
		`station: {uri: "sip:1@pbx", redirect: "sip:a@b"}`:                     "has no effect",
		`station: {uri: "sip:1@pbx", no-answer: redirect, redirect: "tel:+1"}`: "must be a SIP address",
		`station: {uri: "sip:1@pbx", ring-timeout: 1ms}`:                       "must be from 1s",
		`ringback: loud`:                                                       "local",
		`conference: "sip:conf-{id}@pbx"`:                                      "needs a station",
		`station: "sip:1@pbx", conference: "sip:conf@pbx"`:                     "one room for everybody",
	} {
		_, err := Parse([]byte(strings.Replace(withStation, "%", text, 1)), env, files)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want …%s…", text, err, want)
		}
	}
}

func TestAutoAnswerHeaders(t *testing.T) {
	for style, want := range map[AutoAnswer]string{
		AutoAnswerCallInfo:        "Call-Info: <sip:pbx>;answer-after=0",
		AutoAnswerAlertInfo:       "Alert-Info: <sip:pbx>;info=alert-autoanswer;delay=0",
		AutoAnswerCisco:           "Call-Info: ;answer-after=0",
		AutoAnswerPolycom:         "Alert-Info: Ring Answer",
		"X-Answer: yes, at once!": "X-Answer: yes, at once!",
	} {
		if name, value, ok := style.Header("pbx"); !ok || name+": "+value != want {
			t.Errorf("%s is %s: %s", style, name, value)
		}
	}
}
