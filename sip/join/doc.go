// Package join connects the media of two legs by exchanging their session descriptions.
package join
