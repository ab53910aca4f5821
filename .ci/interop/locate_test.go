//go:build interop

package interop

import (
	"testing"

	"tieline/sip/resolve/dnstest"
)

const (
	// secondAddress is where the second server waits for calls.
	secondAddress = "127.0.30.2:5060"
	dnsAddress    = "127.0.50.1:5353"

	// located are the records of a trunk with two servers, in this order, by UDP and by TCP; decided has it choose TCP.
	located = `
		_sip._udp.pbx.tieline.test. 60 IN SRV 1 0 5060 first.tieline.test.
		_sip._udp.pbx.tieline.test. 60 IN SRV 2 0 5060 second.tieline.test.
		_sip._tcp.pbx.tieline.test. 60 IN SRV 1 0 5060 first.tieline.test.
		_sip._tcp.pbx.tieline.test. 60 IN SRV 2 0 5060 second.tieline.test.
		first.tieline.test. 60 IN A 127.0.30.1
		second.tieline.test. 60 IN A 127.0.30.2
		tieline.test. 60 IN SOA ns.tieline.test. admin.tieline.test. 1 2 3 4 60
`
	decided = `
		pbx.tieline.test. 60 IN NAPTR 1 1 "s" "SIP+D2T" "" _sip._tcp.pbx.tieline.test.
		pbx.tieline.test. 60 IN NAPTR 2 1 "s" "SIP+D2U" "" _sip._udp.pbx.tieline.test.
`
)

// atSRV is the gateway with a trunk whose address is a name of these records.
func atSRV(t *testing.T, transport, records string) gateway {
	t.Helper()
	s, err := dnstest.Start(dnsAddress, records)
	must(t, err, "start the DNS server")
	t.Cleanup(s.Close)
	return gateway{Peer: "pbx.tieline.test", Transport: transport, DNS: dnsAddress}
}

// secondSIPp answers one call at the second address.
func secondSIPp(t *testing.T, transport string) *process {
	t.Helper()
	p := sippAt(t, "second", secondAddress, "-sf", peerFile(t, "sipp", "answer.xml"), "-m", "1", "-d", "300", "-t", transport[:1]+"1",
		"-trace_msg", "-message_file", "second-messages.log")
	eventually(t, "the second SIPp listens", func() bool { return listens(t, transport, secondAddress) })
	return p
}

func TestSRVSecondServerWhereTheFirstRefuses(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			first := startSIPp(t, "503", 1, append(messages(), "-t", transport[:1]+"1")...)
			second := secondSIPp(t, transport)
			answered(t, second, atSRV(t, transport, located))
			first.awaitExit(t, "the first server got its ACK", 0, patience)
		})
	}
}

func TestSRVSecondServerWhereTheFirstIsNotThere(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			answered(t, secondSIPp(t, transport), atSRV(t, transport, located))
		})
	}
}

// A callee who refuses is not called at the second server.
func TestSRVRefusalIsFinal(t *testing.T) {
	first := startSIPp(t, "486", 1, messages()...)
	second := secondSIPp(t, "udp")
	atSRV(t, "udp", located).start(t)
	c := logIn(t).dial("600")
	c.wantLadder("channel.request.dial FAILURE BUSY")
	first.awaitExit(t, "the first server got its ACK", 0, patience)
	select {
	case <-second.endedc:
		t.Error("the second server was called")
	default:
	}
}

func TestNAPTRDecidesOnTCP(t *testing.T) {
	first := startSIPp(t, "answer", 1, append(messages(), "-d", "300", "-t", "t1")...)
	answered(t, first, atSRV(t, "auto", located+decided))
}
