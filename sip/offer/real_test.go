package offer

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// samples are descriptions as WebRTC gateways, PBXs and carriers write them.
func samples(t *testing.T) map[string]*Description {
	t.Helper()
	all := map[string]*Description{}
	names, err := filepath.Glob("testdata/real/*.sdp")
	if err != nil || len(names) < 6 {
		t.Fatalf("descriptions: %v %v", names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Parse([]byte(strings.ReplaceAll(string(text), "\n", "\r\n")))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[strings.TrimSuffix(filepath.Base(name), ".sdp")] = d
	}
	return all
}

// untouched are the lines that nobody between two parties may change: keys, candidates, fingerprints, formats, whatever is
// unknown; all but o= and directions.
func untouched(d *Description) []string {
	return slices.DeleteFunc(strings.Split(string(d.Bytes()), "\r\n"), func(line string) bool {
		if len(line) < 2 || line[0] == 'o' {
			return true
		}
		_, isDirection := directionOf(line)
		return isDirection
	})
}

// TestPassedOn: whatever is done to a description on its way to the other party, its keys and candidates arrive.
func TestPassedOn(t *testing.T) {
	for name, d := range samples(t) {
		own, err := Parse(Own(Params{SessionID: 7, Version: 3, Host: "192.0.2.1"}, d.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for what, got := range map[string]*Description{
			"with our o=":                     own,
			"held":                            d.WithDirections(every(d, Sends)),
			"silenced":                        d.WithDirections(every(d, Neither)),
			"resumed":                         d.WithDirections(every(d, Neither)).WithDirections(every(d, Both)),
			"as an offer in its own session":  d.AsOffer(d),
			"as an answer to one like itself": d.AsAnswer(d),
		} {
			if got, want := untouched(got), untouched(d); !slices.Equal(got, want) {
				t.Errorf("%s, %s:\ngot  %q\nwant %q", name, what, got, want)
			}
		}
	}
}

// every is one direction for each stream.
func every(d *Description, dir Direction) []Direction {
	return slices.Repeat([]Direction{dir}, d.Streams())
}

// TestPlacesAreKept: a stream that was refused keeps its place for as long as the session lasts, and an answer has as many
// streams as its offer (https://www.rfc-editor.org/rfc/rfc3264#section-8).
func TestPlacesAreKept(t *testing.T) {
	all := samples(t)
	for name, had := range all {
		for other, d := range all {
			if got := d.AsAnswer(had); got.Streams() != had.Streams() {
				t.Errorf("%s answered with %s: %d streams", name, other, got.Streams())
			} else {
				for i, refused := range had.Refused() {
					if refused && !got.Refused()[i] {
						t.Errorf("%s answered with %s: stream %d was refused", name, other, i)
					}
				}
			}
			got := d.AsOffer(had)
			if got.Streams() < had.Streams() {
				t.Errorf("%s in the session of %s: %d streams", other, name, got.Streams())
			}
			for i := range had.media {
				if had.stream(i).media != got.stream(i).media {
					t.Errorf("%s in the session of %s: stream %d is another one", other, name, i)
				}
			}
		}
	}
}

// TestOfNobody: a call without media answers what it can. Media with keys would have to be somebody's.
func TestOfNobody(t *testing.T) {
	want := map[string]string{
		"cucm":       "m=audio 9 RTP/AVP 8 0 101, m=video 0 RTP/AVP 97, m=application 0 UDP/BFCP *",
		"freeswitch": "m=audio 0 RTP/SAVP 9 8 0 101 13, m=audio 9 RTP/AVP 8 0 101",
	}
	for name, d := range samples(t) {
		got := ""
		if answer, err := Inactive(Params{SessionID: 1, Version: 1, Host: "192.0.2.1"}, d.Bytes()); err == nil {
			var lines []string
			for line := range strings.SplitSeq(string(answer), "\r\n") {
				if strings.HasPrefix(line, "m=") {
					lines = append(lines, line)
				}
			}
			got = strings.Join(lines, ", ")
		} else if !errors.Is(err, ErrNothingFits) {
			t.Errorf("%s: %v", name, err)
		}
		if got != want[name] {
			t.Errorf("%s: got %q, want %q", name, got, want[name])
		}
	}
}
