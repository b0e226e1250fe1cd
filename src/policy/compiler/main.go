// OPA's own compiler, formatter and test runner as one WASM program (GOOS=wasip1), so that the gateway needs no `opa`.
// It reads one request as JSON from standard input, writes one answer as JSON to standard output, and ends. It touches no
// network and no file. Everything an author did wrong is in the answer's problems; a non-zero exit code is our own bug.
// Beside it: check.go (compile with the author's mistakes in mind), rules.go (what a module says about itself), tests.go.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/compile"
	"github.com/open-policy-agent/opa/v1/version"
)

// Request is what compile-process.ts sends. Steps run in the order check, format, test, build; each later one only where no problem was found.
type Request struct {
	Steps       []string          `json:"steps"`
	Modules     map[string]string `json:"modules"` // the author's files, tests included, by path
	Prelude     map[string]string `json:"prelude"` // ours: in the build, but neither checked against the schema nor tested
	Data        map[string]any    `json:"data"`    // data.json; for tests and name checks, never compiled in
	Entrypoints []string          `json:"entrypoints"`
	Builtins    []string          `json:"builtins"` // the only functions that exist
	Schema      any               `json:"schema"`   // JSON schema of input
	Package     string            `json:"package"`  // the package that the prelude reads
	Rules       map[string]string `json:"rules"`    // rule name in Package -> "complete", "set" or "reserved"
}

// Answer is what comes back. Wasm is base 64.
type Answer struct {
	Version     string       `json:"version"`
	Problems    []Problem    `json:"problems"`
	Wasm        string       `json:"wasm,omitempty"`
	Tests       []TestResult `json:"tests"`
	Inputs      [][]string   `json:"inputs"`   // the constant beginning of every reference to input; [] is all of it
	Literals    []Literal    `json:"literals"` // members of the rule sets that are constants
	Unformatted []string     `json:"unformatted"`
}

func main() {
	answer := Answer{Version: version.Version, Problems: []Problem{}, Tests: []TestResult{}, Inputs: [][]string{}, Literals: []Literal{}, Unformatted: []string{}}
	var request Request
	if err := json.NewDecoder(io.Reader(os.Stdin)).Decode(&request); err != nil {
		answer.Problems = append(answer.Problems, Problem{Message: "the request to the policy compiler is not JSON: " + err.Error()})
	} else {
		run(&request, &answer)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		os.Exit(1)
	}
}

// run fills the answer. OPA's compiler panics on some inputs: that is a problem of the policy, not the end of the program.
func run(request *Request, answer *Answer) {
	defer func() {
		if thrown := recover(); thrown != nil {
			answer.Wasm = ""
			answer.Problems = append(answer.Problems, Problem{Message: fmt.Sprintf("the policy compiler failed: %v", thrown)})
		}
	}()
	wants := func(step string) bool { return slices.Contains(request.Steps, step) }
	if len(request.Modules) == 0 && !wants("check") {
		return // only the version was asked for
	}
	parsed, problems := parse(request.Modules)
	answer.Problems = append(answer.Problems, problems...)
	if len(answer.Problems) == 0 {
		check(request, parsed, answer)
	}
	if wants("format") {
		answer.Unformatted = unformatted(request.Modules)
	}
	if len(answer.Problems) == 0 && wants("test") {
		test(request, parsed, answer)
	}
	if len(answer.Problems) == 0 && wants("build") {
		build(request, parsed, answer)
	}
}

// build never optimises: at -O1 missing data.* folds to undefined and a deny that depends on data vanishes. Roots are explicit for the same reason.
func build(request *Request, parsed map[string]*ast.Module, answer *Answer) {
	roots := []string{""}
	source := bundle.Bundle{Data: map[string]any{}}
	source.Manifest.Roots = &roots
	prelude, problems := parse(request.Prelude)
	answer.Problems = append(answer.Problems, problems...)
	add := func(modules map[string]*ast.Module, texts map[string]string) {
		for _, path := range sortedKeys(modules) {
			if !isTest(path) {
				source.Modules = append(source.Modules, bundle.ModuleFile{URL: path, Path: path, Parsed: modules[path].Copy(), Raw: []byte(texts[path])})
			}
		}
	}
	add(parsed, request.Modules)
	add(prelude, request.Prelude)
	compiler := compile.New().WithBundle(&source).WithTarget("wasm").WithEntrypoints(request.Entrypoints...).
		WithOptimizationLevel(0).WithRegoVersion(ast.RegoV1).WithCapabilities(capabilities(request))
	if err := compiler.Build(context.Background()); err != nil {
		answer.Problems = append(answer.Problems, problemsOf(err)...)
		return
	}
	for _, module := range compiler.Bundle().WasmModules {
		answer.Wasm = base64.StdEncoding.EncodeToString(module.Raw)
	}
}
