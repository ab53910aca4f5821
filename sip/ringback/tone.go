package ringback

import "time"

// Tone is a ringing tone: some frequencies at once, in a rhythm.
type Tone struct {
	Frequencies []float64       // Hz
	Cadence     []time.Duration // sound, silence, sound, silence …, over and over
}

// ToneOf is the ringing tone of a country (ISO 3166, two capital letters) after ITU-T E.180 Supplement 2
// (https://www.itu.int/rec/T-REC-E.180-199803-I). A country that is not listed has the tone that E.180 recommends and most of
// the world uses: 425 Hz, one second of five.
func ToneOf(country string) Tone {
	hz := func(f ...float64) []float64 { return f }
	switch country {
	case "US", "CA":
		return Tone{hz(440, 480), ms(2000, 4000)}
	case "GB", "IE", "NZ", "AU":
		return Tone{hz(400, 450), ms(400, 200, 400, 2000)}
	case "HK":
		return Tone{hz(440, 480), ms(400, 200, 400, 3000)}
	case "FR":
		return Tone{hz(440), ms(1500, 3500)}
	case "ES":
		return Tone{hz(425), ms(1500, 3000)}
	case "BE":
		return Tone{hz(425), ms(1000, 3000)}
	case "PT", "SE":
		return Tone{hz(425), ms(1000, 5000)}
	case "AT":
		return Tone{hz(420), ms(1000, 5000)}
	case "HU":
		return Tone{hz(425), ms(1250, 3750)}
	case "CN":
		return Tone{hz(450), ms(1000, 4000)}
	case "JP": // 400 Hz that trembles sixteen times a second
		return Tone{hz(392, 408), ms(1000, 2000)}
	}
	return Tone{hz(425), ms(1000, 4000)}
}

func ms(durations ...int) []time.Duration {
	cadence := make([]time.Duration, len(durations))
	for i, d := range durations {
		cadence[i] = time.Duration(d) * time.Millisecond
	}
	return cadence
}
