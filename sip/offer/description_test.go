package offer

import (
	"slices"
	"strings"
	"testing"

	"github.com/pion/sdp/v3"
)

// rich is a description with everything that must pass untouched.
const rich = "v=0\r\n" +
	"o=phone 20933368547758079999999 7 IN IP4 192.0.2.20\r\n" +
	"s=a call\r\n" +
	"c=IN IP4 192.0.2.20\r\n" +
	"b=AS:84\r\n" +
	"t=0 0\r\n" +
	"a=ice-ufrag:F7gI\r\n" +
	"a=fingerprint:sha-256 AA:BB\r\n" +
	"z=1 2\r\n" +
	"m=audio 18000/2 RTP/SAVP 8 0 96 101\r\n" +
	"i=voice\r\n" +
	"a=rtpmap:96 opus/48000/2\r\n" +
	"a=fmtp:96 useinbandfec=1\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\n" +
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\n" +
	"a=candidate:1 1 UDP 2130706431 192.0.2.20 18000 typ host\r\n" +
	"a=x-unknown\r\n" +
	"a=sendonly\r\n" +
	"m=image 0 udptl t38\r\n" +
	"m=audio 18002 RTP/AVP 0\r\n" +
	"b=AS:64\r\n" +
	"c=IN IP4 192.0.2.21\r\n"

func parse(t *testing.T, body string) *Description {
	t.Helper()
	d, err := Parse([]byte(body))
	if err != nil {
		t.Fatalf("%v:\n%s", err, body)
	}
	return d
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		what, body string
		ok         bool
	}{
		{"everything", rich, true},
		{"bare line feeds", strings.ReplaceAll(rich, "\r\n", "\n"), true},
		{"an empty line at the end", rich + "\r\n", true},
		{"no streams", answer("a=inactive"), true},
		{"nothing", "", false},
		{"words", "hello", false},
		{"no o=", "v=0\r\ns=-\r\n", false},
		{"a short o=", "v=0\r\no=- 1 1\r\n", false},
		{"another version", strings.Replace(rich, "v=0", "v=1", 1), false},
		{"m= without a format", answer("m=audio 4000 RTP/AVP"), false},
		{"m= with a word for its port", answer("m=audio x RTP/AVP 0"), false},
		{"m= with too large a port", answer("m=audio 65536 RTP/AVP 0"), false},
		{"a carriage return inside", answer("a=x\ry"), false},
		{"a zero byte", answer("a=x\x00y"), false},
		{"a line without =", answer("audio"), false},
		{"too much", answer("a=x:" + strings.Repeat("y", maxDescription)), false},
	} {
		if _, err := Parse([]byte(tt.body)); (err == nil) != tt.ok {
			t.Errorf("%s: got %v, want ok %v", tt.what, err, tt.ok)
		}
	}
	if got := string(parse(t, rich).Bytes()); got != rich {
		t.Errorf("it does not pass untouched:\n%s", got)
	}
	if got := (*Description)(nil).Bytes(); got != nil {
		t.Errorf("no description has %d bytes", len(got))
	}
}

func TestDirections(t *testing.T) {
	for _, tt := range []struct {
		what, body string
		want       []Direction
	}{
		{"each its own, a refused one has none", rich, []Direction{Sends, Neither, Both}},
		{"the session's", answer("a=recvonly", "m=audio 1 RTP/AVP 0", "m=audio 1 RTP/AVP 0", "a=inactive"), []Direction{Receives, Neither}},
		{"0.0.0.0 receives nothing", answer("m=audio 1 RTP/AVP 0", "c=IN IP4 0.0.0.0"), []Direction{Sends}},
		{"0.0.0.0 of the session", strings.Replace(answer("m=audio 1 RTP/AVP 0"), "c=IN IP4 192.0.2.20", "c=IN IP4 0.0.0.0", 1), []Direction{Sends}},
		{":: is the same", answer("m=audio 1 RTP/AVP 0", "c=IN IP6 ::"), []Direction{Sends}},
		{"the stream's address wins", strings.Replace(answer("m=audio 1 RTP/AVP 0", "c=IN IP4 192.0.2.1"), "c=IN IP4 192.0.2.20", "c=IN IP4 0.0.0.0", 1), []Direction{Both}},
	} {
		if got := parse(t, tt.body).Directions(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.what, got, tt.want)
		}
	}
}

func TestWithDirections(t *testing.T) {
	for _, tt := range []struct {
		what, body string
		set        []Direction
		want       string
	}{
		{"as it is: nothing changes", rich, []Direction{Sends, Both, Both}, rich},
		{"in its place", rich, []Direction{Receives}, strings.Replace(rich, "a=sendonly", "a=recvonly", 1)},
		{"at the end where there was none", rich, []Direction{Sends, Neither, Neither}, rich + "a=inactive\r\n"},
		{"sendrecv is said where something else was", rich, []Direction{Both}, strings.Replace(rich, "a=sendonly", "a=sendrecv", 1)},
		{"the session's moves to the streams",
			answer("a=sendonly", "m=audio 1 RTP/AVP 0", "m=audio 1 RTP/AVP 0"), []Direction{Both, Sends},
			answer("m=audio 1 RTP/AVP 0", "a=sendrecv", "m=audio 1 RTP/AVP 0", "a=sendonly")},
		{"one is enough", answer("m=audio 1 RTP/AVP 0", "a=sendonly", "a=inactive"), []Direction{Both}, answer("m=audio 1 RTP/AVP 0", "a=sendrecv")},
	} {
		if got := string(parse(t, tt.body).WithDirections(tt.set).Bytes()); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.what, got, tt.want)
		}
	}
}

func TestDirectionAlgebra(t *testing.T) {
	for d, want := range map[Direction]Direction{Neither: Neither, Sends: Receives, Receives: Sends, Both: Both} {
		if got := d.Mirror(); got != want {
			t.Errorf("the mirror of %v is %v, want %v", d, got, want)
		}
	}
	for _, tt := range []struct {
		what                            string
		answer, offered, before, wanted Direction
	}{
		{"all was offered: the answer says all", Sends, Both, Both, Sends},
		{"we hold: whether it would hear is not known", Neither, Neither, Both, Both},
		{"we hold, and it had held", Neither, Neither, Sends, Sends},
		{"we hold with music, which it takes", Receives, Sends, Both, Both},
		{"we hold with music, which it does not take", Neither, Sends, Both, Sends},
	} {
		if got := tt.answer.Wanted(tt.offered, tt.before); got != tt.wanted {
			t.Errorf("%s: got %v, want %v", tt.what, got, tt.wanted)
		}
	}
}

func TestAlign(t *testing.T) {
	const a, b, v, none = "m=audio 1 RTP/AVP 0", "m=audio 2 RTP/AVP 0", "m=video 3 RTP/AVP 96", "m=audio 0 RTP/AVP 0"
	for _, tt := range []struct {
		what            string
		d, places       []string
		offered, answer []string
	}{
		{"the same kinds stay", []string{a, v}, []string{b, v}, []string{a, v}, []string{a, v}},
		{"another order", []string{v, a}, []string{b, v}, []string{a, v}, []string{a, v}},
		{"what is missing is refused", []string{a}, []string{v, b}, []string{"m=video 0 RTP/AVP 96", a}, []string{"m=video 0 RTP/AVP 96", a}},
		{"what is new goes behind an offer", []string{v, a}, []string{b}, []string{a, v}, []string{a}},
		{"but not what is refused", []string{a, "m=video 0 RTP/AVP 96"}, []string{b}, []string{a}, []string{a}},
		{"a living stream before a dead one", []string{none, a}, []string{b}, []string{a}, []string{a}},
		{"a dead one where there is no other", []string{none, v}, []string{b}, []string{none, v}, []string{none}},
		{"port zero is answered with port zero", []string{a}, []string{none}, []string{a}, []string{none}},
	} {
		d, places := parse(t, answer(tt.d...)), parse(t, answer(tt.places...))
		if got, want := string(d.AsOffer(places).Bytes()), answer(tt.offered...); got != want {
			t.Errorf("%s: offer\n%s\nwant\n%s", tt.what, got, want)
		}
		if got, want := string(d.AsAnswer(places).Bytes()), answer(tt.answer...); got != want {
			t.Errorf("%s: answer\n%s\nwant\n%s", tt.what, got, want)
		}
	}
	if d := parse(t, rich); d.AsOffer(nil) != d {
		t.Error("a first offer is not as it was")
	}
}

func TestNarrow(t *testing.T) {
	for _, tt := range []struct {
		what        string
		d, o        []string
		want        []string
		nothingFits bool
	}{
		{"formats and their attributes",
			[]string{"m=audio 1 RTP/AVP 96 8 101", "a=rtpmap:96 opus/48000/2", "a=fmtp:96 x", "a=rtcp-fb:96 nack", "a=rtpmap:101 telephone-event/8000", "a=ptime:20"},
			[]string{"m=audio 2 RTP/AVP 0 8 99", "a=rtpmap:99 TELEPHONE-EVENT/8000/1"},
			[]string{"m=audio 1 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000", "a=ptime:20"}, false},
		{"the same number for something else", []string{"m=audio 1 RTP/AVP 96", "a=rtpmap:96 opus/48000/2"},
			[]string{"m=audio 2 RTP/AVP 96", "a=rtpmap:96 iLBC/8000"}, nil, true},
		{"tones alone are no voice", []string{"m=audio 1 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000"},
			[]string{"m=audio 2 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000"}, nil, true},
		{"a static format with its rtpmap", []string{"m=audio 1 RTP/AVP 18", "a=rtpmap:18 G729/8000"}, []string{"m=audio 2 RTP/AVP 18"},
			[]string{"m=audio 1 RTP/AVP 18", "a=rtpmap:18 G729/8000"}, false},
		{"a stream that the other refuses", []string{"m=audio 1 RTP/AVP 0", "m=video 3 RTP/AVP 96"}, []string{"m=audio 2 RTP/AVP 0", "m=video 0 RTP/AVP 96"},
			[]string{"m=audio 1 RTP/AVP 0", "m=video 0 RTP/AVP 96"}, false},
		{"what is not RTP is left alone", []string{"m=image 1 udptl t38"}, []string{"m=image 2 udptl t38"}, []string{"m=image 1 udptl t38"}, false},
	} {
		got, err := parse(t, answer(tt.d...)).Narrow(parse(t, answer(tt.o...)))
		if tt.nothingFits {
			if err == nil {
				t.Errorf("%s: no error", tt.what)
			}
			continue
		}
		if err != nil || string(got.Bytes()) != answer(tt.want...) {
			t.Errorf("%s: %v\n%s\nwant\n%s", tt.what, err, got.Bytes(), answer(tt.want...))
		}
	}
}

func TestSame(t *testing.T) {
	refreshed := strings.Replace(rich, "9999 7 IN", "9999 8 IN", 1)
	for _, tt := range []struct {
		what, a, b string
		want       bool
	}{
		{"another version", rich, refreshed, true},
		{"another order", answer("m=audio 1 RTP/AVP 0 8", "a=x", "a=y"), answer("m=audio 1 RTP/AVP 8 0", "a=y", "a=x"), true},
		{"sendrecv said and unsaid", answer("m=audio 1 RTP/AVP 0", "a=sendrecv"), answer("m=audio 1 RTP/AVP 0"), true},
		{"the address in another place", answer("m=audio 1 RTP/AVP 0", "c=IN IP4 192.0.2.20"), answer("m=audio 1 RTP/AVP 0"), true},
		{"another address", answer("m=audio 1 RTP/AVP 0", "c=IN IP4 192.0.2.21"), answer("m=audio 1 RTP/AVP 0"), false},
		{"another port", answer("m=audio 1 RTP/AVP 0"), answer("m=audio 2 RTP/AVP 0"), false},
		{"another direction", answer("m=audio 1 RTP/AVP 0"), answer("m=audio 1 RTP/AVP 0", "a=sendonly"), false},
		{"another key", rich, strings.Replace(rich, "inline:abc", "inline:abd", 1), false},
		{"one format less", answer("m=audio 1 RTP/AVP 0 8"), answer("m=audio 1 RTP/AVP 0"), false},
		{"another fingerprint", rich, strings.Replace(rich, "AA:BB", "AA:BC", 1), false},
		{"one stream more", answer("m=audio 1 RTP/AVP 0"), answer("m=audio 1 RTP/AVP 0", "m=audio 1 RTP/AVP 0"), false},
	} {
		if got := parse(t, tt.a).Same(parse(t, tt.b)); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.what, got, tt.want)
		}
	}
	if d := parse(t, rich); d.Same(nil) || !(*Description)(nil).Same(nil) {
		t.Error("no description is like no other")
	}
}

func TestPark(t *testing.T) {
	want := strings.NewReplacer("c=IN IP4 192.0.2.20", blackHole, "18000/2", "9", "18002", "9", "a=sendonly", "a=inactive",
		"a=candidate:1 1 UDP 2130706431 192.0.2.20 18000 typ host\r\n", "", "c=IN IP4 192.0.2.21\r\n", "").Replace(rich) + "a=inactive\r\n"
	d := parse(t, rich).Park()
	if got := string(d.Bytes()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := string(d.Park().Bytes()); got != want {
		t.Errorf("parked twice is not parked:\n%s", got)
	}
	only := strings.Replace(answer("m=image 5 udptl t38", "m=audio 1 RTP/AVP 0", "i=x"), "c=IN IP4 192.0.2.20\r\n", "", 1)
	want = strings.Replace(answer("m=image 0 udptl t38", "m=audio 9 RTP/AVP 0", "i=x", blackHole, "a=inactive"), "c=IN IP4 192.0.2.20\r\n", "", 1)
	if got := string(parse(t, only).Park().Bytes()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSilence(t *testing.T) {
	d, err := parse(t, rich).Silence()
	want := strings.NewReplacer("c=IN IP4 192.0.2.20\r\nb=AS:84\r\n", "").Replace(rich[:strings.Index(rich, "a=ice")]) +
		"m=audio 0 RTP/SAVP 8 0 96 101\r\nm=image 0 udptl t38\r\nm=audio 9 RTP/AVP 0\r\n" + blackHole + "\r\na=inactive\r\n"
	if err != nil || string(d.Bytes()) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, d.Bytes(), want)
	}
	if _, err := parse(t, answer("m=audio 1 RTP/SAVP 0", "m=video 1 RTP/AVP 96")).Silence(); err == nil {
		t.Error("somebody's key was taken")
	}
}

func TestOnHold(t *testing.T) {
	d := parse(t, answer("m=audio 1 RTP/AVP 0", "m=video 1 RTP/AVP 96", "m=audio 0 RTP/AVP 0"))
	for _, tt := range []struct {
		dirs []Direction
		want bool
	}{
		{[]Direction{Both, Neither, Neither}, false},
		{[]Direction{Sends, Both, Both}, true},
		{[]Direction{Receives, Neither, Neither}, false},
		{nil, false},
	} {
		if got := d.OnHold(tt.dirs); got != tt.want {
			t.Errorf("%v: on hold is %v", tt.dirs, got)
		}
	}
	if got := d.Refused(); !slices.Equal(got, []bool{false, false, true}) {
		t.Errorf("refused are %v", got)
	}
}

func TestRefusal(t *testing.T) {
	d := parse(t, rich).Refusal()
	if d.HasAudio() || d.Streams() != 3 || strings.Contains(string(d.Bytes()), "crypto") {
		t.Errorf("not a refusal:\n%s", d.Bytes())
	}
}

// TestHasAudio: baresip answers an offer of which it knows telephone-event alone with that, and no refusal.
func TestHasAudio(t *testing.T) {
	for stream, want := range map[string]bool{
		"m=audio 4000 RTP/AVP 0":    true,
		"m=audio 4000 RTP/AVP 96":   true, // we do not know it
		"m=audio 4000 udp whatever": true,
		"m=audio 4000 RTP/AVP 101 0\r\na=rtpmap:101 telephone-event/8000":                true,
		"m=audio 4000 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000":                  false,
		"m=audio 4000 RTP/AVP 13 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv": false,
		"m=audio 0 RTP/AVP 0":     false,
		"m=video 4000 RTP/AVP 96": false,
	} {
		if got := parse(t, answer(stream)).HasAudio(); got != want {
			t.Errorf("%q: has audio is %v", stream, got)
		}
	}
}

// FuzzDescription: whatever is done to a description, streams are not lost, what was not asked for is untouched, and
// what pion can read before it can read after.
func FuzzDescription(f *testing.F) {
	f.Add([]byte(rich), []byte(parked), uint8(1))
	f.Add([]byte(answer("a=sendonly", "m=audio 1 RTP/AVP 0", "m=video 3 RTP/AVP 96")), []byte(rich), uint8(2))
	f.Add([]byte(parked), []byte(answer("m=audio 0 RTP/AVP 0")), uint8(3))
	f.Fuzz(func(t *testing.T, one, two []byte, dir uint8) {
		d, err := Parse(one)
		o, err2 := Parse(two)
		if err != nil || err2 != nil {
			return
		}
		before := string(d.Bytes())
		owned, err := Parse(Own(Params{SessionID: 1, Version: 2, Host: "192.0.2.1"}, one))
		if err != nil || owned.session[1] != "o=- 1 2 IN IP4 192.0.2.1" || !d.Same(owned) {
			t.Fatalf("our o= makes it another: %v", err)
		}
		set := make([]Direction, d.Streams())
		for i := range set {
			set[i] = Direction(dir) & Both
		}
		directed := d.WithDirections(set)
		for i, got := range directed.Directions() {
			if d.stream(i).active() && !d.nowhere(i) && got != set[i] {
				t.Errorf("stream %d is %v, want %v", i, got, set[i])
			}
		}
		results := map[string]*Description{"directed": directed, "parked": d.Park(), "answer": d.AsAnswer(o), "offer": d.AsOffer(o), "refusal": d.Refusal()}
		if q, err := d.Silence(); err == nil {
			results["silence"] = q
		}
		if body, err := Inactive(Params{SessionID: 1, Version: 2, Host: "192.0.2.1"}, one); err == nil {
			results["inactive"] = parse(t, string(body))
		}
		if n, err := d.Narrow(o); err == nil {
			results["narrowed"] = n
		}
		streams := map[string]int{"answer": o.Streams(), "offer": max(o.Streams(), results["offer"].Streams())}
		for name, r := range results {
			want, ok := streams[name]
			if !ok {
				want = d.Streams()
			}
			again, err := Parse(r.Bytes())
			if err != nil || again.Streams() != want || !again.Same(r) {
				t.Errorf("%s: %v, %d streams, want %d:\n%s", name, err, r.Streams(), want, r.Bytes())
			}
			readable(t, name, one, two, r.Bytes())
		}
		for i, got := range results["parked"].Directions() {
			if got != Neither {
				t.Errorf("stream %d is not parked", i)
			}
		}
		if string(d.Bytes()) != before {
			t.Error("it was changed in place")
		}
	})
}

// readable holds the result against another parser.
func readable(t *testing.T, name string, one, two, result []byte) {
	t.Helper()
	var d, o, r sdp.SessionDescription
	if d.Unmarshal(one) != nil || o.Unmarshal(two) != nil || len(d.MediaDescriptions) == 0 {
		return // without streams it is content with less
	}
	if err := r.Unmarshal(result); err != nil {
		t.Errorf("%s: pion read both and not the result: %v\n%s", name, err, result)
	}
}
