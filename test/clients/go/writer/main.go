// Writes to a guarded topic with franz-go: with one idempotent producer, and with one transactional one, each past a record that is refused.
// Prints one line of JSON a step; see test/integration/guarded-writers.test.ts for what is asked, which is the same of every client.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"lockkeeper/test/clients/report"
)

func main() {
	topic := os.Args[1]
	idempotent(topic + "-idempotent")
	transactional(topic + "-transactional")
}

// batchBytes is the least that may be asked for, and padding makes each record a batch of its own.
const batchBytes = 1 << 10

var padding = bytes.Repeat([]byte("-"), 700)

func open(options ...kgo.Opt) *kgo.Client {
	where := report.FromEnvironment()
	login := plain.Auth{User: where.Username, Pass: where.Password}
	all := append([]kgo.Opt{
		kgo.SeedBrokers(strings.Split(os.Getenv("CLIENT_BOOTSTRAP"), ",")...),
		kgo.SASL(login.AsMechanism()),
		kgo.ProducerLinger(0),
		kgo.ProducerBatchMaxBytes(batchBytes),
	}, options...)
	client, err := kgo.NewClient(all...)
	if err != nil {
		panic(err)
	}
	return client
}

func record(topic, name, tenant string) *kgo.Record {
	value := fmt.Sprintf(`{"n":%q,"card":"4111"}`, name)
	return &kgo.Record{Topic: topic, Value: []byte(value), Headers: []kgo.RecordHeader{{Key: "tenant", Value: []byte(tenant)}, {Key: "padding", Value: padding}}}
}

func send(client *kgo.Client, topic, name, tenant string) {
	report.Step(name, func(ctx context.Context) (any, error) {
		return nil, client.ProduceSync(ctx, record(topic, name, tenant)).FirstErr()
	})
}

func idempotent(topic string) {
	client := open()
	defer client.Close()
	send(client, topic, "one", "acme")
	send(client, topic, "refused", "closed")
	send(client, topic, "two", "acme")
	// Nobody waits: the refused one is in flight between others.
	results := make([]chan error, 6)
	for index := range results {
		tenant := "acme"
		if index == 2 {
			tenant = "closed"
		}
		done := make(chan error, 1)
		results[index] = done
		client.Produce(context.Background(), record(topic, fmt.Sprint("burst", index), tenant), func(_ *kgo.Record, err error) { done <- err })
	}
	for index, done := range results {
		report.Step(fmt.Sprint("burst", index), func(ctx context.Context) (any, error) {
			select {
			case err := <-done:
				return nil, err
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		})
	}
	send(client, topic, "after", "acme")
}

func transactional(topic string) {
	client := open(kgo.TransactionalID(topic))
	defer client.Close()
	report.Step("begin", func(context.Context) (any, error) { return nil, client.BeginTransaction() })
	send(client, topic, "lost", "acme")
	send(client, topic, "refused-in-transaction", "closed")
	report.Step("abort", func(ctx context.Context) (any, error) { return nil, client.EndTransaction(ctx, kgo.TryAbort) })
	report.Step("begin-again", func(context.Context) (any, error) { return nil, client.BeginTransaction() })
	send(client, topic, "kept", "acme")
	report.Step("commit", func(ctx context.Context) (any, error) { return nil, client.EndTransaction(ctx, kgo.TryCommit) })
}
