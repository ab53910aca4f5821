package sip_test

import (
	"log/slog"
	"testing"

	"go.uber.org/goleak"

	"tieline/sip"
)

func TestMain(m *testing.M) {
	sip.QuietLibrary(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}
