// Fetch sessions against a model of a broker's (KIP-227): a consumer as Java's is, a policy that gives and takes, also while a fetch waits. Whatever happens,
// the broker's session holds what the client wants without what is refused, each refused partition is told as 29 in every answer, no record of one is read,
// and no record or watermark of an allowed one is lost.
import { type FetchRequest, type FetchResponse, fetch } from "../../../src/protocols/kafka/messages/fetch.ts";
import { buildBatch } from "../../../src/protocols/kafka/records/build.ts";
import { decodeRequest, decodeResponse, requestFrame, responseFrame } from "../../support/frames.ts";
import { servicesInTest, verdictsOf } from "../../support/scenario.ts";
import { conversation } from "../../unit/protocols/kafka/conversation.ts";
import { type FuzzTarget, finding } from "../target.ts";

const version = 17;
const topics: Readonly<Record<string, string>> = {
  AAAAAAAAAAAAAAAAAAAAAQ: "a",
  AAAAAAAAAAAAAAAAAAAAAg: "b",
  AAAAAAAAAAAAAAAAAAAAAw: "c",
};
const ids = Object.keys(topics);
const partitions = [0, 1];
/** `id/partition`. */
const keys = ids.flatMap((id) => partitions.map((partition) => `${id}/${partition}`));
const idOf = (key: string): string => key.split("/")[0] ?? "";
const partitionOf = (key: string): number => Number(key.split("/")[1]);
const stepsMax = 40;

function grouped(list: readonly string[]): Map<string, string[]> {
  return Map.groupBy(list, idOf);
}

/** A broker's side: what is in the logs, and its sessions. */
class BrokerModel {
  readonly ends = new Map(keys.map((key) => [key, 0]));
  readonly sessions = new Map<number, { epoch: number; asked: Map<string, number>; told: Map<string, number> }>();
  #ids = 0;

  fetch(request: FetchRequest): object {
    const offsets = new Map(
      request.topics.flatMap(({ topicId, partitions: each }) =>
        each.map(({ partition, fetchOffset }) => [`${topicId}/${partition}`, Number(fetchOffset)] as const),
      ),
    );
    if (request.sessionEpoch === 0 || request.sessionEpoch === -1) {
      this.sessions.delete(request.sessionId);
      const sessionId = request.sessionEpoch === 0 ? ++this.#ids : 0;
      if (sessionId) this.sessions.set(sessionId, { epoch: 1, asked: offsets, told: new Map(this.ends) });
      return { sessionId, responses: this.#answer(offsets, () => true) };
    }
    const session = this.sessions.get(request.sessionId);
    if (!session) return { errorCode: 70 };
    if (session.epoch !== request.sessionEpoch) return { errorCode: 71 };
    for (const [key, offset] of offsets) {
      if (!session.asked.has(key)) session.told.delete(key);
      session.asked.set(key, offset);
    }
    for (const { topicId, partitions: each } of request.forgottenTopicsData) {
      for (const partition of each) session.asked.delete(`${topicId}/${partition}`);
    }
    if (session.asked.size === 0) {
      this.sessions.delete(request.sessionId);
      return { sessionId: 0 };
    }
    session.epoch++;
    const isNews = (key: string): boolean => session.told.get(key) !== this.ends.get(key);
    const responses = this.#answer(session.asked, isNews);
    for (const key of session.asked.keys()) session.told.set(key, this.ends.get(key) ?? 0);
    return { sessionId: request.sessionId, responses };
  }

  #answer(asked: ReadonlyMap<string, number>, isNews: (key: string) => boolean) {
    const told = [...asked.keys()].filter((key) => isNews(key) || (asked.get(key) ?? 0) < (this.ends.get(key) ?? 0));
    return [...grouped(told)].map(([topicId, list]) => ({
      topicId,
      partitions: list.map((key) => ({
        partitionIndex: partitionOf(key),
        highWatermark: BigInt(this.ends.get(key) ?? 0),
        records: recordsFrom(asked.get(key) ?? 0, this.ends.get(key) ?? 0),
      })),
    }));
  }
}

const noRecords: Buffer = Buffer.alloc(0);

function recordsFrom(first: number, end: number): Buffer {
  if (first >= end) return noRecords;
  return buildBatch({
    baseOffset: BigInt(first),
    records: Array.from({ length: end - first }, () => ({ value: null })),
  });
}

/** A consumer's side, as Java's FetchSessionHandler. */
class ConsumerModel {
  readonly positions = new Map<string, number>();
  readonly watermarks = new Map<string, number>();
  #sent = new Map<string, number>();
  sessionId = 0;
  #epoch = 0;

  request() {
    const wanted = [...this.positions.keys()];
    const isFull = this.sessionId === 0;
    const named = isFull ? wanted : wanted.filter((key) => this.#sent.get(key) !== this.positions.get(key));
    const left = isFull ? [] : [...this.#sent.keys()].filter((key) => !this.positions.has(key));
    this.#sent = new Map(this.positions);
    const asked = (key: string) => ({ partition: partitionOf(key), fetchOffset: BigInt(this.positions.get(key) ?? 0) });
    return {
      maxWaitMs: 500,
      sessionId: this.sessionId,
      sessionEpoch: isFull ? 0 : this.#epoch,
      topics: [...grouped(named)].map(([topicId, list]) => ({ topicId, partitions: list.map(asked) })),
      forgottenTopicsData: [...grouped(left)].map(([topicId, list]) => ({
        topicId,
        partitions: list.map(partitionOf),
      })),
    };
  }

  /** Takes an answer in. @returns what each partition was told */
  take(answer: FetchResponse): Map<string, { error: number; records: number }> {
    const told = new Map<string, { error: number; records: number }>();
    if (answer.errorCode !== 0 || answer.sessionId === 0) [this.sessionId, this.#epoch] = [0, 0];
    else if (this.sessionId === 0) [this.sessionId, this.#epoch] = [answer.sessionId, 1];
    else this.#epoch++;
    for (const { topicId, partitions: each } of answer.responses) {
      for (const { partitionIndex, errorCode, highWatermark, records } of each) {
        const key = `${topicId}/${partitionIndex}`;
        if (told.has(key)) finding(`${key} is told twice`);
        if (!this.positions.has(key)) finding(`${key} is told, and is not in the session`);
        told.set(key, { error: errorCode, records: records?.length ?? 0 });
        if (errorCode === 0 && highWatermark >= 0n) this.watermarks.set(key, Number(highWatermark));
        if (records?.length) this.positions.set(key, Number(highWatermark));
      }
    }
    return told;
  }
}

async function play(input: Buffer): Promise<string> {
  const talk = await conversation(topics);
  const [broker, consumer] = [new BrokerModel(), new ConsumerModel()];
  const refused = new Set<string>();
  let [at, early] = [0, 0];
  const next = (below: number): number => (input[at++] ?? 0) % below;
  const flip = (): void => {
    const id = ids[next(ids.length)] ?? "";
    if (!refused.delete(id)) refused.add(id);
  };
  const refusing = () => [...refused].map((id) => ({ resource: topics[id] ?? "" }));

  async function fetchOnce(change: number): Promise<void> {
    const before = new Set(refused);
    const wanted = [...consumer.positions];
    const step = await talk.session.next(requestFrame(fetch, version, consumer.request()), talk.channel);
    if (step.kind !== "exchange") return finding(step.kind);
    const { exchange } = step;
    const enforced = await exchange.enforce(verdictsOf(exchange.operations, refusing()), servicesInTest());
    if (change > 0) flip();
    const again = change > 0 ? verdictsOf(exchange.operations, refusing()) : undefined;
    const isWhole = enforced.kind === "forward" && change !== 2;
    let bytes: readonly Buffer[] | null;
    if (enforced.kind === "answer") {
      ({ bytes } = enforced.answer);
    } else if (enforced.kind === "forward") {
      const asked = decodeRequest(fetch, version, enforced.bytes);
      const frame = responseFrame(fetch, version, broker.fetch(asked));
      // what was refused when it was asked stays refused
      const stricter = again?.map((verdict, index) =>
        before.has(idOfName(exchange.operations[index]?.resource.name)) ? refusedVerdict : verdict,
      );
      if (change === 2 && enforced.early) {
        early++;
        ({ bytes } = enforced.early.answer(stricter ?? []));
        enforced.early.late(frame);
      } else {
        ({ bytes } = await enforced.answer(frame, servicesInTest(), stricter));
      }
    } else {
      return finding(enforced.kind);
    }
    const answer = decodeResponse(fetch, version, Buffer.concat(bytes ?? []));
    const told = consumer.take(answer);
    if (answer.errorCode !== 0) return;
    for (const [key, position] of wanted) {
      const [was, is] = [before.has(idOf(key)), refused.has(idOf(key))];
      const seen = told.get(key);
      if ((was || is) && seen?.error !== 29) finding(`${key} is refused, and told ${JSON.stringify(seen)}`);
      if ((was || is) && seen?.records) finding(`records of ${key} although it is refused`);
      if (was || is || !isWhole) continue;
      const end = broker.ends.get(key) ?? 0;
      if (position < end && !seen?.records) finding(`records of ${key} were not told`);
      if (consumer.watermarks.get(key) !== end) finding(`${key} ends at ${end}, told ${consumer.watermarks.get(key)}`);
    }
    const session = broker.sessions.get(consumer.sessionId);
    if (!session) return;
    const held = [...session.asked.keys()].toSorted().join();
    const due = wanted.map(([key]) => key).filter((key) => !before.has(idOf(key)));
    if (held !== due.toSorted().join()) finding(`the broker's session holds ${held}, due are ${due.join()}`);
  }

  for (let step = 0; step < stepsMax && at < input.length; step++) {
    const key = keys[next(keys.length)] ?? "";
    switch (next(6)) {
      case 0:
        broker.ends.set(key, (broker.ends.get(key) ?? 0) + 1);
        break;
      case 1:
        flip();
        break;
      case 2:
        if (!consumer.positions.delete(key)) consumer.positions.set(key, 0);
        break;
      case 3:
        if (next(8) === 0) broker.sessions.clear();
        break;
      default:
        if (consumer.positions.size > 0) await fetchOnce(next(4));
    }
  }
  return `${consumer.sessionId > 0} ${refused.size} ${consumer.positions.size} ${Math.min(early, 3)} ${broker.sessions.size}`;
}

const refusedVerdict = { kind: "refuse", cause: "policy", message: "no", error: null } as const;
const idOfName = (name: string | undefined): string => ids.find((id) => topics[id] === name) ?? "";

export const fetchSessions: FuzzTarget = {
  name: "fetch-sessions",
  what: "a consumer's fetch sessions under a changing policy, against a model: nothing refused is read, nothing allowed is lost",
  start: () => ({
    sample: (random) => random.bytes(20 + random.int(140)),
    run: (input) => play(input),
    async [Symbol.asyncDispose]() {},
  }),
};
