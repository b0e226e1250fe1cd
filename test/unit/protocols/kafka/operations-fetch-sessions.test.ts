// Fetch sessions over several requests: what is in one is judged at every fetch, although no fetch names it, and the client's is exact.
import { describe, expect, test } from "vitest";
import { limits } from "../../../../src/base/limits.ts";
import { type FetchRequest, type FetchResponse, fetch } from "../../../../src/protocols/kafka/messages/fetch.ts";
import { buildBatch } from "../../../../src/protocols/kafka/records/build.ts";
import type { Init } from "../../../../src/protocols/kafka/schema.ts";
import { asCarried, decodeResponse, requestFrame, responseFrame } from "../../../support/frames.ts";
import { servicesInTest, verdictsOf } from "../../../support/scenario.ts";
import { type Conversation, conversation } from "./conversation.ts";

const orders = "AAAAAAAAAAAAAAAAAAAAAQ";
const bills = "AAAAAAAAAAAAAAAAAAAAAg";
const topics = { [orders]: "orders", [bills]: "bills" };
const noBills = [{ resource: "bills" }];
const sessionId = 1234;
const version = 17;

const topic = (topicId: string, ...partitions: number[]) => ({
  topicId,
  partitions: partitions.map((partition) => ({ partition, fetchOffset: 7n, partitionMaxBytes: 1_000 })),
});
const forgotten = (topicId: string, ...partitions: number[]) => ({ topicId, partitions });
const noRecords: Buffer = Buffer.alloc(0);
const news = (topicId: string, partitionIndex: number, highWatermark: bigint, records = noRecords) => ({
  topicId,
  partitions: [{ partitionIndex, highWatermark, records }],
});
const waiting = { maxWaitMs: 500, minBytes: 1 };
const carried = (request: Init<FetchRequest>) => asCarried(fetch.request, version, request);
const toldOf = ({ responses }: FetchResponse) =>
  responses.map((it) => [
    it.topicId,
    it.partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode]),
  ]);
const opens = { ...waiting, sessionEpoch: 0, topics: [topic(orders, 0), topic(bills, 0, 1)] };

async function opened(refuse: { resource: string }[] = []) {
  const talk = await conversation(topics);
  const first = await talk.say(fetch, version, opens, { refuse, answer: { sessionId } });
  return { talk, first };
}

const next = (talk: Conversation, epoch: number, more: Init<FetchRequest> = {}, turn: object = {}) =>
  talk.say(fetch, version, { ...waiting, sessionId, sessionEpoch: epoch, ...more }, { answer: { sessionId }, ...turn });

describe("a fetch session", () => {
  test("is the broker's own, and judged topic by topic although a fetch names none", async () => {
    const { talk, first } = await opened();
    expect(first.unchanged).toBe(true);
    expect(first.client.sessionId).toBe(sessionId);
    const steady = await next(talk, 1);
    expect(steady.operations).toEqual(["topic.read orders", "topic.read bills"]);
    expect(steady.unchanged).toBe(true);
    expect(steady.client).toEqual(asCarried(fetch.response, version, { sessionId }));
  });

  test("keeps its id over 1,000 fetches of which half is denied, and tells 29 in each", async () => {
    const { talk, first } = await opened(noBills);
    expect(first.broker).toEqual(carried({ ...opens, maxWaitMs: 0, topics: [topic(orders, 0)] }));
    expect(toldOf(first.client)).toEqual([
      [
        bills,
        [
          [0, 29],
          [1, 29],
        ],
      ],
    ]);
    for (let epoch = 1; epoch <= 1_000; epoch++) {
      const turn = await next(talk, epoch, {}, { refuse: noBills });
      expect(turn.unchanged).toBe(true);
      expect(turn.client.sessionId).toBe(sessionId);
      expect(toldOf(turn.client)).toEqual([
        [
          bills,
          [
            [0, 29],
            [1, 29],
          ],
        ],
      ]);
    }
  });

  test("forgets at the broker what is refused meanwhile, and waits for nothing before it tells the client", async () => {
    const { talk } = await opened();
    const changed = await next(talk, 1, {}, { refuse: noBills });
    expect(changed.broker).toEqual(
      carried({ maxWaitMs: 0, minBytes: 1, sessionId, sessionEpoch: 1, forgottenTopicsData: [forgotten(bills, 0, 1)] }),
    );
    expect(toldOf(changed.client)).toEqual([
      [
        bills,
        [
          [0, 29],
          [1, 29],
        ],
      ],
    ]);
    const again = await next(talk, 2, {}, { refuse: noBills });
    expect(again.unchanged).toBe(true);
    expect(toldOf(again.client)).toEqual([
      [
        bills,
        [
          [0, 29],
          [1, 29],
        ],
      ],
    ]);
  });

  test("puts back what is allowed again, as the client had it last", async () => {
    const { talk } = await opened(noBills);
    const moved = { topicId: bills, partitions: [{ partition: 1, fetchOffset: 99n, partitionMaxBytes: 5 }] };
    const update = await next(talk, 1, { topics: [moved] }, { refuse: noBills });
    expect(update.broker?.topics).toEqual([]);
    const back = await next(talk, 2);
    expect(back.broker).toEqual(
      carried({
        ...waiting,
        sessionId,
        sessionEpoch: 2,
        topics: [{ topicId: bills, partitions: [...topic(bills, 0).partitions, ...moved.partitions] }],
      }),
    );
    expect((await next(talk, 3)).unchanged).toBe(true);
  });

  test("takes in and leaves out what the client says", async () => {
    const { talk } = await opened();
    const less = await next(talk, 1, { forgottenTopicsData: [forgotten(bills, 0, 1)] });
    expect([less.operations, less.unchanged]).toEqual([["topic.read orders"], true]);
    const more = await next(talk, 2, { topics: [topic(bills, 5)] }, { refuse: noBills });
    expect(more.operations).toEqual(["topic.read orders", "topic.read bills"]);
    expect(more.broker?.topics).toEqual([]);
    expect(toldOf(more.client)).toEqual([[bills, [[5, 29]]]]);
  });

  test("ends with the broker's: when every topic is refused, and when the broker lost it", async () => {
    const { talk } = await opened();
    const all = await next(talk, 1, {}, { refuse: [{}], answer: { sessionId: 0 } });
    expect(all.broker?.forgottenTopicsData.map(({ topicId }) => topicId)).toEqual([orders, bills]);
    expect([all.client.sessionId, toldOf(all.client).length]).toEqual([0, 2]);
    expect((await next(talk, 2)).client.errorCode).toBe(70);

    const other = (await opened()).talk;
    expect((await next(other, 1, {}, { answer: { errorCode: 70 } })).client.errorCode).toBe(70);
    expect((await next(other, 2)).broker).toBeNull();
  });

  test("gives no record of a topic that is refused, whatever the broker sends", async () => {
    const { talk } = await opened(noBills);
    const records = buildBatch({ baseOffset: 1n, records: [{ value: Buffer.from("secret") }] });
    const turn = await next(
      talk,
      1,
      {},
      { refuse: noBills, answer: { sessionId, responses: [news(bills, 0, 9n, records), news(orders, 0, 9n)] } },
    );
    const sizes = turn.client.responses.flatMap((it) => it.partitions.map((one) => one.records?.length));
    expect(sizes).toEqual([0, 0, 0]);
    expect(toldOf(turn.client)).toEqual([
      [orders, [[0, 0]]],
      [
        bills,
        [
          [0, 29],
          [1, 29],
        ],
      ],
    ]);
  });
});

describe("a session that is not the client's", () => {
  test("made up, or of another connection, is unknown and never reaches the broker", async () => {
    await opened();
    const stranger = await conversation(topics);
    const turn = await next(stranger, 1);
    expect([turn.broker, turn.client.errorCode, turn.client.sessionId]).toEqual([null, 70, 0]);
  });

  test("is not ended by who names it", async () => {
    const stranger = await conversation(topics);
    for (const sessionEpoch of [0, -1]) {
      const turn = await stranger.say(fetch, version, { ...opens, sessionId, sessionEpoch });
      expect([turn.broker?.sessionId, turn.broker?.sessionEpoch]).toEqual([0, sessionEpoch]);
    }
  });

  test("at another epoch is told so, and goes on", async () => {
    const { talk } = await opened();
    const turn = await next(talk, 7);
    expect([turn.broker, turn.client.errorCode]).toEqual([null, 71]);
    expect((await next(talk, 1)).unchanged).toBe(true);
  });

  test("by names is none by ids", async () => {
    const { talk } = await opened();
    const turn = await talk.say(fetch, 12, { ...waiting, sessionId, sessionEpoch: 1 });
    expect([turn.broker, turn.client.errorCode]).toEqual([null, 70]);
  });
});

describe("bounds", () => {
  test("a fetch of more partitions than are kept goes without a session", async () => {
    const talk = await conversation(topics);
    const many = Array.from({ length: limits.fetchSessionPartitionsMax + 1 }, (_, partition) => ({ partition }));
    const turn = await talk.say(fetch, version, { sessionEpoch: 0, topics: [{ topicId: orders, partitions: many }] });
    expect(turn.broker?.sessionEpoch).toBe(-1);
  });

  test("a session that grows beyond them ends", async () => {
    const { talk } = await opened();
    const many = Array.from({ length: limits.fetchSessionPartitionsMax }, (_, partition) => ({ partition }));
    const turn = await next(talk, 1, { topics: [{ topicId: orders, partitions: many }] });
    expect([turn.broker, turn.client.errorCode]).toEqual([null, 70]);
  });

  test("the oldest of too many sessions is forgotten", async () => {
    const talk = await conversation(topics);
    for (let id = 1; id <= limits.fetchSessionsMax + 1; id++) {
      await talk.say(fetch, version, opens, { answer: { sessionId: id } });
    }
    const use = (id: number) =>
      talk.say(fetch, version, { sessionId: id, sessionEpoch: 1 }, { answer: { sessionId: id } });
    expect((await use(1)).client.errorCode).toBe(70);
    expect((await use(2)).unchanged).toBe(true);
  });
});

describe("a policy that changes while the broker waits", () => {
  async function waitingFetch(talk: Conversation, request: Init<FetchRequest>) {
    const step = await talk.session.next(requestFrame(fetch, version, request), talk.channel);
    if (step.kind !== "exchange") throw new Error(step.kind);
    const enforced = await step.exchange.enforce(verdictsOf(step.exchange.operations), servicesInTest());
    if (enforced.kind !== "forward" || !enforced.early) throw new Error("went not to the broker");
    const again = verdictsOf(step.exchange.operations, noBills);
    return { ...enforced, early: enforced.early, again };
  }
  const decoded = (pieces: readonly Buffer[] | null) => decodeResponse(fetch, version, Buffer.concat(pieces ?? []));

  test("is told at once in a full fetch, for whose other partitions there is nothing new", async () => {
    const fetching = await waitingFetch(await conversation(topics), opens);
    const answer = decoded(fetching.early.answer(fetching.again).bytes);
    expect(toldOf(answer)).toEqual([
      [orders, [[0, 0]]],
      [
        bills,
        [
          [0, 29],
          [1, 29],
        ],
      ],
    ]);
    expect(answer.responses[0]?.partitions[0]?.highWatermark).toBe(-1n);
    expect(answer.sessionId).toBe(0);
  });

  test("is told at once in a session; what the broker told meanwhile is in the next answer, but for records", async () => {
    const { talk } = await opened();
    const fetching = await waitingFetch(talk, { ...waiting, sessionId, sessionEpoch: 1 });
    expect(toldOf(decoded(fetching.early.answer(fetching.again).bytes))).toEqual([
      [
        bills,
        [
          [0, 29],
          [1, 29],
        ],
      ],
    ]);
    const records = buildBatch({ baseOffset: 1n, records: [{ value: Buffer.from("x") }] });
    const late = { sessionId, responses: [news(orders, 0, 9n), news(bills, 0, 9n), news(bills, 1, 9n, records)] };
    fetching.early.late(responseFrame(fetch, version, late));
    const turn = await next(talk, 2, {}, { refuse: noBills });
    expect(toldOf(turn.client)).toEqual([
      [orders, [[0, 0]]],
      [
        bills,
        [
          [0, 29],
          [1, 29],
        ],
      ],
    ]);
    expect(turn.client.responses[0]?.partitions[0]?.highWatermark).toBe(9n);
    expect(toldOf((await next(talk, 3, {}, { refuse: noBills })).client)).toHaveLength(1);
  });

  test("takes records out of an answer that comes after it", async () => {
    const fetching = await waitingFetch(await conversation(topics), opens);
    const records = buildBatch({ baseOffset: 1n, records: [{ value: Buffer.from("secret") }] });
    const frame = responseFrame(fetch, version, {
      responses: [news(bills, 0, 9n, records), news(orders, 0, 9n, records)],
    });
    const answer = await fetching.answer(frame, servicesInTest(), fetching.again);
    const { responses } = decoded(answer.bytes);
    const bytesOf = Object.fromEntries(
      responses.map((it) => [it.topicId, it.partitions.map((one) => one.records?.length)]),
    );
    expect(bytesOf).toEqual({ [bills]: [0, 0], [orders]: [records.length] });
    expect(answer.ranges.map((range) => range.direction === "read" && range.topic)).toEqual(["orders"]);
  });
});
