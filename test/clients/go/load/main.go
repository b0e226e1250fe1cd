// Command load is the bench's own client, the same for every target: topics without waiting for a JVM, latency of single records at a fixed
// rate, and many connections that do nothing. Prints one JSON object a line.
//
// usage: load create|delete|latency|idle [flags]
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

const patience = 60 * time.Second

type where struct {
	*flag.FlagSet
	bootstrap, user, password, topic *string
}

func flagsOf(name string) where {
	set := flag.NewFlagSet(name, flag.ExitOnError)
	return where{set, set.String("bootstrap", "", "host:port"), set.String("user", "", "for SASL/PLAIN; none without"),
		set.String("password", "", ""), set.String("topic", "", "")}
}

func (w where) client(more ...kgo.Opt) (*kgo.Client, error) {
	options := append([]kgo.Opt{
		kgo.SeedBrokers(*w.bootstrap),
		kgo.ConnIdleTimeout(14 * time.Minute), // an idle connection has to stay
	}, more...)
	if *w.user != "" {
		options = append(options, kgo.SASL(plain.Auth{User: *w.user, Pass: *w.password}.AsMechanism()))
	}
	return kgo.NewClient(options...)
}

func main() {
	commands := map[string]func([]string) error{"create": create, "delete": remove, "latency": latency, "idle": idle}
	err := errors.New("usage: load create|delete|latency|idle [flags]")
	if len(os.Args) > 1 && commands[os.Args[1]] != nil {
		err = commands[os.Args[1]](os.Args[2:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func say(result map[string]any) {
	_ = json.NewEncoder(os.Stdout).Encode(result)
}

func create(args []string) error {
	flags := flagsOf("create")
	partitions := flags.Int("partitions", 1, "")
	_ = flags.Parse(args)
	return flags.administer(func(ctx context.Context, admin *kadm.Client) error {
		_, err := admin.CreateTopic(ctx, int32(*partitions), 1, nil, *flags.topic)
		return err
	})
}

func remove(args []string) error {
	flags := flagsOf("delete")
	_ = flags.Parse(args)
	return flags.administer(func(ctx context.Context, admin *kadm.Client) error {
		_, err := admin.DeleteTopic(ctx, *flags.topic)
		return err
	})
}

func (w where) administer(act func(context.Context, *kadm.Client) error) error {
	client, err := w.client()
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return act(ctx, kadm.NewClient(client))
}

// latency sends one record after the other at a fixed rate with acks=1. A record is measured from when it was due, so that one that had to
// wait for its turn counts as late.
func latency(args []string) error {
	flags := flagsOf("latency")
	rate, size := flags.Int("rate", 200, "records a second"), flags.Int("size", 1024, "bytes")
	seconds, warm := flags.Float64("seconds", 8, ""), flags.Float64("warm", 1, "seconds before it counts")
	_ = flags.Parse(args)
	client, err := flags.client(kgo.DefaultProduceTopic(*flags.topic), kgo.ProducerLinger(0), kgo.DisableIdempotentWrite(),
		kgo.RequiredAcks(kgo.LeaderAck()))
	if err != nil {
		return err
	}
	defer client.Close()
	value := make([]byte, *size)
	var lock sync.Mutex
	var took []time.Duration
	var failed error
	start := time.Now()
	first := start.Add(time.Duration(*warm * float64(time.Second)))
	gap := time.Second / time.Duration(*rate)
	for i := range int((*warm + *seconds) * float64(*rate)) {
		due := start.Add(time.Duration(i) * gap)
		time.Sleep(time.Until(due))
		client.Produce(context.Background(), &kgo.Record{Value: value}, func(_ *kgo.Record, err error) {
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				failed = err
			} else if !due.Before(first) {
				took = append(took, time.Since(due))
			}
		})
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := client.Flush(ctx); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	slices.Sort(took)
	at := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000 }
	say(map[string]any{"records": len(took), "p50Ms": at(0.5), "p99Ms": at(0.99)})
	return nil
}

// idle opens connections, each with a login and one question, says how long that took, waits for a line on standard input while somebody
// looks at the memory of what is in the middle, and asks each connection once more.
func idle(args []string) error {
	flags := flagsOf("idle")
	count, parallel := flags.Int("count", 2000, ""), flags.Int("parallel", 64, "logins at a time")
	_ = flags.Parse(args)
	clients := make([]*kgo.Client, *count)
	for i := range clients {
		client, err := flags.client(kgo.DialTimeout(patience))
		if err != nil {
			return err
		}
		clients[i] = client
	}
	pingAll := func() int64 {
		var answered atomic.Int64
		var group sync.WaitGroup
		gate := make(chan struct{}, *parallel)
		for _, client := range clients {
			gate <- struct{}{}
			group.Go(func() {
				defer func() { <-gate }()
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				if client.Ping(ctx) == nil {
					answered.Add(1)
				}
			})
		}
		group.Wait()
		return answered.Load()
	}
	start := time.Now()
	up := pingAll()
	say(map[string]any{"up": up, "seconds": time.Since(start).Seconds()})
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	say(map[string]any{"still": pingAll()})
	return nil
}
