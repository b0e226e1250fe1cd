// Whom a client means to reach (ApiVersions 5, KIP-1242), and where it has arrived.
import { describe, expect, it } from "vitest";
import { KafkaCluster } from "../../../../src/protocols/kafka/cluster.ts";
import { errorName } from "../../../../src/protocols/kafka/errors.ts";
import { type ApiVersionsRequest, apiVersions } from "../../../../src/protocols/kafka/messages/api-versions.ts";
import { metadata } from "../../../../src/protocols/kafka/messages/metadata.ts";
import type { Init } from "../../../../src/protocols/kafka/schema.ts";
import { answering, fakeChannel } from "../../../support/fake-broker.ts";
import { decodeResponse, requestFrame } from "../../../support/frames.ts";
import { bookInTest, sessionInTest } from "../../../support/scenario.ts";

interface Arriving {
  readonly node?: number | null;
  readonly loggedIn?: boolean;
  readonly version?: number;
  /** Null: no broker has told its id yet. */
  readonly clusterId?: string | null;
}

/** The name of the error that a client hears which arrives at node 2 of the cluster `ours`. */
async function arrive(request: Init<ApiVersionsRequest>, arriving: Arriving = {}) {
  const { node = 2, loggedIn = true, version = 5, clusterId = "ours" } = arriving;
  const channel = fakeChannel([answering(metadata, () => ({ clusterId }))]);
  const cluster = new KafkaCluster("test");
  await cluster.login(channel, null);
  await cluster.discover(channel);
  const session = cluster.session({ ...sessionInTest(), node }, bookInTest(), ["PLAIN"]);
  const step = await session.next(requestFrame(apiVersions, version, request), loggedIn ? channel : null);
  if (step.kind !== "reply") throw new Error(step.kind);
  const { errorCode, apiKeys } = decodeResponse(apiVersions, version, step.bytes);
  expect(apiKeys.length > 0).toBe(errorCode === 0);
  return errorName(errorCode);
}

describe("a client that says whom it means to reach", () => {
  it.each<[string, Init<ApiVersionsRequest>, Arriving, string]>([
    ["is served where it meant to go", { clusterId: "ours", nodeId: 2 }, {}, "NONE"],
    ["is served where it means nobody", {}, {}, "NONE"],
    ["is served where it means nobody, at the bootstrap address", {}, { node: null }, "NONE"],
    ["begins anew at another cluster", { clusterId: "theirs", nodeId: 2 }, {}, "REBOOTSTRAP_REQUIRED"],
    ["begins anew at another node", { clusterId: "ours", nodeId: 3 }, {}, "REBOOTSTRAP_REQUIRED"],
    [
      "begins anew where a bootstrap address took a node's place",
      { clusterId: "ours", nodeId: 2 },
      { node: null },
      "REBOOTSTRAP_REQUIRED",
    ],
    ["has to say both: no node", { clusterId: "ours" }, {}, "INVALID_REQUEST"],
    ["has to say both: no cluster", { nodeId: 2 }, {}, "INVALID_REQUEST"],
    ["has to say both before login too", { nodeId: 2 }, { loggedIn: false }, "INVALID_REQUEST"],
    ["hears of it after the login only", { clusterId: "theirs", nodeId: 2 }, { loggedIn: false }, "NONE"],
    [
      "is told by its node while the cluster's id is not known",
      { clusterId: "ours", nodeId: 2 },
      { clusterId: null },
      "NONE",
    ],
    [
      "is told of a wrong node all the same",
      { clusterId: "ours", nodeId: 3 },
      { clusterId: null },
      "REBOOTSTRAP_REQUIRED",
    ],
  ])("%s", async (_name, request, arriving, error) => {
    expect(await arrive(request, arriving)).toBe(error);
  });

  it("cannot say it before version 5", async () => {
    expect(await arrive({ clusterId: "theirs", nodeId: 9 }, { version: 4 })).toBe("NONE");
  });
});
