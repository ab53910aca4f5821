package dialplan

import "testing"

func TestCaller(t *testing.T) {
	for _, tt := range []struct{ number, format, country, want string }{
		{"+4930123456", "e164", "DE", "+4930123456"},
		{"030123456", "e164", "DE", "+4930123456"},
		{"030123456", "e164", "", "030123456"},
		{"+4930123456", "digits", "", "4930123456"},
		{"+4930123456", "national", "DE", "030123456"},
		{"+33140205050", "national", "DE", "0033140205050"},
		{"030123456", "as-given", "DE", "030123456"},
		{"1001", "e164", "DE", "1001"},
		{"", "e164", "DE", ""},
		{"ann", "national", "DE", "ann"},
	} {
		if got := Caller(tt.number, tt.format, tt.country); got != tt.want {
			t.Errorf("%s as %s in %q: got %s, want %s", tt.number, tt.format, tt.country, got, tt.want)
		}
	}
}
