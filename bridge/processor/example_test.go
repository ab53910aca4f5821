package processor_test

import (
	"context"
	"fmt"

	"tieline/bridge"
	"tieline/bridge/processor"
)

// A bridge sets up a channel, dials, and hangs up. In real life the bus comes from
// natsbus.Connect.
func Example() {
	ctx := context.Background()
	client, err := processor.Open(ctx, newGateway(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	ready, err := client.Setup(ctx, processor.Station{
		Session: "s1", Agent: bridge.Agent{ID: "alice", Name: "Alice"}, Group: "sales", Channel: "1001", EndPoint: "1001",
	})
	fmt.Println("channel:", ready.Target, err)

	call, err := client.Dial(ctx, ready.Target, bridge.Dial{Destination: "600"})
	fmt.Println("dialled:", call.Interaction, err)
	state, err := call.Wait(ctx, bridge.Started, bridge.Ended)
	fmt.Println("then:", state, err)
	fmt.Println("released:", call.Release(ctx))
	_, err = call.Wait(ctx, bridge.Ended)
	state, end := call.State()
	fmt.Println("then:", state, "by", end.ReleasedBy, err)
	fmt.Println("completed:", call.Complete(ctx))

	_, err = client.Dial(ctx, ready.Target, bridge.Dial{Destination: "601"})
	fmt.Println("dialled:", err)
	fmt.Println("disposed:", client.Dispose(ctx, ready.Made))
	// Output:
	// channel: s1.sales.1001 <nil>
	// dialled: s1.sales.1001.i1 <nil>
	// then: STARTED <nil>
	// released: <nil>
	// then: ENDED by agent <nil>
	// completed: <nil>
	// dialled: BUSY: The line is busy.
	// disposed: <nil>
}

// An agent asks an expert while the customer waits, and passes the customer on.
func ExampleCall_Consult() {
	ctx := context.Background()
	client, err := processor.Open(ctx, newGateway(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	call, err := client.Dial(ctx, "s1.sales.1001", bridge.Dial{Destination: "600"})
	if err != nil {
		fmt.Println(err)
		return
	}
	state, err := call.Primary().Wait(ctx, bridge.ConvConnected, bridge.ConvEnded)
	fmt.Println("customer:", state, err)

	expert, err := call.Consult(ctx, bridge.Consult{Destination: "700"})
	if err != nil {
		fmt.Println(err) // the agent talks with the customer again
		return
	}
	customer, _ := call.Primary().State()
	state, err = expert.Wait(ctx, bridge.ConvConnected, bridge.ConvEnded)
	fmt.Println("customer:", customer, "expert:", state, err)

	fmt.Println("transferred:", call.ConsultTransfer(ctx))
	_, err = call.Wait(ctx, bridge.Ended)
	_, end := call.State()
	fmt.Println("released by:", end.ReleasedBy, err)
	// Output:
	// customer: CONNECTED <nil>
	// customer: HELD expert: CONNECTED <nil>
	// transferred: <nil>
	// released by: agent <nil>
}
