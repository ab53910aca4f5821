// Package torture has the torture messages of RFC 4475 and, over IPv6, those of RFC 5118, and what Tieline answers to
// each.
//
// It owns the tables. The messages of RFC 4475 are read from the module of sipgo, which carries them as test data; those
// of RFC 5118 are here, in rfc5118. It never sends anything: the tests of sip, gateway and .ci/interop do. It is safe for
// concurrent use.
package torture
