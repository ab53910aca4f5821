// Package locate says where a SIP request may be sent: from a host, a port and a transport, whichever of them are given,
// to an ordered list of addresses (https://www.rfc-editor.org/rfc/rfc3263#section-4).
//
// It decides which records to ask for and what they mean: NAPTR, SRV with priorities and weights
// (https://www.rfc-editor.org/rfc/rfc2782), A and AAAA. Asking is somebody else's, [tieline/sip/resolve]: here it is a
// function. Nothing waits, keeps the time or throws dice: what is random comes from a function as well.
//
//	host without a port           transport given       SRV of that transport, else A/AAAA with its default port
//	                              not given             NAPTR says which, else SRV of every transport, else as with UDP
//	host with a port              A/AAAA with that port
//	address                       itself
//
// A [Route] is what DNS says, and stays good for its TTL; [Route.Order] draws an order from it for one request.
package locate
