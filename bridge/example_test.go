package bridge_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"tieline/bridge"
)

// A dial, as a bridge puts it on the bus: the subject, the headers, the body.
func Example() {
	space := bridge.Space{Prefix: "cti", Processor: "acme"}
	channel := bridge.Target("s1").Child("sales").Child("1001")
	body, err := json.Marshal(bridge.Dial{Destination: "600"})
	if err != nil {
		fmt.Println(err)
		return
	}
	header, data := space.Encode(bridge.Message{
		Type: bridge.TypeRequest, Name: bridge.ChannelDial, Target: channel,
		RequestID: "7d6f3a52-0c1e-4b7a-9f21-3d2c1b0a9f8e", Body: body,
	})
	fmt.Println(space.To(channel))
	fmt.Println(header["type"], header["name"], header["target"])
	fmt.Println(string(data))
	// Output:
	// cti.acme.to.s1.sales.1001
	// [cti.request] [channel.request.dial] [s1.sales.1001]
	// {"destination":"600"}
}

// What comes from a gateway is an event with a body of its own type, or the response to a request.
func ExampleMessage_Payload() {
	said := []bridge.Message{
		bridge.Event(bridge.ChannelInteractionAdded, "s1.sales.1001", bridge.InteractionAdded{
			Interaction: "i1", Direction: bridge.Inbound, State: bridge.Alerting, Remote: bridge.Party{Number: "+4930123456"},
		}),
		bridge.Event(bridge.InteractionStarted, "s1.sales.1001.i1", bridge.InteractionChange{State: bridge.Started}),
		bridge.Event(bridge.ChannelActivated, "s1.sales.1001", nil),
	}
	for _, m := range said {
		body, err := m.Payload()
		switch body := body.(type) {
		case bridge.InteractionAdded:
			fmt.Println(body.Remote.Number, "calls", m.Target.ID())
		case bridge.InteractionChange:
			fmt.Println(m.Target.ID(), "is", body.State)
		default:
			fmt.Println(m.Name, body, err)
		}
	}
	// Output:
	// +4930123456 calls 1001
	// i1 is STARTED
	// channel.activated <nil> <nil>
}

// A FAILURE is an error with a stable code; its message is for the agent.
func ExampleMessage_Err() {
	space := bridge.Space{Prefix: "cti", Processor: "acme"}
	m, _, err := space.Decode(bridge.Header{
		"type": {"cti.response"}, "name": {"channel.request.dial"}, "target": {"s1.sales.1001"},
		"requestId": {"1"}, "result": {"FAILURE"}, "errorMessage": {"The line is busy."},
	}, []byte(`{"error":{"code":"BUSY","retryable":true,"sip":{"status":486,"phrase":"Busy Here","reason":""},
		"q850":17,"retry-after":null,"trunk":"pbx-a","attempts":1,"alerted":false}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	var e *bridge.Error
	if errors.As(m.Err(), &e) {
		fmt.Println(e.Code, e.Retryable, e.Tried.SIP.Status)
		fmt.Println(e.Message)
	}
	// Output:
	// BUSY true 486
	// The line is busy.
}

// A channel's target says where it stands in the tree.
func ExampleTarget() {
	conversation, err := bridge.ParseTarget("s1.sales.1001.i1.v1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(conversation.Object(), "of", conversation.At(bridge.ObjectChannel), "with id", conversation.ID())
	// Output: conversation of s1.sales.1001 with id v1
}

// The subject of what a gateway says names the destination that speaks.
func ExampleSpace_ParseFrom() {
	space := bridge.Space{Prefix: "cti", Processor: "acme"}
	target, err := space.ParseFrom("cti.acme.from.s1.sales.1001")
	fmt.Println(target, err)
	_, err = space.ParseFrom("cti.other.from.s1")
	fmt.Println(err)
	// Output:
	// s1.sales.1001 <nil>
	// subject "cti.other.from.s1" is not of processor acme
}
