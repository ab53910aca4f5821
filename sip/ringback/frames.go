package ringback

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/zaf/g711"
)

// What every telephone can play: 8000 samples a second, 20 ms in a packet
// (https://www.rfc-editor.org/rfc/rfc3551#section-4.2).
const (
	sampleRate = 8000
	packetTime = 20 * time.Millisecond
	perPacket  = sampleRate * int(packetTime/time.Millisecond) / 1000

	// loudness is the peak of the whole tone, of 32767: −16 dBm0, within what E.180 asks for.
	loudness = 3640
	// fade keeps the tone from clicking where it begins and ends.
	fade = 5 * time.Millisecond
)

// Codec is a G.711 law, by its static payload type (https://www.rfc-editor.org/rfc/rfc3551#section-6).
type Codec uint8

// The laws.
const (
	PCMU Codec = 0
	PCMA Codec = 8
)

// Frames are the packets' payloads of one whole turn of the tone, to be played over and over.
func Frames(t Tone, c Codec) [][]byte {
	var turn time.Duration
	for _, d := range t.Cadence {
		turn += d
	}
	frames := make([][]byte, turn/packetTime)
	at := 0
	for i := range frames {
		pcm := make([]byte, 0, 2*perPacket)
		for range perPacket {
			pcm = binary.LittleEndian.AppendUint16(pcm, uint16(t.sample(at)))
			at++
		}
		if frames[i] = g711.EncodeUlaw(pcm); c == PCMA {
			frames[i] = g711.EncodeAlaw(pcm)
		}
	}
	return frames
}

// sample is the n-th sample of the tone.
func (t Tone) sample(n int) int16 {
	at := time.Duration(n) * time.Second / sampleRate
	for i, d := range t.Cadence {
		if at >= d {
			at -= d
			continue
		}
		if i%2 == 1 {
			return 0
		}
		sum := 0.0
		for _, f := range t.Frequencies {
			sum += math.Sin(2 * math.Pi * f * float64(n) / sampleRate)
		}
		edge := min(1, float64(at)/float64(fade), float64(d-at)/float64(fade))
		return int16(loudness * edge * sum / float64(len(t.Frequencies)))
	}
	return 0
}
