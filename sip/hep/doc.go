// Package hep tells a capture server, Homer or another one that understands HEPv3, which SIP messages have crossed our sockets.
//
// [Agent] writes one message as a HEPv3 packet and is pure. [Exporter] sends them, by UDP or TCP. It owns the connection and a
// queue. It never waits for the capture server where messages come from, never keeps one back for long, and never logs what is
// in them.
//
// The format is that of "The Hep/EEP Encapsulation Protocol, version 3" (sipcapture.org): the letters HEP3, the length of the
// whole, and chunks: vendor, type, length, value. All numbers are big-endian.
package hep
