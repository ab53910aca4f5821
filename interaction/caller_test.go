package interaction

import "testing"

func TestUserToUser(t *testing.T) {
	for value, want := range map[string]bool{
		"56a390f3d2b7310023a2": true, "56a390f3;encoding=hex": true, `"56a390f3" ; purpose=isdn-uui;content=isdn-uui;encoding=hex`: true,
		`"any text, at all";encoding=ascii;purpose=x`: true, "abc;encoding=x": true, "00;new": true, `00;p="q r"`: true,
		"": false, "56a": false, "xyz": false, `"56`: false, "00 11": false, "00;": false, "00,11": false, ";encoding=hex": false,
		"00;encoding=hex;a b": false, "<00>": false, `"a\"b";encoding=x`: false, "zz;ENCODING=Hex": false,
	} {
		if got := userToUser(value); got != want {
			t.Errorf("%s: accepted %v", value, got)
		}
	}
}
