// Schemas for a thread that reaches no registry: what the other thread answers comes out as if the registry had been asked.
import { describe, expect, test } from "vitest";
import { silentLog } from "../../../../src/base/log.ts";
import { relayClient, type SchemaAnswer } from "../../../../src/masking/registry/relay.ts";
import type { RegisteredSchema } from "../../../../src/masking/registry/schema.ts";
import { createSchemas } from "../../../../src/masking/registry/schemas.ts";
import { manualClock } from "../../../support/manual-clock.ts";

const ref = { kind: "id", id: 1 } as const;
const schema: RegisteredSchema = { type: "AVRO", text: "s", references: [], tags: [] };
const parts = { cluster: "main", clock: manualClock(), log: silentLog };

function behind(answer: SchemaAnswer) {
  const questions: unknown[] = [];
  const ask = async (question: unknown) => {
    questions.push(structuredClone(question));
    return structuredClone(answer);
  };
  return { schemas: createSchemas({ client: relayClient("main", ask), ...parts }), questions };
}

describe("a thread's schemas", () => {
  test("are what the other thread has, asked for once", async () => {
    const { schemas, questions } = behind(schema);
    expect(await schemas.fetch(ref)).toEqual(schema);
    expect(await schemas.fetch(ref)).toEqual(schema);
    expect(questions).toEqual([{ cluster: "main", ref }]);
  });

  test.each(["missing", "away"] as const)("that are %s there are %s here", async (answer) => {
    const { schemas } = behind(answer);
    expect(await schemas.fetch(ref)).toBe(answer);
    expect(schemas.get(ref)).toBeNull();
  });
});
