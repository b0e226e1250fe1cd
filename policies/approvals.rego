# What people decide: the operations that data.json lists under "approvals", each with what it does, and whatever else the gateway
# rates as high risk. Asking what would happen (dryRun) asks nobody.
package lockkeeper

approve contains {"rule": $"approve {input.operation.name}", "approvers": ["kafka-admins"], "count": 1, "why": why} if {
	not input.operation.dryRun
	why := data.approvals[input.operation.name]
}

approve contains {"rule": "approve high risk", "approvers": ["kafka-admins"], "count": 1, "why": why} if {
	not input.operation.dryRun
	input.operation.risk == "high"
	not data.approvals[input.operation.name]
	why := $"{input.operation.name} is a high-risk operation"
}
