// Package dialplan decides what a channel group may dial, and how it is written for SIP.
//
// It owns the grammar of a destination (docs/protocol.md §7.4): extensions, service codes
// with * and #, telephone numbers in E.164 or national form, and sip: URIs where the group
// allows them. Nothing that it has not understood gets through: what [Plan.Parse] accepts
// consists of the bytes A-Z a-z 0-9 and + * # - _ . ! ~ : @, so that no destination can
// break out of the SIP message that it is put into.
//
// It is pure: no I/O, no clock, no log. It never puts a destination into an error message,
// because error messages are logged and telephone numbers must not be.
//
// Concurrency: a Plan never changes after Compile and may be used from anywhere.
package dialplan
