// Schemas as formats ask for them: fetched once, kept, and what cannot be had is left alone for a while.
import { describe, expect, test } from "vitest";
import { LockkeeperError } from "../../../../src/base/errors.ts";
import { limits } from "../../../../src/base/limits.ts";
import { type Log, type LogFields, silentLog } from "../../../../src/base/log.ts";
import type { SchemaRef } from "../../../../src/masking/registry/reference.ts";
import type { RegisteredSchema } from "../../../../src/masking/registry/schema.ts";
import { createSchemas } from "../../../../src/masking/registry/schemas.ts";
import { NotReady } from "../../../../src/model/record.ts";
import { manualClock } from "../../../support/manual-clock.ts";

const id = (number: number) => ({ kind: "id", id: number }) as const;
const schema = (text: string): RegisteredSchema => ({ type: "AVRO", text, references: [], tags: [] });

function setUp(answer: (ref: SchemaRef) => Promise<RegisteredSchema | null>) {
  const clock = manualClock();
  const asked: SchemaRef[] = [];
  const told: string[] = [];
  const tell = (fields: LogFields, message: string) => void told.push(`${message}: ${fields.reason ?? ""}`);
  const log: Log = { ...silentLog, warn: tell, info: tell };
  const client = {
    schema: async (ref: SchemaRef) => {
      asked.push(ref);
      return answer(ref);
    },
    close: () => {},
  };
  const schemas = createSchemas({ client, cluster: "main", clock, log });
  /** Asks, waits where that is needed, and asks again. */
  const get = async (ref: SchemaRef) => {
    try {
      return schemas.get(ref);
    } catch (error) {
      if (!(error instanceof NotReady)) throw error;
      await error.ready;
      return schemas.get(ref);
    }
  };
  return { clock, asked, told, schemas, get };
}

const away = () => Promise.reject(new LockkeeperError("registry-unavailable", "it cannot be reached (ECONNREFUSED)"));

describe("a schema", () => {
  test("is fetched once, however many ask before it is there, and then kept", async () => {
    const { schemas, asked, get } = setUp(async () => schema("s"));
    expect(() => schemas.get(id(1))).toThrow(NotReady);
    const [one, two] = await Promise.all([get(id(1)), get(id(1))]);
    expect(one).toEqual(schema("s"));
    expect(two).toBe(one);
    expect(schemas.get(id(1))).toBe(one);
    expect(asked).toHaveLength(1);
    expect(schemas.state()).toBe("1 schemas known");
  });

  test("that the registry does not know is asked for again only after a while", async () => {
    let found: RegisteredSchema | null = null;
    const { get, clock, asked, told } = setUp(async () => found);
    expect(await get(id(1))).toBeNull();
    found = schema("late");
    expect(await get(id(1))).toBeNull();
    expect(asked).toHaveLength(1);
    clock.advance(limits.registryMissingMs);
    expect(await get(id(1))).toEqual(schema("late"));
    expect(told[0]).toContain("ids/1");
  });

  test("is not asked for while too many are unknown: ids are what a producer writes", async () => {
    const { get, clock, asked } = setUp(async (ref) => ("id" in ref && ref.id === -1 ? schema("s") : null));
    for (let next = 0; next <= limits.registryMissingMax; next++) await get(id(next));
    expect(asked).toHaveLength(limits.registryMissingMax);
    clock.advance(limits.registryMissingMs);
    expect(await get(id(-1))).toEqual(schema("s"));
  });

  test("goes where there are more than are kept, the one first that was used longest ago", async () => {
    const { get, asked } = setUp(async () => schema("x".repeat(limits.registrySchemaCharsMax / 2)));
    await get(id(1));
    await get(id(2));
    await get(id(1));
    await get(id(3));
    expect(asked).toHaveLength(3);
    await get(id(1));
    expect(asked).toHaveLength(3);
    await get(id(2));
    expect(asked).toHaveLength(4);
  });
});

describe("a registry that is away", () => {
  test("is waited for once, then left alone, then asked again; the log tells it once", async () => {
    let isAway = true;
    const { get, clock, asked, told, schemas } = setUp(() => (isAway ? away() : Promise.resolve(schema("s"))));
    expect(await get(id(1))).toBeNull();
    expect(await get(id(2))).toBeNull();
    expect(asked).toHaveLength(1);
    expect(schemas.state()).toContain("ECONNREFUSED");
    clock.advance(limits.registryRetryMs);
    expect(await get(id(2))).toBeNull();
    expect(told.filter((line) => line.includes("away"))).toHaveLength(1);
    isAway = false;
    clock.advance(limits.registryRetryMs);
    expect(await get(id(1))).toEqual(schema("s"));
    expect(told.at(-1)).toContain("answers again");
  });

  test("takes nothing away that is known", async () => {
    let isAway = false;
    const { get } = setUp(() => (isAway ? away() : Promise.resolve(schema("s"))));
    await get(id(1));
    isAway = true;
    await get(id(2));
    expect(await get(id(1))).toEqual(schema("s"));
  });

  test("never makes who waits fail", async () => {
    const { schemas } = setUp(() => Promise.reject(new Error("anything")));
    let ready: Promise<void> | undefined;
    try {
      schemas.get(id(1));
    } catch (error) {
      ready = (error as NotReady).ready;
    }
    await expect(ready).resolves.toBeUndefined();
  });
});
