package trunk

import (
	"strconv"
	"strings"
	"testing"
)

var reasons = []struct {
	value string
	want  int
}{
	{`Q.850;cause=17;text="User busy"`, 17},
	{`Q.850 ; cause = 16 ; text="Normal call clearing"`, 16},
	{`q.850;CAUSE=034`, 34},
	{`Q.850;text="a, b; cause=1";cause=21`, 21},
	{`Q.850;text="say \"x\", cause=1";cause=127`, 127},
	{`SIP;cause=200;text="Call completed elsewhere"`, 0},
	{`SIP;cause=200;text="Call completed elsewhere",Q.850;cause=26`, 26},
	{`Q.850;cause=16,Q.850;cause=17`, 16},
	{`Q.850;cause=999, Q.850;cause=17`, 17},
	{`Q.850`, 0},
	{`Q.850;cause`, 0},
	{`Q.850;cause=`, 0},
	{`Q.850;cause=0`, 0},
	{`Q.850;cause=128`, 0},
	{`Q.850;cause=-1`, 0},
	{`Q.850;cause=+17`, 0},
	{`Q.850;cause=17x`, 0},
	{`Q.850;cause="17"`, 0},
	{`Q.850;text="never closed;cause=17`, 0},
	{`xQ.850;cause=17`, 0},
	{``, 0},
	{`,,;;=,"`, 0},
	{"\\", 0},
}

func TestQ850(t *testing.T) {
	for _, tt := range reasons {
		if got := Q850(tt.value); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.value, got, tt.want)
		}
	}
}

// FuzzQ850: whatever a peer sends, the cause is a cause, and one that stands in the value.
func FuzzQ850(f *testing.F) {
	for _, tt := range reasons {
		f.Add(tt.value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		n := Q850(value)
		if n < 0 || n > 127 {
			t.Fatalf("%q: %d is no cause", value, n)
		}
		if n > 0 && !strings.Contains(value, strconv.Itoa(n)) {
			t.Fatalf("%q: %d is not in it", value, n)
		}
		if n > 0 && Q850("SIP;cause=200,"+value) != n {
			t.Fatalf("%q: another reason in front hides it", value)
		}
	})
}
