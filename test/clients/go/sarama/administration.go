// What an administrator does with sarama beyond topics and groups, and what a caller meets whom a policy refuses.
package main

import (
	"github.com/IBM/sarama"
	"lockkeeper/test/clients/report"
)

func (c *client) administration() {
	name := c.name("acl")
	acl := sarama.Acl{Principal: "User:someone", Host: "*", Operation: sarama.AclOperationRead, PermissionType: sarama.AclPermissionAllow}
	filter := sarama.AclFilter{
		ResourceType: sarama.AclResourceTopic, ResourceName: &name, ResourcePatternTypeFilter: sarama.AclPatternLiteral,
		Operation: sarama.AclOperationAny, PermissionType: sarama.AclPermissionAny, Version: 1,
	}
	step("acls-create", func() (any, error) {
		return nil, c.admin.CreateACL(sarama.Resource{ResourceType: sarama.AclResourceTopic, ResourceName: name, ResourcePatternType: sarama.AclPatternLiteral}, acl)
	})
	report.Settle()
	step("acls-list", func() (any, error) { return c.admin.ListAcls(filter) })
	step("acls-delete", func() (any, error) { return c.admin.DeleteACL(filter, false) })
	quota := []sarama.QuotaEntityComponent{{EntityType: sarama.QuotaEntityClientID, MatchType: sarama.QuotaMatchExact, Name: c.name("client")}}
	step("quotas-alter", func() (any, error) {
		return nil, c.admin.AlterClientQuotas(quota, sarama.ClientQuotasOp{Key: "consumer_byte_rate", Value: 1e6}, false)
	})
	report.Settle()
	step("quotas-describe", func() (any, error) {
		return c.admin.DescribeClientQuotas([]sarama.QuotaFilterComponent{{EntityType: sarama.QuotaEntityClientID, MatchType: sarama.QuotaMatchExact, Match: c.name("client")}}, true)
	})
	step("quotas-remove", func() (any, error) {
		return nil, c.admin.AlterClientQuotas(quota, sarama.ClientQuotasOp{Key: "consumer_byte_rate", Remove: true}, false)
	})
	step("scram-upsert", func() (any, error) {
		return c.admin.UpsertUserScramCredentials([]sarama.AlterUserScramCredentialsUpsert{
			{Name: c.name("user"), Mechanism: sarama.SCRAM_MECHANISM_SHA_256, Iterations: 4096, Salt: []byte("salt"), Password: []byte("not-a-secret")},
		})
	})
	report.Settle()
	step("scram-describe", func() (any, error) { return c.admin.DescribeUserScramCredentials([]string{c.name("user")}) })
	step("scram-delete", func() (any, error) {
		return c.admin.DeleteUserScramCredentials([]sarama.AlterUserScramCredentialsDelete{{Name: c.name("user"), Mechanism: sarama.SCRAM_MECHANISM_SHA_256}})
	})
	step("log-dirs", func() (any, error) {
		dirs, err := c.admin.DescribeLogDirs([]int32{1, 2})
		return len(dirs), err
	})
	step("elect-leaders", func() (any, error) {
		return c.admin.ElectLeaders(sarama.PreferredElection, map[string][]int32{c.name("single"): {0}})
	})
	step("reassign", func() (any, error) {
		return nil, c.admin.AlterPartitionReassignments(c.name("single"), [][]int32{{1}})
	})
	report.Settle()
	step("reassign-list", func() (any, error) {
		list := func() (map[string]map[int32]*sarama.PartitionReplicaReassignmentsStatus, error) {
			return c.admin.ListPartitionReassignments(c.name("single"), []int32{0})
		}
		return report.Until(list, func(moving map[string]map[int32]*sarama.PartitionReplicaReassignmentsStatus) bool {
			return len(moving) == 0
		})
	})
	step("broker-config", func() (any, error) {
		return c.admin.DescribeConfig(sarama.ConfigResource{Type: sarama.BrokerResource, Name: "1", ConfigNames: []string{"log.cleaner.threads"}})
	})
	step("update-features", func() (any, error) {
		return c.admin.UpdateFeatures([]sarama.FeatureUpdate{{Feature: "group.version", MaxVersionLevel: 1}})
	})
}

func (c *client) guarded() {
	secret, masked, hidden := c.name("secret"), c.name("masked"), c.name("hidden")
	step("produce-denied", func() (any, error) { return c.produce(secret, func(*sarama.Config) {}) })
	step("produce-masked", func() (any, error) { return c.produce(masked, func(*sarama.Config) {}) })
	step("consume-masked", func() (any, error) { return c.consume(masked, 10, func(*sarama.Config) {}) })
	step("consume-denied", func() (any, error) { return c.consume(secret, 1, func(*sarama.Config) {}) })
	step("group-denied", func() (any, error) { return c.consumeGroup(hidden, []string{masked}, 1, false) })
	step("group-of-denied-topic", func() (any, error) { return c.consumeGroup(c.name("group"), []string{secret}, 1, false) })
	step("describe-topics", func() (any, error) { return c.admin.DescribeTopics([]string{secret, masked}) })
	step("describe-config", func() (any, error) {
		return c.admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: secret})
	})
	step("alter-config", func() (any, error) {
		return nil, c.admin.AlterConfig(sarama.TopicResource, secret, map[string]*string{"retention.ms": text("60000")}, false)
	})
	step("create-topic", func() (any, error) {
		return nil, c.admin.CreateTopic(c.name("new-secret"), &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false)
	})
	step("create-partitions", func() (any, error) { return nil, c.admin.CreatePartitions(secret, 2, nil, false) })
	step("delete-records", func() (any, error) { return nil, c.admin.DeleteRecords(secret, map[int32]int64{0: 1}) })
	step("describe-groups", func() (any, error) { return c.admin.DescribeConsumerGroups([]string{hidden}) })
	step("group-offsets", func() (any, error) { return c.admin.ListConsumerGroupOffsets(hidden, nil) })
	step("alter-group-offsets", func() (any, error) {
		return c.admin.AlterConsumerGroupOffsets(hidden, map[string]map[int32]sarama.OffsetAndMetadata{masked: {0: {Offset: 7}}}, &sarama.AlterConsumerGroupOffsetsOptions{})
	})
	step("delete-group", func() (any, error) { return nil, c.admin.DeleteConsumerGroup(hidden) })
	step("delete-topic", func() (any, error) { return nil, c.admin.DeleteTopic(secret) })
}
