package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/google/uuid"

	"tieline/bridge"
	"tieline/bridge/natsbus"
	"tieline/gateway/config"
	"tieline/gateway/dialplan"
	"tieline/interaction"
	"tieline/sip"
	"tieline/sip/resolve"
	"tieline/sip/trunk"
)

// The configuration in the words of each trade.

func spaceOf(c config.Config) bridge.Space {
	return bridge.Space{Prefix: c.Processor.Prefix, Processor: c.Processor.ID}
}

func busConfig(c config.Config, version string, log *slog.Logger) natsbus.Config {
	n := c.NATS
	bus := natsbus.Config{
		URL:         n.URL,
		Credentials: natsbus.Credentials{User: n.User, Password: string(n.Password), Token: string(n.Token), CredsFile: n.CredentialsFile, NKeyFile: n.NKeyFile},
		CAFile:      n.CAFile,
		Space:       spaceOf(c),
		Groups:      slices.Sorted(maps.Keys(c.ChannelGroups)),
		Retention:   natsbus.Retention{MaxAge: n.Retention.Age, MaxBytes: int64(n.Retention.Size)},
		LedgerTTL:   n.LedgerTTL,
		Replicas:    n.Replicas,
		Version:     version,
		Metadata:    map[string]string{"protocol-version": interaction.ProtocolVersion},
		Name:        "tieline",
		Logger:      log,
	}
	if n.IsEmbedded() {
		bus.Embedded = &natsbus.Embedded{Dir: n.Embedded.Dir, Listen: n.Embedded.Listen, SyncAlways: n.Embedded.SyncAlways}
		if n.Embedded.Listen == config.None {
			bus.Embedded.Listen = ""
		}
	}
	return bus
}

func sipConfig(c config.Config, log *slog.Logger) sip.Config {
	s := sip.Config{Advertise: c.SIP.Advertise, AdvertiseIPv6: c.SIP.AdvertiseIPv6, TLS: listenTLS(c.SIP.TLS), Product: c.SIP.UserAgent, Hold: c.SIP.HoldDown, MaxHold: c.SIP.MaxHoldDown, Log: log}
	s.Locate = resolve.New(resolve.Config{Servers: c.SIP.DNS.Addresses()}).Locate
	for _, l := range c.SIP.Listen {
		network, address := l.Split()
		s.Listen = append(s.Listen, sip.Listen{Network: string(network), Address: address})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Trunks)) {
		t := c.Trunks[name]
		s.Trunks = append(s.Trunks, sip.Trunk{
			Name: name, Address: t.Address, Transport: string(t.Transport), Domain: t.Domain, TLS: trunkTLS(t.TLS), SIPS: t.SIPS,
			KeepAlive: t.KeepAlive, AnswerToSource: t.AnswerToSource,
			Challenge: t.Challenge, ChallengeAlgorithms: t.ChallengeAlgorithms, OutboundProxy: t.OutboundProxy, Register: accountOf(t.Register), RegistrationsPerSecond: t.RegistrationsPerSecond,
			Username: t.Username, Password: string(t.Password), UDPOnly: t.UDPOnly, Trusted: t.Trusted,
			Identity: identityOf(t.Identity), HeadersIn: t.HeadersIn, TraceParent: t.TraceParent,
			DigitsByRTP: t.DTMF == config.DTMFRTP, ProgressTimeout: t.ProgressTimeout, RingTimeout: t.RingTimeout,
			Prack: prackOf(t.Prack), Redirects: sip.Redirects{Most: t.Redirects, Hosts: t.RedirectHosts},
			SessionTimer: sip.SessionTimer{Expires: t.SessionTimer.Expires, Min: t.SessionTimer.Min, Refresher: refresherOf(t.SessionTimer)},
			StopCodes:    t.StopCodes, Limits: trunk.Limits(t.Limits), Probe: trunk.Probing(t.Probe),
		})
	}
	return s
}

func listenTLS(t config.ListenTLS) sip.TLS {
	return sip.TLS{CertFile: t.CertFile, KeyFile: t.KeyFile, CAFile: t.ClientCAFile, MinVersion: t.MinVersion.Number()}
}

func trunkTLS(t config.TrunkTLS) sip.TLS {
	return sip.TLS{ServerName: t.ServerName, CAFile: t.CAFile, CertFile: t.CertFile, KeyFile: t.KeyFile, MinVersion: t.MinVersion.Number()}
}

// refresherOf says who refreshes the sessions of a trunk.
func refresherOf(s config.SessionTimer) sip.Refresher {
	switch s.Refresher {
	case config.RefresherUs:
		return sip.WeRefresh
	case config.RefresherPeer:
		return sip.PeerDoes
	default:
		return sip.Anybody
	}
}

// sharesOf says in which order a group's trunks are tried.
func sharesOf(g config.ChannelGroup) []trunk.Share {
	var shares []trunk.Share
	for _, t := range g.Trunks.Complete() {
		shares = append(shares, trunk.Share(t))
	}
	return shares
}

// prackOf says whether provisional responses of a trunk are acknowledged.
func prackOf(p config.Prack) sip.Prack {
	switch p {
	case config.PrackSupported:
		return sip.PrackSupported
	case config.PrackRequired:
		return sip.PrackRequired
	default:
		return sip.PrackOff
	}
}

// channelSettings gives each group's channels their rules.
func channelSettings(c config.Config) (map[string]interaction.ChannelSettings, error) {
	groups := map[string]interaction.ChannelSettings{}
	for name, g := range c.ChannelGroups {
		plan, err := dialplan.Compile(rulesOf(g.Destinations))
		if err != nil {
			return nil, fmt.Errorf("channel group %s: %w", name, err)
		}
		groups[name] = interaction.ChannelSettings{
			Group: name, MaxInteractions: g.MaxInteractions, MaxPending: c.Processor.Limits.PendingRequests, SuccessOnAnswer: g.Dial.SuccessOn == config.OnAnswer,
			MaxTimeout: g.Dial.MaxTimeout, WrapUp: g.WrapUp, WrapUpLimit: g.WrapUpLimit, KeepCallsAtLogout: g.KeepCallsAtLogout,
			SendDTMF: sendsDTMF(c, g), Station: g.Station.Any(), Transfer: g.Station.Any() || refers(c, g), Conference: g.Conference != "",
			Register: g.Login == config.LoginRegister, CallerIDAllowed: g.CallerID.AllowOverride, Headers: g.Headers,
			Destination: destinations(plan), NewID: newID, Adjust: withoutStation(c, g),
		}
	}
	return groups, nil
}

// sendsDTMF tells whether every trunk of a group can send digits: which one a call takes is known too late.
func sendsDTMF(c config.Config, g config.ChannelGroup) bool {
	return !slices.ContainsFunc(g.Trunks.Names(), func(name string) bool { return c.Trunks[name].DTMF == config.DTMFNone })
}

// refers tells whether every trunk of a group has its peer pass calls on: without a station there is no other way.
func refers(c config.Config, g config.ChannelGroup) bool {
	return !slices.ContainsFunc(g.Trunks.Names(), func(name string) bool { return c.Trunks[name].Transfer != config.TransferRefer })
}

// withoutStation is what is different for an end-point that has none, in a group where others have one.
func withoutStation(c config.Config, g config.ChannelGroup) func(string, *interaction.ChannelSettings) {
	return func(endPoint string, s *interaction.ChannelSettings) {
		if _, _, ok := g.Station.Of(endPoint); !ok {
			s.Station, s.Conference, s.Transfer = false, false, refers(c, g)
		}
	}
}

func rulesOf(d config.Destinations) dialplan.Rules {
	return dialplan.Rules{
		Country: d.Country, NumberFormat: string(d.NumberFormat), Extensions: d.Extensions, Codes: d.Codes,
		URIs: d.SIPURIs.Allow, Hosts: d.SIPURIs.Hosts, Allow: d.Allow, Deny: d.Deny,
	}
}

// destinations lets the core ask a plan.
func destinations(plan *dialplan.Plan) func(string) (interaction.Destination, *bridge.Error) {
	return func(s string) (interaction.Destination, *bridge.Error) {
		callee, err := plan.Parse(s)
		var refused *dialplan.Error
		switch {
		case err == nil:
			return interaction.Destination{User: callee.User, URI: callee.URI, Number: callee.Display, Urgent: plan.Emergency(callee)}, nil
		case errors.As(err, &refused) && refused.Reason == dialplan.NotAllowed:
			return interaction.Destination{}, bridge.NotAllowed.Error(refused.Message)
		}
		return interaction.Destination{}, bridge.InvalidDestination.Error(err.Error())
	}
}

// newID makes ids that sort by time.
func newID() string {
	id, err := uuid.NewV7()
	if err != nil { // no randomness: nothing at all would be safe
		panic("gateway: no randomness: " + err.Error())
	}
	return id.String()
}
