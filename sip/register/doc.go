// Package register says what one registration at a registrar sends, and when
// (https://www.rfc-editor.org/rfc/rfc3261#section-10.2).
//
// It owns the binding's life: asking for it, with credentials and for as long as the registrar wants it to be at least,
// refreshing it well before it ends, trying again at growing intervals where that fails, and removing it. It never
// builds a message, and it never has two REGISTER requests under way: the next one waits for what came of the one before
// (https://www.rfc-editor.org/rfc/rfc3261#section-10.2).
//
// A Tick may come late: whoever drives many machines spreads what they send by letting them wait.
//
// # States
//
//	state    | input                     | effects              | next
//	off      | Start                     |                      | waiting, until now
//	off      | Stop                      | Removed              | off
//	waiting  | Tick, due                 | Send                 | asking
//	waiting  | Tick, the binding is over | Lost                 | waiting
//	waiting  | ConnectionLost            |                      | waiting, for a moment
//	waiting  | Stop, there is a binding  |                      | waiting, until now, to remove it
//	waiting  | Stop, there is none       | Removed              | off
//	asking   | challenge                 | Send with Auth       | asking
//	asking   | 423                       | Send, for longer     | asking
//	asking   | 2xx                       | Registered           | waiting, until well before it ends
//	asking   | anything else             | Lost, if it is so    | waiting, longer each time
//	removing | challenge                 | Send with Auth       | removing
//	removing | anything else             | Removed              | off; waiting, where it was started again
//
// Stop while it is asking has its effect when the answer is there.
//
// # Concurrency
//
// A [Machine] has one owner. Nothing in here has a clock, a lock or a goroutine.
package register
