// The four risky operations of the table of approvals, each on a topic of its own; see test/clients/approvals.
package main

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"lockkeeper/test/clients/report"
)

func (c *client) act() {
	within := func(work func(context.Context) (any, error)) func(context.Context) (any, error) {
		return func(ctx context.Context) (any, error) {
			ctx, cancel := context.WithTimeout(ctx, c.where.Patience)
			defer cancel()
			return work(ctx)
		}
	}
	acts := map[string]func(context.Context) (any, error){
		"DeleteTopics": func(ctx context.Context) (any, error) {
			return c.admin.DeleteTopic(ctx, c.name("DeleteTopics"))
		},
		"IncrementalAlterConfigs": func(ctx context.Context) (any, error) {
			change := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: text("60000")}}
			return firstError(c.admin.AlterTopicConfigs(ctx, change, c.name("IncrementalAlterConfigs")))
		},
		"CreateAcls": func(ctx context.Context) (any, error) {
			acl := kadm.NewACLs().Topics(c.name("CreateAcls")).ResourcePatternType(kadm.ACLPatternLiteral).Allow("User:someone").AllowHosts("*").Operations(kadm.OpRead)
			results, err := c.admin.CreateACLs(ctx, acl)
			if err != nil || len(results) == 0 || results[0].Err == nil {
				return nil, err
			}
			return nil, fmt.Errorf("%w: %s", results[0].Err, results[0].ErrMessage)
		},
		"DeleteRecords": func(ctx context.Context) (any, error) {
			offsets := kadm.Offsets{}
			offsets.AddOffset(c.name("DeleteRecords"), 0, 5, -1)
			results, err := c.admin.DeleteRecords(ctx, offsets)
			if err != nil {
				return nil, err
			}
			return nil, results.Error()
		},
	}
	for _, act := range c.where.Acts {
		report.Step(act, within(acts[act]))
	}
}

func firstError(results kadm.AlterConfigsResponses, err error) (any, error) {
	if err != nil || len(results) == 0 || results[0].Err == nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w: %s", results[0].Err, results[0].ErrMessage)
}
