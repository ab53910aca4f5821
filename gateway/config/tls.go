package config

import "crypto/tls"

// ListenTLS is what those who connect to a tls:// address are shown, and what they have to show.
type ListenTLS struct {
	CertFile string `yaml:"cert-file"`
	KeyFile  string `yaml:"key-file"`
	// ClientCAFile has the authorities of the certificates that are demanded; empty: none is.
	ClientCAFile string     `yaml:"client-ca-file"`
	MinVersion   TLSVersion `yaml:"min-version"`
}

// TrunkTLS is what a trunk has to show by TLS, and what it is shown.
type TrunkTLS struct {
	// ServerName is what its certificate has to name; empty: the host of the trunk's domain.
	ServerName string `yaml:"server-name"`
	// CAFile has the authorities of its certificate; empty: those of the machine.
	CAFile     string     `yaml:"ca-file"`
	CertFile   string     `yaml:"cert-file"`
	KeyFile    string     `yaml:"key-file"`
	MinVersion TLSVersion `yaml:"min-version"`
}

// TLSVersion is the oldest version of TLS that is spoken. Those before 1.2 are never (https://www.rfc-editor.org/rfc/rfc8996).
type TLSVersion string

// The versions.
const (
	TLS12 TLSVersion = "1.2"
	TLS13 TLSVersion = "1.3"
)

// Number is that of package tls; 0: not said.
func (v TLSVersion) Number() uint16 {
	return map[TLSVersion]uint16{TLS12: tls.VersionTLS12, TLS13: tls.VersionTLS13}[v]
}
