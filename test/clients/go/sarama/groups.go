// Groups and transactions with sarama.
package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/IBM/sarama"
)

// handler reads `count` messages of one session, commits where asked to, and leaves.
type handler struct {
	count  int
	commit bool
	got    chan read
	leave  context.CancelFunc
}

func (h *handler) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (h *handler) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (h *handler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		if len(h.got) == h.count {
			continue
		}
		h.got <- of(message)
		session.MarkMessage(message, "")
		if len(h.got) == h.count {
			if h.commit {
				session.Commit()
			}
			h.leave()
		}
	}
	return nil
}

func (c *client) consumeGroup(group string, topics []string, count int, commit bool) (any, error) {
	member, err := sarama.NewConsumerGroup(c.where.Bootstrap, group, c.config())
	if err != nil {
		return nil, err
	}
	defer member.Close()
	ctx, leave := context.WithTimeout(context.Background(), 15*time.Second)
	defer leave()
	problems := make(chan error, 100)
	go func() {
		for problem := range member.Errors() {
			problems <- problem
			leave()
		}
	}()
	h := &handler{count, commit, make(chan read, count), leave}
	if err := member.Consume(ctx, topics, h); err != nil {
		return nil, err
	}
	close(h.got)
	got := []read{}
	for one := range h.got {
		got = append(got, one)
	}
	select {
	case problem := <-problems:
		return got, problem
	default:
		return got, nil
	}
}

func (c *client) groups() {
	group, topic := c.name("group"), []string{c.name("single")}
	step("group-consume", func() (any, error) { return c.consumeGroup(group, topic, 20, true) })
	step("group-resume", func() (any, error) { return c.consumeGroup(group, topic, 10, false) })
	step("list-groups", func() (any, error) {
		listed, err := c.admin.ListConsumerGroups()
		kept := map[string]string{}
		for name, kind := range listed {
			if strings.HasPrefix(name, c.where.Prefix) {
				kept[name] = kind
			}
		}
		return kept, err
	})
	step("describe-groups", func() (any, error) { return c.admin.DescribeConsumerGroups([]string{group, c.name("never")}) })
	step("group-offsets", func() (any, error) { return c.admin.ListConsumerGroupOffsets(group, nil) })
	step("group-offsets-batch", func() (any, error) {
		return c.admin.ListConsumerGroupOffsetsBatch(map[string]map[string][]int32{group: nil, c.name("never"): {c.name("single"): {0}}})
	})
	step("alter-group-offsets", func() (any, error) {
		return c.admin.AlterConsumerGroupOffsets(group, map[string]map[int32]sarama.OffsetAndMetadata{c.name("single"): {0: {Offset: 7, Metadata: "set"}}}, &sarama.AlterConsumerGroupOffsetsOptions{})
	})
	step("delete-group-offset", func() (any, error) { return nil, c.admin.DeleteConsumerGroupOffset(group, c.name("single"), 0) })
	step("coordinator", func() (any, error) {
		broker, err := c.admin.Coordinator(group)
		if err != nil {
			return nil, err
		}
		return broker.Addr(), nil
	})
}

func (c *client) transactions() {
	run := func(commit bool) func() (any, error) {
		return func() (any, error) {
			config := c.config()
			config.Producer.Idempotent, config.Producer.RequiredAcks, config.Net.MaxOpenRequests = true, sarama.WaitForAll, 1
			config.Producer.Transaction.ID = c.name("txn")
			producer, err := sarama.NewSyncProducer(c.where.Bootstrap, config)
			if err != nil {
				return nil, err
			}
			defer producer.Close()
			if err := producer.BeginTxn(); err != nil {
				return nil, err
			}
			_, offset, err := producer.SendMessage(&sarama.ProducerMessage{Topic: c.name("other"), Partition: 1, Value: sarama.StringEncoder(fmt.Sprint(commit)), Timestamp: time.UnixMilli(startMilli)})
			if err != nil {
				return offset, err
			}
			if !commit {
				return offset, producer.AbortTxn()
			}
			if err := producer.AddOffsetsToTxn(map[string][]*sarama.PartitionOffsetMetadata{c.name("single"): {{Partition: 0, Offset: 9}}}, c.name("etl")); err != nil {
				return offset, err
			}
			return offset, producer.CommitTxn()
		}
	}
	step("transaction-commit", run(true))
	step("transaction-abort", run(false))
	step("transaction-commit-again", run(true))
	step("read-committed", func() (any, error) {
		return c.consumePartition(c.name("other"), 1, 2, func(config *sarama.Config) { config.Consumer.IsolationLevel = sarama.ReadCommitted })
	})
	step("read-uncommitted", func() (any, error) { return c.consumePartition(c.name("other"), 1, 3, func(*sarama.Config) {}) })
	step("transaction-offsets", func() (any, error) { return c.admin.ListConsumerGroupOffsets(c.name("etl"), nil) })
}
