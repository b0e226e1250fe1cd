// Share sessions over several requests: what is in one is judged at every fetch, although no fetch names it.
import { describe, expect, test } from "vitest";
import { shareAcknowledge } from "../../../../src/protocols/kafka/messages/share-acknowledge.ts";
import { shareFetch, shareFetchRequestStruct } from "../../../../src/protocols/kafka/messages/share-fetch.ts";
import { conversation } from "./conversation.ts";

const orders = "AAAAAAAAAAAAAAAAAAAAAQ";
const bills = "AAAAAAAAAAAAAAAAAAAAAg";
const topics = { [orders]: "orders", [bills]: "bills" };
const member = { groupId: "g", memberId: "m" };
const noBills = [{ resource: "bills" }];
const version = 2;

const fetchTopic = (topicId: string, ...partitions: number[]) => ({
  topicId,
  partitions: partitions.map((partitionIndex) => ({ partitionIndex })),
});
const acknowledging = (topicId: string, partitionIndex: number) => ({
  topicId,
  partitions: [
    { partitionIndex, acknowledgementBatches: [{ firstOffset: 1n, lastOffset: 2n, acknowledgeTypes: [1] }] },
  ],
});

/** A session with two topics, of which the first request is the client's. */
async function opened(refuse: { resource: string }[] = []) {
  const talk = await conversation(topics);
  const first = await talk.say(
    shareFetch,
    version,
    { ...member, topics: [fetchTopic(orders, 0), fetchTopic(bills, 0, 1)] },
    { refuse },
  );
  return { talk, first };
}

const asCreated = (init: object) => shareFetchRequestStruct.create(init);

describe("a share session", () => {
  test("is judged topic by topic although a fetch names none", async () => {
    const { talk } = await opened();
    const steady = await talk.say(shareFetch, version, { ...member, shareSessionEpoch: 1 });
    expect(steady.operations).toEqual(["group.read g", "topic.read orders", "topic.read bills"]);
    expect(steady.unchanged).toBe(true);
  });

  test("forgets a topic at the broker that is refused meanwhile, and tells the client 29 for each of its partitions", async () => {
    const { talk } = await opened();
    const changed = await talk.say(shareFetch, version, { ...member, shareSessionEpoch: 1 }, { refuse: noBills });
    expect(changed.broker).toEqual(
      asCreated({
        ...member,
        shareSessionEpoch: 1,
        forgottenTopicsData: [{ topicId: bills, partitions: [0, 1] }],
      }),
    );
    expect(
      changed.client.responses.map(({ topicId, partitions }) => [topicId, partitions.map((it) => it.errorCode)]),
    ).toEqual([[bills, [29, 29]]]);
  });

  test("keeps telling it, without forgetting it twice", async () => {
    const { talk } = await opened();
    await talk.say(shareFetch, version, { ...member, shareSessionEpoch: 1 }, { refuse: noBills });
    const again = await talk.say(shareFetch, version, { ...member, shareSessionEpoch: 2 }, { refuse: noBills });
    expect(again.unchanged).toBe(true);
    expect(again.client.responses.map(({ topicId }) => topicId)).toEqual([bills]);
  });

  test("has it again once it is allowed again", async () => {
    const { talk, first } = await opened(noBills);
    const back = await talk.say(shareFetch, version, { ...member, shareSessionEpoch: 1 });
    expect(first.broker?.topics.map(({ topicId }) => topicId)).toEqual([orders]);
    expect(back.broker).toEqual(asCreated({ ...member, shareSessionEpoch: 1, topics: [fetchTopic(bills, 0, 1)] }));
    const steady = await talk.say(shareFetch, version, { ...member, shareSessionEpoch: 2 });
    expect(steady.unchanged).toBe(true);
  });

  test("goes on empty when every topic is refused: the broker counts its requests", async () => {
    const { talk } = await opened();
    const all = [{ resource: "bills" }, { resource: "orders" }];
    const none = await talk.say(shareFetch, version, { ...member, shareSessionEpoch: 1 }, { refuse: all });
    expect(none.broker?.shareSessionEpoch).toBe(1);
    expect(none.broker?.forgottenTopicsData).toHaveLength(2);
  });

  test("is no longer judged by a topic that the client forgot", async () => {
    const { talk } = await opened();
    const forgetting = {
      ...member,
      shareSessionEpoch: 1,
      forgottenTopicsData: [{ topicId: bills, partitions: [0, 1] }],
    };
    await talk.say(shareFetch, version, forgetting);
    const steady = await talk.say(shareFetch, version, { ...member, shareSessionEpoch: 2 });
    expect(steady.operations).toEqual(["group.read g", "topic.read orders"]);
  });

  test("gives no record of a topic that is refused, whatever the broker sends", async () => {
    const { talk } = await opened();
    const leaking = await talk.say(
      shareFetch,
      version,
      { ...member, shareSessionEpoch: 1 },
      {
        refuse: noBills,
        answer: {
          responses: [
            {
              topicId: bills,
              partitions: [
                {
                  partitionIndex: 0,
                  records: Buffer.from("secret"),
                  acquiredRecords: [{ firstOffset: 1n, lastOffset: 1n }],
                },
              ],
            },
          ],
        },
      },
    );
    expect(leaking.client.responses).toHaveLength(1);
    expect(
      leaking.client.responses[0]?.partitions.map(({ records, acquiredRecords }) => [
        records?.length,
        acquiredRecords.length,
      ]),
    ).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test("does not pass acknowledgements of a refused topic on, and says so at their own field", async () => {
    const { talk } = await opened();
    const acknowledged = await talk.say(
      shareFetch,
      version,
      { ...member, shareSessionEpoch: 1, topics: [acknowledging(bills, 1), acknowledging(orders, 0)] },
      { refuse: noBills },
    );
    expect(acknowledged.broker?.topics.map(({ topicId }) => topicId)).toEqual([orders]);
    expect(
      acknowledged.client.responses[0]?.partitions.map((it) => [
        it.partitionIndex,
        it.errorCode,
        it.acknowledgeErrorCode,
      ]),
    ).toEqual([
      [0, 29, 0],
      [1, 29, 29],
    ]);
  });

  test("acknowledges and forgets in one request: only the acknowledgement is answered", async () => {
    const { talk } = await opened();
    const last = await talk.say(
      shareFetch,
      version,
      {
        ...member,
        shareSessionEpoch: 1,
        topics: [acknowledging(bills, 1)],
        forgottenTopicsData: [{ topicId: bills, partitions: [0, 1] }],
      },
      { refuse: noBills },
    );
    expect(
      last.client.responses[0]?.partitions.map((it) => [it.partitionIndex, it.errorCode, it.acknowledgeErrorCode]),
    ).toEqual([[1, 0, 29]]);
  });

  test("ends with its last request, and after an error of the broker", async () => {
    const { talk } = await opened();
    await talk.say(shareFetch, version, { ...member, shareSessionEpoch: -1 });
    const closed = await talk.say(shareFetch, version, { ...member, shareSessionEpoch: 1 });
    expect(closed.client.errorCode).toBe(122);

    await talk.say(shareFetch, version, { ...member, topics: [fetchTopic(orders, 0)] });
    await talk.say(shareFetch, version, { ...member, shareSessionEpoch: 7 }, { answer: { errorCode: 123 } });
    const lost = await talk.say(shareFetch, version, { ...member, shareSessionEpoch: 8 });
    expect(lost.broker).toBeNull();
  });

  test("is closed by ShareAcknowledge as well", async () => {
    const { talk } = await opened();
    await talk.say(shareAcknowledge, version, { ...member, shareSessionEpoch: -1 });
    const closed = await talk.say(shareFetch, version, { ...member, shareSessionEpoch: 1 });
    expect(closed.client.errorCode).toBe(122);
  });

  test("belongs to one member of one group", async () => {
    const { talk } = await opened();
    const other = await talk.say(shareFetch, version, { groupId: "g", memberId: "other", shareSessionEpoch: 1 });
    expect(other.broker).toBeNull();
  });
});
