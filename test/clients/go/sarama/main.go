// sarama does all it can; see test/clients/matrix.ts.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"lockkeeper/test/clients/report"
)

const startMilli = 1_700_000_000_000

type client struct {
	where report.Where
	admin sarama.ClusterAdmin
}

func main() {
	c := &client{where: report.FromEnvironment()}
	report.Step("connect", func(context.Context) (any, error) {
		var err error
		c.admin, err = sarama.NewClusterAdmin(c.where.Bootstrap, c.config())
		return nil, err
	})
	if c.admin == nil {
		os.Exit(1)
	}
	if c.where.Steps == "act" {
		c.act()
		return
	}
	if c.where.Steps == "guarded" {
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

func (c *client) config() *sarama.Config {
	config := sarama.NewConfig()
	config.ClientID = "sarama"
	config.Version = sarama.MaxVersion
	config.Net.SASL.Enable = true
	config.Net.SASL.User, config.Net.SASL.Password = c.where.Username, c.where.Password
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Producer.Retry.Max = 2
	config.Metadata.Retry.Max = 2
	config.Consumer.Return.Errors = true
	config.Net.ReadTimeout = c.where.Patience
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.MaxWaitTime = 200 * time.Millisecond
	config.Consumer.Group.Rebalance.Timeout = 5 * time.Second
	return config
}

func text(value string) *string { return &value }

func step(name string, work func() (any, error)) {
	report.Step(name, func(context.Context) (any, error) { return work() })
}

func (c *client) topics() {
	forEver := map[string]*string{"retention.ms": text("-1")} // the records say that they are from 2023
	create := func(topic string, partitions int32, replicas int16, validate bool) func() (any, error) {
		return func() (any, error) {
			return nil, c.admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: replicas, ConfigEntries: forEver}, validate)
		}
	}
	step("create-topic", create(c.name("plain"), 3, 1, false))
	step("create-topic-other", create(c.name("other"), 3, 1, false))
	step("create-topic-single", create(c.name("single"), 1, 1, false))
	step("create-topic-again", create(c.name("plain"), 3, 1, false))
	step("create-topic-validate", create(c.name("never"), 3, 1, true))
	step("create-topic-wrong", create(c.name("bad"), 1, 9, false))
	report.Settle()
	step("list-topics", func() (any, error) {
		listed, err := c.admin.ListTopics()
		kept := map[string]any{}
		for name, topic := range listed {
			if strings.HasPrefix(name, c.where.Prefix) {
				topic.ReplicaAssignment = nil
				kept[name] = topic
			}
		}
		return kept, err
	})
	step("describe-topics", func() (any, error) { return c.admin.DescribeTopics([]string{c.name("plain"), c.name("unknown")}) })
	step("describe-cluster", func() (any, error) {
		brokers, controller, err := c.admin.DescribeCluster()
		addresses := map[string]string{}
		for _, broker := range brokers {
			addresses[fmt.Sprint(broker.ID())] = broker.Addr()
		}
		return []any{addresses, controller > 0}, err
	})
	step("describe-config", func() (any, error) {
		return c.admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: c.name("plain")})
	})
	step("describe-configs", func() (any, error) {
		return c.admin.DescribeConfigs([]*sarama.ConfigResource{
			{Type: sarama.TopicResource, Name: c.name("plain"), ConfigNames: []string{"retention.ms"}},
			{Type: sarama.TopicResource, Name: c.name("unknown")},
		}, sarama.DescribeConfigsOptions{})
	})
	step("alter-config", func() (any, error) {
		return nil, c.admin.AlterConfig(sarama.TopicResource, c.name("plain"), map[string]*string{"max.message.bytes": text("70000")}, false)
	})
	step("incremental-alter-config", func() (any, error) {
		entries := map[string]sarama.IncrementalAlterConfigsEntry{"max.message.bytes": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: text("60000")}}
		return nil, c.admin.IncrementalAlterConfig(sarama.TopicResource, c.name("single"), entries, false)
	})
	step("incremental-alter-config-wrong", func() (any, error) {
		entries := map[string]sarama.IncrementalAlterConfigsEntry{"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: text("x")}}
		return nil, c.admin.IncrementalAlterConfig(sarama.TopicResource, c.name("single"), entries, false)
	})
	step("create-partitions", func() (any, error) { return nil, c.admin.CreatePartitions(c.name("plain"), 5, nil, false) })
	step("create-partitions-fewer", func() (any, error) { return nil, c.admin.CreatePartitions(c.name("plain"), 1, nil, false) })
}

func (c *client) messages(topic string) []*sarama.ProducerMessage {
	messages := make([]*sarama.ProducerMessage, 10)
	for index := range messages {
		messages[index] = &sarama.ProducerMessage{
			Topic:     topic,
			Key:       sarama.StringEncoder(fmt.Sprintf("key-%d", index)),
			Value:     sarama.StringEncoder(fmt.Sprintf(`{"id":%d,"email":"person%d@example.com","text":"%0600d"}`, index, index, index)),
			Headers:   []sarama.RecordHeader{{Key: []byte("kind"), Value: []byte("test")}},
			Timestamp: time.UnixMilli(startMilli + int64(index)),
		}
	}
	messages[8].Value = nil
	messages[9].Key = nil
	return messages
}

func (c *client) produce(topic string, change func(*sarama.Config)) (any, error) {
	config := c.config()
	change(config)
	producer, err := sarama.NewSyncProducer(c.where.Bootstrap, config)
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	messages := c.messages(topic)
	err = producer.SendMessages(messages)
	offsets := []int64{}
	for _, message := range messages {
		offsets = append(offsets, message.Offset)
	}
	return offsets, err
}

func (c *client) records() {
	codecs := map[string]sarama.CompressionCodec{
		"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy, "lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
	}
	for _, name := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		step("produce-"+name, func() (any, error) {
			return c.produce(c.name("single"), func(config *sarama.Config) { config.Producer.Compression = codecs[name] })
		})
	}
	step("produce-idempotent", func() (any, error) {
		return c.produce(c.name("single"), func(config *sarama.Config) {
			config.Producer.Idempotent, config.Producer.RequiredAcks, config.Net.MaxOpenRequests = true, sarama.WaitForAll, 1
		})
	})
	step("produce-acks-0", func() (any, error) {
		return c.produce(c.name("single"), func(config *sarama.Config) { config.Producer.RequiredAcks = sarama.NoResponse })
	})
	// The versions that sarama speaks when told that the broker is old: the old ends of every range.
	for _, version := range []sarama.KafkaVersion{sarama.V2_1_0_0, sarama.V2_4_0_0, sarama.V3_3_0_0} {
		step("produce-as-"+version.String(), func() (any, error) {
			return c.produce(c.name("single"), func(config *sarama.Config) { config.Version = version })
		})
		step("consume-as-"+version.String(), func() (any, error) {
			return c.consume(c.name("single"), 20, func(config *sarama.Config) { config.Version = version })
		})
	}
	step("produce-unknown-topic", func() (any, error) { return c.produce(c.name("unknown"), func(*sarama.Config) {}) })
	step("consume", func() (any, error) { return c.consume(c.name("single"), 100, func(*sarama.Config) {}) })
	step("consume-unknown-topic", func() (any, error) { return c.consume(c.name("unknown"), 1, func(*sarama.Config) {}) })
	step("list-offsets", func() (any, error) {
		found := []any{}
		for _, at := range []int64{sarama.OffsetOldest, sarama.OffsetNewest, startMilli + 3} {
			one, err := c.admin.ListOffsets(map[string]map[int32]int64{c.name("single"): {0: at}}, &sarama.ListOffsetsOptions{})
			if err != nil {
				return found, err
			}
			found = append(found, one)
		}
		return found, nil
	})
	step("delete-records", func() (any, error) { return nil, c.admin.DeleteRecords(c.name("single"), map[int32]int64{0: 5}) })
}

type read struct {
	Partition  int32
	Offset     int64
	Key, Value []byte
	Headers    []*sarama.RecordHeader
	At         int64
}

func of(message *sarama.ConsumerMessage) read {
	return read{message.Partition, message.Offset, message.Key, message.Value, message.Headers, message.Timestamp.UnixMilli()}
}

func (c *client) consume(topic string, count int, change func(*sarama.Config)) (any, error) {
	return c.consumePartition(topic, 0, count, change)
}

func (c *client) consumePartition(topic string, partition int32, count int, change func(*sarama.Config)) (any, error) {
	config := c.config()
	change(config)
	consumer, err := sarama.NewConsumer(c.where.Bootstrap, config)
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	from, err := consumer.ConsumePartition(topic, partition, sarama.OffsetOldest)
	if err != nil {
		return nil, err
	}
	defer from.AsyncClose()
	got := []read{}
	for len(got) < count {
		select {
		case message := <-from.Messages():
			got = append(got, of(message))
		case problem := <-from.Errors():
			return got, problem.Err
		case <-time.After(8 * time.Second):
			return got, fmt.Errorf("nothing came")
		}
	}
	return got, nil
}

func (c *client) cleanUp() {
	for _, group := range []string{"group", "etl", "never"} {
		step("delete-group-"+group, func() (any, error) { return nil, c.admin.DeleteConsumerGroup(c.name(group)) })
	}
	for _, topic := range []string{"plain", "other", "single", "unknown"} {
		step("delete-topic-"+topic, func() (any, error) { return nil, c.admin.DeleteTopic(c.name(topic)) })
	}
}
