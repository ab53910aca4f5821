// Package offertest writes session descriptions briefly, for tests: "phone:4000 0 8 sendonly + video phone:4002 97" is two
// streams with their addresses, formats and attributes.
//
// It has no state and may be used from anywhere.
package offertest
