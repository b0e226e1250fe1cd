package lockkeeper_test

import data.lockkeeper

masked(groups, operation) := {mask.field | some mask in masks} if {
	masks := lockkeeper.mask with input.principal as member_of(groups) with input.operation as operation
}

test_email_and_card_of_orders_are_masked if {
	masked(["analysts"], on("topic.read", "topic", "orders")) == {"$.customer.email", "$.customer.card"}
	masked(["analysts"], on("topic.read", "topic", "orders.eu")) == {"$.customer.email", "$.customer.card"}
}

test_administrators_are_no_exception if {
	count(masked(["platform"], on("topic.read", "topic", "orders"))) == 2
}

test_pii_readers_see_everything if {
	masked(["analysts", "pii-readers"], on("topic.read", "topic", "orders")) == set()
}

test_other_topics_and_operations_have_no_mask if {
	masked(["analysts"], on("topic.read", "topic", "payments")) == set()
	masked(["services"], on("topic.write", "topic", "orders")) == set()
}

test_a_value_that_cannot_be_parsed_is_redacted_whole if {
	some mask in lockkeeper.mask with input.principal as member_of([])
		with input.operation as on("topic.read", "topic", "orders")
	mask.otherwise == "redact"
}
