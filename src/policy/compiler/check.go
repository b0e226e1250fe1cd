// Parsing and checking: every mistake at once, each with file, row and column.
package main

import (
	"errors"
	"slices"
	"sort"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
)

// Problem says where a policy is wrong; rows and columns count from 1, 0 is unknown.
type Problem struct {
	File    string `json:"file"`
	Row     int    `json:"row"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

func at(location *ast.Location, message string) Problem {
	if location == nil {
		return Problem{Message: message}
	}
	return Problem{File: location.File, Row: location.Row, Column: location.Col, Message: message}
}

func problemsOf(err error) []Problem {
	var many ast.Errors
	if errors.As(err, &many) {
		problems := []Problem{}
		for _, one := range many {
			problems = append(problems, problemOf(one))
		}
		return problems
	}
	var one *ast.Error
	if errors.As(err, &one) {
		return []Problem{problemOf(one)}
	}
	return []Problem{{Message: err.Error()}}
}

func problemOf(err *ast.Error) Problem {
	message := err.Message
	if err.Details != nil {
		for _, line := range err.Details.Lines() {
			if line = strings.TrimSpace(line); line != "" && strings.Trim(line, "^") != "" {
				message += "; " + line
			}
		}
	}
	return at(err.Location, message)
}

func isTest(path string) bool { return strings.HasSuffix(path, "_test.rego") }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

func parse(texts map[string]string) (map[string]*ast.Module, []Problem) {
	modules, problems := map[string]*ast.Module{}, []Problem{}
	for _, path := range sortedKeys(texts) {
		module, err := ast.ParseModuleWithOpts(path, texts[path], ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
		switch {
		case err != nil:
			problems = append(problems, problemsOf(err)...)
		case module == nil:
			problems = append(problems, Problem{File: path, Row: 1, Column: 1, Message: "the file holds no policy"})
		default:
			modules[path] = module
		}
	}
	return modules, problems
}

// capabilities leaves only what Node provides at run time: anything else would compile here and throw there.
func capabilities(request *Request) *ast.Capabilities {
	all := ast.CapabilitiesForThisVersion()
	all.AllowNet = []string{}
	all.Builtins = slices.DeleteFunc(slices.Clone(all.Builtins), func(b *ast.Builtin) bool { return !slices.Contains(request.Builtins, b.Name) })
	return all
}

func newCompiler(request *Request) *ast.Compiler {
	return ast.NewCompiler().SetErrorLimit(0).WithCapabilities(capabilities(request)).WithDefaultRegoVersion(ast.RegoV1).
		WithPathConflictsCheck(func(path []string) (bool, error) { return inData(request.Data, path), nil })
}

func inData(data any, path []string) bool {
	for _, key := range path {
		object, ok := data.(map[string]any)
		if !ok {
			return false
		}
		if data, ok = object[key]; !ok {
			return false
		}
	}
	return true
}

func check(request *Request, parsed map[string]*ast.Module, answer *Answer) {
	answer.Problems = append(answer.Problems, checkRules(request, parsed)...)
	answer.Literals = literals(request, parsed)
	schemas := ast.NewSchemaSet()
	if request.Schema != nil {
		schemas.Put(ast.SchemaRootRef, request.Schema)
	}
	compiler := newCompiler(request).WithSchemas(schemas).WithUseTypeCheckAnnotations(true)
	compiler.Compile(copies(parsed))
	if compiler.Failed() {
		answer.Problems = append(answer.Problems, problemsOf(compiler.Errors)...)
		// OPA stops at the stage that looks for functions, before it looks at types: look at them too, all mistakes are told at once.
		lenient := newCompiler(request).WithCapabilities(ast.CapabilitiesForThisVersion()).WithAllowUndefinedFunctionCalls(true).
			WithSchemas(schemas).WithUseTypeCheckAnnotations(true)
		lenient.Compile(copies(parsed))
		for _, problem := range problemsOf(lenient.Errors) {
			if problem.Message != "" && !slices.Contains(answer.Problems, problem) {
				answer.Problems = append(answer.Problems, problem)
			}
		}
		return
	}
	inputs, unknown := references(request, compiler)
	answer.Inputs = inputs
	answer.Problems = append(answer.Problems, unknown...)
}

// copies: a compiler rewrites the modules that it is given.
func copies(modules map[string]*ast.Module) map[string]*ast.Module {
	result := map[string]*ast.Module{}
	for path, module := range modules {
		result[path] = module.Copy()
	}
	return result
}

func unformatted(texts map[string]string) []string {
	paths := []string{}
	for _, path := range sortedKeys(texts) {
		formatted, err := format.SourceWithOpts(path, []byte(texts[path]), format.Opts{RegoVersion: ast.RegoV1})
		if err == nil && string(formatted) != texts[path] {
			paths = append(paths, path)
		}
	}
	return paths
}
