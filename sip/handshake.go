package sip

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"time"
)

// handshake bounds that of a connection of ours.
func handshake(ctx context.Context, conn *tls.Conn) error {
	if err := conn.HandshakeContext(ctx); err != nil {
		return handshakeError{err}
	}
	return nil
}

// handshakeError is why there is no TLS, in words without names and addresses.
type handshakeError struct{ err error }

func (e handshakeError) Unwrap() error { return e.err }

func (e handshakeError) Error() string {
	var untrusted x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var noTLS tls.RecordHeaderError
	var timeout net.Error
	if text := alert(e.err); text != "" {
		return "TLS handshake refused: " + text
	}
	switch {
	case errors.Is(e.err, errOtherName):
		return "TLS handshake failed: " + errOtherName.Error()
	case errors.As(e.err, &untrusted):
		return "TLS handshake failed: certificate not trusted"
	case errors.As(e.err, &invalid) && invalid.Reason == x509.Expired:
		return "TLS handshake failed: certificate expired or not yet valid"
	case errors.As(e.err, &invalid):
		return "TLS handshake failed: certificate not valid for a server"
	case errors.As(e.err, &noTLS):
		return "TLS handshake failed: the peer does not speak TLS"
	case errors.As(e.err, &timeout) && timeout.Timeout(), errors.Is(e.err, context.DeadlineExceeded):
		return "TLS handshake failed: no answer"
	case strings.HasPrefix(e.err.Error(), "tls: "):
		return "TLS handshake failed: " + strings.TrimPrefix(e.err.Error(), "tls: ")
	}
	return "TLS handshake failed: connection closed"
}

// alert is what the peer says is wrong with us; empty: it has said nothing.
func alert(err error) string {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return ""
	}
	return strings.TrimPrefix(op.Err.Error(), "tls: ")
}

// greet does the handshake of a connection that a peer has made, in the goroutine that reads it: nobody else waits for it.
func greet(conn *tls.Conn) error {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	if err := handshake(ctx, conn); err != nil {
		return err
	}
	return conn.SetDeadline(time.Time{})
}
