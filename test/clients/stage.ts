// What the clients act on: real brokers with ACLs, and a gateway before them whose policy says for the caller `guarded` what the ACLs say for
// the broker's own `alice`. So whatever a client gets here and there should be the same.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, startGateway, testConfig } from "../support/gateway.ts";
import type { SharedKafka } from "../support/shared.ts";
import { prepareGuarded } from "./guarded.ts";

/** Where a client goes and as whom: what report.go, report.py and report.mjs read from the environment. */
export interface Door {
  readonly name: "broker" | "gateway";
  readonly bootstrap: readonly string[];
  /** For everything that is allowed. */
  readonly open: Login;
  /** May not touch topics `*-secret` and groups `*-hidden`; the gateway masks `$.email` in topics `*-masked` for it. */
  readonly guarded: Login;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface Stage {
  readonly broker: Door;
  readonly gateway: Door;
  /** Ports that no client may learn through the gateway. */
  readonly brokerPorts: ReadonlySet<string>;
  readonly gatewayLog: () => string;
  /** A topic that the guarded caller may not touch, one that is masked for it, and the ACLs that say so at the broker. */
  readonly prepareGuarded: (prefix: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const policy = `package lockkeeper

allow if true

guarded if input.principal.name == "guarded"

deny contains "This topic is closed." if {
	guarded
	input.operation.resource.type == "topic"
	endswith(input.operation.resource.name, "-secret")
}

deny contains "This group is closed." if {
	guarded
	input.operation.resource.type == "group"
	endswith(input.operation.resource.name, "-hidden")
}

mask contains {"field": "$.email", "method": "redact"} if {
	guarded
	input.operation.resource.type == "topic"
	endswith(input.operation.resource.name, "-masked")
}
`;

/** A gateway with that policy before `kafka`, which the caller stops. */
export async function startStage(kafka: Pick<SharedKafka, "bootstrap" | "sasl" | "users">): Promise<Stage> {
  const dir = await mkdtemp(join(tmpdir(), "lockkeeper-matrix-"));
  const policies = await mkdtemp(join(dir, "policies-"));
  await writeFile(join(policies, "policy.rego"), policy);
  const passwords = { open: crypto.randomUUID(), guarded: crypto.randomUUID() };
  const configText = await testConfig({
    bootstrap: kafka.sasl,
    username: "proxy",
    policyDirectory: policies,
    users: [
      { name: "open", groups: [] },
      { name: "guarded", groups: [] },
    ],
  });
  const gateway = await startGateway({
    configText,
    dir,
    env: {
      KAFKA_PASSWORD: kafka.users["proxy"] ?? "",
      OPEN_PASSWORD: passwords.open,
      GUARDED_PASSWORD: passwords.guarded,
    },
  });
  const alice = { username: "alice", password: kafka.users["alice"] ?? "" };
  return {
    broker: {
      name: "broker",
      bootstrap: kafka.sasl,
      open: { username: "admin", password: kafka.users["admin"] ?? "" },
      guarded: alice,
    },
    gateway: {
      name: "gateway",
      bootstrap: [gateway.bootstrap],
      open: { username: "open", password: passwords.open },
      guarded: { username: "guarded", password: passwords.guarded },
    },
    brokerPorts: new Set([...kafka.bootstrap, ...kafka.sasl].map((address) => address.split(":")[1] ?? "")),
    gatewayLog: gateway.logText,
    prepareGuarded: async (prefix) => await prepareGuarded(kafka, alice, prefix),
    stop: async () => await stopAll(gateway, dir),
  };
}

async function stopAll(gateway: Gateway, dir: string): Promise<void> {
  await gateway.stop();
  await rm(dir, { recursive: true, force: true });
}
