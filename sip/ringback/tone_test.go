package ringback

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/zaf/g711"
)

// TestTones: each country's tone is heard where its cadence has sound, at its frequencies, and nowhere else.
func TestTones(t *testing.T) {
	for _, country := range []string{"", "DE", "US", "GB", "FR", "ES", "BE", "SE", "AT", "HU", "HK", "CN", "JP"} {
		tone := ToneOf(country)
		for _, c := range []Codec{PCMU, PCMA} {
			pcm := decode(Frames(tone, c), c)
			var turn time.Duration
			for _, d := range tone.Cadence {
				turn += d
			}
			if got := time.Duration(len(pcm)) * time.Second / sampleRate; got != turn {
				t.Errorf("%s: a turn takes %v, want %v", country, got, turn)
			}
			at := 0
			for i, d := range tone.Cadence {
				n := int(d * sampleRate / time.Second)
				part := pcm[at : at+n]
				at += n
				for _, f := range tone.Frequencies {
					heard := level(part, f) > 200
					if heard != (i%2 == 0) {
						t.Errorf("%s: %.0f Hz in part %d of the cadence: heard %v", country, f, i, heard)
					}
				}
				if i%2 == 0 && level(part, 1000) > 100 {
					t.Errorf("%s: 1000 Hz is heard in part %d", country, i)
				}
			}
		}
	}
}

func decode(frames [][]byte, c Codec) []int16 {
	var pcm []int16
	for _, f := range frames {
		linear := g711.DecodeUlaw(f)
		if c == PCMA {
			linear = g711.DecodeAlaw(f)
		}
		for i := 0; i < len(linear); i += 2 {
			pcm = append(pcm, int16(binary.LittleEndian.Uint16(linear[i:])))
		}
	}
	return pcm
}

// level is how strong a frequency is: the amplitude of its part.
func level(pcm []int16, f float64) float64 {
	var re, im float64
	for n, x := range pcm {
		angle := 2 * math.Pi * f * float64(n) / sampleRate
		re += float64(x) * math.Cos(angle)
		im += float64(x) * math.Sin(angle)
	}
	return 2 * math.Hypot(re, im) / float64(len(pcm))
}
