package config

import (
	"crypto/x509"
	"encoding/pem"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

func (k *checker) nats(n *NATS) {
	n.Password = k.secret("nats.password", n.Password, "nats.password-file", n.PasswordFile)
	n.Token = k.secret("nats.token", n.Token, "nats.token-file", n.TokenFile)
	k.natsLogin(n)
	if n.IsEmbedded() {
		k.embedded(n)
	} else {
		k.external(n)
	}
	k.duration("nats.retention.age", n.Retention.Age, time.Minute, 10*365*24*time.Hour)
	if n.Retention.Size < 1<<20 {
		k.wrong("nats.retention.size", "must be at least 1MiB")
	}
	k.duration("nats.ledger-ttl", n.LedgerTTL, 24*time.Hour, 365*24*time.Hour)
}

func (k *checker) natsLogin(n *NATS) {
	kinds := []struct{ path, value string }{
		{"nats.user", n.User},
		{k.either("nats.token", "nats.token-file"), string(n.Token)},
		{"nats.credentials-file", n.CredentialsFile},
		{"nats.nkey-file", n.NKeyFile},
	}
	first := ""
	for _, kind := range kinds {
		switch {
		case kind.value == "":
		case first != "":
			k.wrong(kind.path, "stands beside %s: keep one of them", first)
		default:
			first = kind.path
		}
	}
	if n.User != "" && n.Password == "" {
		k.wrong("nats.user", "has no password: add nats.password or nats.password-file")
	}
	if n.User == "" && n.Password != "" {
		k.wrong(k.either("nats.password", "nats.password-file"), "has no user: add nats.user")
	}
}

// either is the first path if the file contains it, and the second otherwise.
func (k *checker) either(first, second string) string {
	if k.present(first) {
		return first
	}
	return second
}

// embedded checks what only a server in this process has, and refuses what it cannot use.
func (k *checker) embedded(n *NATS) {
	k.required("nats.embedded.dir", n.Embedded.Dir, "name the directory of the embedded server's data")
	for _, key := range []string{"credentials-file", "nkey-file", "ca-file", "replicas"} {
		if k.present("nats." + key) {
			k.wrong("nats."+key, "is for an external server: add nats.url or remove it")
		}
	}
	host, ok := k.optionalAddress("nats.embedded.listen", n.Embedded.Listen)
	if ok && !isLoopback(host) && n.User == "" && n.Token == "" {
		k.wrong("nats.embedded.listen", "lets other machines in without credentials: add nats.user and nats.password, or listen on 127.0.0.1")
	}
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (k *checker) external(n *NATS) {
	for address := range strings.SplitSeq(n.URL, ",") {
		k.natsURL(address)
	}
	if k.present("nats.embedded") {
		k.wrong("nats.embedded", "stands beside nats.url: keep one of them")
	}
	k.readable("nats.credentials-file", n.CredentialsFile)
	if pemText, ok := k.readable("nats.ca-file", n.CAFile); ok && !hasCertificate(pemText) {
		k.wrong("nats.ca-file", "holds no certificate in PEM form")
	}
	k.readable("nats.nkey-file", n.NKeyFile)
	k.number("nats.replicas", n.Replicas, 1, 5)
}

// natsURL never repeats the address: it could contain a password.
func (k *checker) natsURL(address string) {
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" ||
		!slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme):
		k.wrong("nats.url", "must be like nats://host:4222 (or tls://, ws://, wss://), several separated by commas")
	case u.User != nil:
		k.wrong("nats.url", "contains credentials, which would get into logs: move them to nats.user and nats.password or nats.token")
	}
}

func hasCertificate(text []byte) bool {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if _, err := x509.ParseCertificate(block.Bytes); block.Type == "CERTIFICATE" && err == nil {
			return true
		}
	}
	return false
}

// secret returns the value of one of two keys, the second of which names a file.
func (k *checker) secret(path string, value Secret, filePath, file string) Secret {
	text, ok := k.readable(filePath, file)
	switch {
	case !ok:
		return value
	case value != "":
		k.wrong(filePath, "stands beside %s: keep one of them", path)
	case len(text) > 64<<10:
		k.wrong(filePath, "is too large for a secret")
	case strings.TrimSpace(string(text)) == "":
		k.wrong(filePath, "is an empty file: write the secret into it")
	}
	return Secret(strings.TrimSpace(string(text)))
}

// readable reads a file that a key names; false when the key is absent or the file is not readable.
func (k *checker) readable(path, file string) ([]byte, bool) {
	if file == "" {
		return nil, false
	}
	text, err := k.readFile(file)
	if err != nil {
		k.wrong(path, "cannot be read: %v", err)
	}
	return text, err == nil
}
