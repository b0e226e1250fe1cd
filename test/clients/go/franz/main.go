// franz-go (kgo and kadm) does all it can; see test/clients/matrix.ts for what is done with what it prints.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"lockkeeper/test/clients/report"
)

type client struct {
	where report.Where
	admin *kadm.Client
}

func main() {
	where := report.FromEnvironment()
	c := &client{where: where}
	c.admin = kadm.NewClient(c.open())
	defer c.admin.Close()
	if where.Steps == "act" {
		c.act()
		return
	}
	if where.Steps == "guarded" {
		c.guarded()
		return
	}
	c.topics()
	c.records()
	c.groups()
	c.transactions()
	if where.Steps == "all" {
		c.administration()
		c.newGroups()
	}
	c.cleanUp()
}

func (c *client) name(suffix string) string { return c.where.Prefix + "-" + suffix }

func (c *client) open(options ...kgo.Opt) *kgo.Client {
	login := plain.Auth{User: c.where.Username, Pass: c.where.Password}
	all := append([]kgo.Opt{
		kgo.SeedBrokers(c.where.Bootstrap...),
		kgo.SASL(login.AsMechanism()),
		kgo.ClientID("franz"),
		kgo.RecordRetries(3),
		kgo.RequestRetries(3),
		kgo.RetryTimeout(8 * time.Second),
		kgo.FetchMaxWait(200 * time.Millisecond),
		kgo.UnknownTopicRetries(2),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
	}, options...)
	made, err := kgo.NewClient(all...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return made
}

func text(value string) *string { return &value }

func (c *client) topics() {
	configs := map[string]*string{"retention.ms": text("-1")}
	report.Step("api-versions", func(ctx context.Context) (any, error) {
		versions, err := c.admin.ApiVersions(ctx)
		kept := map[int16]string{}
		for _, one := range versions.Sorted()[:1] {
			one.EachKeySorted(func(key, minimum, maximum int16) { kept[key] = fmt.Sprint(minimum, "-", maximum) })
		}
		return kept, err
	})
	report.Step("create-topic-for-records", func(ctx context.Context) (any, error) {
		forEver := map[string]*string{"retention.ms": text("-1")} // the records say that they are from 2023
		return c.admin.CreateTopics(ctx, 1, 1, forEver, c.name("single"))
	})
	report.Step("create-topics", func(ctx context.Context) (any, error) {
		return c.admin.CreateTopics(ctx, 3, 1, configs, c.name("plain"), c.name("other"))
	})
	report.Step("create-topics-again", func(ctx context.Context) (any, error) {
		return c.admin.CreateTopics(ctx, 3, 1, nil, c.name("plain"), c.name("fresh"))
	})
	report.Step("create-topics-validate", func(ctx context.Context) (any, error) {
		return c.admin.ValidateCreateTopics(ctx, 3, 1, configs, c.name("never"))
	})
	report.Step("create-topics-wrong", func(ctx context.Context) (any, error) {
		return c.admin.CreateTopics(ctx, 1, 9, map[string]*string{"nonsense": text("1")}, c.name("bad name!"), c.name("bad"))
	})
	report.Step("list-topics", func(ctx context.Context) (any, error) {
		report.Settle()
		listed, err := c.admin.ListTopics(ctx)
		listed.FilterInternal()
		kept := map[string]any{}
		for name, topic := range listed {
			if len(name) > len(c.where.Prefix) && name[:len(c.where.Prefix)] == c.where.Prefix {
				kept[name] = topic
			}
		}
		return kept, err
	})
	report.Step("describe-unknown-topic", func(ctx context.Context) (any, error) {
		return c.admin.ListTopics(ctx, c.name("unknown"))
	})
	report.Step("brokers", func(ctx context.Context) (any, error) { return c.admin.BrokerMetadata(ctx) })
	report.Step("describe-topic-configs", func(ctx context.Context) (any, error) {
		return c.admin.DescribeTopicConfigs(ctx, c.name("plain"), c.name("unknown"))
	})
	report.Step("alter-topic-configs", func(ctx context.Context) (any, error) {
		return c.admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{
			{Op: kadm.SetConfig, Name: "max.message.bytes", Value: text("70000")},
			{Op: kadm.AppendConfig, Name: "cleanup.policy", Value: text("compact")},
		}, c.name("plain"))
	})
	report.Step("alter-topic-configs-state", func(ctx context.Context) (any, error) {
		return c.admin.AlterTopicConfigsState(ctx, []kadm.AlterConfig{{Name: "max.message.bytes", Value: text("65536")}, {Name: "retention.ms", Value: text("-1")}}, c.name("single"))
	})
	report.Step("alter-topic-configs-wrong", func(ctx context.Context) (any, error) {
		return c.admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: text("x")}}, c.name("plain"), c.name("unknown"))
	})
	report.Step("create-partitions", func(ctx context.Context) (any, error) {
		return c.admin.CreatePartitions(ctx, 2, c.name("plain"))
	})
	report.Step("create-partitions-fewer", func(ctx context.Context) (any, error) {
		return c.admin.UpdatePartitions(ctx, 1, c.name("plain"))
	})
}

func (c *client) records() {
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	for _, name := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		report.Step("produce-"+name, func(ctx context.Context) (any, error) {
			return c.produce(ctx, c.name("single"), kgo.ProducerBatchCompression(codecs[name]))
		})
	}
	report.Step("produce-acks-1", func(ctx context.Context) (any, error) {
		return c.produce(ctx, c.name("single"), kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite())
	})
	report.Step("produce-acks-0", func(ctx context.Context) (any, error) {
		return c.produce(ctx, c.name("single"), kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite())
	})
	report.Step("produce-too-large", func(ctx context.Context) (any, error) {
		cl := c.open(kgo.ProducerBatchCompression(kgo.NoCompression()))
		defer cl.Close()
		return nil, cl.ProduceSync(ctx, &kgo.Record{Topic: c.name("single"), Value: make([]byte, 100_000)}).FirstErr()
	})
	report.Step("produce-unknown-topic", func(ctx context.Context) (any, error) {
		return c.produce(ctx, c.name("unknown"))
	})
	report.Step("consume", func(ctx context.Context) (any, error) {
		return c.consume(ctx, 70, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{c.name("single"): {0: kgo.NewOffset().AtStart()}}))
	})
	if c.where.Steps == "all" { // a client's own patience with a topic that is not there
		report.Step("consume-unknown-topic", func(ctx context.Context) (any, error) {
			return c.consume(ctx, 1, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{c.name("unknown"): {0: kgo.NewOffset().AtStart()}}), kgo.UnknownTopicRetries(1))
		})
	}
	report.Step("list-offsets", func(ctx context.Context) (any, error) {
		first, err := c.admin.ListStartOffsets(ctx, c.name("single"))
		if err != nil {
			return nil, err
		}
		last, err := c.admin.ListEndOffsets(ctx, c.name("single"))
		if err != nil {
			return nil, err
		}
		latest, err := c.admin.ListMaxTimestampOffsets(ctx, c.name("single"))
		if err != nil {
			return nil, err
		}
		after, err := c.admin.ListOffsetsAfterMilli(ctx, startMilli+3, c.name("single"))
		return []any{first, last, latest, after}, err
	})
	report.Step("offset-for-leader-epoch", func(ctx context.Context) (any, error) {
		return c.admin.OffsetForLeaderEpoch(ctx, kadm.OffsetForLeaderEpochRequest{c.name("single"): {0: 0}})
	})
	report.Step("delete-records", func(ctx context.Context) (any, error) {
		var offsets kadm.Offsets
		offsets.AddOffset(c.name("single"), 0, 5, -1)
		return c.admin.DeleteRecords(ctx, offsets)
	})
}

// startMilli is when the first record says that it was made.
const startMilli = 1_700_000_000_000

func (c *client) produce(ctx context.Context, topic string, options ...kgo.Opt) (any, error) {
	cl := c.open(options...)
	defer cl.Close()
	records := make([]*kgo.Record, 10)
	for index := range records {
		records[index] = &kgo.Record{
			Topic:     topic,
			Key:       fmt.Appendf(nil, "key-%d", index),
			Value:     fmt.Appendf(nil, `{"id":%d,"email":"person%d@example.com","text":"%0600d"}`, index, index, index),
			Headers:   []kgo.RecordHeader{{Key: "kind", Value: []byte("test")}, {Key: "empty", Value: nil}},
			Timestamp: time.UnixMilli(startMilli + int64(index)),
		}
	}
	records[8].Value = nil
	records[9].Key = nil
	results := cl.ProduceSync(ctx, records...)
	offsets := []int64{}
	for _, result := range results {
		offsets = append(offsets, result.Record.Offset)
	}
	return offsets, results.FirstErr()
}

type read struct {
	Partition  int32
	Offset     int64
	Key, Value []byte
	Headers    []kgo.RecordHeader
	At         int64
	Codec      uint8
}

func (c *client) consume(ctx context.Context, count int, options ...kgo.Opt) (any, error) {
	cl := c.open(options...)
	defer cl.Close()
	return poll(ctx, cl, count)
}

// pollPatience is longer than a heartbeat of the new protocol, with which an assignment comes.
const pollPatience = 12 * time.Second

// poll reads until there are `count` records, an error came that does not pass, or nothing came for some seconds.
func poll(ctx context.Context, cl *kgo.Client, count int) ([]read, error) {
	got := []read{}
	for len(got) < count {
		patience, cancel := context.WithTimeout(ctx, pollPatience)
		fetches := cl.PollRecords(patience, count-len(got))
		cancel()
		if err := fetches.Err(); err != nil {
			return got, err
		}
		for _, one := range fetches.Errors() {
			return got, one.Err
		}
		fetches.EachRecord(func(r *kgo.Record) {
			got = append(got, read{r.Partition, r.Offset, r.Key, r.Value, r.Headers, r.Timestamp.UnixMilli(), r.Attrs.CompressionType()})
		})
	}
	return got, nil
}

func (c *client) cleanUp() {
	report.Step("delete-groups", func(ctx context.Context) (any, error) {
		return c.admin.DeleteGroups(ctx, c.name("group"), c.name("etl"), c.name("never"))
	})
	report.Step("delete-topics", func(ctx context.Context) (any, error) {
		return c.admin.DeleteTopics(ctx, c.name("plain"), c.name("unknown"), c.name("single"))
	})
	report.Step("delete-topic-by-id", func(ctx context.Context) (any, error) { return c.deleteByID(ctx, c.name("other")) })
	report.Step("closed", func(ctx context.Context) (any, error) {
		report.Settle()
		listed, err := c.admin.ListTopics(ctx, c.name("plain"), c.name("other"))
		return listed, err
	})
}
