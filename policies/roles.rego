# Who may do what. Groups have roles, roles have permissions, both in data.json:
#   "groups": {group: [role, …]}
#   "roles":  {role: {operation: [pattern of the resource's name, …]}}
# where an operation is a name ("topic.read"), a whole type ("topic.*") or "*". Data is looked up by role and operation, so a
# decision costs the same with ten permissions as with ten thousand.
package lockkeeper

allow if {
	some role in roles
	some operation in {input.operation.name, $"{input.operation.resource.type}.*", "*"}
	some pattern in data.roles[role][operation]
	matches(pattern, input.operation.resource.name)
}

# Whoever is logged in, also with no group at all.
roles contains "everyone"

roles contains role if {
	some group in input.principal.groups
	some role in data.groups[group]
}

# A role for a time, that people have approved (lockkeeper request --role).
roles contains grant.role if some grant in input.principal.grants

# Who may ask for which: "elevations": {role: [group, …]}; approvals.rego says who approves.
allow if {
	input.operation.name == "role.request"
	some group in input.principal.groups
	group in data.elevations[input.operation.resource.name]
}

# "orders" is that name alone, "orders*" every name that begins so, "*" every name.
matches(pattern, name) if pattern == name

matches(pattern, name) if {
	endswith(pattern, "*")
	startswith(name, trim_suffix(pattern, "*"))
}
