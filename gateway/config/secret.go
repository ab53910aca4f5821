package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a password or token. However it is printed, marshalled or logged, "***" comes
// out; only the conversion string(s) or Reveal yields the value.
type Secret string

const masked = "***"

// Reveal returns the value, for the one place that presents it to the peer.
func (s Secret) Reveal() string { return string(s) }

// Format covers every verb of package fmt, the wrong ones too (%d of a string would print it).
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, masked) }

// String implements fmt.Stringer.
func (s Secret) String() string { return masked }

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return masked }

// MarshalText implements encoding.TextMarshaler, and with it JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(masked) }
