// The author's own tests, run by OPA's tester under the same functions that the gateway provides.
package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
)

// TestResult: Outcome is pass, fail, error or skip (a rule named todo_test_…).
type TestResult struct {
	Name    string `json:"name"`
	File    string `json:"file"`
	Row     int    `json:"row"`
	Column  int    `json:"column"`
	Outcome string `json:"outcome"`
	Message string `json:"message"`
}

func test(request *Request, parsed map[string]*ast.Module, answer *Answer) {
	data := request.Data
	if data == nil {
		data = map[string]any{}
	}
	ctx := context.Background()
	store := inmem.NewFromObject(data)
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		answer.Problems = append(answer.Problems, problemsOf(err)...)
		return
	}
	defer store.Abort(ctx, txn)
	results, err := tester.NewRunner().SetCompiler(newCompiler(request).WithEnablePrintStatements(true)).SetStore(store).
		SetDefaultRegoVersion(ast.RegoV1).SetParallel(1).CapturePrintOutput(true).RaiseBuiltinErrors(true).
		SetModules(copies(parsed)).RunTests(ctx, txn)
	if err != nil {
		answer.Problems = append(answer.Problems, problemsOf(err)...)
		return
	}
	for result := range results {
		answer.Tests = append(answer.Tests, resultOf(result))
	}
}

func resultOf(result *tester.Result) TestResult {
	one := TestResult{Name: strings.TrimPrefix(result.Package, "data.") + "." + result.Name, Outcome: "pass"}
	if result.Location != nil {
		one.File, one.Row, one.Column = result.Location.File, result.Location.Row, result.Location.Col
	}
	switch {
	case result.Skip:
		one.Outcome = "skip"
	case result.Error != nil:
		one.Outcome, one.Message = "error", result.Error.Error()
	case result.Fail:
		one.Outcome, one.Message = "fail", "the test failed"
		if result.FailedAt != nil && result.FailedAt.Location != nil {
			one.Message = fmt.Sprintf("failed at row %d: %s", result.FailedAt.Location.Row, strings.TrimSpace(string(result.FailedAt.Location.Text)))
		}
	}
	if printed := strings.TrimSpace(string(result.Output)); printed != "" {
		one.Message = strings.TrimSpace(one.Message + "\n" + printed)
	}
	return one
}
