// Kafka's frames as a story. Every API of operations/index.ts has a sentence; a test holds the two lists together.
import { describeError, LockkeeperError } from "../../../base/errors.ts";
import type { JsonObject } from "../../../base/json.ts";
import type { RecordedFrame, ShownRecord, Storyteller, Told } from "../../../model/recording.ts";
import type { ProduceRequest } from "../messages/produce.ts";
import { clusterSentences } from "./cluster.ts";
import { connectionSentences } from "./connection.ts";
import { dataSentences } from "./data.ts";
import { groupSentences } from "./groups.ts";
import { learnNames } from "./names.ts";
import { restore } from "./restore.ts";
import type { AnySentence, Scene } from "./sentence.ts";
import { shownRecords } from "./shown-records.ts";
import { topicSentences } from "./topics.ts";
import { transactionSentences } from "./transactions.ts";
import { type Failure, failuresOf, some, third } from "./words.ts";

export const sentences: readonly AnySentence[] = [
  ...connectionSentences,
  ...dataSentences,
  ...topicSentences,
  ...groupSentences,
  ...transactionSentences,
  ...clusterSentences,
];

const byApi: ReadonlyMap<string, AnySentence> = new Map(sentences.map((it) => [it.api.name, it]));

/** For one session, whose frames it is told in order. */
export function createKafkaStoryteller(): Storyteller {
  const topics = new Map<string, string>();
  const names = { topics };

  function tellBoth(request: RecordedFrame | null, response: RecordedFrame | null): Told {
    const frame = response ?? request;
    const asked = request && restore(request, "request");
    const answered = response && restore(response, "response");
    if (response) learnNames(topics, response, answered);
    const sentence = byApi.get(frame?.api ?? "");
    if (!asked || !sentence) return { text: `sends ${frame?.api ?? "something"}`, quiet: false };
    const scene: Scene<unknown, unknown> = {
      request: asked.message,
      response: answered?.message ?? null,
      names,
      version: asked.version,
      asked,
      answered: answered ?? null,
      notes: { ...request.notes, ...response?.notes },
    };
    return told(sentence, scene);
  }

  function told(sentence: AnySentence, scene: Scene<unknown, unknown>): Told {
    const phrase = sentence.phrase(scene);
    const { list, someSucceeded } = failuresOf(scene.response, names);
    const failed = mentioned(list, scene.notes);
    const extra = [
      scene.response !== null && someSucceeded ? (sentence.came?.({ ...scene, response: scene.response }) ?? "") : "",
      ...maskFailures(scene.notes),
    ].filter((it) => it !== "");
    const quiet = list.length === 0 && extra.length === 0 && (sentence.quiet?.(scene) ?? false);
    const tail = extra.length > 0 ? `, ${extra.join(", ")}` : "";
    if (failed === "") return { text: `${third(phrase)}${tail}`, quiet };
    if (someSucceeded) return { text: `${third(phrase)}${tail}, but not all: ${failed}`, quiet };
    const denied = list.some(({ error }) => error.endsWith("AUTHORIZATION_FAILED") || error === "POLICY_VIOLATION");
    return { text: `${denied ? "may not" : "fails to"} ${phrase}${tail}: ${failed}`, quiet };
  }

  return {
    meet(request) {
      try {
        const restored = restore(request, "request");
        learnNames(topics, request, null);
        const silent = request.api === "Produce" && (restored?.message as ProduceRequest | undefined)?.acks === 0;
        return silent ? tellBoth(request, null) : null;
      } catch {
        return null; // said when its answer comes
      }
    },
    tell(request, response) {
      try {
        return tellBoth(request, response);
      } catch (error) {
        if (!(error instanceof LockkeeperError)) throw error;
        const api = (response ?? request)?.api ?? "something";
        return { text: `sends ${api}, which cannot be read back: ${describeError(error)}`, quiet: false };
      }
    },
    records: (frame): readonly ShownRecord[] => shownRecords(frame, names),
  };
}

/** `TOPIC_AUTHORIZATION_FAILED for orders (no rule allows …)`; the gateway's own sentence where the API has no field for one. */
function mentioned(failures: readonly Failure[], notes: JsonObject): string {
  const refusals = Array.isArray(notes["refusals"]) ? (notes["refusals"] as readonly JsonObject[]) : [];
  const said = new Map<string, string[]>();
  for (const { place, error, message } of failures) {
    const own = refusals.find((each) => each["error"] === error)?.["message"];
    const why = message ?? (typeof own === "string" ? own : null);
    const key = why === null ? error : `${error} (${why})`;
    said.set(key, [...(said.get(key) ?? []), ...(place === "" ? [] : [place])]);
  }
  return [...said].map(([what, places]) => (places.length > 0 ? `${some(places)}: ${what}` : what)).join("; ");
}

function maskFailures(notes: JsonObject): string[] {
  const failed = notes["maskFailures"];
  if (typeof failed !== "object" || failed === null) return [];
  return Object.entries(failed).map(([rule, number]) => `${Number(number)} values could not be masked by ${rule}`);
}
