package config

import "time"

// Default is what counts where the file says nothing. It is complete but for what only the
// operator knows: processor.id, trunks and channel-groups.
func Default() Config {
	return Config{
		Processor: Processor{
			Prefix:       "cti",
			DrainTimeout: 25 * time.Second, // below the 30 s that container platforms give
			Limits: ProcessorLimits{
				Sessions: 10000, Channels: 1000, PendingRequests: 100,
				Body: 64 << 10, // twice the most interaction data that there can be
			},
		},
		NATS: NATS{
			Embedded:  Embedded{Dir: "./data", Listen: "127.0.0.1:4222"},
			Retention: Retention{Age: 72 * time.Hour, Size: 1 << 30},
			LedgerTTL: 24 * time.Hour,
			Replicas:  1,
		},
		SIP: SIP{
			Listen:      []ListenURL{"udp://0.0.0.0:5060", "tcp://0.0.0.0:5060"},
			TLS:         ListenTLS{MinVersion: TLS12},
			UserAgent:   "tieline",
			HoldDown:    30 * time.Second, // about Timer B: one lost call's worth of waiting
			MaxHoldDown: 5 * time.Minute,
			HEP:         HEP{Transport: UDP, CaptureID: 2001},
		},
		Trunks:        map[string]Trunk{},
		ChannelGroups: map[string]ChannelGroup{},
		Admin:         Admin{Listen: "127.0.0.1:8080"},
		Log:           Log{Level: Info, Format: Text},
	}
}

// setDefaults is called for each trunk before its keys are read.
func (t *Trunk) setDefaults() {
	*t = Trunk{
		Register: Account{Expires: time.Hour}, RegistrationsPerSecond: 50,
		Transport: UDP, TLS: TrunkTLS{MinVersion: TLS12}, DTMF: DTMFInfo, Transfer: TransferJoin,
		Prack:        PrackSupported,
		SessionTimer: SessionTimer{Expires: 30 * time.Minute, Min: 90 * time.Second, Refresher: RefresherAuto}, // as RFC 4028 recommends
		Identity:     Identity{From: FromCaller, Assert: AssertNone, Number: AsGiven, Privacy: []string{"id"}},
		Probe:        Probe{Timeout: 4 * time.Second, DownAfter: 3, UpAfter: 1}, // no interval: docs/adr/0015-probing-is-opted-into.md
	}
}

// setDefaults is called for each channel group before its keys are read.
func (g *ChannelGroup) setDefaults() {
	*g = ChannelGroup{
		Login:        LoginNone,
		Registration: Registration{Expires: time.Hour},
		Destinations: Destinations{
			NumberFormat: E164,
			Extensions:   "1-6 digits",
			Codes:        true,
		},
		MaxInteractions: 1,
		Dial: Dial{
			SuccessOn: OnProgress,
			// The field's target for an international call is that 95 % ring within 11 s
			// (ITU-T E.721, post-selection delay); a dead trunk should not cost more.
			ProgressTimeout: 12 * time.Second,
			RingTimeout:     60 * time.Second,
			// Proxies give up on a ringing call after 3 minutes (Timer C,
			// https://www.rfc-editor.org/rfc/rfc3261#section-16.6).
			MaxTimeout: 3 * time.Minute,
		},
		WrapUpLimit: time.Hour,
		Station: Station{
			Alert:       AlertOnAccept,
			AutoAnswer:  []AutoAnswer{AutoAnswerCallInfo, AutoAnswerAlertInfo},
			RingTimeout: 20 * time.Second, // an agent who is there takes the phone within four rings
			NoAnswer:    NoAnswerAlert,
		},
		Ringback: RingbackLocal,
	}
}

// DefaultGroup is a channel group with nothing but defaults, for code that builds its
// configuration without a file.
func DefaultGroup() ChannelGroup {
	var g ChannelGroup
	g.setDefaults()
	return g
}

// DefaultTrunk is a trunk with nothing but defaults.
func DefaultTrunk() Trunk {
	var t Trunk
	t.setDefaults()
	return t
}
