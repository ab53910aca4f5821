package bustest

import (
	"fmt"
	"strconv"
	"testing"

	"tieline/bridge"
)

func open(t *testing.T, b Bus) <-chan bridge.Delivery {
	t.Helper()
	c, err := b.Intake()
	if err != nil {
		t.Fatalf("intake: %v", err)
	}
	return c
}

func (h Harness) targets() []bridge.Target {
	group := bridge.Target("s1." + h.Group)
	return []bridge.Target{bridge.Control, "s1", group, group + ".c1", group + ".c1.i1", group + ".c1.i1.v1"}
}

func intakeOrder(t *testing.T, h Harness) {
	const n = 3000
	c := open(t, h.Bus)
	go func() {
		targets := h.targets()
		for i := range n {
			d := bridge.Delivery{Subject: h.Space.To(targets[i%len(targets)]), Data: []byte(strconv.Itoa(i))}
			if err := h.Send(d); err != nil {
				t.Errorf("send: %v", err)
				return
			}
		}
	}()
	for i := range n {
		if d := await(t, "deliveries", c); string(d.Data) != strconv.Itoa(i) {
			t.Fatalf("message %s arrived in place %d", d.Data, i)
		}
	}
}

func oneGateway(t *testing.T, h Harness) {
	const n = 200
	c1, c2 := open(t, h.Bus), open(t, h.Other)
	go func() {
		targets := h.targets()
		for i := range n {
			d := bridge.Delivery{Subject: h.Space.To(targets[i%len(targets)]), Data: []byte(strconv.Itoa(i))}
			if err := h.Send(d); err != nil {
				t.Errorf("send: %v", err)
				return
			}
		}
	}()
	seen := map[string]int{}
	shares := [2]int{}
	merged := make(chan int)
	data := make(chan string)
	stop := make(chan struct{})
	defer close(stop)
	for who, c := range []<-chan bridge.Delivery{c1, c2} {
		go func() {
			for {
				select {
				case d := <-c:
					merged <- who
					data <- string(d.Data)
				case <-stop:
					return
				}
			}
		}()
	}
	for range n {
		who := await(t, "deliveries", merged)
		shares[who]++
		seen[await(t, "data", data)]++
	}
	if len(seen) != n {
		t.Errorf("%d different messages of %d arrived", len(seen), n)
	}
	if shares[0] == 0 || shares[1] == 0 {
		t.Errorf("the gateways got %d and %d messages, want both to take part", shares[0], shares[1])
	}
}

func reply(t *testing.T, h Harness) {
	c := open(t, h.Bus)
	inbox := h.Inbox("inbox.42")
	question := bridge.Delivery{
		Subject: h.Space.To(bridge.Control), Reply: "inbox.42",
		Header: bridge.Header{"type": {"cti.query"}, "requestId": {"q1"}, "X-other": {"a", "b"}}, Data: []byte(`{}`),
	}
	if err := h.Send(question); err != nil {
		t.Fatalf("send: %v", err)
	}
	d := await(t, "the question", c)
	if d.Reply != "inbox.42" || d.Subject != question.Subject || string(d.Data) != "{}" || fmt.Sprint(d.Header) != fmt.Sprint(question.Header) {
		t.Errorf("question arrived as %+v, sent as %+v", d, question)
	}
	if err := h.Bus.Reply(d.Reply, bridge.Header{"requestId": {"q1"}}, []byte("answer")); err != nil {
		t.Fatalf("reply: %v", err)
	}
	if a := await(t, "the answer", inbox); string(a.Data) != "answer" || a.Header["requestId"][0] != "q1" {
		t.Errorf("answer arrived as %+v", a)
	}
	for _, to := range []string{"$JS.API.STREAM.DELETE.X", h.Space.From("s1"), "a.*"} {
		if err := h.Bus.Reply(to, nil, nil); err == nil {
			t.Errorf("a reply to %s was sent", to)
		}
	}
}
