package offer_test

import (
	"errors"
	"strings"
	"testing"

	"tieline/sip/offer"
)

// TestAnswering: who is not asked is answered for with what it has said, as far as the offer allows it.
func TestAnswering(t *testing.T) {
	describe := func(formats, direction string) *offer.Description {
		d, err := offer.Parse([]byte("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP " + formats + "\r\na=" + direction + "\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	ours := describe("0 8", "sendrecv")
	got, err := ours.Answering(describe("8 18", "sendonly"))
	if err != nil {
		t.Fatal(err)
	}
	if s := string(got.Bytes()); !strings.Contains(s, "RTP/AVP 8\r\n") || !strings.Contains(s, "a=recvonly") {
		t.Errorf("only what both can do, and hears what is sent: %s", s)
	}
	if _, err := ours.Answering(describe("18", "sendrecv")); !errors.Is(err, offer.ErrNothingFits) {
		t.Errorf("nothing in common: %v", err)
	}
}
