# Assembles what the rules of package lockkeeper say into one answer for each operation. Compiled with every policy.
# Comprehensions, because an undefined or missing rule must become an empty list and never make the answer vanish;
# whole values, because whatever has an odd shape must reach answer.ts and be refused there, not disappear in an iteration.
package lockkeeper_prelude

one := {
	"allow": [value | value := data.lockkeeper.allow],
	"deny": [value | value := data.lockkeeper.deny],
	"mask": [value | value := data.lockkeeper.mask],
	"approve": [value | value := data.lockkeeper.approve],
	"filter": [value | value := data.lockkeeper.filter],
	"record": [value | value := data.lockkeeper.record],
} if {
	# No input, no answer: text that OPA cannot parse is an undefined input to it, and rules made of negations would then be true.
	input.operation.name
}

many := [answer |
	some operation in input.operations
	answer := one with input.operation as operation
]
