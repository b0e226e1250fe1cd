// The four risky operations of the table of approvals, each on a topic of its own; see test/clients/approvals.
package main

import "github.com/IBM/sarama"

func (c *client) act() {
	acts := map[string]func() (any, error){
		"DeleteTopics": func() (any, error) { return nil, c.admin.DeleteTopic(c.name("DeleteTopics")) },
		"IncrementalAlterConfigs": func() (any, error) {
			entries := map[string]sarama.IncrementalAlterConfigsEntry{"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: text("60000")}}
			return nil, c.admin.IncrementalAlterConfig(sarama.TopicResource, c.name("IncrementalAlterConfigs"), entries, false)
		},
		"CreateAcls": func() (any, error) {
			resource := sarama.Resource{ResourceType: sarama.AclResourceTopic, ResourceName: c.name("CreateAcls"), ResourcePatternType: sarama.AclPatternLiteral}
			acl := sarama.Acl{Principal: "User:someone", Host: "*", Operation: sarama.AclOperationRead, PermissionType: sarama.AclPermissionAllow}
			return nil, c.admin.CreateACL(resource, acl)
		},
		"DeleteRecords": func() (any, error) {
			return nil, c.admin.DeleteRecords(c.name("DeleteRecords"), map[int32]int64{0: 5})
		},
	}
	for _, act := range c.where.Acts {
		step(act, acts[act])
	}
}
