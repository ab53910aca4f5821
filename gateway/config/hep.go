package config

import (
	"math"
	"strings"
)

// HEP is a capture server, like Homer, that is told about every SIP message.
type HEP struct {
	Address   string    `yaml:"address"` // host:port; empty: nobody is told
	Transport Transport `yaml:"transport"`
	// CaptureID and Node tell this gateway from others.
	CaptureID int    `yaml:"capture-id"`
	Node      string `yaml:"node"`
	// Password is what the capture server wants to see, as it is.
	Password     Secret `yaml:"password"`
	PasswordFile string `yaml:"password-file"`
}

// hep returns h with its secret.
func (k *checker) hep(path string, h HEP) HEP {
	if h.Address != "" {
		if host, port := splitHost(h.Address); !validHost(host) || !validPort(strings.TrimPrefix(port, ":")) {
			k.wrong(path+".address", "must be host:port, like 192.0.2.9:9060")
		}
	}
	oneOf(k, path+".transport", h.Transport, UDP, TCP)
	k.number(path+".capture-id", h.CaptureID, 0, math.MaxInt32)
	k.printable(path+".node", h.Node)
	if len(h.Node) > 64 {
		k.wrong(path+".node", "must be at most 64 bytes long")
	}
	h.Password = k.secret(path+".password", h.Password, path+".password-file", h.PasswordFile)
	if h.Address == "" && (h.Node != "" || h.Password != "") {
		k.wrong(path, "has no effect: add address, or remove it")
	}
	return h
}
