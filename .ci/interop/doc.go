// Package interop proves the gateway against software that is not ours: SIPp, Kamailio and
// baresip on the telephone side, the official JavaScript NATS client on the bridge's side; and its
// contract against the official AsyncAPI parser.
// It holds tests only, behind the build tag "interop"; run starts them. It uses addresses of
// 127.0.0.0/8 alone, and every process that a test starts ends with the test.
package interop
