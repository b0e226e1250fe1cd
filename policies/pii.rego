# Personal data is masked for everyone who reads it and is not in the group pii-readers. Which fields of which topics:
#   data.json "pii": {pattern of the topic's name: [field, …]}
package lockkeeper

mask contains {"rule": $"pii {field}", "field": field, "method": "redact", "otherwise": "redact"} if {
	input.operation.name == "topic.read"
	not "pii-readers" in input.principal.groups
	some pattern, fields in data.pii
	matches(pattern, input.operation.resource.name)
	some field in fields
}
