package media

import (
	"crypto/rand"
	"encoding/binary"

	"github.com/pion/rtp"
)

// NewHeader is that of the first packet of a stream. Its source, sequence number and timestamp are random
// (https://www.rfc-editor.org/rfc/rfc3550#section-5.1).
func NewHeader() rtp.Header {
	var chance [10]byte
	_, _ = rand.Read(chance[:]) // never fails
	return rtp.Header{
		Version: 2, SSRC: binary.BigEndian.Uint32(chance[:]),
		SequenceNumber: binary.BigEndian.Uint16(chance[4:]), Timestamp: binary.BigEndian.Uint32(chance[6:]),
	}
}
