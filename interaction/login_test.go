package interaction

import (
	"slices"
	"testing"

	"tieline/bridge"
)

// Who asks for the end-point while the tree still decides about one who has left meanwhile waits
// for that decision: the tree is asked once, and a second answer does not give back what is in use.
func TestActivatedAgainWhileTheTreeDecides(t *testing.T) {
	s := newStage(t)
	ask := func(id string) []Effect {
		m := bridge.Message{Type: bridge.TypeRequest, Name: bridge.ChannelActivate, Target: theChannel, RequestID: id}
		s.c.Step(s.now, Request{Message: m, Subject: theChannel})
		return s.c.Step(s.now, Claimed{RequestID: id})
	}
	logins := func(out []Effect) (n int) {
		for _, e := range out {
			if r, ok := e.(Report); ok {
				if _, ok := r.Input.(LogIn); ok {
					n++
				}
			}
		}
		return n
	}
	first := ask("first")
	left := s.c.Step(s.now, LogOff{})
	second := ask("second")
	if logins(first) != 1 || logins(left) != 0 || logins(second) != 0 {
		t.Errorf("the tree is asked once: %d, %d, %d", logins(first), logins(left), logins(second))
	}
	if got := s.tell(s.c.Step(s.now, LoggedIn{})); got != "channel.activated, activate SUCCESS; idle" || s.c.login != bridge.LoginActive {
		t.Errorf("its decision is for who waits now: %s, %s", got, s.c.login)
	}
	out := s.c.Step(s.now, LogOff{})
	if !slices.Contains(out, Effect(Report{LogOut{theChannel, "1001"}})) {
		t.Errorf("then the end-point is given back once: %v", out)
	}
}
