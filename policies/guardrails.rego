# What nobody may do, whatever their roles: a deny outweighs every allow and cannot be approved.
package lockkeeper

# Kafka keeps offsets and transactions in topics of its own; writing there corrupts other people's.
deny contains $"{input.operation.resource.name} is internal to Kafka: only the broker itself may change it" if {
	input.operation.resource.type == "topic"
	input.operation.resource.name in {"__consumer_offsets", "__transaction_state", "__share_group_state"}
	input.operation.verb in {"write", "create", "delete", "alter"}
}
