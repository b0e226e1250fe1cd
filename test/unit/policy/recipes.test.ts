// The recipes of policies/README.md compile, and every mask that they write out can be applied.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { silentLog } from "../../../src/base/log.ts";
import { Sensitive } from "../../../src/base/sensitive.ts";
import { formatsWith } from "../../../src/masking/formats/index.ts";
import { createMasking } from "../../../src/masking/mask.ts";
import type { FilterRule, MaskRule } from "../../../src/model/decision.ts";
import { noChecks } from "../../../src/policy/answer.ts";
import { compileFiles } from "./support.ts";

const readme = readFileSync(new URL("../../../policies/README.md", import.meta.url), "utf8");
const recipes = Array.from(readme.matchAll(/^```rego\n(.*?)^```$/gms), ([, text = ""]) => text);

describe("the recipes in policies/README.md", () => {
  it("compile together, and name methods, options, detectors and formats that there are", async () => {
    const keys = new Map([["pii", { id: "k1", secret: new Sensitive("0123456789abcdef0123456789abcdef") }]]);
    const { problem, filterProblem } = createMasking({ keys, formats: formatsWith({ schemas: null, log: silentLog }) });
    const masks: string[] = [];
    const checks = {
      ...noChecks,
      filter: (rule: FilterRule) => filterProblem(rule),
      mask(rule: MaskRule) {
        masks.push(rule.rule);
        return problem(rule);
      },
    };
    const files = recipes.map((text, index) => [
      `recipe${index}.rego`,
      text.includes("package ") ? text : `package lockkeeper\n\n${text}`,
    ]);
    const compiled = await compileFiles(Object.fromEntries(files), checks);
    expect(compiled.ok ? [] : compiled.problems).toEqual([]);
    expect(masks.length).toBeGreaterThan(5);
  });
});
