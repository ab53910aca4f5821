//go:build !race

package sip

const raceFactor = 1
