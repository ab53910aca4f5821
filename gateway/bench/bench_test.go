package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tieline/bridge/contract"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wantCalls checks counts only: how fast things are is not for tests.
func wantCalls(t *testing.T, r Result, calls int) {
	t.Helper()
	if r.Calls != calls || len(r.Failures) != 0 || r.NotSent != 0 {
		t.Errorf("%d calls without a failure are wanted: %+v", calls, r)
	}
	if r.ToInvite.P99 <= 0 || r.ToSuccess.P99 <= 0 {
		t.Errorf("both latencies are measured: %+v", r)
	}
}

func TestTwentyCalls(t *testing.T) {
	var last float64
	o := Options{Rate: 100, For: 200 * time.Millisecond, Memory: true, Live: 5, heard: contract.Heard(t), Progress: func(part float64, _, _ int) { last = part }}
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	wantCalls(t, r, 20)
	if last != 1 {
		t.Errorf("the progress ends at %v, want 1", last)
	}
	if r.Calibration == nil || r.Calibration.CallsPerSecond <= 0 {
		t.Errorf("the PBX is measured by itself: %+v", r.Calibration)
	}
	var text bytes.Buffer
	r.Write(&text)
	for _, want := range []string{"20 in", "p50", "5 held beyond the first 5", "the PBX by itself"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, text.String())
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestLeanOnFileWithHold(t *testing.T) {
	r, err := Run(t.Context(), Options{Rate: 100, For: 100 * time.Millisecond, Lean: true, Hold: 20 * time.Millisecond, heard: contract.Heard(t)})
	if err != nil {
		t.Fatal(err)
	}
	wantCalls(t, r, 10)
	r, err = Run(t.Context(), Options{Rate: 100, For: 50 * time.Millisecond, Hold: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	wantCalls(t, r, 5)
}

func TestAnotherPBX(t *testing.T) {
	s := &system{}
	address, err := s.openPBX(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.close() }()
	r, err := Run(t.Context(), Options{Rate: 100, For: 50 * time.Millisecond, PBX: address, Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	wantCalls(t, r, 5)
	var text bytes.Buffer
	if r.Write(&text); !strings.Contains(text.String(), address) {
		t.Errorf("the PBX is named:\n%s", text.String())
	}
}

func TestTooFewChannels(t *testing.T) {
	r, err := Run(t.Context(), Options{Rate: 100, For: 100 * time.Millisecond, Channels: 1, Hold: 300 * time.Millisecond, Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.Calls != 1 || r.NotSent != 9 {
		t.Errorf("dials without a free channel are counted, not sent: %+v", r)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for _, o := range []Options{{Rate: -1}, {Lean: true, PBX: "192.0.2.1:5060"}, {Channels: maxChannels + 1}} {
		if _, err := Run(t.Context(), o); err == nil {
			t.Errorf("%+v is refused", o)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, Options{Memory: true}); err == nil {
		t.Error("an interrupted bench is an error")
	}
}
