// What the author's modules say about themselves: which shape the rules of our package have, which of their members are
// constants, what they read of input, and whether what they read of data exists.
package main

import (
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Literal is a member of a rule set that is written out, so that its fields can be checked before anything runs.
type Literal struct {
	Rule   string `json:"rule"`
	File   string `json:"file"`
	Row    int    `json:"row"`
	Column int    `json:"column"`
	Value  any    `json:"value"`
}

func packageName(module *ast.Module) string {
	return strings.TrimPrefix(module.Package.Path.String(), "data.")
}

func eachRule(request *Request, parsed map[string]*ast.Module, visit func(rule *ast.Rule, name string)) {
	for _, path := range sortedKeys(parsed) {
		if isTest(path) || packageName(parsed[path]) != request.Package {
			continue
		}
		for _, rule := range parsed[path].Rules {
			for ; rule != nil; rule = rule.Else {
				visit(rule, ruleName(rule))
			}
		}
	}
}

// ruleName is the first word of the head: "deny" for deny, deny[x], deny.x and deny contains x alike.
func ruleName(rule *ast.Rule) string {
	reference := rule.Head.Ref()
	if len(reference) == 0 {
		return string(rule.Head.Name)
	}
	if name, ok := reference[0].Value.(ast.Var); ok {
		return string(name)
	}
	return reference[0].String()
}

func checkRules(request *Request, parsed map[string]*ast.Module) []Problem {
	problems, present := []Problem{}, false
	for _, path := range sortedKeys(parsed) {
		name := packageName(parsed[path])
		present = present || (name == request.Package && !isTest(path))
		if strings.HasPrefix(name, request.Package+"_prelude") {
			problems = append(problems, at(parsed[path].Package.Location, "package "+name+" belongs to the gateway"))
		}
		if strings.HasPrefix(name, request.Package+".") {
			if _, taken := request.Rules[strings.Split(strings.TrimPrefix(name, request.Package+"."), ".")[0]]; taken {
				problems = append(problems, at(parsed[path].Package.Location, "package "+name+" hides a rule of package "+request.Package))
			}
		}
	}
	if !present {
		problems = append(problems, Problem{Message: "no file is in package " + request.Package + ": nothing would be allowed"})
	}
	eachRule(request, parsed, func(rule *ast.Rule, name string) {
		head, location := rule.Head, rule.Location
		isSet := head.RuleKind() == ast.MultiValue && len(head.Ref()) == 1
		isComplete := head.RuleKind() == ast.SingleValue && len(head.Ref()) == 1 && len(head.Args) == 0
		switch request.Rules[name] {
		case "set":
			if !isSet {
				problems = append(problems, at(location, fmt.Sprintf("%s must be a set: write `%s contains … if { … }`", name, name)))
			}
		case "complete":
			if !isComplete {
				problems = append(problems, at(location, fmt.Sprintf("%s must be true or undefined: write `%s if { … }`", name, name)))
			}
		case "reserved":
			problems = append(problems, at(location, name+" is reserved and does nothing yet: the policy is refused rather than half obeyed"))
		}
	})
	return problems
}

func literals(request *Request, parsed map[string]*ast.Module) []Literal {
	found := []Literal{}
	eachRule(request, parsed, func(rule *ast.Rule, name string) {
		if request.Rules[name] != "set" || rule.Head.Key == nil || !rule.Head.Key.IsGround() {
			return
		}
		value, err := ast.JSON(rule.Head.Key.Value)
		if err != nil {
			return // a call or a comprehension: known only when it runs
		}
		found = append(found, Literal{Rule: name, File: rule.Location.File, Row: rule.Location.Row, Column: rule.Location.Col, Value: value})
	})
	return found
}

// references walks the compiled modules, where imports, aliases and nested references are already resolved.
func references(request *Request, compiler *ast.Compiler) ([][]string, []Problem) {
	inputs, seen, problems := [][]string{}, map[string]bool{}, []Problem{}
	for _, path := range sortedKeys(compiler.Modules) {
		if isTest(path) {
			continue
		}
		var visit func(term *ast.Term) bool
		visit = func(term *ast.Term) bool {
			reference, ok := term.Value.(ast.Ref)
			if !ok {
				if term.Value.Compare(ast.InputRootDocument.Value) == 0 {
					inputs = remember(inputs, seen, []string{})
				}
				return false
			}
			switch {
			case reference.HasPrefix(ast.InputRootRef):
				inputs = remember(inputs, seen, constantKeys(reference[1:]))
			case reference.HasPrefix(ast.DefaultRootRef):
				if keys := constantKeys(reference[1:]); len(keys) > 0 && !known(request, compiler, reference, keys[0]) {
					problems = append(problems, at(term.Location, "data."+keys[0]+" is neither a package nor in data.json"))
				}
			default:
				ast.WalkTerms(reference[0], visit)
			}
			// The head `input` of input.x is no reference to all of input, so only the keys are walked.
			for _, key := range reference[1:] {
				ast.WalkTerms(key, visit)
			}
			return true
		}
		ast.WalkTerms(compiler.Modules[path], visit)
	}
	return inputs, problems
}

func known(request *Request, compiler *ast.Compiler, reference ast.Ref, key string) bool {
	if _, ok := request.Data[key]; ok {
		return true
	}
	return compiler.RuleTree.Find(reference[:2]) != nil
}

func constantKeys(terms []*ast.Term) []string {
	keys := []string{}
	for _, term := range terms {
		key, ok := term.Value.(ast.String)
		if !ok {
			break
		}
		keys = append(keys, string(key))
	}
	return keys
}

func remember(list [][]string, seen map[string]bool, keys []string) [][]string {
	joined := fmt.Sprintf("%q", keys)
	if seen[joined] {
		return list
	}
	seen[joined] = true
	return append(list, keys)
}
