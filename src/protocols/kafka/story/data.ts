// Sentences about records: what was read and written, offset by offset.
import type { Json, JsonObject } from "../../../base/json.ts";
import { type FetchResponse, fetch } from "../messages/fetch.ts";
import { listOffsets } from "../messages/list-offsets.ts";
import { offsetForLeaderEpoch } from "../messages/offset-for-leader-epoch.ts";
import { produce } from "../messages/produce.ts";
import { shareAcknowledge } from "../messages/share-acknowledge.ts";
import { type ShareFetchResponse, shareFetch } from "../messages/share-fetch.ts";
import { type Scene, sentence } from "./sentence.ts";
import { count, partitions, some, topicOf } from "./words.ts";

type Given = FetchResponse | ShareFetchResponse;
type Reading = Scene<unknown, Given>;

/** `orders[3] 4711–4802, 92 records, 92 fields masked by pii-1` for each partition that gave records. */
function read({ response, answered, names, notes }: Reading): string[] {
  if (!response || !answered) return [];
  return response.responses.flatMap((topic) => {
    const name = topicOf(topic, names);
    return topic.partitions.flatMap(({ partitionIndex, records }) => {
      if (!records || records.length === 0) return [];
      const { firstOffset, lastOffset, records: number } = answered.digest(records);
      if (firstOffset < 0n) return [];
      const masked = maskedIn(notes, name, partitionIndex);
      return [`${name}[${partitionIndex}] ${firstOffset}–${lastOffset}, ${count(number, "record")}${masked}`];
    });
  });
}

function maskedIn(notes: JsonObject, topic: string, partition: number): string {
  const list = Array.isArray(notes["changed"]) ? (notes["changed"] as readonly JsonObject[]) : [];
  return list
    .filter((each) => each["topic"] === topic && each["partition"] === partition)
    .flatMap((each) => [
      ...Object.entries(objectOf(each["masked"])).map(
        ([by, number]) => `, ${count(Number(number), "field")} masked by ${by}`,
      ),
      ...Object.entries(objectOf(each["filtered"])).map(
        ([by, number]) => `, ${count(Number(number), "record")} hidden by ${by}`,
      ),
    ])
    .join("");
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function reading(scene: Reading, waits: () => string): string {
  const ranges = read(scene);
  return ranges.length > 0 ? `read ${ranges.join("; ")}` : waits();
}

const isQuiet = (scene: Reading) => read(scene).length === 0;

export const dataSentences = [
  sentence(
    fetch,
    (scene) =>
      reading(scene as Reading, () => {
        const asked = scene.request.topics.flatMap((topic) =>
          topic.partitions.map((it) => `${topicOf(topic, scene.names)}[${it.partition}] ${it.fetchOffset}`),
        );
        return `wait for records of ${some(asked)}`;
      }),
    { quiet: (scene) => isQuiet(scene as Reading) },
  ),
  sentence(
    shareFetch,
    (scene) => reading(scene as Reading, () => `wait for records in share group ${scene.request.groupId ?? "?"}`),
    { quiet: (scene) => isQuiet(scene as Reading) },
  ),
  sentence(shareAcknowledge, ({ request, names }) => {
    const parts = request.topics.flatMap((topic) =>
      topic.partitions.flatMap(({ partitionIndex, acknowledgementBatches }) =>
        acknowledgementBatches.map(
          ({ firstOffset, lastOffset }) => `${topicOf(topic, names)}[${partitionIndex}] ${firstOffset}–${lastOffset}`,
        ),
      ),
    );
    return `acknowledge ${some(parts)} in share group ${request.groupId ?? "?"}`;
  }),
  sentence(produce, ({ request, response, asked, names }) => {
    const bases = new Map<string, bigint>();
    for (const topic of response?.responses ?? [])
      for (const { index, baseOffset } of topic.partitionResponses)
        bases.set(`${topicOf(topic, names)}[${index}]`, baseOffset);
    const parts = request.topicData.flatMap((topic) =>
      topic.partitionData.flatMap(({ index, records }) => {
        if (!records) return [];
        const place = `${topicOf(topic, names)}[${index}]`;
        const { records: number } = asked.digest(records);
        const base = bases.get(place) ?? -1n;
        const range = base < 0n ? "" : ` ${base}–${base + BigInt(Math.max(number, 1) - 1)}`;
        return [`${place}${range}, ${count(number, "record")}`];
      }),
    );
    const transaction = request.transactionalId === null ? "" : ` in transaction ${request.transactionalId}`;
    return `write ${parts.length > 0 ? parts.join("; ") : "nothing"}${transaction}${request.acks === 0 ? ", asking for no answer" : ""}`;
  }),
  sentence(
    listOffsets,
    ({ request }) => {
      const parts = request.topics.flatMap(({ name, partitions: its }) =>
        its.map(({ partitionIndex, timestamp }) => `${name}[${partitionIndex}] ${moment(timestamp)}`),
      );
      return `ask for the offset of ${some(parts)}`;
    },
    {
      came: ({ response }) =>
        some(
          response.topics.flatMap(({ partitions: its }) =>
            its.filter(({ errorCode }) => errorCode === 0).map(({ offset }) => String(offset)),
          ),
          "",
        ),
    },
  ),
  sentence(
    offsetForLeaderEpoch,
    ({ request }) =>
      `ask where leader epochs of ${some(
        request.topics.map(({ topic, partitions: its }) =>
          partitions(
            topic,
            its.map(({ partition }) => partition),
          ),
        ),
      )} end`,
  ),
] as const;

const moments: ReadonlyMap<bigint, string> = new Map([
  [-1n, "at the end"],
  [-2n, "at the beginning"],
  [-3n, "with the latest time"],
  [-4n, "at the beginning of the local log"],
  [-5n, "at the end of the tiered log"],
]);

function moment(timestamp: bigint): string {
  const known = moments.get(timestamp);
  if (known !== undefined) return known;
  return timestamp >= 0n && timestamp < 8_640_000_000_000_000n
    ? `at ${new Date(Number(timestamp)).toISOString()}`
    : `at time ${timestamp}`;
}
