// Package dnstest is a DNS server for tests: records by name and type as lines of a zone file, and the faults that servers
// have.
package dnstest
