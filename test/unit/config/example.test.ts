// What is shipped with the configuration: the example loads, its comments tell the truth, and the JSON schema is the schema's own.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { limits } from "../../../src/base/limits.ts";
import { configJsonSchema, loadConfig, parseConfig } from "../../../src/config/load.ts";
import { secretReader } from "../../../src/config/secrets.ts";

const deploy = new URL("../../../deploy/", import.meta.url);
const file = new URL("lockkeeper.example.yaml", deploy);
const environment = { KAFKA_PASSWORD: "k", ALICE_PASSWORD: "a", SLACK_BOT_TOKEN: "b", SLACK_APP_TOKEN: "s" };

test("the example loads without a problem", () => {
  expect(loadConfig(file.pathname, secretReader(environment))).toMatchObject({ ok: true });
});

test("the example's figures are the defaults", () => {
  const text = readFileSync(file, "utf8").replace(/^# limits:/m, "limits:");
  const result = parseConfig(text, "example", {
    directory: new URL(".", deploy).pathname,
    readSecret: secretReader(environment),
  });
  expect(result).toMatchObject({
    ok: true,
    config: {
      limits: {
        connectionsMax: limits.connectionsMax,
        requestFrameBytesMax: limits.requestFrameBytesMax,
        responseFrameBytesMax: limits.responseFrameBytesMax,
        waitingBytesMax: limits.waitingBytesMax,
      },
    },
  });
});

test("the JSON schema is up to date: else run `node src/config/generate-schema.ts`", () => {
  const shipped: unknown = JSON.parse(readFileSync(new URL("lockkeeper.schema.json", deploy), "utf8"));
  expect(shipped).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});
