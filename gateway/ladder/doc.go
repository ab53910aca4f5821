// Package ladder writes what crossed the gateway's two borders, bus and SIP, as lines on one
// time line: the format of the tests, of tieline demo, dial and watch.
//
//	+0.002s  gw ─▶ pbx     INVITE sip:600@pbx
//	+0.005s  gw ◀─ pbx     180
//	+0.006s  bridge ◀─ gw  cti.event    channel.interactionadded s1.g1.c1 #7 {"interaction":"i1",…}
//	+0.006s  bridge ◀─ gw  cti.response channel.request.dial     s1.g1.c1 #8 SUCCESS
//
// It owns the lines it has recorded and the short names it gives to long ids. It never
// changes or delays a message.
//
// Concurrency: Recorder and Names are safe for use from anywhere and never block for long, so
// that their methods can stand where a trace is wanted; Line and Style are plain values.
package ladder
