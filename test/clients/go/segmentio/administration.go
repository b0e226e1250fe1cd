// What an administrator does with kafka-go, and what a caller meets whom a policy refuses.
package main

import (
	"context"
	"time"

	"github.com/segmentio/kafka-go"
	"lockkeeper/test/clients/report"
)

func (c *client) administration() {
	name := c.name("acl")
	report.Step("acls-create", func(ctx context.Context) (any, error) {
		return c.CreateACLs(ctx, &kafka.CreateACLsRequest{ACLs: []kafka.ACLEntry{{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: name, ResourcePatternType: kafka.PatternTypeLiteral,
			Principal: "User:someone", Host: "*", Operation: kafka.ACLOperationTypeRead, PermissionType: kafka.ACLPermissionTypeAllow,
		}}})
	})
	report.Settle()
	report.Step("acls-describe", func(ctx context.Context) (any, error) {
		return c.DescribeACLs(ctx, &kafka.DescribeACLsRequest{Filter: kafka.ACLFilter{
			ResourceTypeFilter: kafka.ResourceTypeTopic, ResourceNameFilter: name, ResourcePatternTypeFilter: kafka.PatternTypeLiteral,
			PrincipalFilter: "User:someone", HostFilter: "*", Operation: kafka.ACLOperationTypeAny, PermissionType: kafka.ACLPermissionTypeAny,
		}})
	})
	report.Step("acls-delete", func(ctx context.Context) (any, error) {
		return c.DeleteACLs(ctx, &kafka.DeleteACLsRequest{Filters: []kafka.DeleteACLsFilter{{
			ResourceTypeFilter: kafka.ResourceTypeTopic, ResourceNameFilter: name, ResourcePatternTypeFilter: kafka.PatternTypeLiteral,
			PrincipalFilter: "User:someone", HostFilter: "*", Operation: kafka.ACLOperationTypeAny, PermissionType: kafka.ACLPermissionTypeAny,
		}}})
	})
	quota := func(remove bool) func(context.Context) (any, error) {
		return func(ctx context.Context) (any, error) {
			return c.AlterClientQuotas(ctx, &kafka.AlterClientQuotasRequest{Entries: []kafka.AlterClientQuotaEntry{{
				Entities: []kafka.AlterClientQuotaEntity{{EntityType: "client-id", EntityName: c.name("client")}},
				Ops:      []kafka.AlterClientQuotaOps{{Key: "consumer_byte_rate", Value: 1e6, Remove: remove}},
			}}})
		}
	}
	report.Step("quotas-alter", quota(false))
	report.Settle()
	report.Step("quotas-describe", func(ctx context.Context) (any, error) {
		return c.DescribeClientQuotas(ctx, &kafka.DescribeClientQuotasRequest{Strict: true, Components: []kafka.DescribeClientQuotasRequestComponent{
			{EntityType: "client-id", MatchType: 0, Match: c.name("client")},
		}})
	})
	report.Step("quotas-remove", quota(true))
	report.Step("scram-upsert", func(ctx context.Context) (any, error) {
		return c.AlterUserScramCredentials(ctx, &kafka.AlterUserScramCredentialsRequest{Upsertions: []kafka.UserScramCredentialsUpsertion{
			{Name: c.name("user"), Mechanism: kafka.ScramMechanismSha256, Iterations: 4096, Salt: []byte("salt"), SaltedPassword: []byte("not-a-secret")},
		}})
	})
	report.Settle()
	report.Step("scram-describe", func(ctx context.Context) (any, error) {
		return c.DescribeUserScramCredentials(ctx, &kafka.DescribeUserScramCredentialsRequest{Users: []kafka.UserScramCredentialsUser{{Name: c.name("user")}}})
	})
	report.Step("scram-delete", func(ctx context.Context) (any, error) {
		return c.AlterUserScramCredentials(ctx, &kafka.AlterUserScramCredentialsRequest{Deletions: []kafka.UserScramCredentialsDeletion{
			{Name: c.name("user"), Mechanism: kafka.ScramMechanismSha256},
		}})
	})
	report.Step("elect-leaders", func(ctx context.Context) (any, error) {
		return c.ElectLeaders(ctx, &kafka.ElectLeadersRequest{Topic: c.name("single"), Partitions: []int{0}, Timeout: 5 * time.Second})
	})
	report.Step("reassign", func(ctx context.Context) (any, error) {
		return c.AlterPartitionReassignments(ctx, &kafka.AlterPartitionReassignmentsRequest{Topic: c.name("single"), Timeout: 5 * time.Second,
			Assignments: []kafka.AlterPartitionReassignmentsRequestAssignment{{PartitionID: 0, BrokerIDs: []int{1}}}})
	})
	report.Settle()
	report.Step("reassign-list", func(ctx context.Context) (any, error) {
		return c.ListPartitionReassignments(ctx, &kafka.ListPartitionReassignmentsRequest{Timeout: 5 * time.Second,
			Topics: map[string]kafka.ListPartitionReassignmentsRequestTopic{c.name("single"): {PartitionIndexes: []int{0}}}})
	})
}

func (c *client) cleanUp() {
	report.Step("delete-groups", func(ctx context.Context) (any, error) {
		return c.DeleteGroups(ctx, &kafka.DeleteGroupsRequest{GroupIDs: []string{c.name("group")}})
	})
	report.Step("delete-topics", func(ctx context.Context) (any, error) {
		return c.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{c.name("plain"), c.name("other"), c.name("single"), c.name("unknown")}})
	})
}

func (c *client) guarded() {
	secret, masked, hidden := c.name("secret"), c.name("masked"), c.name("hidden")
	report.Step("produce-denied", func(ctx context.Context) (any, error) { return c.produce(ctx, secret, 0, kafka.RequireAll) })
	report.Step("produce-masked", func(ctx context.Context) (any, error) { return c.produce(ctx, masked, 0, kafka.RequireAll) })
	report.Step("consume-masked", func(ctx context.Context) (any, error) { return c.consume(ctx, masked, 10) })
	report.Step("consume-denied", func(ctx context.Context) (any, error) { return c.consume(ctx, secret, 1) })
	report.Step("fetch-denied", func(ctx context.Context) (any, error) {
		got, err := c.Fetch(ctx, &kafka.FetchRequest{Topic: secret, MaxBytes: 1000, MaxWait: 200 * time.Millisecond})
		if err != nil {
			return nil, err
		}
		return []any{got.HighWatermark >= -1, got.Error}, nil
	})
	report.Step("group-denied", func(ctx context.Context) (any, error) { return c.consumeGroup(ctx, hidden, []string{masked}, 1) })
	report.Step("group-of-denied-topic", func(ctx context.Context) (any, error) {
		return c.consumeGroup(ctx, c.name("group"), []string{secret}, 1)
	})
	report.Step("metadata", func(ctx context.Context) (any, error) {
		return c.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{secret, masked}})
	})
	report.Step("create-topics", func(ctx context.Context) (any, error) {
		return c.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{c.topic("new-secret", 1, 1), c.topic("new", 1, 1)}})
	})
	report.Step("offset-fetch", func(ctx context.Context) (any, error) {
		return c.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: hidden, Topics: map[string][]int{masked: {0}}})
	})
	report.Step("offset-commit", func(ctx context.Context) (any, error) {
		return c.OffsetCommit(ctx, &kafka.OffsetCommitRequest{GroupID: c.name("commits"), GenerationID: -1,
			Topics: map[string][]kafka.OffsetCommit{secret: {{Partition: 0, Offset: 7}}, masked: {{Partition: 0, Offset: 7}}}})
	})
	report.Step("describe-groups", func(ctx context.Context) (any, error) {
		return c.DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{hidden}})
	})
	report.Step("delete-topics", func(ctx context.Context) (any, error) {
		return c.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{secret, masked}})
	})
}
