import { expect, test } from "vitest";
import { KafkaCluster } from "../../../../src/protocols/kafka/cluster.ts";
import { readRequestHeader } from "../../../../src/protocols/kafka/header.ts";
import { apiVersions } from "../../../../src/protocols/kafka/messages/api-versions.ts";
import { versionsAnswer } from "../../../../src/protocols/kafka/versions-answer.ts";
import { decodeResponse, responseFrame } from "../../../support/frames.ts";

/** A cluster whose brokers offer Metadata up to this version, until told otherwise. */
async function clusterOffering(maxVersion: number) {
  const cluster = new KafkaCluster("test");
  const login = (max: number) =>
    cluster.login(
      {
        async ask(frame) {
          const { apiVersion, correlationId } = readRequestHeader(frame);
          const apiKeys = [{ apiKey: 3, minVersion: 0, maxVersion: max }];
          return responseFrame(apiVersions, apiVersion, { apiKeys }, correlationId);
        },
      },
      null,
    );
  await login(maxVersion);
  return { cluster, upgrade: login };
}

test("each client's answer has its own correlation id, in memory of its own", async () => {
  const { cluster } = await clusterOffering(5);
  const one = versionsAnswer(cluster, 3, 7);
  const other = versionsAnswer(cluster, 3, 8);
  one.fill(0, 8);
  expect([one.readInt32BE(4), other.readInt32BE(4)]).toEqual([7, 8]);
  expect(decodeResponse(apiVersions, 3, other).apiKeys).toMatchObject([{ apiKey: 3, maxVersion: 5 }]);
});

test("an upgraded broker is in the next answer", async () => {
  const { cluster, upgrade } = await clusterOffering(5);
  versionsAnswer(cluster, 3, 1);
  await upgrade(6);
  const { apiKeys } = decodeResponse(apiVersions, 3, versionsAnswer(cluster, 3, 2));
  expect(apiKeys).toMatchObject([{ apiKey: 3, maxVersion: 6 }]);
});
