// What an administrator does with kadm beyond topics and groups, and the new kinds of groups.
package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"lockkeeper/test/clients/report"
)

func (c *client) deleteByID(ctx context.Context, topic string) (any, error) {
	topics, err := c.admin.ListTopics(ctx, topic)
	if err != nil {
		return nil, err
	}
	request := kmsg.NewPtrDeleteTopicsRequest()
	request.TimeoutMillis = 10_000
	one := kmsg.NewDeleteTopicsRequestTopic()
	one.TopicID = topics[topic].ID
	request.Topics = append(request.Topics, one)
	cl := c.open()
	defer cl.Close()
	return request.RequestWith(ctx, cl)
}

func (c *client) administration() {
	report.Step("acls-create", func(ctx context.Context) (any, error) {
		return c.admin.CreateACLs(ctx, c.acls().Allow("User:someone").AllowHosts("*").Operations(kadm.OpRead, kadm.OpDescribe))
	})
	report.Step("acls-describe", func(ctx context.Context) (any, error) {
		report.Settle()
		return c.admin.DescribeACLs(ctx, c.acls().Allow("User:someone").AllowHosts("*").Operations(kadm.OpAny))
	})
	report.Step("acls-delete", func(ctx context.Context) (any, error) {
		return c.admin.DeleteACLs(ctx, c.acls().Allow("User:someone").AllowHosts("*").Operations(kadm.OpRead))
	})
	report.Step("acls-delete-rest", func(ctx context.Context) (any, error) {
		return c.admin.DeleteACLs(ctx, c.acls().Allow("User:someone").AllowHosts("*").Operations(kadm.OpAny))
	})
	entity := kadm.ClientQuotaEntity{{Type: "client-id", Name: text(c.name("client"))}}
	quota := func(remove bool) func(context.Context) (any, error) {
		return func(ctx context.Context) (any, error) {
			ops := []kadm.AlterClientQuotaOp{{Key: "consumer_byte_rate", Value: 1e6, Remove: remove}}
			return c.admin.AlterClientQuotas(ctx, []kadm.AlterClientQuotaEntry{{Entity: entity, Ops: ops}})
		}
	}
	report.Step("quotas-alter", quota(false))
	report.Step("quotas-describe", func(ctx context.Context) (any, error) {
		report.Settle()
		return c.admin.DescribeClientQuotas(ctx, true, []kadm.DescribeClientQuotaComponent{
			{Type: "client-id", MatchName: text(c.name("client")), MatchType: 0},
		})
	})
	report.Step("quotas-remove", quota(true))
	report.Step("scram-upsert", func(ctx context.Context) (any, error) {
		return c.admin.AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{
			{User: c.name("user"), Mechanism: kadm.ScramSha256, Iterations: 4096, Password: "not-a-secret"},
		})
	})
	report.Step("scram-describe", func(ctx context.Context) (any, error) {
		report.Settle()
		return c.admin.DescribeUserSCRAMs(ctx, c.name("user"), c.name("nobody"))
	})
	report.Step("scram-delete", func(ctx context.Context) (any, error) {
		return c.admin.AlterUserSCRAMs(ctx, []kadm.DeleteSCRAM{{User: c.name("user"), Mechanism: kadm.ScramSha256}}, nil)
	})
	report.Step("broker-configs", func(ctx context.Context) (any, error) { return c.admin.DescribeBrokerConfigs(ctx, 1) })
	report.Step("broker-configs-validate", func(ctx context.Context) (any, error) {
		return c.admin.ValidateAlterBrokerConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "log.cleaner.threads", Value: text("2")}}, 1)
	})
	report.Step("list-config-resources", func(ctx context.Context) (any, error) {
		listed, err := c.admin.ListConfigResources(ctx)
		kept := []any{}
		for _, one := range listed.Resources {
			if len(one.Name) < 10 || strings.HasPrefix(one.Name, c.where.Prefix) {
				kept = append(kept, one)
			}
		}
		return map[string]any{"Resources": kept}, err
	})
	report.Step("log-dirs", func(ctx context.Context) (any, error) {
		all, err := c.admin.DescribeAllLogDirs(ctx, kadm.TopicsSet{c.name("single"): {0: {}}})
		found := []string{}
		all.Each(func(dir kadm.DescribedLogDir) {
			dir.Topics.Each(func(one kadm.DescribedLogDirPartition) {
				found = append(found, fmt.Sprint(one.Topic, one.Partition, one.OffsetLag))
			})
		})
		return found, err
	})
	report.Step("elect-leaders", func(ctx context.Context) (any, error) {
		return c.admin.ElectLeaders(ctx, kadm.ElectPreferredReplica, kadm.TopicsSet{c.name("single"): {0: {}}, c.name("unknown"): {0: {}}})
	})
	report.Step("reassign", func(ctx context.Context) (any, error) {
		request := kadm.AlterPartitionAssignmentsReq{}
		request.Assign(c.name("plain"), 0, []int32{1, 2})
		request.Assign(c.name("plain"), 1, []int32{1, 7})
		return c.admin.AlterPartitionAssignments(ctx, request)
	})
	report.Step("reassign-list", func(ctx context.Context) (any, error) {
		report.Settle()
		list := func() (kadm.ListPartitionReassignmentsResponses, error) {
			return c.admin.ListPartitionReassignments(ctx, kadm.TopicsSet{c.name("plain"): {0: {}, 1: {}}})
		}
		return report.Until(list, func(moving kadm.ListPartitionReassignmentsResponses) bool { return len(moving) == 0 })
	})
	report.Step("update-features-validate", func(ctx context.Context) (any, error) {
		return c.admin.UpdateFeatures(ctx, true, kadm.FeatureUpdate{Feature: "group.version", MaxVersionLevel: 1, UpgradeType: 1})
	})
	report.Step("delegation-tokens", func(ctx context.Context) (any, error) { return c.admin.DescribeDelegationTokens(ctx) })
	report.Step("describe-topic-partitions", func(ctx context.Context) (any, error) {
		request := kmsg.NewPtrDescribeTopicPartitionsRequest()
		request.ResponsePartitionLimit = 100
		for _, name := range []string{c.name("single"), c.name("unknown")} {
			one := kmsg.NewDescribeTopicPartitionsRequestTopic()
			one.Topic = name
			request.Topics = append(request.Topics, one)
		}
		cl := c.open()
		defer cl.Close()
		return request.RequestWith(ctx, cl)
	})
	report.Step("describe-cluster", func(ctx context.Context) (any, error) {
		request := kmsg.NewPtrDescribeClusterRequest()
		request.IncludeClusterAuthorizedOperations = true
		cl := c.open()
		defer cl.Close()
		return request.RequestWith(ctx, cl)
	})
	report.Step("describe-quorum", func(ctx context.Context) (any, error) {
		request := kmsg.NewPtrDescribeQuorumRequest()
		one := kmsg.NewDescribeQuorumRequestTopic()
		one.Topic = "__cluster_metadata"
		one.Partitions = append(one.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
		request.Topics = append(request.Topics, one)
		cl := c.open()
		defer cl.Close()
		response, err := request.RequestWith(ctx, cl)
		if err != nil {
			return nil, err
		}
		return []any{response.ErrorCode, response.Nodes, len(response.Topics)}, nil
	})
}

func (c *client) acls() *kadm.ACLBuilder {
	return kadm.NewACLs().Topics(c.name("acl")).Groups(c.name("acl")).ResourcePatternType(kadm.ACLPatternLiteral)
}

func (c *client) newGroups() {
	topic := kgo.ConsumeTopics(c.name("single"))
	fromStart := kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())
	report.Step("consumer-group-848", func(ctx context.Context) (any, error) {
		cl := c.open(kgo.ConsumerGroup(c.name("next")), topic, fromStart, kgo.DisableAutoCommit(), kgo.ServerSideBalancer())
		defer cl.Close()
		records, err := poll(ctx, cl, 10)
		if err != nil {
			return records, err
		}
		if err := cl.CommitUncommittedOffsets(ctx); err != nil {
			return nil, err
		}
		described, err := c.admin.DescribeConsumerGroups(ctx, c.name("next"))
		return []any{len(records), described}, err
	})
	report.Step("regex-848", func(ctx context.Context) (any, error) {
		cl := c.open(kgo.ConsumerGroup(c.name("regex")), kgo.ConsumeRegex(), kgo.ConsumeTopics("^"+c.where.Prefix+"-s.*"), fromStart, kgo.DisableAutoCommit(), kgo.ServerSideBalancer())
		defer cl.Close()
		records, err := poll(ctx, cl, 10)
		return len(records), err
	})
	report.Step("share-group", func(ctx context.Context) (any, error) {
		alter := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "share.auto.offset.reset", Value: text("earliest")}}
		if err := c.alterGroup(ctx, c.name("share"), alter); err != nil {
			return nil, err
		}
		cl := c.open(kgo.ShareGroup(c.name("share")), topic)
		defer cl.Close()
		records, err := poll(ctx, cl, 10)
		if err != nil {
			return nil, err
		}
		described, err := c.admin.DescribeShareGroups(ctx, c.name("share"))
		return []any{len(records), described}, err
	})
	report.Step("share-group-offsets", func(ctx context.Context) (any, error) {
		described, err := c.admin.DescribeShareGroupOffsets(ctx, c.name("share"))
		return described, err
	})
	report.Step("share-group-alter-offsets", func(ctx context.Context) (any, error) {
		var offsets kadm.Offsets
		offsets.AddOffset(c.name("single"), 0, 6, -1)
		return c.admin.AlterShareGroupOffsets(ctx, c.name("share"), offsets)
	})
	report.Step("share-group-delete-offsets", func(ctx context.Context) (any, error) {
		return c.admin.DeleteShareGroupOffsets(ctx, c.name("share"), c.name("single"))
	})
	report.Step("delete-new-groups", func(ctx context.Context) (any, error) {
		return c.admin.DeleteGroups(ctx, c.name("next"), c.name("regex"), c.name("share"))
	})
}

func (c *client) alterGroup(ctx context.Context, group string, configs []kadm.AlterConfig) error {
	request := kmsg.NewPtrIncrementalAlterConfigsRequest()
	resource := kmsg.NewIncrementalAlterConfigsRequestResource()
	resource.ResourceType = kmsg.ConfigResourceTypeGroupConfig
	resource.ResourceName = group
	for _, config := range configs {
		one := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		one.Name, one.Value = config.Name, config.Value
		resource.Configs = append(resource.Configs, one)
	}
	request.Resources = append(request.Resources, resource)
	cl := c.open()
	defer cl.Close()
	_, err := request.RequestWith(ctx, cl)
	return err
}
