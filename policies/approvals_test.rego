package lockkeeper_test

import data.lockkeeper

asked(operation) := approvals if {
	approvals := lockkeeper.approve with input.operation as operation
}

rated(operation, risk) := object.union(operation, {"risk": risk})

test_deleting_a_topic_needs_one_of_the_kafka_admins if {
	asked(on("topic.delete", "topic", "orders")) == {{
		"rule": "approve topic.delete",
		"approvers": ["kafka-admins"],
		"count": 1,
		"why": "deletes the topic and every record in it",
	}}
}

test_every_listed_operation_needs_exactly_one_approval if {
	every name, _ in data.approvals {
		count(asked(rated(on(name, "topic", "orders"), "high"))) == 1
	}
}

test_high_risk_needs_an_approval_also_where_it_is_not_listed if {
	some approval in asked(rated(on("cluster.unregister-broker", "cluster", "kafka-cluster"), "high"))
	approval.why == "cluster.unregister-broker is a high-risk operation"
}

test_reading_and_writing_never_wait_for_people if {
	asked(on("topic.read", "topic", "orders")) == set()
	asked(on("topic.write", "topic", "orders")) == set()
}

test_asking_what_would_happen_needs_nobody if {
	asked(object.union(rated(on("topic.delete", "topic", "orders"), "high"), {"dryRun": true})) == set()
}
