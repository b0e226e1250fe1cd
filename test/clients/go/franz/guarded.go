// What a caller meets who may not touch the topic P-secret and the group P-hidden, and for whom P-masked is masked.
package main

import (
	"context"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"lockkeeper/test/clients/report"
)

func (c *client) guarded() {
	secret, masked, hidden := c.name("secret"), c.name("masked"), c.name("hidden")
	start := kgo.NewOffset().AtStart()
	report.Step("produce-denied", func(ctx context.Context) (any, error) { return c.produce(ctx, secret) })
	report.Step("produce-masked", func(ctx context.Context) (any, error) { return c.produce(ctx, masked) })
	report.Step("consume-masked", func(ctx context.Context) (any, error) {
		return c.consume(ctx, 10, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{masked: {0: start}}))
	})
	report.Step("consume-denied", func(ctx context.Context) (any, error) {
		return c.consume(ctx, 1, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{secret: {0: start}}))
	})
	report.Step("consume-both", func(ctx context.Context) (any, error) {
		return c.consume(ctx, 10, kgo.ConsumeTopics(secret, masked), kgo.ConsumeResetOffset(start))
	})
	report.Step("group-denied", func(ctx context.Context) (any, error) {
		return c.consume(ctx, 1, kgo.ConsumerGroup(hidden), kgo.ConsumeTopics(masked), kgo.ConsumeResetOffset(start))
	})
	report.Step("group-of-denied-topic", func(ctx context.Context) (any, error) {
		return c.consume(ctx, 1, kgo.ConsumerGroup(c.name("group")), kgo.ConsumeTopics(secret), kgo.ConsumeResetOffset(start))
	})
	report.Step("list-topics", func(ctx context.Context) (any, error) {
		topics, err := c.admin.ListTopics(ctx, secret, masked)
		return topics, err
	})
	report.Step("describe-configs", func(ctx context.Context) (any, error) {
		configs, err := c.admin.DescribeTopicConfigs(ctx, secret, masked)
		for index := range configs {
			configs[index].Configs = nil
		}
		return configs, err
	})
	report.Step("alter-configs", func(ctx context.Context) (any, error) {
		return c.admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: text("60000")}}, secret, masked)
	})
	report.Step("create-denied", func(ctx context.Context) (any, error) {
		return c.admin.CreateTopics(ctx, 1, 1, nil, c.name("new-secret"), c.name("new"))
	})
	report.Step("create-partitions", func(ctx context.Context) (any, error) {
		return c.admin.UpdatePartitions(ctx, 2, secret, c.name("new"))
	})
	report.Step("list-offsets", func(ctx context.Context) (any, error) { return c.admin.ListEndOffsets(ctx, secret, masked) })
	report.Step("delete-records", func(ctx context.Context) (any, error) {
		var offsets kadm.Offsets
		offsets.AddOffset(secret, 0, 1, -1)
		offsets.AddOffset(masked, 0, 1, -1)
		return c.admin.DeleteRecords(ctx, offsets)
	})
	report.Step("describe-groups", func(ctx context.Context) (any, error) { return c.admin.DescribeGroups(ctx, hidden, c.name("none")) })
	report.Step("describe-new-groups", func(ctx context.Context) (any, error) {
		return c.admin.DescribeConsumerGroups(ctx, hidden, c.name("none"))
	})
	report.Step("fetch-offsets", func(ctx context.Context) (any, error) {
		return c.admin.FetchManyOffsets(ctx, hidden, c.name("none")), nil
	})
	report.Step("commit-offsets", func(ctx context.Context) (any, error) {
		var offsets kadm.Offsets
		offsets.AddOffset(secret, 0, 1, -1)
		offsets.AddOffset(masked, 0, 1, -1)
		return c.admin.CommitOffsets(ctx, c.name("commits"), offsets)
	})
	report.Step("delete-offsets", func(ctx context.Context) (any, error) {
		return c.admin.DeleteOffsets(ctx, c.name("commits"), kadm.TopicsSet{secret: {0: {}}, masked: {0: {}}})
	})
	report.Step("delete-groups", func(ctx context.Context) (any, error) {
		return c.admin.DeleteGroups(ctx, hidden, c.name("commits"))
	})
	report.Step("transaction-denied", func(ctx context.Context) (any, error) {
		cl := c.open(kgo.TransactionalID(c.name("txn")))
		defer cl.Close()
		if err := cl.BeginTransaction(); err != nil {
			return nil, err
		}
		produced := cl.ProduceSync(ctx, &kgo.Record{Topic: secret, Value: []byte("x")}).FirstErr()
		ended := cl.EndTransaction(ctx, kgo.TryAbort)
		return ended, produced
	})
	report.Step("reassign", func(ctx context.Context) (any, error) {
		request := kadm.AlterPartitionAssignmentsReq{}
		request.Assign(secret, 0, []int32{1})
		request.CancelAssign(masked, 0)
		return c.admin.AlterPartitionAssignments(ctx, request)
	})
	report.Step("describe-producers", func(ctx context.Context) (any, error) {
		described, err := c.admin.DescribeProducers(ctx, kadm.TopicsSet{secret: {0: {}}})
		return described, err
	})
	report.Step("delete-topics", func(ctx context.Context) (any, error) {
		return c.admin.DeleteTopics(ctx, secret, masked, c.name("new"))
	})
}
