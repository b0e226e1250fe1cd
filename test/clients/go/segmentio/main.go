// segmentio's kafka-go does all it can; see test/clients/matrix.ts.
package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/plain"
	"lockkeeper/test/clients/report"
)

const startMilli = 1_700_000_000_000

type client struct {
	where     report.Where
	transport *kafka.Transport
	dialer    *kafka.Dialer
	*kafka.Client
}

func main() {
	where := report.FromEnvironment()
	login := plain.Mechanism{Username: where.Username, Password: where.Password}
	transport := &kafka.Transport{SASL: login, ClientID: "kafka-go", MetadataTTL: 500 * time.Millisecond}
	c := &client{where, transport, &kafka.Dialer{SASLMechanism: login, ClientID: "kafka-go", Timeout: 10 * time.Second},
		&kafka.Client{Addr: kafka.TCP(where.Bootstrap...), Transport: transport, Timeout: 15 * time.Second}}
	if where.Steps == "guarded" {
		c.guarded()
		return
	}
	c.topics()
	c.records()
	c.groups()
	c.transactions()
	c.administration()
	c.cleanUp()
}

func (c *client) name(suffix string) string { return c.where.Prefix + "-" + suffix }

func (c *client) topic(suffix string, partitions, replicas int) kafka.TopicConfig {
	forEver := []kafka.ConfigEntry{{ConfigName: "retention.ms", ConfigValue: "-1"}} // the records say that they are from 2023
	return kafka.TopicConfig{Topic: c.name(suffix), NumPartitions: partitions, ReplicationFactor: replicas, ConfigEntries: forEver}
}

func (c *client) topics() {
	report.Step("api-versions", func(ctx context.Context) (any, error) {
		versions, err := c.ApiVersions(ctx, &kafka.ApiVersionsRequest{})
		return len(versions.ApiKeys) > 30, err
	})
	create := func(validate bool, topics ...kafka.TopicConfig) func(context.Context) (any, error) {
		return func(ctx context.Context) (any, error) {
			return c.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: topics, ValidateOnly: validate})
		}
	}
	report.Step("create-topics", create(false, c.topic("plain", 3, 1), c.topic("other", 3, 1), c.topic("single", 1, 1)))
	report.Step("create-topics-again", create(false, c.topic("plain", 1, 1), c.topic("bad", 1, 9)))
	report.Step("create-topics-validate", create(true, c.topic("never", 1, 1)))
	report.Settle()
	report.Step("metadata", func(ctx context.Context) (any, error) {
		found, err := c.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{c.name("plain"), c.name("unknown")}})
		return found, err
	})
	report.Step("metadata-all", func(ctx context.Context) (any, error) {
		found, err := c.Metadata(ctx, &kafka.MetadataRequest{})
		if err != nil {
			return nil, err
		}
		kept := []kafka.Topic{}
		for _, topic := range found.Topics {
			if strings.HasPrefix(topic.Name, c.where.Prefix) {
				kept = append(kept, topic)
			}
		}
		return kept, nil
	})
	report.Step("describe-configs", func(ctx context.Context) (any, error) {
		return c.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{IncludeSynonyms: true, Resources: []kafka.DescribeConfigRequestResource{
			{ResourceType: kafka.ResourceTypeTopic, ResourceName: c.name("plain")},
			{ResourceType: kafka.ResourceTypeTopic, ResourceName: c.name("unknown")},
		}})
	})
	report.Step("alter-configs", func(ctx context.Context) (any, error) {
		return c.AlterConfigs(ctx, &kafka.AlterConfigsRequest{Resources: []kafka.AlterConfigRequestResource{
			{ResourceType: kafka.ResourceTypeTopic, ResourceName: c.name("plain"), Configs: []kafka.AlterConfigRequestConfig{{Name: "retention.ms", Value: "60000"}}},
		}})
	})
	report.Step("incremental-alter-configs", func(ctx context.Context) (any, error) {
		return c.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{Resources: []kafka.IncrementalAlterConfigsRequestResource{
			{ResourceType: kafka.ResourceTypeTopic, ResourceName: c.name("plain"), Configs: []kafka.IncrementalAlterConfigsRequestConfig{{Name: "retention.ms", Value: "x"}}},
			{ResourceType: kafka.ResourceTypeTopic, ResourceName: c.name("other"), Configs: []kafka.IncrementalAlterConfigsRequestConfig{{Name: "max.message.bytes", Value: "70000"}}},
		}})
	})
	report.Step("create-partitions", func(ctx context.Context) (any, error) {
		return c.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: c.name("plain"), Count: 5}, {Name: c.name("other"), Count: 1}}})
	})
}

func messages() []kafka.Message {
	made := make([]kafka.Message, 10)
	for index := range made {
		made[index] = kafka.Message{
			Key:     fmt.Appendf(nil, "key-%d", index),
			Value:   fmt.Appendf(nil, `{"id":%d,"email":"person%d@example.com","text":"%0600d"}`, index, index, index),
			Headers: []kafka.Header{{Key: "kind", Value: []byte("test")}},
			Time:    time.UnixMilli(startMilli + int64(index)),
		}
	}
	made[8].Value = nil
	made[9].Key = nil
	return made
}

func (c *client) produce(ctx context.Context, topic string, codec kafka.Compression, acks kafka.RequiredAcks) (any, error) {
	writer := &kafka.Writer{Addr: c.Addr, Topic: topic, Transport: c.transport, Compression: codec, RequiredAcks: acks, BatchTimeout: 20 * time.Millisecond, MaxAttempts: 2}
	defer writer.Close()
	return nil, writer.WriteMessages(ctx, messages()...)
}

func (c *client) records() {
	single := c.name("single")
	codecs := map[string]kafka.Compression{"none": 0, "gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd}
	for _, name := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		report.Step("produce-"+name, func(ctx context.Context) (any, error) { return c.produce(ctx, single, codecs[name], kafka.RequireAll) })
	}
	report.Step("produce-acks-1", func(ctx context.Context) (any, error) { return c.produce(ctx, single, 0, kafka.RequireOne) })
	report.Step("produce-acks-0", func(ctx context.Context) (any, error) { return c.produce(ctx, single, 0, kafka.RequireNone) })
	report.Step("produce-unknown-topic", func(ctx context.Context) (any, error) { return c.produce(ctx, c.name("unknown"), 0, kafka.RequireAll) })
	report.Settle()
	report.Step("consume", func(ctx context.Context) (any, error) { return c.consume(ctx, single, 70) })
	report.Step("consume-conn", func(ctx context.Context) (any, error) {
		conn, err := c.dialer.DialLeader(ctx, "tcp", c.where.Bootstrap[0], single, 0)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		first, last, err := conn.ReadOffsets()
		return []any{first, last, conn.RemoteAddr().String()}, err
	})
	report.Step("list-offsets", func(ctx context.Context) (any, error) {
		return c.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{single: {kafka.FirstOffsetOf(0), kafka.LastOffsetOf(0)}}})
	})
}

type read struct {
	Partition  int
	Offset     int64
	Key, Value []byte
	Headers    []kafka.Header
	At         int64
}

func (c *client) consume(ctx context.Context, topic string, count int) (any, error) {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: c.where.Bootstrap, Topic: topic, Dialer: c.dialer, MaxWait: 200 * time.Millisecond, MaxAttempts: 2})
	defer reader.Close()
	return poll(ctx, reader, count)
}

func poll(ctx context.Context, reader *kafka.Reader, count int) ([]read, error) {
	patience, cancel := context.WithTimeout(ctx, 12*time.Second)
	defer cancel()
	got := []read{}
	for len(got) < count {
		message, err := reader.FetchMessage(patience)
		if err != nil {
			return got, err
		}
		got = append(got, read{message.Partition, message.Offset, message.Key, message.Value, message.Headers, message.Time.UnixMilli()})
		if len(got) == count && reader.Config().GroupID != "" {
			return got, reader.CommitMessages(ctx, message)
		}
	}
	return got, nil
}

func (c *client) consumeGroup(ctx context.Context, group string, topics []string, count int) (any, error) {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: c.where.Bootstrap, GroupID: group, GroupTopics: topics, Dialer: c.dialer, MaxWait: 200 * time.Millisecond, StartOffset: kafka.FirstOffset, JoinGroupBackoff: time.Second})
	defer reader.Close()
	return poll(ctx, reader, count)
}

func (c *client) groups() {
	group, single := c.name("group"), c.name("single")
	report.Step("group-consume", func(ctx context.Context) (any, error) { return c.consumeGroup(ctx, group, []string{single}, 20) })
	report.Step("group-resume", func(ctx context.Context) (any, error) { return c.consumeGroup(ctx, group, []string{single}, 10) })
	report.Step("list-groups", func(ctx context.Context) (any, error) {
		listed, err := c.ListGroups(ctx, &kafka.ListGroupsRequest{})
		if err != nil {
			return nil, err
		}
		kept := []string{}
		for _, one := range listed.Groups {
			if strings.HasPrefix(one.GroupID, c.where.Prefix) {
				kept = append(kept, one.GroupID)
			}
		}
		return kept, listed.Error
	})
	report.Step("describe-groups", func(ctx context.Context) (any, error) {
		return c.DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{group}})
	})
	report.Step("offset-fetch", func(ctx context.Context) (any, error) {
		return c.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{single: {0}}})
	})
	report.Step("consumer-offsets", func(ctx context.Context) (any, error) {
		return c.ConsumerOffsets(ctx, kafka.TopicAndGroup{Topic: single, GroupId: group})
	})
	report.Step("offset-commit", func(ctx context.Context) (any, error) {
		return c.OffsetCommit(ctx, &kafka.OffsetCommitRequest{GroupID: group, GenerationID: -1, Topics: map[string][]kafka.OffsetCommit{single: {{Partition: 0, Offset: 7}}}})
	})
	report.Step("offset-delete", func(ctx context.Context) (any, error) {
		return c.OffsetDelete(ctx, &kafka.OffsetDeleteRequest{GroupID: group, Topics: map[string][]int{single: {0}}})
	})
	report.Step("find-coordinator", func(ctx context.Context) (any, error) {
		return c.FindCoordinator(ctx, &kafka.FindCoordinatorRequest{Key: group, KeyType: kafka.CoordinatorKeyTypeConsumer})
	})
}

func (c *client) transactions() {
	txn := c.name("txn")
	report.Step("transaction", func(ctx context.Context) (any, error) {
		started, err := c.initProducer(ctx, txn)
		if err != nil {
			return nil, err
		}
		id, epoch := started.Producer.ProducerID, started.Producer.ProducerEpoch
		added, err := c.AddPartitionsToTxn(ctx, &kafka.AddPartitionsToTxnRequest{TransactionalID: txn, ProducerID: id, ProducerEpoch: epoch,
			Topics: map[string][]kafka.AddPartitionToTxn{c.name("other"): {{Partition: 1}}}})
		if err != nil {
			return nil, err
		}
		offsets, err := c.AddOffsetsToTxn(ctx, &kafka.AddOffsetsToTxnRequest{TransactionalID: txn, ProducerID: id, ProducerEpoch: epoch, GroupID: c.name("etl")})
		if err != nil {
			return nil, err
		}
		committed, err := c.TxnOffsetCommit(ctx, &kafka.TxnOffsetCommitRequest{TransactionalID: txn, GroupID: c.name("etl"), ProducerID: id, ProducerEpoch: epoch, GenerationID: -1,
			Topics: map[string][]kafka.TxnOffsetCommit{c.name("single"): {{Partition: 0, Offset: 3}}}})
		if err != nil {
			return nil, err
		}
		ended, err := c.EndTxn(ctx, &kafka.EndTxnRequest{TransactionalID: txn, ProducerID: id, ProducerEpoch: epoch, Committed: true})
		return []any{started.Error, added, offsets, committed, ended}, err
	})
}

// initProducer asks until the coordinator is there: kafka-go does not retry by itself.
func (c *client) initProducer(ctx context.Context, txn string) (*kafka.InitProducerIDResponse, error) {
	for {
		started, err := c.InitProducerID(ctx, &kafka.InitProducerIDRequest{TransactionalID: txn, TransactionTimeoutMs: 30000})
		if err != nil || started.Error == nil || ctx.Err() != nil {
			return started, err
		}
		report.Settle()
	}
}
