package lockkeeper_test

import data.lockkeeper

member_of(groups) := {"name": "somebody", "groups": groups}

on(name, type, resource) := {
	"name": name,
	"verb": "read",
	"risk": "low",
	"resource": {"type": type, "name": resource, "id": ""},
	"dryRun": false,
}

allowed(groups, operation) if {
	lockkeeper.allow with input.principal as member_of(groups) with input.operation as operation
}

test_analysts_read_and_describe_orders if {
	allowed(["analysts"], on("topic.read", "topic", "orders"))
	allowed(["analysts"], on("topic.describe", "topic", "orders.eu"))
	allowed(["analysts"], on("group.read", "group", "reports"))
}

test_analysts_do_not_write_delete_or_read_other_topics if {
	not allowed(["analysts"], on("topic.write", "topic", "orders"))
	not allowed(["analysts"], on("topic.delete", "topic", "orders"))
	not allowed(["analysts"], on("topic.read", "topic", "payments"))
	not allowed(["analysts"], on("topic.read", "topic", "my-orders"))
}

test_services_write_and_read_orders if {
	allowed(["services"], on("topic.write", "topic", "orders"))
	allowed(["services"], on("topic.read", "topic", "orders"))
	allowed(["services"], on("transactional-id.write", "transactional-id", "orders-1"))
	not allowed(["services"], on("topic.write", "topic", "payments"))
	not allowed(["services"], on("topic.create", "topic", "orders"))
}

test_guests_may_describe_the_cluster_and_nothing_else if {
	allowed(["guests"], on("cluster.describe", "cluster", "kafka-cluster"))
	not allowed(["guests"], on("topic.describe", "topic", "orders"))
	not allowed(["guests"], on("group.read", "group", "reports"))
}

test_no_group_and_an_unknown_group_are_like_a_guest if {
	every groups in [[], ["strangers"]] {
		allowed(groups, on("cluster.describe", "cluster", "kafka-cluster"))
		not allowed(groups, on("topic.read", "topic", "orders"))
	}
}

test_platform_may_do_everything if {
	allowed(["platform"], on("topic.delete", "topic", "payments"))
	allowed(["platform"], on("acl.create", "cluster", "kafka-cluster"))
	allowed(["platform"], on("topic.delete", "topic", ""))
}

test_several_groups_add_up if {
	allowed(["guests", "analysts"], on("topic.read", "topic", "orders"))
}

test_a_pattern_without_a_star_is_one_name if {
	lockkeeper.matches("orders", "orders")
	not lockkeeper.matches("orders", "orders.eu")
}

test_a_resource_without_a_name_matches_only_the_star if {
	lockkeeper.matches("*", "")
	not lockkeeper.matches("orders*", "")
}

test_a_role_for_a_time_is_a_role if {
	elevated := {"name": "somebody", "groups": ["analysts"], "grants": [{"id": "apr_1", "role": "orders-writer", "until": 1}]}
	lockkeeper.allow with input.principal as elevated with input.operation as on("topic.write", "topic", "orders")
}

test_a_role_is_asked_for_by_the_groups_that_may if {
	allowed(["analysts"], on("role.request", "role", "orders-writer"))
	not allowed(["analysts"], on("role.request", "role", "administrator"))
	not allowed(["guests"], on("role.request", "role", "orders-writer"))
}
