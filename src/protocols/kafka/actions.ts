// Operations by their names in policies → the request that a client would send for them, as JSON: so that people who ask ahead need not know Kafka's
// messages. What has no short form here is asked for by the message itself.

import { LockkeeperError } from "../../base/errors.ts";
import type { Json, JsonObject } from "../../base/json.ts";

export interface ApiRequest {
  /** `DeleteTopics` */
  readonly api: string;
  readonly request: JsonObject;
}

interface Action {
  /** For help: the parameters and their forms. */
  readonly parameters: Readonly<Record<string, string>>;
  toRequest(given: Parameters): ApiRequest;
}

/** Reads one parameter; throws `message-malformed` when it is missing or of another form. */
interface Parameters {
  text(name: string): string;
  number(name: string): number;
  /** `{"0": "17"}`: by partition. */
  offsets(name: string): [number, string][];
  /** `{"retention.ms": "1000"}`; null removes. */
  settings(name: string): [string, string | null][];
}

const topicType = 2;
const [set, remove] = [0, 1];

export const actions: Readonly<Record<string, Action>> = {
  "topic.delete": {
    parameters: { topic: "its name" },
    toRequest: (given) => ({ api: "DeleteTopics", request: { topics: [{ name: given.text("topic") }] } }),
  },
  "topic.delete-records": {
    parameters: { topic: "its name", offsets: "by partition, the first offset that stays; -1 deletes all there is" },
    toRequest: (given) => ({
      api: "DeleteRecords",
      request: {
        topics: [
          {
            name: given.text("topic"),
            partitions: given.offsets("offsets").map(([partitionIndex, offset]) => ({ partitionIndex, offset })),
          },
        ],
      },
    }),
  },
  "topic.create-partitions": {
    parameters: { topic: "its name", partitions: "how many it shall have" },
    toRequest: (given) => ({
      api: "CreatePartitions",
      request: { topics: [{ name: given.text("topic"), count: given.number("partitions"), assignments: null }] },
    }),
  },
  "topic.alter-config": {
    parameters: { topic: "its name", configs: "by name, the new values; null for the default" },
    toRequest: (given) => ({
      api: "IncrementalAlterConfigs",
      request: {
        resources: [
          {
            resourceType: topicType,
            resourceName: given.text("topic"),
            configs: given
              .settings("configs")
              .map(([name, value]) => ({ name, configOperation: value === null ? remove : set, value })),
          },
        ],
      },
    }),
  },
  "group.delete": {
    parameters: { group: "its name" },
    toRequest: (given) => ({ api: "DeleteGroups", request: { groupsNames: [given.text("group")] } }),
  },
  "group.delete-offsets": {
    parameters: { group: "its name", topic: "whose offsets", partitions: "by partition, anything" },
    toRequest: (given) => ({
      api: "OffsetDelete",
      request: {
        groupId: given.text("group"),
        topics: [
          {
            name: given.text("topic"),
            partitions: given.offsets("partitions").map(([partitionIndex]) => ({ partitionIndex })),
          },
        ],
      },
    }),
  },
};

export const actionNames: readonly string[] = Object.keys(actions);

/** Throws LockkeeperError `message-malformed`: no such action, a parameter that is missing, unknown or of another form. */
export function requestOfAction(name: string, given: JsonObject): ApiRequest {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) {
    const known = actionNames.join(", ");
    throw wrong(`there is no short form of ${name}; there is one of ${known}. Others are asked for by api and request`);
  }
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(action.parameters, key));
  if (unknown !== undefined)
    throw wrong(`${name} has no ${unknown}; it has ${Object.keys(action.parameters).join(", ")}`);
  return action.toRequest(parametersOf(name, given));
}

function parametersOf(action: string, given: JsonObject): Parameters {
  const missing = (name: string, form: string): LockkeeperError => wrong(`${action}: ${name} is ${form}`);
  const entries = (name: string): [string, Json][] => {
    const value = given[name];
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw missing(name, "an object");
    return Object.entries(value).map(([key, item]) => [key, item ?? null]);
  };
  const scalar = (name: string, value: Json): string => {
    if (typeof value === "object") throw missing(name, "an object of texts and numbers");
    return String(value);
  };
  return {
    text(name) {
      const value = given[name];
      if (typeof value === "string" && value !== "") return value;
      throw missing(name, "a text");
    },
    number(name) {
      const value = given[name];
      if (typeof value === "number" && Number.isInteger(value)) return value;
      throw missing(name, "a whole number");
    },
    offsets: (name) =>
      entries(name).map(([key, value]) => {
        if (!/^\d{1,9}$/.test(key)) throw missing(name, "an object by partition");
        return [Number(key), scalar(name, value)];
      }),
    settings: (name) => entries(name).map(([key, value]) => [key, value === null ? null : scalar(name, value)]),
  };
}

function wrong(message: string): LockkeeperError {
  return new LockkeeperError("message-malformed", message);
}
