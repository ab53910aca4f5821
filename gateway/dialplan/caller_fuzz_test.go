package dialplan

import "testing"

// FuzzCaller: a caller's number, whatever it is, is written in any format, and one in a format stays as it is in it.
func FuzzCaller(f *testing.F) {
	for _, number := range []string{"+4930123456", "030123456", "200", "anonymous", "+1 (555) 0100", "++", "\xff", "00000000000000000000000"} {
		f.Add(number, "DE")
		f.Add(number, "")
	}
	f.Fuzz(func(t *testing.T, number, country string) {
		if CheckCountry(country) != nil {
			return
		}
		e164 := Caller(number, formatE164, country)
		if again := Caller(e164, formatE164, country); again != e164 {
			t.Errorf("%q becomes %q and then %q", number, e164, again)
		}
		for _, format := range []string{formatDigits, formatNational, "", "as it is"} {
			if Caller(number, format, country) == "" && number != "" {
				t.Errorf("nothing is left of %q in format %q", number, format)
			}
		}
	})
}
