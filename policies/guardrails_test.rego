package lockkeeper_test

import data.lockkeeper

denied(operation) := messages if {
	messages := lockkeeper.deny with input.operation as operation
}

doing(verb, topic) := object.union(on($"topic.{verb}", "topic", topic), {"verb": verb})

test_nobody_changes_internal_topics if {
	every verb in ["write", "create", "delete", "alter"] {
		denied(doing(verb, "__consumer_offsets")) == {"__consumer_offsets is internal to Kafka: only the broker itself may change it"}
	}
}

test_internal_topics_may_be_described_and_read_by_whom_a_role_lets if {
	denied(doing("describe", "__consumer_offsets")) == set()
	denied(doing("read", "__consumer_offsets")) == set()
}

test_other_topics_are_not_touched_by_it if {
	denied(doing("delete", "orders")) == set()
}
