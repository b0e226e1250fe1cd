// No broker's own address reaches a client: every answer × version is filled with a marked host and a marked port wherever it has
// a field for one, and what leaves holds neither. DESIGN §5.3.
import { describe, expect, it } from "vitest";
import type { Choose } from "../../../support/filled.ts";
import { requestFrame, responseFrame } from "../../../support/frames.ts";
import { gatewayHost, servicesInTest, stepOf, verdictsOf } from "../../../support/scenario.ts";
import { chooseAnswer, given, type Sweep, sweeps, sweptAnswer, sweptRequest } from "./requests.ts";

const host = "broker-7.marked.internal";
const port = 0x5eed;
const configs = [
  "advertised.listeners",
  "listeners",
  "controller.quorum.voters",
  "controller.quorum.bootstrap.servers",
];

/** Hosts that are not brokers'. */
const ofOthers: Readonly<Record<string, string>> = {
  "DescribedGroupMember.clientHost": "where the member connects from",
  "Member.clientHost": "where the member connects from",
  "AclDescription.host": "whom a binding is for",
  "DeleteAclsMatchingAcl.host": "whom a binding is for",
  "Endpoint.host": "where a Streams application serves its own queries",
  "Endpoint.port": "where a Streams application serves its own queries",
};

interface Marked {
  hosts: number;
}

const mark =
  (marked: Marked, config: string): Choose =>
  (field, owner) => {
    const { name, type } = field;
    if (Object.hasOwn(ofOthers, `${owner}.${name}`)) return undefined;
    if (type === "string" && /host|address|endpoint$/i.test(name)) {
      marked.hosts++;
      return host;
    }
    if (/^port$/i.test(name)) return port;
    if (owner === "DescribeConfigsResourceResult" || owner === "DescribeConfigsSynonym") {
      if (name === "name") return config;
      if (name === "value") {
        marked.hosts++;
        return `PLAINTEXT://${host}:9092`;
      }
    }
    return chooseAnswer(field, owner);
  };

async function leaving(sweep: Sweep, choose: Choose): Promise<Buffer> {
  const step = await stepOf(requestFrame(sweep.rule.api, sweep.version, sweptRequest(sweep)), given);
  if (step.kind !== "exchange") throw new Error(step.kind);
  const enforced = await step.exchange.enforce(verdictsOf(step.exchange.operations), servicesInTest());
  if (enforced.kind !== "forward") throw new Error(enforced.kind);
  const frame = responseFrame(sweep.rule.api, sweep.version, sweptAnswer(sweep, choose));
  const answer = await enforced.answer(frame, servicesInTest(given));
  return Buffer.concat(answer.bytes ?? []);
}

const portBytes = Buffer.alloc(4);
portBytes.writeInt32BE(port);

describe("broker addresses stay behind the gateway", () => {
  it.each(sweeps)("$name", async (sweep) => {
    for (const config of sweep.rule.api.name === "DescribeConfigs" ? configs : [""]) {
      const marked = { hosts: 0 };
      const bytes = await leaving(sweep, mark(marked, config));
      expect(bytes.includes(host)).toBe(false);
      if (marked.hosts > 0) expect(bytes.includes(portBytes.subarray(2))).toBe(false);
    }
  });

  const told = ["Metadata", "FindCoordinator", "DescribeCluster"];
  it.each(sweeps.filter(({ rule }) => told.includes(rule.api.name)))("$name tells the gateway's", async (sweep) => {
    const marked = { hosts: 0 };
    const bytes = await leaving(sweep, mark(marked, ""));
    expect(marked.hosts).toBeGreaterThan(0);
    expect(bytes.includes(gatewayHost)).toBe(true);
  });

  it("finds the mark where nothing is done about it", () => {
    const [metadata] = sweeps.filter(({ rule }) => rule.api.name === "Metadata");
    if (!metadata) throw new Error("no Metadata");
    const frame = responseFrame(metadata.rule.api, metadata.version, sweptAnswer(metadata, mark({ hosts: 0 }, "")));
    expect(frame.includes(host)).toBe(true);
    expect(frame.includes(portBytes)).toBe(true);
  });
});
