package bustest

import (
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"testing"
)

func wantClaim(t *testing.T, b Bus, key, value, existing string) {
	t.Helper()
	got, err := claim(t, b, key, value)
	if err != nil || string(got) != existing {
		t.Errorf("claim of %q with %q: %q, %v; want %q", key, value, got, err, existing)
	}
}

func claimOnce(t *testing.T, h Harness) {
	wantClaim(t, h.Bus, "k1", "mine", "")
	wantClaim(t, h.Other, "k1", "theirs", "mine")
	wantClaim(t, h.Other, "k2", "theirs", "")
	wantClaim(t, h.Bus, "k2", "mine", "theirs")
}

func claimAgain(t *testing.T, h Harness) {
	wantClaim(t, h.Bus, "k", "mine", "")
	wantClaim(t, h.Bus, "k", "mine", "")
	wantClaim(t, h.Other, "k", "theirs", "mine")
}

func claimRace(t *testing.T, h Harness) {
	const n = 50
	var won atomic.Int32
	donec := make(chan error, n)
	for i := range n {
		bus := h.Bus
		if i%2 == 1 {
			bus = h.Other
		}
		bus.Claim("k", fmt.Append(nil, "claimant ", i), func(existing []byte, err error) {
			if err == nil && existing == nil {
				won.Add(1)
			}
			donec <- err
		})
	}
	for range n {
		if err := await(t, "claims", donec); err != nil {
			t.Errorf("a claim is decided: %v", err)
		}
	}
	if won.Load() != 1 {
		t.Errorf("%d claims won", won.Load())
	}
}

func finish(t *testing.T, h Harness) {
	wantClaim(t, h.Bus, "k", "claimed", "")
	finishKey(t, h.Bus, "k", "answered")
	wantClaim(t, h.Bus, "k", "claimed", "answered")
	finishKey(t, h.Bus, "k", "answered again")
	wantClaim(t, h.Other, "k", "other", "answered again")
}

func odd() []string {
	return []string{
		"0197c5b0-7a4c-7e11-9c7e-6f8f6f3a2b10", "a.b", ".a", "a.", "a..b", "*", ">", "a.>", "a/b", "=", "=YQ", "a",
		"YQ", "ü", "\"quoted\"", "$JS", "a=b", "{\"id\":1}", "~",
	}
}

func oddKeys(t *testing.T, h Harness) {
	for _, key := range odd() {
		wantClaim(t, h.Bus, key, "value of "+key, "")
	}
	for _, key := range odd() {
		wantClaim(t, h.Other, key, "another", "value of "+key)
	}
}

func entries(t *testing.T, h Harness) {
	want := map[string]string{}
	for i, key := range odd() {
		wantClaim(t, h.Bus, key, "claimed", "")
		want[key] = "claimed"
		if i%2 == 0 {
			finishKey(t, h.Bus, key, "answered "+key)
			want[key] = "answered " + key
		}
	}
	got := map[string]string{}
	err := h.Other.Entries(t.Context(), func(key string, value []byte) error {
		if _, twice := got[key]; twice {
			t.Errorf("key %q comes twice", key)
		}
		got[key] = string(value)
		return nil
	})
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("entries: %v, %v; want %v", got, err, want)
	}
	stop := errors.New("enough")
	if err := h.Bus.Entries(t.Context(), func(string, []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("entries return %v, want the function's own error", err)
	}
}
