// audit.sinks and audit.checkpoints: what is given is what the gateway opens, and mistakes are told by place.
import { expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { secretReader } from "../../../src/config/secrets.ts";

function parsed(audit: string) {
  const text = `
clusters: { main: { bootstrap: [127.0.0.1:9092], login: { mechanism: none } } }
listeners: [{ cluster: main, bind: 127.0.0.1:0, nodes: 127.0.0.1:9100, mechanisms: [plain] }]
identity: { users: [{ name: a, password: { env: PASSWORD }, groups: [] }] }
policy: { directory: . }
audit: { directory: a, key: { file: k }, ${audit} }`;
  return parseConfig(text, "test.yaml", {
    directory: import.meta.dirname,
    readSecret: secretReader({ PASSWORD: "p" }),
  });
}

test("sinks have a name, a format and their own keys", () => {
  const result = parsed(
    "sinks: [{ type: file, path: f }, { type: webhook, name: siem, url: 'https://siem.example', token: { env: PASSWORD }, format: ecs }]",
  );
  expect(result).toMatchObject({
    ok: true,
    config: {
      audit: {
        sinks: [
          { type: "file", name: "file", format: "cloudevents" },
          { type: "webhook", name: "siem", format: "ecs", url: "https://siem.example" },
        ],
        checkpoints: [],
      },
    },
  });
});

test.each([
  ["sinks: [{ type: stdout }, { type: stdout }]", "another one has this name"],
  ["sinks: [{ type: pigeon }]", ""],
  ["checkpoints: [{ type: file, path: f, format: ecs }]", "format"],
  ["sinks: [{ type: webhook, url: 'https://u:p@siem.example' }]", "no user name and no password"],
  ["sinks: [{ type: webhook, url: 'http://siem.example' }]", "https, or http on a loopback"],
  ["sinks: [{ type: kafka, bootstrap: [], topic: t }]", "at least one"],
])("%s is a mistake", (audit, message) => {
  const result = parsed(audit);
  expect(result.ok).toBe(false);
  expect(JSON.stringify(result)).toContain(message);
});
