// Package resolve asks DNS for what [tieline/sip/locate] wants to know, since the standard library knows neither NAPTR nor
// for how long an answer is good.
//
// It is a stub resolver: servers, in order, are asked over UDP, over TCP where an answer was cut off, and believed only
// about what they were asked. Answers are kept for their TTL, those that there is nothing as well
// (https://www.rfc-editor.org/rfc/rfc2308); where nobody answers, what was known before counts for another day
// (https://www.rfc-editor.org/rfc/rfc8767). A name in the hosts file has the addresses that it has there and nothing else;
// localhost is this host (https://www.rfc-editor.org/rfc/rfc6761#section-6.3).
//
// Without servers in its configuration it reads /etc/resolv.conf, search list included, anew before it asks: containers and
// DHCP change it. What else nsswitch.conf may name (mDNS, LDAP) is not asked.
//
// A [Resolver] may be used from any goroutine and has none of its own. Locate blocks until its context ends at most; who asks
// the same at the same time waits for the same answer.
package resolve
