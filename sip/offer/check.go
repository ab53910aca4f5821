package offer

import (
	"errors"
	"fmt"

	"github.com/pion/sdp/v3"
)

// maxAnswer bounds what is parsed; real answers are far below a tenth of it.
const maxAnswer = 64 << 10

// Check returns nil if answer is a session description that accepts at least one audio stream: port not zero
// (https://www.rfc-editor.org/rfc/rfc3264#section-6), with a format. Directions, addresses and attributes are the
// business of those who exchange media. The error says what is wrong in words for a log; it quotes nothing of the answer.
func Check(answer []byte) error {
	if len(answer) == 0 {
		return errors.New("offer: the answer is empty")
	}
	if len(answer) > maxAnswer {
		return fmt.Errorf("offer: the answer has %d bytes", len(answer))
	}
	var d sdp.SessionDescription
	if err := d.Unmarshal(answer); err != nil {
		return errors.New("offer: the answer is not a session description")
	}
	for _, m := range d.MediaDescriptions {
		if m.MediaName.Media == "audio" && m.MediaName.Port.Value != 0 && len(m.MediaName.Formats) > 0 {
			return nil
		}
	}
	return errors.New("offer: the answer accepts no audio")
}
