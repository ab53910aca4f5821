// Package bridge is the CTI bridge protocol as Go types: messages, names, targets,
// bodies, error codes, and the two encodings in which they travel over NATS
// (docs/protocol.md).
//
// It owns nothing and does no I/O: it knows what a message means, not how it gets there
// (that is bridge/natsbus). Authors of a processor bridge may import it on its own.
//
// All values are plain data; functions are safe for concurrent use.
package bridge
