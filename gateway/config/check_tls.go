package config

import (
	"crypto/tls"
	"maps"
	"slices"
	"strings"
	"time"
)

// listenTLS checks what those who connect are shown.
func (k *checker) listenTLS(s SIP) {
	t := s.TLS
	wanted := slices.ContainsFunc(s.Listen, func(l ListenURL) bool { return strings.HasPrefix(string(l), "tls:") })
	switch {
	case wanted && t.CertFile == "":
		k.wrong("sip.listen", "has a tls:// address, which needs a certificate: add sip.tls.cert-file and key-file")
	case !wanted && t != (ListenTLS{MinVersion: t.MinVersion}):
		k.wrong("sip.tls", "is for those who connect by TLS: add a tls:// address to sip.listen, or remove it")
	}
	k.pair("sip.tls", t.CertFile, t.KeyFile)
	k.authorities("sip.tls.client-ca-file", t.ClientCAFile)
	oneOf(k, "sip.tls.min-version", t.MinVersion, TLS12, TLS13)
}

// trunkTLS checks what makes a trunk secure, and keeps its connections.
func (k *checker) trunkTLS(path string, t Trunk) {
	if t.SIPS && t.Transport != TLS {
		k.wrong(path+".sips", "needs transport: tls")
	}
	if t.KeepAlive != 0 {
		k.duration(path+".keep-alive", t.KeepAlive, 5*time.Second, time.Hour)
	}
	at := path + ".tls"
	if t.Transport != TLS && t.Transport != Auto && t.TLS != (TrunkTLS{MinVersion: t.TLS.MinVersion}) {
		k.wrong(at, "is for transport: tls or auto")
	}
	if t.TLS.ServerName != "" && !validHost(t.TLS.ServerName) {
		k.wrong(at+".server-name", "must be a host, like pbx.example.com")
	}
	k.pair(at, t.TLS.CertFile, t.TLS.KeyFile)
	k.authorities(at+".ca-file", t.TLS.CAFile)
	oneOf(k, at+".min-version", t.TLS.MinVersion, TLS12, TLS13)
}

// sameTLS finds trunks of one address that would need a connection each: connections are told apart by address.
func (k *checker) sameTLS(trunks map[string]Trunk) {
	first := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(trunks)) {
		t := trunks[name]
		if t.Transport != TLS || t.Address == "" {
			continue
		}
		if other, ok := first[t.Address]; !ok {
			first[t.Address] = name
		} else if t.TLS != trunks[other].TLS {
			k.wrong(join("trunks", name)+".tls", "differs from that of trunk %s, which has the same address: make them equal", other)
		}
	}
}

// pair checks a certificate and its key. What they hold stays out of the message.
func (k *checker) pair(path, certFile, keyFile string) {
	switch {
	case certFile == "" && keyFile == "":
		return
	case keyFile == "":
		k.wrong(path+".cert-file", "has no key: add key-file")
		return
	case certFile == "":
		k.wrong(path+".key-file", "has no certificate: add cert-file")
		return
	}
	cert, ok := k.readable(path+".cert-file", certFile)
	key, fine := k.readable(path+".key-file", keyFile)
	if !ok || !fine {
		return
	}
	if _, err := tls.X509KeyPair(cert, key); err != nil {
		k.wrong(path+".cert-file", "is no certificate in PEM form with the key of key-file")
	}
}

func (k *checker) authorities(path, file string) {
	if file == "" {
		return
	}
	if pemText, ok := k.readable(path, file); ok && !hasCertificate(pemText) {
		k.wrong(path, "holds no certificate in PEM form")
	}
}
