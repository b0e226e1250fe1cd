// A message in a version that Wireshark's dissector reads: it reads bodies of newer ones as if they were old, and trips over byte fields of
// very old ones. What the shown version has no field for is left out; topics are called by their names again.
import type { RecordedFrame } from "../../../model/recording.ts";
import { encodeRequestFrame, encodeResponseFrame, readRequestHeader } from "../header.ts";
import type { DeleteTopicsRequest } from "../messages/delete-topics.ts";
import type { FindCoordinatorRequest, FindCoordinatorResponse } from "../messages/find-coordinator.ts";
import type { OffsetFetchRequest, OffsetFetchResponse } from "../messages/offset-fetch.ts";
import { type AnyStruct, defaultOf, type FieldType, isArrayType, within } from "../schema.ts";
import { restore } from "./restore.ts";
import { type Names, topicOf } from "./words.ts";

/** The newest version that tshark 4.0.17 reads without calling it unsupported or malformed; measured, API by API. */
const readable: Readonly<Record<string, number>> = {
  AddOffsetsToTxn: 1,
  AddPartitionsToTxn: 1,
  AlterConfigs: 1,
  AlterReplicaLogDirs: 1,
  ApiVersions: 3,
  CreateAcls: 2,
  CreatePartitions: 2,
  CreateTopics: 4,
  DeleteAcls: 2,
  DeleteGroups: 2,
  DeleteRecords: 1,
  DeleteTopics: 4,
  DescribeAcls: 2,
  DescribeConfigs: 2,
  DescribeGroups: 5,
  DescribeLogDirs: 1,
  EndTxn: 1,
  Fetch: 11,
  FindCoordinator: 3,
  Heartbeat: 4,
  InitProducerId: 3,
  JoinGroup: 7,
  LeaveGroup: 4,
  ListGroups: 3,
  ListOffsets: 5,
  Metadata: 9,
  OffsetCommit: 8,
  OffsetFetch: 7,
  OffsetForLeaderEpoch: 3,
  Produce: 8,
  SyncGroup: 5,
  TxnOffsetCommit: 3,
};

/**
 * Where a message has a byte field, the first version that writes lengths as varints (flexible, KIP-482). Before it tshark 4.0.17 takes 16 of the
 * length's 32 bits, finds 0 and calls the rest malformed: also where kafkajs itself wrote the frame.
 */
const legibleFrom: Readonly<Record<string, number>> = {
  DescribeGroups: 5,
  JoinGroup: 6,
  SaslAuthenticate: 2,
  SyncGroup: 4,
};

function legible(api: string, version: number): number {
  return Math.max(Math.min(version, readable[api] ?? version), legibleFrom[api] ?? 0);
}

/** The version that the bytes are in: a request says so itself. */
export function wireVersion(recorded: RecordedFrame, whole: Buffer): number {
  return recorded.direction === "request" ? readRequestHeader(whole).apiVersion : recorded.version;
}

/**
 * The frame as it is, or again in a version that can be read. `whole`: with fillers in place of what was left out (wire.ts); `asked`: the version in
 * which the request of this answer is shown, where that is known.
 */
export function olderFrame(
  recorded: RecordedFrame,
  whole: Buffer,
  names: Names,
  asked?: number,
): { frame: Buffer; version: number } {
  const was = wireVersion(recorded, whole);
  const version = asked ?? legible(recorded.api, was);
  const isRequest = recorded.direction === "request";
  if (was === version) return { frame: whole, version };
  const restored = restore({ ...recorded, version: was, frame: whole, cuts: [] }, isRequest ? "request" : "response");
  if (!restored) return { frame: whole, version: was };
  const { api, message } = restored;
  const { struct } = isRequest ? api.request : api.response;
  const body = carried(regrouped(recorded, message, names), struct as AnyStruct, version, names);
  const frame = isRequest
    ? encodeRequestFrame(api, version, recorded.correlation, readRequestHeader(whole).clientId, body)
    : encodeResponseFrame(api, version, recorded.correlation, body);
  return { frame, version };
}

/** The fields of the version, at every depth; what it does not carry gets its default. */
function carried(value: object, struct: AnyStruct, version: number, names: Names): object {
  const given = value as Readonly<Record<string, unknown>>;
  const fields = struct.fields.map((field) => {
    const isName = field.name === "name" || field.name === "topic";
    const it = isName && "topicId" in given ? topicOf(given, names) : given[field.name];
    return [field.name, within(version, field.versions) ? inner(it, field.type, version, names) : defaultOf(field)()];
  });
  return { ...Object.fromEntries(fields), unknownTaggedFields: [] };
}

function inner(value: unknown, type: FieldType, version: number, names: Names): unknown {
  if (value === null || typeof type === "string") return value;
  if (!isArrayType(type)) return carried(value as object, type, version, names);
  const [element] = type;
  if (typeof element === "string") return value;
  return (value as object[]).map((each) => carried(each, element, version, names));
}

/** What newer versions say in a list, older ones say of one. */
function regrouped({ api, direction }: RecordedFrame, message: unknown, names: Names): object {
  const isRequest = direction === "request";
  if (api === "FindCoordinator" && isRequest) {
    const it = message as FindCoordinatorRequest;
    return { ...it, key: it.coordinatorKeys[0] ?? it.key };
  }
  if (api === "FindCoordinator") {
    const it = message as FindCoordinatorResponse;
    return { ...it, ...it.coordinators[0] };
  }
  if (api === "OffsetFetch" && isRequest) {
    const it = message as OffsetFetchRequest;
    return { ...it, ...it.groups[0] };
  }
  if (api === "OffsetFetch") {
    const it = message as OffsetFetchResponse;
    return { ...it, ...it.groups[0] };
  }
  if (api === "DeleteTopics" && isRequest) {
    const it = message as DeleteTopicsRequest;
    return { ...it, topicNames: [...it.topicNames, ...it.topics.map((topic) => topicOf(topic, names))] };
  }
  return message as object;
}
