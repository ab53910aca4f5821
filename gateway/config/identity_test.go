package config

import (
	"strings"
	"testing"
)

const withTrunk = `processor: {id: acme}
trunks: {pbx: {address: pbx.example.com, %}}
channel-groups: {sales: {trunks: [pbx]}}
`

func TestIdentityFaults(t *testing.T) {
	for text, want := range map[string]string{
		`identity: {from: me}`:                                    "trunks.pbx.identity.from: must be caller or account or anonymous",
		`identity: {from: account}`:                               "account is the trunk's username",
		`identity: {assert: p-asserted-identity}`:                 "2:61: trunks.pbx.identity.assert: is only for a peer that keeps to itself",
		`identity: {assert: identity}`:                            "must be none or p-asserted-identity or p-preferred-identity or remote-party-id",
		`identity: {number: as-dialled}`:                          "must be as-given or e164 or digits or national",
		`identity: {number: national}`:                            "national needs a country",
		`identity: {country: Germany}`:                            "trunks.pbx.identity.country",
		`identity: {privacy: [id, all]}`:                          "trunks.pbx.identity.privacy[1]: must be id or header or session or user or critical",
		`identity: {privacy: [id, id]}`:                           "stands here a second time",
		`identity: {assert: p-asserted-identity}, trusted: true`:  "",
		`identity: {assert: p-preferred-identity, privacy: []}`:   "",
		`identity: {number: national, country: DE, from: caller}`: "",
	} {
		_, err := Parse([]byte(strings.Replace(withTrunk, "%", text, 1)), env, files)
		if got := message(err); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestHeaderFaults(t *testing.T) {
	for text, want := range map[string]string{
		`headers-in: [X-Account, Identity, Date, User-to-User, Reason]`: "",
		`headers-in: [X-Account, x-account]`:                            "trunks.pbx.headers-in[1]: stands here a second time",
		`headers-in: [Via]`:                                             "is a header that the gateway sets itself",
		`headers-in: [P-Asserted-Identity]`:                             "is a header that the gateway sets itself",
		`headers-in: ["X A"]`:                                           "must be the name of a SIP header",
		`headers-in: [y]`:                                               "is a compact form",
		`headers-in: [` + strings.Repeat("a,", 16) + `a]`:               "must be at most 16 names",
	} {
		_, err := Parse([]byte(strings.Replace(withTrunk, "%", text, 1)), env, files)
		if got := message(err); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		`station: {uri: "sip:1@pbx", pass-headers: [X-Account, Identity]}`: "",
		`station: {uri: "sip:1@pbx", pass-headers: [X-Other]}`:             "station.pass-headers[0]: no trunk takes this header in",
		`station: {uri: "sip:1@pbx", pass-headers: [Reason]}`:              "is a header that the gateway sets itself",
	} {
		file := strings.Replace(withStation, "pbx.example.com", "pbx.example.com, headers-in: [X-Account, Identity, Reason]", 1)
		_, err := Parse([]byte(strings.Replace(file, "%", text, 1)), env, files)
		if got := message(err); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
