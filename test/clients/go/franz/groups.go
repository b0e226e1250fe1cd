// Groups and transactions with kgo and kadm.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"lockkeeper/test/clients/report"
)

func (c *client) groups() {
	group := c.name("group")
	member := func() []kgo.Opt {
		return []kgo.Opt{
			kgo.ConsumerGroup(group), kgo.ConsumeTopics(c.name("single")), kgo.DisableAutoCommit(),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		}
	}
	var open *kgo.Client
	report.Step("group-consume", func(ctx context.Context) (any, error) {
		open = c.open(member()...)
		records, err := poll(ctx, open, 20)
		if err != nil {
			return records, err
		}
		return records, open.CommitUncommittedOffsets(ctx)
	})
	report.Step("describe-group-active", func(ctx context.Context) (any, error) { return c.admin.DescribeGroups(ctx, group) })
	report.Step("group-leave", func(context.Context) (any, error) {
		open.Close()
		return nil, nil
	})
	report.Step("group-resume", func(ctx context.Context) (any, error) { return c.consume(ctx, 10, member()...) })
	report.Step("list-groups", func(ctx context.Context) (any, error) {
		listed, err := c.admin.ListGroups(ctx)
		kept := map[string]any{}
		for name, one := range listed {
			if len(name) > len(c.where.Prefix) && name[:len(c.where.Prefix)] == c.where.Prefix {
				kept[name] = one
			}
		}
		return kept, err
	})
	report.Step("find-coordinators", func(ctx context.Context) (any, error) {
		return c.admin.FindGroupCoordinators(ctx, group, c.name("never")), nil
	})
	report.Step("fetch-offsets", func(ctx context.Context) (any, error) { return c.admin.FetchOffsets(ctx, group) })
	report.Step("fetch-many-offsets", func(ctx context.Context) (any, error) {
		return c.admin.FetchManyOffsets(ctx, group, c.name("never")), nil
	})
	report.Step("fetch-offsets-for-topics", func(ctx context.Context) (any, error) {
		return c.admin.FetchOffsetsForTopics(ctx, group, c.name("single"), c.name("plain"))
	})
	report.Step("lag", func(ctx context.Context) (any, error) { return c.admin.Lag(ctx, group) })
	report.Step("commit-offsets", func(ctx context.Context) (any, error) {
		var offsets kadm.Offsets
		offsets.AddOffset(c.name("single"), 0, 7, -1)
		return c.admin.CommitOffsets(ctx, group, offsets)
	})
	report.Step("commit-offsets-by-id", func(ctx context.Context) (any, error) {
		topics, err := c.admin.ListTopics(ctx, c.name("single"))
		if err != nil {
			return nil, err
		}
		offsets := kadm.OffsetsByID{}
		offsets.Add(kadm.Offset{Topic: c.name("single"), TopicID: topics[c.name("single")].ID, At: 8, LeaderEpoch: -1})
		committed, err := c.admin.CommitOffsetsByID(ctx, group, offsets)
		return len(committed), err
	})
	report.Step("fetch-offsets-by-id", func(ctx context.Context) (any, error) {
		fetched, err := c.admin.FetchOffsetsByID(ctx, group)
		return len(fetched), err
	})
	report.Step("delete-offsets", func(ctx context.Context) (any, error) {
		topics := kadm.TopicsSet{}
		topics.Add(c.name("single"), 0)
		return c.admin.DeleteOffsets(ctx, group, topics)
	})
}

func (c *client) transactions() {
	begin := func(id string) *kgo.Client {
		return c.open(kgo.TransactionalID(c.name(id)), kgo.TransactionTimeout(30*time.Second))
	}
	finish := func(how kgo.TransactionEndTry) func(context.Context) (any, error) {
		return func(ctx context.Context) (any, error) {
			cl := begin("txn")
			defer cl.Close()
			if err := cl.BeginTransaction(); err != nil {
				return nil, err
			}
			results := cl.ProduceSync(ctx, &kgo.Record{Topic: c.name("other"), Partition: 1, Timestamp: time.UnixMilli(startMilli), Value: fmt.Appendf(nil, "commit %v", bool(how))})
			if err := results.FirstErr(); err != nil {
				return nil, err
			}
			if how == kgo.TryAbort {
				described, err := c.admin.DescribeTransactions(ctx, c.name("txn"))
				if err != nil {
					return nil, err
				}
				listed, err := c.admin.ListTransactionsByTxPattern(ctx, nil, nil, c.where.Prefix+".*")
				if err != nil {
					return nil, err
				}
				producers, err := c.admin.DescribeProducers(ctx, kadm.TopicsSet{c.name("other"): {1: {}}})
				if err != nil {
					return nil, err
				}
				return []any{described, listed, producers}, cl.EndTransaction(ctx, how)
			}
			return results[0].Record.Offset, cl.EndTransaction(ctx, how)
		}
	}
	report.Step("transaction-commit", finish(kgo.TryCommit))
	report.Step("transaction-abort", finish(kgo.TryAbort))
	report.Step("transaction-commit-again", finish(kgo.TryCommit))
	partition := kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{c.name("other"): {1: kgo.NewOffset().AtStart()}})
	report.Step("read-committed", func(ctx context.Context) (any, error) {
		return c.consume(ctx, 2, partition, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	})
	report.Step("read-uncommitted", func(ctx context.Context) (any, error) { return c.consume(ctx, 3, partition) })
	report.Step("transaction-with-offsets", func(ctx context.Context) (any, error) {
		session, err := kgo.NewGroupTransactSession(append([]kgo.Opt{
			kgo.SeedBrokers(c.where.Bootstrap...), kgo.SASL(plain.Auth{User: c.where.Username, Pass: c.where.Password}.AsMechanism()),
		}, kgo.TransactionalID(c.name("etl")), kgo.ConsumerGroup(c.name("etl")), kgo.ConsumeTopics(c.name("other")),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.RequireStableFetchOffsets(),
			kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
		if err != nil {
			return nil, err
		}
		defer session.Close()
		read, err := poll(ctx, session.Client(), 2)
		if err != nil {
			return read, err
		}
		if err := session.Begin(); err != nil {
			return nil, err
		}
		session.Produce(ctx, &kgo.Record{Topic: c.name("other"), Partition: 2, Value: []byte("derived")}, nil)
		committed, err := session.End(ctx, kgo.TryCommit)
		if err != nil {
			return nil, err
		}
		report.Settle() // until the marker of the transaction is written
		offsets, err := c.admin.FetchOffsets(ctx, c.name("etl"))
		return []any{committed, offsets}, err
	})
}
