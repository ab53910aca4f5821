package sip

import (
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"
)

// TestWhiteSpace: white space is read where the grammar allows it.
func TestWhiteSpace(t *testing.T) {
	const message = "OPTIONS sip:x@gw SIP/2.0\r\n" +
		"Via : SIP / 2.0 / UDP  192.0.2.20 : 5070 ; branch = z9hG4bKa ; rport\r\n" +
		"v: SIP/2.0/TCP a ; branch = z9hG4bKb , SIP / 2.0 / UDP b;branch=z9hG4bKc\r\n" +
		"From: \"Mr ; X = \\\" , Y\"  <sip:a;b= c@pbx> ; tag = 1 ; x\r\n" +
		"To: sip:b@pbx ; tag=2\r\n" +
		"CSeq: 7   OPTIONS\r\n" +
		"Contact: <sip:a@b> ; q = 1 , <sip:c@d>\r\n" +
		"Call-ID: id\r\nContent-Length: 0\r\n\r\n"
	msg, err := newParser().ParseSIP([]byte(message))
	if err != nil {
		t.Fatal(err)
	}
	req := msg.(*gosip.Request)
	var vias []string
	for _, h := range req.GetHeaders("Via") {
		vias = append(vias, h.Value())
	}
	for what, pair := range map[string][2]string{
		"Via":         {strings.Join(vias, " "), "SIP/2.0/UDP 192.0.2.20:5070;branch=z9hG4bKa;rport SIP/2.0/TCP a;branch=z9hG4bKb SIP/2.0/UDP b;branch=z9hG4bKc"},
		"From":        {req.From().Params.GetOr("tag", ""), "1"},
		"caller":      {req.From().DisplayName, `Mr ; X = \" , Y`},
		"To":          {req.To().Params.GetOr("tag", ""), "2"},
		"CSeq":        {string(req.CSeq().MethodName), "OPTIONS"},
		"Contact":     {req.GetHeaders("Contact")[0].Value(), "<sip:a@b>;q=1"},
		"Contact two": {req.GetHeaders("Contact")[1].Value(), "<sip:c@d>"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %q, want %q", what, pair[0], pair[1])
		}
	}
}

// FuzzParse: whatever comes in, the parser ends, and what it read can be written and read again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"OPTIONS sip:x@gw SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKa,SIP/2.0/TCP [::1]:5;x=\"y,z\"\r\nFrom: \"A\" <sip:a@b>;tag=1\r\nTo: sip:c@d\r\nCall-ID: i\r\nCSeq: 1 OPTIONS\r\nContact: *\r\nRoute: <sip:a;lr>,<sip:b>\r\n\r\n",
		"SIP/2.0 200 OK\r\nv: SIP / 2.0 / UDP a ;\r\n branch = x\r\nf: <sip:a@b>\r\nm: <sip:a@b> ; q = 1, sip:c\r\nl: 1\r\n\r\nx",
	} {
		f.Add([]byte(s))
	}
	parser := newParser()
	f.Fuzz(func(t *testing.T, data []byte) {
		msg, err := parser.ParseSIP(data)
		if err != nil {
			return
		}
		if req, ok := msg.(*gosip.Request); ok {
			flawed(req)
			takesSDP(req)
		}
		_ = msg.String()
	})
}

// FuzzRejection: a rejection is a whole response, has no line of its own making, and is hardly longer than what it answers.
func FuzzRejection(f *testing.F) {
	const via = "Via: SIP/2.0/UDP a;;,\r\n"
	f.Add([]byte("INVITE  sip:x SIP/2.0\r\n" + via + "From: x\r\nTo:\r\n y\r\nCall-ID: i\r\nCSeq: 1 INVITE\r\n\r\nbody"))
	f.Add([]byte("OPTIONS soap.beep://x SIP/2.0\r\nv: a\r\nf: x\r\nt: y;tag=1\r\ni: i\r\nCSeq: 99999999999 OPTIONS\r\n"))
	f.Add([]byte("ACK x SIP/2.0\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		res := string(rejection(data))
		if res == "" {
			return
		}
		if len(res) > len(data)+150 {
			t.Errorf("%d bytes answer %d", len(res), len(data))
		}
		lines := strings.Split(strings.TrimSuffix(res, "\r\n\r\n"), "\r\n")
		if !strings.HasPrefix(lines[0], "SIP/2.0 4") || !strings.HasSuffix(res, "\r\n\r\n") {
			t.Errorf("no response: %q", res)
		}
		for _, l := range lines[1:] {
			if name, _, ok := strings.Cut(l, ": "); !ok || !strings.Contains(" Via From To Call-ID CSeq Content-Length ", " "+name+" ") || strings.ContainsAny(l, "\r\n\x00") {
				t.Errorf("stray line %q in %q", l, res)
			}
		}
	})
}
