package sip

import "testing"

// diverted is the diversion of an INVITE with these header fields.
func diverted(t *testing.T, headers ...string) *Diversion {
	t.Helper()
	return invitationOf(t, "sip:1001@gw", true, append(headers, "From: <sip:200@pbx>;tag=a", "To: <sip:100@pbx>")...).Diversion
}

func TestDiversion(t *testing.T) {
	for value, want := range map[string]*Diversion{
		"": nil,
		`"Desk" <sip:100@pbx>;reason=no-answer;counter=1`:                   {"100", "Desk", "no-answer"},
		`<tel:+4930>;reason="User-Busy", <sip:99@pbx>;reason=deflection`:    {"+4930", "", "user-busy"},
		`"Desk, Front" <sip:100@pbx;user=phone>;privacy=full;reason=away`:   {"", "", "away"},
		`"Desk" <sip:100@pbx>;privacy=name`:                                 {"100", "", ""},
		`"Desk" <sip:anonymous@anonymous.invalid>;reason=unconditional;x=1`: {"", "", "unconditional"},
		`;;;`: {"", "", ""},
	} {
		got := diverted(t, "Diversion: "+value)
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%s: got %+v, want %+v", value, got, want)
		}
	}
}

func TestHistory(t *testing.T) {
	for _, tt := range []struct {
		what    string
		headers []string
		want    string // number, name and reason; empty: no diversion
	}{
		{"one target", []string{"History-Info: <sip:100@pbx>;index=1"}, ""},
		{"a target and its contact", []string{"History-Info: <sip:100@pbx>;index=1, <sip:100@192.0.2.1>;index=1.1;rc=1"}, ""},
		{"no answer, by the cause of the URI", []string{`History-Info: "Desk" <sip:100@pbx>;index=1, <sip:1001@pbx;cause=408>;index=1.1;mp=1`}, "100 Desk no-answer"},
		{"busy, by what became of the target", []string{"History-Info: <sip:100@pbx?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%2C%20here%22>;index=1, <sip:1001@pbx>;index=2"}, "100 - user-busy"},
		{"always", []string{"History-Info: <tel:+4930-1>;index=1", "History-Info: <sip:1001@pbx;cause=302>;index=1.1;mp=1"}, "+49301 - unconditional"},
		{"deflected", []string{"History-Info: <sip:100@pbx>;index=1, <sip:1001@pbx;cause=480>;index=1.1;mp=1"}, "100 - deflection"},
		{"out of reach", []string{"History-Info: <sip:100@pbx>;index=1, <sip:1001@pbx;user=phone;cause=503>;index=1.1"}, "100 - unavailable"},
		{"nobody knows why", []string{"History-Info: <sip:100@pbx>;index=1, <sip:1001@pbx>;index=1.1;mp=1"}, "100 - unknown"},
		{"the latest of two", []string{"History-Info: <sip:100@pbx>;index=1, <sip:101@pbx;cause=302>;index=1.1;mp=1, <sip:1001@pbx;cause=486>;index=1.2;mp=1.1"}, "101 - user-busy"},
		{"and then a contact", []string{"History-Info: <sip:100@pbx>;index=1, <sip:1001@pbx;cause=302>;index=1.1;mp=1, <sip:x@192.0.2.1>;index=1.1.1;rc=1.1"}, "100 - unconditional"},
		{"mapped from an earlier one", []string{"History-Info: <sip:100@pbx>;index=1, <sip:x@192.0.2.1>;index=1.1;rc=1, <sip:1001@pbx;cause=408>;index=1.2;mp=1"}, "100 - no-answer"},
		{"by ISDN's cause alone", []string{"History-Info: <sip:100@pbx?Reason=Q.850%3Bcause%3D17>;index=1, <sip:1001@pbx>;index=2"}, ""},
		{"who diverted is a secret", []string{"History-Info: <sip:100@pbx?Privacy=history>;index=1, <sip:1001@pbx;cause=302>;index=1.1;mp=1"}, "- - unconditional"},
		{"Diversion goes first", []string{"History-Info: <sip:100@pbx>;index=1, <sip:1001@pbx;cause=302>;index=1.1;mp=1", "Diversion: <sip:99@pbx>;reason=away"}, "99 - away"},
		{"rubbish", []string{"History-Info: <<>>,,;index=;mp=,?;mp=1"}, "- - unknown"},
	} {
		got := ""
		if d := diverted(t, tt.headers...); d != nil {
			got = orDash(d.Number) + " " + orDash(d.Name) + " " + d.Reason
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, got, tt.want)
		}
	}
}
