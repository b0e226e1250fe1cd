// Reads one topic from its start with franz-go, committed records only, and prints each value as it comes until one says "end".
// Where to and as whom stands in the environment, as for the other clients; the topic is the only argument.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

const patience = 60 * time.Second

func main() {
	login := plain.Auth{User: os.Getenv("CLIENT_USERNAME"), Pass: os.Getenv("CLIENT_PASSWORD")}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(os.Getenv("CLIENT_BOOTSTRAP"), ",")...),
		kgo.SASL(login.AsMechanism()),
		kgo.ConsumeTopics(os.Args[1]),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
	)
	if err != nil {
		panic(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for ended := false; !ended; {
		fetches := client.PollFetches(ctx)
		fetches.EachError(func(_ string, _ int32, err error) {
			fmt.Fprintln(os.Stderr, err)
			ended = ctx.Err() != nil
		})
		fetches.EachRecord(func(record *kgo.Record) {
			if record.Value == nil {
				fmt.Println("null")
				return
			}
			fmt.Println(string(record.Value))
			ended = ended || string(record.Value) == "end"
		})
	}
}
